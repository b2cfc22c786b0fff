"""Candidates of sentences as arrays, and what becomes of them with probabilities given by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hand_trees import Hand, cases
from test_confidence import constant

from kg.confidence import scored
from kg.errors import LanguageError
from kg.pair_features import PAIR_FEATURES, SentencePairs, sentence_pairs, word_features
from kg.pair_scorer import Floats, Judged, PairScorer, load_pair_scorer
from kg.pipelines import parse_text, weights_folder

CASES = cases()
IDS = [f"{case['lang']} {case['construction']}" for case in CASES]


class Constant(PairScorer):
    """A scorer that gives every candidate the same probability."""

    def __init__(self, hand: Hand, probability: float) -> None:
        relations = tuple(sorted(hand.matcher.ontology.relations))
        super().__init__(None, relations, 0, "")  # type: ignore[arg-type]
        object.__setattr__(self, "always", probability)

    def probabilities(self, pairs: SentencePairs, vectors: Floats) -> Floats:
        return np.full(len(pairs.rows), self.always, np.float32)  # type: ignore[attr-defined]


def found(hand: Hand) -> list[SentencePairs]:
    return list(sentence_pairs(hand.matcher, sorted(hand.matcher.ontology.relations)))


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_candidate_fits_its_relation_and_its_sentence(case: dict[str, Any]) -> None:
    hand = Hand(case)
    for pairs in found(hand):
        for pair in map(pairs.pair, range(len(pairs.rows))):
            names = hand.matcher.names
            assert names.stands(pair.subject.found, pair.relation.domain)
            assert names.stands(pair.object.found, pair.relation.range)
            assert pair.subject.iri != pair.object.iri
            assert pair.trigger.frame.relation == pair.relation.name
            places = (pair.trigger.token, pair.subject.token, pair.object.token)
            assert all(pairs.start <= i < pairs.end for i in places)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_arrays_have_a_row_a_word_and_a_candidate(case: dict[str, Any]) -> None:
    hand = Hand(case)
    for pairs in found(hand):
        size = pairs.end - pairs.start
        relations = len(hand.matcher.ontology.relations)
        assert pairs.words.shape == (size, word_features(relations))
        assert pairs.features.shape == (len(pairs.rows), PAIR_FEATURES)
        assert pairs.places.shape == (len(pairs.rows), 7)
        assert pairs.places[:, :5].max() < size
        assert set(pairs.places[:, 6]) == set(range(len(pairs.triples)))
        heads = hand.tree.head[pairs.start : pairs.end]
        for i, head in enumerate(heads):
            k = head - pairs.start
            if k != i and 0 <= k < size:
                assert (pairs.links[i, k], pairs.links[k, i]) == (1, 2)
        assert (np.diag(pairs.links) == 5).all()


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_trees_and_network_decide_together(case: dict[str, Any]) -> None:
    """Both sure: all candidates are matches; both unsure: what no trigger carries stays as it was."""
    hand = Hand(case)
    plain = list(hand.matcher.matches())
    triples = {triple for pairs in found(hand) for triple in pairs.triples}
    sure = list(scored(hand.matcher, "", constant(2.0), Constant(hand, 0.9)))
    assert len(sure) >= len(plain)
    stated = {
        (m.subject.mention.entity.iri, m.relation, m.object.mention.entity.iri)
        for m in sure
        if m.subject.mention.entity and m.object.mention.entity
    }
    for one, relation, other in triples - stated - {(c, b, a) for a, b, c in stated}:
        ends = {(m.subject.mention.entity, m.object.mention.entity) for m in plain if m.frame}
        iris = {entity.iri for pair in ends for entity in pair if entity is not None}
        assert {one, other} & iris, f"{one} {relation} {other} has no rival and was left out"
    added = [m for m in sure if "network" in " ".join(m.why)]
    assert all(m.confidence >= 0.75 for m in added)
    unsure = list(scored(hand.matcher, "", constant(-9.0), Constant(hand, 0.001)))
    assert all(m in plain for m in unsure)
    torn = list(scored(hand.matcher, "", constant(9.0), Constant(hand, 0.001)))
    assert not [m for m in torn if "network" in " ".join(m.why)]


def test_a_frames_argument_leaves_no_room_for_another_but_for_what_is_listed_with_it() -> None:
    """One trigger has one object, or those that are listed: "funds Beta", "funds Beta and Gama"."""
    for case in CASES:
        hand = Hand(case)
        for pairs in found(hand):
            for number in range(len(pairs.rows)):
                seen = Judged(pairs, number, 0.9)
                one, relation, other = seen.pair.subject, seen.pair.relation.name, seen.pair.object
                assert not seen.rivals((one.iri, relation, other.iri))
                assert not seen.rivals(("x", relation, "y"))
                assert seen.rivals((one.iri, relation, "y"))
                assert seen.rivals(("x", relation, other.iri))
                for beside in pairs.beside(other):
                    assert not seen.rivals((one.iri, relation, beside))


def test_the_network_that_comes_with_the_program_reads_its_pipelines_vectors() -> None:
    scorer = load_pair_scorer(weights_folder("en"))
    assert scorer is not None
    doc = parse_text("Orvanta sells its chips to Nordhem.", "en")
    assert doc.tensor.shape == (len(doc), scorer.width)
    assert np.abs(doc.tensor).max() > 0


def test_without_weights_there_is_no_network(tmp_path: Path) -> None:
    assert load_pair_scorer(tmp_path) is None


@pytest.mark.parametrize("text", [None, "", "{}", json.dumps({"relations": 1, "width": "x"})])
def test_a_network_without_description_is_refused(tmp_path: Path, text: str | None) -> None:
    (tmp_path / "pairs.onnx").write_bytes(b"")
    if text is not None:
        (tmp_path / "pairs.json").write_text(text)
    with pytest.raises(LanguageError, match=r"pairs\.json: does not describe"):
        load_pair_scorer(tmp_path)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_pair_and_its_reverse_are_not_both_added(case: dict[str, Any]) -> None:
    hand = Hand(case)
    matches = list(scored(hand.matcher, "", constant(0.9), Constant(hand, 0.9)))
    directed = {
        (match.trigger, match.triple)
        for match in matches
        if not hand.matcher.ontology.properties[match.relation].symmetric
    }
    assert not any(
        (trigger, (other, relation, one)) in directed
        for trigger, (one, relation, other) in directed
    )
