"""``kg export``: the graph for other tools, and as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kg.api import open as open_graph
from kg.cli.knowledge import read_ontology
from kg.cli.options import PATH, command, graph_option, ontology_option, policy_options
from kg.cli.output import warn
from kg.exports import FORMATS, export
from kg.graph import Policy
from kg.locations import Location

__all__ = ["export_command"]


@command(
    "export",
    example="kg export graph.html\nkg export explorer.html\nkg export claims.csv --status confirmed",
)
@click.argument("file", type=PATH)
@graph_option
@policy_options
@click.option(
    "--format",
    "format_name",
    type=click.Choice(tuple(FORMATS)),
    metavar="FORMAT",
    help="Which format (default: the ending of the file's name).",
)
@ontology_option
def export_command(
    file: Path,
    graph_path: Location,
    policy: dict[str, Any],
    format_name: str | None,
    ontology: tuple[Path, ...],
) -> None:
    """Write the graph as a page or for another tool.

    The ending of FILE says how: html (a page to look at; explorer.html: the one that filters and
    searches), ttl, trig, nq, nt, jsonld (RDF with
    every claim), ttl12 (RDF 1.2), graphml, gexf, cyjs, cypher, csv, parquet (claims that count).
    """
    with open_graph(graph_path, read_ontology(ontology)) as graph:
        written = export(graph, file, Policy(**policy), format_name)
    warn(f"{written}: {written.stat().st_size:,} bytes")
