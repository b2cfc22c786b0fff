"""``kg ask``: a question in words, an answer with its proof."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from kg import questions
from kg.api import Graph
from kg.api import open as open_graph
from kg.cli.answers import (
    cited,
    difference_record,
    print_csv,
    print_differences,
    print_rows,
)
from kg.cli.knowledge import read_ontology
from kg.cli.options import (
    PATH,
    command,
    format_option,
    graph_option,
    ontology_option,
    policy_options,
)
from kg.cli.output import say, warn
from kg.errors import KgError
from kg.graph import Policy
from kg.locations import Location
from kg.model import Answer
from kg.questions.fragility import Difference, difference

__all__ = ["ask_command"]


@command(
    "ask",
    example='kg ask "Which cloud providers back rival model labs?"\n'
    'kg ask "Quem investe na OpenAI?" --status confirmed --format json',
)
@click.argument("question", required=False)
@graph_option
@policy_options
@format_option("text", "json", "csv")
@click.option("--explain", is_flag=True, help="Say how the question was understood.")
@click.option(
    "--fragile", is_flag=True, help="Say which single article, if wrong, would change the answer."
)
@click.option(
    "--what-if-without",
    "without",
    multiple=True,
    metavar="SOURCE",
    help="Also answer as if SOURCE (outlet or article) had not been read; repeat for several.",
)
@click.option(
    "--html", "page", type=PATH, metavar="FILE", help="Also write a page of the answer's claims."
)
@click.option("--list", "listing", is_flag=True, help="List questions that this graph answers.")
@click.option("--lang", default="en", show_default=True, help="Language of the list.")
@ontology_option
def ask_command(
    question: str | None,
    graph_path: Location,
    policy: dict[str, Any],
    format_name: str,
    explain: bool,
    fragile: bool,
    without: tuple[str, ...],
    page: Path | None,
    listing: bool,
    lang: str,
    ontology: tuple[Path, ...],
) -> None:
    """Answer a question in English or Portuguese, with quotes.

    Each row of the answer comes with the claims that carry it: what they say, the quote, the
    article, and what was inferred from what. The row's status is that of its weakest claim.
    Copies of an article count as the article where it is taken to be wrong or not read.
    """
    if question is None and not listing:
        raise click.UsageError("a question is missing; 'kg ask --list' shows what can be asked")
    with open_graph(graph_path, read_ontology(ontology)) as today:
        if listing:
            for line in questions.suggestions(today.networkx(), today.ontology, lang):
                say(line)
            return
        chosen, asked = Policy(**policy), question or ""
        answer = today.ask(asked, chosen)
        changes = _changes(today, asked, chosen, answer, fragile=fragile, without=without)
        graph = today.at(policy["as_of"], policy["known_at"])  # what the answer's claims lie in
        if page and answer.understood:
            _write_page(answer, graph, chosen, page)
        if format_name == "json":
            record = _record(answer, graph, chosen) | _changes_record(changes, graph)
            say(json.dumps(record, ensure_ascii=False, indent=2))
            if not answer.understood:
                raise SystemExit(2)
            return
        if format_name == "csv" and answer.understood:
            print_csv(graph, answer.rows)
            return
        _print(answer, graph, chosen, explain)
        for title, differences in changes.items():
            print_differences(graph, title, differences)


def _changes(
    graph: Graph,
    question: str,
    policy: Policy,
    answer: Answer,
    *,
    fragile: bool,
    without: tuple[str, ...],
) -> dict[str, tuple[Difference, ...]]:
    """What would change, by the option that asks for it."""
    changes = {}
    if fragile:
        changes["fragile"] = graph.fragile(question, policy)
    if without:
        rest = graph.without(*without).ask(question, policy)
        found = difference(answer, rest) if answer.understood else None
        changes["without"] = (found,) if found else ()
    return changes


def _changes_record(
    changes: dict[str, tuple[Difference, ...]], graph: Graph
) -> dict[str, list[dict[str, Any]]]:
    return {
        title: [difference_record(graph, item) for item in differences]
        for title, differences in changes.items()
    }


def _write_page(answer: Answer, graph: Graph, policy: Policy, path: Path) -> None:
    from kg.exports.explorer import write_explorer
    from kg.exports.part import resting_on

    network = graph.network_for(answer.question, policy)
    named = {fact.entity for row in answer.rows for fact in row.facts}
    named |= {value for row in answer.rows for _, value in row.bindings if isinstance(value, str)}
    part = resting_on(network, (claim for row in answer.rows for claim in row.claims), named)
    write_explorer(part, path, graph.ontology, title=answer.question)
    warn(f"{path}: {path.stat().st_size:,} bytes")


def _record(answer: Answer, graph: Graph, policy: Policy) -> dict[str, Any]:
    network = graph.network_for(answer.question, policy)
    return questions.to_json(answer, network, cited(graph, answer.rows))


def _sentence(answer: Answer, graph: Graph, policy: Policy) -> str:
    network = graph.network_for(answer.question, policy)
    pattern = questions.understand(answer.question, network, graph.ontology)
    if pattern is None:
        return answer.pattern
    return questions.sentence(pattern, graph.ontology, lambda iri: str(network.nodes[iri]["name"]))


def _print(answer: Answer, graph: Graph, policy: Policy, explain: bool) -> None:
    if not answer.understood:
        raise KgError(answer.hint)
    if explain:
        say(f"understood as: {answer.pattern}")
        say()
        say(answer.sparql)
        say()
    if not answer.rows:
        warn(f"no claim that counts answers this: {_sentence(answer, graph, policy)}")
    print_rows(graph, answer.rows)
