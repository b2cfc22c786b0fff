"""The mentions of a sentence that may be arguments, as both judges of arguments look at them.

Gathered once a sentence and shared: which tokens stand for which entities, who is listed beside whom,
who may stand on which side of a relation, and what frames relate there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from kg.frames import FrameMatcher
    from kg.mentions import TokenMention
    from kg.ontology import Relation

__all__ = ["Anchor", "SentenceAnchors", "Triple"]

Triple: TypeAlias = tuple[str, str, str]  # IRI, relation, IRI


@dataclass(frozen=True, slots=True)
class Anchor:
    """A mention at the token that stands for it (the verb, where a subject is left out)."""

    token: int
    found: TokenMention

    @property
    def iri(self) -> str:
        """The entity's IRI."""
        entity = self.found.mention.entity
        return entity.iri if entity is not None else ""


class SentenceAnchors:
    """The resolved mentions of sentence *number*, and the triples that frames find there."""

    def __init__(self, matcher: FrameMatcher, number: int, related: frozenset[Triple]) -> None:
        self.matcher, self.number, self.related = matcher, number, related
        self.start, self.end = matcher.tree.bounds[number]
        self.all = tuple(dict.fromkeys(self._anchors()))
        self.iris = tuple(anchor.iri for anchor in self.all)
        self.entities = len(set(self.iris))
        self._standing: dict[tuple[str, ...], list[int]] = {}
        self._possible: dict[str, list[tuple[int, int]]] = {}

    def _anchors(self) -> Iterator[Anchor]:
        mentions = self.matcher.mentions
        for i in range(self.start, self.end):
            found = mentions.at(i)
            if found is not None:
                others = [found] if found.head == i else []
            else:
                others = [m for m in (mentions.dropped(i), mentions.implicit(i)) if m is not None]
                others += mentions.members(i)
            yield from (Anchor(i, m) for m in others if m.mention.entity is not None)

    def standing(self, allowed: tuple[str, ...]) -> list[int]:
        """Numbers of those that may stand where *allowed* classes are asked for."""
        if allowed not in self._standing:
            stands = self.matcher.names.stands
            self._standing[allowed] = [
                n for n, a in enumerate(self.all) if stands(a.found, allowed)
            ]
        return self._standing[allowed]

    def possible(self, relation: Relation) -> list[tuple[int, int]]:
        """Numbers of subject and object that *relation* may join, as far as their kinds tell."""
        if relation.name not in self._possible:
            self._possible[relation.name] = [
                (one, other)
                for one in self.standing(relation.domain)
                for other in self.standing(relation.range)
                if self.iris[one] != self.iris[other]
                and self.matcher.weight(relation, self.all[one].found, self.all[other].found)
            ]
        return self._possible[relation.name]

    @cached_property
    def siblings(self) -> tuple[frozenset[str], ...]:
        """For each anchor the IRIs of those that it is coordinated or listed with."""
        tree, names = self.matcher.tree, self.matcher.names
        listed = [
            {*tree.coordinated(a.token), *(m.head for m in names.listed(a.found))} for a in self.all
        ]
        return tuple(
            frozenset(
                other.iri
                for k, other in enumerate(self.all)
                if other.token != anchor.token
                and (other.token in listed[n] or anchor.token in listed[k])
            )
            for n, anchor in enumerate(self.all)
        )
