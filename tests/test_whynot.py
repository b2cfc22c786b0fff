"""``kg why-not``: each stage at which a pair can get lost is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from extraction_cases import knowledge

from kg.cli import main
from kg.model import Article
from kg.pipelines import languages
from kg.whynot import Stage, why_not

pytestmark = pytest.mark.skipif(
    not {"pt", "en"} <= set(languages()), reason="no language pipelines installed"
)

CASES = [
    ("en", "Microsoft bought GitHub.", "Microsoft", "GitHub", Stage.CLAIMED, "acquirerOf"),
    ("en", "Microsoft bought GitHub.", "GitHub", "Microsoft", Stage.CLAIMED, "acquirerOf"),
    ("pt", "A Microsoft comprou a GitHub.", "Microsoft", "GitHub", Stage.CLAIMED, "acquirerOf"),
    ("en", "Microsoft bought GitHub.", "Microsoft", "Intel", Stage.NAME, "does not stand"),
    ("en", "Bad weather hit Paris and Microsoft.", "Paris", "Microsoft", Stage.NAME, "'Paris'"),
    ("en", "Intel cut jobs. Nokia hired.", "Intel", "Nokia", Stage.SENTENCE, "1 sentences apart"),
    ("en", "Intel met Nokia.", "Intel", "Nokia", Stage.TRIGGER, "no word of the lexicon"),
    ("en", "ChatGPT sued GitHub.", "ChatGPT", "GitHub", Stage.KIND, "'ChatGPT' is"),
    ("en", "Intel bought GitHub, said Nokia.", "Nokia", "Intel", Stage.PATH, "'GitHub'"),
]  # fmt: skip


@pytest.mark.parametrize(("lang", "text", "subject", "other", "stage", "detail"), CASES)
def test_stage(lang: str, text: str, subject: str, other: str, stage: Stage, detail: str) -> None:
    found = why_not(knowledge()[2], Article("one", lang, "", text), subject, other)
    assert stage in {finding.stage for finding in found}, found
    assert any(detail in finding.detail for finding in found), found
    assert all(finding.sentence in text or " … " in finding.sentence for finding in found)


def test_what_is_below_the_confidence_asked_for_is_said_so() -> None:
    article = Article("one", "en", "", "Microsoft bought GitHub.")
    (found,) = why_not(knowledge()[2], article, "Microsoft", "GitHub", min_confidence=1.0)
    assert found.stage is Stage.CONFIDENCE


def test_every_pair_without_a_claim_gets_an_answer() -> None:
    """Whatever two names of a text are asked about, something is said."""
    text = (
        "Amazon, which runs AWS, is in talks to invest in OpenAI. The maker of ChatGPT rents "
        "servers from Oracle. Nvidia supplies both. Analysts at Gartner doubt it."
    )
    names = ("Amazon", "AWS", "OpenAI", "ChatGPT", "Oracle", "Nvidia", "Gartner")
    for one in names:
        for other in set(names) - {one}:
            assert why_not(knowledge()[2], Article("one", "en", "", text), one, other)


def _run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["why-not", *arguments])
    return result.exit_code, result.output


def test_command(tmp_path: Path) -> None:
    path = tmp_path / "two.jsonl"
    texts = ("Microsoft bought GitHub.", "Intel met Nokia.")
    lines = ({"id": f"n{n}", "lang": "en", "text": text} for n, text in enumerate(texts))
    path.write_text("\n".join(map(json.dumps, lines)), "utf8")
    code, output = _run(str(path), "Microsoft", "GitHub", "--id", "n0")
    assert code == 0
    assert "acquirerOf" in output
    code, output = _run(str(path), "Intel", "Nokia", "--id", "n1")
    assert code == 1
    assert Stage.TRIGGER in output
    code, output = _run(str(path), "Intel", "Nokia")
    assert code == 2
    assert "--id: n0, n1" in output
