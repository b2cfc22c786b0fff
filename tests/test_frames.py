"""Syntax, frames, status and claims on trees written by hand: no pipeline, a small ontology."""

from __future__ import annotations

from typing import Any

import pytest
from hand_trees import Hand, cases, line

from kg.evaluation import is_grounded

CASES = cases()
NAMES = [f"{case['lang']} {case['construction']}" for case in CASES]
QUESTIONS = ("subjects", "objects", "genitives", "bearers")


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_claims(case: dict[str, Any]) -> None:
    claims = Hand(case).claims()
    assert sorted(map(line, claims)) == sorted(case["claims"])


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_claims_are_grounded(case: dict[str, Any]) -> None:
    hand = Hand(case)
    assert all(is_grounded(claim, hand.doc.text) for claim in hand.claims())


@pytest.mark.parametrize("question", QUESTIONS)
def test_syntax(question: str) -> None:
    """The first names that the tree gives; what stands behind them is less likely."""
    asked = [case for case in CASES if question in case]
    assert asked
    for case in asked:
        hand = Hand(case)
        for form, expected in case[question].items():
            found = hand.names(getattr(hand.tree, question)(hand.index(form)))
            assert found[: len(expected) or None] == expected, (case["construction"], form)


@pytest.mark.parametrize(
    "case", [c for c in CASES if "support" in c], ids=lambda c: c["construction"]
)
def test_one_claim_a_triple_supported_by_the_other_passages(case: dict[str, Any]) -> None:
    (claim,) = Hand(case).claims()
    assert len(claim.support) == case["support"]
    assert claim.evidence not in claim.support


def test_word_order_counts_less_than_the_tree() -> None:
    by_tree = Hand(next(c for c in CASES if c["construction"] == "active")).claims()
    by_order = [Hand(c).claims() for c in CASES if c.get("by_order")]
    assert by_order
    for (claim,) in by_order:
        assert claim.confidence < by_tree[0].confidence
        assert any("by order" in why for why in claim.explanation)


def test_every_status_is_explained_by_its_cue() -> None:
    for case in CASES:
        for claim in Hand(case).claims():
            cues = [why for why in claim.explanation if why.startswith("status: ")]
            assert bool(cues) == (claim.status != "confirmed"), case["construction"]
