"""Relationships: all claims of one pair and relation, with their history.

A relationship is rumoured on one day, announced on another, denied on a third. What it is at last
follows from its last word: a denial takes back what was said before it (what was announced has
ended), a confirmation stands until it is denied, whatever is planned on top of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from kg.agreement import Agreement, Sources
from kg.attribution import Voice
from kg.model import Claim, Status
from kg.ontology import Ontology
from kg.views import Triple, triple_of

__all__ = ["Change", "ChangeKind", "Event", "Relationship", "Stage", "changes", "relationships"]


class Stage(StrEnum):
    """How far a relationship has come, by what was said of it."""

    RUMOURED = "rumoured"  # prospective, from sources without a name
    PLANNED = "planned"  # prospective, from a party or an outlet
    ANNOUNCED = "announced"
    DENIED = "denied"
    ENDED = "ended"  # denied once it had been announced


_STANDS = frozenset({Stage.RUMOURED, Stage.PLANNED, Stage.ANNOUNCED})


@dataclass(frozen=True, slots=True)
class Event:
    """What was said on one day in one sense; ``date`` is None where no article gives one."""

    date: str | None
    stage: Stage
    claims: tuple[Claim, ...]
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Relationship:
    """A pair of IRIs in a relation; ``events`` in the order of their days, undated ones first.

    Of a symmetric relation the smaller IRI is the subject.
    """

    subject: str
    relation: str
    object: str
    events: tuple[Event, ...]
    agreement: Agreement

    @property
    def triple(self) -> Triple:
        """Subject, relation, object."""
        return self.subject, self.relation, self.object

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All claims, in the order of the events."""
        return tuple(claim for event in self.events for claim in event.claims)

    @property
    def stage(self) -> Stage:
        """What it is after the last event."""
        stage = self.events[0].stage
        for event in self.events[1:]:
            if stage is not Stage.ANNOUNCED or event.stage not in _STANDS:
                stage = event.stage
        return stage

    @property
    def amount(self) -> tuple[float, str | None] | None:
        """The latest amount and its currency that is said and not denied."""
        given = (c.qualifiers for c in self._affirmed() if c.qualifiers.amount is not None)
        return next(((q.amount, q.currency) for q in given if q.amount is not None), None)

    @property
    def percent(self) -> float | None:
        """The latest stake, in percent, that is said and not denied."""
        given = (c.qualifiers.percent for c in self._affirmed())
        return next((value for value in given if value is not None), None)

    def _affirmed(self) -> Iterator[Claim]:
        """Latest first; what is confirmed before what is planned."""
        claims = [claim for claim in reversed(self.claims) if claim.status is not Status.DENIED]
        yield from sorted(claims, key=lambda claim: claim.status is not Status.CONFIRMED)


def relationships(
    claims: Iterable[Claim], sources: Sources, ontology: Ontology
) -> tuple[Relationship, ...]:
    """*claims* grouped by pair and relation, sorted; independent of their order."""
    grouped: dict[Triple, list[Claim]] = defaultdict(list)
    for claim in claims:
        grouped[ontology.undirected(triple_of(claim))].append(claim)
    return tuple(_relationship(key, grouped[key], sources) for key in sorted(grouped))


def _relationship(triple: Triple, claims: list[Claim], sources: Sources) -> Relationship:
    events = _events(claims, sources)
    return Relationship(*triple, events, sources.agreement(claims))


def _events(claims: Iterable[Claim], sources: Sources) -> tuple[Event, ...]:
    days: dict[tuple[str, Stage], list[Claim]] = defaultdict(list)
    for claim in claims:
        days[claim.date or "", _stage(claim, sources)].append(claim)
    events = [_event(date, stage, found, sources) for (date, stage), found in days.items()]
    return tuple(_ended(sorted(events, key=_order)))


def _event(date: str, stage: Stage, claims: list[Claim], sources: Sources) -> Event:
    ordered = tuple(sorted(claims, key=lambda c: (-c.confidence, c.article, c.id)))
    return Event(date or None, stage, ordered, sources.agreement(ordered))


def _stage(claim: Claim, sources: Sources) -> Stage:
    if claim.status is Status.CONFIRMED:
        return Stage.ANNOUNCED
    if claim.status is Status.DENIED:
        return Stage.DENIED
    unnamed = sources.attribution(claim).voice is Voice.UNNAMED
    return Stage.RUMOURED if unnamed else Stage.PLANNED


def _order(event: Event) -> tuple[str, int, int]:
    """By day; on one day the sense that more origins give comes last, and of as many the denial."""
    return event.date or "", event.agreement.origins, list(Stage).index(event.stage)


def _ended(events: Iterable[Event]) -> Iterator[Event]:
    """Denials after an announcement that still stood are ends, and so are those right after."""
    was_so = False
    for event in events:
        ends = event.stage is Stage.DENIED and was_so
        yield replace(event, stage=Stage.ENDED) if ends else event
        was_so = ends or event.stage is Stage.ANNOUNCED or (was_so and event.stage in _STANDS)


# -- what changed between two days ------------------------------------------------------------


class ChangeKind(StrEnum):
    """What became of a relationship between two days."""

    NEW = "new"
    CHANGED = "changed"
    DENIED = "denied"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Change:
    """One relationship as it was (None: not known) and as it is; ``claims`` said so in between.

    ``figures`` says which of ``amount`` and ``percent`` are others than before.
    """

    kind: ChangeKind
    before: Relationship | None
    after: Relationship
    claims: tuple[Claim, ...]
    figures: tuple[str, ...] = ()


def changes(
    claims: Iterable[Claim], first: str, last: str, sources: Sources, ontology: Ontology
) -> tuple[Change, ...]:
    """What was reported after *first* and up to *last* that changes a relationship.

    Parameters
    ----------
    claims
        All claims; those without a date are left aside.
    first, last
        ISO 8601 days.

    Raises
    ------
    ValueError
        Where *last* is before *first*.
    """
    if last < first:
        raise ValueError(f"{last} is before {first}")
    dated = [claim for claim in claims if claim.date is not None and claim.date <= last]
    earlier = [claim for claim in dated if claim.date is not None and claim.date <= first]
    old = {r.triple: r for r in relationships(earlier, sources, ontology)}
    found = (
        _change(old.get(now.triple), now, first) for now in relationships(dated, sources, ontology)
    )
    return tuple(change for change in found if change is not None)


def _change(before: Relationship | None, after: Relationship, first: str) -> Change | None:
    news = tuple(claim for claim in after.claims if claim.date is not None and claim.date > first)
    if not news:
        return None
    figures = _figures(before, after) if before else ()
    kind = _kind(before, after)
    if kind is None and not figures:
        return None
    return Change(kind or ChangeKind.CHANGED, before, after, news, figures)


def _kind(before: Relationship | None, after: Relationship) -> ChangeKind | None:
    if before is not None and before.stage is after.stage:
        return None
    if after.stage is Stage.ENDED:
        return ChangeKind.ENDED
    if after.stage is Stage.DENIED:
        return ChangeKind.DENIED
    return ChangeKind.NEW if before is None else ChangeKind.CHANGED


def _figures(before: Relationship, after: Relationship) -> tuple[str, ...]:
    names = ("amount", "percent")
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))
