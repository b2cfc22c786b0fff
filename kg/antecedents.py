"""Who is meant: the antecedent of an anaphor, with its probability.

Where the pipeline gives vectors of the words, a network ranks the candidates
(:mod:`kg.antecedent_scorer`); else boosted trees look at an anaphor and one entity at a time
(:mod:`kg.antecedent_features`; fitted by ``training/antecedents.py`` on annotated articles). The
likeliest entity is taken where its probability reaches what its kind of anaphor needs to be mostly
right; else nobody is, because a wrong antecedent is a wrong claim.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from kg.antecedent_features import Anaphor, AnaphorKind, Features, candidate_features
from kg.antecedent_scorer import AntecedentScorer, Places, load_antecedent_scorer
from kg.assets import asset
from kg.boosted_trees import BoostedTrees, read_trees
from kg.model import content_hash
from kg.pipelines import weights_folder

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from kg.referents import Referent, Referents

__all__ = ["Chooser", "Ranker", "load_ranker", "ranker_for", "ranker_version"]

_TREES = asset("pipelines", "antecedents.json")
CANDIDATES = 8  # entities that an anaphor is compared with, the most present ones

_AHEAD = 1.2  # how much likelier than the next one the chosen one must be
_AHEAD_OF_CONJUNCT = 4.0  # the same where both were named in one breath: "Arm and Qualcomm … it"

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


# The same for the network: from 0.45 on, by cross-validation, three in four descriptions and pronouns are
# right, and nearly half of the left-out possessors, most others of which stand where no claim is made.
LEAST_OF_NETWORK: Mapping[AnaphorKind, float] = dict.fromkeys(AnaphorKind, 0.45)


class Chooser(Protocol):
    """Chooses antecedents."""

    def choose(
        self, anaphor: Anaphor, candidates: Sequence[Referent], referents: Referents
    ) -> tuple[Referent, float] | None:
        """The one of *candidates* that *anaphor* stands for, with its probability; None for nobody."""


@dataclass(frozen=True, slots=True)
class Ranker:
    """Chooses by *network* or, without, by *trees*; ``least`` is what each kind of anaphor needs."""

    trees: BoostedTrees
    least: Mapping[AnaphorKind, float]
    network: AntecedentScorer | None = None

    def choose(
        self, anaphor: Anaphor, candidates: Sequence[Referent], referents: Referents
    ) -> tuple[Referent, float] | None:
        """The likeliest of *candidates* where it is likely enough and well ahead of the next."""
        if not candidates:
            return None
        scores = self._scores(anaphor, candidates, referents)
        best, least = int(scores.argmax()), self.least[anaphor.kind]
        probability = round(float(scores[best] / max(1.0, scores.sum())), 4)
        if len(scores) == 1 and anaphor.local == candidates[best].entity.iri:
            probability = max(probability, least)  # nobody else has been spoken of
        beside = referents.named_with(candidates[best])
        factors = [_AHEAD_OF_CONJUNCT if c.last in beside else _AHEAD for c in candidates]
        needed = (f * s for n, (f, s) in enumerate(zip(factors, scores, strict=True)) if n != best)
        if probability < least or scores[best] < max(needed, default=0.0):
            return None
        return candidates[best], probability

    def _scores(
        self, anaphor: Anaphor, candidates: Sequence[Referent], referents: Referents
    ) -> NDArray[np.floating]:
        rows: list[Features] = candidate_features(anaphor, candidates, referents)
        if self.network is None:
            return self.trees.probabilities(rows)
        places = Places.of(anaphor, candidates, referents.tree)
        return self.network.probabilities(places, rows, referents.tree.vectors)


@cache
def load_ranker(network: AntecedentScorer | None = None) -> Ranker:
    """The ranker that comes with the program, with the *network* of the pipeline's weights."""
    return Ranker(read_trees(_TREES), LEAST if network is None else LEAST_OF_NETWORK, network)


def ranker_for(doc: Doc, lang: str) -> Ranker:
    """The ranker for a document of the pipeline of *lang*: by its network, where *doc* has vectors for it."""
    network = load_antecedent_scorer(weights_folder(lang))
    return load_ranker(network if network is not None and network.takes(doc) else None)


def ranker_version() -> str:
    """Sixteen hexadecimal digits that change with the trees."""
    return content_hash(_TREES.read_text("utf8"))
