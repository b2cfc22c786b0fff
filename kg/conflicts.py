"""Where claims disagree: 27% against 28%, confirmed against denied, two parents.

Only what was reported within a season of each other is a disagreement; what was reported later is
history: stakes grow, deals fall through. A figure that is the other one rounded agrees with it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import combinations
from typing import TypeAlias

from kg.history import Relationship
from kg.model import Claim, Entity, Status
from kg.ontology import Ontology

__all__ = ["Conflict", "ConflictKind", "conflicts"]

_SEASON = 92  # days
_BELONGING = "Belonging"  # part that a relation of one parent plays (kg:plays)
_DIGITS = 15
Figure: TypeAlias = tuple[float, str]  # value and unit: a currency, or percent


class ConflictKind(StrEnum):
    """What claims disagree about."""

    STATUS = "status"
    PERCENT = "percent"
    AMOUNT = "amount"
    PARENTS = "parents"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two sides, each with the claims that say so, best first, and what they say."""

    kind: ConflictKind
    sides: tuple[tuple[str, tuple[Claim, ...]], tuple[str, tuple[Claim, ...]]]


def conflicts(
    relationships: Iterable[Relationship], ontology: Ontology, entities: Mapping[str, Entity]
) -> tuple[Conflict, ...]:
    """All disagreements, by relationship, then by kind.

    Parameters
    ----------
    relationships
        As :func:`kg.history.relationships` gives them.
    ontology
        Says of which relations a thing has one object: those that play ``kg:Belonging``.
    entities
        IRI → entity: background that makes one of two parents the other's.
    """
    relationships = tuple(relationships)
    found = [conflict for r in relationships for conflict in _inside(r)]
    single = frozenset(ontology.playing(_BELONGING))
    owned = [r for r in relationships if r.relation in single]
    return (*found, *_parents(owned, _Owners(owned, entities, single)))


def _inside(relationship: Relationship) -> Iterator[Conflict]:
    claims = relationship.claims
    affirmed = [claim for claim in claims if claim.status is Status.CONFIRMED]
    denied = [claim for claim in claims if claim.status is Status.DENIED]
    pairs = [(a, d) for a in affirmed for d in denied if _together(a, d)]
    if pairs:
        yes, no = ({claim.id: claim for claim in side} for side in zip(*pairs, strict=True))
        sides = ((Status.CONFIRMED.value, _best(yes.values())), ("denied", _best(no.values())))
        yield Conflict(ConflictKind.STATUS, sides)
    for status in (Status.CONFIRMED, Status.PROSPECTIVE):
        same = [claim for claim in claims if claim.status is status]
        yield from _figures(ConflictKind.PERCENT, _by_figure(same, _percent))
        yield from _figures(ConflictKind.AMOUNT, _by_figure(same, _amount))


def _together(one: Claim, other: Claim) -> bool:
    """Whether two claims of different articles were reported within a season."""
    if one.article == other.article:
        return False
    if one.date is None or other.date is None:
        return True
    days = date.fromisoformat(one.date) - date.fromisoformat(other.date)
    return abs(days.days) <= _SEASON


def _best(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    return tuple(sorted(claims, key=lambda c: (-c.confidence, c.date or "", c.id)))


# -- figures ----------------------------------------------------------------------------------


def _percent(claim: Claim) -> Figure | None:
    value = claim.qualifiers.percent
    return None if value is None else (value, "%")


def _amount(claim: Claim) -> Figure | None:
    value, currency = claim.qualifiers.amount, claim.qualifiers.currency
    return None if value is None or currency is None else (value, currency)


def _by_figure(
    claims: Iterable[Claim], figure: Callable[[Claim], Figure | None]
) -> dict[Figure, list[Claim]]:
    grouped: dict[Figure, list[Claim]] = defaultdict(list)
    for claim in claims:
        value = figure(claim)
        if value is not None:
            grouped[value].append(claim)
    return grouped


def _figures(kind: ConflictKind, grouped: Mapping[Figure, list[Claim]]) -> Iterator[Conflict]:
    for one, other in combinations(sorted(grouped), 2):
        if one[1] != other[1] or _rounded_alike(one[0], other[0]):
            continue
        pairs = [(a, b) for a in grouped[one] for b in grouped[other] if _together(a, b)]
        if pairs:
            first, second = ({c.id: c for c in side}.values() for side in zip(*pairs, strict=True))
            sides = ((_words(one), _best(first)), (_words(other), _best(second)))
            yield Conflict(kind, sides)


def _words(figure: Figure) -> str:
    value, unit = figure
    return f"{value:g}%" if unit == "%" else f"{value:,.12g} {unit}"


def _rounded_alike(one: float, other: float) -> bool:
    """Whether the coarser of two figures is the finer one rounded: 28 and 27.5, 10 and 9.7."""
    return any(_is_rounding(a, b) for a, b in ((one, other), (other, one)))


def _is_rounding(coarse: float, fine: float) -> bool:
    """Whether *coarse* is *fine*, rounded to the last digit that *coarse* gives."""
    last = _last_digit(coarse)
    return _last_digit(fine) <= last and abs(coarse - fine) <= 10.0**last / 2 + 1e-9


def _last_digit(value: float) -> int:
    """Power of ten of the last digit that is not 0: -1 for 27.5, 9 for 12 billion."""
    if value == 0:
        return 0
    digits = f"{abs(value):.{_DIGITS - 1}e}"
    mantissa, _, power = digits.partition("e")
    return (
        int(power) - len(mantissa.replace(".", "").rstrip("0")) + 1 if math.isfinite(value) else 0
    )


# -- parents ----------------------------------------------------------------------------------


class _Owners:
    """Who is above whom, by claims and background."""

    def __init__(
        self,
        relationships: Iterable[Relationship],
        entities: Mapping[str, Entity],
        single: frozenset[str],
    ) -> None:
        self.above: dict[str, set[str]] = defaultdict(set)
        for r in relationships:
            if any(claim.status is Status.CONFIRMED for claim in r.claims):
                self.above[r.subject].add(r.object)
        for iri, entity in entities.items():
            self.above[iri].update(other for name, other in entity.facts if name in single)

    def reaches(self, iri: str, goal: str) -> bool:
        """Whether *goal* is above *iri*, at any distance."""
        seen, waiting = {iri}, [iri]
        while waiting:
            for other in self.above.get(waiting.pop(), set()) - seen:
                seen.add(other)
                waiting.append(other)
        return goal in seen


def _parents(relationships: Iterable[Relationship], owners: _Owners) -> Iterator[Conflict]:
    """Two parents of one thing, neither of which belongs to the other."""
    by_child: dict[tuple[str, str], list[Relationship]] = defaultdict(list)
    for r in relationships:
        by_child[r.subject, r.relation].append(r)
    for _, same in sorted(by_child.items()):
        for one, other in combinations(same, 2):
            if owners.reaches(one.object, other.object) or owners.reaches(other.object, one.object):
                continue
            first, second = (_confirmed(r) for r in (one, other))
            pairs = [(a, b) for a in first for b in second if _together(a, b)]
            if pairs:
                sides = tuple({c.id: c for c in side}.values() for side in zip(*pairs, strict=True))
                names = (first[0].object.entity.name, second[0].object.entity.name)
                left, right = ((n, _best(side)) for n, side in zip(names, sides, strict=True))
                yield Conflict(ConflictKind.PARENTS, (left, right))


def _confirmed(relationship: Relationship) -> list[Claim]:
    return [claim for claim in relationship.claims if claim.status is Status.CONFIRMED]
