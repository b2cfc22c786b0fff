"""The choice of antecedents: what is compared, what is chosen, when nobody is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from discourse_cases import background, read

from kg.antecedent_features import Anaphor, AnaphorKind, Features, candidate_features
from kg.antecedents import LEAST, Ranker, load_ranker
from kg.boosted_trees import BoostedTrees
from kg.discourse import Discourse
from kg.referents import Referent, Referents


def stump(feature: str, low: float, high: float) -> BoostedTrees:
    """Trees that give margin *low* where *feature* is not above one half, else *high*."""
    index = np.array([[0, 0, 0]], dtype=np.int32)
    return BoostedTrees(
        (feature,), index, np.array([[0.5, 0, 0]], dtype=np.float32),
        np.array([[1, 1, 2]], dtype=np.int32), np.array([[2, 1, 2]], dtype=np.int32),
        np.array([[0, low, high]], dtype=np.float32),
    )  # fmt: skip


@dataclass
class Seen:
    """Chooses nobody and keeps what it is asked."""

    asked: dict[str, dict[str, Features]] = field(default_factory=dict)

    def choose(
        self, anaphor: Anaphor, candidates: Sequence[Referent], referents: Referents
    ) -> tuple[Referent, float] | None:
        rows = candidate_features(anaphor, candidates, referents)
        names = [r.entity.name for r in candidates]
        self.asked[anaphor.why] = dict(zip(names, rows, strict=True))
        return None


def asked(text: str, lang: str) -> dict[str, dict[str, Features]]:
    tree, mentions = read({"text": text, "lang": lang}, resolve=False)
    chooser = Seen()
    ontology, catalogue = background()
    Discourse(tree, mentions, ontology, catalogue, "", chooser).resolve(())
    return chooser.asked


def test_demonym_leads_to_the_country_beside_a_name() -> None:
    found = asked("A Opera, da Noruega, cresceu e a Oracle encolheu. A norueguesa festejou.", "pt")
    rows = found["description 'norueguesa'"]
    assert rows["Opera"]["place about"]
    assert not rows["Oracle"]["place about"]


def test_those_beside_the_anaphor_are_no_candidates() -> None:
    found = asked("Micron spoke to Oracle. Tesla will sell it chips.", "en")
    rows = found["pronoun 'it'"]
    assert set(rows) == {"Micron", "Oracle"}
    assert rows["Micron"]["subject ago"] == 1
    assert rows["Micron"]["by recency"] > rows["Oracle"]["by recency"]


def test_known_kinds_that_do_not_fit_are_no_candidates() -> None:
    found = asked("Micron opened a plant. The bank said nothing.", "en")
    assert not any(rows for why, rows in found.items() if "bank" in why)


@pytest.fixture(scope="module")
def two() -> tuple[Anaphor, list[Referent], Referents]:
    """An anaphor with two candidates, the first of which is the better by recency."""
    ontology, _ = background()
    tree, mentions = read({"text": "Micron spoke to Oracle. It fell.", "lang": "en"}, False)
    referents = Referents(tree, mentions, ontology, "")
    for found in mentions:
        entity = found.mention.entity
        if entity is not None:
            referents.see(entity, found.head, subject=False, named=True)
    anaphor = Anaphor(tree.text.index("It"), AnaphorKind.PRONOUN, tree.text.index("It"), "it")
    return anaphor, referents.ranked(anaphor.i), referents


def test_likeliest_is_chosen_with_its_probability(
    two: tuple[Anaphor, list[Referent], Referents],
) -> None:
    anaphor, candidates, referents = two
    rows = candidate_features(anaphor, candidates, referents)
    later = next(n for n, row in enumerate(rows) if row["by recency"])
    found = Ranker(stump("by recency", -3, 3), LEAST).choose(anaphor, candidates, referents)
    assert found is not None
    assert found[0] is candidates[later]
    assert found[1] == pytest.approx(1 / (1 + np.exp(-3)), abs=1e-3)


def test_nobody_is_chosen_where_nobody_is_likely(
    two: tuple[Anaphor, list[Referent], Referents],
) -> None:
    assert Ranker(stump("by recency", -3, -2), LEAST).choose(*two) is None


def test_of_equals_nobody_is_chosen(two: tuple[Anaphor, list[Referent], Referents]) -> None:
    assert (
        Ranker(stump("no such feature", 3, 3), dict.fromkeys(AnaphorKind, 0.0)).choose(*two) is None
    )


def test_the_trained_ranker_knows_its_features(
    two: tuple[Anaphor, list[Referent], Referents],
) -> None:
    known = set(load_ranker().trees.names)
    rows = candidate_features(*two)
    assert {"salience", "lead", "by recency", "same role"} <= known & set(rows[0])
