"""Descriptions, pronouns and left-out subjects, resolved inside the article.

A model of the article's discourse is kept while its text is walked once: who was named, how often,
when last, as a subject or not, what kind of thing it is, where it sits. A description goes to the
one entity that is meant ("the chipmaker", "a dona da Meo", "the Redmond group"); one that
does so surely enough, by a trained ranker, or stays unresolved and yields nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kg.discourse.nominals import Nominals
from kg.discourse.pronouns import Pronouns
from kg.discourse.speakers import Speakers
from kg.model import Entity, MentionKind

if TYPE_CHECKING:
    from kg.frames import Match

__all__ = ["Discourse"]


class Discourse(Nominals, Pronouns, Speakers):
    """Resolves what is no name in one document; adds to its mentions.

    Parameters
    ----------
    tree, mentions
        The parsed document and its names.
    ontology, catalogue
        Class nouns and role frames; background that identifies descriptions.
    title
        The article's headline: raises those that it names, and is no part of the text.
    chooser
        Chooses antecedents; None: the trained ranker that comes with the program.
    """

    def resolve(self, matches: Iterable[Match]) -> None:
        """Resolve descriptions in text order; *matches* of names alone are the article's own facts."""
        for match in matches:
            one, other = match.subject.mention.entity, match.object.mention.entity
            if one is not None and other is not None:
                self._learn(one.iri, match.relation, other.iri)
        i, sentence = 0, -1
        while i < len(self.tree.text):
            if self.tree.sentence[i] != sentence:
                sentence = self.tree.sentence[i]
                self._drop(self.tree.root(sentence))
            found = self.typing.named_at(i)
            if found is not None and found.mention.entity is not None:
                self._see(found.mention.entity, found.head, named=True)
                i = found.end
                continue
            self._visit(i)
            if self.tree.pos[i] in {"NOUN", "ADJ"}:
                self._imply(i)
            i += 1
        self._resolve_speakers()

    def _visit(self, i: int) -> None:
        tree = self.tree
        if self._is_pair(i):
            self._gather(i)
            return
        found = self._meant(i)
        if found is not None:
            entity, confidence, why = found
            kind = (
                MentionKind.NOMINAL
                if tree.pos[i] in {"NOUN", "ADJ", "PROPN"}
                else MentionKind.PRONOUN
            )
            self._put(i, entity, kind, confidence, why)
            self._see(entity, i)

    def _meant(self, i: int) -> tuple[Entity, float, str] | None:
        """Who is meant by token *i*, where it may stand for somebody."""
        tree = self.tree
        if self._is_ordinal(i):
            return self._ordinal(i)
        if tree.pos[i] in {"NOUN", "ADJ", "PROPN"}:
            certain = self._by_role(i)
            if certain is not None:
                return certain
            anaphor = self._description(i)
        elif tree.is_word(i, "possessive") and tree.pos[i] in {"DET", "PRON", "ADJ"}:
            anaphor = self._possessive(i)
        elif self._is_pronoun(i):
            anaphor = self._pronoun(i)
        else:
            if tree.pos[i] in {"VERB", "AUX"}:
                self._drop(i)
            return None
        return self._choose(anaphor) if anaphor is not None else None
