"""The JSON that other programs read: a claim as ``kg extract`` and ``kg ask`` print it.

Field names and their order are a contract (see the user guide); `kg.records` is the store's own,
lossless form.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from kg.model import Argument, Claim, Entity, InferredClaim, Quote

__all__ = ["Record", "claim_record", "inferred_record", "json_line", "plain_number"]

Record: TypeAlias = dict[str, Any]


def plain_number(value: float | None) -> float | int | None:
    """*value* as an integer where it is whole: amounts are counted in units of money.

    >>> plain_number(1e10), plain_number(27.5), plain_number(None)
    (10000000000, 27.5, None)
    """
    return int(value) if value is not None and float(value).is_integer() else value


def json_line(record: Mapping[str, Any]) -> str:
    """One line of JSON, readable in any language; line separators of Unicode are escaped."""
    text = json.dumps(record, ensure_ascii=False)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085")


def claim_record(claim: Claim) -> Record:
    """*claim* as ``{"article", "subject", "relation", "object", "status", "amount", …}``.

    Offsets count characters of the article's clean text; ``confidence`` is 0 to 1; what the text
    does not say is None.
    """
    return {
        "article": claim.article,
        "subject": _argument(claim.subject),
        "relation": claim.relation,
        "object": _argument(claim.object),
        "status": claim.status.value,
        "amount": plain_number(claim.qualifiers.amount),
        "currency": claim.qualifiers.currency,
        "percent": plain_number(claim.qualifiers.percent),
        "evidence": _quote(claim.evidence),
        "trigger": _quote(claim.trigger),
        "confidence": claim.confidence,
    }


def inferred_record(claim: InferredClaim, entities: Mapping[str, Entity]) -> Record:
    """An inferred claim: its rule and the ids of its premises in the place of quotes."""
    names = {iri: entity.name for iri, entity in entities.items()}
    return {
        "id": claim.id,
        "subject": {"name": names.get(claim.subject, claim.subject), "iri": claim.subject},
        "relation": claim.relation,
        "object": {"name": names.get(claim.object, claim.object), "iri": claim.object},
        "status": claim.status.value,
        "confidence": claim.confidence,
        "inferred": True,
        "rule": claim.rule,
        "premises": list(claim.premises),
    }


def _argument(argument: Argument) -> Record:
    names = {"name": argument.entity.name, "iri": argument.entity.iri}
    return {**names, **_quote(argument.quote)}


def _quote(quote: Quote) -> Record:
    return {"text": quote.text, "start": quote.start, "end": quote.end}
