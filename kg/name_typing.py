"""Kinds that an article's own words give to names: "a start-up X", "o chip Y", "X, a maker of …"."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from kg.model import Entity, MentionKind
from kg.name_kinds import HEAD_LAST

if TYPE_CHECKING:
    from kg.mentions import Mentions, TokenMention
    from kg.ontology import Ontology
    from kg.syntax import Tree

__all__ = ["NAMED", "NameTyping"]

_LABELLED, _SURE = 1, 2  # how much says that a name is a company's: a label, a word of its own
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
        said: dict[str, Counter[str]] = defaultdict(Counter)
        for i in range(len(self.tree.text)):
            classes, _ = self.class_at(i)
            common = self._common(classes)
            if not common or self.named_at(i) is not None or self._only_modifies(i):
                continue
            for iri in dict.fromkeys(iri for k in self._described(i) for iri in self._unknown(k)):
                said[iri].update(common)
        companies = self._companies()
        for found in list(self.mentions):
            entity = found.mention.entity
            if entity is not None and entity.iri in said and not entity.known:
                told = self._told(said[entity.iri], companies[entity.iri])
                kinds = tuple(sorted({*told, *entity.types}))
                typed = replace(found.mention, entity=replace(entity, types=kinds), types=kinds)
                self.mentions.replace(replace(found, mention=typed))
        self._agree()

    def _only_modifies(self, i: int) -> bool:
        """Whether the noun that tells the kind stands behind *i*: "a software house"."""
        tree, head = self.tree, self.tree.head[i]
        if tree.dep[i] not in {"compound", "amod"} or head <= i:
            return False
        return tree.pos[head] in {"NOUN", "ADJ"} and self.named_at(head) is None

    def _described(self, i: int) -> Iterator[int]:
        """Tokens that class noun *i* speaks of.

        None of "X, whose chips", "X, which makes chips", "a model from the lab X", "the chip, X's Y".
        """
        tree = self.tree
        for k in dict.fromkeys([*tree.bearers(i), *tree.named(i)]):
            first = tree.noun_phrase_start(k)
            owner = i < first and (tree.full[k] == "nmod:poss" or tree.pos[first - 1] == "ADP")
            if not owner and not any(tree.is_relative(at) for at in range(k + 1, i)):
                yield k

    def _unknown(self, k: int) -> Iterator[str]:
        """IRI of the entity that token *k* names, where the catalogue does not have it."""
        found = self.named_at(k)
        entity = found.mention.entity if found is not None else None
        if entity is not None and not entity.known:
            yield entity.iri

    def _companies(self) -> Counter[str]:
        """By IRI how much in unknown names and their labels says that they are companies'."""
        found: Counter[str] = Counter()
        words, company = self.tree.words("organizationWord"), self.ontology.recognised("ORG")
        for mention in self.mentions:
            for iri in self._unknown(mention.start):
                several = mention.end - mention.start > 1
                sure = several and not words.isdisjoint(
                    self.tree.lower[mention.start : mention.end]
                )
                label = mention.mention.types == company
                found[iri] = max(found[iri], _SURE if sure else _LABELLED if label else 0)
        return found

    def _told(self, said: Counter[str], company: int) -> tuple[str, ...]:
        """Kinds that nouns give a name: where they speak of two kinds of things, the likelier.

        Nouns for products do not make one of "Osgood Holdings"; and an app or a program that is
        labelled an organisation may be one: companies are called by their only product.
        """
        wanted = self.ontology.recognised("ORG")
        firms = tuple(sorted(k for k in said if self.ontology.fits((k,), wanted)))
        things = tuple(sorted(set(said) - set(firms)))
        if firms and sum(said[k] for k in firms) + company // _SURE >= sum(said[k] for k in things):
            return firms
        named_alike = set(things) <= self._lending
        return () if company >= (_LABELLED if named_alike else _SURE) else things

    @cached_property
    def _lending(self) -> frozenset[str]:
        """Kinds of products that stand for their makers, and the products' own root."""
        relations = self.ontology.relations.values()
        lending = frozenset(kind for relation in relations for kind in relation.through_maker)
        return lending | self.ontology.roots(lending)

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
