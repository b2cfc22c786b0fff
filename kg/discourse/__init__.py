"""Descriptions, pronouns and left-out subjects, resolved inside the article.

A model of the article's discourse is kept while its text is walked once: who was named, how often,
when last, as a subject or not, what kind of thing it is, where it sits. A description goes to the
one entity that its words fit ("the chipmaker", "a dona da Meo", "the Redmond group"); one that
fits several equally well, or none, stays unresolved and yields nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kg.discourse.nominals import Nominals
from kg.discourse.pronouns import Pronouns
from kg.model import MentionKind

if TYPE_CHECKING:
    from kg.frames import Match

__all__ = ["Discourse"]


class Discourse(Nominals, Pronouns):
    """Resolves what is no name in one document; adds to its mentions.

    Parameters
    ----------
    tree, mentions
        The parsed document and its names.
    ontology, catalogue
        Class nouns and role frames; background that identifies descriptions.
    title
        The article's headline: raises those that it names, and is no part of the text.
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
                self._drop(self._root(sentence))
            found = self.typing.named_at(i)
            if found is not None and found.mention.entity is not None:
                self._see(found.mention.entity, found.head)
                i = found.end
                continue
            self._visit(i)
            if self.tree.pos[i] in {"NOUN", "ADJ"}:
                self._imply(i)
            i += 1

    def _visit(self, i: int) -> None:
        tree = self.tree
        if self._is_pair(i):
            self._gather(i)
            return
        if tree.is_word(i, "lastNamed") or tree.is_word(i, "firstOfTwo"):
            found = self._ordinal(i)
        elif tree.pos[i] in {"NOUN", "ADJ", "PROPN"}:
            found = self._nominal(i)
        elif tree.is_word(i, "possessive") and tree.pos[i] in {"DET", "PRON", "ADJ"}:
            found = self._possessive(i)
        elif (
            tree.pos[i] == "PRON"
            and tree.is_word(i, "subjectPronoun" if tree.dep[i] == "nsubj" else "objectCase")
            and tree.dep[i] in {"nsubj", "obj", "iobj", "obl", "nmod"}
        ):
            found = self._pronoun(i)
        else:
            found = None
            if tree.pos[i] in {"VERB", "AUX"}:
                self._drop(i)
        if found is not None:
            entity, confidence, why = found
            kind = (
                MentionKind.NOMINAL
                if tree.pos[i] in {"NOUN", "ADJ", "PROPN"}
                else MentionKind.PRONOUN
            )
            self._put(i, entity, kind, confidence, why)
            self._see(entity, i)
