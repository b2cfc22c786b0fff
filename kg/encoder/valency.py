"""Each core argument once: a predicate has one subject, one object, one clause as its complement.

Heads and relations are chosen word by word, so that a verb may get two subjects where the second is an
apposition of the first ("Varnholt, its main rival, took …") or a name behind its noun ("its rival
Varnholt took …"). Universal Dependencies gives a predicate each core argument once
(de Marneffe et al., "Universal Dependencies", Computational Linguistics, 2021), and no sentence of the
development parts has two. So of two the one that loses least goes where it fits next best.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["CORE_ARGUMENTS", "Judge", "settle"]

Floats = NDArray[np.float32]
Whole = NDArray[np.int64]

Judge: TypeAlias = Callable[[int, int], Floats]
"""Word and head (0 is the root) to how well each relation (relations,) joins them."""

CORE_ARGUMENTS = (
    frozenset({"nsubj", "nsubj:pass", "csubj"}), frozenset({"obj"}), frozenset({"ccomp"}),
    frozenset({"xcomp"}), frozenset({"obl:agent"}), frozenset({"iobj"}),
)  # fmt: skip

_HEADS = 4  # the best heads of a word, among which it may move
_RELATIONS = 3


@dataclass(frozen=True, slots=True)
class _Move:
    """A word's other place, and by how much worse it fits there."""

    cost: float
    word: int
    head: int
    relation: int


@dataclass(slots=True)
class _Tree:
    heads: Whole
    relations: Whole
    arcs: Floats
    judge: Judge
    groups: Sequence[frozenset[int]]

    def crowded(self) -> list[int]:
        """Words that are the same core argument of one head, the first such; or none."""
        for group in self.groups:
            found = defaultdict(list)
            for word in np.flatnonzero(np.isin(self.relations, list(group)) & (self.heads > 0)):
                found[int(self.heads[word])].append(int(word))
            for _, words in sorted(found.items()):
                if len(words) > 1:
                    return words
        return []

    def moves(self, word: int, crowd: Sequence[int]) -> Iterator[_Move]:
        """Where else *word*, one of *crowd*, may hang without a cycle and without crowding another.

        No subject turns into an indirect object: "whose shareholders include …" has none. Of two before
        their verb only the first may be its object: "HashiCorp, que a IBM comprou".
        """
        own = int(self.heads[word])
        arcs = _log_softmax(self.arcs[word])
        now = arcs[own] + _log_softmax(self.judge(word, own))[self.relations[word]]
        below = self._below(word)
        subjects, objects, *_, recipients = self.groups
        barred = recipients if int(self.relations[word]) in subjects else frozenset[int]()
        if any(other < word for other in crowd) and word + 1 < own:
            barred |= objects
        for head in {own, *(int(h) for h in np.argsort(-arcs, kind="stable")[:_HEADS])} - below:
            fits = _log_softmax(self.judge(word, head))
            for relation in np.argsort(-fits, kind="stable")[:_RELATIONS]:
                if int(relation) not in barred and not self._is_taken(head, int(relation), word):
                    cost = float(now - arcs[head] - fits[relation])
                    yield _Move(cost, word, head, int(relation))

    def _below(self, word: int) -> set[int]:
        """Columns that *word* cannot hang from: the root's, its own, those of what hangs on it."""
        found = {0, word + 1}
        for _ in self.heads:
            more = {k + 1 for k, head in enumerate(self.heads) if int(head) in found - {0}} - found
            if not more:
                break
            found |= more
        return found

    def _is_taken(self, head: int, relation: int, word: int) -> bool:
        """Whether *head* has another word for the core argument that *relation* stands for."""
        group = next((g for g in self.groups if relation in g), frozenset[int]())
        others = (k for k in np.flatnonzero(self.heads == head) if k != word)
        return any(int(self.relations[k]) in group for k in others)


def settle(
    heads: Whole, relations: Whole, arcs: Floats, judge: Judge, groups: Sequence[frozenset[int]]
) -> None:
    """Move words of one sentence, in place, until no head has a core argument twice.

    Parameters
    ----------
    heads, relations
        (words,) each word's head, counted from 1 (0 is the root), and its relation's number.
    arcs
        (words, 1 + words): how well each head fits each word.
    judge
        How well relations fit a word and a head.
    groups
        Numbers of the relations that stand for one core argument each, in the order of
        `CORE_ARGUMENTS`.
    """
    tree = _Tree(heads, relations, arcs, judge, groups)
    for _ in heads:  # each round mends one; a round that finds no way out ends it
        words = tree.crowded()
        moves = [move for word in words for move in tree.moves(word, words)]
        if not moves:
            return
        best = min(moves, key=lambda move: (move.cost, move.word, move.head, move.relation))
        heads[best.word], relations[best.word] = best.head, best.relation


def _log_softmax(scores: Floats) -> Floats:
    shifted = scores - scores.max()
    found: Floats = shifted - np.log(np.exp(shifted).sum())
    return found
