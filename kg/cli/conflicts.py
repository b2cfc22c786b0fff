"""``kg conflicts``: where articles disagree, with both quotes."""

from __future__ import annotations

import json
from pathlib import Path

import click

from kg.api import Graph
from kg.api import open as open_graph
from kg.cli.history import dated_record
from kg.cli.knowledge import read_ontology
from kg.cli.options import command, format_option, graph_option, ontology_option
from kg.cli.output import emphasised, say, warn
from kg.cli.proof import Writer
from kg.conflicts import Conflict, ConflictKind
from kg.locations import Location

__all__ = ["conflicts_command"]


@command("conflicts", example="kg conflicts\nkg conflicts OpenAI --kind percent")
@click.argument("name", required=False)
@graph_option
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([kind.value for kind in ConflictKind]),
    help="Only disagreements of this kind; repeat for several.",
)
@format_option("text", "json")
@ontology_option
def conflicts_command(
    name: str | None,
    graph_path: Location,
    kinds: tuple[str, ...],
    format_name: str,
    ontology: tuple[Path, ...],
) -> None:
    """List where articles disagree, with both quotes.

    Stakes and amounts that differ, what one confirms and another denies, two parents of one
    company; with NAME only what concerns it. What was reported more than a season apart is history
    and no disagreement: see `kg show A B`.
    """
    with open_graph(graph_path, read_ontology(ontology)) as graph:
        found = [c for c in graph.conflicts() if not kinds or c.kind in kinds]
        if name:
            iri = graph.entity(name).iri
            found = [conflict for conflict in found if _concerns(conflict, iri)]
        if format_name == "json":
            say(json.dumps([_record(c) for c in found], ensure_ascii=False, indent=2))
            return
        _print(graph, found)


def _concerns(conflict: Conflict, iri: str) -> bool:
    claims = (claim for _, side in conflict.sides for claim in side)
    return any(iri in (c.subject.entity.iri, c.object.entity.iri) for c in claims)


def _print(graph: Graph, found: list[Conflict]) -> None:
    writer = Writer(graph)
    for number, conflict in enumerate(found, 1):
        first, second = conflict.sides
        title = f"{number}. {conflict.kind}: {first[0]} against {second[0]}"
        say(emphasised(title, title))
        for _, claims in conflict.sides:
            for line in writer.claim(claims[0], "   "):
                say(line)
            if len(claims) > 1:
                say(f"     ({len(claims) - 1} more of this side)")
        say()
    if not found:
        warn("no claims disagree")


def _record(conflict: Conflict) -> dict[str, object]:
    sides = [{"says": says, "claims": list(map(dated_record, cs))} for says, cs in conflict.sides]
    return {"kind": conflict.kind.value, "sides": sides}
