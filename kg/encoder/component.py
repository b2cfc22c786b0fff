"""The spaCy component ``kg_encoder``: fills tags, lemmas, trees, sentences and names of a ``Doc``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import DEP, ENT_IOB, ENT_TYPE, HEAD, LEMMA, MORPH, POS
from spacy.language import Language
from spacy.parts_of_speech import IDS

from kg.encoder import WEIGHTS
from kg.encoder.lemmas import Lemmas
from kg.encoder.names import best_names
from kg.encoder.network import Network, Scores
from kg.encoder.trees import best_heads
from kg.encoder.valency import CORE_ARGUMENTS, settle

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

    from kg.encoder.pieces import Pieces

__all__ = ["WINDOW", "Encoder", "pieces_of_words"]

LEMMAS = "lemmas.json"
WINDOW = 220  # pieces seen at once
LONGEST_WINDOW = 480  # for a sentence that is longer; the network has places for 512
_PLAIN = ("pos", "lemma", "start", "name")  # the tasks that are no features
_ATTRIBUTES = [HEAD, DEP, POS, MORPH, LEMMA, ENT_IOB, ENT_TYPE]
_OUTSIDE, _BEGIN, _INSIDE = 2, 3, 1  # spaCy's numbers for IOB


@Language.factory("kg_encoder")  # type: ignore[untyped-decorator]
def _make(nlp: Language, name: str) -> Encoder:  # noqa: ARG001 - spaCy names its arguments
    return Encoder(nlp.vocab)


@cache
def _network(folder: Path) -> Network:
    return Network(folder)


class Encoder:
    """Annotates words; sentence starts that are set already stay, true ones and false ones.

    ``doc.tensor`` gets the words' vectors in context, in 16 bits.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self.network: Network | None = None
        self.lemmas = Lemmas({}, ())
        self._core_arguments: list[frozenset[int]] = []

    def from_disk(self, path: Path, *, exclude: Any = ()) -> Encoder:  # noqa: ARG002
        """Load the lemma rules from *path*, the weights from beside the pipeline's folder."""
        path = Path(path)
        self.network = _network(path.parents[1] / WEIGHTS)
        self.lemmas = Lemmas.from_file(path / LEMMAS, self.network.labels["lemma"])
        relations = self.network.relations
        self._core_arguments = [
            frozenset(n for n, name in enumerate(relations) if name in group)
            for group in CORE_ARGUMENTS
        ]
        return self

    def to_disk(self, path: Path, *, exclude: Any = ()) -> None:
        """Nothing: lemma rules and weights are written by ``training/export.py``."""

    def __call__(self, doc: Doc) -> Doc:
        """Annotate *doc*, which keeps its tokens."""
        if len(doc) and self.network:
            rows = np.zeros((len(doc), len(_ATTRIBUTES)), np.uint64)
            vectors = []
            for start, scores, starts in self._windows(doc, self.network):
                self._fill(rows[start : start + starts[-1]], doc, start, scores, starts)
                vectors.append(scores.vectors[: starts[-1]].astype(np.float16))
            doc.from_array(_ATTRIBUTES, rows)
            doc.tensor = np.concatenate(vectors)
        return doc

    def _windows(self, doc: Doc, network: Network) -> Iterator[tuple[int, Scores, list[int]]]:
        """First word of each window, scores of its words, where its sentences begin and end.

        What follows the last sentence start of a full window is read again with what comes next,
        so that every sentence is seen whole unless it is longer than the longest window.
        """
        words = pieces_of_words(doc, network.pieces)
        flags = [token.is_sent_start for token in doc]
        start, room = 0, WINDOW
        while start < len(words):
            end = _window_end(words, flags, start, room)
            scores = network(words[start:end])
            starts = _starts(scores.tags["start"], flags[start:end])
            cut = end == len(words) or flags[end] is True
            if not cut and len(starts) == 1 and room < LONGEST_WINDOW:
                room = min(room * 2, LONGEST_WINDOW)
                continue
            borders = [*starts, end - start] if cut or len(starts) == 1 else starts
            yield start, scores, borders
            start, room = start + borders[-1], WINDOW

    def _fill(
        self, rows: NDArray[np.uint64], doc: Doc, start: int, scores: Scores, borders: list[int]
    ) -> None:
        assert self.network
        size = borders[-1]
        heads = np.zeros(len(scores.heads), np.int64)
        for first, end in pairwise(borders):
            columns = np.r_[0, first + 1 : end + 1]
            heads[first:end] = columns[best_heads(scores.heads[first:end][:, columns])]
        relations = scores.relations(heads)
        for first, end in pairwise(borders):
            self._settle(heads[first:end], relations[first:end], first, scores)
        own = np.arange(1, size + 1)
        relative = np.where(heads[:size] == 0, 0, heads[:size] - own)
        rows[:, 0] = relative.astype(np.int64).view(np.uint64)
        strings = self.vocab.strings
        names = self.network.relations
        rows[:, 1] = [strings.add("ROOT" if not head else names[relation])
                      for head, relation in zip(heads, relations[:size], strict=False)]  # fmt: skip
        self._fill_tags(rows, doc[start : start + size], scores)
        for first, end in pairwise(borders):
            self._fill_names(rows[first:end], scores.tags["name"][first:end])

    def _settle(
        self, heads: NDArray[np.int64], relations: NDArray[np.int64], first: int, scores: Scores
    ) -> None:
        """Let no head of the sentence that begins at *first* have a core argument twice."""
        own = np.where(heads, heads - first, 0)
        columns = np.r_[0, first + 1 : first + len(heads) + 1]
        settle(
            own,
            relations,
            scores.heads[columns[1:] - 1][:, columns],
            lambda word, head: scores.joining(first + word, int(columns[head])),
            self._core_arguments,
        )
        heads[:] = columns[own]

    def _fill_tags(self, rows: NDArray[np.uint64], words: Any, scores: Scores) -> None:
        assert self.network
        labels = self.network.labels
        best = {task: scores.tags[task].argmax(1) for task in labels}
        features = [task for task in labels if task not in _PLAIN]
        strings, morphology = self.vocab.strings, self.vocab.morphology
        for place, word in enumerate(words):
            values = ((task, labels[task][best[task][place]]) for task in features)
            morph = "|".join(f"{task}={value}" for task, value in sorted(values) if value)
            pos = labels["pos"][best["pos"][place]]
            lemma = self.lemmas.lemma(word.text, pos, scores.tags["lemma"][place])
            rows[place, 2] = IDS[pos]
            rows[place, 3] = morphology.add(morph or "_")
            rows[place, 4] = strings.add(lemma)

    def _fill_names(self, rows: NDArray[np.uint64], scores: NDArray[np.float32]) -> None:
        assert self.network
        rows[:, 5] = _OUTSIDE
        for first, end, label in best_names(scores, self.network.labels["name"]):
            rows[first:end, 5] = [_BEGIN] + [_INSIDE] * (end - first - 1)
            rows[first:end, 6] = self.vocab.strings.add(label)


def pieces_of_words(doc: Doc, pieces: Pieces) -> list[tuple[int, ...]]:
    """Numbers of the pieces of each word; a word without a space before it goes on where the last one ended."""
    spaced = [True, *(bool(token.whitespace_) for token in doc)]
    forced = (token.is_sent_start is True for token in doc)
    return [
        pieces.cut(token.text, space or start)
        for token, space, start in zip(doc, spaced, forced, strict=False)
    ]


def _window_end(
    words: list[tuple[int, ...]], flags: list[bool | None], start: int, room: int
) -> int:
    """Where a window ends: at the last forced sentence start that fits, else where it is full."""
    end = start
    while end < len(words) and (room >= len(words[end]) or end == start):
        room -= len(words[end])
        end += 1
    if end < len(words):
        forced = (place for place in range(end, start, -1) if flags[place] is True)
        end = next(forced, end)
    return end


def _starts(scores: NDArray[np.float32], flags: list[bool | None]) -> list[int]:
    """Where sentences begin, the first word always among them."""
    found = scores[:, 1] > scores[:, 0]
    return [
        place
        for place, flag in enumerate(flags)
        if not place or flag is True or (flag is None and found[place])
    ]
