"""The part of the grammar below phrases: terms in order, numbers, money, dates and conditions.

Each reader is a generator of ``(value, end, cost)``: all readings from a place on. The cheapest
reading of the whole question wins; a term costs 1, so that long known phrases beat their parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias, TypeVar

from kg.model import Status
from kg.questions.nodes import Quantity
from kg.questions.pattern import Filter
from kg.questions.terms import Lattice, Term

__all__ = ["Found", "Reader"]

T = TypeVar("T")
Found: TypeAlias = Iterator[tuple[T, int, float]]

_OPERATORS = {"MORE": ">", "LESS": "<", "AT_LEAST": ">=", "AT_MOST": "<=", "EXACTLY": "="}
_YEAR = re.compile(r"(?:19|20)\d\d")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")


def _number(token: str) -> float | None:
    """``1,5`` and ``1.5`` are one and a half; ``1,500`` and ``1.500`` fifteen hundred."""
    if not token[0].isdigit():
        return None
    if _GROUPED.fullmatch(token):
        return float(re.sub("[.,]", "", token))
    try:
        return float(token.replace(",", "."))
    except ValueError:
        return None


def _next(date: str) -> str:
    """The year or month after an ISO 8601 *date*; a day stays, followed by a later sign."""
    if len(date) == 4:
        return str(int(date) + 1)
    year, month = int(date[:4]), int(date[5:7])
    if len(date) == 7:
        return f"{year + month // 12}-{month % 12 + 1:02}"
    return date + "T24"


class Reader:
    """Terms of one lattice, by place."""

    def __init__(self, lattice: Lattice) -> None:
        self.lattice, self.lang = lattice, lattice.lang
        self.end = len(lattice.tokens)

    def at(self, place: int, *kinds: str) -> Iterator[tuple[Term, int]]:
        """Terms of one of *kinds* that start at *place*, words without content passed over."""
        if place >= self.end:
            return
        for term in self.lattice.starts[place]:
            if term.kind in kinds:
                yield term, place + len(term.tokens)
        for term in self.lattice.starts[place]:
            if term.kind == "SKIP" and "SKIP" not in kinds:
                yield from self.at(place + len(term.tokens), *kinds)

    def maybe(self, place: int, *kinds: str) -> Iterator[tuple[Term | None, int]]:
        """As :meth:`at`, or nothing."""
        yield None, place
        yield from self.at(place, *kinds)

    def past(self, place: int, *kinds: str) -> Iterator[int]:
        """Ends of any run of terms of *kinds*, also an empty one."""
        yield place
        for _, after in self.at(place, *kinds):
            yield from self.past(after, *kinds)

    def done(self, place: int) -> bool:
        """Whether only words without content are left."""
        return place >= self.end or any(
            term.kind == "SKIP" and self.done(place + len(term.tokens))
            for term in self.lattice.starts[place]
        )

    def token(self, place: int) -> str:
        """Token at *place*, empty behind the end."""
        return self.lattice.tokens[place] if place < self.end else ""

    # places --------------------------------------------------------------------------------

    def demonyms(self, place: int, *kinds: str) -> Iterator[tuple[tuple[str, ...], int]]:
        """Words for places, coordinated or not, as the keys of the places: any of them."""
        for term, after in self.at(place, *(kinds or ("DEMONYM",))):
            yield term.names, after
            for _, start in self.at(after, "AND", "OR"):
                for more, end in self.demonyms(start, *kinds):
                    yield tuple(sorted({*term.names, *more})), end

    def seat(self, place: int) -> Found[tuple[str, ...]]:
        """``based in France``, ``com sede em Paris``; a bare preposition costs more."""
        starts = [(after, 1.0) for _, after in self.at(place, "BASED")]
        starts += [(after, 2.0) for _, after in self.at(place, "PREP", "INSIDE")]
        for start, cost in starts:
            for inner in self.past(start, "DET"):
                for keys, after in self.demonyms(inner, "PLACE"):
                    yield keys, after, cost

    # numbers -------------------------------------------------------------------------------

    def number(self, place: int) -> Iterator[tuple[float, int]]:
        """Numbers in figures or words."""
        token = self.token(place)
        value = _number(token) if token else None
        if value is not None:
            yield value, place + 1
        for term, after in self.at(place, "NUMBER"):
            yield float(term.value), after

    def comparison(self, place: int) -> Iterator[tuple[str, int]]:
        """Words such as "more than", as an operator."""
        for term, after in self.at(place, *_OPERATORS):
            yield _OPERATORS[term.kind], after

    def quantity(self, place: int) -> Found[Quantity]:
        """How many there must be: none, most, fewest, more than two, two."""
        for _, after in self.at(place, "NO"):
            yield Quantity("NONE"), after, 1
        for term, after in self.at(place, "MOST", "SAME"):
            yield Quantity(term.kind), after, 1
        for start in self.past(place, "DET"):
            for term, after in self.at(start, "LARGEST"):
                yield Quantity("LARGEST", term.value), after, 1
        for operator, middle in self.comparison(place):
            for value, after in self.number(middle):
                yield Quantity("COUNT", operator, int(value)), after, 1
        for value, after in self.number(place):
            if value > 1:
                yield Quantity("COUNT", ">=", int(value)), after, 1

    def money(self, place: int) -> Iterator[tuple[tuple[float, str], int]]:
        """An amount; a bare number is none: it needs a currency or a word such as "billion"."""
        for before, first in self.maybe(place, "CURRENCY"):
            scaled = [(1.0, first)] if any(self.at(first, "MULTIPLIER")) else []
            for value, second in [*self.number(first), *scaled]:
                for scale, third in self.maybe(second, "MULTIPLIER"):
                    for behind, after in self.maybe(third, "CURRENCY"):
                        if before or scale or behind:
                            code = before.value if before else behind.value if behind else ""
                            yield (value * float(scale.value if scale else 1), code), after

    def percent(self, place: int) -> Iterator[tuple[float, int]]:
        """A number followed by a percent sign or word."""
        for value, middle in self.number(place):
            for _, after in self.at(middle, "PERCENT"):
                yield value, after

    # dates ---------------------------------------------------------------------------------

    def date(self, place: int) -> Iterator[tuple[str, int]]:
        """A year, a month of a year or an ISO 8601 day."""
        token = self.token(place)
        if _YEAR.fullmatch(token):
            parts = self.lattice.tokens[place : place + 3]
            if len(parts) == 3 and all(re.fullmatch(r"\d\d", part) for part in parts[1:]):
                yield "-".join(parts), place + 3
            yield token, place + 1
        for month, after in self.at(place, "MONTH"):
            if _YEAR.fullmatch(self.token(after)):
                yield f"{self.token(after)}-{month.value}", after + 1

    def period(self, place: int) -> Found[tuple[Filter, ...]]:
        """A condition on the date: since, before, after, until, in."""
        for term, middle in self.at(place, "SINCE", "BEFORE", "AFTER", "UNTIL", "INSIDE"):
            for date, after in self.date(middle):
                low = Filter("date", ">=", date if term.kind != "AFTER" else _next(date))
                high = Filter("date", "<", date if term.kind == "BEFORE" else _next(date))
                chosen = {"SINCE": (low,), "AFTER": (low,), "INSIDE": (low, high)}
                yield chosen.get(term.kind, (high,)), after, 1

    # conditions on a claim -----------------------------------------------------------------

    def condition(self, place: int) -> Found[tuple[Filter, ...]]:
        """One condition: money, stake or date."""
        yield from self.period(place)
        for stake, first in self.maybe(place, "STAKE"):
            for operator, second in [("=", first), *self.comparison(first)]:
                for (value, code), after in self.money(second):
                    yield (Filter("amount", operator, value, code),), after, 1 + bool(stake)
                for value, after in self.percent(second):
                    yield (Filter("percent", operator, value),), after, 1 + bool(stake)

    def conditions(self, place: int) -> Found[tuple[Filter, ...]]:
        """Any number of conditions, also none."""
        yield (), place, 0
        for first, middle, cost in self.condition(place):
            for more, after, extra in self.conditions(middle):
                yield (*first, *more), after, cost + extra

    def status(self, place: int) -> Found[tuple[Status, ...]]:
        """A word such as "confirmed", or nothing."""
        yield (), place, 0
        for term, after in self.at(place, "STATUS"):
            yield (Status(term.value),), after, 1
