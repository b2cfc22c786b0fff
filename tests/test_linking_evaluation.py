"""``kg eval --linking``: what counts as right, doubled and merged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kg.catalogue import load_catalogue
from kg.cli import main
from kg.errors import InputError
from kg.linking_evaluation import evaluate_linking
from kg.ontology import load_ontology

CASES = Path(__file__).parent / "cases" / "linking.jsonl"
CATALOGUE = load_catalogue(ontology=load_ontology())


def gold(*names: str, **other: str) -> dict[str, Any]:
    return {"claims": [{"subject": name, "object": "Tolvera", **other} for name in names]}


@pytest.mark.parametrize(
    ("lines", "mentions", "extra", "merged", "wrong"),
    [
        ([{"kind": "k", "name": "AWS", "entity": "Amazon Web Services"}], 1, 0, 0, 0),
        ([{"kind": "k", "name": "AWS", "entity": "Amazon"}], 1, 0, 1, 1),
        ([{"kind": "k", "name": "Zentra", "entity": "Nvidia"}], 1, 1, 0, 1),
        ([{"kind": "k", "name": "Nvidia", "entity": None}], 1, 0, 1, 1),
        ([{"kind": "k", "names": [["Kali", 1], ["Zen", 1]], "groups": [["Kali", "Zen"]]}], 2, 1, 0, 1),
        ([{"kind": "k", "names": [["Zen", 1], ["ZEN", 1]], "groups": [["Zen"], ["ZEN"]]}], 2, 0, 2, 2),
        ([gold("Nvidia"), gold("NVIDIA")], 4, 0, 0, 0),
        ([gold("Nvidia", "Nvidia Corp")], 3, 0, 2, 2),
        ([gold("Nvidia", "Nvidia Corp", subject_alt="Nvidia")], 3, 0, 0, 0),
    ],
)  # fmt: skip
def test_what_counts(
    tmp_path: Path, lines: list[dict[str, Any]], mentions: int, extra: int, merged: int, wrong: int
) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), "utf8")
    score = evaluate_linking(path, CATALOGUE)
    assert (score.mentions, score.extra, score.merged) == (mentions, extra, merged)
    assert len(score.wrong) == wrong
    assert score.accuracy == 1 - wrong / mentions


@pytest.mark.parametrize("text", ["{", "[]", '{"id": 1}', '{"kind": "k", "name": 1, "entity": 2}'])
def test_what_is_no_case_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text(text, "utf8")
    with pytest.raises(InputError, match=r"lines\.jsonl") as caught:
        evaluate_linking(path, CATALOGUE)
    assert "\n" not in str(caught.value)


def test_own_cases_reach_what_is_asked() -> None:
    words = ["eval", "--linking", str(CASES), "--format", "json", "--errors"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    (row,) = json.loads(result.stdout)
    assert row["accuracy"] >= 0.95
    assert row["doubled"] <= 0.02
    assert row["wrong_merges"] <= 0.005
    assert len(row["wrong"]) == round((1 - row["accuracy"]) * row["mentions"])
