"""``kg diff``: what became of relationships between two days."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from kg.api import Graph
from kg.api import open as open_graph
from kg.cli.history import dated_record, relationship_record
from kg.cli.knowledge import read_ontology
from kg.cli.options import command, day, format_option, graph_option, ontology_option
from kg.cli.output import emphasised, money, rule, say, warn
from kg.cli.proof import Writer
from kg.history import Change, ChangeKind, Relationship
from kg.locations import Location

__all__ = ["diff_command"]


@command("diff", example="kg diff --from 2025-01-01 --to 2025-06-30")
@click.option(
    "--from", "first", required=True, callback=day, metavar="DATE", help="The day before."
)
@click.option("--to", "last", required=True, callback=day, metavar="DATE", help="The day after.")
@graph_option
@format_option("text", "json")
@ontology_option
def diff_command(
    first: str, last: str, graph_path: Location, format_name: str, ontology: tuple[Path, ...]
) -> None:
    """List relationships that are new, changed, denied or ended between two days.

    What was reported after the one day and up to the other is compared with all that was reported
    before: how far a relationship has come, and its figures.
    """
    if last < first:
        raise click.UsageError(f"--to {last} is before --from {first}; swap them")
    with open_graph(graph_path, read_ontology(ontology)) as graph:
        found = sorted(graph.changes(first, last), key=_order)
        if format_name == "json":
            say(json.dumps([_record(c) for c in found], ensure_ascii=False, indent=2))
            return
        _print(graph, found)
    if not found:
        warn(f"nothing changed from {first} to {last}")


def _order(change: Change) -> tuple[int, str]:
    return list(ChangeKind).index(change.kind), min(c.date or "" for c in change.claims)


def _print(graph: Graph, found: list[Change]) -> None:
    writer = Writer(graph)
    for kind, group in groupby(found, key=lambda change: change.kind):
        say(rule(kind.value))
        for change in group:
            sentence = writer.sentence(change.claims[-1])
            say(emphasised(f"{sentence} · {_difference(change)}", sentence, "  "))
            for line in list(writer.claim(change.claims[-1], "    "))[1:]:
                say(line)
        say()


def _difference(change: Change) -> str:
    """``planned → announced · 27% → 28%``."""
    now = change.after.stage.value
    if change.before is None:
        return " · ".join(part for part in (now, _figures(change.after)) if part)
    was = change.before.stage.value
    parts = [f"{was} → {now}" if was != now else now]
    if change.figures:
        parts.append(f"{_figures(change.before) or '?'} → {_figures(change.after) or '?'}")
    return " · ".join(parts)


def _figures(relationship: Relationship) -> str:
    amount, currency = relationship.amount or (None, None)
    return money(amount, currency, relationship.percent)


def _record(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "before": relationship_record(change.before) if change.before else None,
        "after": relationship_record(change.after),
        "claims": list(map(dated_record, change.claims)),
    }
