"""Fit the trees that say how sure a match is (``kg/confidence.py``).

    python -m training.arguments --gold FILE… --out pipelines/arguments.json

Each FILE holds annotated articles (the format of ``kg eval``, with their text) or case sentences.
Files of the repository itself are always learned from: ``training/claims`` (without those held out),
``tests/gold`` with ``data/articles``, ``tests/cases``. Needs LightGBM, which nothing else does:
``pip install lightgbm==4.6.0``.

A pair of mentions is positive where the article's gold claims relate it and the claim's evidence
overlaps the sentence, negative where they do not; related pairs with their evidence elsewhere are
left out. One passage may have several triggers: after a first fit only the likeliest of a claim's
triggers stays positive (multiple-instance learning; Andrews, Tsochantaridis and Hofmann, NIPS 2002).
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from kg.antecedent_scorer import load_antecedent_scorer  # noqa: E402
from kg.antecedents import Chooser, load_ranker  # noqa: E402
from kg.articles import read_articles  # noqa: E402
from kg.assets import asset  # noqa: E402
from kg.boosted_trees import feature_matrix, read_trees  # noqa: E402
from kg.catalogue import Catalogue, load_catalogue  # noqa: E402
from kg.confidence import candidates  # noqa: E402
from kg.extraction import Extractor  # noqa: E402
from kg.model import Article  # noqa: E402
from kg.names import fold  # noqa: E402
from kg.ontology import Ontology, load_ontology  # noqa: E402
from kg.pipelines import parse  # noqa: E402

if TYPE_CHECKING:
    from spacy.tokens import Doc

Parsed: TypeAlias = "tuple[Mapping[str, Any], Article, Doc]"
PARAMETERS: dict[str, Any] = {
    "objective": "binary", "learning_rate": 0.05, "num_leaves": 15, "feature_fraction": 0.3,
    "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 5.0, "min_data_in_leaf": 15,
    "num_threads": 1, "seed": 1, "deterministic": True, "force_row_wise": True, "verbose": -1,
}  # fmt: skip
ROUNDS = 250
RARE = 10  # examples that a feature must have
FOLDS = 5
HELD_OUT = ("pt-04.jsonl", "en-04.jsonl")


@dataclass(frozen=True, slots=True)
class Example:
    """A candidate of one document: its features, and the gold claim that it states (-1: none)."""

    document: int
    sentence: int
    claim: int
    triple: tuple[str, str, str]
    features: Mapping[str, float]
    matched: bool  # by the frames alone
    elsewhere: bool  # related by the article, but not by this sentence


def documents(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Annotated documents of *paths*, each with lang, text and claims."""
    for path in paths:
        for number, line in enumerate(path.read_text("utf8").splitlines()):
            data: dict[str, Any] = json.loads(line)
            if "text" in data and "lang" in data:
                yield {"id": f"{path.name}:{number}", "title": "", "claims": [], **data}


def own_documents() -> Iterator[dict[str, Any]]:
    """What the repository itself holds to learn from."""
    files = sorted((ROOT / "training" / "claims").glob("*.jsonl"))
    yield from documents(path for path in files if path.name not in HELD_OUT)
    yield from documents(sorted((ROOT / "tests" / "cases").glob("[ep][nt]-*.jsonl")))
    gold = {
        data["file"]: data["claims"]
        for line in (ROOT / "tests" / "gold" / "articles.jsonl").read_text("utf8").splitlines()
        for data in [json.loads(line)]
    }
    for article in read_articles([ROOT / "data" / "articles"]):
        file = Path(article.origin.partition(":")[0]).name
        if file in gold:
            yield {
                "id": article.id, "lang": article.lang, "title": article.title,
                "text": article.text, "date": article.date, "claims": gold[file],
            }  # fmt: skip


def _names(claim: Mapping[str, Any], side: str) -> set[str]:
    return {fold(name) for name in [claim[side], *claim.get(f"{side}_alt", [])]}


