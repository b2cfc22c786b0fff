"""Who says it, how many say it independently, and which articles are copies."""

from __future__ import annotations

import json
import random
from collections import Counter
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_samples import Reader, article, setting

from kg.agreement import Sources, independent, origins
from kg.attribution import Voice, attribution
from kg.build import build_articles
from kg.disk_store import OxigraphStore
from kg.duplicates import find_duplicates, fingerprint, group_copies
from kg.model import Argument, Article, Claim, Entity, Qualifiers, Quote, Status

CASES = Path(__file__).parent / "cases" / "attribution.jsonl"
PARTIES = [Entity(f"https://kg.example/entity/{name}", name) for name in ("Kalivera", "Tolvera")]


def cases() -> list[dict[str, Any]]:
    return [json.loads(line) for line in CASES.read_text("utf8").splitlines()]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["text"][:60])
def test_who_says_it(case: dict[str, Any]) -> None:
    text = case["text"]
    evidence = Quote(0, len(text), text)
    one, other = (Argument(e, Quote(text.index(e.name), 0, e.name)) for e in PARTIES)
    cited = Qualifiers(attribution=case.get("cited"))
    claim = Claim("a", one, "r", other, Status.CONFIRMED, evidence, evidence, cited)
    found = attribution(claim, case["lang"], "The Daily")
    assert (found.voice.value, found.who) == (case["voice"], case.get("who"))


@pytest.mark.parametrize(
    ("articles", "count"),
    [
        ([], 0),
        ([("A", "1"), ("B", "2"), (None, "3")], 3),
        ([("A", "1"), ("A", "2")], 1),
        ([("A", "1"), ("B", "1"), ("C", "1")], 1),
        ([(None, "1"), (None, "1"), (None, "2")], 2),
        ([("A", "1"), ("B", "2"), ("B", "1")], 2),
        ([("A", "1"), ("A", "2"), ("B", "1")], 2),
        ([("A", "1"), ("A", "2"), ("B", "3"), ("C", "3")], 2),
        ([("origin 1", "2"), (None, "1")], 2),
    ],
)
def test_independent_origins(articles: list[tuple[str | None, str]], count: int) -> None:
    assert {independent(order) for order in permutations(articles)} == {count}


WORDS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa")
TEXTS = st.lists(st.sampled_from(WORDS), min_size=3, max_size=30).map(" ".join)


@settings(deadline=None, max_examples=60)
@given(st.lists(TEXTS, max_size=8), st.randoms(use_true_random=False))
def test_groups_are_what_pairs_connect(texts: list[str], rng: random.Random) -> None:
    """Against a search of all pairs; whatever the order."""
    articles = [Article(str(n), "en", "", text) for n, text in enumerate(texts)]
    kept = [fingerprint(text) for text in articles]
    groups = group_copies(len(kept), kept.__getitem__)
    expected = {frozenset([a.id]) for a in articles}
    for one, other, similarity in find_duplicates(articles):
        assert similarity >= 0.6
        joined = {group for group in expected if group & {one, other}}
        expected = (expected - joined) | {frozenset().union(*joined)}
    assert {frozenset(map(str, group)) for group in groups} == {g for g in expected if len(g) > 1}
    order = rng.sample(range(len(kept)), len(kept))
    again = group_copies(len(kept), lambda number: kept[order[number]])
    assert {frozenset(order[n] for n in group) for group in again} == set(map(frozenset, groups))


def test_many_copies_are_not_compared_two_by_two() -> None:
    words, read = fingerprint(Article("a", "en", "", " ".join(WORDS))), Counter[int]()

    def kept(number: int) -> bytes:
        read[number] += 1
        return words

    assert group_copies(200, kept) == (tuple(range(200)),)
    assert read.total() < 5 * 200


WIRE = (
    "Amazon investorOf OpenAI. The two sides signed the papers in Seattle on Friday after months "
    "of talks that had stalled twice over the price and the seats on the board. "
)
STORIES = [
    article("first", WIRE, "More from the agency.", date="2025-03-01", source="Agency"),
    article("copy", WIRE, "Edited by the desk.", date="2025-03-02", source="Daily"),
    article("undated", WIRE, source="Weekly"),
    article(
        "other", "Amazon investorOf OpenAI. We saw the contract.", date="2025-03-03", source="Post"
    ),
]


def test_copies_of_a_wire_story_are_one_origin(tmp_path: Path) -> None:
    build_articles(STORIES, tmp_path / "graph", setting(), Reader())
    with OxigraphStore.open(tmp_path / "graph") as store:
        first, copy, undated, _ = (text.hash for text in STORIES)
        assert origins(store) == dict(sorted({copy: first, undated: first}.items()))
        agreement = Sources.of(store).agreement(store.claims())
    assert agreement.origins == 2
    assert agreement.voices == ((Voice.OUTLET, 4),)


def test_an_article_that_changes_is_no_copy_any_more(tmp_path: Path) -> None:
    build_articles(STORIES, tmp_path / "graph", setting(), Reader())
    changed = article("copy", "Amazon investorOf OpenAI.", date="2025-03-02", source="Daily")
    build_articles([changed], tmp_path / "graph", setting(), Reader())
    with OxigraphStore.open(tmp_path / "graph") as store:
        assert list(origins(store)) == [STORIES[2].hash]
        assert Sources.of(store).agreement(store.claims()).origins == 3
