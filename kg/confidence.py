"""How sure a match is: the probability, by boosted trees, that the article makes the claim.

A frame's match hangs on a parse that may be wrong. The trees look at how trigger and arguments stand
to each other (:mod:`kg.argument_features`) and were fitted by ``training/arguments.py`` on annotated
articles: on pairs that the frames relate, and, to learn what wrong ones look like, on pairs of which
the lexicon's paths find only one.

That the trees should also complete such half-matched frames was tried: by cross-validation one in two
of the claims so won was wrong, so they do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from kg.argument_features import SIDES, Anchor, Features, SentenceAnchors, TriggerView
from kg.assets import asset
from kg.boosted_trees import BoostedTrees, read_trees
from kg.model import content_hash
from kg.referents import Referents

if TYPE_CHECKING:
    from kg.frames import FrameMatcher, Match
    from kg.lexicon import Frame

__all__ = ["Candidate", "candidates", "load_scorer", "scored", "scorer_version"]

Triple: TypeAlias = tuple[str, str, str]  # IRI, relation, IRI

_TREES = asset("pipelines", "arguments.json")
_LEAST = 0.15  # probability below which, by cross-validation, one match in two is wrong


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
        anchors = self.view.anchors.all
        return anchors[self.subject].iri, self.view.relation.name, anchors[self.object].iri

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


def scored(matcher: FrameMatcher, title: str, scorer: BoostedTrees) -> Iterator[Match]:
    """The frames' matches, in their order, at the probability that *scorer* gives them.

    Those that are more likely wrong than right are left out.
    What no trigger carries ("Alphabet's Waymo") and what word order alone found, so that no path leads
    to either argument, keeps the confidence of its rule.
    """
    matches = list(matcher.matches())
    triggers = {match.trigger for match in matches}
    found = [c for c in candidates(matcher, title, triggers) if c.matched]
    best: dict[tuple[int, Triple], float] = {}
    scores = scorer.probabilities([candidate.features for candidate in found])
    for candidate, score in zip(found, scores, strict=True):
        for triple in _both_ways(candidate.triple, matcher):
            key = candidate.view.i, triple
            best[key] = max(best.get(key, 0.0), float(score))
    for match in matches:
        probability = best.get((match.trigger, _triple(match)))
        if probability is None:
            yield match
        elif probability >= _LEAST:
            yield replace(match, confidence=probability)


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
    related: dict[int, set[Triple]] = {}
    for match in matcher.matches():
        triples = related.setdefault(matcher.tree.sentence[match.trigger], set())
        triples.update(_both_ways(_triple(match), matcher))
    wanted = None if triggers is None else {matcher.tree.sentence[i] for i in triggers}
    for number in range(len(matcher.tree.bounds)) if wanted is None else sorted(wanted):
        anchors = SentenceAnchors(matcher, number)
        if anchors.entities < 2:
            continue
        for view in _views(anchors, weights, triggers):
            yield from _pairs(view, related.get(number, set()))


def _triple(match: Match) -> Triple:
    one, other = match.subject.mention.entity, match.object.mention.entity
    return one.iri if one else "", match.relation, other.iri if other else ""


def _both_ways(triple: Triple, matcher: FrameMatcher) -> set[Triple]:
    one, relation, other = triple
    symmetric = matcher.ontology.properties[relation].symmetric
    return {triple, (other, relation, one)} if symmetric else {triple}


def _views(
    anchors: SentenceAnchors, weights: Mapping[str, float], triggers: set[int] | None
) -> Iterator[TriggerView]:
    """Each trigger of the sentence with the frames of one relation whose conditions hold."""
    matcher = anchors.matcher
    for i in range(anchors.start, anchors.end):
        if matcher.paths.is_name(i) or (triggers is not None and i not in triggers):
            continue
        grouped: dict[str, list[Frame]] = {}
        for frame in matcher.paths.frames_at(i):
            if matcher.holds(i, frame):
                grouped.setdefault(frame.relation, []).append(frame)
        for name, frames in grouped.items():
            yield TriggerView(anchors, i, matcher.ontology.properties[name], frames, weights)


def _pairs(view: TriggerView, related: set[Triple]) -> Iterator[Candidate]:
    anchors = view.anchors.all
    for one in view.fitting[SIDES[0]]:
        for other in view.fitting[SIDES[1]]:
            if _may_relate(view, anchors[one], anchors[other]):
                triple = (anchors[one].iri, view.relation.name, anchors[other].iri)
                yield Candidate(view, one, other, triple in related)


def _may_relate(view: TriggerView, subject: Anchor, object_: Anchor) -> bool:
    """Whether the lexicon finds one of the two, and they can stand together; each pair once."""
    found = subject.iri in view.hits[SIDES[0]] or object_.iri in view.hits[SIDES[1]]
    ordered = subject.token < object_.token or not view.relation.symmetric
    possible = found and ordered and subject.token != object_.token
    return possible and view.matcher.weight(view.relation, subject.found, object_.found) > 0
