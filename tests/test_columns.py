"""The part of a graph that a question needs answers it as the whole graph does."""

from __future__ import annotations

import json

import networkx as nx
import pytest
from claim_graphs import FOLDER, claims_graph, graph_of
from hypothesis import given, settings
from hypothesis import strategies as st

from kg import asking
from kg.api import open as open_graph
from kg.build import import_claims
from kg.cli.knowledge import read_setting
from kg.graph import Policy
from kg.model import Status
from kg.ontology import load_ontology
from kg.questions import ask, understand
from kg.questions.answers import answer
from kg.questions.pattern import Form

pytest.importorskip("duckdb", reason="DuckDB is in the 'analysis' extra")
pytest.importorskip("pyarrow", reason="pyarrow is in the 'analysis' extra")

from kg.columns import Columns

ONTOLOGY = load_ontology()
STATUSES = (Status.CONFIRMED, Status.PROSPECTIVE)


def in_order(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """As kg.graph builds it: nodes by IRI, edges by their ends and identifiers."""
    ordered = nx.MultiDiGraph()
    ordered.add_nodes_from(sorted(graph.nodes(data=True)))
    ordered.add_edges_from(sorted(graph.edges(keys=True, data=True), key=lambda e: e[:3]))
    return ordered


GRAPH = in_order(claims_graph())
QUESTIONS = [
    json.loads(line)["question"]
    for name in ("en", "pt")
    for line in (FOLDER / f"{name}.jsonl").read_text("utf8").splitlines()
]


def by_part(columns: Columns, question: str):
    pattern = understand(question, columns.named(question), ONTOLOGY)
    if pattern is None or pattern.form is Form.PATH:
        return None
    part = columns.part(pattern, STATUSES)
    return answer(question, pattern, part, ONTOLOGY, STATUSES)


def test_every_question_has_the_same_answer(tmp_path):
    edges = GRAPH.edges(keys=True, data=True)
    columns = Columns.create(GRAPH.nodes(data=True), edges, ONTOLOGY, tmp_path / "claims.duckdb")
    answered = 0
    for question in QUESTIONS:
        found = by_part(columns, question)
        if found is not None:
            answered += 1
            assert found == ask(question, GRAPH, ONTOLOGY), question
    assert answered >= 160
    columns.close()
    again = Columns.open(tmp_path / "claims.duckdb", ONTOLOGY)  # another process would read it so
    assert by_part(again, QUESTIONS[0]) == ask(QUESTIONS[0], GRAPH, ONTOLOGY)
    again.close()
    assert [path.name for path in tmp_path.iterdir()] == ["claims.duckdb"]


def test_a_part_is_smaller_than_the_whole():
    columns = Columns.create(GRAPH.nodes(data=True), GRAPH.edges(keys=True, data=True), ONTOLOGY)
    pattern = understand("Who acquired Wiz?", columns.named("Who acquired Wiz?"), ONTOLOGY)
    part = columns.part(pattern, STATUSES)
    assert [data["relation"] for _, _, data in part.edges(data=True)] == ["acquirerOf"]
    (key,) = (key for _, _, key in part.edges(keys=True))
    (whole,) = (e for e in GRAPH.edges(keys=True, data=True) if e[2] == key)
    (kept,) = part.edges(keys=True, data=True)
    assert {k: v for k, v in kept[3].items() if v is not None and k != "symmetric"} == {
        k: v for k, v in whole[3].items() if v is not None
    }
    assert columns.part(pattern, STATUSES, min_confidence=1.1).number_of_edges() == 0


NAMES = ["A1", "B2", "C3", "D4"]
KINDS = dict(zip(NAMES, ["CloudProvider", "ModelLab", "ModelLab", "ModelLab"], strict=True))
ASKED = (
    "Which cloud providers back rival labs?", "Who backs no lab?", "Which lab has most investors?",
    "suppliers of the investors of B2", "Which labs have more than one supplier?",
    "Does A1 back B2?", "Which companies back B2 but not C3?", "Who invests in its own customers?",
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(
    st.sets(
        st.tuples(
            st.sampled_from(NAMES),
            st.sampled_from(["investorOf", "competitorOf", "supplierTo"]),
            st.sampled_from(NAMES),
        )
    )
)
def test_answers_from_parts_on_any_graph(triples):
    graph = in_order(graph_of(sorted(triples), KINDS))
    columns = Columns.create(graph.nodes(data=True), graph.edges(keys=True, data=True), ONTOLOGY)
    for question in ASKED:
        assert by_part(columns, question) == ask(question, graph, ONTOLOGY), question
    columns.close()


def test_a_large_graph_is_asked_through_its_tables(tmp_path, monkeypatch):
    folder = tmp_path / "graph"
    import_claims((FOLDER / "claims.jsonl",), folder, setting=read_setting())
    with open_graph(folder) as graph:
        expected = {question: graph.ask(question) for question in ASKED_OF_STORE}
        assert not list(folder.rglob("*.duckdb"))
    monkeypatch.setattr(asking, "LARGE", 10)
    for _ in range(2):  # the second time the tables are there
        with open_graph(folder) as graph:
            for question in ASKED_OF_STORE:
                assert graph.ask(question) == expected[question], question
            asked = graph.network_for(ASKED_OF_STORE[0], Policy())
            assert 0 < asked.number_of_edges() < graph.networkx().number_of_edges()
    (tables,) = folder.rglob("*.duckdb")
    assert tables.parent.parent.name == "snapshots"


ASKED_OF_STORE = (
    "Which cloud providers back rival model labs?", "Quem investe na Anthropic?",
    "Which cloud providers back no lab?", "Does Apple invest in OpenAI?",
    "How are SoftBank and TSMC connected?", "Who founded OpenAI?",
)  # fmt: skip
