"""The baselines: what tutorials find, grounded as ours is; ``kg eval --compare`` sets them beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from extraction_cases import knowledge

from kg.cli import main
from kg.evaluation import is_grounded
from kg.model import Article
from kg.pipelines import languages
from kg.running import load_extractor

pytestmark = pytest.mark.skipif(
    not {"pt", "en"} <= set(languages()), reason="no language pipelines installed"
)
CASES = [
    ("cooccurrence", "Microsoft bought GitHub.", {("Microsoft", "acquirerOf", "GitHub")}),
    ("cooccurrence", "Microsoft met GitHub.", set()),
    ("triples", "Microsoft bought GitHub.", {("Microsoft", "acquirerOf", "GitHub")}),
    ("triples", "Microsoft bought a stake in GitHub.", set()),
    ("triples", "Microsoft met GitHub.", set()),
]


@pytest.mark.parametrize(("name", "text", "expected"), CASES)
def test_baseline(name: str, text: str, expected: set[tuple[str, str, str]]) -> None:
    ontology, catalogue, _ = knowledge()
    ((_, claims),) = load_extractor(name, ontology, catalogue)([Article("one", "en", "", text)])
    found = {(c.subject.entity.name, c.relation, c.object.entity.name) for c in claims}
    assert expected <= found if expected else not found
    assert all(is_grounded(claim, text) for claim in claims)


def test_compare_prints_them_beside_ours(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    claim = {"subject": "Microsoft", "relation": "acquirerOf", "object": "GitHub"}
    claims = [{**claim, "status": "confirmed"}]
    line = {"id": "a", "lang": "en", "text": "GitHub was bought by Microsoft.", "claims": claims}
    path.write_text(json.dumps(line), "utf8")
    names = ["--compare", "cooccurrence", "--compare", "triples"]
    result = CliRunner().invoke(main, ["eval", str(path), *names, "--format", "json"])
    assert result.exit_code == 0, result.output
    record = json.loads(result.output)
    assert record["all"]["f1"] == 1
    assert list(record["compared"]) == ["cooccurrence", "triples"]
    assert all(score["f1"] < 1 for score in record["compared"].values())
    shown = CliRunner().invoke(main, ["eval", str(path), *names]).output
    assert [line.split()[0] for line in shown.splitlines()[-3:]] == ["frames", *names[1::2]]


def test_unknown_name_lists_the_known_ones() -> None:
    path = Path(__file__).parent / "gold" / "articles.jsonl"
    result = CliRunner().invoke(main, ["eval", str(path), "--compare", "magic"])
    assert result.exit_code == 2
