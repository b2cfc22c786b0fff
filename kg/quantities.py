"""Money and percentages in running text.

Digits follow the language (decimal comma or point), words follow
``ontology/lexicon/quantities.ttl``: a new currency or number word is a line there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from kg.model import Span
from kg.numerals import NumeralReader, Value
from kg.quantity_kinds import KindReader
from kg.quantity_lexicon import Currency, Kind, QuantityLexicon, load_quantities

__all__ = ["Kind", "Money", "Percent", "QuantityLexicon", "find_quantities", "load_quantities"]


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of money: a plain number and an ISO 4217 code.

    ``currency`` is None where the words name none; ``inherited`` is then that of the nearest
    amount before it in the text, if any.
    """

    span: Span
    amount: float
    currency: str | None
    kind: Kind = Kind.AMOUNT
    inherited: str | None = None

    @property
    def code(self) -> str | None:
        """The currency written, else the one inherited."""
        return self.currency or self.inherited


@dataclass(frozen=True, slots=True)
class Percent:
    """A percentage, 0..100 for a share; ``kind`` is `Kind.OTHER` where no cue stands near."""

    span: Span
    value: float
    kind: Kind = Kind.OTHER


class _Reader(NumeralReader):
    """Reads the quantities of one text, left to right."""

    def read(self) -> Iterable[Money | Percent]:
        i = 0
        while i < len(self.tokens):
            if not self.begins(i):
                i += 1
                continue
            found, end = self.quantities(i)
            yield from found
            i = max(end, i + 1)

    def quantities(self, i: int) -> tuple[list[Money | Percent], int]:
        """The quantities at token *i* (two for a range) and the token after them."""
        symbol = self.symbol(i)
        value = self.value(i + 1 if symbol else i)
        if value is None or (symbol and not value.digits):
            return [], i + 1
        ranged = self.range(i, symbol, value)
        if ranged:
            return ranged
        found, end = self.one(i, symbol, value)
        return ([found] if found else []), end

    def symbol(self, i: int) -> Currency | None:
        return self.lexicon.symbols.get(self.tokens[i].text) if self.near(i + 1) else None

    def one(
        self, i: int, symbol: Currency | None, value: Value
    ) -> tuple[Money | Percent | None, int]:
        if symbol:
            word = self.currency_after(value)
            end = word[1] if word and word[0].code == symbol.code else value.end
            return self.money(i, end, value.number, symbol.code), end
        percent = self.is_part("percent", value.end)
        if percent and not value.share and self.near(value.end):
            end = value.end + percent
            return Percent(self.span(i, end), float(value.number)), end
        word = self.currency_after(value)
        if word:
            return self.money(i, word[1], value.number, word[0].code), word[1]
        if value.share and not value.bound and self.is_whole_share(value.end):
            return Percent(self.span(i, value.end), float(100 * value.number)), value.end
        if value.alone and self.may_stand_alone(value.end):
            return self.money(i, value.end, value.number, None), value.end
        return None, value.end

    def range(
        self, i: int, symbol: Currency | None, value: Value
    ) -> tuple[list[Money | Percent], int] | None:
        """The first of "5 to 7 billion", "$5-7bn", "entre 5 e 7%" takes unit and scale of the second."""
        j = self.range_joint(i, value)
        if not j or value.scale != 1 or not value.digits or self.is_part("percent", value.end):
            return None
        second = self.symbol(j)
        upper = self.value(j + 1 if second else j)
        if (
            not upper
            or not upper.digits
            or _is_year(value)
            or (upper.scale == 1 and (second or symbol))
        ):
            return None
        right, end = self.one(j, second or symbol, upper)
        if right is None or value.number >= upper.number / upper.scale:
            return None
        span = self.span(i, value.end)
        if isinstance(right, Percent):
            return [Percent(span, float(value.number)), right], end
        if symbol and not second:
            right = replace(right, span=self.span(j, end))
        left = replace(right, span=span, amount=float(value.number * upper.scale))
        return [left, right], end

    def range_joint(self, i: int, value: Value) -> int:
        """The token after "to", or after "and" where "between" opened; 0 if there is none."""
        joint = self.is_part("range", value.end)
        if not joint and i and self.is_part("rangeOpener", i - 1):
            joint = self.is_part("joiner", value.end)
        j = value.end + joint
        return j if joint and j < len(self.tokens) and self.near(j) else 0

    def may_stand_alone(self, i: int) -> bool:
        """Whether no noun follows that would be what is counted."""
        if not self.near(i):
            return True
        if self.parts.get("counted"):
            return not self.is_part("counted", i)
        return not self.tokens[i].text.isalnum() or bool(self.is_part("after", i))

    def is_whole_share(self, i: int) -> bool:
        """Whether "a third" is a fraction here and no ordinal."""
        if not self.near(i):
            return True
        token = self.tokens[i]
        hyphen = token.text in "-/" and self.touches(i)
        return not hyphen and (not token.text.isalnum() or bool(self.is_part("afterFraction", i)))

    def money(self, i: int, end: int, number: Fraction, currency: str | None) -> Money:
        return Money(self.span(i, end), float(number), currency)

    def span(self, i: int, end: int) -> Span:
        return Span(self.tokens[i].start, self.tokens[end - 1].end)


