"""How sure matches are; the trees that score them, against plain recursion."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hand_trees import Hand, cases
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.boosted_trees import BoostedTrees, read_trees
from kg.confidence import candidates, load_scorer, scored
from kg.errors import InputError

NAMES = ("a", "b", "c")
CASES = cases()


def constant(margin: float) -> BoostedTrees:
    """A scorer that gives every example the same margin."""
    zero = np.zeros((1, 1), dtype=np.int32)
    value = np.array([[margin]], dtype=np.float32)
    return BoostedTrees(("a",), zero, value * 0, zero, zero, value)


@st.composite
def nested(draw: st.DrawFn, depth: int = 3) -> Any:
    """A tree as (feature, threshold, left, right) or a leaf's value."""
    if depth == 0 or draw(st.booleans()):
        return draw(st.integers(-8, 8)) / 8
    feature = draw(st.integers(0, len(NAMES) - 1))
    return feature, draw(st.integers(-4, 4)), draw(nested(depth - 1)), draw(nested(depth - 1))


def flat(tree: Any) -> dict[str, Any]:
    out: dict[str, Any] = {k: [] for k in ("feature", "threshold", "left", "right", "value")}

    def add(node: Any) -> int:
        at = len(out["value"])
        leaf = not isinstance(node, tuple)
        out["feature"].append(0 if leaf else node[0])
        out["threshold"].append(0 if leaf else node[1])
        out["value"].append(node if leaf else 0)
        out["left"].append(at)
        out["right"].append(at)
        if not leaf:
            out["left"][at], out["right"][at] = add(node[2]), add(node[3])
        return at

    add(tree)
    return out


def value(tree: Any, example: dict[str, float]) -> float:
    if not isinstance(tree, tuple):
        return float(tree)
    feature, threshold, left, right = tree
    return value(left if example.get(NAMES[feature], 0) <= threshold else right, example)


@settings(deadline=None)
@given(
    st.lists(nested(), min_size=1, max_size=4),
    st.lists(st.dictionaries(st.sampled_from([*NAMES, "unknown"]), st.integers(-5, 5)), max_size=5),
)
def test_trees_give_what_recursion_gives(
    tmp_path_factory: pytest.TempPathFactory, trees: list[Any], examples: list[dict[str, float]]
) -> None:
    path = tmp_path_factory.mktemp("trees") / "trees.json"
    data = {"names": NAMES, "trees": [flat(tree) for tree in trees]}
    path.write_text(json.dumps(data))
    expected = [1 / (1 + np.exp(-sum(value(tree, e) for tree in trees))) for e in examples]
    assert read_trees(path).probabilities(examples) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "{}", '{"trees": [], "names": []}'])
def test_a_file_that_is_no_trees_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "arguments.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"arguments\.json: no trees"):
        read_trees(path)


@pytest.mark.parametrize("case", CASES, ids=[f"{c['lang']} {c['construction']}" for c in CASES])
def test_a_candidate_is_half_found_and_fits(case: dict[str, Any]) -> None:
    hand = Hand(case)
    for candidate in candidates(hand.matcher, ""):
        view, anchors = candidate.view, candidate.view.anchors.all
        one, other = anchors[candidate.subject], anchors[candidate.object]
        assert one.iri in view.hits["subject"] or other.iri in view.hits["object"]
        assert view.matcher.names.stands(one.found, view.relation.domain)
        assert view.matcher.names.stands(other.found, view.relation.range)
        assert hand.tree.sentence[one.token] == hand.tree.sentence[view.i]
        assert one.iri != other.iri


@pytest.mark.parametrize("case", CASES, ids=[f"{c['lang']} {c['construction']}" for c in CASES])
def test_matches_take_the_scorers_probability(case: dict[str, Any]) -> None:
    """Sure ones stay; unsure ones go, but for those that no path leads to."""
    matcher = Hand(case).matcher
    alone = list(matcher.matches())
    kept = [m for m in alone if m.frame is None or "by order" in " ".join(m.why)]
    sure = list(scored(matcher, "", constant(9.0)))
    assert [replace(m, confidence=0) for m in sure] == [replace(m, confidence=0) for m in alone]
    assert all(
        m.confidence > 0.99
        for m in sure
        if replace(m, confidence=0) not in [replace(k, confidence=0) for k in kept]
    )
    unsure = list(scored(matcher, "", constant(-9.0)))
    assert all(m in kept for m in unsure)


def test_half_found_pairs_exist_among_the_hand_written_trees() -> None:
    found = [c.matched for case in CASES for c in candidates(Hand(case).matcher, "")]
    assert True in found
    assert False in found


def test_the_scorer_that_comes_with_the_program_knows_no_words() -> None:
    """Its features are of syntax, kinds and relations: none names a lemma or an entity."""
    scorer = load_scorer()
    values = {name.partition("=")[2] for name in scorer.names if "=" in name}
    hand = [Hand(case) for case in CASES]
    lemmas = {lemma for h in hand for lemma in h.tree.lemma if len(lemma) > 3}
    assert not lemmas & values - {"self"}
