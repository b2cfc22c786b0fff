"""``kg diff``: what became of relationships between two days."""

from __future__ import annotations

import json
from contextlib import nullcontext
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from kg.agreement import Sources
from kg.api import Graph
from kg.api import open as open_graph
from kg.cli.history import dated_record, relationship_record
from kg.cli.knowledge import read_ontology
from kg.cli.options import PATH, command, day, format_option, graph_option, ontology_option
from kg.cli.output import clean, emphasised, money, paragraph, rule, say, warn
from kg.cli.proof import Writer
from kg.disagreement import Disagreement, disagreements, made_by
from kg.history import Change, ChangeKind, Relationship, changes
from kg.locations import Location

__all__ = ["diff_command"]


_EXAMPLE = """kg diff --from 2025-01-01 --to 2025-06-30
kg diff --extractor frames --extractor llm"""


@command("diff", example=_EXAMPLE)
@click.option("--from", "first", callback=day, metavar="DATE", help="The day before.")
@click.option("--to", "last", callback=day, metavar="DATE", help="The day after.")
@click.option(
    "--extractor",
    "extractors",
    multiple=True,
    metavar="NAME",
    help="Only what this one claims; given twice, where the two differ, whatever the day.",
)
@click.option(
    "--against",
    type=PATH,
    metavar="DIR",
    help="The graph of the second extractor, where it is another.",
)
@graph_option
@format_option("text", "json")
@ontology_option
def diff_command(
    first: str | None,
    last: str | None,
    extractors: tuple[str, ...],
    against: Path | None,
    graph_path: Location,
    format_name: str,
    ontology: tuple[Path, ...],
) -> None:
    """List relationships that are new, changed, denied or ended between two days.

    What was reported after the one day and up to the other is compared with all that was reported
    before: how far a relationship has come, and its figures. With two extractors: what only one of
    them claims of an article, and what they claim otherwise.
    """
    with open_graph(graph_path, read_ontology(ontology)) as graph:
        if len(extractors) > 1 or against is not None:
            _compare(graph, _two(extractors), against, format_name)
            return
        if first is None or last is None:
            raise click.UsageError("give two days (--from, --to) or two extractors (--extractor)")
        if last < first:
            raise click.UsageError(f"--to {last} is before --from {first}; swap them")
        found = sorted(_changes(graph, first, last, extractors), key=_order)
        if format_name == "json":
            say(json.dumps([_record(c) for c in found], ensure_ascii=False, indent=2))
            return
        _print(graph, found)
    if not found:
        warn(f"nothing changed from {first} to {last}")


def _two(extractors: tuple[str, ...]) -> tuple[str, str]:
    if len(extractors) != 2:
        raise click.UsageError("name two extractors: --extractor frames --extractor llm")
    return extractors[0], extractors[1]


def _changes(
    graph: Graph, first: str, last: str, extractors: tuple[str, ...]
) -> tuple[Change, ...]:
    if not extractors:
        return graph.changes(first, last)
    claims = (claim for claim in graph.claims() if made_by(claim, extractors[0]))
    return changes(claims, first, last, Sources.of(graph.store), graph.ontology)


def _compare(
    graph: Graph, extractors: tuple[str, str], against: Path | None, format_name: str
) -> None:
    one, two = extractors
    ours = [claim for claim in graph.claims() if made_by(claim, one)]
    with open_graph(against, graph.ontology) if against else nullcontext(graph) as other:
        theirs = [claim for claim in other.claims() if made_by(claim, two)]
    found = disagreements(ours, theirs, graph.ontology)
    if format_name == "json":
        say(json.dumps([_difference_record(d) for d in found], ensure_ascii=False, indent=2))
        return
    for difference in found:
        _print_difference(difference, extractors)
    warn(f"{len(found)} differences; {one}: {len(ours)} claims, {two}: {len(theirs)}")


def _print_difference(found: Disagreement, extractors: tuple[str, str]) -> None:
    what = found.what.replace("first", extractors[0]).replace("second", extractors[1])
    say(rule(f"{found.article}: {what}"))
    for name, claim in zip(extractors, (found.first, found.second), strict=True):
        if claim is not None:
            q = claim.qualifiers
            names = f"{claim.subject.entity.name} {claim.relation} {claim.object.entity.name}"
            facts = ", ".join(filter(None, (claim.status, money(q.amount, q.currency, q.percent))))
            say(f"  {name}: {clean(names)} [{facts}]")
    quoted = found.first or found.second
    say(paragraph(f"“{quoted.evidence.text}”" if quoted else "", "    "))


def _difference_record(found: Disagreement) -> dict[str, Any]:
    sides = {"first": found.first, "second": found.second}
    claims = {name: dated_record(claim) if claim else None for name, claim in sides.items()}
    return {"article": found.article, "what": found.what, **claims}


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
