"""Which sentences of an article a model is shown.

All of them, in passages that end with paragraphs; or, once rules have read the article, those that
they leave open: with a pair of names and a word that could relate them but no claim, with a claim
that is not sure, or with a description that they could not resolve. The sentence before comes along
where something in an open one points back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg.discourse import Discourse
    from kg.frames import FrameMatcher
    from kg.model import Claim
    from kg.ontology import Ontology
    from kg.syntax import Tree

__all__ = ["Passage", "open_passages", "whole_passages"]

_LONGEST = 6_000  # characters of one passage
_UNSURE = 0.5  # confidence below which a claim is left open
_GAP = "\n[…]\n"


@dataclass(frozen=True, slots=True)
class Passage:
    """Sentences by number; claims are wanted of those in ``wanted`` alone."""

    sentences: tuple[int, ...]
    wanted: frozenset[int]
    text: str


def whole_passages(tree: Tree) -> tuple[Passage, ...]:
    """All sentences of a document, cut between sentences where it is long."""
    numbers = range(len(tree.bounds))
    return tuple(_passages(tree, numbers, frozenset(numbers)))


def open_passages(
    matcher: FrameMatcher, discourse: Discourse, claims: Iterable[Claim]
) -> tuple[Passage, ...]:
    """What rules that made *claims* leave open, with the sentences that it points back to."""
    reader = _Open(matcher, discourse, tuple(claims))
    wanted = frozenset(n for n in range(len(matcher.tree.bounds)) if reader.is_open(n))
    before = {n - 1 for n in wanted if n and reader.points_back(n)}
    return tuple(_passages(matcher.tree, sorted(wanted | before), wanted))


def _passages(tree: Tree, numbers: Iterable[int], wanted: frozenset[int]) -> Iterator[Passage]:
    group: list[int] = []
    size = 0
    for number in numbers:
        start, end = _span(tree, number)
        if group and size + end - start > _LONGEST:
            yield _passage(tree, group, wanted)
            group, size = [], 0
        group.append(number)
        size += end - start
    if group:
        yield _passage(tree, group, wanted)


def _passage(tree: Tree, numbers: list[int], wanted: frozenset[int]) -> Passage:
    """The text of *numbers* as the article has it, with a mark where sentences are left out."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] + 1 == number:
            runs[-1].append(number)
        else:
            runs.append([number])
    texts = (tree.doc.text[_span(tree, r[0])[0] : _span(tree, r[-1])[1]].strip() for r in runs)
    return Passage(tuple(numbers), wanted & frozenset(numbers), _GAP.join(texts))


def _span(tree: Tree, number: int) -> tuple[int, int]:
    start, end = tree.bounds[number]
    last = tree.doc[end - 1]
    return int(tree.doc[start].idx), int(last.idx + len(last.text))


class _Open:
    """What rules leave open in one document."""

    def __init__(
        self, matcher: FrameMatcher, discourse: Discourse, claims: tuple[Claim, ...]
    ) -> None:
        self.matcher, self.discourse = matcher, discourse
        self.tree, self.mentions = matcher.tree, matcher.mentions
        self.ontology: Ontology = matcher.ontology
        self.claims = claims

    def is_open(self, number: int) -> bool:
        """Whether sentence *number* may hold a claim that rules did not make, or not surely."""
        made = self._claims(number)
        if any(claim.confidence < _UNSURE for claim in made):
            return True
        if made or not self._has_cue(number):
            return False
        names = self._entities(number)
        return len(names) > 1 or (len(names) == 1 and self.points_back(number))

    def points_back(self, number: int) -> bool:
        """Whether a description or a pronoun of sentence *number* stands for nobody yet."""
        return any(self._is_unresolved(i) for i in self._tokens(number))

    def _tokens(self, number: int) -> range:
        return range(*self.tree.bounds[number])

    def _claims(self, number: int) -> list[Claim]:
        start, end = _span(self.tree, number)
        return [c for c in self.claims if start <= c.trigger.start < end]

    def _has_cue(self, number: int) -> bool:
        tokens = (i for i in self._tokens(number) if self.mentions.at(i) is None)
        return any(True for i in tokens for _ in self.matcher.paths.frames_at(i))

    def _entities(self, number: int) -> frozenset[str]:
        """IRIs of those that the sentence speaks of, by name or otherwise."""
        found = (
            mention
            for i in self._tokens(number)
            for mention in (
                self.mentions.at(i),
                self.mentions.dropped(i),
                self.mentions.implicit(i),
                *self.mentions.members(i),
            )
        )
        return frozenset(m.mention.entity.iri for m in found if m and m.mention.entity)

    def _is_unresolved(self, i: int) -> bool:
        if self.mentions.at(i) is not None or self.mentions.members(i):
            return False
        return self.discourse.could_refer(i)
