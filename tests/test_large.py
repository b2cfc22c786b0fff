"""Analyses and paths of a large graph: answered from its tables, alike and in bounded time.

The yardstick is the making of a networkx graph of all claims from the tables, in the same run, both in
seconds of the processor, so that a busy machine changes nothing: what looks at a few entities or at
everything may take a fixed multiple of it.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from claim_graphs import claims_graph
from test_columns import in_order

from kg import asking, questions
from kg.analyses import ANALYSES, analyze
from kg.errors import UnknownNameError
from kg.graph import Policy
from kg.model import Status
from kg.ontology import load_ontology
from kg.questions.pattern import Form

pytest.importorskip("duckdb", reason="DuckDB is in the 'analysis' extra")
pytest.importorskip("pyarrow", reason="pyarrow is in the 'analysis' extra")

from kg.columns import Columns
from kg.excerpts import Excerpts

ONTOLOGY = load_ontology()
POLICY = Policy()
CLAIMS, FIRM = 100_000, "Firm {:06}"
NAMED = {1: (FIRM.format(440),), 2: (FIRM.format(440), FIRM.format(9000)), 0: ()}
# Times of making the whole graph that an analysis of it may take at most.
EVERYTHING = 15.0
OF_A_FEW = 3.0


def bench() -> Any:
    path = Path(__file__).parent.parent / "bench" / "questions.py"
    spec = importlib.util.spec_from_file_location("bench_questions", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class InMemory:
    """A graph as kg.asking sees it, whose claims are in tables alone."""

    whole: nx.MultiDiGraph
    ontology: Any = ONTOLOGY

    def networkx(self, policy: Policy | None = None) -> nx.MultiDiGraph:
        assert policy is not None
        return self.whole


class Tabled(InMemory):
    """One that must not be made whole."""

    def networkx(self, policy: Policy | None = None) -> nx.MultiDiGraph:
        raise AssertionError("the whole graph was made")


@pytest.fixture(scope="module")
def large() -> Iterator[tuple[Columns, float]]:
    made = bench()
    nodes = made.nodes(CLAIMS // 10)
    edges = made.edges(CLAIMS, [iri for iri, _ in nodes], ONTOLOGY)
    columns = Columns.create(nodes, edges, ONTOLOGY)
    start = time.process_time()
    whole = Excerpts(columns, POLICY.statuses).every()
    assert whole.number_of_edges() > CLAIMS // 2
    yield columns, time.process_time() - start
    columns.close()


@pytest.mark.parametrize("name", ANALYSES)
def test_an_analysis_of_a_large_graph_takes_bounded_time(large, name):
    columns, unit = large
    analysis = ANALYSES[name]
    start = time.process_time()
    entities = NAMED[analysis.takes]
    part = asking.network_of_analysis(Tabled(nx.MultiDiGraph()), name, entities, POLICY, columns)
    result = analyze(name, part, ONTOLOGY, *entities)
    taken = time.process_time() - start
    limit = OF_A_FEW if analysis.scope == "touching" else EVERYTHING
    assert taken < limit * unit, f"{taken:.1f} s; the whole graph {unit:.1f} s"
    assert part.number_of_edges() or not result.rows
    if name in ("central", "communities"):
        assert " of " in result.note  # it says that it is an estimate


def test_a_path_question_of_a_large_graph_takes_bounded_time(large):
    columns, unit = large
    start = time.process_time()
    question = f"How are {NAMED[2][0]} and {NAMED[2][1]} connected?"
    part = asking.network_for(Tabled(nx.MultiDiGraph()), question, POLICY, columns)
    answer = questions.ask(question, part, ONTOLOGY, POLICY)
    assert answer.rows
    assert time.process_time() - start < 10 * unit


# -- the same as the whole --------------------------------------------------------------------

GRAPH = in_order(claims_graph())
SMALL = [
    (name, entities)
    for name, analysis in ANALYSES.items()
    for entities in {
        0: [()],
        1: [("OpenAI",), ("Nvidia",), ("https://kg.example/entity/Arm",)],
        2: [("OpenAI", "Anthropic"), ("SoftBank", "TSMC"), ("Wiz", "Scale AI")],
    }[analysis.takes]
]


@pytest.fixture(scope="module")
def small() -> Iterator[Columns]:
    edges = GRAPH.edges(keys=True, data=True)
    columns = Columns.create(GRAPH.nodes(data=True), edges, ONTOLOGY)
    yield columns
    columns.close()


def counted(policy: Policy) -> nx.MultiDiGraph:
    """What a policy allows of the small graph, as kg.graph would build it."""
    kept = [e for e in GRAPH.edges(keys=True, data=True) if e[3]["status"] in policy.statuses]
    graph = nx.MultiDiGraph()
    ends = {end for edge in kept for end in edge[:2]}
    graph.add_nodes_from((n, d) for n, d in GRAPH.nodes(data=True) if n in ends)
    graph.add_edges_from(kept)
    return graph


@pytest.mark.parametrize(("name", "entities"), SMALL, ids=lambda value: str(value))
@pytest.mark.parametrize("statuses", [POLICY.statuses, (Status.CONFIRMED,)])
def test_a_part_gives_what_the_whole_gives(small, name, entities, statuses):
    policy = Policy(statuses)
    part = asking.network_of_analysis(Tabled(GRAPH), name, entities, policy, small)
    whole = counted(policy)
    missing = [n for n in part if n not in whole]
    whole.add_nodes_from((n, part.nodes[n]) for n in missing)
    found, wanted = (analyze(name, g, ONTOLOGY, *entities) for g in (part, whole))
    assert found.rows == wanted.rows


def test_paths_are_the_same(small):
    for first, second in (
        ("SoftBank", "TSMC"),
        ("Wiz", "ASML"),
        ("MGX", "Trainium"),
        ("Arm", "AMD"),
    ):
        question = f"How are {first} and {second} connected?"
        pattern = questions.understand(question, GRAPH, ONTOLOGY)
        assert pattern.form is Form.PATH
        part = asking.network_for(Tabled(GRAPH), question, POLICY, small)
        assert questions.ask(question, part, ONTOLOGY) == questions.ask(question, GRAPH, ONTOLOGY)


def test_unknown_names_have_the_nearest_of_all(small):
    with pytest.raises(UnknownNameError, match="Anthropic"):
        asking.network_of_analysis(Tabled(GRAPH), "stakes", ("Antropic",), POLICY, small)
    with pytest.raises(UnknownNameError, match="central"):
        asking.network_of_analysis(Tabled(GRAPH), "centrality", (), POLICY, small)
