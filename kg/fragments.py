"""A claim, an inference and an entity as fragments of HTML, for Jupyter and for pages.

Every text is escaped here, and kept from MathJax, which would take two dollar signs of a quote for
a formula. A fragment takes its colours from the page around it, so that it reads in light and dark.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from kg.model import Claim, Entity, InferredClaim

__all__ = [
    "block",
    "claim_html",
    "entity_head",
    "entity_html",
    "escaped",
    "inferred_html",
    "phrase",
    "said",
]

_WRAP: Final = "overflow-wrap:break-word;overflow-x:auto"
_LINE: Final = "border-left:3px solid currentColor;margin:.25em 0 .25em .2em;padding:.05em .8em"
_MARK: Final = "background:#ffe58a;color:#1b2733;padding:0 .1em"


def escaped(text: object) -> str:
    """Any value as text for an element or a quoted attribute, whatever UTF-8 cannot hold replaced."""
    return html.escape("" if text is None else str(text)).encode("utf8", "replace").decode()


def block(*parts: str) -> str:
    """*parts* (HTML) in one element that MathJax passes over; words of any length fit into it."""
    inside = "".join(parts)
    return f'<div class="tex2jax_ignore mathjax_ignore" style="{_WRAP}">{inside}</div>'


def phrase(name: str) -> str:
    """A local name in words, for where no ontology is at hand to give its label.

    >>> phrase("ownsPartOf")
    'owns part of'
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def said(subject: str, label: str, other: str, data: Mapping[str, Any]) -> str:
    """What an article says, or a rule draws: who, what, whom, figures, quote and place.

    Parameters
    ----------
    subject, label, other
        Plain text.
    data
        ``status``, ``amount``, ``currency``, ``percent``, ``attribution``, ``confidence``,
        ``quote``, ``trigger``, ``date``, ``source``, ``title``, ``url``, ``inferred`` and ``rule``,
        as on the edges of :func:`kg.graph.build_graph`; what is missing is left out.
    """
    head = f"<bdi>{escaped(subject)}</bdi> {escaped(label)} <bdi>{escaped(other)}</bdi>"
    facts = [data.get("status"), _money(data), data.get("attribution"), _confidence(data)]
    line = " · ".join(f"<bdi>{escaped(fact)}</bdi>" for fact in facts if fact)
    kind = f"<i>inferred by {escaped(data.get('rule'))}</i> · " if data.get("inferred") else ""
    return f"<div><b>{head}</b> <small>{kind}{line}</small>{_quote(data)}{_place(data)}</div>"


def _confidence(data: Mapping[str, Any]) -> str:
    confidence = data.get("confidence")
    return "" if confidence is None else f"confidence {confidence:.2f}"


def _money(data: Mapping[str, Any]) -> str:
    amount, percent = data.get("amount"), data.get("percent")
    figure = "" if amount is None else f"{amount:,.12g} {data.get('currency') or ''}".strip()
    stake = "" if percent is None else f"{percent:g}%"
    return ", ".join(filter(None, (figure, stake)))


def _quote(data: Mapping[str, Any]) -> str:
    """The quote with its trigger marked, where one is given."""
    quote = data.get("quote")
    if not quote:
        return ""
    before, trigger, after = _parted(str(quote), data)
    mark = f'<mark style="{_MARK}">{escaped(trigger)}</mark>' if trigger else ""
    text = f"{escaped(before)}{mark}{escaped(after)}"
    return f'<blockquote dir="auto" style="{_LINE}">{text}</blockquote>'


def _parted(quote: str, data: Mapping[str, Any]) -> tuple[str, str, str]:
    trigger, start = data.get("trigger") or "", data.get("trigger_at")
    at = quote.find(trigger) if start is None else start
    if not trigger or quote[max(at, 0) : at + len(trigger)] != trigger:
        return quote, "", ""
    return quote[:at], trigger, quote[at + len(trigger) :]


def _place(data: Mapping[str, Any]) -> str:
    """Date, outlet and title; a link where the address is one of the web."""
    words = " · ".join(f"<bdi>{escaped(data[k])}</bdi>" for k in ("date", "source") if data.get(k))
    title = f"<bdi>{escaped(data['title'])}</bdi>" if data.get("title") else ""
    if title and _is_web(str(data.get("url") or "")):
        safe = 'rel="noopener noreferrer" target="_blank"'
        title = f'<a href="{escaped(data["url"])}" {safe}>{title}</a>'
    where = " · ".join(filter(None, (words, title)))
    return f"<div><small>{where}</small></div>" if where else ""


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def claim_html(claim: Claim) -> str:
    """A claim by itself: names, relation, figures, the quote with its trigger, its article's id."""
    figures, evidence, trigger = claim.qualifiers, claim.evidence, claim.trigger
    data = {
        "status": claim.status,
        "amount": figures.amount,
        "currency": figures.currency,
        "percent": figures.percent,
        "attribution": figures.attribution,
        "confidence": claim.confidence,
        "quote": evidence.text,
        "trigger": trigger.text,
        "trigger_at": trigger.start - evidence.start,
        "date": claim.date,
        "title": f"article {claim.article}",
    }
    subject, other = claim.subject.entity.name, claim.object.entity.name
    return block(said(subject, phrase(claim.relation), other, data))


def inferred_html(claim: InferredClaim) -> str:
    """An inferred claim by itself: ends, relation, rule and the ids of its premises."""
    data = {"status": claim.status, "confidence": claim.confidence}
    head = said(claim.subject, phrase(claim.relation), claim.object, data)
    premises = ", ".join(map(escaped, claim.premises))
    rule = f"<div><small>inferred by {escaped(claim.rule)} from {premises}</small></div>"
    return block(head, rule)


def entity_html(entity: Entity) -> str:
    """An entity: its name, classes, other names and IRI."""
    return block(entity_head(entity, map(phrase, entity.types)))


def entity_head(entity: Entity, kinds: Iterable[str]) -> str:
    """Name, *kinds* in words, other names and IRI of an entity."""
    others = sorted({label.text for label in entity.labels} - {entity.name})
    known = "in the catalogue" if entity.known else "from articles only"
    lines = [f"<b><bdi>{escaped(entity.name)}</bdi></b> {escaped(', '.join(kinds))}"]
    lines += [f"also: <bdi>{escaped(', '.join(others))}</bdi>"] if others else []
    lines += [f"<small>{escaped(entity.iri)} · {known}</small>"]
    return "".join(f"<div>{line}</div>" for line in lines)
