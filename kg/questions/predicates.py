"""The grammar of predicates: verbs with auxiliaries, their arguments, "to be", "to have"."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from kg.model import Status
from kg.questions.nodes import Clause, Noun
from kg.questions.pattern import Filter, Step
from kg.questions.reader import Found, Reader
from kg.questions.terms import Lattice, Term, inverted

__all__ = ["Predicates", "Steps", "VerbUse", "disagreement"]

Steps = tuple[Step, ...]

_FINITE = ("singular", "plural", "past")
_AUXILIARIES = ("DO", "HAVE", "BE", "MOOD", "PROGRESSIVE", "NOT")
_DISAGREES = 3.0  # a verb that does not agree with its subject: rather the other reading


@dataclass(frozen=True, slots=True)
class VerbUse:
    """A verb with its auxiliaries; ``steps`` lead from its active subject to its object."""

    steps: Steps
    prep: str
    number: str
    passive: bool = False
    negated: bool = False
    statuses: tuple[Status, ...] = ()


def disagreement(noun: Noun, use: VerbUse) -> float:
    """What it costs to read *noun* as the subject of a verb of another number."""
    differ = noun.number and use.number in ("singular", "plural") and noun.number != use.number
    return _DISAGREES if differ else 0.0


class Predicates(Reader, ABC):
    """Verb phrases; which nouns they take is for the class below to say."""

    def __init__(
        self,
        lattice: Lattice,
        playing: Callable[[str], Steps],
        symmetric: Callable[[Steps], bool],
    ) -> None:
        super().__init__(lattice)
        self.playing, self.symmetric = playing, symmetric
        marks = (t for terms in lattice.starts for t in terms if t.kind == "VERB_FIRST")
        self.verb_first = frozenset(term.tokens for term in marks)

    @abstractmethod
    def noun(self, place: int) -> Found[Noun]:
        """A noun phrase, coordinated or not."""

    @abstractmethod
    def single(self, place: int) -> Found[Noun]:
        """One noun phrase with its quantity and clauses."""

    # predicates ----------------------------------------------------------------------------

    def _possession(self, noun: Noun, *, negated: bool = False) -> Clause:
        """``has investors``: from the one who has them to the bearer of the role."""
        bare = replace(noun, role=(), statuses=())
        return Clause(inverted(noun.role), bare, negated=negated, statuses=noun.statuses)

    def verb_phrase(self, subject: Noun, place: int) -> Found[tuple[Clause, ...]]:
        """What is said of *subject*: one or several predicates."""
        for clause, middle, cost in self.predicate(subject, place):
            yield (clause,), middle, cost
            yield from self._but_not(clause, middle, cost)
            for _, start in self.at(middle, "AND"):
                for more, after, extra in self.verb_phrase(subject, start):
                    yield (clause, *more), after, cost + extra + 1

    def _but_not(self, clause: Clause, place: int, cost: float) -> Found[tuple[Clause, ...]]:
        """``but not X``: the same verb, denied of another object."""
        for _, middle in self.at(place, "AND"):
            for _, end in self.at(middle, "NOT"):
                for start in (end, *(after for _, after in self.at(end, "PREP"))):
                    for noun, after, extra in self.noun(start):
                        denied = replace(clause, other=noun, negated=True)
                        yield (clause, denied), after, cost + extra + 2

    def predicate(self, subject: Noun, place: int) -> Found[Clause]:
        """One predicate with its arguments."""
        for use, middle, cost in self.verb(place):
            price = cost + disagreement(subject, use)
            yield from (self._agent if use.passive else self._object)(use, middle, price)
        yield from self._copular(place)
        yield from self._possessing(place)
        yield from self._sharing(place)
        yield from self._holding(place)
        for _, start in self.at(place, "SEATED"):
            for inner in self.past(start, "DET"):
                for places, after in self.demonyms(inner, "PLACE"):
                    yield Clause((), Noun(places=places)), after, 1

    def _auxiliaries(self, place: int) -> Found[tuple[Term, ...]]:
        yield (), place, 0
        for term, middle in self.at(place, *_AUXILIARIES):
            for more, after, cost in self._auxiliaries(middle):
                yield (term, *more), after, cost + 1

    def verb(self, place: int, *, after: str = "") -> Found[VerbUse]:
        """A verb with its auxiliaries; *after*: the auxiliary that stood before the subject."""
        for helpers, middle, cost in self._auxiliaries(place):
            for term, end in self.at(middle, "VERB"):
                use = self._use(helpers, term, after)
                if use:
                    yield use, end, cost + 1

    def _use(self, helpers: tuple[Term, ...], term: Term, fronted: str) -> VerbUse | None:
        kinds = [fronted] * bool(fronted) + [h.kind for h in helpers if h.kind != "NOT"]
        wanted: tuple[str, ...] = _FINITE
        if kinds:
            last = {"BE": ("participle", "gerund"), "HAVE": ("participle",)}
            wanted = last.get(kinds[-1], ("infinitive",))
        if term.form not in wanted:
            return None
        return VerbUse(
            term.steps,
            term.prep,
            term.form if not kinds else "",
            passive=kinds[-1:] == ["BE"] and term.form == "participle",
            negated=any(h.kind == "NOT" for h in helpers),
            statuses=tuple(Status(h.value) for h in helpers if h.kind == "MOOD")[:1],
        )

    def preposition(self, prep: str, place: int) -> Iterator[tuple[int, float]]:
        """The preposition that a phrase needs; where it needs none, a free one may stand."""
        if prep:
            for term, after in self.at(place, "PREP"):
                if term.tokens == (prep,):
                    # "a" may also be an article: surer before another article
                    free = any(self.at(place, "FREE_PREP")) and not any(self.at(after, "DET"))
                    yield after, 0.5 + free
            return
        yield place, 0
        for _, after in self.at(place, "FREE_PREP"):
            yield after, 0.9

    def _argument(self, prep: str, place: int) -> Iterator[tuple[int, Noun, float]]:
        for start, price in self.preposition(prep, place):
            for noun, after, cost in self.noun(start):
                yield after, noun, cost + price

    def _object(self, use: VerbUse, place: int, cost: float) -> Found[Clause]:
        for filters, middle, price in self.conditions(place):
            made = Clause(use.steps, None, use.negated, use.statuses, filters)
            # "invested most in X"; without a preposition "most" goes with what follows
            figures = [(t.value, end) for t, end in self.at(middle, "TOP") if use.prep]
            for figure, start in [("", middle), *figures]:
                for after, noun, extra in self._argument(use.prep, start):
                    clause = replace(made, other=noun, largest=figure)
                    yield from self._trailing(clause, after, cost + price + extra + bool(figure))
            if self.symmetric(use.steps):
                for after in (middle, *(end for _, end in self.at(middle, "EACH_OTHER"))):
                    yield from self._trailing(made, after, cost + price + 1)

    def _agent(self, use: VerbUse, place: int, cost: float) -> Found[Clause]:
        for start, price in self.preposition(use.prep, place):
            for filters, middle, extra in self.conditions(start):
                for _, inner in self.at(middle, "BY"):
                    for noun, after, more in self.noun(inner):
                        steps = inverted(use.steps)
                        made = Clause(steps, noun, use.negated, use.statuses, filters)
                        yield from self._trailing(made, after, cost + price + extra + more + 1)

    def _trailing(self, clause: Clause, place: int, cost: float) -> Found[Clause]:
        """Conditions behind the object: "since 2024", "with more than 10%"."""
        for filters, after, price in self.conditions(place):
            yield replace(clause, filters=(*clause.filters, *filters)), after, cost + price

    def _copular(self, place: int) -> Found[Clause]:
        """``is an investor in X``, ``is owned by X``, ``is X's rival``, ``are rivals``."""
        for helpers, start, cost in self._auxiliaries(place):
            if not helpers or not any(h.kind == "BE" for h in helpers):
                continue
            negated = any(h.kind == "NOT" for h in helpers)
            for clause, after, extra in self.complement(start, negated=negated):
                yield from self._trailing(clause, after, cost + extra)

    def complement(self, place: int, *, negated: bool) -> Found[Clause]:
        """What "to be" gives to its subject."""
        for noun, after, cost in self.single(place):
            if noun.role and not noun.clauses:
                yield from self._bearing(noun, after, cost, negated=negated)
            elif noun.classes and not (noun.role or noun.entities or noun.pair or noun.quantity):
                yield Clause((), noun, negated), after, cost
        for places, after in self.demonyms(place):
            yield Clause((), Noun(places=places), negated), after, 1
        for places, after, cost in self.seat(place):
            yield Clause((), Noun(places=places), negated), after, cost
        for start in self.past(place, "DET"):
            for term, middle in self.at(start, "PREDICATE"):
                for after, noun, cost in self._argument(term.prep, middle):
                    yield Clause(term.steps, noun, negated), after, cost + 1

    def _bearing(self, noun: Noun, place: int, cost: float, *, negated: bool) -> Found[Clause]:
        """``an investor in X``, ``rivals``, ``the largest investor in X``, ``an investor``."""
        made = Clause(noun.role, noun.of, negated, noun.statuses)
        if noun.places:
            return
        if noun.quantity:
            if noun.quantity.kind == "LARGEST" and noun.of and not negated:
                yield replace(made, largest=noun.quantity.operator), place, cost
        elif noun.of or noun.own:
            yield replace(made, other=noun.of or Noun(own=True)), place, cost
        elif self.symmetric(noun.role):
            yield made, place, cost
            for _, end in self.at(place, "EACH_OTHER"):
                yield made, end, cost + 1
        else:  # of whomever
            yield replace(made, other=Noun()), place, cost

    def _possessing(self, place: int) -> Found[Clause]:
        """``has no investors``, ``has most investors``, ``has Amazon as an investor``."""
        for helpers, start, cost in self._auxiliaries(place):
            if not helpers or helpers[-1].kind != "HAVE":
                continue
            negated = any(h.kind == "NOT" for h in helpers)
            for noun, after, extra in self.single(start):
                if noun.role and noun.of is None and not noun.own:
                    clause = self._possession(noun, negated=negated)
                    yield from self._trailing(clause, after, cost + extra)
            for noun, middle, extra in self.noun(start):
                for _, behind in self.at(middle, "AS"):
                    for inner in self.past(behind, "DET"):
                        for term, after in self.at(inner, "ROLE"):
                            made = Clause(inverted(term.steps), noun, negated)
                            yield from self._trailing(made, after, cost + extra + 2)

    def _sharing(self, place: int) -> Found[Clause]:
        """``share an investor``, ``have investors in common``."""
        for _, start in self.at(place, "SHARE", "HAVE"):
            for inner in self.past(start, "SAME", "DET"):
                for term, middle in self.at(inner, "ROLE"):
                    common = [end for _, end in self.at(middle, "IN_COMMON")]
                    shares = any(self.at(place, "SHARE")) or inner > start
                    for after in [*common, *([middle] if shares else [])]:
                        made = Clause(inverted(term.steps), Noun(), shared=True)
                        yield made, after, 2.0 + (after > middle)

    def _holding(self, place: int) -> Found[Clause]:
        """``holds more than 10% of X``: a stake given as a number says what is held."""
        for helpers, start, cost in self._auxiliaries(place):
            for term, middle in self.at(start, "HOLDS"):
                for filters, end, price in self._stakes(middle):
                    for _, inner in self.at(end, "OF"):
                        for noun, after, extra in self.noun(inner):
                            negated = any(h.kind == "NOT" for h in helpers)
                            made = Clause(self.playing(term.value), noun, negated, (), filters)
                            yield from self._trailing(made, after, cost + price + extra + 2)
                for top, end in self.at(middle, "TOP_STAKE"):
                    for _, inner in self.at(end, "OF"):
                        for noun, after, extra in self.noun(inner):
                            steps = self.playing(term.value)
                            made = Clause(steps, noun, largest=top.value)
                            yield from self._trailing(made, after, cost + extra + 3)

    def _stakes(self, place: int) -> Found[tuple[Filter, ...]]:
        for filters, after, cost in self.conditions(place):
            if any(item.field == "percent" for item in filters):
                yield filters, after, cost
