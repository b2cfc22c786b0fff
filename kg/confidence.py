"""How sure a match is: the probability, by boosted trees, that the article makes the claim.

A frame's match hangs on a parse that may be wrong. Two judges look at it, both fitted on annotated
articles: boosted trees at how trigger and arguments stand to each other in the tree
(:mod:`kg.argument_features`, fitted by ``training/arguments.py``), and a network at the words in context
(:mod:`kg.pair_scorer`, which the fast pipelines lack). What both together find likely is added to what
the frames match.

That the trees alone should complete half-matched frames was tried: by cross-validation one in two of
the claims so won was wrong. The network alone is no better than the trees; the two err in different places.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from kg.anchors import SentenceAnchors, Triple
from kg.argument_features import SIDES, Features, TriggerView
from kg.assets import asset
from kg.boosted_trees import BoostedTrees, read_trees
from kg.model import content_hash
from kg.pair_scorer import Judged, PairScorer, judged
from kg.referents import Referents

if TYPE_CHECKING:
    from kg.frames import FrameMatcher, Match
    from kg.lexicon import Frame

__all__ = ["Candidate", "candidates", "load_scorer", "scored", "scorer_version"]

Key: TypeAlias = tuple[int, Triple]  # number of the sentence, triple

_TREES = asset("pipelines", "arguments.json")
_LEAST = 0.15  # the trees' probability below which, by cross-validation, one match in two is wrong
_LEAST_OF_BOTH = 0.33  # the same for trees and network
_ADDED = 0.46  # probability from which a pair that no frame matches is a claim
_AGREED = 0.7  # log-odds by which both together are surer than their mean, on articles new to them
_ALONE = 0.3  # log-odds that the network loses where the lexicon's paths find neither argument
_WORTH_ASKING = 0.15  # the network's probability from which the trees can make it a claim
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trigger and two mentions, by their number among the sentence's, that it may relate.

    ``matched`` says that frames of this sentence relate the two.
    """

    view: TriggerView
    subject: int
    object: int
    matched: bool

    @property
    def triple(self) -> Triple:
        """What it would claim."""
        iris = self.view.anchors.iris
        return iris[self.subject], self.view.relation.name, iris[self.object]

    @property
    def features(self) -> Features:
        """The numbers that the trees are given."""
        return {
            **self.view.common,
            **self.view.argument(self.subject, SIDES[0]),
            **self.view.argument(self.object, SIDES[1]),
            **self.view.pair(self.subject, self.object),
        }


@cache
def load_scorer() -> BoostedTrees:
    """The trees that come with the program."""
    return read_trees(_TREES)


def scorer_version() -> str:
    """Sixteen hexadecimal digits that change with the trees."""
    return content_hash(_TREES.read_text("utf8"))


def scored(
    matcher: FrameMatcher, title: str, scorer: BoostedTrees, network: PairScorer | None = None
) -> Iterator[Match]:
    """The frames' matches, in their order, at the probability that they are given; what is added to them.

    Trees and network have the same say (:func:`_mean`). Matches that are more likely wrong than
    right are left out; what no frame matches is added where the network finds it likely and the trees,
    if the lexicon's paths find one of the two, do not object. What no trigger carries ("Alphabet's
    Waymo") and what word order alone found, so that no path leads to either argument, keeps the
    confidence of its rule.
    """
    seen = judged(matcher, network) if network is not None else {}
    by_trees = _by_trees(matcher, title, scorer, seen)
    matched = set()
    kept: dict[tuple[int, str], set[Triple]] = {}  # by trigger and relation
    for match in matcher.matches():
        key = matcher.tree.sentence[match.trigger], matcher.ontology.undirected(match.triple)
        matched.add(key)
        kept.setdefault((match.trigger, match.relation), set()).add(match.triple)
        if match.frame is None or key not in by_trees:
            yield match
            continue
        probability, least = by_trees[key], _LEAST
        if key in seen:
            probability, least = _mean(seen[key].probability, probability), _LEAST_OF_BOTH
        if probability >= least:
            yield replace(match, confidence=probability)
    likely = {k: _mean(seen[k].probability, by_trees.get(k)) for k in seen.keys() - matched}
    added: set[tuple[int, Triple]] = set()
    for key in sorted(likely, key=lambda key: (-likely[key], key)):
        pair, (_, (one, relation, other)) = seen[key].pair, key
        taken = kept.get((pair.trigger.token, relation), set())
        turned = pair.trigger.token, (other, relation, one)
        rivalled = turned in added or any(seen[key].rivals(triple) for triple in taken)
        if likely[key] >= _ADDED and not rivalled:
            added.add((pair.trigger.token, key[1]))
            yield seen[key].match(likely[key])


