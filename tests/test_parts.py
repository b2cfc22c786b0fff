"""Parts of a graph as pages and files; tables and completion on the command line."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import networkx as nx
import pytest
from claim_graphs import FOLDER, add_claim, claims_graph, graph_of, iri
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from kg.build import import_claims
from kg.cli import main
from kg.cli.knowledge import read_setting
from kg.exports.part import Selection, around, resting_on, within

GRAPH = claims_graph()


def names(graph: nx.MultiDiGraph) -> set[str]:
    return {data["name"] for _, data in graph.nodes(data=True)}


def test_surroundings_grow_by_claims_in_any_direction():
    chain = graph_of(
        [("A1", "investorOf", "B2"), ("C3", "supplierTo", "B2"), ("C3", "partnerOf", "D4")],
        dict.fromkeys(("A1", "B2", "C3", "D4"), "ModelLab"),
    )
    for hops, wanted in ((0, {"A1"}), (1, {"A1", "B2"}), (2, {"A1", "B2", "C3"})):
        assert names(around(chain, iri("A1"), hops)) == wanted
    assert around(chain, iri("A1"), 9).number_of_edges() == 3
    assert len(around(chain, "nowhere", 3)) == 0


def test_a_span_holds_what_was_reported_in_it_and_what_follows_from_that_alone():
    whole = within(GRAPH, "", "")
    assert {k for *_, k in whole.edges(keys=True)} == {k for *_, k in GRAPH.edges(keys=True)}
    part = within(GRAPH, "2025-03-12", "2025-10-06")
    stated = [data for *_, data in part.edges(data=True) if not data["inferred"]]
    assert {data["date"] for data in stated} == {
        "2025-03-12", "2025-03-19", "2025-04-18", "2025-06-13", "2025-08-26", "2025-09-09",
        "2025-09-22", "2025-10-06",
    }  # fmt: skip
    inferred = {(part.nodes[s]["name"], part.nodes[o]["name"])
                for s, o, d in part.edges(data=True) if d["inferred"]}  # fmt: skip
    assert inferred == {("Google", "OpenAI"), ("OpenAI", "xAI")}  # Anthropic's rests on December


def test_what_rests_on_inferences_brings_its_premises():
    rivalry = next(
        key
        for s, o, key, d in GRAPH.edges(keys=True, data=True)
        if d["inferred"] and {s, o} == {iri("Anthropic"), iri("OpenAI")}
    )
    part = resting_on(GRAPH, [rivalry, "unknown"], [iri("Wiz")])
    assert names(part) == {"Anthropic", "OpenAI", "Claude", "ChatGPT", "Wiz"}
    assert part.number_of_edges() == 4


def test_a_selection_of_nothing_is_everything():
    assert not Selection()
    assert Selection(around=iri("Arm"), hops=1).of(GRAPH).number_of_edges() == 1


# -- the command line -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("parts") / "graph"
    import_claims((FOLDER / "claims.jsonl",), path, setting=read_setting())
    return path


def run(folder: Path, *words: str) -> str:
    done = CliRunner().invoke(main, [words[0], "--graph", str(folder), *words[1:]])
    assert done.exit_code == 0, done.output
    return done.output


def page_data(path: Path) -> dict:
    found = re.search(r'id="data">(.*?)</script>', path.read_text("utf8"), re.S)
    return json.loads(found[1])


def test_export_of_a_part(folder, tmp_path):
    page = tmp_path / "explorer.html"
    run(folder, "export", str(page), "--around", "arm", "--hops", "1")
    assert {node["name"] for node in page_data(page)["nodes"]} == {"Arm", "SoftBank"}
    table = tmp_path / "claims.csv"
    run(folder, "export", str(table), "--since", "2025-12-18")
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf8"))))
    assert {row["date"] for row in rows} == {"2025-12-20"}
    words = ["export", "--graph", str(folder), str(tmp_path / "x.ttl"), "--around", "Arm"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    assert "holds every claim" in done.output


def test_the_page_of_an_answer_holds_what_it_rests_on(folder, tmp_path):
    page = tmp_path / "answer.html"
    run(folder, "ask", "Which French labs are backed by Nvidia?", "--html", str(page))
    data = page_data(page)
    assert {node["name"] for node in data["nodes"]} == {"Mistral AI", "Nvidia"}
    (claim,) = (claim for edge in data["edges"] for claim in edge["claims"])
    quote = claim["quote"]
    assert quote[claim["at"] :].startswith(claim["trigger"])
    assert data["title"] == "Which French labs are backed by Nvidia?"


def test_csv_for_pipes(folder):
    rows = list(csv.DictReader(io.StringIO(run(folder, "ask", "Who owns Arm?", "--format", "csv"))))
    assert [row["parent"] for row in rows] == ["SoftBank"]
    assert rows[0]["status"] == "confirmed"
    rows = list(csv.DictReader(io.StringIO(run(folder, "show", "Arm", "--format", "csv"))))
    assert [row["object_name"] for row in rows] == ["SoftBank"]
    text = run(folder, "analyze", "timeline", "Arm", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["subject"], row["object"], row["date"]) == ("Arm", "SoftBank", "2025-12-20")


def test_long_analyses_show_their_first_rows(folder):
    text = run(folder, "analyze", "central")
    assert "the first 20 of" in text
    assert "\x1b[" not in text
    assert len(json.loads(run(folder, "analyze", "central", "--format", "json"))["rows"]) > 20
    limited = run(folder, "analyze", "central", "--format", "json", "--limit", "3")
    assert len(json.loads(limited)["rows"]) == 3


def completed(words: list[str], typed: str) -> list[str]:
    complete = ShellComplete(main, {}, "kg", "_KG_COMPLETE")
    return [item.value for item in complete.get_completions(words, typed)]


def test_completion_of_commands_and_names(folder, tmp_path):
    assert completed([], "sh") == ["show"]
    graph = ["--graph", str(folder)]
    assert completed(["show", *graph], "misTR") == ["Mistral AI"]
    assert completed(["export", *graph, "x.html", "--around"], "Sk") == ["SK Hynix"]
    assert completed(["analyze", *graph, "stakes"], "anth") == ["Anthropic"]
    assert completed(["analyze"], "com") == ["common-investors", "communities", "compare"]
    assert completed(["show", "--graph", str(tmp_path / "none")], "A") == []
    (tmp_path / "broken").mkdir()
    assert completed(["show", "--graph", str(tmp_path / "broken")], "A") == []


def test_triggers_are_placed_where_they_stand(folder):
    from kg.api import open as open_graph

    with open_graph(folder) as graph:
        edges = list(graph.networkx().edges(data=True))
    placed = [d for *_, d in edges if d["trigger_at"] is not None]
    assert placed
    for data in placed:
        assert data["quote"][data["trigger_at"] :].startswith(data["trigger"])


def test_page_data_counts_places_as_javascript_does():
    from kg.exports.page import drawing
    from kg.ontology import load_ontology

    graph = graph_of([], {"A1": "ModelLab", "B2": "ModelLab"})
    quote = "😀 bought, then A1 bought B2."
    add_claim(graph, "A1", "acquirerOf", "B2", quote=quote, trigger="bought", trigger_at=18)
    (edge,) = drawing(graph, load_ontology())["edges"]
    assert quote[18:24] == "bought"
    assert edge["claims"][0]["at"] == 19  # the emoji is two units of UTF-16
