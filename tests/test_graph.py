from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from store_samples import article, fill, said

from kg.disk_store import OxigraphStore
from kg.graph import Policy, build_graph
from kg.model import Status
from kg.vocabulary import ENTITY

OLD = article(
    "old", "Amazon investorOf OpenAI.", "Zoom competitorOf Adobe.", date="2024-03-01", source="A"
)
NEW = article(
    "new", "Amazon investorOf OpenAI.", "Meta supplierTo Zoom.", date="2025-03-01", source="B"
)
UNDATED = article("undated", "Adobe competitorOf Zoom.", source="A")
PRODUCTS = article(
    "products",
    "Xai developerOf Grok.",
    "Inflection developerOf Pi.",
    "Grok competitorOf Pi.",
    date="2025-01-01",
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OxigraphStore]:
    with OxigraphStore.open(tmp_path / "graph", read_only=False) as store:
        fill(
            store,
            (
                OLD,
                [
                    said(
                        OLD,
                        "Amazon investorOf OpenAI.",
                        Status.PROSPECTIVE,
                        amount=10e9,
                        currency="USD",
                        confidence=0.5,
                    ),
                    said(OLD, "Zoom competitorOf Adobe."),
                ],
            ),
            (
                NEW,
                [
                    said(NEW, "Amazon investorOf OpenAI.", percent=3.5),
                    said(NEW, "Meta supplierTo Zoom.", Status.DENIED),
                ],
            ),
            (UNDATED, [said(UNDATED, "Adobe competitorOf Zoom.")]),
            (
                PRODUCTS,
                [
                    said(PRODUCTS, "Xai developerOf Grok."),
                    said(PRODUCTS, "Inflection developerOf Pi.", confidence=0.7),
                    said(PRODUCTS, "Grok competitorOf Pi."),
                ],
            ),
        )
        yield store


def edges(graph: nx.MultiDiGraph) -> list[tuple[str, str, str]]:
    return sorted(
        (u.removeprefix(ENTITY), data["relation"], v.removeprefix(ENTITY))
        for u, v, data in graph.edges(data=True)
    )


CASES: list[tuple[dict[str, Any], set[str], int]] = [
    ({}, {"old", "new", "undated", "products"}, 8),
    ({"statuses": (Status.CONFIRMED,)}, {"old", "new", "undated", "products"}, 7),
    ({"statuses": tuple(Status)}, {"old", "new", "undated", "products"}, 9),
    ({"min_confidence": 0.6}, {"old", "new", "undated", "products"}, 7),
    ({"min_confidence": 0.8}, {"old", "new", "undated", "products"}, 5),
    ({"include_inferred": False}, {"old", "new", "undated", "products"}, 7),
    ({"as_of": "2024-12-31"}, {"old"}, 2),
    ({"as_of": "2025-01-01"}, {"old", "products"}, 6),
    ({"min_sources": 2}, {"old", "new"}, 2),
]


@pytest.mark.parametrize(("policy", "articles", "count"), CASES)
def test_a_policy_says_what_counts(
    store: OxigraphStore, policy: dict[str, Any], articles: set[str], count: int
) -> None:
    graph = build_graph(store, Policy(**policy))
    by_hash = {a.hash: a.id for a in store.articles()}
    said_in = {by_hash[d["article"]] for *_, d in graph.edges(data=True) if d["article"]}
    assert said_in == articles
    assert graph.number_of_edges() == count


def test_an_inference_counts_only_with_all_its_premises(store: OxigraphStore) -> None:
    pair = ("Inflection", "competitorOf", "Xai")
    assert pair in edges(build_graph(store))
    assert pair not in edges(build_graph(store, Policy(min_sources=2)))
    assert pair not in edges(build_graph(store, Policy(as_of="2024-12-31")))
    assert pair not in edges(build_graph(store, Policy(min_confidence=0.71)))


def test_an_edge_carries_its_proof(store: OxigraphStore) -> None:
    graph = build_graph(store)
    (data,) = (d for *_, d in graph.edges(data=True) if d["status"] is Status.PROSPECTIVE)
    assert data == {
        "relation": "investorOf",
        "status": Status.PROSPECTIVE,
        "confidence": 0.5,
        "amount": 10e9,
        "currency": "USD",
        "percent": None,
        "attribution": None,
        "quote": "Amazon investorOf OpenAI.",
        "trigger": "investorOf",
        "trigger_at": 7,
        "article": OLD.hash,
        "title": "Title of old",
        "date": "2024-03-01",
        "source": "A",
        "url": None,
        "origin": OLD.hash,
        "extractor": "frames",
        "inferred": False,
        "rule": None,
        "premises": (),
        "symmetric": False,
    }
    assert graph.nodes[ENTITY + "Amazon"] == {
        "name": "Amazon",
        "types": ("Organization",),
        "labels": (),
        "known": True,
        "places": (),
    }
    (inferred,) = (d for *_, d in graph.edges(data=True) if d["inferred"])
    assert inferred.keys() == data.keys()
    assert {key for *_, key in graph.edges(keys=True)} >= set(inferred["premises"])


def test_symmetric_relations_are_there_once_in_one_direction(store: OxigraphStore) -> None:
    graph = build_graph(store, Policy(include_inferred=False))
    rivals = [edge for edge in edges(graph) if "Zoom" in edge and "Adobe" in edge]
    assert rivals == [("Adobe", "competitorOf", "Zoom")] * 2


def test_equal_stores_give_equal_graphs_in_order(tmp_path: Path, store: OxigraphStore) -> None:
    contents = {a.id: list(store.claims(article=a.hash)) for a in store.articles()}
    with OxigraphStore.open(tmp_path / "other", read_only=False) as other:
        fill(other, *((text, contents[text.id]) for text in (PRODUCTS, UNDATED, NEW, OLD)))
        one, two = build_graph(store), build_graph(other)
    assert list(one.nodes(data=True)) == list(two.nodes(data=True))
    assert list(one.edges(keys=True, data=True)) == list(two.edges(keys=True, data=True))
