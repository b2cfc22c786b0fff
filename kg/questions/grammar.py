"""The grammar of whole questions; :func:`parse` gives all readings, cheapest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kg.model import Status
from kg.ontology import Ontology
from kg.questions.nodes import Clause, Noun, Query
from kg.questions.pattern import Form, Step
from kg.questions.phrases import Phrases
from kg.questions.predicates import Steps, VerbUse
from kg.questions.reader import Found
from kg.questions.terms import Lattice, inverted

__all__ = ["parse"]


class Questions(Phrases):
    """The forms that a question can have."""

    def queries(self) -> Found[Query]:
        """All readings of the words from the first one on."""
        for start in self.past(0, "LIST"):
            yield from self.wh(start)
            yield from self.counting(start)
            yield from self.existence(start)
            yield from self.yes_no(start)
            yield from self.connection(start)
            yield from self.measure(start)
            yield from self.dating(start)
            yield from self.kind(start)
            yield from self.deals(start)
            if start:
                yield from self.named(start)
                yield from self.members(start)
        yield from self.named(0)

    # who, which ----------------------------------------------------------------------------

    def asked(self, place: int) -> Found[Noun]:
        """``who`` or ``which labs``."""
        for _, after in self.at(place, "WHO"):
            yield Noun(number="singular"), after, 1
        for _, start in self.at(place, "WHICH"):
            for _, inner in self.maybe(start, "OF"):
                for noun, after, cost in self.single(inner):
                    if not (noun.entities and not noun.classes):
                        yield noun, after, cost + 1

    def wh(self, place: int) -> Found[Query]:
        for head, start, cost in self.asked(place):
            yield from self.said_of(head, start, cost, Form.LIST)
        for term, middle in self.at(place, "PREP", "BY"):
            for head, start, cost in self.asked(middle):
                for clause, after, extra in self.gap(start, term.tokens[0]):
                    yield Query(Form.LIST, head, (clause,)), after, cost + extra + 1
        for _, start in self.at(place, "WHO", "WHICH"):
            for _, middle in self.maybe(start, "BE"):
                for noun, after, cost in self.noun(middle):
                    if (noun.role and (noun.of or noun.own)) or noun.clauses:
                        yield Query(Form.LIST, noun), after, cost + 2

    def said_of(self, head: Noun, place: int, cost: float, form: Form) -> Found[Query]:
        """A predicate, a clause whose object is *head*, or what *head* belongs to."""
        for clauses, after, extra in self.verb_phrase(head, place):
            yield Query(form, head, clauses), after, cost + extra
        for clause, after, extra in self.gap(place, inverts=self.inverts(head, place)):
            yield Query(form, head, (clause,)), after, cost + extra + 0.2
        if head.role and head.of is None:
            yield from self.belonging(head, place, cost, form)
        if head.classes and not (head.role or head.pair):
            for _, after in self.at(place, "THERE"):
                yield Query(form, head), after, cost + 1

    def inverts(self, head: Noun, place: int) -> bool:
        """Whether a verb may stand before its subject here: never behind a bare "who"."""
        if head != Noun(number="singular"):
            return bool(self.verb_first)
        ends = (self.lattice.tokens[place - len(words) : place] for words in self.verb_first)
        return any(words in self.verb_first for words in ends)

    def belonging(self, head: Noun, place: int, cost: float, form: Form) -> Found[Query]:
        """``investors does X have``, ``investidores tem a X``, ``investors do X and Y share``."""
        for _, start in self.maybe(place, "DO"):
            for owner, middle, extra in self.noun(start):
                for _, after in self.at(middle, "HAVE", "SHARE"):
                    for _, end in self.maybe(after, "IN_COMMON"):
                        yield Query(form, replace(head, of=owner)), end, cost + extra + 1
        for _, start in self.at(place, "HAVE", "SHARE"):
            for owner, after, extra in self.noun(start):
                for _, end in self.maybe(after, "IN_COMMON"):
                    yield Query(form, replace(head, of=owner)), end, cost + extra + 1

    def named(self, place: int) -> Found[Query]:
        """A noun phrase alone: ``investors of X``, ``labs backed by X``."""
        for noun, after, cost in self.noun(place):
            sited = bool(noun.classes and noun.places)
            if (noun.role and noun.of) or noun.clauses or sited or (noun.pair and not noun.role):
                yield Query(Form.LIST, noun), after, cost + 0.5

    def members(self, place: int) -> Found[Query]:
        """A class alone, where a list is asked for: ``list all cloud providers``."""
        for noun, after, cost in self.single(place):
            if noun == Noun(classes=noun.classes, number=noun.number):
                yield Query(Form.LIST, noun), after, cost + 1

    def kind(self, place: int) -> Found[Query]:
        """``what is X``, ``what kind of company is X``."""
        marks = [after for _, start in self.at(place, "WHO") for _, after in self.at(start, "BE")]
        marks += [after for _, start in self.at(place, "KIND") for _, after in self.at(start, "BE")]
        for start in marks:
            for noun, after, cost in self.core(start):
                if noun.entities and not noun.clauses:
                    yield Query(Form.KIND, noun), after, cost + 1

    # the largest ---------------------------------------------------------------------------

    def deals(self, place: int) -> Found[Query]:
        """``the largest investment in X``, ``X's largest acquisition``, ``largest deal with X``."""
        for start in self.past(place, "WHO", "WHICH", "BE", "DET"):
            yield from self._deals(Noun(), start, 1)
            for owner, middle, cost in self.core(start):
                for _, after in self.at(middle, "POSSESSIVE"):
                    yield from self._deals(owner, after, cost + 1)

    def _deals(self, head: Noun, place: int, cost: float) -> Found[Query]:
        for top, middle in self.at(place, "LARGEST"):
            for statuses, start, price in self.status(middle):
                for term, after in self.at(start, "DEAL"):
                    steps = tuple(Step(name) for name in sorted(term.value.split()))
                    clause = Clause(steps, Noun(), False, statuses, largest=top.value)
                    yield from self._parties(Query(Form.LIST, head, (clause,)), after, cost + price)

    def _parties(self, query: Query, place: int, cost: float) -> Found[Query]:
        """Who did the deal, with whom, and when."""
        (clause,) = query.clauses
        for filters, after, price in self.conditions(place):
            kept = replace(clause, filters=(*clause.filters, *filters))
            yield replace(query, clauses=(kept,)), after, cost + price
        for term, start in self.at(place, "INSIDE", "BY", "WITH"):
            for noun, after, extra in self.noun(start):
                made = self._party(query, clause, term.kind, noun)
                if made:
                    yield from self._parties(made, after, cost + extra + 1)

    def _party(self, query: Query, clause: Clause, kind: str, noun: Noun) -> Query | None:
        if kind == "INSIDE" and clause.other == Noun():
            return replace(query, clauses=(replace(clause, other=noun),))
        if query.head != Noun() or kind == "INSIDE":
            return None
        if kind == "WITH":  # either side
            clause = replace(clause, steps=(*clause.steps, *inverted(clause.steps)))
        return replace(query, head=noun, clauses=(clause,))

    # how many ------------------------------------------------------------------------------

    def counting(self, place: int) -> Found[Query]:
        for _, start in self.at(place, "HOW_MANY"):
            for head, middle, cost in self.single(start):
                yield from self.said_of(head, middle, cost + 1, Form.COUNT)
                if (head.role and head.of) or head.clauses or (head.classes and not head.pair):
                    for after in self.past(middle, "THERE"):
                        yield Query(Form.COUNT, head), after, cost + 1

    # yes or no -----------------------------------------------------------------------------

    def existence(self, place: int) -> Found[Query]:
        for _, start in self.at(place, "THERE"):
            for noun, after, cost in self.single(start):
                if noun.clauses or noun.of or noun.places:
                    yield Query(Form.YESNO, noun), after, cost + 1

    def yes_no(self, place: int) -> Found[Query]:
        for head, start, cost in self.noun(place):
            for clauses, after, extra in self.verb_phrase(head, start):
                yield Query(Form.YESNO, head, clauses), after, cost + extra + 0.8
        for term, start in self.at(place, "DO", "MOOD", "HAVE"):
            for head, middle, cost in self.noun(start):
                for clauses, after, extra in self._after_subject(term.kind, head, middle):
                    moods = (Status(term.value),) if term.kind == "MOOD" else ()
                    marked = tuple(replace(c, statuses=moods or c.statuses) for c in clauses)
                    yield Query(Form.YESNO, head, marked), after, cost + extra + 1
        for _, start in self.at(place, "BE"):
            for head, middle, cost in self.noun(start):
                for clause, after, extra in self._being(middle):
                    yield Query(Form.YESNO, head, (clause,)), after, cost + extra + 1

    def _after_subject(self, kind: str, head: Noun, place: int) -> Found[tuple[Clause, ...]]:
        """What follows the subject when its auxiliary stood before it."""
        for use, middle, cost in self.verb(place, after=kind):
            read = self._agent if use.passive else self._object
            for clause, after, extra in read(use, middle, cost):
                yield (clause,), after, extra
        if kind == "DO" and any(self.at(place, "HAVE", "SHARE")):
            yield from self.verb_phrase(head, place)

    def _being(self, place: int) -> Found[Clause]:
        negations = [(False, place), *((True, after) for _, after in self.at(place, "NOT"))]
        for negated, start in negations:
            for clause, after, cost in self.complement(start, negated=negated):
                yield from self._trailing(clause, after, cost)
            for clause, after, cost in self._reduced(start):
                yield from self._trailing(replace(clause, negated=negated), after, cost)

    # how connected -------------------------------------------------------------------------

    def connection(self, place: int) -> Found[Query]:
        """``how are A and B connected``, ``what connects A and B``, ``the link between A and B``."""
        for _, start in self.at(place, "HOW"):
            for middle in self.past(start, "BE", "DO"):
                yield from self._how_connected(middle)
        for _, start in self.at(place, "WHO", "WHICH"):
            for _, middle in self.at(start, "CONNECTS"):
                yield from self._between(middle, 2)
        for start in self.past(place, "WHO", "WHICH", "THERE", "BE", "DET"):
            for _, middle in self.at(start, "CONNECTION"):
                yield from self._between(middle, 2)

    def _how_connected(self, place: int) -> Found[Query]:
        for mark, start in self.maybe(place, "CONNECTED"):
            for noun, end, cost in self.noun(start):
                if mark:
                    yield from self._ends(noun, end, cost + 2)
                for _, after in self.at(end, "CONNECTED", "CONNECTS"):
                    yield from self._ends(noun, after, cost + 2)

    def _between(self, place: int, cost: float) -> Found[Query]:
        for start in self.past(place, "BETWEEN", "PREP", "OF"):
            for noun, after, extra in self.noun(start):
                yield from self._ends(noun, after, cost + extra)

    def _ends(self, noun: Noun, place: int, cost: float) -> Found[Query]:
        if len(noun.parts) == 2 and all(p.entities and not p.clauses for p in noun.parts):
            yield Query(Form.PATH, noun), place, cost

    # how much, since when ------------------------------------------------------------------

    def measure(self, place: int) -> Found[Query]:
        for form, kind in ((Form.AMOUNT, "HOW_MUCH"), (Form.PERCENT, "HOW_LARGE")):
            for term, start in self.at(place, kind):
                for query, after, cost in self._measured(form, start, term.value):
                    yield query, after, cost + 1

    def _measured(self, form: Form, place: int, part: str) -> Found[Query]:
        for _, start in self.maybe(place, "DO"):
            for subject, middle, cost in self.noun(start):
                for use, end, extra in self.verb(middle, after="DO" * (start > place)):
                    yield from self._deal(form, use, subject, end, cost + extra)
        for use, start, cost in self.verb(place):
            for subject, end, extra in self.noun(start):
                yield from self._deal(form, use, subject, end, cost + extra)
        for after, subject, cost in self._holder(place):
            yield from self._share(form, subject, after, cost + 1, part)
        for _, start in self.at(place, "OF"):
            yield from self._share_of(form, start, part)

    def _share_of(self, form: Form, place: int, part: str) -> Found[Query]:
        """``(what is the stake) of X in Y``, ``(how much) of X does Y own``."""
        for noun, middle, cost in self.noun(place):
            yield from self._share(form, noun, middle, cost + 1, part)
            if form is Form.PERCENT:
                for after, subject, extra in self._holder(middle):
                    clause = Clause(self.playing(part), noun)
                    yield Query(form, subject, (clause,)), after, cost + extra + 1

    def _holder(self, place: int) -> Iterator[tuple[int, Noun, float]]:
        for _, start in self.maybe(place, "DO"):
            for subject, middle, cost in self.noun(start):
                for _, after in self.at(middle, "HOLDS"):
                    yield after, subject, cost
        for _, start in self.at(place, "HOLDS"):
            for subject, after, cost in self.noun(start):
                yield after, subject, cost

    def _deal(
        self, form: Form, use: VerbUse, subject: Noun, place: int, cost: float
    ) -> Found[Query]:
        for after, noun, extra in self._argument(use.prep, place):
            for clause, end, more in self._trailing(Clause(use.steps, noun), after, cost + extra):
                yield Query(form, subject, (clause,)), end, more

    def _share(self, form: Form, subject: Noun, place: int, cost: float, part: str) -> Found[Query]:
        for _, start in self.at(place, "OF"):
            for noun, after, extra in self.noun(start):
                clause = Clause(self.playing(part), noun)
                yield Query(form, subject, (clause,)), after, cost + extra + 1

    def dating(self, place: int) -> Found[Query]:
        for _, start in self.at(place, "WHEN"):
            for query, after, cost in self.yes_no(start):
                yield replace(query, form=Form.DATE), after, cost + 1
            for clause, subject, after, cost in self._verb_first(start):
                yield Query(Form.DATE, subject, (clause,)), after, cost + 1

    def _verb_first(self, place: int) -> Iterator[tuple[Clause, Noun, int, float]]:
        for use, middle, cost in self.verb(place):
            if not use.passive:
                for subject, start, extra in self.noun(middle):
                    for clause, after, price in self._object(use, start, cost + extra + 1):
                        yield clause, subject, after, price


def parse(lattice: Lattice, ontology: Ontology) -> list[tuple[float, Query]]:
    """All readings of the whole question with their cost, cheapest first, each once.

    Parameters
    ----------
    lattice
        The question's terms.
    ontology
        Says which relations are symmetric and which play a part such as ownership.
    """

    def playing(part: str) -> Steps:
        return tuple(Step(name) for name in ontology.playing(part))

    def symmetric(steps: Steps) -> bool:
        return all(ontology.properties[step.relation].symmetric for step in steps)

    questions = Questions(lattice, playing, symmetric)
    best: dict[Query, float] = {}
    for query, place, cost in questions.queries():
        if questions.done(place) and cost < best.get(query, cost + 1):
            best[query] = cost
    ordered = sorted((cost, number) for number, cost in enumerate(best.values()))
    queries = list(best)
    return [(cost, queries[number]) for cost, number in ordered]