def claim_of(
    triple: tuple[str, str, str], span: tuple[int, int], data: Mapping[str, Any], ontology: Ontology
) -> tuple[int, bool]:
    """The gold claim that relates *triple*, and whether its evidence lies elsewhere than *span*."""
    one, relation, other = triple
    related = -1
    for number, claim in enumerate(data["claims"]):
        if claim["relation"] != relation:
            continue
        subjects, objects = _names(claim, "subject"), _names(claim, "object")
        turned = ontology.properties[relation].symmetric and one in objects and other in subjects
        if not ((one in subjects and other in objects) or turned):
            continue
        evidence = claim.get("evidence", data["text"])
        start = data["text"].find(evidence)
        if start < span[1] and span[0] < start + len(evidence):
            return number, False
        related = number
    return related, related >= 0


def fold_of(data: Mapping[str, Any]) -> int:
    """Which part of a cross-validation a document belongs to."""
    return zlib.crc32(str(data["id"]).encode()) % FOLDS


class UnseenAntecedents(Extractor):
    """Antecedents by networks that have not seen the article, as it is with articles of others.

    ``training/antecedent_network.py`` leaves them in the folder *parts*.
    """

    def __init__(self, ontology: Ontology, catalogue: Catalogue, parts: Path) -> None:
        super().__init__(ontology, catalogue)
        self.parts = parts

    def chooser(self, article: Article, doc: Doc) -> Chooser:  # noqa: ARG002, D102
        return load_ranker(load_antecedent_scorer(self.parts / str(fold_of({"id": article.id}))))


def own_extractor(parts: Path | None = None) -> Extractor:
    """An extractor with the ontology and the catalogue that come with the program.

    With *parts* it chooses antecedents like :class:`UnseenAntecedents`.
    """
    ontology = load_ontology()
    catalogue = load_catalogue(asset("data", "entities.ttl"), ontology=ontology)
    if parts is None:
        return Extractor(ontology, catalogue)
    return UnseenAntecedents(ontology, catalogue, parts)


def parsed(data: Sequence[Mapping[str, Any]]) -> Iterator[Parsed]:
    """Annotated documents with their parses, in their order."""
    articles = [Article(d["id"], d["lang"], d["title"], d["text"], d.get("date")) for d in data]
    for one, (article, doc) in zip(data, parse(articles), strict=True):
        yield one, article, doc


def examples(data: Sequence[Mapping[str, Any]], extractor: Extractor) -> Iterator[Example]:
    """The candidates of annotated documents."""
    for number, (_, article, doc) in enumerate(parsed(data)):
        matcher = extractor.matcher(article, doc)
        tree = matcher.tree
        for candidate in candidates(matcher, article.title):
            anchors, relation = candidate.view.anchors, candidate.view.relation.name
            sentence = tree.sentence[candidate.view.i]
            start, end = tree.bounds[sentence]
            span = (tree.doc[start].idx, tree.doc[end - 1].idx + len(tree.doc[end - 1]))
            one, other = (
                fold(entity.name) if (entity := anchors.all[n].found.mention.entity) else ""
                for n in (candidate.subject, candidate.object)
            )
            triple = one, relation, other
            claim, elsewhere = claim_of(triple, span, data[number], extractor.ontology)
            yield Example(
                number, sentence, claim, triple, candidate.features, candidate.matched, elsewhere
            )


def fit(found: Sequence[Example]) -> tuple[Any, tuple[str, ...]]:
    """A LightGBM booster and the names of its features."""
    import lightgbm

    counts = Counter(name for example in found for name in example.features)
    names = tuple(sorted(name for name, count in counts.items() if count >= RARE))
    kept = [example for example in found if not example.elsewhere]
    matrix = _matrix(kept, names)
    positive = np.array([example.claim >= 0 for example in kept], dtype=float)
    passages: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for row, example in enumerate(kept):
        if example.claim >= 0:
            passages[example.document, example.sentence, example.claim].append(row)
    weight = np.ones(len(kept))
    for rows in passages.values():
        weight[rows] = 1 / len(rows)
    booster = None
    for _ in range(2):
        if booster is not None:
            scores = booster.predict(matrix)
            for rows in passages.values():
                weight[rows] = 0.0
                weight[max(rows, key=lambda row: scores[row])] = 1.0
        data = lightgbm.Dataset(matrix, positive, weight=weight, free_raw_data=False)
        booster = lightgbm.train(PARAMETERS, data, ROUNDS)
    return booster, names


