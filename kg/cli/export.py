"""``kg export``: the graph for other tools, and as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kg.api import open as open_graph
from kg.cli.completion import complete_entity
from kg.cli.knowledge import read_ontology
from kg.cli.options import PATH, command, day, graph_option, ontology_option, policy_options
from kg.cli.output import progress, warn
from kg.exports import FORMATS, Selection, export
from kg.graph import Policy
from kg.locations import Location

__all__ = ["export_command"]


@command(
    "export",
    example="kg export graph.html\nkg export explorer.html\nkg export openai.html --around OpenAI --hops 2\n"
    "kg export claims.csv --status confirmed --since 2025-01-01",
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
@click.option(
    "--around",
    metavar="NAME",
    shell_complete=complete_entity,
    help="Only an entity and its surroundings.",
)
@click.option(
    "--hops",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    metavar="N",
    help="With --around: how many claims away.",
)
@click.option(
    "--since", callback=day, metavar="DATE", help="Only claims reported from this day on."
)
@click.option("--until", callback=day, metavar="DATE", help="Only claims reported up to this day.")
@ontology_option
def export_command(
    file: Path,
    graph_path: Location,
    policy: dict[str, Any],
    format_name: str | None,
    around: str | None,
    hops: int,
    since: str | None,
    until: str | None,
    ontology: tuple[Path, ...],
) -> None:
    """Write the graph as a page or for another tool.

    The ending of FILE says how: html (a page to look at; explorer.html: the one that filters and
    searches), ttl, trig, nq, nt, jsonld (RDF with
    every claim), ttl12 (RDF 1.2), graphml, gexf, cyjs, cypher, csv, parquet (claims that count).
    """
    with open_graph(graph_path, read_ontology(ontology)) as graph:
        entity = graph.entity(around).iri if around else ""
        selection = Selection(entity, hops, since or "", until or "")
        with progress("writing"):
            written = export(graph, file, Policy(**policy), format_name, selection)
    warn(f"{written}: {written.stat().st_size:,} bytes")
