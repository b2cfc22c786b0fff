"""Fit the trees that choose antecedents (``kg/antecedents.py``).

    python -m training.antecedents --gold FILE… --out pipelines/antecedents.json

Each FILE holds annotated articles; files of the repository are always learned from, as by
``training/arguments.py``. Needs LightGBM, which nothing else does: ``pip install lightgbm==4.6.0``.

Where an annotated claim tells which words stand for its subject or object, these words are an
anaphor whose antecedent is known; where it says that they are left out, a noun or verb of its
evidence that evokes the claim's relation stands for them. In articles without such notes the one
anaphor in evidence that lacks the name counts, at half the weight. What is chosen earlier in an
article is seen by what comes later; so a second round is read with the choices of trees from
the first that have not seen the document (Daumé, Langford and Marcu,
"Search-based structured prediction", Machine Learning 2009).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from kg.antecedent_features import Anaphor, AnaphorKind, Features, candidate_features  # noqa: E402
from kg.antecedent_scorer import Places  # noqa: E402
from kg.assets import asset  # noqa: E402
from kg.boosted_trees import BoostedTrees, feature_matrix, read_trees  # noqa: E402
from kg.discourse import Discourse  # noqa: E402
from kg.extraction import Extractor  # noqa: E402
from kg.frames import FrameMatcher  # noqa: E402
from kg.model import MentionKind  # noqa: E402
from kg.names import fold  # noqa: E402
from kg.syntax import Tree  # noqa: E402
from training.arguments import (  # noqa: E402
    FOLDS,
    Parsed,
    documents,
    dumped,
    fold_of,
    own_documents,
    own_extractor,
    parsed,
)

if TYPE_CHECKING:
    from kg.referents import Referent, Referents

PARAMETERS: dict[str, Any] = {
    "objective": "binary", "learning_rate": 0.03, "num_leaves": 12, "feature_fraction": 0.3,
    "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 5.0, "min_data_in_leaf": 20,
    "num_threads": 1, "seed": 1, "deterministic": True, "force_row_wise": True, "verbose": -1,
}  # fmt: skip
TREES = 200
RARE = 20  # rows that a feature must have
ROUNDS = 2
GUESSED = 0.5  # weight of an antecedent that the annotation does not name itself
NOBODY = 0.3  # weight of a left-out possessor in a sentence that makes no such claim
SHORTEST = 4  # letters of a name's beginning that stands for the name: "Narim" for "Narim Memory"
LEAD = 0.5  # of salience, by which the first round's choice must be ahead
WORDED = {AnaphorKind.DESCRIPTION, AnaphorKind.POSSESSIVE, AnaphorKind.PRONOUN}
NAMED = {MentionKind.NAME, MentionKind.CATALOGUE, MentionKind.ACRONYM}


@dataclass(slots=True)
class Example:
    """An anaphor of one document, its candidates, and who is meant (None: not known)."""

    document: int
    anaphor: Anaphor
    names: list[str]
    rows: list[Features]
    places: Places
    gold: frozenset[str] | None = None
    weight: float = 1.0

    @property
    def right(self) -> list[bool]:
        """Which of the candidates are meant: by a name of theirs or how it begins."""
        gold = self.gold or frozenset()
        return [
            name in gold
            or (len(name) >= SHORTEST and any(f"{other} ".startswith(f"{name} ") for other in gold))
            for name in self.names
        ]


@dataclass
class Recorder:
    """Notes every choice that a document asks for, and makes it by *trees*."""

    document: int
    trees: BoostedTrees | None
    found: list[Example] = field(default_factory=list)

    def choose(
        self, anaphor: Anaphor, candidates: Sequence[Referent], referents: Referents
    ) -> tuple[Referent, float] | None:
        """The likeliest, by the trees of the round before or, in the first round, by salience."""
        if not candidates:
            return None
        rows = candidate_features(anaphor, candidates, referents)
        names = [fold(r.entity.name) for r in candidates]
        places = Places.of(anaphor, candidates, referents.tree)
        self.found.append(Example(self.document, anaphor, names, rows, places))
        if self.trees is None:
            best = [row["salience"] + 2 * row["local subject"] for row in rows]
            order = sorted(range(len(rows)), key=lambda n: -best[n])
            sure = len(order) == 1 or best[order[0]] - best[order[1]] >= LEAD
            return (candidates[order[0]], 0.7) if sure else None
        scores = self.trees.probabilities(rows)
        n = int(scores.argmax())
        return (candidates[n], float(scores[n])) if scores[n] >= 0.5 else None


def examples(
    parsed: Iterable[Parsed], extractor: Extractor, trees: Sequence[BoostedTrees] | None
) -> Iterator[Example]:
    """The anaphors of annotated documents; of *trees* those are used that did not see the document."""
    for number, (data, article, doc) in enumerate(parsed):
        tree = Tree(doc, extractor.ontology)
        mentions = extractor._finder(article.lang).find(doc, tree)
        matcher = FrameMatcher(tree, mentions, extractor.ontology, extractor.catalogue)
        recorder = Recorder(number, trees[fold_of(data)] if trees else None)
        discourse = Discourse(
            tree, mentions, extractor.ontology, extractor.catalogue, article.title, recorder
        )
        discourse.type_names()
        named = {
            i: fold(m.mention.entity.name)
            for m in mentions
            if m.mention.kind in NAMED and m.mention.entity is not None
            for i in range(m.start, m.end)
        }
        discourse.resolve(matcher.matches())
        label(recorder.found, data, tree, named)
        yield from recorder.found


# -- who is meant ------------------------------------------------------------------------------


def label(
    found: Sequence[Example], data: Mapping[str, Any], tree: Tree, named: Mapping[int, str]
) -> None:
    """Note in *found* who is meant, as far as the claims of *data* tell."""
    notes = _notes(data, tree, named, {e.anaphor.i for e in found if e.anaphor.kind in WORDED})
    for example in found:
        i = example.anaphor.i
        if example.anaphor.kind not in WORDED:
            _label_left_out(example, notes)
        elif known := notes.at.get(i) or notes.guessed.get(i):
            example.gold = next(iter(known)) if len(known) == 1 else frozenset()
            example.weight = 1.0 if i in notes.at else GUESSED


@dataclass
class Notes:
    """What the claims of one document tell of its tokens: folded names of who is meant.

    ``at`` is what the annotation says itself, ``guessed`` what follows where evidence holds one
    anaphor only; ``left_out`` are stretches of evidence with a relation and who lacks there,
    ``covered`` all of them.
    """

    at: dict[int, set[frozenset[str]]] = field(default_factory=lambda: defaultdict(set))
    guessed: dict[int, set[frozenset[str]]] = field(default_factory=lambda: defaultdict(set))
    left_out: list[tuple[range, str, frozenset[str]]] = field(default_factory=list)
    covered: list[tuple[range, str]] = field(default_factory=list)


def _notes(
    data: Mapping[str, Any], tree: Tree, named: Mapping[int, str], worded: set[int]
) -> Notes:
    notes = Notes()
    for claim in data["claims"]:
        evidence = claim.get("evidence", data["text"])
        start = data["text"].find(evidence)
        inside = _tokens(tree, start, start + len(evidence)) if start >= 0 else range(0)
        notes.covered.append((inside, claim["relation"]))
        for side in ("subject", "object"):
            names = frozenset(fold(n) for n in [claim[side], *claim.get(f"{side}_alt", [])])
            words = claim.get(f"{side}_at")
            if words and fold(words) not in names:
                place = re.search(rf"(?<!\w){re.escape(words)}(?!\w)", evidence)
                if place is not None:
                    span = _tokens(tree, start + place.start(), start + place.end())
                    notes.at[_head(tree, span)].add(names)
            elif words == "" or (words is None and not any(named.get(i) in names for i in inside)):
                notes.left_out.append((inside, claim["relation"], names))
                here = [i for i in inside if i in worded]
                if words is None and len(here) == 1:
                    notes.guessed[here[0]].add(names)
    return notes


def _label_left_out(example: Example, notes: Notes) -> None:
    """Of a left-out subject or possessor: who lacks in a claim whose evidence it stands in."""
    i, flags = example.anaphor.i, example.anaphor.flags
    subject = example.anaphor.kind is AnaphorKind.SUBJECT
    relations = {name.partition("=")[2] for name in flags if name.startswith("relation=")}
    anything = subject or bool(flags.get("share"))
    meant = {
        names
        for inside, relation, names in notes.left_out
        if i in inside and (anything or relation in relations)
    }
    if len(meant) == 1:
        example.gold = next(iter(meant))
        return
    claimed = any(i in inside and (anything or r in relations) for inside, r in notes.covered)
    if not meant and not subject and not claimed:
        example.gold, example.weight = frozenset(), NOBODY


def _tokens(tree: Tree, start: int, end: int) -> range:
    """Tokens that overlap characters ``[start, end)``."""
    inside = [t.i for t in tree.doc if t.idx < end and start < t.idx + len(t.text)]
    return range(inside[0], inside[-1] + 1) if inside else range(0)


def _head(tree: Tree, span: range) -> int:
    """The token that heads a span: the first content word whose head lies outside."""
    tops = [i for i in span if tree.head[i] not in span or tree.head[i] == i]
    content = [i for i in tops if tree.pos[i] not in {"DET", "ADP", "PUNCT", "PART"}]
    return (content or tops or [-1])[0]


# -- fitting -----------------------------------------------------------------------------------


def fit(found: Sequence[Example]) -> tuple[Any, tuple[str, ...]]:
    """A LightGBM booster and the names of its features."""
    import lightgbm

    known = [e for e in found if e.gold is not None]
    counts = Counter(name for e in known for row in e.rows for name, v in row.items() if v)
    names = tuple(sorted(name for name, count in counts.items() if count >= RARE))
    right = np.array([r for e in known for r in e.right], dtype=float)
    weight = np.array([e.weight for e in known for _ in e.rows])
    data = lightgbm.Dataset(_matrix(known, names), right, weight=weight, free_raw_data=False)
    return lightgbm.train(PARAMETERS, data, TREES), names


def _matrix(found: Sequence[Example], names: Sequence[str]) -> Any:
    return feature_matrix(names, [row for example in found for row in example.rows])


def written(booster: Any, names: Sequence[str], path: Path) -> BoostedTrees:
    """The booster as the program reads it, from *path*."""
    path.write_text(json.dumps(dumped(booster, names), separators=(",", ":")))
    return read_trees(path)


@dataclass(frozen=True, slots=True)
class Choice:
    """What would be chosen for an example: with which probability, and whether that is right."""

    example: Example
    probability: float
    right: bool


def chosen(
    found: Sequence[Example], trees: Sequence[BoostedTrees], fold: Mapping[int, int]
) -> list[Choice]:
    """The choice for each example with a known antecedent, by trees that have not seen it."""
    out = []
    for example in found:
        if example.gold is not None:
            scores = trees[fold[example.document]].probabilities(example.rows)
            n = int(scores.argmax())
            probability = float(scores[n] / max(1.0, scores.sum()))
            out.append(Choice(example, probability, example.right[n]))
    return out


def report(choices: Sequence[Choice]) -> Iterator[str]:
    """By kind: how many are right from which probability on."""
    for kind in AnaphorKind:
        own = [c for c in choices if c.example.anaphor.kind is kind]
        reach = sum(any(c.example.right) for c in own)
        yield f"{kind.value}: {len(own)} known, {reach} with the antecedent among the candidates"
        for least in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
            kept = [c for c in own if c.probability >= least]
            band = [c for c in kept if c.probability < least + 0.1]
            yield (
                f"  from {least:.1f}: {sum(c.right for c in kept)} of {len(kept)} right"
                f" ({sum(c.right for c in kept) / max(1, len(kept)):.2f});"
                f" in this tenth {sum(c.right for c in band)} of {len(band)}"
            )


def train(parsed: Sequence[Parsed], extractor: Extractor, out: Path) -> list[Choice]:
    """Fit, by rounds, and write the trees; choices of the last round by cross-validation."""
    fold = {number: fold_of(data) for number, (data, _, _) in enumerate(parsed)}
    trees: list[BoostedTrees] | None = None
    found: list[Example] = []
    for _ in range(ROUNDS):
        found = list(examples(parsed, extractor, trees))
        trees = [
            written(*fit([e for e in found if fold[e.document] != part]), out)
            for part in range(FOLDS)
        ]
    choices = chosen(found, trees or [], fold)
    written(*fit(found), out)
    return choices


def main() -> None:
    """Gather, fit, measure, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--gold", type=Path, nargs="*", default=[], help="more annotated articles")
    parser.add_argument("--out", type=Path, default=asset("pipelines", "antecedents.json"))
    options = parser.parse_args()
    data = [*own_documents(), *documents(options.gold)]
    print(f"{len(data)} documents")
    print("\n".join(report(train(list(parsed(data)), own_extractor(), options.out))))
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
