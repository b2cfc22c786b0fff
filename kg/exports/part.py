"""A part of a graph to draw or write: an entity's surroundings, a time span, what an answer rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import networkx as nx

if TYPE_CHECKING:
    from kg.graph import Policy
    from kg.ontology import Ontology
    from kg.store import Store

__all__ = ["PartOf", "Selection", "around", "resting_on", "within"]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which part: within ``hops`` claims of the entity ``around`` (IRI), dated in a time span.

    ``since`` and ``until`` are ISO 8601 days, both included; empty: no such bound.
    """

    around: str = ""
    hops: int = 1
    since: str = ""
    until: str = ""

    def __bool__(self) -> bool:
        return bool(self.around or self.since or self.until)

    def of(self, network: nx.MultiDiGraph) -> nx.MultiDiGraph:
        """That part of *network*, in its order."""
        part = within(network, self.since, self.until) if self.since or self.until else network
        return around(part, self.around, self.hops) if self.around else part


@dataclass(slots=True)
class PartOf:
    """An open graph of which only *network* is exported."""

    store: Store
    ontology: Ontology
    network: nx.MultiDiGraph

    def at(self, as_of: str | None = None, known_at: str | None = None) -> PartOf:  # noqa: ARG002
        """Itself: it was taken from the graph of its days."""
        return self

    def networkx(self, policy: Policy | None = None) -> nx.MultiDiGraph:  # noqa: ARG002
        """The part, which a policy has chosen already."""
        return self.network


def around(network: nx.MultiDiGraph, entity: str, hops: int) -> nx.MultiDiGraph:
    """The nodes within *hops* claims of *entity* (IRI), whatever their direction, and all between."""
    reached, edge = {entity} & set(network), {entity} & set(network)
    for _ in range(hops):
        edge = {n for node in edge for n in nx.all_neighbors(network, node)} - reached
        reached |= edge
    return _kept(network, reached, lambda _: True)


def within(network: nx.MultiDiGraph, since: str, until: str) -> nx.MultiDiGraph:
    """The claims reported in a span, and what follows from them alone; what has no date is out."""
    days = {key: data.get("date") for *_, key, data in network.edges(keys=True, data=True)}
    premises = {
        key: tuple(data.get("premises") or ()) if data.get("inferred") else None
        for *_, key, data in network.edges(keys=True, data=True)
    }
    dated = {k for k, day in days.items() if day and since <= day and (not until or day <= until)}
    waiting = {key for key, basis in premises.items() if basis}
    while more := {key for key in waiting if dated.issuperset(premises[key] or ())}:
        dated, waiting = dated | more, waiting - more
    return _of_claims(network, dated)


def resting_on(
    network: nx.MultiDiGraph, claims: Iterable[str], nodes: Iterable[str] = ()
) -> nx.MultiDiGraph:
    """The claims with these identifiers and, through inferences, what they rest on; and *nodes*."""
    known = {key: data for *_, key, data in network.edges(keys=True, data=True)}
    found, waiting = set[str](), [claim for claim in claims if claim in known]
    while waiting:
        claim = waiting.pop()
        if claim in known and claim not in found:
            found.add(claim)
            waiting += known[claim].get("premises") or ()
    return _of_claims(network, found, nodes)


def _of_claims(
    network: nx.MultiDiGraph, claims: set[str], nodes: Iterable[str] = ()
) -> nx.MultiDiGraph:
    ends = {n for s, o, key in network.edges(keys=True) if key in claims for n in (s, o)}
    return _kept(network, ends | {*nodes}, lambda key: key in claims)


def _kept(
    network: nx.MultiDiGraph, nodes: set[Any], counts: Callable[[str], bool]
) -> nx.MultiDiGraph:
    part: nx.MultiDiGraph = nx.MultiDiGraph()
    part.add_nodes_from((n, data) for n, data in network.nodes(data=True) if n in nodes)
    part.add_edges_from(
        (s, o, key, data)
        for s, o, key, data in network.edges(keys=True, data=True)
        if s in nodes and o in nodes and counts(key)
    )
    return part
