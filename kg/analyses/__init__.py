"""Named analyses of a graph of claims on networkx; every row carries the claims under it.

>>> from kg.analyses import analyze  # doctest: +SKIP
>>> analyze("rival-backers", graph, ontology).rows  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
from kg.analyses.network import Network, Result
from kg.analyses.profile import compare, timeline
from kg.analyses.structure import central, communities, path, predict
from kg.analyses.supply import chokepoints, exposure, single_supplier
from kg.errors import UnknownNameError
from kg.ontology import Ontology
from kg.question_words import fold

__all__ = ["ANALYSES", "Analysis", "Network", "Result", "analyze"]


@dataclass(frozen=True, slots=True)
class Analysis:
    """A named analysis; ``takes`` is the number of entities that it is about."""

    name: str
    takes: int
    run: Callable[..., Result]

    @property
    def summary(self) -> str:
        """First sentence of its documentation."""
        return (self.run.__doc__ or "").strip().split("\n")[0]


ANALYSES = {
    name: Analysis(name, takes, run)
    for name, takes, run in (
        ("rival-backers", 0, rival_backers),
        ("circular-financing", 0, circular_financing),
        ("exposure", 1, exposure),
        ("chokepoints", 0, chokepoints),
        ("single-supplier", 0, single_supplier),
        ("common-investors", 2, common_investors),
        ("interlocks", 0, interlocks),
        ("path", 2, path),
        ("central", 0, central),
        ("communities", 0, communities),
        ("timeline", 1, timeline),
        ("stakes", 1, stakes),
        ("predict", 1, predict),
        ("compare", 2, compare),
    )
}


def _node(graph: nx.MultiDiGraph, name: str) -> str:
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


def analyze(name: str, graph: nx.MultiDiGraph, ontology: Ontology, *entities: str) -> Result:
    """Run the analysis called *name* about *entities* (names or IRIs).

    Raises
    ------
    UnknownNameError
        Where no analysis, or no entity of the graph, is called so (with the nearest names), or
        where the number of entities is wrong.
    """
    if name not in ANALYSES:
        nearest = tuple(match for match, _, _ in process.extract(name, sorted(ANALYSES), limit=3))
        raise UnknownNameError(name, nearest)
    analysis = ANALYSES[name]
    if len(entities) != analysis.takes:
        wanted = f"{name} takes {analysis.takes} names, not {len(entities)}"
        raise UnknownNameError(wanted)
    return analysis.run(Network(graph, ontology), *(_node(graph, entity) for entity in entities))
