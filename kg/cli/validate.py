"""``kg validate``: the graph and the ontology against their SHACL shapes."""

from __future__ import annotations

from pathlib import Path

import click

from kg.api import open as open_graph
from kg.cli.errors import NO
from kg.cli.knowledge import read_ontology
from kg.cli.options import command, graph_option, ontology_option
from kg.cli.output import clean, say
from kg.locations import Location
from kg.validation import validate

__all__ = ["validate_command"]


@command("validate", example="kg validate --graph mygraph")
@graph_option
@ontology_option
def validate_command(graph_path: Location, ontology: tuple[Path, ...]) -> None:
    """Check the graph against its SHACL shapes, and the ontology itself.

    Exits with 1 where something does not conform; each fault is a line.
    """
    with open_graph(graph_path, read_ontology(ontology)) as graph:
        report = validate(graph.store, graph.ontology, *ontology)
    for line in report.lines:
        say(clean(line))
    click.echo("conforms" if report.conforms else f"{len(report.lines)} faults", err=True)
    if not report.conforms:
        raise SystemExit(NO)
