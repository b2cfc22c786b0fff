"""Views and inferences after a small change: only what follows from what has changed.

The result is that of :mod:`kg.rules` and :mod:`kg.views` over the whole graph. Rules give each
triple a rank: confirmed before prospective, then the round that first gives it, which is one more
than that of its latest premise; so what a triple is worth follows from triples of lower rank alone.
What the change may reach is taken out (whatever rests on it, whatever it blocked or now blocks),
and given its worth again in the order of the ranks; a triple that this gives for the first time or
earlier than before is taken out in turn. It is the method of Ramalingam and Reps for shortest
derivations (*J. Algorithms* 21, 1996), with blocking.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import pyoxigraph as ox

from kg.model import InferredClaim, Status
from kg.ontology import Ontology
from kg.rdf import inferred_from_quads, inferred_quads
from kg.rule_bodies import Body, Step, rule_bodies
from kg.rules import Rule, best_of, better, drawn, height_quad
from kg.store import OxigraphStore
from kg.turtle import RDF
from kg.views import VIEWS, Support, Triple, edge_quads, stronger, support_quads, undirected
from kg.vocabulary import CLAIM, GIVES, GRAPHS, SAYS, STATUS_NODES, claim_node, kg

__all__ = ["follow"]

Row: TypeAlias = tuple[str, str, str]
Rank: TypeAlias = tuple[int, int]  # 0 confirmed, 1 prospective; the round, 0 for what is asserted
_PHASE = {Status.CONFIRMED: 0, Status.PROSPECTIVE: 1}
_STATUSES = {node.value: status for status, node in STATUS_NODES.items()}
_SUBJECT, _PREDICATE, _OBJECT = (
    ox.NamedNode(RDF + name) for name in ("subject", "predicate", "object")
)
_STATUS, _CONFIDENCE = kg("status"), kg("confidence")
_DERIVED = ox.NamedNode("http://www.w3.org/ns/prov#wasDerivedFrom")


@dataclass(frozen=True, slots=True)
class _Held:
    """What a triple is worth."""

    support: Support
    rank: Rank


@dataclass(frozen=True, slots=True)
class _Proof:
    """A way to a triple."""

    rule: Rule
    body: Body
    binding: Mapping[str, str]
    premises: tuple[_Held, ...]


def follow(
    store: OxigraphStore, rules: Iterable[Rule], ontology: Ontology, triples: Iterable[Triple]
) -> int | None:
    """Bring views and inferences up to date with the claims of *triples*, which have changed.

    Parameters
    ----------
    triples
        All that articles claimed and do not any more, or claim now and did not.

    Returns
    -------
    How many inferred claims there are more than before; None where a rule says more than
    :func:`kg.rule_bodies.rule_bodies` reads, and nothing is done.
    """
    bodies: list[tuple[Rule, Body]] = []
    for rule in rules:
        read = rule_bodies(rule.sparql)
        if read is None:
            return None
        bodies += ((rule, body) for body in read)
    work = _Work(_Said(store, ontology), bodies)
    work.take_out(undirected(triple, ontology) for triple in triples)
    work.run()
    return work.write()


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


class _Said:
    """The stored graph: claims of articles, and what was derived from them before the change."""

    def __init__(self, store: OxigraphStore, ontology: Ontology) -> None:
        self.database, self.ontology = store.database, ontology
        self._held: dict[str, _Held] = {}

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
            triple = undirected(support.triple, self.ontology)
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

    def held(self, claim: str) -> _Held:
        """What the triple of a strongest claim was worth."""
        if claim not in self._held:
            self._held[claim] = self._read(claim)
        return self._held[claim]

    def _read(self, claim: str) -> _Held:
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
        return _Held(support, (_PHASE[support.status], height))

    def _triple(self, node: ox.NamedNode, graph: object) -> Triple:
        parts = (_SUBJECT, _PREDICATE, _OBJECT)
        quads = [next(self.database.quads_for_pattern(node, p, None, graph)) for p in parts]  # type: ignore[arg-type]
        subject, relation, other = (str(quad.object.value) for quad in quads)  # type: ignore[union-attr]
        return subject, relation.rpartition("#")[2], other


def _row(first: ox.Quad, second: ox.Quad) -> Row:
    ends = str(first.subject.value), str(second.object.value)  # type: ignore[union-attr]
    return ends[0], str(second.subject.value).removeprefix(CLAIM), ends[1]  # type: ignore[union-attr]


class _Work:
    """One change: what is taken out, what it is worth now."""

    def __init__(self, said: _Said, bodies: list[tuple[Rule, Body]]) -> None:
        self.said, self.bodies = said, bodies
        self.old: dict[Triple, str | None] = {}  # what is taken out → its strongest claim before
        self.asserted: dict[Triple, Support | None] = {}
        self.inferred: dict[Triple, tuple[InferredClaim, ...]] = {}
        self.fresh: dict[Triple, _Held] = {}  # what has got its worth again
        self._gone: set[str] = set()
        self._fresh_claims: dict[str, _Held] = {}
        self._by_relation: dict[str, dict[str, list[Triple]]] = {}
        self._ranks: list[Rank] = []
        self._waiting: dict[Rank, dict[Triple, list[_Proof]]] = {}

    # -- taking out ----------------------------------------------------------------------------

    def take_out(self, triples: Iterable[Triple]) -> None:
        """Take out *triples* and all that may change with them, and look for ways to each."""
        waiting, new = list(triples), list[Triple]()
        while waiting:
            triple = waiting.pop()
            if triple in self.old:
                continue
            new.append(triple)
            claim = self.old[triple] = self.said.strongest(triple)
            if claim:
                self._gone.add(claim)
                rests = self.said.resting_on(claim)
                waiting += [(found.subject, found.relation, found.object) for found in rests]
            waiting += self._blocked(triple)
        for triple in new:
            self._look_for(triple)

    def _blocked(self, triple: Triple) -> Iterator[Triple]:
        """What rules would conclude but for *triple*."""
        for _, body in self.bodies:
            for barrier in body.barriers:
                if barrier.relation == triple[1]:
                    for one, other in self.said.ways(triple):
                        given = {barrier.subject: one, barrier.object: other}
                        for binding in self._bindings(body, given):
                            yield self._concluded(body, binding)

    def _look_for(self, triple: Triple) -> None:
        said = self.asserted[triple] = self.said.asserted_triple(triple)
        if said and said.status in _PHASE:
            self._wait((_PHASE[said.status], 0), triple)
        for rule, body in self.bodies:
            if body.relation == triple[1]:
                for one, other in self.said.ways(triple):
                    for binding in self._bindings(body, {body.subject: one, body.object: other}):
                        self._found(rule, body, binding)

    def _wait(self, rank: Rank, triple: Triple) -> list[_Proof]:
        if rank not in self._waiting:
            self._waiting[rank] = {}
            heapq.heappush(self._ranks, rank)
        return self._waiting[rank].setdefault(triple, [])

    # -- joining -------------------------------------------------------------------------------

    def _concluded(self, body: Body, binding: Mapping[str, str]) -> Triple:
        ends = binding[body.subject], body.relation, binding[body.object]
        return undirected(ends, self.said.ontology)

    def _bindings(
        self, body: Body, given: Mapping[str, str], rest: tuple[Step, ...] | None = None
    ) -> Iterator[Mapping[str, str]]:
        """All ways to bind *body*, barriers aside, from what is *given*; one step after another."""
        steps = body.steps if rest is None else rest
        if not steps:
            if all(test.holds(given) for test in body.comparisons):
                yield given
            return
        step = max(steps, key=lambda s: sum(v in given for v in (s.subject, s.claim, s.object)))
        left = tuple(other for other in steps if other is not step)
        names = (step.subject, step.claim, step.object)
        for row in self._rows(step.relation, [given.get(name) for name in names]):
            found = {**given, **dict(zip(names, row, strict=True))}
            if tuple(found[name] for name in names) == row:  # one variable at both ends
                yield from self._bindings(body, found, left)

    def _rows(self, relation: str, given: list[str | None]) -> Iterator[Row]:
        subject, claim, other = given
        if claim not in self._fresh_claims:
            for row in self.said.between(relation, subject, claim, other):
                if row[1] not in self._gone:
                    yield row
        ends = self._by_relation.get(relation, {})
        end = subject or other
        triples = ends.get(end, []) if end else [t for own in ends.values() for t in own]
        for triple in dict.fromkeys(triples):
            name = self.fresh[triple].support.claim
            for one in {pair[0] for pair in self.said.ways(triple)}:
                for two in {pair[1] for pair in self.said.ways(triple)}:
                    row = one, name, two
                    if all(g in (None, v) for g, v in zip(given, row, strict=True)):
                        yield row

    def _found(self, rule: Rule, body: Body, binding: Mapping[str, str]) -> None:
        """Note a way to a triple; take the triple out if that may change it."""
        triple = self._concluded(body, binding)
        if triple[0] == triple[2] or triple in self.fresh:
            return
        claims = dict.fromkeys(binding[name] for name in body.premises)
        premises = tuple(self._fresh_claims.get(c) or self.said.held(c) for c in claims)
        phase = max(held.rank[0] for held in premises)
        rank = phase, 1 + max(held.rank[1] for held in premises if held.rank[0] == phase)
        if triple in self.old:
            self._wait(rank, triple).append(_Proof(rule, body, binding, premises))
            return
        claim = self.said.strongest(triple)
        if claim is None or rank <= self.said.held(claim).rank:
            self.take_out([triple])

    # -- giving worth --------------------------------------------------------------------------

    def run(self) -> None:
        """Give everything that was taken out its worth, the lowest rank first."""
        while self._ranks:
            rank = heapq.heappop(self._ranks)
            done = [
                triple
                for triple, proofs in sorted(self._waiting.pop(rank).items())
                if triple not in self.fresh and self._settle(triple, rank, proofs)
            ]
            for triple in done:
                self._go_on(triple)

    def _settle(self, triple: Triple, rank: Rank, proofs: list[_Proof]) -> bool:
        said = self.asserted[triple]
        if rank[1] == 0:
            assert said is not None
            held = _Held(said, rank)
        else:
            if said and said.status is Status.DENIED:
                return False
            best = self._best(triple, rank, proofs)
            if not best:
                return False
            self.inferred[triple] = tuple(best)
            first = best_of(best)
            held = _Held(Support(triple, first.id, first.status, first.confidence), rank)
        self.fresh[triple] = held
        self._fresh_claims[held.support.claim] = held
        ends = self._by_relation.setdefault(triple[1], {})
        for end in (triple[0], triple[2]):
            ends.setdefault(end, []).append(triple)
        return True

    def _best(self, triple: Triple, rank: Rank, proofs: list[_Proof]) -> list[InferredClaim]:
        """The best claim of each rule."""
        best: dict[str, InferredClaim] = {}
        for proof in proofs:
            if all(map(self._stands, proof.premises)) and not self._barred(proof, rank):
                claim = drawn(triple, proof.rule, [held.support for held in proof.premises])
                if claim.rule not in best or better(claim, best[claim.rule]):
                    best[claim.rule] = claim
        return [best[name] for name in sorted(best)]

    def _stands(self, held: _Held) -> bool:
        name = held.support.claim
        return self._fresh_claims.get(name) == held or (
            name not in self._gone and name not in self._fresh_claims
        )

    def _barred(self, proof: _Proof, rank: Rank) -> bool:
        for barrier in proof.body.barriers:
            ends = proof.binding[barrier.subject], None, proof.binding[barrier.object]
            for _, claim, _ in self._rows(barrier.relation, list(ends)):
                held = self._fresh_claims.get(claim) or self.said.held(claim)
                if held.rank < rank:
                    return True
        return False

    def _go_on(self, triple: Triple) -> None:
        """What follows from a triple that has got its worth."""
        claim = self.fresh[triple].support.claim
        for rule, body in self.bodies:
            for step in body.steps:
                if step.relation == triple[1]:
                    given = {step.claim: claim}
                    for binding in list(self._bindings(body, given)):
                        self._found(rule, body, binding)

    # -- writing -------------------------------------------------------------------------------

    def write(self) -> int:
        """Write what has changed; gives how many inferred claims there are more."""
        removed, added = set[ox.Quad](), set[ox.Quad]()
        before = 0
        for triple, claim in self.old.items():
            if claim:
                gone = Support(triple, claim, Status.CONFIRMED, 0)
                removed.update(support_quads([gone], self.said.ontology))
                node = claim_node(claim)
                removed.update(
                    self.said.database.quads_for_pattern(node, None, None, GRAPHS.HEIGHTS)
                )
            for found in self._inferred_before(triple):
                before += 1
                removed.update(inferred_quads(found))
            if triple in self.fresh:
                added.update(self._fresh_quads(triple))
        for pair in sorted({(min(t[0], t[2]), max(t[0], t[2])) for t in self.old}):
            gone_edges, new_edges = self._edges(*pair)
            removed |= gone_edges
            added |= new_edges
        for quad in removed - added:
            self.said.database.remove(quad)
        self.said.database.extend(added - removed)
        return sum(map(len, self.inferred.values())) - before

    def _inferred_before(self, triple: Triple) -> Iterator[InferredClaim]:
        for one, other in self.said.ways(triple):
            for found in self.said.inferred(one, other):
                if undirected((one, found.relation, other), self.said.ontology) == triple:
                    yield found

    def _fresh_quads(self, triple: Triple) -> Iterator[ox.Quad]:
        held = self.fresh[triple]
        yield from support_quads([held.support], self.said.ontology)
        if held.rank[1]:
            yield height_quad(held.support.claim, held.rank[1])
            for claim in self.inferred[triple]:
                yield from inferred_quads(claim)

    def _edges(self, one: str, other: str) -> tuple[set[ox.Quad], set[ox.Quad]]:
        """Plain edges between two entities: those there are, those there should be."""
        ends, ontology = ((one, other), (other, one)), self.said.ontology
        old = {
            quad
            for graph in (*VIEWS.values(), GRAPHS.INFERRED)
            for a, b in ends
            for quad in self.said.database.quads_for_pattern(
                ox.NamedNode(a), None, ox.NamedNode(b), graph
            )
        }
        best: dict[Triple, Support] = {}
        inferred = {triple for triple in self.inferred if {triple[0], triple[2]} == {one, other}}
        for a, b in ends:
            for triple, support in self.said.asserted(a, b).items():
                if triple not in best or stronger(support, best[triple]):
                    best[triple] = support
            for found in self.said.inferred(a, b):
                triple = undirected((a, found.relation, b), ontology)
                if triple not in self.old:
                    inferred.add(triple)
        new = set(edge_quads(inferred, GRAPHS.INFERRED, ontology))
        for status, graph in VIEWS.items():
            said = (triple for triple, support in best.items() if support.status is status)
            new.update(edge_quads(said, graph, ontology))
        return old, new
