"""Which words of a sentence may relate which two mentions, in arrays for the pair scorer.

A candidate is a word that the lexicon knows for a relation and two mentions of the sentence whose kinds
fit the relation; several candidates may state the same triple. What the network is told of the words,
besides their vectors in context (``doc.tensor``): for which relations they are triggers, part of speech,
label, how they stand for an entity, and how the tree joins each two of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kg.anchors import Anchor, SentenceAnchors, Triple
from kg.frames import Trigger
from kg.model import MentionKind

if TYPE_CHECKING:
    from kg.frames import FrameMatcher
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
    """

    def __init__(self, anchors: SentenceAnchors, relations: Sequence[str]) -> None:
        self.anchors, self.matcher = anchors, anchors.matcher
        self.start, self.end = anchors.start, anchors.end
        self._number = {name: n for n, name in enumerate(relations)}
        self._triggers = tuple(self._find_triggers())
        self._tokens = np.array([anchor.token for anchor in anchors.all], np.int64) - self.start
        self._at = np.array([t.token for t in self._triggers], np.int64) - self.start
        self.triples: dict[Triple, int] = {}  # undirected, each with its number
        self.rows = np.array(list(self._find_rows()), np.int64).reshape(-1, 5)

    # -- candidates ----------------------------------------------------------------------------

    def _find_triggers(self) -> Iterator[Trigger]:
        """Triggers in text order, one a word and relation: that with the best frame."""
        best: dict[tuple[int, str], Trigger] = {}
        for trigger in self.matcher.triggers(self.anchors.number):
            if trigger.frame.relation in self._number:
                key = trigger.token, trigger.frame.relation
                known = best.get(key)
                if known is None or _rank(trigger) > _rank(known):
                    best[key] = trigger
        yield from best.values()

    def _find_rows(self) -> Iterator[tuple[int, int, int, int, int]]:
        grouped: dict[str, list[int]] = {}
        for n, trigger in enumerate(self._triggers):
            grouped.setdefault(trigger.frame.relation, []).append(n)
        for name, triggers in grouped.items():
            pairs = list(self._related(self.matcher.ontology.properties[name]))
            number = self._number[name]
            for (one, other, triple), near in zip(
                pairs, self._nearest(triggers, pairs), strict=True
            ):
                for place in near:
                    yield one, other, place, number, triple

    def _related(self, relation: Relation) -> Iterator[tuple[int, int, int]]:
        """Mentions that *relation* may join, with the number of the triple."""
        all_, iris = self.anchors.all, self.anchors.iris
        for one, other in self.anchors.possible(relation):
            ends = all_[one].found, all_[other].found
            if not self.matcher.contradicts(*ends, relation):
                triple = iris[one], relation.name, iris[other]
                triple = self.matcher.ontology.undirected(triple)
                yield one, other, self.triples.setdefault(triple, len(self.triples))

    def _nearest(
        self, triggers: list[int], pairs: list[tuple[int, int, int]]
    ) -> Iterable[list[int]]:
        """For each of *pairs* those of *triggers* that are nearest in the tree, `_TRIGGERS` at most."""
        if len(triggers) <= _TRIGGERS or not pairs:
            return repeat(triggers, len(pairs))
        one, other, _ = np.array(pairs, np.int64).T
        at = self._at[triggers, None]
        far = sum(sum(self._steps(at, self._tokens[ends])) for ends in (one, other))
        far = far + 4 * np.array([[not self._triggers[n].holds] for n in triggers])
        order = far.argsort(0, kind="stable")[:_TRIGGERS].T
        nearest: list[list[int]] = np.array(triggers)[order].tolist()
        return nearest

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

    @cached_property
    def _heads(self) -> Integers:
        """The head of each word; of the sentence's root, itself."""
        size = self.end - self.start
        heads = np.array(self.matcher.tree.head[self.start : self.end]) - self.start
        return np.where((heads >= 0) & (heads < size), heads, np.arange(size))

    @cached_property
    def _shared(self) -> Integers:
        """How many words stand above both of two words, or are one of them (words, words)."""
        size = len(self._heads)
        above = np.zeros((size, size), np.float32)
        rows = np.arange(size)
        at = rows
        while not above[rows, at].all():
            above[rows, at] = 1
            at = self._heads[at]
        return (above @ above.T).astype(np.int64)

    def _steps(self, one: Integers, other: Integers) -> tuple[Integers, Integers]:
        """Steps in the tree up from words and down to others."""
        shared = self._shared[one, other]
        return self._shared[one, one] - shared, self._shared[other, other] - shared

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
        heads, size = self._heads, self.end - self.start
        links = np.zeros((size, size), np.int64)
        own = np.arange(size)
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
        first = np.array([a.found.start for a in self.anchors.all], np.int64) - self.start
        first = first.clip(0, self.end - self.start - 1)
        columns = [self._tokens[one], first[one], self._tokens[other], first[other]]
        columns.append(self._at[trigger])
        return np.stack([*columns, relation, triple], 1)

    @cached_property
    def features(self) -> Floats:
        """What is told of each candidate (candidates, `PAIR_FEATURES`)."""
        one, other, trigger, _, _ = self.rows.T
        ours, theirs, at = self.places[:, 0], self.places[:, 2], self.places[:, 4]
        low, high = np.minimum(ours, theirs), np.maximum(ours, theirs)
        tokens = self._tokens
        between = ((tokens > low[:, None]) & (tokens < high[:, None])).sum(1)
        holds = np.array([t.holds for t in self._triggers])
        sure = np.array([t.frame.confidence for t in self._triggers])
        certain = np.array([a.found.mention.confidence for a in self.anchors.all])
        typed = np.array([_is_typed(a) for a in self.anchors.all])
        steps = [*self._steps(at, ours), *self._steps(at, theirs), *self._steps(ours, theirs)]
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
            *(np.minimum(step, _LONG) / (_LONG / 2) for step in steps),
            min(self.end - self.start, 2 * _FAR) / _FAR,
            len(self.anchors.all) / 8,
        ]
        rows = np.empty((PAIR_FEATURES, len(one)), np.float32)
        for n, column in enumerate([*columns, *kinds[one].T, *kinds[other].T]):
            rows[n] = column
        return np.ascontiguousarray(rows.T)

    @cached_property
    def _are_related(self) -> NDArray[np.bool_]:
        """Whether frames relate two mentions so (mentions, mentions, relations)."""
        iris = self.anchors.iris
        found = np.zeros((len(iris), len(iris), len(self._number)), bool)
        for first, relation, last in self.anchors.related:
            if relation in self._number:
                ones = [n for n, iri in enumerate(iris) if iri == first]
                others = [n for n, iri in enumerate(iris) if iri == last]
                found[np.ix_(ones, others, [self._number[relation]])] = True
        return found

    @cached_property
    def _are_siblings(self) -> NDArray[np.bool_]:
        """Whether two mentions are listed side by side (mentions, mentions)."""
        iris, siblings = self.anchors.iris, self.anchors.siblings
        return np.array([[iri in beside for iri in iris] for beside in siblings], bool)


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
    for anchors in matcher.sentences():
        found = SentencePairs(anchors, relations)
        if len(found.rows):
            yield found
