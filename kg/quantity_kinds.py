"""What an amount or a percentage is, from the cue words around it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kg.model import Span
from kg.numerals import merged
from kg.quantity_lexicon import Kind, QuantityLexicon, Words
from kg.quantity_lexicon import words as fold

__all__ = ["KindReader"]

_SENTENCE_END = re.compile(r"[.!?;](?=\s)|\n")


class KindReader:
    """Decides the kind of each quantity from the cues around it."""

    def __init__(self, text: str, lang: str, lexicon: QuantityLexicon) -> None:
        self.text = text
        self.cues = merged(lexicon.cues, lang)
        self.deals = lexicon.part("deal", lang)
        self.longest = max(map(len, self.cues), default=1)

    def of(self, span: Span, before: int, after: int, kinds: frozenset[Kind]) -> Kind | None:
        """The kind said nearest to *span*, within its sentence and between its neighbours."""
        ends = [m.end() for m in _SENTENCE_END.finditer(self.text, before, span.start)]
        left = fold(self.text[ends[-1] if ends else before : span.start])
        stop = _SENTENCE_END.search(self.text, span.end, after)
        right = fold(self.text[span.end : stop.start() if stop else after])
        found = [*self.before(left, kinds), *self.after(right, kinds)]
        return min(found, default=(0, 0, None))[2]

    def before(self, tokens: Words, kinds: frozenset[Kind]) -> Iterable[tuple[int, int, Kind]]:
        """Cues among the *tokens* before: distance in words, minus their length, kind."""
        for n in range(1, self.longest + 1):
            for i in range(max(0, len(tokens) - n - 12), len(tokens) - n + 1):
                for cue in self.cues.get(tokens[i : i + n], ()):
                    distance = len(tokens) - i - n
                    if cue.side == "before" and distance <= cue.reach and cue.kind in kinds:
                        yield distance, -n, self.said_of_deal(cue.kind, tokens[max(0, i - 3) : i])

    def after(self, tokens: Words, kinds: frozenset[Kind]) -> Iterable[tuple[int, int, Kind]]:
        """Cues among the *tokens* after, in the same way."""
        for n in range(1, self.longest + 1):
            for i in range(min(12, len(tokens))):
                for cue in self.cues.get(tokens[i : i + n], ()):
                    if cue.side == "after" and i <= cue.reach and cue.kind in kinds:
                        yield i, -n, cue.kind

    def said_of_deal(self, kind: Kind, before: Words) -> Kind:
        """What a deal is valued at is its amount."""
        deal = any((word,) in self.deals for word in before)
        return Kind.AMOUNT if kind is Kind.VALUATION and deal else kind
