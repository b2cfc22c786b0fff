"""The grammar of noun phrases and of what is said of them, for all languages alike.

Which words are articles, negations or relations comes from the lattice; what differs between
languages (a verb before its subject, a noun before its adjective) is allowed in all of them, at a
cost, since questions are short and a wrong order seldom fits by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from kg.model import Status
from kg.questions.nodes import Clause, Noun, Quantity
from kg.questions.pattern import Filter, Step
from kg.questions.reader import Found, Reader
from kg.questions.terms import Lattice, Term, inverted

__all__ = ["Phrases", "VerbUse"]

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


def _agrees(noun: Noun, use: VerbUse) -> float:
    differ = noun.number and use.number in ("singular", "plural") and noun.number != use.number
    return _DISAGREES if differ else 0.0


class Phrases(Reader):
    """Noun phrases, verb phrases and relative clauses."""

    def __init__(
        self,
        lattice: Lattice,
        playing: Callable[[str], Steps],
        symmetric: Callable[[Steps], bool],
    ) -> None:
        super().__init__(lattice)
        self.playing, self.symmetric = playing, symmetric
        self._nouns: dict[int, list[tuple[Noun, int, float]]] = {}
        marks = (t for terms in lattice.starts for t in terms if t.kind == "VERB_FIRST")
        self.verb_first = frozenset(term.tokens for term in marks)

    # noun phrases --------------------------------------------------------------------------

    def noun(self, place: int) -> Found[Noun]:
        """A noun phrase, coordinated or not; read once for each place."""
        if place not in self._nouns:
            self._nouns[place] = []  # a phrase cannot start with itself
            self._nouns[place] = list(self._coordinated(place))
        yield from self._nouns[place]

    def _coordinated(self, place: int) -> Found[Noun]:
        for mark, start in self.maybe(place, "BOTH", "EITHER"):
            for first, middle, cost in self.single(start):
                if mark is None:
                    yield first, middle, cost
                yield from self._more((first,), middle, cost + bool(mark), "")

    def _more(self, parts: tuple[Noun, ...], place: int, cost: float, kind: str) -> Found[Noun]:
        for term, start in self.at(place, "AND", "OR", "BOTH_AND"):
            joined = "OR" if term.kind == "OR" else "AND"
            if kind in ("", joined):
                again = [(end, 0.5) for _, end in self.at(start, "OF")]  # "da X e da Y"
                for noun, after, extra in self._each(self.single, [(start, 0.0), *again]):
                    group = (*parts, noun)
                    # "investors of A and B": A and B stand closer than investors and B
                    total = cost + extra + 1 + any(part.role for part in parts)
                    yield Noun(parts=group, either=joined == "OR", number="plural"), after, total
                    yield from self._more(group, after, total, joined)

    def _each(
        self, read: Callable[[int], Found[Noun]], places: list[tuple[int, float]]
    ) -> Found[Noun]:
        for place, price in places:
            for noun, after, cost in read(place):
                yield noun, after, cost + price

    def single(self, place: int) -> Found[Noun]:
        """One noun phrase with its quantity and clauses."""
        for core, middle, cost in self.core(place):
            yield from self._with_clauses(core, middle, cost)
        for quantity, start, price in self.quantity(place):
            for core, middle, cost in self.core(start):
                counted = replace(core, quantity=quantity)
                yield from self._with_clauses(counted, middle, cost + price)
        for _, start in self.at(place, "EACH"):
            for core, middle, cost in self.core(start):
                if core.pair:
                    yield from self._with_clauses(core, middle, cost + 1)
        for term, after in self.at(place, "ANYONE", "NOONE"):
            quantity_or_none = Quantity("NONE") if term.kind == "NOONE" else None
            yield Noun(quantity=quantity_or_none, number="singular"), after, 1

    def _with_clauses(self, noun: Noun, place: int, cost: float) -> Found[Noun]:
        yield noun, place, cost
        # a clause rather tells the last noun apart than one before it, and no name at all
        cost += 0.4 * bool(noun.clauses or noun.pair) + bool(noun.entities)
        for clauses, after, extra in self.clauses(noun, place):
            pair = next((c.steps for c in clauses if c.other is None), noun.pair)
            rest = tuple(c for c in clauses if c.other is not None)
            chosen = replace(noun, clauses=(*noun.clauses, *rest), pair=pair)
            yield from self._with_clauses(chosen, after, cost + extra)

    def core(self, place: int) -> Found[Noun]:
        """A noun phrase without quantity and clauses, then roles that belong to it."""
        for start in self.past(place, "DET"):
            price = (start > place) * 0.5
            for noun, after, cost in self._kernel(start):
                yield from self._owned(noun, after, cost + price)
            for _, middle in self.at(start, "OWN"):
                for term, after in self.at(middle, "ROLE"):
                    yield Noun(role=term.steps, own=True, number=term.form), after, 2

    def _owned(self, noun: Noun, place: int, cost: float) -> Found[Noun]:
        """``OpenAI's investors``, ``OpenAI investors``, ``OpenAI-backed labs``."""
        yield noun, place, cost
        if not noun.entities and noun.of is None:
            return
        for mark, middle in self.maybe(place, "POSSESSIVE"):
            for statuses, start, price in self.status(middle):
                for term, after in self.at(start, "ROLE"):
                    owned = Noun(role=term.steps, of=noun, statuses=statuses, number=term.form)
                    yield from self._owned(owned, after, cost + price + (1.5 if mark else 1.8))
        for term, middle in self.at(place, "VERB"):
            if term.form == "participle" and not term.prep:
                for core, after, extra in self._kernel(middle):
                    if core.classes:
                        clause = Clause(inverted(term.steps), noun)
                        yield replace(core, clauses=(clause,)), after, cost + extra + 1

    def _kernel(self, place: int) -> Found[Noun]:
        for term, after in self.at(place, "ENTITY"):
            yield Noun(entities=term.names, number="singular"), after, 1
        yield from self._class(place)
        yield from self._role(place)

    def _class(self, place: int) -> Found[Noun]:
        for adjective, start in self.maybe(place, "ADJECTIVE"):
            for term, middle in self.at(place if adjective is None else start, "CLASS"):
                noun = Noun(classes=term.names, number=term.form)
                # "investors" names who invests before it names a kind of company
                price = any(t.tokens == term.tokens for t, _ in self.at(place, "ROLE"))
                if adjective:
                    yield replace(noun, pair=adjective.steps), middle, 2
                    continue
                yield noun, middle, 1 + price
                for behind, after in self.at(middle, "ADJECTIVE"):
                    yield replace(noun, pair=behind.steps), after, 2
                for name, after in self.at(middle, "ENTITY"):
                    yield replace(noun, entities=name.names, number="singular"), after, 2

    def _role(self, place: int) -> Found[Noun]:
        for before, start, price in self._role_adjective(place):
            for term, middle in self.at(start, "ROLE"):
                for behind, end, extra in self._role_adjective(middle):
                    noun = Noun(role=term.steps, number=term.form, statuses=before or behind)
                    cost = 1 + price + extra
                    # a role without its other side: rather any other reading
                    yield noun, end, cost + 0.7
                    for _, inner in self.at(end, "OF"):
                        for other, after, more in self.noun(inner):
                            yield replace(noun, of=other), after, cost + more + 1

    def _role_adjective(self, place: int) -> Found[tuple[Status, ...]]:
        yield from self.status(place)
        for _, after in self.at(place, "COMMON"):
            yield (), after, 1

    # clauses after a noun ------------------------------------------------------------------

    def clauses(self, noun: Noun, place: int) -> Found[tuple[Clause, ...]]:
        """One relative or participial clause, or a phrase with "with" or "without"."""
        for _, start in self.at(place, "RELATIVE"):
            for found, after, cost in self.verb_phrase(noun, start):
                yield found, after, cost + 1
            for clause, after, cost in self.gap(start, inverts=bool(self.verb_first)):
                yield (clause,), after, cost + 1
        for term, middle in self.at(place, "PREP"):
            for _, start in self.at(middle, "RELATIVE"):
                for clause, after, cost in self.gap(start, term.tokens[0]):
                    yield (clause,), after, cost + 1
        for clause, after, cost in self._reduced(place):
            yield (clause,), after, cost
        for clause, after, cost in self.gap(place):
            yield (clause,), after, cost + 1.5
        yield from self._having(place)

    def _reduced(self, place: int) -> Found[Clause]:
        """``backed by X``, ``investing in X``, ``owned by X``."""
        for _, start in self.maybe(place, "BE"):
            for term, middle in self.at(start, "VERB"):
                if term.form == "participle":
                    use = VerbUse(term.steps, term.prep, "", passive=True)
                    yield from self._agent(use, middle, 1)
                if term.form == "gerund":
                    use = VerbUse(term.steps, term.prep, "")
                    yield from self._object(use, middle, 1)
            break
        for term, middle in self.at(place, "PREDICATE"):
            for after, noun, cost in self._argument(term.prep, middle):
                yield Clause(term.steps, noun), after, cost + 1

    def _having(self, place: int) -> Found[tuple[Clause, ...]]:
        for term, start in self.at(place, "WITH", "WITHOUT"):
            for noun, after, cost in self.single(start):
                if noun.role and noun.of is None:
                    negated = term.kind == "WITHOUT"
                    yield (self._possession(noun, negated=negated),), after, cost + 1

    def _possession(self, noun: Noun, *, negated: bool = False) -> Clause:
        """``has investors``: from the one who has them to the bearer of the role."""
        bare = replace(noun, role=(), statuses=())
        return Clause(inverted(noun.role), bare, negated=negated, statuses=noun.statuses)

    # verb phrases --------------------------------------------------------------------------

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
            price = cost + _agrees(subject, use)
            yield from (self._agent if use.passive else self._object)(use, middle, price)
        yield from self._copular(place)
        yield from self._possessing(place)
        yield from self._sharing(place)
        yield from self._holding(place)

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
            for after, noun, extra in self._argument(use.prep, middle):
                total = cost + price + extra
                yield from self._trailing(replace(made, other=noun), after, total)
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
            if noun.role and not noun.clauses and (noun.of or noun.own):
                bearer = noun.of or Noun(own=True)
                yield Clause(noun.role, bearer, negated, noun.statuses), after, cost
            elif noun.role and self.symmetric(noun.role) and not noun.clauses:
                yield Clause(noun.role, None, negated, noun.statuses), after, cost
                for _, end in self.at(after, "EACH_OTHER"):
                    yield Clause(noun.role, None, negated, noun.statuses), end, cost + 1
        for start in self.past(place, "DET"):
            for term, middle in self.at(start, "PREDICATE"):
                for after, noun, cost in self._argument(term.prep, middle):
                    yield Clause(term.steps, noun, negated), after, cost + 1

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

    def _stakes(self, place: int) -> Found[tuple[Filter, ...]]:
        for filters, after, cost in self.conditions(place):
            if any(item.field == "percent" for item in filters):
                yield filters, after, cost

    # clauses whose object stands before them -----------------------------------------------

    def gap(self, place: int, prep: str = "", *, inverts: bool = False) -> Found[Clause]:
        """What is said of a noun by a clause in which it is the object: "that X backs".

        ``prep`` is the preposition that stood before the relative or question word; ``inverts``
        says that the verb may stand before its subject.
        """
        for term, start in self.maybe(place, "DO", "MOOD", "HAVE"):
            asked = term.kind if term else ""
            moods = (Status(term.value),) if term and term.kind == "MOOD" else ()
            for subject, middle, cost in self.noun(start):
                for use, end, extra in self.verb(middle, after=asked):
                    if not use.passive:
                        price = cost + extra + (1 if asked else _agrees(subject, use))
                        made = Clause(
                            inverted(use.steps), subject, use.negated, moods or use.statuses
                        )
                        yield from self._stranded(made, use.prep, prep, end, price)
        if inverts or prep:
            yield from self._inverted(place, prep)
        yield from self._passive_gap(place, prep)

    def _inverted(self, place: int, prep: str) -> Found[Clause]:
        """A verb before its subject: "que laboratórios apoia a Amazon"."""
        for use, middle, cost in self.verb(place):
            if use.passive or (use.prep and use.prep != prep):
                continue
            if prep and not use.prep and not self._free(prep):
                continue
            for filters, start, price in self.conditions(middle):
                for subject, after, extra in self.noun(start):
                    made = Clause(
                        inverted(use.steps), subject, use.negated, use.statuses, filters
                    )
                    total = cost + price + extra + 1 + _agrees(subject, use)
                    yield from self._trailing(made, after, total)

    def _free(self, prep: str) -> bool:
        """Whether *prep* may stand before an object that needs none."""
        return any(
            term.kind == "FREE_PREP" and term.tokens == (prep,)
            for terms in self.lattice.starts
            for term in terms
        )

    def _stranded(
        self, clause: Clause, needed: str, given: str, place: int, cost: float
    ) -> Found[Clause]:
        if given:
            if given == needed or (not needed and self._free(given)):
                yield from self._trailing(clause, place, cost)
            return
        for filters, middle, price in self.conditions(place):
            kept = replace(clause, filters=(*clause.filters, *filters))
            for after, extra in self.preposition(needed, middle):
                if after == middle or needed:
                    yield from self._trailing(kept, after, cost + price + extra)

    def _passive_gap(self, place: int, prep: str) -> Found[Clause]:
        """``by whom is X backed``, ``who is X backed by``, ``por quem é apoiada a X``."""
        for _, start in self.at(place, "BE"):
            for subject, middle, cost in self.noun(start):
                for term, end in self.at(middle, "VERB"):
                    if term.form == "participle":
                        yield from self._by(Clause(term.steps, subject), prep, end, cost + 2)
            for term, middle in self.at(start, "VERB"):
                if term.form == "participle" and prep:
                    for subject, end, cost in self.noun(middle):
                        yield from self._by(Clause(term.steps, subject), prep, end, cost + 2)
        for subject, middle, cost in self.noun(place):
            for _, start in self.at(middle, "BE"):
                for term, end in self.at(start, "VERB"):
                    if term.form == "participle":
                        yield from self._by(Clause(term.steps, subject), prep, end, cost + 3)

    def _by(self, clause: Clause, prep: str, place: int, cost: float) -> Found[Clause]:
        if prep:
            agents = (t for terms in self.lattice.starts for t in terms if t.kind == "BY")
            if any(term.tokens == (prep,) for term in agents):
                yield from self._trailing(clause, place, cost)
            return
        for _, after in self.at(place, "BY"):
            yield from self._trailing(clause, after, cost + 1)
