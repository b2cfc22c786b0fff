"""How well a claim is supported: independent origins, and who says it.

Copies of one wire story are one origin, and so is all that one publisher says; a claim that ten
sites copied from an agency has one origin, not ten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from kg.attribution import Attribution, Voice, attribution
from kg.model import Claim
from kg.rdf import StoredArticle
from kg.store import Store
from kg.turtle import local_name
from kg.vocabulary import GRAPHS, article_node, kg

__all__ = ["Agreement", "Sources", "independent", "origin_quads", "origins"]

_COPY_OF = kg("copyOf")


def origin_quads(groups: Iterable[tuple[StoredArticle, ...]]) -> Iterator[ox.Quad]:
    """``kg:copyOf`` from each copy to the first article of its group: by date, then by hash."""
    for group in groups:
        first, *others = sorted(group, key=_precedence)
        for other in others:
            yield ox.Quad(
                article_node(other.hash), _COPY_OF, article_node(first.hash), GRAPHS.ORIGINS
            )


def _precedence(article: StoredArticle) -> tuple[bool, str, str]:
    return article.date is None, article.date or "", article.hash


def origins(store: Store) -> dict[str, str]:
    """Hash of each article that is a copy → hash of the first of its copies, sorted."""
    found = {
        local_name(quad.subject.value): local_name(quad.object.value)
        for quad in store.quads(GRAPHS.ORIGINS)
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode)
    }
    return dict(sorted(found.items()))


def independent(articles: Iterable[tuple[str | None, str]]) -> int:
    """How many of *articles*, each ``(publisher or None, origin)``, are independent of each other.

    As many as can be chosen with no publisher and no origin twice: a maximum matching of the two
    (augmenting paths, Kuhn 1955), so that the order does not matter.
    """
    ways: dict[tuple[str, str], list[str]] = {}
    for source, origin in sorted({(source or "", origin) for source, origin in articles}):
        publisher = ("publisher", source) if source else ("unknown", origin)
        ways.setdefault(publisher, []).append(origin)
    taken: dict[str, tuple[str, str]] = {}

    def place(publisher: tuple[str, str], seen: set[str]) -> bool:
        for origin in ways[publisher]:
            if origin in seen:
                continue
            seen.add(origin)
            if origin not in taken or place(taken[origin], seen):
                taken[origin] = publisher
                return True
        return False

    return sum(place(publisher, set()) for publisher in ways)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Support of what several claims say: independent origins, and claims by voice, best first."""

    origins: int
    voices: tuple[tuple[Voice, int], ...]

    @property
    def voice(self) -> Voice:
        """The best voice."""
        return self.voices[0][0]


class Sources:
    """Articles of one graph, to judge claims by."""

    def __init__(self, articles: Iterable[StoredArticle], origin: Mapping[str, str]) -> None:
        self.articles = {article.id: article for article in articles}
        self._origin = origin

    @classmethod
    def of(cls, store: Store) -> Sources:
        """Those of *store*."""
        return cls(store.articles(), origins(store))

    def origin(self, claim: Claim) -> tuple[str | None, str]:
        """Publisher and origin of the article of *claim*."""
        article = self.articles.get(claim.article)
        if article is None:
            return None, claim.article
        return article.source, self._origin.get(article.hash, article.hash)

    def attribution(self, claim: Claim) -> Attribution:
        """Who says *claim*."""
        article = self.articles.get(claim.article)
        if article is None:
            return attribution(claim, "")
        return attribution(claim, article.lang, article.source)

    def agreement(self, claims: Iterable[Claim]) -> Agreement:
        """Support of *claims* that say the same."""
        claims = tuple(claims)
        voices = Counter(self.attribution(claim).voice for claim in claims)
        counted = tuple((voice, voices[voice]) for voice in Voice if voices[voice])
        return Agreement(independent(map(self.origin, claims)), counted)
