"""Where words that a model repeats stand in the article.

Models turn quotation marks and white space into others; both are folded, nothing else is, and what
is found is always given as places in the article's own text.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from kg.model import Span

__all__ = ["Folded"]

_QUOTES = {**dict.fromkeys("“”„‟«»″", '"'), **dict.fromkeys("‘’‚‛`´′", "'")}


class Folded:
    """A text with its quotation marks and white space folded, and the way back to it."""

    def __init__(self, text: str) -> None:
        self.original = text
        self.text, self._places = _fold(text)

    def find(self, words: str, within: Span | None = None) -> Iterator[Span]:
        """Where *words* stand as whole words, left to right; *within* is a part of the text."""
        wanted, _ = _fold(words)
        wanted = wanted.strip()
        start, end = self._bounds(within)
        at = self.text.find(wanted, start, end) if wanted else -1
        while at >= 0:
            stop = at + len(wanted)
            if self._is_whole(at, stop):
                yield Span(self._places[at], self._places[stop - 1] + 1)
            at = self.text.find(wanted, at + 1, end)

    def _bounds(self, within: Span | None) -> tuple[int, int]:
        if within is None:
            return 0, len(self.text)
        return bisect_left(self._places, within.start), bisect_left(self._places, within.end)

    def _is_whole(self, start: int, end: int) -> bool:
        """Whether neither end cuts a word in two."""
        text = self.text
        cut = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
        return not cut and not (end < len(text) and text[end - 1].isalnum() and text[end].isalnum())


def _fold(text: str) -> tuple[str, list[int]]:
    """Folded characters, and for each its place in *text*."""
    folded: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        char = " " if char.isspace() else _QUOTES.get(char, char)
        if char == " " and folded and folded[-1] == " ":
            continue
        folded.append(char)
        places.append(place)
    return "".join(folded), places
