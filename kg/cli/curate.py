"""``kg import``: claims that people wrote down, into the graph."""

from __future__ import annotations

from pathlib import Path

import click

from kg.build import import_claims
from kg.cli.knowledge import read_setting
from kg.cli.options import FILE, command, graph_option, knowledge_options
from kg.cli.output import say, warn
from kg.locations import Location

__all__ = ["import_command"]


@command("import", example="kg import claims.csv curated.jsonl")
@click.argument("files", nargs=-1, required=True, type=FILE)
@graph_option
@knowledge_options
def import_command(
    files: tuple[Path, ...],
    graph_path: Location,
    ontology: tuple[Path, ...],
    catalogue: tuple[Path, ...],
) -> None:
    """Add curated claims to the graph.

    FILES are annotated articles (.jsonl), tables (.csv) or RDF as `kg export` writes it (.ttl,
    .trig, .nq). A claim without a quote that its article holds is refused and reported.
    """
    report = import_claims(files, graph_path, setting=read_setting(ontology, catalogue, graph_path))
    for problem in report.problems:
        warn(problem)
    totals = report.totals
    say(f"{report.articles} articles, {report.claims} claims imported, {report.refused} refused")
    say(f"{graph_path}: {totals.articles} articles, {totals.claims} claims")
