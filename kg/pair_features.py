"""Which words of a sentence may relate which two mentions, in arrays for the pair scorer.

A candidate is a word that the lexicon knows for a relation and two mentions of the sentence whose kinds
fit the relation; several candidates may state the same triple. What the network is told of the words,
besides their vectors in context (``doc.tensor``): for which relations they are triggers, part of speech,
label, how they stand for an entity, and how the tree joins each two of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kg.argument_features import Anchor, SentenceAnchors
from kg.model import MentionKind

if TYPE_CHECKING:
    from kg.frames import FrameMatcher
    from kg.lexicon import Frame
    from kg.ontology import Relation

__all__ = [
    "PAIR_FEATURES",
    "TREE_LINKS",
    "Pair",
    "SentencePairs",
    "sentence_pairs",
    "word_features",
]

Floats: TypeAlias = NDArray[np.float32]
Integers: TypeAlias = NDArray[np.int64]
Triple: TypeAlias = tuple[str, str, str]  # IRI, relation, IRI; of a symmetric one the smaller first


def _numbered(*names: str) -> dict[str, int]:
    return {name: n for n, name in enumerate(names)}


_POS = _numbered(
    *("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN"),
    *("PUNCT", "SCONJ", "SYM", "VERB", "X"),
)  # https://universaldependencies.org/u/pos/
_LABELS = _numbered(
    *("acl", "advcl", "advmod", "amod", "appos", "aux", "case", "cc", "ccomp", "clf", "compound"),
    *("conj", "cop", "csubj", "dep", "det", "discourse", "dislocated", "expl", "fixed", "flat"),
    *("goeswith", "iobj", "list", "mark", "nmod", "nsubj", "nummod", "obj", "obl", "orphan"),
    *("parataxis", "punct", "reparandum", "root", "vocative", "xcomp"),
)  # https://universaldependencies.org/u/dep/
_KINDS = _numbered(*MentionKind)
TREE_LINKS = 6  # none, head, child, grandparent, grandchild, the word itself
PAIR_FEATURES = 24 + 2 * len(_KINDS)
_TRIGGERS = 3  # of one triple and one pair of mentions, the nearest in the tree
_FAR = 40  # tokens
_LONG = 6  # steps in the tree


def word_features(relations: int) -> int:
    """How many numbers a word has, given how many relations there are."""
    return 2 * relations + len(_POS) + len(_LABELS) + len(_KINDS) + 1


@dataclass(frozen=True, slots=True)
class Trigger:
    """A word and the best frame that it has for a relation; ``holds``: its conditions are met."""

    token: int
    frame: Frame
    holds: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """A candidate: which mentions, by which word, in which relation."""

    subject: Anchor
    object: Anchor
    trigger: Trigger
    relation: Relation


class SentencePairs:
    """The candidates of one sentence, and what the network is given of them.

    ``rows`` has a row a candidate: the numbers of subject and object among the mentions, of the
    trigger, the relation and the triple, which ``triples`` counts.

    Parameters
    ----------
    anchors
        The sentence's mentions.
    relations
        Names of the relations that the network knows, in its order.
    related
        Triples that frames find in the sentence.
    """

    def __init__(
        self, anchors: SentenceAnchors, relations: Sequence[str], related: set[Triple]
    ) -> None:
        self.anchors, self.matcher, self.related = anchors, anchors.matcher, related
        self.start, self.end = anchors.start, anchors.end
        self._number = {name: n for n, name in enumerate(relations)}
        self._chains: dict[int, dict[int, int]] = {}
        self._triggers = tuple(self._find_triggers())
        self.triples: dict[Triple, int] = {}
        self.rows = np.array(list(self._find_rows()), np.int64).reshape(-1, 5)

    # -- candidates ----------------------------------------------------------------------------

    def _find_triggers(self) -> Iterator[Trigger]:
        """Triggers in text order, one a word and relation."""
        paths = self.matcher.paths
        for i in range(self.start, self.end):
            best: dict[str, Trigger] = {}
            for frame in () if paths.is_name(i) else paths.frames_at(i):
                if frame.relation in self._number:
                    trigger = Trigger(i, frame, self.matcher.holds(i, frame))
                    known = best.get(frame.relation)
                    if known is None or _rank(trigger) > _rank(known):
                        best[frame.relation] = trigger
            yield from best.values()

    def _find_rows(self) -> Iterator[tuple[int, int, int, int, int]]:
        names, all_ = self.matcher.names, self.anchors.all
        grouped: dict[str, list[int]] = {}
        for n, trigger in enumerate(self._triggers):
            grouped.setdefault(trigger.frame.relation, []).append(n)
        for name, triggers in grouped.items():
            relation = self.matcher.ontology.properties[name]
            subjects = [n for n, a in enumerate(all_) if names.stands(a.found, relation.domain)]
            objects = [n for n, a in enumerate(all_) if names.stands(a.found, relation.range)]
            for one in subjects:
                for other in objects:
                    if self.matcher.may_relate(relation, all_[one].found, all_[other].found):
                        stated = all_[one].iri, name, all_[other].iri
                        triple = self.matcher.ontology.undirected(stated)
                        number = self.triples.setdefault(triple, len(self.triples))
                        for nearest in self._nearest(triggers, one, other):
                            yield one, other, nearest, self._number[name], number

    def _nearest(self, triggers: list[int], one: int, other: int) -> list[int]:
        if len(triggers) <= _TRIGGERS:
            return triggers
        steps = self._to_triggers.sum(2)
        far = {n: steps[n, one] + steps[n, other] for n in triggers}
        return sorted(triggers, key=lambda n: (far[n] + 4 * (not self._triggers[n].holds), n))[
            :_TRIGGERS
        ]

    def beside(self, anchor: Anchor) -> frozenset[str]:
        """IRIs of what *anchor* is listed with."""
        return self.anchors.siblings[self.anchors.all.index(anchor)]

    def pair(self, number: int) -> Pair:
        """Candidate *number*."""
        one, other, trigger, _, _ = self.rows[number].tolist()
        found, all_ = self._triggers[trigger], self.anchors.all
        relation = self.matcher.ontology.properties[found.frame.relation]
        return Pair(all_[one], all_[other], found, relation)

    # -- the tree ------------------------------------------------------------------------------

    def _chain(self, i: int) -> dict[int, int]:
        """Tokens from *i* up to the sentence's root, each with its distance."""
        if i not in self._chains:
            at, head = i, self.matcher.tree.head
            chain: dict[int, int] = {}
            while at not in chain and self.start <= at < self.end:
                chain[at] = len(chain)
                at = head[at]
            self._chains[i] = chain
        return self._chains[i]

    def _steps(self, i: int, k: int) -> tuple[int, int]:
        """Steps in the tree up from *i* and down to *k*."""
        above = self._chain(i)
        for token, down in self._chain(k).items():
            if token in above:
                return above[token], down
        return len(above), len(self._chain(k))

    @cached_property
    def _tokens(self) -> list[int]:
        return [anchor.token for anchor in self.anchors.all]

    @cached_property
    def _to_triggers(self) -> Integers:
        """Steps from each trigger to each mention (triggers, mentions, 2)."""
        rows = [[self._steps(t.token, i) for i in self._tokens] for t in self._triggers]
        return np.array(rows, np.int64).reshape(len(rows), -1, 2)

    @cached_property
    def _to_mentions(self) -> Integers:
        """Steps from each mention to each (mentions, mentions, 2)."""
        return np.array([[self._steps(i, k) for k in self._tokens] for i in self._tokens], np.int64)

    # -- arrays --------------------------------------------------------------------------------

    @cached_property
    def words(self) -> Floats:
        """What is told of each word (words, `word_features`)."""
        tree, relations = self.matcher.tree, len(self._number)
        rows = np.zeros((self.end - self.start, word_features(relations)), np.float32)
        for trigger in self._triggers:
            column = self._number[trigger.frame.relation] + (0 if trigger.holds else relations)
            rows[trigger.token - self.start, column] = 1
        at = 2 * relations
        for n, i in enumerate(range(self.start, self.end)):
            if (place := _POS.get(tree.pos[i])) is not None:
                rows[n, at + place] = 1
            if (place := _LABELS.get(tree.dep[i].lower())) is not None:
                rows[n, at + len(_POS) + place] = 1
        at += len(_POS) + len(_LABELS)
        for anchor, kind in zip(self.anchors.all, self._kinds, strict=True):
            found = anchor.found
            first, last = max(found.start, self.start), min(found.end, self.end)
            rows[first - self.start : last - self.start, at + kind] = 1
            rows[anchor.token - self.start, at + len(_KINDS)] = 1
        return rows

    @cached_property
    def _kinds(self) -> Integers:
        return np.array([_KINDS[a.found.mention.kind] for a in self.anchors.all], np.int64)

    @cached_property
    def links(self) -> Integers:
        """How the tree joins each two words (words, words), a number below `TREE_LINKS`."""
        size = self.end - self.start
        links = np.zeros((size, size), np.int64)
        heads = np.array(self.matcher.tree.head[self.start : self.end]) - self.start
        own = np.arange(size)
        heads = np.where((heads >= 0) & (heads < size), heads, own)
        above = heads[heads]
        far = (above != heads) & (above != own)
        links[own[far], above[far]] = 3
        links[above[far], own[far]] = 4
        near = heads != own
        links[own[near], heads[near]] = 1
        links[heads[near], own[near]] = 2
        links[own, own] = 5
        return links

    @cached_property
    def places(self) -> Integers:
        """Of each candidate: tokens of subject and object, each with its first one, and trigger;
        the relation's number; the triple's (candidates, 7).
        """
        one, other, trigger, relation, triple = self.rows.T
        tokens = np.array(self._tokens, np.int64) - self.start
        first = np.array([a.found.start for a in self.anchors.all], np.int64) - self.start
        first = first.clip(0, self.end - self.start - 1)
        at = np.array([t.token for t in self._triggers], np.int64) - self.start
        columns = [tokens[one], first[one], tokens[other], first[other], at[trigger]]
        return np.stack([*columns, relation, triple], 1)

    @cached_property
    def features(self) -> Floats:
        """What is told of each candidate (candidates, `PAIR_FEATURES`)."""
        one, other, trigger, _, _ = self.rows.T
        ours, theirs, at = self.places[:, 0], self.places[:, 2], self.places[:, 4]
        low, high = np.minimum(ours, theirs), np.maximum(ours, theirs)
        tokens = np.array(self._tokens) - self.start
        between = ((tokens > low[:, None]) & (tokens < high[:, None])).sum(1)
        holds = np.array([t.holds for t in self._triggers])
        sure = np.array([t.frame.confidence for t in self._triggers])
        certain = np.array([a.found.mention.confidence for a in self.anchors.all])
        typed = np.array([_is_typed(a) for a in self.anchors.all])
        steps = [
            self._to_triggers[trigger, one],
            self._to_triggers[trigger, other],
            self._to_mentions[one, other],
        ]
        kinds = np.eye(len(_KINDS))[self._kinds]
        columns = [
            self._are_related[one, other, self.rows[:, 3]],
            self._are_siblings[one, other],
            holds[trigger],
            sure[trigger],
            ours < theirs,
            at < low,
            (low <= at) & (at <= high),
            at > high,
            certain[one],
            certain[other],
            typed[one],
            typed[other],
            np.minimum(abs(ours - at), _FAR) / (_FAR / 2),
            np.minimum(abs(theirs - at), _FAR) / (_FAR / 2),
            np.minimum(high - low, _FAR) / (_FAR / 2),
            np.minimum(between, _LONG) / (_LONG / 2),
            *(np.minimum(step, _LONG) / (_LONG / 2) for both in steps for step in both.T),
            np.full(len(one), min(self.end - self.start, 2 * _FAR) / _FAR),
            np.full(len(one), len(self.anchors.all) / 8),
        ]
        rows = np.concatenate([np.stack(columns, 1), kinds[one], kinds[other]], 1)
        return rows.astype(np.float32)

    @cached_property
    def _are_related(self) -> NDArray[np.bool_]:
        """Whether frames relate two mentions so (mentions, mentions, relations)."""
        iris = [anchor.iri for anchor in self.anchors.all]
        found = np.zeros((len(iris), len(iris), len(self._number)), bool)
        for first, relation, last in self.related:
            if relation in self._number:
                ones = [n for n, iri in enumerate(iris) if iri == first]
                others = [n for n, iri in enumerate(iris) if iri == last]
                found[np.ix_(ones, others, [self._number[relation]])] = True
        return found

    @cached_property
    def _are_siblings(self) -> NDArray[np.bool_]:
        """Whether two mentions are listed side by side (mentions, mentions)."""
        all_, siblings = self.anchors.all, self.anchors.siblings
        return np.array([[other.iri in beside for other in all_] for beside in siblings], bool)


def _rank(trigger: Trigger) -> tuple[bool, float]:
    return trigger.holds, trigger.frame.confidence


def _is_typed(anchor: Anchor) -> bool:
    entity = anchor.found.mention.entity
    return entity is not None and bool(entity.types)


def sentence_pairs(matcher: FrameMatcher, relations: Sequence[str]) -> Iterator[SentencePairs]:
    """The sentences of a document that have candidates, in text order.

    Parameters
    ----------
    matcher
        A document whose names and descriptions are resolved.
    relations
        Names of the relations that the network knows, in its order.
    """
    related: dict[int, set[Triple]] = {}
    for match in matcher.matches():
        one, other = match.subject.mention.entity, match.object.mention.entity
        if one is not None and other is not None:
            triples = related.setdefault(matcher.tree.sentence[match.trigger], set())
            triples.add((one.iri, match.relation, other.iri))
    for number in range(len(matcher.tree.bounds)):
        anchors = SentenceAnchors(matcher, number)
        if anchors.entities > 1:
            found = SentencePairs(anchors, relations, related.get(number, set()))
            if len(found.rows):
                yield found
