"""Relationships with their history, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kg.agreement import Agreement, Sources
from kg.api import Graph
from kg.attribution import Voice
from kg.cli.output import emphasised, say
from kg.cli.proof import Writer
from kg.history import Event, Relationship, relationships
from kg.interchange import claim_record, plain_number
from kg.model import Claim

__all__ = ["agreement_words", "dated_record", "print_relationships", "relationship_record"]

_VOICES = {
    Voice.PARTY: "a party to it",
    Voice.OUTLET: "a named outlet",
    Voice.UNNAMED: "unnamed sources",
}


def agreement_words(agreement: Agreement) -> str:
    """``2 independent origins (a party to it 1, a named outlet 2)``."""
    number = "1 origin" if agreement.origins == 1 else f"{agreement.origins} independent origins"
    voices = ", ".join(f"{_VOICES[voice]} {count}" for voice, count in agreement.voices)
    return f"{number} ({voices})"


def print_relationships(graph: Graph, claims: Iterable[Claim]) -> None:
    """Print *claims* by relationship, each by day."""
    writer = Writer(graph)
    for relationship in relationships(claims, Sources.of(graph.store), graph.ontology):
        say()
        words = f"{relationship.stage} · {agreement_words(relationship.agreement)}"
        sentence = writer.sentence(relationship.claims[0])
        say(emphasised(f"{sentence} · {words}", sentence))
        for line in _event_lines(writer, relationship):
            say(line)


def _event_lines(writer: Writer, relationship: Relationship) -> Iterator[str]:
    for event in relationship.events:
        yield f"  {event.date or 'without a date'} · {event.stage}"
        for claim in event.claims:
            yield from writer.claim(claim, "    ")


def relationship_record(relationship: Relationship) -> dict[str, Any]:
    """*relationship* for programs; claims by their ids."""
    amount, currency = relationship.amount or (None, None)
    return {
        "subject": relationship.subject,
        "relation": relationship.relation,
        "object": relationship.object,
        "stage": relationship.stage.value,
        "amount": plain_number(amount),
        "currency": currency,
        "percent": plain_number(relationship.percent),
        **_agreement_record(relationship.agreement),
        "history": [_event_record(event) for event in relationship.events],
    }


def _agreement_record(agreement: Agreement) -> dict[str, Any]:
    voices = {voice.value: count for voice, count in agreement.voices}
    return {"origins": agreement.origins, "voices": voices}


def _event_record(event: Event) -> dict[str, Any]:
    ids = [claim.id for claim in event.claims]
    said = {"date": event.date, "stage": event.stage.value, "claims": ids}
    return {**said, **_agreement_record(event.agreement)}


def dated_record(claim: Claim) -> dict[str, Any]:
    """*claim* with its identifier and day."""
    return {"id": claim.id, **claim_record(claim), "date": claim.date}
