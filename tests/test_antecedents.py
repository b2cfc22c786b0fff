"""The choice of antecedents: what is compared, what is chosen, when nobody is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from discourse_cases import background, read

from kg.antecedent_features import Anaphor, AnaphorKind, Features, candidate_features
from kg.antecedent_scorer import AntecedentScorer, Places, load_antecedent_scorer, vectors
from kg.antecedents import LEAST, LEAST_OF_NETWORK, Ranker, load_ranker
from kg.boosted_trees import BoostedTrees
from kg.discourse import Discourse
from kg.errors import LanguageError
from kg.pipelines import parse_text, weights_folder
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


@dataclass
class Told:
    """In the place of a network: says what it is told to, keeps what it is given."""

    scores: Sequence[float]
    given: dict[str, np.ndarray] = field(default_factory=dict)

    def run(self, _: None, given: dict[str, np.ndarray]) -> list[np.ndarray]:
        self.given = given
        return [np.array(self.scores, dtype=np.float32)]


def told(two: tuple[Anaphor, list[Referent], Referents], scores: Sequence[float]) -> Told:
    """A network that is asked about *two*, whose words have their numbers as vectors."""
    words = len(two[2].tree.text)
    two[2].tree.doc.tensor = np.arange(words, dtype=np.float32)[:, None].repeat(2, 1)
    return Told(scores)


def ranked(session: Told) -> Ranker:
    scorer = AntecedentScorer(session, ("by recency", "salience"), 2, "0")  # type: ignore[arg-type]
    return Ranker(stump("by recency", -3, 3), LEAST_OF_NETWORK, scorer)


def test_a_network_is_asked_instead_of_the_trees(
    two: tuple[Anaphor, list[Referent], Referents],
) -> None:
    anaphor, candidates, referents = two
    session = told(two, [0.9, 0.05])
    found = ranked(session).choose(anaphor, candidates, referents)
    assert found == (candidates[0], 0.9)
    rows = candidate_features(anaphor, candidates, referents)
    wanted = [[row["by recency"], row["salience"]] for row in rows]
    assert session.given["features"] == pytest.approx(np.array(wanted))


def test_the_network_sees_the_words_of_anaphor_and_candidates(
    two: tuple[Anaphor, list[Referent], Referents],
) -> None:
    anaphor, candidates, referents = two
    session = told(two, [0.9, 0.05])
    ranked(session).choose(anaphor, candidates, referents)
    tree = referents.tree
    assert session.given["anaphor"][:, 0].tolist() == [
        anaphor.i,
        anaphor.i,
        tree.text.index("fell"),
    ]
    assert session.given["candidates"].shape == (2, 2, 2)
    for both, referent in zip(session.given["candidates"], candidates, strict=True):
        assert both[0, 0] == referent.tokens[-1]
        assert both[1, 0] == np.mean(referent.tokens)


def test_a_candidate_s_recent_mentions_are_averaged() -> None:
    words = np.arange(12, dtype=np.float16)[:, None]
    own, others = vectors(Places((3, 4, 5), ((0, 1, 8), (2,))), words)
    assert own[:, 0].tolist() == [3, 4, 5]
    assert others[:, :, 0].tolist() == [[8, 3], [2, 2]]


@pytest.mark.parametrize("scores", [[0.3, 0.3], [0.1, 0.05], [0.51, 0.49]])
def test_where_the_network_is_unsure_nobody_is_chosen(
    two: tuple[Anaphor, list[Referent], Referents], scores: list[float]
) -> None:
    assert ranked(told(two, scores)).choose(*two) is None


@pytest.mark.parametrize("lang", ["pt", "en"])
def test_the_network_that_comes_with_the_program_reads_its_pipelines_vectors(lang: str) -> None:
    scorer = load_antecedent_scorer(weights_folder(lang))
    assert scorer is not None
    assert parse_text("Orvanta fell.", lang).tensor.shape[-1] == scorer.width


def test_what_the_network_gives_are_shares_of_one(
    two: tuple[Anaphor, list[Referent], Referents],
) -> None:
    anaphor, candidates, referents = two
    scorer = load_antecedent_scorer(weights_folder("en"))
    assert scorer is not None
    words = np.zeros((len(referents.tree.text), scorer.width), dtype=np.float32)
    rows = candidate_features(anaphor, candidates, referents)
    found = scorer.probabilities(Places.of(anaphor, candidates, referents.tree), rows, words)
    assert found.shape == (2,)
    assert (found >= 0).all()
    assert found.sum() <= 1 + 1e-5


def test_without_weights_there_is_no_network(tmp_path: Path) -> None:
    assert load_antecedent_scorer(tmp_path) is None


def test_a_network_without_description_is_refused(tmp_path: Path) -> None:
    (tmp_path / "antecedents.onnx").write_bytes(b"")
    with pytest.raises(LanguageError, match=r"antecedents\.json: does not describe"):
        load_antecedent_scorer(tmp_path)
