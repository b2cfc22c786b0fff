"""Memory given back in the middle of a build changes nothing of what is built."""

from __future__ import annotations

import io
from pathlib import Path

import pyoxigraph as ox
import pytest
from store_samples import article, said, setting

import kg.build
import kg.deriving
import kg.inventory
import kg.rules
from kg.build import build_articles
from kg.disk_store import OxigraphStore
from kg.model import Article, Claim

FIRMS = ("Amazon", "Nvidia", "OpenAI", "Meta", "Intel")


class Reader:
    """Reads the one sentence of each article."""

    name, version = "reader", "1"

    def __call__(self, articles: list[Article]) -> list[tuple[Article, tuple[Claim, ...]]]:
        return [(text, (said(text, text.text),)) for text in articles]


def articles() -> list[Article]:
    pairs = [(one, other) for one in FIRMS for other in FIRMS if one != other]
    return [
        article(f"n{number}", f"{one} supplierTo {other}.")
        for number, (one, other) in enumerate(pairs)
    ]


def built(path: Path) -> bytes:
    build_articles(articles(), path, setting(), Reader())  # type: ignore[arg-type]
    with OxigraphStore.open(path) as store:
        content = io.BytesIO()
        store.dump(content, private=True)
    return content.getvalue()


def test_a_store_that_is_opened_anew_gives_the_same_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = built(tmp_path / "one")
    count = 0
    relax = OxigraphStore.relax

    def counted(store: OxigraphStore) -> None:
        nonlocal count
        count += 1
        relax(store)

    monkeypatch.setattr(OxigraphStore, "relax", counted)
    for room in (kg.build, kg.deriving):
        monkeypatch.setattr(room, "RELAXED", 3)
    monkeypatch.setattr(kg.inventory, "_PAGE", 3)
    monkeypatch.setattr(kg.rules, "_MANY", 1)
    assert built(tmp_path / "other") == expected
    assert count > 3 * len(articles()) // 3


def test_a_store_that_lies_in_memory_is_kept(tmp_path: Path) -> None:
    nodes = [ox.NamedNode(f"http://example.org/{name}") for name in "abcd"]
    store = OxigraphStore(tmp_path, ox.Store(), None)
    store.add([ox.Quad(*nodes)])
    store.relax()
    assert list(store.quads(nodes[-1])) == [ox.Quad(*nodes)]
    assert not list(tmp_path.iterdir())
