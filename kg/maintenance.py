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

import pyoxigraph as ox

from kg.disk_store import OxigraphStore
from kg.model import InferredClaim, Status
from kg.ontology import Ontology
from kg.rdf import inferred_quads
from kg.rule_bodies import Body, Step, rule_bodies
from kg.rules import Rule, best_of, better, drawn, height_quad
from kg.standing import PHASES, Held, Rank, Row, Standing
from kg.views import VIEWS, Support, Triple, edge_quads, stronger, support_quads
from kg.vocabulary import GRAPHS, claim_node

__all__ = ["follow"]


@dataclass(frozen=True, slots=True)
class _Proof:
    """A way to a triple."""

    rule: Rule
    body: Body
    binding: Mapping[str, str]
    premises: tuple[Held, ...]


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
    work = _Work(Standing(store, ontology), bodies)
    work.take_out(ontology.undirected(triple) for triple in triples)
    work.run()
    return work.write()


class _Work:
    """One change: what is taken out, what it is worth now."""

    def __init__(self, said: Standing, bodies: list[tuple[Rule, Body]]) -> None:
        self.said, self.bodies = said, bodies
        self.old: dict[Triple, str | None] = {}  # what is taken out → its strongest claim before
        self.asserted: dict[Triple, Support | None] = {}
        self.inferred: dict[Triple, tuple[InferredClaim, ...]] = {}
        self.fresh: dict[Triple, Held] = {}  # what has got its worth again
        self._gone: set[str] = set()
        self._fresh_claims: dict[str, Held] = {}
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
        if said and said.status in PHASES:
            self._wait((PHASES[said.status], 0), triple)
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
        return self.said.ontology.undirected(ends)

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
            held = Held(said, rank)
        else:
            if said and said.status is Status.DENIED:
                return False
            best = self._best(triple, rank, proofs)
            if not best:
                return False
            self.inferred[triple] = tuple(best)
            first = best_of(best)
            held = Held(Support(triple, first.id, first.status, first.confidence), rank)
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

    def _stands(self, held: Held) -> bool:
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
                if self.said.ontology.undirected((one, found.relation, other)) == triple:
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
                triple = ontology.undirected((a, found.relation, b))
                if triple not in self.old:
                    inferred.add(triple)
        new = set(edge_quads(inferred, GRAPHS.INFERRED, ontology))
        for status, graph in VIEWS.items():
            said = (triple for triple, support in best.items() if support.status is status)
            new.update(edge_quads(said, graph, ontology))
        return old, new
