"""``kg build``: articles into the graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kg.articles import count_articles
from kg.build import build
from kg.cli.knowledge import read_setting
from kg.cli.model import account, chosen_extractor, dry_run_option, forecast, model_options
from kg.cli.options import (
    PATH,
    command,
    graph_option,
    jobs_option,
    knowledge_options,
    pipeline_option,
)
from kg.cli.output import progress, say, warn
from kg.locations import Location

__all__ = ["build_command"]


@command("build", example="kg build articles/ --graph mygraph")
@click.argument("paths", nargs=-1, required=True, type=PATH)
@graph_option
@jobs_option
@click.option("--extractor", default="frames", show_default=True, help="Which extractor to use.")
@model_options
@dry_run_option
@knowledge_options
@pipeline_option
def build_command(
    paths: tuple[Path, ...],
    graph_path: Location,
    jobs: int,
    extractor: str,
    service: dict[str, Any],
    dry_run: bool,
    ontology: tuple[Path, ...],
    catalogue: tuple[Path, ...],
) -> None:
    """Read articles into the graph.

    PATHS are articles (.txt, .md, .html, .jsonl) or folders of them. What was read before and has
    not changed is not read again; a build that was stopped goes on where it was.
    """
    setting = read_setting(ontology, catalogue, graph_path)
    folder = graph_path if isinstance(graph_path, Path) else Path()
    extracts = chosen_extractor(extractor, setting, service, folder)
    if dry_run:
        for line in forecast(extracts, paths):
            say(line)
        return
    with progress("reading", lambda: count_articles(paths)) as bar:
        report = build(
            paths,
            graph_path,
            jobs=jobs,
            ontology=setting.ontology,
            catalogue=setting.catalogue,
            extractor=extracts,
            progress=bar.stage,
        )
    for problem in report.problems:
        warn(problem)
    for line in account(extracts):
        say(line)
    totals = report.totals
    say(
        f"{report.read} read, {report.unchanged} unchanged, "
        f"{report.skipped} skipped, {report.failed} failed"
    )
    say(
        f"{graph_path}: {totals.articles} articles, {totals.claims} claims, "
        f"{totals.inferred} inferred"
    )
