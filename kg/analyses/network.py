"""The graph as the analyses see it: claims by the part that their relation plays.

Which relation is funding, supply or rivalry is the ontology's business (``kg:plays``), so that a
new relation takes part in the analyses without a line of Python. Parallel claims between two
nodes are one link that all of them carry; denied claims carry nothing; claims of a node about
itself are passed over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import networkx as nx

from kg.model import Row, Status
from kg.ontology import Ontology
from kg.questions.proof import Proof, strength

__all__ = [
    "BELONGING", "FUNDING", "MAKING", "OWNERSHIP", "PARTNERSHIP", "RIVALRY", "SUPPLY", "USAGE",
    "Links", "Network", "Result",
]  # fmt: skip

FUNDING: Final = "Funding"  # money goes from subject to object
OWNERSHIP: Final = "Ownership"  # the subject owns some or all of the object
BELONGING: Final = "Belonging"  # the subject is owned by the object
SUPPLY: Final = "Supply"  # the object depends on what the subject delivers
USAGE: Final = "Usage"  # the subject depends on the object, a product
MAKING: Final = "Making"  # the subject makes the object
RIVALRY: Final = "Rivalry"
PARTNERSHIP: Final = "Partnership"

Links = dict[tuple[str, str], list[str]]
Value = str | float


@dataclass(frozen=True, slots=True)
class Result:
    """What an analysis gives: ranked rows, and what a reader must know of how they came about."""

    name: str
    rows: tuple[Row, ...]
    note: str = ""


class Network:
    """Links of one graph under its policy.

    Parameters
    ----------
    graph
        As :func:`kg.graph.build_graph` gives it.
    ontology
        Says which relations play which part, and which are symmetric.
    """

    def __init__(self, graph: nx.MultiDiGraph, ontology: Ontology) -> None:
        self.graph, self.ontology = graph, ontology
        edges = graph.edges(keys=True, data=True)
        self.claims: dict[str, tuple[str, str, str, dict[str, Any]]] = {
            edge[2]: edge
            for edge in sorted(edges, key=lambda e: (e[0], e[1], e[2]))
            if Status(edge[3]["status"]) is not Status.DENIED and edge[0] != edge[1]
        }
        self.proof = Proof(self.claims)

    def name(self, iri: str) -> str:
        """Name of a node."""
        return str(self.graph.nodes[iri].get("name", iri)) if iri in self.graph else iri

    def types(self, iri: str) -> tuple[str, ...]:
        """Classes of a node."""
        return tuple(self.graph.nodes[iri].get("types", ()))

    # links ---------------------------------------------------------------------------------

    def links(self, *parts: str) -> Links:
        """(subject, object) → claim ids of the relations that play one of *parts*.

        A symmetric relation gives both directions.
        """
        wanted = {name for part in parts for name in self.ontology.playing(part)}
        links: Links = defaultdict(list)
        for start, end, key, data in self.claims.values():
            if data["relation"] in wanted:
                links[start, end].append(key)
                if self.ontology.properties[data["relation"]].symmetric:
                    links[end, start].append(key)
        return dict(links)

    def pairs(self, *parts: str) -> Links:
        """As :meth:`links` for symmetric parts: each pair once, its IRIs in order."""
        return {pair: ids for pair, ids in self.links(*parts).items() if pair[0] < pair[1]}

    def ties(self) -> Links:
        """All claims between two nodes whatever their relation: each pair once, in order."""
        ties: Links = defaultdict(list)
        for start, end, key, _ in self.claims.values():
            ties[min(start, end), max(start, end)].append(key)
        return dict(ties)

    def undirected(self) -> nx.Graph:
        """One edge for each pair of nodes that some claim joins, nodes and edges in order."""
        plain = nx.Graph()
        plain.add_nodes_from(sorted(self.graph))
        plain.add_edges_from(sorted(self.ties()))
        return plain

    # rows ----------------------------------------------------------------------------------

    def row(self, steps: Iterable[Iterable[str]], **bindings: Value) -> Row:
        """A row carried by *steps*: each the ids of the claims under one link."""
        return self.proof.row(tuple(bindings.items()), steps)

    def ranked(self, rows: Iterable[Row]) -> tuple[Row, ...]:
        """By status, support, confidence, then names: as answers are ranked."""

        def key(row: Row) -> tuple[object, ...]:
            names = tuple(self.name(v) if isinstance(v, str) else v for _, v in row.bindings)
            return (-strength(row.status), -row.support, -row.confidence, *map(str, names))

        return tuple(sorted(rows, key=key))

    def neighbours(self, links: Links) -> dict[str, set[str]]:
        """Start → ends."""
        reached: dict[str, set[str]] = defaultdict(set)
        for start, end in links:
            reached[start].add(end)
        return reached

    def of_part(self, *parts: str) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
        """The claims whose relation plays one of *parts*, in order."""
        wanted = {name for part in parts for name in self.ontology.playing(part)}
        return (claim for claim in self.claims.values() if claim[3]["relation"] in wanted)
