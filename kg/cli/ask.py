"""``kg ask``: a question in words, an answer with its proof."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from kg import questions
from kg.api import Graph
from kg.api import open as open_graph
from kg.cli.answers import cited, print_rows
from kg.cli.knowledge import read_ontology
from kg.cli.options import command, format_option, graph_option, ontology_option, policy_options
from kg.cli.output import say, warn
from kg.errors import KgError
from kg.graph import Policy
from kg.model import Answer, Status

__all__ = ["ask_command"]


@command(
    "ask",
    example='kg ask "Which cloud providers back rival model labs?"\n'
    'kg ask "Quem investe na OpenAI?" --status confirmed --format json',
)
@click.argument("question", required=False)
@graph_option
@policy_options
@format_option("text", "json")
@click.option("--explain", is_flag=True, help="Say how the question was understood.")
@click.option("--list", "listing", is_flag=True, help="List questions that this graph answers.")
@click.option("--lang", default="en", show_default=True, help="Language of the list.")
@ontology_option
def ask_command(
    question: str | None,
    graph_path: Path,
    policy: dict[str, Any],
    format_name: str,
    explain: bool,
    listing: bool,
    lang: str,
    ontology: tuple[Path, ...],
) -> None:
    """Answer a question in English or Portuguese, with quotes.

    Each row of the answer comes with the claims that carry it: what they say, the quote, the
    article, and what was inferred from what. The row's status is that of its weakest claim.
    """
    if question is None and not listing:
        raise click.UsageError("a question is missing; 'kg ask --list' shows what can be asked")
    with open_graph(graph_path, read_ontology(ontology)) as today:
        if listing:
            for line in questions.suggestions(today.networkx(), today.ontology, lang):
                say(line)
            return
        answer = today.ask(question or "", Policy(**policy))
        graph = today.at(policy["as_of"], policy["known_at"])  # what the answer's claims lie in
        if format_name == "json":
            say(json.dumps(_record(answer, graph, Policy(**policy)), ensure_ascii=False, indent=2))
            if not answer.understood:
                raise SystemExit(2)
            return
        _print(answer, graph, explain)


def _record(answer: Answer, graph: Graph, policy: Policy) -> dict[str, Any]:
    network = graph.networkx(replace(policy, statuses=tuple(Status)))
    return questions.to_json(answer, network, cited(graph, answer.rows))


def _print(answer: Answer, graph: Graph, explain: bool) -> None:
    if not answer.understood:
        raise KgError(answer.hint)
    if explain:
        say(f"understood as: {answer.pattern}")
        say()
        say(answer.sparql)
        say()
    if not answer.rows:
        warn(f"no claim of this graph answers this: {answer.pattern}")
    print_rows(graph, answer.rows)
