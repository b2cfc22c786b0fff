"""Texts, numbers, dates and addresses as RDF terms: exact, or refused with one clear line."""

from __future__ import annotations

import math
from datetime import date as calendar_date
from decimal import Decimal

import pyoxigraph as ox

from kg.errors import InputError
from kg.vocabulary import XSD

__all__ = [
    "date_literal",
    "decimal_literal",
    "entity_node",
    "number_literal",
    "text_literal",
    "uri_literal",
]

_DATE, _DECIMAL, _ANY_URI = (ox.NamedNode(XSD + name) for name in ("date", "decimal", "anyURI"))
_LONG = 2**63


def text_literal(text: str, lang: str | None = None) -> ox.Literal:
    """A literal of *text*, with a BCP 47 language tag if *lang* is given.

    Raises
    ------
    InputError
        Where *text* holds a lone surrogate (no Unicode text) or *lang* is no language tag.
    """
    try:
        return ox.Literal(text, language=lang) if lang else ox.Literal(text)
    except ValueError:
        shown = ascii(text[:60])
        raise InputError(f"{shown}: not Unicode text, or {lang!r} is no language tag") from None


def number_literal(value: float) -> ox.Literal:
    """``xsd:integer`` where *value* is whole and fits 64 bits, else ``xsd:decimal``, exact.

    Raises
    ------
    InputError
        Where *value* is infinite or not a number.
    """
    if not math.isfinite(value):
        raise InputError(f"{value}: not a finite number, cannot be stored")
    if float(value).is_integer() and abs(value) < _LONG:
        return ox.Literal(int(value))
    return decimal_literal(value)


def decimal_literal(value: float) -> ox.Literal:
    """``xsd:decimal`` with the shortest digits that give *value* back."""
    return ox.Literal(format(Decimal(repr(float(value))), "f"), datatype=_DECIMAL)


def date_literal(text: str) -> ox.Literal:
    """``xsd:date`` of *text*, which must be ``YYYY-MM-DD``."""
    try:
        whole = len(text) == 10 and calendar_date.fromisoformat(text)
    except ValueError:
        whole = False
    if not whole:
        raise InputError(f"{text!r}: not a date as ISO 8601 writes it (YYYY-MM-DD)")
    return ox.Literal(text, datatype=_DATE)


def entity_node(iri: str) -> ox.NamedNode:
    """The node of an entity, if *iri* is an absolute IRI."""
    try:
        return ox.NamedNode(iri)
    except ValueError:
        raise InputError(f"{iri[:80]!a}: not an absolute IRI") from None


def uri_literal(url: str) -> ox.Literal:
    """A literal, never a node: what an article gives as its address need not be one."""
    return ox.Literal(text_literal(url).value, datatype=_ANY_URI)
