"""How sure a match is, and half-matched frames completed: boosted trees that were fitted on articles.

Journalists' sentences are long and parsers misplace what stands far off. Where the paths of a frame
lead to one argument and not to the other, each further mention of the sentence whose kind fits is
scored by boosted trees over :mod:`kg.argument_features`, fitted on annotated articles by
``training/arguments.py``; a pair counts from the probability that the trees were cut at. What the
frames match in full is scored likewise, so that one measure of confidence holds for both: the
probability that the article makes the claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from kg.argument_features import SIDES, Anchor, Features, SentenceAnchors, TriggerView
from kg.assets import asset
from kg.boosted_trees import BoostedTrees, read_trees
from kg.frames import Match
from kg.model import content_hash
from kg.referents import Referents

if TYPE_CHECKING:
    from kg.frames import FrameMatcher
    from kg.lexicon import Frame

__all__ = ["Candidate", "candidates", "load_scorer", "scored", "scorer_version"]


_TREES = asset("pipelines", "arguments.json")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two mentions, by their number among the sentence's, that a half-matched frame may relate.

    ``matched`` says that the frames relate them already.
    """

    view: TriggerView
    subject: int
    object: int
    features: Features
    matched: bool

    def match(self, probability: float) -> Match:
        """The match that it is, at *probability*."""
        view, anchors = self.view, self.view.anchors.all
        frame = max(view.frames, key=lambda f: f.confidence)
        why = (
            f"frame {frame}",
            f"subject by score: {view.way(self.subject)}",
            f"object by score: {view.way(self.object)}",
            f"score {probability:.2f}",
        )
        subject, object_ = anchors[self.subject].found, anchors[self.object].found
        return Match(view.relation.name, view.i, subject, object_, probability, frame, why)


@cache
def load_scorer() -> BoostedTrees:
    """The trees that come with the program."""
    return read_trees(_TREES)


def scorer_version() -> str:
    """Sixteen hexadecimal digits that change with the trees."""
    return content_hash(_TREES.read_text("utf8"))


def scored(matcher: FrameMatcher, title: str, scorer: BoostedTrees) -> Iterator[Match]:
    """The frames' matches at their probabilities, then what completes half-matched frames.

    What no trigger carries ("Alphabet's Waymo") keeps the confidence of its rule.
    """
    found = list(candidates(matcher, title))
    scores = scorer.probabilities([candidate.features for candidate in found])
    best: dict[tuple[int, str, str, str], float] = {}
    for candidate, score in zip(found, scores, strict=True):
        for key in _keys(candidate.match(0.0), matcher):
            best[key] = max(best.get(key, 0.0), float(score))
    for match in matcher.matches():
        probability = next((best[key] for key in _keys(match, matcher) if key in best), None)
        yield match if probability is None else replace(match, confidence=probability)
    for candidate, score in zip(found, scores, strict=True):
        if score >= scorer.cut and not candidate.matched:
            yield candidate.match(float(score))


def _keys(match: Match, matcher: FrameMatcher) -> Iterator[tuple[int, str, str, str]]:
    """Trigger and triple (IRIs) of *match*, both ways where the relation is symmetric."""
    one, other = match.subject.mention.entity, match.object.mention.entity
    if one is not None and other is not None:
        yield match.trigger, one.iri, match.relation, other.iri
        if matcher.ontology.properties[match.relation].symmetric:
            yield match.trigger, other.iri, match.relation, one.iri


def candidates(matcher: FrameMatcher, title: str) -> Iterator[Candidate]:
    """Pairs of which the lexicon's paths find at least one, in text order of their triggers.

    Parameters
    ----------
    matcher
        A document whose names and descriptions are resolved.
    title
        The article's headline: those that it names are more present.
    """
    weights = Referents(matcher.tree, matcher.mentions, matcher.ontology, title).weights
    related = _related(matcher)
    for number in range(len(matcher.tree.bounds)):
        anchors = SentenceAnchors(matcher, number)
        if anchors.entities < 2:
            continue
        known = related.get(number, set())
        for view in _views(anchors, weights):
            yield from _pairs(view, known)


def _related(matcher: FrameMatcher) -> dict[int, set[tuple[str, str, str]]]:
    """The triples (IRIs) that the frames give, by sentence; symmetric ones both ways."""
    related: dict[int, set[tuple[str, str, str]]] = {}
    for match in matcher.matches():
        triples = related.setdefault(matcher.tree.sentence[match.trigger], set())
        triples.update(key[1:] for key in _keys(match, matcher))
    return related


def _views(anchors: SentenceAnchors, weights: Mapping[str, float]) -> Iterator[TriggerView]:
    """Each trigger of the sentence with the frames of one relation whose conditions hold."""
    matcher = anchors.matcher
    for i in range(anchors.start, anchors.end):
        if matcher.paths.is_name(i):
            continue
        grouped: dict[str, list[Frame]] = {}
        for frame in matcher.paths.frames_at(i):
            if matcher.holds(i, frame):
                grouped.setdefault(frame.relation, []).append(frame)
        for name, frames in grouped.items():
            yield TriggerView(anchors, i, matcher.ontology.properties[name], frames, weights)


def _pairs(view: TriggerView, related: set[tuple[str, str, str]]) -> Iterator[Candidate]:
    anchors = view.anchors.all
    arguments: dict[tuple[str, int], Features] = {}

    def argument(side: str, n: int) -> Features:
        if (side, n) not in arguments:
            arguments[side, n] = view.argument(n, side)
        return arguments[side, n]

    for one in view.fitting[SIDES[0]]:
        for other in view.fitting[SIDES[1]]:
            if _may_relate(view, anchors[one], anchors[other]):
                features = {
                    **view.common,
                    **argument(SIDES[0], one),
                    **argument(SIDES[1], other),
                    **view.pair(one, other),
                }
                triple = (anchors[one].iri, view.relation.name, anchors[other].iri)
                yield Candidate(view, one, other, features, triple in related)


def _may_relate(view: TriggerView, subject: Anchor, object_: Anchor) -> bool:
    """Whether the lexicon finds one of the two, and they can stand together; each pair once."""
    found = subject.iri in view.hits[SIDES[0]] or object_.iri in view.hits[SIDES[1]]
    ordered = subject.token < object_.token or not view.relation.symmetric
    apart = subject.token != object_.token
    possible = found and ordered and apart
    return possible and view.matcher.weight(view.relation, subject.found, object_.found) > 0