def _by_trees(
    matcher: FrameMatcher, title: str, scorer: BoostedTrees, seen: Mapping[Key, Judged]
) -> dict[Key, float]:
    """By sentence and triple the trees' probability: of what frames match and what may be added."""
    triggers = None if seen else {match.trigger for match in matcher.matches()}
    found = [
        (key, candidate)
        for candidate in candidates(matcher, title, triggers)
        for key in [_key(candidate, matcher)]
        if candidate.matched or (key in seen and seen[key].probability >= _WORTH_ASKING)
    ]
    scores = scorer.probabilities([candidate.features for _, candidate in found])
    best: dict[Key, float] = {}
    for (key, _), score in zip(found, scores, strict=True):
        best[key] = max(best.get(key, 0.0), float(score))
    return best


def _key(candidate: Candidate, matcher: FrameMatcher) -> Key:
    return matcher.tree.sentence[candidate.view.i], matcher.ontology.undirected(candidate.triple)


def _mean(network: float, trees: float | None) -> float:
    """The probability at the mean of two log-odds, lifted; the network's is lowered where it stands alone."""
    odds = _log_odds(network)
    odds = odds - _ALONE if trees is None else (odds + _log_odds(trees)) / 2 + _AGREED
    return 1 / (1 + math.exp(-odds))


def _log_odds(probability: float) -> float:
    kept = min(max(probability, _TINY), 1 - _TINY)
    return math.log(kept / (1 - kept))


def candidates(
    matcher: FrameMatcher, title: str, triggers: set[int] | None = None
) -> Iterator[Candidate]:
    """Pairs of which the lexicon's paths find at least one, in text order of their triggers.

    Parameters
    ----------
    matcher
        A document whose names and descriptions are resolved.
    title
        The article's headline: those that it names are more present.
    triggers
        Tokens to look at; all, where None.
    """
    weights = Referents(matcher.tree, matcher.mentions, matcher.ontology, title).weights
    for anchors in matcher.sentences():
        related = {matcher.ontology.undirected(triple) for triple in anchors.related}
        for view in _views(anchors, weights, triggers):
            yield from _pairs(view, related)


def _views(
    anchors: SentenceAnchors, weights: Mapping[str, float], triggers: set[int] | None
) -> Iterator[TriggerView]:
    """Each trigger of the sentence with the frames of one relation whose conditions hold."""
    matcher = anchors.matcher
    grouped: dict[tuple[int, str], list[Frame]] = {}
    for trigger in matcher.triggers(anchors.number):
        if trigger.holds and (triggers is None or trigger.token in triggers):
            key = trigger.token, trigger.frame.relation
            grouped.setdefault(key, []).append(trigger.frame)
    for (i, name), frames in grouped.items():
        if anchors.possible(relation := matcher.ontology.properties[name]):
            yield TriggerView(anchors, i, relation, frames, weights)


def _pairs(view: TriggerView, related: set[Triple]) -> Iterator[Candidate]:
    """The pairs of which the lexicon finds one at least; of a symmetric relation each once."""
    subjects, objects = (view.hits[side] for side in SIDES)
    iris, anchors = view.anchors.iris, view.anchors.all
    for one, other in view.anchors.possible(view.relation):
        if iris[one] in subjects or iris[other] in objects:
            first, last = anchors[one].token, anchors[other].token
            if first < last or (last < first and not view.relation.symmetric):
                triple = iris[one], view.relation.name, iris[other]
                matched = view.matcher.ontology.undirected(triple) in related
                yield Candidate(view, one, other, matched)
