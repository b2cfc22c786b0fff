"""Named queries: each answers, in a folder as on a server; their files are read when they change."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from store_samples import article, fill, said

from kg.disk_store import OxigraphStore
from kg.model import Status
from kg.named_queries import NamedQuery, named_queries, run_named
from kg.ontology import load_ontology
from kg.query_text import Term, with_terms
from kg.results import Results
from kg.views import ontology_quads
from kg.vocabulary import GRAPHS

FIRST = article(
    "n1",
    "Amazon investorOf OpenAI.",
    "Amazon investorOf Anthropic.",
    "Amazon supplierTo Anthropic.",
    "Nvidia supplierTo Amazon.",
    "TSMC supplierTo Nvidia.",
    "AWS subsidiaryOf Amazon.",
    "AWS supplierTo Meta.",
    date="2025-12-17",
    source="Daily",
)
SECOND = article(
    "n2",
    "Amazon investorOf OpenAI.",
    "OpenAI competitorOf Anthropic.",
    "Nvidia supplierTo Amazon.",
    "Anthropic usesChip Trainium.",
    "Amazon developerOf Trainium.",
    date="2026-01-05",
    source="Weekly",
)
STATUSES = {
    ("n1", "Amazon investorOf OpenAI."): Status.PROSPECTIVE,
    ("n2", "Nvidia supplierTo Amazon."): Status.DENIED,
}
MONEY = {"Amazon investorOf OpenAI.": {"amount": 10e9, "currency": "USD"}}
VALUES = {
    "article": "n1",
    "class": "Organization",
    "date": "2025-12-20",
    "entity": "Amazon",
    "month": "2026-01",
    "number": "1",
    "relation": "investorOf",
    "status": "confirmed",
    "text": "USD",
}
# where another value is needed for an answer
OTHER_VALUES = {
    ("chips-by-user", "user"): "Anthropic",
    ("inferred", "relation"): "supplierTo",
    ("owners", "company"): "AWS",
    ("rivals", "entity"): "OpenAI",
    ("stakes", "company"): "OpenAI",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OxigraphStore]:
    folder = tmp_path_factory.mktemp("named") / "graph"
    with OxigraphStore.open(folder, read_only=False) as store:
        for_store = []
        for text in (FIRST, SECOND):
            sentences = [f"{part.strip('. ')}." for part in text.text.split(". ")]
            claims = [
                said(
                    text,
                    sentence,
                    STATUSES.get((text.id, sentence), Status.CONFIRMED),
                    types={"Trainium": ("Chip",)},
                    **MONEY.get(sentence, {}),  # type: ignore[arg-type]
                )
                for sentence in sentences
            ]
            for_store.append((text, claims))
        fill(store, *for_store)
        store.rewrite(GRAPHS.ONTOLOGY, ontology_quads(load_ontology()))
        yield store


def given(query: NamedQuery, optional: bool) -> dict[str, str]:
    return {
        p.name: OTHER_VALUES.get((query.name, p.name), VALUES[p.type])
        for p in query.parameters
        if optional or not p.default
    }


def asked(results: Results) -> list[dict[str, object]]:
    """Rows by name of the column, in an order of their own."""
    found = [dict(zip(results.variables, row, strict=True)) for row in results.rows()]
    return sorted(found, key=str)


CASES = [(name, optional) for name in sorted(named_queries()) for optional in (False, True)]


@pytest.mark.parametrize(("name", "optional"), CASES)
def test_each_answers_in_a_folder_as_on_a_server(
    store: OxigraphStore, monkeypatch: pytest.MonkeyPatch, name: str, optional: bool
) -> None:
    """A server is given the values as a block at the start of the pattern."""
    query, bound = named_queries()[name], dict[str, Term]()
    answer = store.query

    def note(sparql: str, bindings: Mapping[str, Term] | None = None) -> Results:
        bound.update(bindings or {})
        return answer(sparql, bindings)

    monkeypatch.setattr(store, "query", note)
    here = asked(run_named(store, name, given(query, optional), load_ontology()))
    assert here
    assert here == asked(answer(with_terms(query.sparql, bound)))


def test_a_file_is_read_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "firms.rq"
    for number, text in enumerate(("# Firms.\nASK { ?a ?b ?c }", "# Kinds.\nASK { ?a a ?c }")):
        file.write_text(text, "utf8")
        os.utime(file, ns=(number, number))
        assert named_queries(tmp_path)["firms"].sparql == text
    file.unlink()
    assert named_queries(tmp_path) == {}
