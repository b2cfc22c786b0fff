"""Claims against gold: matching, figures, calibration, on values small enough to check by hand."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import InputError
from kg.evaluation import Accuracy, Score, evaluate, is_grounded
from kg.gold import GoldArticle, GoldClaim, read_gold
from kg.model import Argument, Article, Claim, Entity, Qualifiers, Quote, Status
from kg.ontology import load_ontology

ONTOLOGY = load_ontology()
DIRECTED = next(name for name, r in ONTOLOGY.relations.items() if not r.symmetric)
SYMMETRIC = next(name for name, r in ONTOLOGY.relations.items() if r.symmetric)
TEXT = "Alfa buys a fifth of Beta for two dollars."
ARTICLE = Article("one", "en", "", TEXT)


def quote(words: str) -> Quote:
    start = TEXT.index(words)
    return Quote(start, start + len(words), words)


def claim(
    subject: str,
    relation: str,
    other: str,
    status: Status = Status.CONFIRMED,
    qualifiers: Qualifiers = Qualifiers(),  # noqa: B008 - frozen
    confidence: float = 0.9,
) -> Claim:
    return Claim(
        article="one",
        subject=Argument(Entity(f"iri:{subject}", subject), quote("Alfa")),
        relation=relation,
        object=Argument(Entity(f"iri:{other}", other), quote("Beta")),
        status=status,
        evidence=quote(TEXT),
        trigger=quote("buys"),
        qualifiers=qualifiers,
        confidence=confidence,
    )


def gold(path: Path, *claims: dict[str, Any]) -> list[GoldArticle]:
    line = {"id": "one", "lang": "en", "text": TEXT, "claims": claims}
    path.write_text(json.dumps(line) + "\n\n", "utf8")
    return list(read_gold(path))


def said(subject: str, relation: str, other: str, **more: Any) -> dict[str, Any]:
    required = {"subject": subject, "relation": relation, "object": other}
    return {**required, "status": "confirmed", **more}


CASES: list[tuple[str, list[Claim], list[dict[str, Any]], tuple[int, int, int]]] = [
    ("same", [claim("Alfa", DIRECTED, "Beta")], [said("Alfa", DIRECTED, "Beta")], (1, 0, 0)),
    ("folded", [claim("ÁLFA", DIRECTED, "be-ta")], [said("alfa", DIRECTED, "Be ta")], (1, 0, 0)),
    ("turned", [claim("Beta", DIRECTED, "Alfa")], [said("Alfa", DIRECTED, "Beta")], (0, 1, 1)),
    ("symmetric", [claim("Beta", SYMMETRIC, "Alfa")], [said("Alfa", SYMMETRIC, "Beta")], (1, 0, 0)),
    ("relation", [claim("Alfa", SYMMETRIC, "Beta")], [said("Alfa", DIRECTED, "Beta")], (0, 1, 1)),
    (
        "other name",
        [claim("Gama", DIRECTED, "Beta")],
        [said("Alfa", DIRECTED, "Beta", subject_alt=["Gama"])],
        (1, 0, 0),
    ),
    (
        "once each",
        [claim("Alfa", DIRECTED, "Beta"), claim("Gama", DIRECTED, "Beta")],
        [said("Alfa", DIRECTED, "Beta", subject_alt=["Gama"])],
        (1, 1, 0),
    ),
    (
        "as many as possible",
        [claim("Alfa", DIRECTED, "Beta"), claim("Gama", DIRECTED, "Beta")],
        [
            said("Delta", DIRECTED, "Beta", subject_alt=["Alfa", "Gama"]),
            said("Epsilon", DIRECTED, "Beta", subject_alt=["Alfa"]),
        ],
        (2, 0, 0),
    ),
    ("nothing found", [], [said("Alfa", DIRECTED, "Beta")], (0, 0, 1)),
    ("nothing to find", [claim("Alfa", DIRECTED, "Beta")], [], (0, 1, 0)),
]


@pytest.mark.parametrize(("found", "annotated", "expected"), [case[1:] for case in CASES])
def test_matching(
    tmp_path: Path,
    found: list[Claim],
    annotated: list[dict[str, Any]],
    expected: tuple[int, int, int],
) -> None:
    result = evaluate(gold(tmp_path / "gold.jsonl", *annotated), {"one": found}, ONTOLOGY)
    assert result.overall == Score(*expected)
    for scores in (result.by_relation, result.by_language, result.by_status):
        parts = [(s.right, s.spurious, s.missed) for s in scores.values()]
        assert tuple(map(sum, zip(*parts, strict=True))) == expected


def test_scores_by_hand() -> None:
    score = Score(right=6, spurious=2, missed=4)
    assert (score.precision, score.recall) == (0.75, 0.6)
    assert score.f1 == pytest.approx(2 * 0.75 * 0.6 / (0.75 + 0.6))
    assert Score(0, 3, 0).precision == 0.0
    assert Score().f1 == 1.0


def test_figures_are_judged_on_the_matches_that_have_them(tmp_path: Path) -> None:
    annotated = gold(
        tmp_path / "gold.jsonl",
        said("Alfa", DIRECTED, "Beta", amount=2, currency="USD", percent=20),
        said("Gama", DIRECTED, "Beta", amount=5, currency="EUR"),
        said("Delta", DIRECTED, "Beta", status="denied"),
        said("Zeta", DIRECTED, "Beta", amount=7),
    )
    found = [
        claim("Alfa", DIRECTED, "Beta", qualifiers=Qualifiers(2.0, "USD", 21.0)),
        claim("Gama", DIRECTED, "Beta", qualifiers=Qualifiers(5.0, "USD")),
        claim("Delta", DIRECTED, "Beta", qualifiers=Qualifiers(1.0, "USD")),
    ]
    result = evaluate(annotated, {"one": found}, ONTOLOGY)
    assert result.status == Accuracy(2, 3)
    assert result.amount == Accuracy(1, 2)
    assert result.percent == Accuracy(0, 1)
    assert result.unasked_figures == 1
    assert result.grounded == Accuracy(3, 3)


def test_reliability_by_hand(tmp_path: Path) -> None:
    annotated = gold(tmp_path / "gold.jsonl", said("Alfa", DIRECTED, "Beta"))
    found = [
        claim("Alfa", DIRECTED, "Beta", confidence=0.85),
        claim("Gama", DIRECTED, "Beta", confidence=0.81),
        claim("Delta", DIRECTED, "Beta", confidence=1.0),
    ]
    result = evaluate(annotated, {"one": found}, ONTOLOGY)
    bins = [(b.low, b.high, b.claims, b.right) for b in result.reliability]
    assert bins == [(0.8, 0.9, 2, 1), (0.9, 1.0, 1, 0)]
    assert result.reliability[0].mean == pytest.approx(0.83)
    expected = (2 * abs(0.83 - 0.5) + 1 * abs(1.0 - 0.0)) / 3
    assert result.calibration_error == pytest.approx(expected)


def test_what_does_not_stand_in_the_text_is_not_grounded() -> None:
    good = claim("Alfa", DIRECTED, "Beta")
    assert is_grounded(good, TEXT)
    assert not is_grounded(good, TEXT.replace("buys", "sold"))
    assert not is_grounded(good, TEXT[:20])
    assert not is_grounded(good, "\n" + TEXT)


@given(st.permutations(range(5)), st.permutations(range(5)))
def test_order_does_not_change_the_counts(order: list[int], other: list[int]) -> None:
    names = ["Alfa", "Beta", "Gama", "Delta", "Zeta"]
    found = [claim(names[i], DIRECTED, names[(i + 1) % 5]) for i in range(5)]
    annotated = tuple(
        GoldClaim(
            subject=names[i],
            relation=DIRECTED,
            object=names[(i + 1) % 5],
            status=Status.CONFIRMED,
            subjects=(names[i].lower(), names[(i + 2) % 5].lower()),
            objects=(names[(i + 1) % 5].lower(), names[(i + 3) % 5].lower()),
        )
        for i in (0, 1, 3)
    )
    shuffled = tuple(annotated[i] for i in other if i < 3)
    result = evaluate(
        [GoldArticle(ARTICLE, shuffled)], {"one": [found[i] for i in order]}, ONTOLOGY
    )
    assert result.overall == Score(3, 2, 0)


@given(st.sets(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=12))
def test_matching_is_as_large_as_brute_force_finds(allowed: set[tuple[int, int]]) -> None:
    """Claim *i* may match gold *j* where (i, j) is allowed: tried against all assignments."""
    found = [claim(f"c{i}", DIRECTED, "Beta") for i in range(4)]
    annotated = tuple(
        GoldClaim(
            subject=f"g{j}",
            relation=DIRECTED,
            object="Beta",
            status=Status.CONFIRMED,
            subjects=(f"g{j}", *(f"c{i}" for i in range(4) if (i, j) in allowed)),
            objects=("beta",),
        )
        for j in range(4)
    )
    best = max(
        sum((i, j) in allowed for i, j in enumerate(order))
        for order in itertools.permutations(range(4))
    )
    result = evaluate([GoldArticle(ARTICLE, annotated)], {"one": found}, ONTOLOGY)
    assert result.overall.right == best


BAD_GOLD = {
    "not json": ("{", "no annotated article"),
    "no claims": ('{"id": "1", "lang": "en", "text": "x"}', "'claims' is missing"),
    "no text": ('{"id": "1", "lang": "en", "claims": []}', "'text' is missing"),
    "a list": ("[]", "no annotated article"),
    "status": (
        '{"id": "1", "lang": "en", "text": "x", "claims": '
        '[{"subject": "a", "relation": "r", "object": "b", "status": "maybe"}]}',
        "'maybe' is not a valid Status",
    ),
}


@pytest.mark.parametrize(("line", "message"), BAD_GOLD.values(), ids=BAD_GOLD)
def test_bad_gold_names_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "gold.jsonl"
    good = json.dumps({"id": "0", "lang": "en", "text": TEXT, "claims": []})
    path.write_text(f"{good}\n{line}\n", "utf8")
    with pytest.raises(InputError, match=message) as caught:
        list(read_gold(path))
    assert str(caught.value).startswith(f"{path}:2: ")
    assert "\n" not in str(caught.value)


def test_gold_of_files_is_read_with_the_given_reader(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text('{"id": "mine", "lang": "en", "file": "a.txt", "claims": []}', "utf8")
    [item] = read_gold(path, lambda name: Article("other", "pt", name.name, TEXT))
    assert (item.article.id, item.article.lang, item.article.title) == ("mine", "en", "a.txt")
