"""What would change without an article: checked against leaving out each article in turn."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from kg.api import Graph
from kg.api import open as open_graph
from kg.build import import_claims
from kg.cli import main
from kg.cli.knowledge import read_setting
from kg.errors import UnknownNameError
from kg.graph import Policy
from kg.model import Status

CLAIMS = Path(__file__).parent / "questions" / "claims.jsonl"
QUESTIONS = (
    "Which cloud providers back rival model labs?",
    "Who invests in Anthropic?",
    "Which cloud providers back no lab?",
    "How many labs does Nvidia back?",
    "Which lab has most investors?",
    "Does Apple invest in OpenAI?",
    "Which labs compete with each other?",
    "suppliers of the investors of Anthropic",
)
POLICIES = (Policy(), Policy(min_sources=2), Policy((Status.CONFIRMED,)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fragility") / "graph"
    assert import_claims((CLAIMS,), path, setting=read_setting()).refused == 0
    return path


@pytest.fixture(scope="module")
def graph(folder: Path) -> Graph:
    return open_graph(folder)


def seen(answer) -> dict:
    return {row.bindings: row.status for row in answer.rows}


def test_fragile_equals_leaving_out_each_article(graph: Graph) -> None:
    articles = sorted(article.hash for article in graph.articles())
    rests = {article: graph.without(article) for article in articles}
    changed = 0
    for policy in POLICIES:
        for question in QUESTIONS:
            before = seen(graph.ask(question, policy))
            expected = {}
            for article in articles:
                network = graph.network_for(question, policy)
                rest = rests[article].networkx(replace(policy, statuses=tuple(Status))).copy()
                rest.add_nodes_from((n, d) for n, d in network.nodes(data=True) if n not in rest)
                from kg.questions import ask

                after = seen(ask(question, rest, graph.ontology, policy))
                if after != before and (set(after) != set(before) or _weaker(before, after)):
                    expected[article] = (set(before) - set(after), set(after) - set(before))
            found = {
                item.origin: ({r.bindings for r in item.gone}, {r.bindings for r in item.new})
                for item in graph.fragile(question, policy)
            }
            assert found == expected, (question, policy)
            changed += len(found)
    assert changed > 20


def _weaker(before: dict, after: dict) -> bool:
    order = [Status.DENIED, Status.PROSPECTIVE, Status.CONFIRMED]
    return any(order.index(after[key]) < order.index(before[key]) for key in after)


def test_an_unknown_source_names_the_nearest(graph: Graph) -> None:
    with pytest.raises(UnknownNameError, match="Ledger of Chips"):
        graph.without("Ledger of Chip")


def test_command_says_what_rests_on_one_article(folder: Path) -> None:
    asked = ("ask", "--graph", str(folder), "Who owns Arm?")
    text = CliRunner().invoke(main, [*asked, "--fragile"])
    assert text.exit_code == 0, text.output
    (owner,) = (line for line in text.output.splitlines() if line.startswith("1. "))
    assert f"gone: {owner.removeprefix('1. ').split(' [')[0]}" in text.output
    result = CliRunner().invoke(main, [*asked, "--fragile", "--format", "json"])
    record = json.loads(result.output)
    (item,) = record["fragile"]
    assert item["gone"] == [row["bindings"] for row in record["rows"]]
    source = record["rows"][0]["claims"][0]["source"]
    result = CliRunner().invoke(main, [*asked, "--what-if-without", source, "--format", "json"])
    assert json.loads(result.output)["without"][0]["gone"] == item["gone"]
