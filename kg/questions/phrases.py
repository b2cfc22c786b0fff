"""The grammar of noun phrases and of the clauses behind them, for all languages alike.

Which words are articles, negations or relations comes from the lattice; what differs between
languages (a verb before its subject, a noun before its adjective) is allowed in all of them, at a
cost, since questions are short and a wrong order seldom fits by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from kg.model import Status
from kg.questions.nodes import Clause, Noun, Quantity
from kg.questions.predicates import Predicates, Steps, VerbUse, disagreement
from kg.questions.reader import Found
from kg.questions.terms import Lattice, inverted

__all__ = ["Phrases"]


class Phrases(Predicates):
    """Noun phrases and relative clauses."""

    def __init__(
        self,
        lattice: Lattice,
        playing: Callable[[str], Steps],
        symmetric: Callable[[Steps], bool],
    ) -> None:
        super().__init__(lattice, playing, symmetric)
        self._nouns: dict[int, list[tuple[Noun, int, float]]] = {}

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
                for places, inner, extra in self._before_noun(start):
                    for term, after in self.at(inner, "ROLE"):
                        owned = Noun(role=term.steps, of=noun, statuses=statuses, number=term.form)
                        total = cost + price + extra + (1.5 if mark else 1.8)
                        yield from self._owned(replace(owned, places=places), after, total)
        for term, middle in self.at(place, "VERB"):
            if term.form == "participle" and not term.prep:
                for core, after, extra in self._kernel(middle):
                    if core.classes:
                        clause = Clause(inverted(term.steps), noun)
                        yield replace(core, clauses=(clause,)), after, cost + extra + 1

    def _kernel(self, place: int) -> Found[Noun]:
        for term, after in self.at(place, "ENTITY"):
            yield Noun(entities=term.names, number="singular"), after, 1
        for places, start, cost in self._before_noun(place):
            for noun, after, more in self._class(start):
                if not (places and (noun.places or noun.entities)):
                    yield replace(noun, places=places or noun.places), after, cost + more
            for noun, after, more in self._role(start):
                if not (places and noun.places):
                    yield replace(noun, places=places or noun.places), after, cost + more

    def _before_noun(self, place: int) -> Found[tuple[str, ...]]:
        """Nothing, ``Chinese`` or ``US``, where a noun follows."""
        yield (), place, 0
        for places, after in self.demonyms(place):
            yield places, after, 1
        for places, after in self.demonyms(place, "PLACE"):
            yield places, after, 1.5

    def _class(self, place: int) -> Found[Noun]:
        for adjective, start in self.maybe(place, "ADJECTIVE"):
            for places, begin, price in self._before_noun(start) if adjective else [((), place, 0)]:
                for term, middle in self.at(begin, "CLASS"):
                    noun = Noun(classes=term.names, number=term.form, places=places)
                    if adjective:
                        yield replace(noun, pair=adjective.steps), middle, 2 + price
                        continue
                    # "investors" names who invests before it names a kind of company
                    cost = 1 + any(t.tokens == term.tokens for t, _ in self.at(place, "ROLE"))
                    yield noun, middle, cost
                    yield from self._behind_class(noun, middle, cost)

    def _behind_class(self, noun: Noun, place: int, cost: float) -> Found[Noun]:
        """``laboratórios rivais``, ``laboratórios franceses``, ``the company Apple``."""
        for term, after in self.at(place, "ADJECTIVE"):
            if not noun.pair:
                paired = replace(noun, pair=term.steps)
                yield paired, after, cost + 1
                yield from self._behind_class(paired, after, cost + 1)
        for places, after in self.demonyms(place):
            if not noun.places:
                sited = replace(noun, places=places)
                yield sited, after, cost + 1
                yield from self._behind_class(sited, after, cost + 1)
        for name, after in self.at(place, "ENTITY"):
            if not (noun.pair or noun.places):
                yield replace(noun, entities=name.names, number="singular"), after, cost + 1

    def _role(self, place: int) -> Found[Noun]:
        yield from self._top_holder(place)
        for before, start, price in self._role_adjective(place):
            for term, middle in self.at(start, "ROLE"):
                for behind, inner, extra in self._role_adjective(middle):
                    noun = Noun(role=term.steps, number=term.form, statuses=before or behind or ())
                    cost, common = 1 + price + extra, before is None or behind is None
                    if not common:  # a role without its other side: rather any other reading
                        yield noun, inner, cost + 0.7
                    sites = [((), inner), *self.demonyms(inner)]
                    for places, end in sites:
                        for other, after, more in self._complement(end):
                            if len(other.parts) > 1 or not common:
                                made = replace(noun, of=other, places=places)
                                yield made, after, cost + more + 1 + bool(places)

    def _top_holder(self, place: int) -> Found[Noun]:
        """``largest shareholder of X``: the one with the largest stake."""
        for term, middle in self.at(place, "TOP_HOLDER"):
            for other, after, cost in self._complement(middle):
                top = Quantity("LARGEST", "percent")
                yield Noun(role=self.playing(term.value), of=other, quantity=top), after, cost + 2

    def _complement(self, place: int) -> Found[Noun]:
        for _, start in self.at(place, "OF"):
            yield from self.noun(start)

    def _role_adjective(self, place: int) -> Found[tuple[Status, ...] | None]:
        """A status, nothing, or (None) a word for what several have in common."""
        yield from self.status(place)
        for _, after in self.at(place, "COMMON"):
            yield None, after, 1

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
        for places, after, cost in self.seat(place):
            yield (Clause((), Noun(places=places)),), after, cost

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
                        price = cost + extra + (1 if asked else disagreement(subject, use))
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
                    made = Clause(inverted(use.steps), subject, use.negated, use.statuses, filters)
                    total = cost + price + extra + 1 + disagreement(subject, use)
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
                for steps, end in self._participles(middle):
                    yield from self._by(Clause(steps, subject), prep, end, cost + 2)
            for steps, middle in self._participles(start) if prep else ():
                for subject, end, cost in self.noun(middle):
                    yield from self._by(Clause(steps, subject), prep, end, cost + 2)
        for subject, middle, cost in self.noun(place):
            for _, start in self.at(middle, "BE"):
                for steps, end in self._participles(start):
                    yield from self._by(Clause(steps, subject), prep, end, cost + 3)

    def _participles(self, place: int) -> Iterator[tuple[Steps, int]]:
        for term, after in self.at(place, "VERB"):
            if term.form == "participle":
                yield term.steps, after

    def _by(self, clause: Clause, prep: str, place: int, cost: float) -> Found[Clause]:
        if prep:
            agents = (t for terms in self.lattice.starts for t in terms if t.kind == "BY")
            if any(term.tokens == (prep,) for term in agents):
                yield from self._trailing(clause, place, cost)
            return
        for _, after in self.at(place, "BY"):
            yield from self._trailing(clause, after, cost + 1)