def _matrix(found: Sequence[Example], names: Sequence[str]) -> Any:
    return feature_matrix(names, [example.features for example in found])


def cross_validated(found: Sequence[Example], data: Sequence[Mapping[str, Any]]) -> Any:
    """Scores of *found*, each by trees that have not seen its document."""
    folds = [fold_of(d) for d in data]
    scores = np.zeros(len(found))
    for part in range(FOLDS):
        booster, names = fit([e for e in found if folds[e.document] != part])
        rows = [n for n, e in enumerate(found) if folds[e.document] == part]
        if rows:
            scores[rows] = booster.predict(_matrix([found[n] for n in rows], names))
    return scores


def report(found: Sequence[Example], scores: Any, cuts: Sequence[float]) -> Iterator[str]:
    """Precision by probability, of what the frames match and of what completes them."""
    for matched in (True, False):
        best: dict[tuple[Any, ...], tuple[float, bool]] = {}
        for example, score in zip(found, scores, strict=True):
            if example.matched == matched:
                key = (example.document, *example.triple)
                best[key] = max(best.get(key, (0.0, False)), (float(score), example.claim >= 0))
        yield "matched by frames:" if matched else "half matched, which the program leaves:"
        for low, high in pairwise([*cuts, 1.01]):
            inside = [right for score, right in best.values() if low <= score < high]
            yield f"  {low:.2f} to {min(high, 1):.2f}: {sum(inside)} of {len(inside)} right"


def dumped(booster: Any, names: Sequence[str]) -> dict[str, Any]:
    """The booster as ``kg.boosted_trees`` reads it; nodes in preorder, numbers short."""
    trees = [_flat(tree["tree_structure"]) for tree in booster.dump_model()["tree_info"]]
    return {"names": list(names), "trees": trees}


def _flat(root: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {"feature": [], "threshold": [], "left": [], "right": [], "value": []}

    def add(node: Mapping[str, Any]) -> int:
        at = len(flat["value"])
        leaf = "leaf_value" in node
        flat["feature"].append(0 if leaf else node["split_feature"])
        flat["threshold"].append(0 if leaf else float(np.float32(node["threshold"])))
        flat["value"].append(round(node["leaf_value"], 6) if leaf else 0)
        flat["left"].append(at)
        flat["right"].append(at)
        if not leaf:
            flat["left"][at] = add(node["left_child"])
            flat["right"][at] = add(node["right_child"])
        return at

    add(root)
    return flat


def main() -> None:
    """Gather, fit, measure, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--gold", type=Path, nargs="*", default=[], help="more annotated articles")
    parser.add_argument("--out", type=Path, default=asset("pipelines", "arguments.json"))
    parser.add_argument("--parts", type=Path, help="networks of training.antecedent_network")
    options = parser.parse_args()
    data = [*own_documents(), *documents(options.gold)]
    found = list(examples(data, own_extractor(options.parts)))
    print(
        f"{len(data)} documents, {len(found)} candidates, {sum(e.claim >= 0 for e in found)} right"
    )
    scores = cross_validated(found, data)
    print("by cross-validation over documents:")
    print("\n".join(report(found, scores, [n / 10 for n in range(10)])))
    booster, names = fit(found)
    options.out.write_text(json.dumps(dumped(booster, names), separators=(",", ":")))
    ours = read_trees(options.out).probabilities([e.features for e in found[:2000]])
    gap = float(np.abs(ours - booster.predict(_matrix(found[:2000], names))).max())
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.2f} MB; largest difference {gap:.1e}")


if __name__ == "__main__":
    main()
