"""Who is meant: the antecedent of an anaphor, by boosted trees, with its probability.

The trees look at an anaphor and one entity at a time (:mod:`kg.antecedent_features`) and were fitted
by ``training/antecedents.py`` on annotated articles. The likeliest entity is taken where its
probability reaches what its kind of anaphor needs to be mostly right; else nobody is, because a
wrong antecedent is a wrong claim.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

from kg.antecedent_features import Anaphor, AnaphorKind, candidate_features
from kg.assets import asset
from kg.boosted_trees import BoostedTrees, read_trees
from kg.model import content_hash

if TYPE_CHECKING:
    from kg.referents import Referent, Referents

__all__ = ["Chooser", "Ranker", "load_ranker", "ranker_version"]

_TREES = asset("pipelines", "antecedents.json")
CANDIDATES = 8  # entities that an anaphor is compared with, the most present ones

_AHEAD = 1.2  # how much likelier than the next one the chosen one must be

# Probability from which choices help more claims than they spoil: from 0.4 on, by cross-validation,
# about two in three pronouns and descriptions are right, and how sure they are enters what the claim
# is worth (``kg.confidence``). A left-out possessor also counts as wrong where no claim is made.
LEAST: Mapping[AnaphorKind, float] = {
    AnaphorKind.DESCRIPTION: 0.45,
    AnaphorKind.POSSESSIVE: 0.4,
    AnaphorKind.PRONOUN: 0.4,
    AnaphorKind.SUBJECT: 0.4,
    AnaphorKind.POSSESSOR: 0.35,
}


class Chooser(Protocol):
    """Chooses antecedents."""

    def choose(
        self, anaphor: Anaphor, candidates: Sequence[Referent], referents: Referents
    ) -> tuple[Referent, float] | None:
        """The one of *candidates* that *anaphor* stands for, with its probability; None for nobody."""


@dataclass(frozen=True, slots=True)
class Ranker:
    """Chooses by *trees*; ``least`` holds the probability that each kind of anaphor needs."""

    trees: BoostedTrees
    least: Mapping[AnaphorKind, float]

    def choose(
        self, anaphor: Anaphor, candidates: Sequence[Referent], referents: Referents
    ) -> tuple[Referent, float] | None:
        """The likeliest of *candidates* where it is likely enough and well ahead of the next."""
        if not candidates:
            return None
        scores = self.trees.probabilities(candidate_features(anaphor, candidates, referents))
        best, least = int(scores.argmax()), self.least[anaphor.kind]
        probability = round(float(scores[best] / max(1.0, scores.sum())), 4)
        others = [float(score) for n, score in enumerate(scores) if n != best]
        if not others and anaphor.local == candidates[best].entity.iri:
            probability = max(probability, least)  # nobody else has been spoken of
        if probability < least or scores[best] < _AHEAD * max(others, default=0.0):
            return None
        return candidates[best], probability


@cache
def load_ranker() -> Ranker:
    """The ranker that comes with the program."""
    return Ranker(read_trees(_TREES), LEAST)


def ranker_version() -> str:
    """Sixteen hexadecimal digits that change with the trees."""
    return content_hash(_TREES.read_text("utf8"))