def _is_year(value: Value) -> bool:
    return len(value.digits) == 4 and value.digits.isdecimal()


_BETWEEN = re.compile(r"[^\n,;:.()]{1,6}")
_OF_PERCENT = frozenset({Kind.STAKE, Kind.CHANGE})
_OF_MONEY = frozenset(Kind) - _OF_PERCENT


def _with_kinds(
    text: str, lang: str, found: list[Money | Percent], lexicon: QuantityLexicon
) -> Iterable[Money | Percent]:
    kinds = KindReader(text, lang, lexicon)
    groups = _groups(text, found)
    currency: str | None = None
    for k, group in enumerate(groups):
        before, after = _window(groups, k, len(text))
        span = Span(group[0].span.start, group[-1].span.end)
        for item in group:
            if isinstance(item, Money):
                kind = kinds.of(span, before, after, _OF_MONEY) or Kind.AMOUNT
                yield replace(item, kind=kind, inherited=None if item.currency else currency)
                currency = item.currency or currency
            else:
                kind = kinds.of(span, before, after, _OF_PERCENT) or Kind.OTHER
                yield replace(item, kind=kind)


def _window(groups: list[list[Money | Percent]], k: int, length: int) -> tuple[int, int]:
    """How far the cues of group *k* may stand: to its neighbours; money looks past percentages."""
    rivals = (Money,) if isinstance(groups[k][0], Money) else (Money, Percent)
    before = [group[-1].span.end for group in groups[:k] if isinstance(group[0], rivals)]
    after = [group[0].span.start for group in groups[k + 1 :] if isinstance(group[0], rivals)]
    return max(before, default=0), min(after, default=length)


def _groups(text: str, found: list[Money | Percent]) -> list[list[Money | Percent]]:
    """Quantities of one range or pair together, as what is said of one is said of the other."""
    groups: list[list[Money | Percent]] = []
    for item in found:
        last = groups[-1][-1] if groups else None
        between = text[last.span.end : item.span.start] if last else ""
        if type(last) is type(item) and _BETWEEN.fullmatch(between):
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def find_quantities(
    text: str, lang: str, lexicon: QuantityLexicon | None = None
) -> tuple[Money | Percent, ...]:
    """Money and percentages of *text*, by position.

    Fractions in words ("a quarter", "um terço") are percentages only where the words around
    speak of a stake. Amounts without a number ("billions of dollars") and percentage points are
    none.

    Parameters
    ----------
    text
        A whole article, so that amounts without a currency can inherit one.
    lang
        ISO 639-1; decides decimal signs and words.
    lexicon
        Words of quantities, by default those that come with the program.
    """
    lexicon = lexicon or load_quantities()
    found = sorted(_Reader(text, lang, lexicon).read(), key=lambda item: item.span)
    return tuple(
        item
        for item in _with_kinds(text, lang, found, lexicon)
        if item.kind is Kind.STAKE or not _is_worded_share(text, item)
    )


def _is_worded_share(text: str, item: Money | Percent) -> bool:
    words_only = not any(c.isdigit() for c in text[item.span.start : item.span.end])
    return isinstance(item, Percent) and words_only and item.value in _SHARES


_SHARES = frozenset(float(100 * Fraction(n, d)) for d in range(2, 21) for n in range(1, d))
