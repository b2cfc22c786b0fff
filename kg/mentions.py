"""The mentions of a parsed article: an index from token to the words that stand for an entity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg.model import Mention

__all__ = ["Mentions", "TokenMention"]


@dataclass(frozen=True, slots=True)
class TokenMention:
    """A mention with its token range ``[start, end)`` and the token that heads it."""

    start: int
    end: int
    head: int
    mention: Mention


class Mentions:
    """The mentions of one document by token; later additions never overwrite earlier ones."""

    def __init__(self) -> None:
        self._at: dict[int, TokenMention] = {}
        self._dropped: dict[int, TokenMention] = {}
        self._implicit: dict[int, TokenMention] = {}
        self._groups: dict[int, tuple[TokenMention, ...]] = {}
        self.changes: list[int] = []  # tokens that came to stand for something (else), in order

    def add(self, found: TokenMention) -> bool:
        """Add *found* unless one of its tokens is taken."""
        places = range(found.start, found.end)
        if any(i in self._at for i in places):
            return False
        self._at.update((i, found) for i in places)
        self.changes.extend(places)
        return True

    def at(self, i: int) -> TokenMention | None:
        """The mention that covers token *i*."""
        return self._at.get(i)

    def dropped(self, i: int) -> TokenMention | None:
        """What the ending of finite verb *i* stands for where its subject is left out."""
        return self._dropped.get(i)

    def drop(self, found: TokenMention) -> None:
        """Let the verb at ``found.head`` stand for its left-out subject."""
        self._dropped[found.head] = found
        self.changes.append(found.head)

    def members(self, i: int) -> tuple[TokenMention, ...]:
        """Those that token *i* stands for together: "both companies", "as duas"."""
        return self._groups.get(i, ())

    def gather(self, i: int, members: tuple[TokenMention, ...]) -> None:
        """Let token *i* stand for all *members*."""
        self._groups[i] = members
        self.changes.append(i)

    def implicit(self, i: int) -> TokenMention | None:
        """Whose noun *i* is where the text leaves that out: "Existing shareholders include …"."""
        return self._implicit.get(i)

    def imply(self, found: TokenMention) -> None:
        """Let the noun at ``found.head`` stand for its left-out possessor."""
        self._implicit[found.head] = found
        self.changes.append(found.head)

    def replace(self, found: TokenMention) -> None:
        """Put *found* where a mention of the same tokens stood."""
        places = range(found.start, found.end)
        self._at.update((i, found) for i in places)
        self.changes.extend(places)

    def count(self, start: int, end: int) -> int:
        """How many mentions stand, in words or left out, in tokens ``[start, end)``."""
        places = range(start, end)
        written = {id(self._at[i]) for i in places if i in self._at}
        left_out = (i in found for i in places for found in (self._dropped, self._implicit))
        return len(written) + sum(left_out) + sum(len(self.members(i)) for i in places)

    def __iter__(self) -> Iterator[TokenMention]:
        """All mentions in text order."""
        seen: TokenMention | None = None
        for i in sorted(self._at):
            if self._at[i] is not seen:
                seen = self._at[i]
                yield seen
