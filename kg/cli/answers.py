"""Rows of answers and analyses, with the claims that carry them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kg.api import Graph
from kg.cli.output import clean, emphasised, paragraph, rule, say, say_csv
from kg.cli.proof import Writer
from kg.interchange import plain_number
from kg.model import Claim, InferredClaim, Row
from kg.questions.fragility import Difference
from kg.questions.pattern import class_words
from kg.turtle import KG, local_name

__all__ = ["cited", "difference_record", "print_csv", "print_differences", "print_rows"]


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
        for line in _fact_lines(row, writer):
            say(paragraph(line, "   "))
        for line in writer.steps(row.claims, "   "):
            say(line)
        say()


def print_csv(graph: Graph, rows: Iterable[Row]) -> None:
    """Print *rows* as CSV: the names of the values, status, sources, confidence, claim ids."""
    rows, writer = tuple(rows), Writer(graph)
    names = dict.fromkeys(name for row in rows for name, _ in row.bindings)
    lines = [[*names, "status", "sources", "confidence", "claims"]]
    for row in rows:
        values = dict(row.bindings)
        cells = [_plain(values.get(name, ""), writer) for name in names]
        figures = [row.status.value, str(row.support), str(row.confidence), " ".join(row.claims)]
        lines.append([*cells, *figures])
    say_csv(lines)


def _plain(value: str | float, writer: Writer) -> str:
    if isinstance(value, str):
        return _value("", value, writer, named=False) if value else ""
    return str(plain_number(value))


_TITLES = {
    "fragile": "one article carries part of this alone",
    "without": "without what was left out",
}
_ROBUST = {
    "fragile": "no single article, if wrong, would change this answer",
    "without": "without what was left out the answer is the same",
}
_PARTS = {"gone": "gone", "weaker": "only with a weaker status", "new": "instead"}


def print_differences(graph: Graph, kind: str, differences: Iterable[Difference]) -> None:
    """Print which rows would go, weaken or appear; *kind*: ``fragile`` or ``without``."""
    differences, writer = tuple(differences), Writer(graph)
    say(rule(_TITLES[kind] if differences else _ROBUST[kind]))
    for item in differences:
        if item.origin:
            say(paragraph(f"if it is wrong: {_article(graph, item.origin)}", "  "))
        for part, words in _PARTS.items():
            for row in getattr(item, part):
                say(paragraph(f"{words}: {_bindings(row, writer, named=False)}", "    "))


def difference_record(graph: Graph, difference: Difference) -> dict[str, Any]:
    """A difference for JSON: ``article`` and the bindings of the rows ``gone``, ``weaker``, ``new``."""
    writer = Writer(graph)
    rows = {
        part: [_bindings_record(row, graph, writer) for row in getattr(difference, part)]
        for part in _PARTS
    }
    return {"article": difference.origin or None, **rows}


def _bindings_record(row: Row, graph: Graph, writer: Writer) -> dict[str, Any]:
    known = graph.entities()
    return {
        name: {"name": writer.name(value), "iri": value}
        if isinstance(value, str) and value in known
        else value
        for name, value in row.bindings
    }


def _article(graph: Graph, origin: str) -> str:
    found = next((a for a in graph.articles() if a.hash == origin), None)
    parts = (found.date, found.source, found.title) if found else ()
    return " · ".join(part for part in parts if part) or origin


def _bindings(row: Row, writer: Writer, *, named: bool) -> str:
    return ", ".join(_value(name, value, writer, named) for name, value in row.bindings) or "yes"


def _value(name: str, value: str | float, writer: Writer, named: bool) -> str:
    if isinstance(value, str) and value.startswith(KG):
        text = class_words((local_name(value),), writer.graph.ontology)
    elif isinstance(value, str):
        text = writer.name(value) if value in writer.graph.entities() else clean(value)
    else:
        text = f"{plain_number(round(value, 4)):,}"
    return f"{name} {text}" if named else text


def _fact_lines(row: Row, writer: Writer) -> Iterator[str]:
    """Places, and classes where no claim carries the row: who says so."""
    carried = bool(row.claims) and any(name != "class" for name, _ in row.bindings)
    for fact in row.facts:
        said = fact.value
        if fact.kind == "class":
            said = class_words((fact.value,), writer.graph.ontology)
        source = "catalogue" if fact.known else "what articles call it"
        if fact.kind == "place" or not carried:
            words = "is based in" if fact.kind == "place" else f"is a{'n' * (said[0] in 'aeiou')}"
            yield f"{writer.name(fact.entity)} {words} {said} ({source})"


def _strength(row: Row) -> str:
    if not row.claims:
        return "[no claim]"
    sources = "1 source" if row.support == 1 else f"{row.support} sources"
    return f"[{row.status}, {sources}, confidence {row.confidence:.2f}]"
