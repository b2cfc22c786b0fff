"""``kg analyze``: named analyses of the graph."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from kg import asking, questions
from kg.analyses import ANALYSES, analyze
from kg.api import open as open_graph
from kg.cli.answers import cited, print_csv, print_rows
from kg.cli.completion import complete_analysis, complete_entity
from kg.cli.knowledge import read_ontology
from kg.cli.options import command, format_option, graph_option, ontology_option, policy_options
from kg.cli.output import paragraph, progress, rule, say, warn
from kg.graph import Policy
from kg.locations import Location
from kg.model import Answer

__all__ = ["analyze_command"]

_TEXT_ROWS = 20  # a reader of a terminal reads the first


@command(
    "analyze", example="kg analyze rival-backers\nkg analyze common-investors OpenAI Anthropic"
)
@click.argument("name", required=False, shell_complete=complete_analysis)
@click.argument("entities", nargs=-1, shell_complete=complete_entity)
@graph_option
@policy_options
@format_option("text", "json", "csv")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    metavar="N",
    help="Only the first N rows (default: 20 as text, all otherwise; 0: all).",
)
@click.option("--list", "listing", is_flag=True, help="List the analyses.")
@ontology_option
def analyze_command(
    name: str | None,
    entities: tuple[str, ...],
    graph_path: Location,
    policy: dict[str, Any],
    format_name: str,
    limit: int | None,
    listing: bool,
    ontology: tuple[Path, ...],
) -> None:
    """Run a named analysis of the graph.

    NAME is one of those that --list shows; some take the names of one or two ENTITIES. Each row
    comes with the claims under it.
    """
    if listing or name is None:
        for analysis in ANALYSES.values():
            say(rule(" ".join([analysis.name, *["NAME"] * analysis.takes])))
            say(paragraph(analysis.summary, "    "))
        return
    with open_graph(graph_path, read_ontology(ontology)) as today:
        graph = today.at(policy["as_of"], policy["known_at"])
        with progress(f"{name} of the graph"):
            columns = asking.columns_of(today.store, today.ontology)
            counting = Policy(**policy)
            network = asking.network_of_analysis(graph, name, entities, counting, columns)
            result = analyze(name, network, graph.ontology, *entities)
        shown = _TEXT_ROWS if limit is None and format_name == "text" else limit
        rows = result.rows[: shown or None]
        if format_name == "csv":
            print_csv(graph, rows)
            return
        if format_name == "json":
            answer = Answer(" ".join([name, *entities]), understood=True, rows=rows)
            record = questions.to_json(answer, network, cited(graph, rows))
            kept = {"analysis": name, "entities": list(entities), "note": result.note}
            say(json.dumps({**kept, "rows": record["rows"]}, ensure_ascii=False, indent=2))
            return
        print_rows(graph, rows, named=True)
        if len(rows) < len(result.rows):
            say(f"the first {len(rows)} of {len(result.rows):,} rows; --limit 0 shows all")
        if result.note:
            say(paragraph(result.note))
        if not result.rows:
            warn("nothing of the kind in the claims that count")
