"""Questions over the claims that people marked in ``data/articles``.

The rows of ``questions/articles.jsonl`` were written by hand from ``gold/articles.jsonl``, not from
answers: names of the first column, null where the question must not be understood.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.api import Graph
from kg.api import open as open_graph
from kg.articles import read_articles
from kg.build import import_claims
from kg.cli.knowledge import read_setting

ROOT = Path(__file__).parent.parent
CASES = [
    json.loads(line)
    for line in (ROOT / "tests/questions/articles.jsonl").read_text("utf8").splitlines()
]


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    folder = tmp_path_factory.mktemp("articles")
    gold = [
        json.loads(line)
        for line in (ROOT / "tests/gold/articles.jsonl").read_text("utf8").splitlines()
    ]
    texts = {Path(a.origin).name: a for a in read_articles([ROOT / "data" / "articles"])}
    marked = folder / "marked.jsonl"
    with marked.open("w", encoding="utf8") as file:
        for record in gold:
            article = texts[record["file"]]
            fields = {name: getattr(article, name) for name in ("title", "date", "source", "text")}
            file.write(json.dumps({**record, **fields}) + "\n")
    report = import_claims((marked,), folder / "graph", setting=read_setting())
    assert (report.refused, report.articles) == (0, len(gold)), report.problems
    with open_graph(folder / "graph") as opened:
        yield opened


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["question"])
def test_answer(graph: Graph, case: dict) -> None:
    answer = graph.ask(case["question"])
    assert answer.understood == (case["first"] is not None), answer.hint
    found = {str(row.bindings[0][1]) for row in answer.rows}
    assert found == {graph.entity(name).iri for name in case["first"] or []}
