"""Whether words of the article can carry a relation between two mentions, by lexicon and syntax.

A model that names a relation must point to the word that says so. The word must be one that the
lexicon has under this relation, what its frames ask for must be near, and where the tree leads from
it to somebody who could stand in the place of a side, that must be the side.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kg.lexicon import Frame

if TYPE_CHECKING:
    from kg.frames import FrameMatcher
    from kg.lexicon import Path
    from kg.mentions import TokenMention
    from kg.ontology import Relation

__all__ = ["Carrier", "CarrierFinder"]

_GENITIVE = 3  # tokens between owner and owned at most
_LIGHT = frozenset({"ADP", "DET", "PART", "PUNCT"})
_DOUBTFUL = 0.6  # confidence left where syntax speaks of another on one side
_CONTENT = frozenset({"VERB", "NOUN", "ADJ"})


@dataclass(frozen=True, slots=True)
class Carrier:
    """A token that carries a relation, by *frame* (None: by a bare genitive)."""

    token: int
    frame: Frame | None


class CarrierFinder:
    """Finds what carries a relation in one document."""

    def __init__(self, matcher: FrameMatcher) -> None:
        self.matcher = matcher
        self.tree, self.ontology = matcher.tree, matcher.ontology

    def carriers(self, tokens: Iterable[int], relation: Relation) -> tuple[Carrier, ...]:
        """Those of *tokens* that carry *relation*, with the surest frame of each.

        Where the lexicon of the language has no frame for it, any word with a meaning does.
        """
        found = []
        for i in tokens:
            frames = self._frames(i, relation)
            if frames:
                found.append(Carrier(i, max(frames, key=lambda frame: frame.confidence)))
            elif relation.name not in self._framed and self._means_something(i):
                lemma, pos = self.tree.lemma[i], self.tree.pos[i]
                found.append(Carrier(i, Frame(relation.name, lemma, self.tree.lang, pos, (), ())))
        return tuple(found)

    def genitive(
        self, one: TokenMention, other: TokenMention, relation: Relation
    ) -> Carrier | None:
        """The owned one's head where a bare genitive may join the two: "o Claude, da Anthropic"."""
        first, second = sorted((one, other), key=lambda m: m.start)
        between = range(first.end, second.start)
        light = all(self.tree.pos[i] in _LIGHT for i in between)
        near = 0 <= second.start - first.end <= _GENITIVE
        together = self.tree.sentence[one.head] == self.tree.sentence[other.head]
        return (
            Carrier(other.head, None) if relation.genitive and light and near and together else None
        )

    def agreement(
        self, carrier: Carrier, relation: Relation, one: TokenMention, other: TokenMention
    ) -> float:
        """How far syntax lets *carrier* hold between the two, in this direction.

        1 where some frame leads on neither side to somebody else; less where it does so on one side
        and to nobody on the other; 0 where it leads to others, or to the two the other way round.
        Where some frames lead to somebody on both sides, only they count; where none does, and the
        word carries another relation between the two, it is 0.
        """
        reached = [
            (
                self._reached(carrier.token, frame.subject, relation.domain),
                self._reached(carrier.token, frame.object, relation.range),
            )
            for frame in self._frames(carrier.token, relation)
        ]
        whole = [(subjects, objects) for subjects, objects in reached if subjects and objects]
        ends = (_iri(one), _iri(other))
        orders = [ends, ends[::-1]] if relation.symmetric else [ends]
        if not whole and self._says_otherwise(carrier.token, relation, frozenset(ends)):
            return 0.0
        fits = (self._fit(*sides, *order) for sides in whole or reached for order in orders)
        return max(fits, default=1.0)

    def _says_otherwise(self, i: int, relation: Relation, ends: frozenset[str]) -> bool:
        """Whether a frame of another relation leads from token *i* to both of *ends*."""
        for frame in self.matcher.paths.frames_at(i):
            other = self.ontology.properties[frame.relation]
            if frame.relation == relation.name or not self._holds(i, frame, strictly=True):
                continue
            subjects = self._reached(i, frame.subject, other.domain)
            objects = self._reached(i, frame.object, other.range)
            if len(ends) == 2 and all(ends & side for side in (subjects, objects)):
                return True
        return False

    def _fit(
        self, subjects: frozenset[str], objects: frozenset[str], subject: str, object_: str
    ) -> float:
        if (not subjects or subject in subjects) and (not objects or object_ in objects):
            return 1.0
        turned = subject in objects or object_ in subjects
        return 0.0 if turned or (subjects and objects) else _DOUBTFUL

    def _reached(self, i: int, paths: Iterable[Path], allowed: tuple[str, ...]) -> frozenset[str]:
        """IRIs of those of an allowed kind at the end of the first path that leads to some."""
        names = self.matcher.names
        for path in paths:
            ends = self.matcher.paths.follow(i, path)
            found = (m for k in ends for m in names.resolve(k) if names.stands(m, allowed))
            if iris := frozenset(map(_iri, found)):
                return iris
        return frozenset()

    def _frames(self, i: int, relation: Relation) -> list[Frame]:
        if self.matcher.paths.is_name(i):
            return []
        forms, lang = self.tree.forms(i), self.tree.lang
        frames = dict.fromkeys(f for form in forms for f in self.ontology.frames_for(form, lang))
        return [f for f in frames if f.relation == relation.name and self._holds(i, f)]

    def _holds(self, i: int, frame: Frame, strictly: bool = False) -> bool:
        """Whether what *frame* asks for stands at its path or, not *strictly*, in the sentence."""
        follow = self.matcher.paths.follow
        if any(self.matcher.paths.is_barred(i, path) for path in frame.forbids):
            return False
        return all(
            follow(i, path) or (not strictly and self._has_word(i, path)) for path in frame.requires
        )

    def _has_word(self, i: int, path: Path) -> bool:
        """Whether the sentence holds what *path* should lead to, whatever the tree makes of it."""
        lemmas = path[-1].lemmas
        if not lemmas:
            return True
        start, end = self.tree.bounds[self.tree.sentence[i]]
        return any(not lemmas.isdisjoint(self.tree.forms(k)) for k in range(start, end))

    def _means_something(self, i: int) -> bool:
        said = self.tree.is_word(i, "saying") or self.tree.is_word(i, "copula")
        return self.tree.pos[i] in _CONTENT and not said and not self.matcher.paths.is_name(i)

    @cached_property
    def _framed(self) -> frozenset[str]:
        """Relations that the lexicon has frames for in the document's language."""
        frames = self.ontology.lexicon.frames.items()
        lang = self.tree.lang
        return frozenset(f.relation for (own, _), group in frames if own == lang for f in group)


def _iri(found: TokenMention) -> str:
    return found.mention.entity.iri if found.mention.entity is not None else ""
