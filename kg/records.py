"""Claims as JSON, lossless: what the store keeps of an extraction, so that linking can run again.

Linking a name may change when another article speaks of it, so the claims of an article are a
function of *all* extractions. A catalogue entity is kept as its IRI alone; one that the article
introduces is kept with the name and the types that the article gives it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from kg.model import Argument, Claim, Entity, Label, Qualifiers, Quote, Status

__all__ = ["claims_from_json", "claims_to_json"]

Record: TypeAlias = dict[str, Any]


def claims_to_json(claims: Iterable[Claim]) -> str:
    """One compact JSON object, the same for the same claims in the same order."""
    claims = tuple(claims)
    arguments = (argument for claim in claims for argument in (claim.subject, claim.object))
    entities = {argument.entity.iri: argument.entity for argument in arguments}
    record = {
        "entities": [_entity_record(entities[iri]) for iri in sorted(entities)],
        "claims": [_claim_record(claim) for claim in claims],
    }
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def claims_from_json(text: str, known: Mapping[str, Entity]) -> tuple[Claim, ...]:
    """The claims of :func:`claims_to_json`; *known* gives the catalogue's entities by IRI."""
    record = json.loads(text)
    entities = {entry["iri"]: _entity(entry, known) for entry in record["entities"]}
    return tuple(_claim(entry, entities) for entry in record["claims"])


def _entity_record(entity: Entity) -> Record:
    if entity.known:
        return {"iri": entity.iri, "name": entity.name, "known": True}
    labels = [[label.text, label.lang] for label in entity.labels]
    places = [[place.text, place.lang] for place in entity.places]
    return {
        "iri": entity.iri,
        "name": entity.name,
        "types": list(entity.types),
        "labels": labels,
        "places": places,
        "facts": [list(fact) for fact in entity.facts],
    }


def _entity(record: Record, known: Mapping[str, Entity]) -> Entity:
    if record.get("known"):
        return known.get(record["iri"]) or Entity(record["iri"], record["name"], known=True)
    return Entity(
        iri=record["iri"],
        name=record["name"],
        types=tuple(record["types"]),
        labels=tuple(Label(text, lang) for text, lang in record["labels"]),
        facts=tuple((relation, iri) for relation, iri in record["facts"]),
        places=tuple(Label(text, lang) for text, lang in record["places"]),
    )


def _quote_record(quote: Quote) -> list[Any]:
    return [quote.start, quote.end, quote.text]


def _claim_record(claim: Claim) -> Record:
    record: Record = {
        "article": claim.article,
        "subject": [claim.subject.entity.iri, *_quote_record(claim.subject.quote)],
        "relation": claim.relation,
        "object": [claim.object.entity.iri, *_quote_record(claim.object.quote)],
        "status": claim.status.value,
        "evidence": _quote_record(claim.evidence),
        "trigger": _quote_record(claim.trigger),
        "date": claim.date,
        "confidence": claim.confidence,
        "extractor": claim.extractor,
        "support": [_quote_record(quote) for quote in claim.support],
        "explanation": list(claim.explanation),
    }
    for name in Qualifiers.__dataclass_fields__:
        record[name] = getattr(claim.qualifiers, name)
    return record


def _claim(record: Record, entities: Mapping[str, Entity]) -> Claim:
    def argument(entry: list[Any]) -> Argument:
        return Argument(entities[entry[0]], Quote(*entry[1:]))

    return Claim(
        article=record["article"],
        subject=argument(record["subject"]),
        relation=record["relation"],
        object=argument(record["object"]),
        status=Status(record["status"]),
        evidence=Quote(*record["evidence"]),
        trigger=Quote(*record["trigger"]),
        qualifiers=Qualifiers(**{n: record[n] for n in Qualifiers.__dataclass_fields__}),
        date=record["date"],
        confidence=record["confidence"],
        extractor=record["extractor"],
        support=tuple(Quote(*quote) for quote in record["support"]),
        explanation=tuple(record["explanation"]),
    )
