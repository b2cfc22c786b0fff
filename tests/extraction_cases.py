"""Sentences with their claims (``tests/cases/{pt,en}-*.jsonl``), each read as an article of its own.

    python tests/extraction_cases.py > tests/cases/floors.toml

writes what extraction reaches now, less one claim a figure: floors that a change may not go below.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from kg.catalogue import Catalogue, load_catalogue
from kg.evaluation import Evaluation, Score, evaluate
from kg.extraction import Extractor
from kg.gold import GoldArticle, read_gold
from kg.model import Claim
from kg.ontology import Ontology, load_ontology
from kg.streaming import stream_claims

CASES = Path(__file__).parent / "cases"
FLOORS = CASES / "floors.toml"
LANGUAGES = ("en", "pt")
FILES = tuple(path for lang in LANGUAGES for path in sorted(CASES.glob(f"{lang}-*.jsonl")))


def records(path: Path) -> Iterator[dict[str, object]]:
    """The lines of one file, each with an ``id`` that names file and line."""
    for number, line in enumerate(path.read_text("utf8").splitlines(), 1):
        yield {"id": f"{path.stem}:{number}", **json.loads(line)}


def gold(lang: str, folder: Path) -> dict[str, tuple[GoldArticle, ...]]:
    """File name without ending → annotated sentences, of one language."""
    found = {}
    for path in FILES:
        if path.name.startswith(f"{lang}-"):
            numbered = folder / path.name
            lines = (json.dumps(record, ensure_ascii=False) for record in records(path))
            numbered.write_text("\n".join(lines), "utf8")
            found[path.stem] = tuple(read_gold(numbered))
    return found


@cache
def knowledge() -> tuple[Ontology, Catalogue, Extractor]:
    """What comes with the program, and its extractor."""
    ontology = load_ontology()
    catalogue = load_catalogue(ontology=ontology)
    return ontology, catalogue, Extractor(ontology, catalogue)


def extracted(items: Iterable[GoldArticle]) -> dict[str, tuple[Claim, ...]]:
    """Claims by article, all in one stream, so that sentences are parsed in batches."""
    _, catalogue, extractor = knowledge()
    outcomes = list(stream_claims((item.article for item in items), extractor, catalogue))
    problems = [outcome.problem for outcome in outcomes if outcome.problem]
    if problems:
        raise AssertionError("\n".join(problems))
    return {outcome.article.id: outcome.claims for outcome in outcomes}


def judge(
    items: Iterable[GoldArticle], claims: Mapping[str, tuple[Claim, ...]]
) -> tuple[Evaluation, tuple[Claim, ...]]:
    """The evaluation, and the claims found in sentences that make none."""
    items = tuple(items)
    silent = [claim for item in items if not item.claims for claim in claims[item.article.id]]
    return evaluate(items, claims, knowledge()[0]), tuple(silent)


def describe(evaluation: Evaluation) -> str:
    """Every miss and every spurious claim, a line each."""
    missed = (
        f"missed   {m.article}: {m.gold.subject} {m.gold.relation} {m.gold.object}"
        for m in evaluation.missed
    )
    spurious = (
        f"spurious {c.article}: {c.subject.entity.name} {c.relation} {c.object.entity.name}"
        for c in evaluation.spurious
    )
    return "\n".join([*missed, *spurious])


def _floors(score: Score, silent: int) -> str:
    """One claim less than is found, one more that is wrong: the least that a file must reach."""
    least = Score(max(score.right - 1, 0), score.spurious + bool(score.right), score.missed + 1)
    precision, recall = (int(share * 100) / 100 for share in (least.precision, least.recall))
    return f"precision = {precision:.2f}\nrecall = {recall:.2f}\nspurious_in_silence = {silent}\n"


def _main() -> None:
    import tempfile

    print(
        "# Written by `python tests/extraction_cases.py`: what is reached, less one claim a figure."
    )
    print("# `spurious_in_silence` counts claims in sentences that make none: the exact allowance.")
    for lang in LANGUAGES:
        with tempfile.TemporaryDirectory() as folder:
            files = gold(lang, Path(folder))
        claims = extracted(item for items in files.values() for item in items)
        for name, items in files.items():
            evaluation, silent = judge(items, claims)
            print(f"\n[{name}]\n{_floors(evaluation.overall, len(silent))}", end="")


if __name__ == "__main__":
    _main()
