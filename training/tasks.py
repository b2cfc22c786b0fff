"""Sentences to the numbers that the encoder pipeline learns from."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from kg.encoder.lemmas import rule_of
from kg.encoder.pieces import BEGIN, END, PAD, Pieces
from training.augment import name_spans
from training.surface import MISSING, Sentence, Token

__all__ = [
    "FEATURES",
    "OPEN",
    "Batch",
    "Labels",
    "Numbers",
    "Window",
    "batch",
    "batches",
    "labels_of",
    "read_labels",
]

FEATURES = ("VerbForm", "Number", "Voice", "PronType", "Mood", "Tense", "Person", "Gender",
            "Definite")  # fmt: skip
NAMES = ("PER", "ORG", "LOC", "PROD")
OPEN = -100  # torch's mark for a label that is not known
RARE_LEMMA_RULE = 3


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of each task, in order: POS, each feature, lemma, start, name; and relations."""

    tags: dict[str, tuple[str, ...]]
    relations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Some sentences in a row, in numbers; one row of ``tags`` a task, one column a word.

    ``style`` is the number of the treebank whose conventions its trees follow.
    """

    pieces: list[int]
    first: list[int]
    last: list[int]
    tags: list[list[int]]
    heads: list[int]
    relations: list[int]
    style: int = 0


def labels_of(sentences: Iterable[Sentence]) -> Labels:
    """Collect the labels of the training sentences; lemma rules seen less often are left out."""
    seen: dict[str, Counter[str]] = {name: Counter() for name in ("pos", *FEATURES, "lemma")}
    relations: Counter[str] = Counter()
    for sentence in sentences:
        for token in sentence.tokens:
            if token.upos:
                for name, value in _syntax(token).items():
                    seen[name][value] += 1
            if token.deprel:
                relations[token.deprel] += 1
    rules = seen["lemma"]
    seen["lemma"] = Counter({rule: n for rule, n in rules.items() if n >= RARE_LEMMA_RULE})
    tags = {name: tuple(sorted(values)) for name, values in seen.items()}
    tags["start"] = ("no", "yes")
    tags["name"] = ("O", *(f"{place}-{label}" for label in NAMES for place in "BILU"))
    return Labels(tags, tuple(sorted(relations)))


def read_labels(run: Path) -> Labels:
    """The labels that a training run wrote into its folder."""
    read = json.loads((run / "labels.json").read_text("utf8"))
    return Labels({k: tuple(v) for k, v in read["tags"].items()}, tuple(read["relations"]))


def _syntax(token: Token) -> dict[str, str]:
    """Give a token's part of speech, features ("" for none) and lemma rule."""
    feats = dict(f.split("=", 1) for f in token.feats.split("|")) if token.feats else {}
    values = {name: feats.get(name, "") for name in FEATURES}
    return {"pos": token.upos, **values, "lemma": rule_of(token.form, token.lemma)}


def name_tags(names: tuple[str, ...]) -> list[str]:
    """Give BILOU tags for IOB2 tags; what is open stays so."""
    tags = list(names)
    for first, end, label in name_spans(names):
        if end - first == 1:
            tags[first] = f"U-{label}"
        else:
            tags[end - 1] = f"L-{label}"
    return tags


class Numbers:
    """Turns sentences into windows, with all labels as numbers."""

    def __init__(self, labels: Labels, pieces: Pieces) -> None:
        self.pieces = pieces
        self.tags = {name: {v: i for i, v in enumerate(vs)} for name, vs in labels.tags.items()}
        self.relations = {value: i for i, value in enumerate(labels.relations)}

    def window(self, run: Sequence[Sentence]) -> Window:
        """Number a run of sentences."""
        made = Window([BEGIN], [], [], [[] for _ in self.tags], [], [], run[0].style)
        spaced = True
        for sentence in run:
            before = len(made.heads)
            for place, token in enumerate(sentence.tokens):
                self._add_pieces(made, token.form, spaced)
                spaced = token.space or place + 1 == len(sentence.tokens)
                self._add_tree(made, token, place, before)
            self._add_tags(made, sentence)
        made.pieces.append(END)
        return made

    def _add_pieces(self, made: Window, form: str, spaced: bool) -> None:
        made.first.append(len(made.pieces))
        made.pieces.extend(self.pieces.cut(form, spaced))
        made.last.append(len(made.pieces) - 1)

    def _add_tree(self, made: Window, token: Token, place: int, before: int) -> None:
        relation = self.relations.get(token.deprel, OPEN)
        if token.head is None or relation == OPEN:
            head = OPEN
        else:
            head = 0 if token.head == place else before + token.head + 1
        made.heads.append(head)
        made.relations.append(OPEN if head == OPEN else relation)

    def _add_tags(self, made: Window, sentence: Sentence) -> None:
        names = name_tags(sentence.names)
        parsed = any(token.deprel for token in sentence.tokens)
        for place, (token, name) in enumerate(zip(sentence.tokens, names, strict=True)):
            values = _syntax(token) if token.upos else {}
            if parsed:
                values["start"] = "no" if place else "yes"
            if name != MISSING:
                values["name"] = name
            for row, (task, numbers) in zip(made.tags, self.tags.items(), strict=True):
                row.append(numbers.get(values.get(task, MISSING), OPEN))


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows side by side: places padded with 0, labels with `OPEN`."""

    pieces: Tensor
    mask: Tensor
    first: Tensor
    last: Tensor
    tags: Tensor
    heads: Tensor
    relations: Tensor
    styles: Tensor


def batches(windows: list[Window], size: int, chance: random.Random) -> Iterator[Batch]:
    """Yield batches of about ``size`` pieces, windows of like length together, in random order."""
    order = sorted(range(len(windows)), key=lambda i: (len(windows[i].pieces), chance.random()))
    groups: list[list[Window]] = [[]]
    for i in order:
        if groups[-1] and (len(groups[-1]) + 1) * len(windows[i].pieces) > size:
            groups.append([])
        groups[-1].append(windows[i])
    chance.shuffle(groups)
    yield from map(batch, groups)


def batch(windows: list[Window]) -> Batch:
    """Pad windows to one length."""
    pieces = _padded([w.pieces for w in windows], PAD)
    tags = [_padded(list(rows), OPEN) for rows in zip(*(w.tags for w in windows), strict=True)]
    return Batch(
        pieces,
        pieces != PAD,
        _padded([w.first for w in windows], 0),
        _padded([w.last for w in windows], 0),
        torch.stack(tags),
        _padded([w.heads for w in windows], OPEN),
        _padded([w.relations for w in windows], OPEN),
        torch.tensor([w.style for w in windows]),
    )


def _padded(rows: list[list[int]], fill: int) -> Tensor:
    length = max(map(len, rows))
    return torch.tensor([row + [fill] * (length - len(row)) for row in rows])
