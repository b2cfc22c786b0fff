"""Who "we" and "our" are in what somebody is quoted as saying."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kg.discourse.model import DiscourseModel
from kg.model import MentionKind

if TYPE_CHECKING:
    from kg.model import Entity

__all__ = ["Speakers"]

_SURE = 0.8


class Speakers(DiscourseModel):
    """Resolves the first person in quotes: the organisation that is cited or whose people are."""

    def _resolve_speakers(self) -> None:
        """Resolve each first person of a quote whose speaker its sentence tells.

        After all else, since who speaks is mostly told behind the quote ("…", said its founder).
        """
        for i, text in enumerate(self.tree.text):
            if self.tree.is_word(i, "firstPerson") and self.tree.is_quoted(i):
                entity = next(self._cited(self.tree.sentence[i]), None)
                if entity is not None:
                    self._put(i, entity, MentionKind.PRONOUN, _SURE, f"{text!r} of who is cited")

    def _cited(self, sentence: int) -> Iterator[Entity]:
        """Organisations whose people say something in *sentence*: "said X's founder"."""
        tree = self.tree
        for verb in range(*tree.bounds[sentence]):
            if tree.is_word(verb, "saying") and tree.is_verb(verb) and not tree.is_quoted(verb):
                for k in tree.subjects(verb):
                    yield from self._behind([k, *tree.appositions(k), *tree.named(k)])

    def _behind(self, places: list[int]) -> Iterator[Entity]:
        organization = self.ontology.recognised("ORG")
        for place in places:
            for k in (place, *self.tree.genitives(place)):
                found = self.mentions.at(k)
                if found is not None and found.mention.entity is not None:
                    types = found.mention.entity.types or found.mention.types
                    if types and self.ontology.fits(types, organization):
                        yield found.mention.entity
