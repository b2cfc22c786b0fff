"""Rows of answers and analyses, with the claims that carry them."""

from __future__ import annotations

from collections.abc import Iterable

from kg.api import Graph
from kg.cli.output import clean, emphasised, say
from kg.cli.proof import Writer
from kg.interchange import plain_number
from kg.model import Claim, InferredClaim, Row

__all__ = ["cited", "print_rows"]


def cited(graph: Graph, rows: Iterable[Row]) -> dict[str, Claim]:
    """Claim id → claim for all stated claims that *rows* rest on, through inferred ones too."""
    found: dict[str, Claim] = {}
    waiting = [claim for row in rows for claim in row.claims]
    while waiting:
        claim = graph.claim(waiting.pop())
        if isinstance(claim, InferredClaim):
            waiting += claim.premises
        else:
            found[claim.id] = claim
    return found


def print_rows(graph: Graph, rows: Iterable[Row], *, named: bool = False) -> None:
    """Print *rows*, numbered; with ``named`` each value goes with the name of its variable."""
    writer = Writer(graph)
    for number, row in enumerate(rows, 1):
        names = _bindings(row, writer, named=named)
        say(emphasised(f"{number}. {names} {_strength(row)}", names))
        for line in writer.steps(row.claims, "   "):
            say(line)
        say()


def _bindings(row: Row, writer: Writer, *, named: bool) -> str:
    return ", ".join(_value(name, value, writer, named) for name, value in row.bindings) or "yes"


def _value(name: str, value: str | float, writer: Writer, named: bool) -> str:
    if isinstance(value, str):
        text = writer.name(value) if value in writer.graph.entities() else clean(value)
    else:
        text = f"{plain_number(round(value, 4)):,}"
    return f"{name} {text}" if named else text


def _strength(row: Row) -> str:
    sources = "1 source" if row.support == 1 else f"{row.support} sources"
    return f"[{row.status}, {sources}, confidence {row.confidence:.2f}]"
