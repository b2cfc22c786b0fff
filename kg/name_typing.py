"""Kinds that an article's own words give to names: "a start-up X", "o chip Y", "X, a maker of …"."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from kg.model import Entity, MentionKind
from kg.name_kinds import HEAD_LAST

if TYPE_CHECKING:
    from kg.mentions import Mentions, TokenMention
    from kg.ontology import Ontology
    from kg.syntax import Tree

__all__ = ["NAMED", "NameTyping"]

NAMED = frozenset({MentionKind.NAME, MentionKind.CATALOGUE, MentionKind.ACRONYM})


class NameTyping:
    """Class nouns of one document and what they say of its names.

    Parameters
    ----------
    tree, mentions
        The parsed document and its names.
    ontology
        For the nouns of its classes.
    """

    def __init__(self, tree: Tree, mentions: Mentions, ontology: Ontology) -> None:
        self.tree, self.mentions, self.ontology = tree, mentions, ontology
        self.nouns = _class_nouns(ontology, tree.lang)
        self._classes: dict[int, tuple[tuple[str, ...], int]] = {}

    def type_names(self) -> None:
        """Give unknown names the kinds that the article's own words give them."""
        types: dict[str, set[str]] = {}
        for i in range(len(self.tree.text)):
            classes, _ = self.class_at(i)
            if not classes or self.named_at(i) is not None:
                continue
            for k in [*self.tree.bearers(i), *self.tree.named(i)]:
                found = self.named_at(k)
                if (
                    found is not None
                    and found.mention.entity is not None
                    and not found.mention.entity.known
                ):
                    types.setdefault(found.mention.entity.iri, set()).update(self._common(classes))
        for found in list(self.mentions):
            entity = found.mention.entity
            if entity is not None and entity.iri in types and not entity.known:
                kinds = tuple(sorted(types[entity.iri] | set(entity.types)))
                typed = replace(found.mention, entity=replace(entity, types=kinds), types=kinds)
                self.mentions.replace(replace(found, mention=typed))
        self._agree()

    def _agree(self) -> None:
        """All mentions of one unknown entity carry the kinds that any of them has."""
        best: dict[str, Entity] = {}
        for found in self.mentions:
            entity = found.mention.entity
            if entity is not None and not entity.known:
                known = best.get(entity.iri, entity)
                kinds = tuple(sorted({*known.types, *entity.types}))
                best[entity.iri] = replace(known, types=self._consistent(kinds))
        for found in list(self.mentions):
            entity = found.mention.entity
            if entity is not None and entity.iri in best and best[entity.iri] != entity:
                self.mentions.replace(
                    replace(found, mention=replace(found.mention, entity=best[entity.iri]))
                )

    def _consistent(self, kinds: tuple[str, ...]) -> tuple[str, ...]:
        """Kinds of one root only: specific ones win over what the recogniser guessed."""
        roots = self.ontology.roots(kinds)
        if len(roots) < 2:
            return kinds
        specific = [k for k in kinds if k not in roots]
        keep = self.ontology.roots(specific[:1]) if specific else frozenset(sorted(roots)[:1])
        return tuple(k for k in kinds if self.ontology.roots((k,)) & keep)

    def _common(self, classes: tuple[str, ...]) -> tuple[str, ...]:
        """The class itself, or what several readings of one noun have in common."""
        if len(classes) == 1:
            return classes
        return (
            tuple(sorted(self.ontology.roots(classes)))
            if len(self.ontology.roots(classes)) == 1
            else ()
        )

    def class_at(self, i: int) -> tuple[tuple[str, ...], int]:
        """Classes of the class noun headed by token *i*, with the first token of it."""
        if i not in self._classes:
            self._classes[i] = self._class_at(i)
        return self._classes[i]

    def _class_at(self, i: int) -> tuple[tuple[str, ...], int]:
        for words, classes in self.nouns.get(
            self.tree.lower[i], self.nouns.get(self.tree.lemma[i], ())
        ):
            start = i - len(words) + 1 if self.tree.lang in HEAD_LAST else i
            places = range(start, start + len(words))
            fits = start >= 0 and places[-1] < len(self.tree.text)
            if fits and all(w in self.tree.forms(k) for w, k in zip(words, places, strict=True)):
                return classes, start
        return (), i

    def named_at(self, i: int) -> TokenMention | None:
        """The name that covers token *i*."""
        found = self.mentions.at(i)
        return found if found is not None and found.mention.kind in NAMED else None


def _class_nouns(
    ontology: Ontology, lang: str
) -> dict[str, list[tuple[list[str], tuple[str, ...]]]]:
    """Class nouns by the word that heads them, longest first."""
    found: dict[str, list[tuple[list[str], tuple[str, ...]]]] = {}
    for noun, classes in ontology.class_nouns(lang).items():
        pieces, whole = re.findall(r"\w+|[^\w\s]", noun), noun.split()
        for words in (
            [pieces] if pieces == whole else [pieces, whole]
        ):  # "start-up" is one token or three
            head = words[-1] if lang in HEAD_LAST else words[0]
            found.setdefault(head, []).append((words, classes))
    for group in found.values():
        group.sort(key=lambda entry: (-len(entry[0]), entry[0]))
    return found
