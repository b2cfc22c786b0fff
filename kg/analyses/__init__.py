"""Named analyses of a graph of claims on networkx; every row carries the claims under it.

>>> from kg.analyses import analyze  # doctest: +SKIP
>>> analyze("rival-backers", graph, ontology).rows  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import networkx as nx
from rapidfuzz import process

from kg.analyses.money import (
    circular_financing,
    common_investors,
    interlocks,
    rival_backers,
    stakes,
)
from kg.analyses.network import (
    BELONGING,
    FUNDING,
    MAKING,
    OWNERSHIP,
    PARTNERSHIP,
    RIVALRY,
    SUPPLY,
    USAGE,
    Network,
    Result,
)
from kg.analyses.profile import compare, timeline
from kg.analyses.structure import central, communities, path, predict
from kg.analyses.supply import chokepoints, exposure, single_supplier
from kg.errors import UnknownNameError
from kg.ontology import Ontology
from kg.question_words import fold

__all__ = [
    "ANALYSES", "Analysis", "Network", "Result", "Scope", "analysis_called", "analyze", "node_called",
]  # fmt: skip


class Scope(StrEnum):
    """Which claims an analysis looks at, besides by their relation."""

    EVERY = "every"
    TOUCHING = "touching"  # those about its entities
    NEAR = "near"  # those about what lies within two claims of its entity
    BETWEEN = "between"  # those on ways from one of its entities to the other


@dataclass(frozen=True, slots=True)
class Analysis:
    """A named analysis; ``takes`` is the number of entities that it is about.

    ``parts`` are what the relations that it needs play (none: all relations), ``scope`` which of
    their claims: the rest of a large graph need not be read.
    """

    name: str
    takes: int
    run: Callable[..., Result]
    parts: tuple[str, ...] = ()
    scope: Scope = Scope.EVERY

    @property
    def summary(self) -> str:
        """First sentence of its documentation."""
        return (self.run.__doc__ or "").strip().split("\n")[0]

    def relations(self, ontology: Ontology) -> tuple[str, ...]:
        """Relations that it looks at; none: all."""
        return tuple(sorted({name for part in self.parts for name in ontology.playing(part)}))


ANALYSES = {
    analysis.name: analysis
    for analysis in (
        Analysis("rival-backers", 0, rival_backers, (FUNDING, RIVALRY)),
        Analysis("circular-financing", 0, circular_financing, (FUNDING, SUPPLY, BELONGING)),
        Analysis("exposure", 1, exposure, (SUPPLY, USAGE, MAKING)),
        Analysis("chokepoints", 0, chokepoints, (SUPPLY,)),
        Analysis("single-supplier", 0, single_supplier, (SUPPLY,)),
        Analysis("common-investors", 2, common_investors, (FUNDING,), Scope.TOUCHING),
        Analysis("interlocks", 0, interlocks, (FUNDING, SUPPLY, PARTNERSHIP, RIVALRY)),
        Analysis("path", 2, path, scope=Scope.BETWEEN),
        Analysis("central", 0, central),
        Analysis("communities", 0, communities),
        Analysis("timeline", 1, timeline, scope=Scope.TOUCHING),
        Analysis("stakes", 1, stakes, (OWNERSHIP,), Scope.TOUCHING),
        Analysis("predict", 1, predict, scope=Scope.NEAR),
        Analysis("compare", 2, compare, scope=Scope.TOUCHING),
    )
}


def node_called(graph: nx.MultiDiGraph, name: str) -> str:
    """The node of *graph* that *name* (a name, another name or an IRI) stands for.

    Raises
    ------
    UnknownNameError
        Where none is called so, with the nearest names.
    """
    if name in graph:
        return name
    names: dict[str, Any] = {}
    for iri, data in graph.nodes(data=True):
        for text in (data.get("name", iri), *data.get("labels", ())):
            names.setdefault(fold(str(getattr(text, "text", text))), iri)
    if fold(name) in names:
        return str(names[fold(name)])
    nearest = process.extract(fold(name), sorted(names), limit=3, score_cutoff=60)
    raise UnknownNameError(name, tuple(str(graph.nodes[names[n]]["name"]) for n, _, _ in nearest))


def analysis_called(name: str, entities: int) -> Analysis:
    """The analysis called *name*, which takes *entities* names.

    Raises
    ------
    UnknownNameError
        Where none is called so, or where it takes another number of names.
    """
    if name not in ANALYSES:
        nearest = tuple(match for match, _, _ in process.extract(name, sorted(ANALYSES), limit=3))
        raise UnknownNameError(name, nearest)
    analysis = ANALYSES[name]
    if entities != analysis.takes:
        raise UnknownNameError(f"{name} takes {analysis.takes} names, not {entities}")
    return analysis


def analyze(name: str, graph: nx.MultiDiGraph, ontology: Ontology, *entities: str) -> Result:
    """Run the analysis called *name* about *entities* (names or IRIs).

    Raises
    ------
    UnknownNameError
        Where no analysis, or no entity of the graph, is called so (with the nearest names), or
        where the number of entities is wrong.
    """
    analysis = analysis_called(name, len(entities))
    nodes = (node_called(graph, entity) for entity in entities)
    return analysis.run(Network(graph, ontology), *nodes)
