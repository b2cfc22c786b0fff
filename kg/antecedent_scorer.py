"""Who is meant by an anaphor, by a small network over the words' vectors and the candidates' features.

The vectors in context, which the accurate pipelines give, know what trees over features do not: what a
sentence is about, and which of two companies would do what its verb says. The network, fitted by
``training/antecedent_network.py``, ranks all candidates at once, nobody among them (after Denis and
Baldridge, "A ranking approach to pronoun resolution", IJCAI 2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kg.antecedent_features import Anaphor, Features
from kg.boosted_trees import feature_matrix
from kg.encoder.network import VectorNetwork

if TYPE_CHECKING:
    from kg.referents import Referent
    from kg.syntax import Tree

__all__ = ["AntecedentScorer", "Places", "load_antecedent_scorer", "vectors"]

Floats: TypeAlias = NDArray[np.float32]

_RECENT = 4  # mentions of a candidate whose vectors are averaged


@dataclass(frozen=True, slots=True)
class Places:
    """Tokens whose vectors tell who is meant.

    ``anaphor`` holds the anaphor itself, the head of its noun phrase and its sentence's root,
    ``candidates`` the last mentions of each candidate.
    """

    anaphor: tuple[int, int, int]
    candidates: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, anaphor: Anaphor, candidates: Sequence[Referent], tree: Tree) -> Places:
        """Those of *anaphor* and *candidates*."""
        root = tree.root(tree.sentence[anaphor.i])
        recent = tuple(tuple(referent.tokens[-_RECENT:]) for referent in candidates)
        return cls((anaphor.i, anaphor.noun, root), recent)


def vectors(places: Places, words: Floats) -> tuple[Floats, Floats]:
    """Of *places* in a document's *words* (tokens, width): anaphor (3, width), candidates (n, 2, width).

    A candidate has the vector of its last mention and the mean of its recent ones.
    """
    sizes = np.array([len(tokens) for tokens in places.candidates])
    recent = words[list(chain.from_iterable(places.candidates))]
    ends = np.cumsum(sizes)
    means = np.add.reduceat(recent, ends - sizes) / sizes[:, None].astype(np.float32)
    return words[list(places.anaphor)], np.stack([recent[ends - 1], means], 1)


@dataclass(frozen=True, slots=True)
class AntecedentScorer(VectorNetwork):
    """The network; its labels are the names of the features."""

    def probabilities(self, places: Places, rows: Sequence[Features], words: Floats) -> Floats:
        """How likely each candidate is meant; what lacks to 1 is that nobody of them is."""
        anaphor, candidates = vectors(places, words)
        features = feature_matrix(self.labels, rows)
        given = {"anaphor": anaphor, "candidates": candidates, "features": features}
        (found,) = self.session.run(None, given)
        scores: Floats = found
        return scores


@cache
def load_antecedent_scorer(folder: Path) -> AntecedentScorer | None:
    """The network ``antecedents.onnx`` of a folder of weights, which ``antecedents.json`` describes.

    None where there is none.

    Raises
    ------
    LanguageError
        A file that cannot be read.
    """
    return AntecedentScorer.read(folder, "antecedents", "features")
