"""Which of a sentence's mentions a relation word relates: a small network over the words' vectors.

The lexicon says which words speak of which relation, the frames' paths where their arguments usually
stand. On real prose half of the arguments stand elsewhere; the network, trained by
``training/pairs.py`` on annotated articles, gives each candidate (:mod:`kg.pair_features`) a
probability, of which :mod:`kg.confidence` makes use. It needs the vectors that the accurate pipelines give.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kg.anchors import Triple
from kg.encoder.network import VectorNetwork
from kg.frames import Match
from kg.pair_features import Floats, Pair, SentencePairs, sentence_pairs

if TYPE_CHECKING:
    from kg.frames import FrameMatcher

__all__ = ["Judged", "PairScorer", "judged", "load_pair_scorer"]


@dataclass(frozen=True, slots=True)
class PairScorer(VectorNetwork):
    """The network; its labels are the relations that it knows."""

    def probabilities(self, pairs: SentencePairs, vectors: Floats) -> Floats:
        """How likely each candidate of a sentence is, given its words' vectors (words, width)."""
        given = {
            "vectors": vectors,
            "words": pairs.words,
            "links": pairs.links,
            "places": pairs.places[:, :6],
            "features": pairs.features,
        }
        (logits,) = self.session.run(None, given)
        found: Floats = 1 / (1 + np.exp(-logits))
        return found


@cache
def load_pair_scorer(folder: Path) -> PairScorer | None:
    """The network ``pairs.onnx`` of a folder of weights, which ``pairs.json`` describes; None without.

    Raises
    ------
    LanguageError
        A file that cannot be read.
    """
    return PairScorer.read(folder, "pairs", "relations")


@dataclass(frozen=True, slots=True)
class Judged:
    """The likeliest candidate of a triple in one sentence, by its number there."""

    pairs: SentencePairs
    number: int
    probability: float

    @property
    def pair(self) -> Pair:
        """The candidate."""
        return self.pairs.pair(self.number)

    def rivals(self, triple: Triple) -> bool:
        """Whether *triple*, of the same trigger, fills one place alike and the other otherwise.

        "OpenAI, in which Microsoft holds 27%" leaves no second holding to the name before it, nor one the
        other way round. What is listed beside the other may well stand there too.
        """
        one, _, other = triple
        pair = self.pair
        if (pair.subject.iri, pair.object.iri) == (other, one):
            return True
        if pair.subject.iri == one:
            return pair.object.iri != other and other not in self.pairs.beside(pair.object)
        if pair.object.iri == other:
            return one not in self.pairs.beside(pair.subject)
        return False

    def match(self, confidence: float) -> Match:
        """It as the frames would give it."""
        pair = self.pair
        return Match(
            relation=pair.relation.name,
            trigger=pair.trigger.token,
            subject=pair.subject.found,
            object=pair.object.found,
            confidence=confidence,
            frame=pair.trigger.frame,
            why=(
                f"frame {pair.trigger.frame}",
                f"arguments by the network: {self.probability:.2f}",
            ),
        )


def judged(matcher: FrameMatcher, scorer: PairScorer) -> dict[tuple[int, Triple], Judged]:
    """By number of the sentence and triple, in text order, what the network thinks of it."""
    found: dict[tuple[int, Triple], Judged] = {}
    for pairs in sentence_pairs(matcher, scorer.labels):
        vectors = matcher.tree.vectors[pairs.start : pairs.end]
        number = matcher.tree.sentence[pairs.start]
        for triple, best in _best(pairs, scorer.probabilities(pairs, vectors)).items():
            found[number, triple] = best
    return found


def _best(pairs: SentencePairs, probabilities: Floats) -> dict[Triple, Judged]:
    """The likeliest candidate of each triple, of several the first."""
    best: dict[int, int] = {}
    for n, (triple, probability) in enumerate(
        zip(pairs.rows[:, 4].tolist(), probabilities.tolist(), strict=True)
    ):
        if triple not in best or probability > probabilities[best[triple]]:
            best[triple] = n
    return {
        triple: Judged(pairs, best[number], float(probabilities[best[number]]))
        for triple, number in pairs.triples.items()
    }
