"""HTML fragments by which answers, claims, entities and graphs show themselves in Jupyter.

Jupyter puts what ``_repr_html_`` gives into the page as it is: every text is escaped here, and a
graph comes as a sandboxed frame with a content security policy of its own.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from typing import Any

import networkx as nx

from kg.model import Answer, Claim, Entity
from kg.ontology import Ontology

__all__ = ["answer_html", "claim_html", "entity_html", "graph_html"]

_INLINE_LIMIT = 300  # nodes: larger graphs are files, not notebook cells


def _escaped(text: object) -> str:
    """Any value as text for an element or a quoted attribute, whatever UTF-8 cannot hold replaced."""
    return html.escape(str(text)).encode("utf8", "replace").decode()


def claim_html(claim: Claim) -> str:
    """A claim: who, what, whom, its status, its quote with the trigger marked."""
    names = (claim.subject.entity.name, claim.relation, claim.object.entity.name)
    head = " ".join(f"<bdi>{_escaped(name)}</bdi>" for name in names)
    facts = [str(claim.status), _money(claim), claim.date or "", f"{claim.confidence:.2f}"]
    line = " · ".join(_escaped(fact) for fact in facts if fact)
    return f"<div><b>{head}</b> <small>({line})</small>{_quote(claim)}</div>"


def _money(claim: Claim) -> str:
    money = claim.qualifiers
    amount = "" if money.amount is None else f"{money.amount:,.0f} {money.currency or ''}".strip()
    percent = "" if money.percent is None else f"{money.percent:g}%"
    return " · ".join(filter(None, (amount, percent)))


def _quote(claim: Claim) -> str:
    text, start = claim.evidence.text, claim.trigger.start - claim.evidence.start
    end = start + len(claim.trigger.text)
    if not 0 <= start < end <= len(text):
        return f'<blockquote dir="auto">{_escaped(text)}</blockquote>'
    parts = (_escaped(text[:start]), _escaped(text[start:end]), _escaped(text[end:]))
    return '<blockquote dir="auto">{}<mark>{}</mark>{}</blockquote>'.format(*parts)


def entity_html(entity: Entity, claims: Iterable[Claim] = ()) -> str:
    """An entity: its name, classes and other labels, then *claims* one under the other."""
    labels = sorted({label.text for label in entity.labels} - {entity.name})
    rows = [f"<h4><bdi>{_escaped(entity.name)}</bdi></h4>"]
    rows += [f"<p>{_escaped(', '.join(entity.types))}</p>"] if entity.types else []
    rows += [f"<p><small>{_escaped(', '.join(labels))}</small></p>"] if labels else []
    return f"<div>{''.join(rows)}{''.join(map(claim_html, claims))}</div>"


def answer_html(answer: Answer, claims: Mapping[str, Claim], names: Mapping[str, str]) -> str:
    """An answer as a table, a row under each of whose rows its quotes stand.

    Parameters
    ----------
    claims
        Claim id → claim, for the rows' proofs; inferred ones may be missing.
    names
        Entity IRI → name.
    """
    if not answer.understood:
        return f"<p>{_escaped(answer.question)}</p><p><i>{_escaped(answer.hint)}</i></p>"
    columns = [variable for variable, _ in answer.rows[0].bindings] if answer.rows else []
    cells = "".join(f"<th>{_escaped(name)}</th>" for name in (*columns, "status", "confidence"))
    body = "".join(_row(row, claims, names) for row in answer.rows)
    return f"<p>{_escaped(answer.question)}</p><table><tr>{cells}</tr>{body}</table>"


def _row(row: Any, claims: Mapping[str, Claim], names: Mapping[str, str]) -> str:
    values = [names.get(str(value), value) for _, value in row.bindings]
    texts = (*values, row.status, f"{row.confidence:.2f}")
    cells = "".join(f"<td><bdi>{_escaped(text)}</bdi></td>" for text in texts)
    proofs = "".join(claim_html(claims[key]) for key in row.claims if key in claims)
    return f'<tr>{cells}</tr><tr><td colspan="{len(texts)}">{proofs}</td></tr>'


def graph_html(graph: nx.MultiDiGraph, ontology: Ontology, title: str = "") -> str:
    """The pyvis page in a frame that may run its own scripts and nothing else.

    A graph of more than 300 nodes is described in a line instead.
    """
    if len(graph) > _INLINE_LIMIT:
        count = f"{len(graph):,} nodes, {graph.number_of_edges():,} claims"
        return f"<p>{count}: too large for a cell; write it to a file.</p>"
    from kg.exports.html import pyvis_html

    page = html.escape(pyvis_html(graph, ontology, title))
    style = "width:100%;height:560px;border:1px solid #d5dbe1"
    return f'<iframe sandbox="allow-scripts" srcdoc="{page}" style="{style}"></iframe>'
