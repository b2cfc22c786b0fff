"""docs/sparql.md says what the program prints, and named queries answer over the same claims."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

import kg
from kg.errors import QueryError
from kg.named_queries import named_queries
from kg.vocabulary import ENTITY

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "sparql.md"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The page with the results of today, and the graph of its claims."""
    page: Callable[[str, Path], str] = runpy.run_path(str(ROOT / "docs" / "sparql_page.py"))["page"]
    graph = tmp_path_factory.mktemp("page") / "graph"
    return page(PAGE.read_text("utf8"), graph), graph


def test_the_results_on_the_page_are_those_of_today(made: tuple[str, Path]) -> None:
    text = PAGE.read_text("utf8")
    assert made[0] == text, "run: python docs/sparql_page.py"
    assert text.count("```sparql\n") == text.count("```text\n") == 10


def test_a_changed_result_would_be_found(made: tuple[str, Path]) -> None:
    assert "kgd:Nvidia\nkgd:TSMC\n```" in made[0]
    page = runpy.run_path(str(ROOT / "docs" / "sparql_page.py"))["page"]
    wrong = made[0].replace("kgd:Nvidia\nkgd:TSMC\n```", "kgd:TSMC\n```")
    assert page(wrong, made[1].parent / "again") == made[0]


ANSWERS = [
    ("chips-by-user", {}, "chip_name status", {("Trainium", "Prospective")}),
    ("circular-deals", {"investor": "Microsoft"}, "customer supply", {("OpenAI", "Confirmed")}),
    (
        "claims-about",
        {"entity": "ChatGPT"},
        "subject relation",
        {("OpenAI", "developerOf"), ("Claude", "competitorOf")},
    ),
    ("claims-about", {"entity": "OpenAI", "status": "denied"}, "subject date", {("Amazon", "2026-01-20")}),
    (
        "inferred",
        {"relation": "usesChip"},
        "subject",
        set(),
    ),
    ("members", {"class": "Chip"}, "name claims", {("Trainium", 1)}),
    ("owners", {"company": "OpenAI"}, "owner", set()),
    (
        "portfolio",
        {"investor": "Amazon"},
        "name status amount",
        {("Anthropic", "Confirmed", 4_000_000_000), ("OpenAI", "Prospective", 10_000_000_000)},
    ),
    (
        "reported-since",
        {"day": "2025-12-17", "status": "denied"},
        "subject object",
        {("Amazon", "OpenAI")},
    ),
    ("rivals", {"entity": "ChatGPT"}, "name kind", {("Claude", "Claim")}),
    ("sources", {}, "outlet articles", {("Copperfield Tech Daily", 1), ("Northgate Wire", 2), ("Praça do Pixel", 1), ("The Harbour Ledger", 2)}),
    ("stakes", {"company": "Anthropic"}, "name amount", {("Amazon", 4_000_000_000)}),
    ("supply-chain", {"company": "Microsoft"}, "tier name", {(1, "Nvidia"), (2, "TSMC")}),
    (
        "talks-that-became-deals",
        {},
        "subject object planned confirmed",
        {("Microsoft", "OpenAI", "2023-01-11", "2023-01-23")},
    ),
]  # fmt: skip


def short(value: object) -> object:
    text = str(value).removeprefix(ENTITY).removeprefix("https://kg.example/ns#")
    return text if isinstance(value, str) else value


@pytest.mark.parametrize(("name", "values", "columns", "expected"), ANSWERS)
def test_named_queries_answer(
    made: tuple[str, Path],
    name: str,
    values: dict[str, str],
    columns: str,
    expected: set[tuple[object, ...]],
) -> None:
    with kg.open(made[1]) as graph:
        results = graph.sparql(f"@{name}", **values)
        places = [results.variables.index(column) for column in columns.split()]
        found = {tuple(short(row[place]) for place in places) for row in results.rows()}
    assert found == expected


def test_there_are_enough_of_them_and_each_says_what_it_answers() -> None:
    queries = named_queries()
    assert len(queries) >= 16
    for query in queries.values():
        assert query.text.endswith(".")
        assert all(parameter.text.endswith(".") for parameter in query.parameters)
        for parameter in query.parameters:
            assert f"?{parameter.name}" in query.sparql


def test_other_servers_are_not_called_unasked(made: tuple[str, Path]) -> None:
    away = "ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"
    with kg.open(made[1]) as graph:
        with pytest.raises(QueryError, match="--allow-service"):
            graph.sparql(away)
        with pytest.raises(QueryError, match="cannot be answered"):  # it tried: nobody is there
            graph.sparql(away, allow_service=True)
