"""``kg analyze``: named analyses of the graph."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from kg import questions
from kg.analyses import ANALYSES, analyze
from kg.api import open as open_graph
from kg.cli.answers import cited, print_rows
from kg.cli.knowledge import read_ontology
from kg.cli.options import command, format_option, graph_option, ontology_option, policy_options
from kg.cli.output import paragraph, rule, say, warn
from kg.graph import Policy
from kg.locations import Location
from kg.model import Answer

__all__ = ["analyze_command"]


@command(
    "analyze", example="kg analyze rival-backers\nkg analyze common-investors OpenAI Anthropic"
)
@click.argument("name", required=False)
@click.argument("entities", nargs=-1)
@graph_option
@policy_options
@format_option("text", "json")
@click.option("--list", "listing", is_flag=True, help="List the analyses.")
@ontology_option
def analyze_command(
    name: str | None,
    entities: tuple[str, ...],
    graph_path: Location,
    policy: dict[str, Any],
    format_name: str,
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
        network = graph.networkx(Policy(**policy))
        result = analyze(name, network, graph.ontology, *entities)
        if format_name == "json":
            answer = Answer(" ".join([name, *entities]), understood=True, rows=result.rows)
            record = questions.to_json(answer, network, cited(graph, result.rows))
            kept = {"analysis": name, "entities": list(entities), "note": result.note}
            say(json.dumps({**kept, "rows": record["rows"]}, ensure_ascii=False, indent=2))
            return
        print_rows(graph, result.rows, named=True)
        if result.note:
            say(paragraph(result.note))
        if not result.rows:
            warn("nothing of the kind in the claims that count")
