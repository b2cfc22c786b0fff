"""The stored graph as a change finds it: what articles claim, what was derived, what each is worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import pyoxigraph as ox

from kg.disk_store import OxigraphStore
from kg.model import InferredClaim, Status
from kg.ontology import Ontology
from kg.rdf import inferred_from_quads
from kg.turtle import RDF
from kg.views import Support, Triple, stronger
from kg.vocabulary import CLAIM, GIVES, GRAPHS, SAYS, STATUS_NODES, claim_node, kg

__all__ = ["PHASES", "Held", "Rank", "Row", "Standing"]

Row: TypeAlias = tuple[str, str, str]
Rank: TypeAlias = tuple[int, int]  # 0 confirmed, 1 prospective; the round, 0 for what is asserted
PHASES = {Status.CONFIRMED: 0, Status.PROSPECTIVE: 1}
_STATUSES = {node.value: status for status, node in STATUS_NODES.items()}
_SUBJECT, _PREDICATE, _OBJECT = (
    ox.NamedNode(RDF + name) for name in ("subject", "predicate", "object")
)
_STATUS, _CONFIDENCE = kg("status"), kg("confidence")
_DERIVED = ox.NamedNode("http://www.w3.org/ns/prov#wasDerivedFrom")


@dataclass(frozen=True, slots=True)
class Held:
    """What a triple is worth."""

    support: Support
    rank: Rank


def _shorter(one: Iterator[ox.Quad], other: Iterator[ox.Quad]) -> tuple[list[ox.Quad], bool]:
    """All of the shorter of two, and whether it is the first: a hub may be at the other end."""
    first, second = list[ox.Quad](), list[ox.Quad]()
    while True:
        quad = next(one, None)
        if quad is None:
            return first, True
        first.append(quad)
        quad = next(other, None)
        if quad is None:
            return second, False
        second.append(quad)


class Standing:
    """The stored graph: claims of articles, and what was derived from them before the change."""

    def __init__(self, store: OxigraphStore, ontology: Ontology) -> None:
        self.database, self.ontology = store.database, ontology
        self._held: dict[str, Held] = {}

    def ways(self, triple: Triple) -> list[tuple[str, str]]:
        """Its ends, in both directions where the relation is symmetric."""
        subject, relation, other = triple
        known = self.ontology.properties.get(relation)
        both = known is not None and known.symmetric
        return [(subject, other), (other, subject)] if both else [(subject, other)]

    def claims(self, one: str, other: str, graph: ox.NamedNode | None = None) -> Iterator[ox.Quad]:
        """``rdf:predicate`` quads of all claims with these ends, in one graph or in all."""
        first, second = ox.NamedNode(one), ox.NamedNode(other)
        quads, ahead = _shorter(
            self.database.quads_for_pattern(None, _SUBJECT, first, graph),
            self.database.quads_for_pattern(None, _OBJECT, second, graph),
        )
        rest = (_OBJECT, second) if ahead else (_SUBJECT, first)
        for quad in quads:
            if ox.Quad(quad.subject, *rest, quad.graph_name) in self.database:
                yield from self.database.quads_for_pattern(
                    quad.subject, _PREDICATE, None, quad.graph_name
                )

    def asserted(self, one: str, other: str) -> dict[Triple, Support]:
        """For each triple between two entities, in this direction, the strongest claim."""
        best: dict[Triple, Support] = {}
        for quad in self.claims(one, other):
            if quad.graph_name == GRAPHS.INFERENCES:
                continue
            relation = str(quad.object.value).rpartition("#")[2]  # type: ignore[union-attr]
            status, confidence = self._strength(quad.subject, quad.graph_name)
            name = str(quad.subject.value).removeprefix(CLAIM)  # type: ignore[union-attr]
            support = Support((one, relation, other), name, status, confidence)
            triple = self.ontology.undirected(support.triple)
            if triple not in best or stronger(support, best[triple]):
                best[triple] = support
        return best

    def asserted_triple(self, triple: Triple) -> Support | None:
        """The strongest claim of one triple."""
        best: Support | None = None
        for one, other in self.ways(triple):
            support = self.asserted(one, other).get(triple)
            if support and (best is None or stronger(support, best)):
                best = support
        return best

    def _strength(self, node: object, graph: object) -> tuple[Status, float]:
        (status,) = self.database.quads_for_pattern(node, _STATUS, None, graph)  # type: ignore[arg-type]
        (confidence,) = self.database.quads_for_pattern(node, _CONFIDENCE, None, graph)  # type: ignore[arg-type]
        return _STATUSES[status.object.value], float(confidence.object.value)  # type: ignore[union-attr]

    def inferred(self, one: str, other: str) -> Iterator[InferredClaim]:
        """Inferred claims with these ends, in this direction."""
        for quad in self.claims(one, other, GRAPHS.INFERENCES):
            yield from self.inference(quad.subject)

    def inference(self, node: object) -> tuple[InferredClaim, ...]:
        """The inferred claim *node*."""
        quads = self.database.quads_for_pattern(node, None, None, GRAPHS.INFERENCES)  # type: ignore[arg-type]
        return inferred_from_quads(quads)

    def resting_on(self, claim: str) -> Iterator[InferredClaim]:
        """Inferred claims that have *claim* for a premise."""
        node = claim_node(claim)
        for quad in self.database.quads_for_pattern(None, _DERIVED, node, GRAPHS.INFERENCES):
            yield from self.inference(quad.subject)

    def between(
        self, relation: str, subject: str | None, claim: str | None, other: str | None
    ) -> Iterator[Row]:
        """Subject, claim and object of strongest claims; each of the three may be given."""
        says, gives = ox.NamedNode(SAYS + relation), ox.NamedNode(GIVES + relation)
        one = ox.NamedNode(subject) if subject else None
        end = ox.NamedNode(other) if other else None
        node = claim_node(claim) if claim else None
        first = self.database.quads_for_pattern(one, says, node, GRAPHS.STRONGEST)
        second = self.database.quads_for_pattern(node, gives, end, GRAPHS.STRONGEST)
        forward = not end
        if end and (one or node):
            quads, forward = _shorter(first, second)
            first = second = iter(quads)
        if forward:
            yield from self._completed(first, gives, end)
            return
        for quad in second:
            for start in self.database.quads_for_pattern(one, says, quad.subject, GRAPHS.STRONGEST):
                yield _row(start, quad)

    def _completed(
        self, first: Iterator[ox.Quad], gives: ox.NamedNode, end: ox.NamedNode | None
    ) -> Iterator[Row]:
        for quad in first:
            for last in self.database.quads_for_pattern(quad.object, gives, end, GRAPHS.STRONGEST):  # type: ignore[arg-type]
                yield _row(quad, last)

    def strongest(self, triple: Triple) -> str | None:
        """The claim that supports *triple* best, as it was."""
        subject, relation, other = triple
        rows = self.between(relation, subject, None, other)
        return next((claim for _, claim, _ in rows), None)

    def held(self, claim: str) -> Held:
        """What the triple of a strongest claim was worth."""
        if claim not in self._held:
            self._held[claim] = self._read(claim)
        return self._held[claim]

    def _read(self, claim: str) -> Held:
        node = claim_node(claim)
        heights = self.database.quads_for_pattern(node, None, None, GRAPHS.HEIGHTS)
        height = next((int(quad.object.value) for quad in heights), 0)  # type: ignore[union-attr]
        if height:
            (found,) = self.inference(node)
            triple = found.subject, found.relation, found.object
            support = Support(triple, claim, found.status, found.confidence)
        else:
            (quad,) = self.database.quads_for_pattern(node, _STATUS, None, None)
            status, confidence = self._strength(node, quad.graph_name)
            support = Support(self._triple(node, quad.graph_name), claim, status, confidence)
        return Held(support, (PHASES[support.status], height))

    def _triple(self, node: ox.NamedNode, graph: object) -> Triple:
        parts = (_SUBJECT, _PREDICATE, _OBJECT)
        quads = [next(self.database.quads_for_pattern(node, p, None, graph)) for p in parts]  # type: ignore[arg-type]
        subject, relation, other = (str(quad.object.value) for quad in quads)  # type: ignore[union-attr]
        return subject, relation.rpartition("#")[2], other


def _row(first: ox.Quad, second: ox.Quad) -> Row:
    ends = str(first.subject.value), str(second.object.value)  # type: ignore[union-attr]
    return ends[0], str(second.subject.value).removeprefix(CLAIM), ends[1]  # type: ignore[union-attr]
