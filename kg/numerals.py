"""Numbers in running text, in digits and in words: "1.234,5", "twenty-five billion", "um terço"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import TypeVar

from kg.quantity_lexicon import Currency, Factor, QuantityLexicon, Words
from kg.quantity_lexicon import words as fold

__all__ = ["NumeralReader", "Token", "Value", "merged", "parse_number"]

_GROUPED = r"\d{1,3}(?:[\u00a0\u202f\u2009 ]\d{3})+(?!\d)(?:[.,]\d+)?"
_PLAIN = r"\d+(?:[.,]\d+)*"
_DECIMAL = {"pt": ",", "en": "."}  # CLDR numbers/symbols/decimal
_LONGEST = 4  # words of the longest entry of a table
K = TypeVar("K")
T = TypeVar("T")


def merged(tables: Mapping[str, Mapping[K, T]], lang: str) -> dict[K, T]:
    """The table of *lang* with the entries that hold in all languages."""
    return {**tables.get("", {}), **tables.get(lang, {})}


@dataclass(frozen=True, slots=True)
class Token:
    """A run of letters, a number with its separators, a currency symbol or a single sign."""

    text: str
    start: int
    end: int
    glued: bool  # a letter or digit stands directly before: "H100", "GPT-5"

    @property
    def is_number(self) -> bool:
        """Whether it is a number of its own, not part of a name."""
        return self.text[0].isdecimal() and not self.glued


@dataclass(frozen=True, slots=True)
class Value:
    """A number that ends before token ``end``; ``scale`` is what its multipliers come to."""

    number: Fraction
    end: int
    digits: str = ""  # as written, where it is written in digits
    scale: Fraction = Fraction(1)
    alone: bool = False  # its multiplier is large enough to be money without a currency
    share: bool = False  # a bare fraction: "a quarter"
    bound: bool = False  # a fraction that means nothing without what it is of: "meia centena"


@lru_cache(maxsize=8)
def _scanner(symbols: frozenset[str]) -> re.Pattern[str]:
    signs = "|".join(re.escape(s) for s in sorted(symbols, key=lambda s: (-len(s), s)))
    return re.compile(
        rf"(?<![^\W\d_])(?:{signs})(?![^\W\d_])|{_GROUPED}|{_PLAIN}|[^\W\d_]+|[^\w\s]"
    )


def _tokens(text: str, lexicon: QuantityLexicon) -> list[Token]:
    pattern = _scanner(frozenset(lexicon.symbols))
    tokens: list[Token] = []
    for match in pattern.finditer(text):
        start, end = match.span()
        symbol = bool(tokens) and tokens[-1].end == start and tokens[-1].text in lexicon.symbols
        tokens.append(Token(match.group(), start, end, not symbol and _glued(text, start)))
    return tokens


def _glued(text: str, start: int) -> bool:
    before = text[max(0, start - 2) : start]
    letter = before[-1:].isalnum() or before[-1:] == "_"
    return letter or (len(before) == 2 and before[1] in "-–" and before[0].isalpha())


def parse_number(digits: str, lang: str) -> Fraction:
    """The number that *digits* with separators stand for in *lang*.

    A separator is the decimal one where it is that of the language, unless groups of three
    follow it more than once; the other one is, where no group of three follows it.
    """
    compact = re.sub(r"\s", "", digits)
    decimal = _DECIMAL.get(lang, ".")
    other = "," if decimal == "." else "."
    for sign in (decimal, other):
        whole, _, rest = compact.rpartition(sign)
        if not whole or not rest.isdigit() or sign in whole:
            continue
        if sign == other and len(rest) == 3:
            continue
        return Fraction(re.sub(r"[.,]", "", whole) + "." + rest)
    return Fraction(re.sub(r"[.,]", "", compact))


class NumeralReader:
    """Reads the quantities of one text, left to right."""

    def __init__(self, text: str, lang: str, lexicon: QuantityLexicon) -> None:
        self.text, self.lang, self.lexicon = text, lang, lexicon
        self.tokens = _tokens(text, lexicon)
        self.factors = merged(lexicon.factors, lang)
        self.currencies = merged(lexicon.currencies, lang)
        self.abbreviations = merged(lexicon.abbreviations, lang)
        self.parts = {
            name: dict.fromkeys(lexicon.part(name, lang), True) for name, _ in lexicon.parts
        }
        self.folded = [
            (token.text.casefold(),) if token.text.isalpha() else fold(token.text)
            for token in self.tokens
        ]
        tables: list[Mapping[Words, object]] = [self.factors, self.currencies, *self.parts.values()]
        self.heads = {key[0] for table in tables for key in table}

    # -- tokens -----------------------------------------------------------------------------

    def near(self, i: int) -> bool:
        """Whether token *i* follows the one before it within the same line."""
        if not 0 < i < len(self.tokens):
            return False
        return "\n\n" not in self.text[self.tokens[i - 1].end : self.tokens[i].start]

    def touches(self, i: int) -> bool:
        """Whether nothing stands between token *i* and the one before it."""
        return 0 < i < len(self.tokens) and self.tokens[i - 1].end == self.tokens[i].start

    def look(self, table: Mapping[Words, T], i: int) -> tuple[T, int] | None:
        """The longest entry of *table* that stands at token *i*, and where it ends."""
        if i >= len(self.folded) or self.folded[i][0] not in self.heads:
            return None  # most tokens begin no entry of any table
        for n in range(_LONGEST, 0, -1):
            key: Words = sum(self.folded[i : i + n], ())
            if key in table and all(self.near(k) for k in range(i + 1, i + n)):
                return table[key], min(i + n, len(self.tokens))
        return None

    def is_part(self, name: str, i: int) -> int:
        """Number of tokens of the small word *name* at *i*, 0 if there is none."""
        found = self.look(self.parts.get(name, {}), i)
        return found[1] - i if found else 0

    def begins(self, i: int) -> bool:
        """Whether a quantity may begin with token *i*; most tokens are plain words."""
        token = self.tokens[i]
        word = self.folded[i][0] in self.heads
        return word or token.text[0].isdecimal() or token.text in self.lexicon.symbols

    # -- numbers ----------------------------------------------------------------------------

    def value(self, i: int) -> Value | None:
        """The number that starts at token *i*: digits or words with their multipliers."""
        if i >= len(self.tokens):
            return None
        if self.tokens[i].is_number:
            number = parse_number(self.tokens[i].text, self.lang)
            return self.scaled(Value(number, i + 1, self.tokens[i].text))
        found = self.look(self.factors, i)
        if found is None or self.tokens[i].glued:
            return None
        factor, end = found
        if factor.role == "multiplier":
            return self.scaled(self.added(Value(factor.value, end))) if factor.leading else None
        if factor.role == "fraction":
            share = Value(factor.value, end, share=True, bound=factor.bound)
            return self.shared(share) if factor.alone else None
        return self.worded(Value(factor.value, end), factor)

    def worded(self, value: Value, factor: Factor) -> Value | None:
        """Number words after the first: "twenty-five billion", "um terço", "a dozen"."""
        found = self.next_factor(value.end)
        if found and found[0].role == "fraction":
            return self.shared(Value(value.number * found[0].value, found[1], share=True))
        if factor.role == "article" and not (found and found[0].role == "multiplier"):
            return None
        return self.scaled(self.added(value))

    def next_factor(self, i: int) -> tuple[Factor, int] | None:
        """The number word at *i*, or after a hyphen at *i*."""
        hyphen = int(self.touches(i) and self.tokens[i].text == "-")
        return self.look(self.factors, i + hyphen) if self.near(i + hyphen) else None

    def added(self, value: Value) -> Value:
        """*value* plus smaller number words: "cento e vinte", "twenty-five"."""
        while True:
            skip = self.is_part("joiner", value.end)
            found = self.next_factor(value.end + skip)
            if not found or found[0].role != "number" or not _fits(value.number, found[0].value):
                return value
            value = replace(value, number=value.number + found[0].value, end=found[1])

    def shared(self, value: Value) -> Value:
        """A fraction, of something larger if that follows: "half a billion", "meia centena de"."""
        i = value.end + self.is_part("linker", value.end)
        found = self.look(self.factors, i)
        if found and found[0].role == "article":
            found = self.look(self.factors, found[1])
        if found and found[0].role == "multiplier":
            return self.scaled(replace(value, share=False))
        return value

    def scaled(self, value: Value) -> Value:
        """*value* times the multipliers after it."""
        while True:
            step = self.multiplier(value)
            if step is None:
                return self.with_rest(value)
            factor, end = step
            value = replace(
                value,
                number=value.number * factor.value,
                scale=value.scale * factor.value,
                alone=factor.alone,
                end=end,
            )
            if factor.value < 1_000_000:
                value = self.added(value)

    def multiplier(self, value: Value) -> tuple[Factor, int] | None:
        """The multiplier after *value*, maybe past "of a", and the token after it."""
        i = value.end
        if value.digits and value.scale == 1 and self.near(i) and self.is_abbreviation(i):
            return self.abbreviations[self.tokens[i].text], i + 1
        found = self.next_factor(i)
        if (found is None or found[0].role != "multiplier") and (value.share or value.scale < 1000):
            found = self.next_factor(i + self.is_part("linker", i))
            if found and found[0].role == "article":
                found = self.next_factor(found[1])
            if found and not found[0].alone:
                found = None
        return found if found and found[0].role == "multiplier" else None

    def is_abbreviation(self, i: int) -> bool:
        """Whether token *i* abbreviates a multiplier: "bn", "M"."""
        token = self.tokens[i]
        distance = token.start - self.tokens[i - 1].end
        return distance <= 1 and token.text in self.abbreviations

    def with_rest(self, value: Value) -> Value:
        """What follows the multiplier: "um milhão e meio", "two and a half", "um milhão e 200 mil"."""
        skip = self.is_part("joiner", value.end)
        if not skip or value.share:
            return value
        i = value.end + skip
        found = self.look(self.factors, i)
        if found and found[0].role == "article":
            found = self.look(self.factors, found[1])
        if found and found[0].role == "fraction" and found[0].alone:
            more = replace(value, number=value.number + found[0].value * value.scale, end=found[1])
            return self.scaled(more) if value.scale == 1 else more
        rest = self.value(i) if value.scale >= 1_000_000 else None
        if rest and not rest.share and 1 < rest.scale < value.scale and self.currency_after(rest):
            return replace(value, number=value.number + rest.number, end=rest.end)
        return value

    def currency_after(self, value: Value) -> tuple[Currency, int] | None:
        """The currency written after *value*, and the token after it."""
        i = value.end
        if not self.near(i):
            return None
        i += int(self.touches(i) and self.tokens[i].text == "-") or self.is_part("linker", i)
        if not self.near(i):
            return None
        sign = self.lexicon.symbols.get(self.tokens[i].text)
        if sign and i == value.end and not (self.touches(i + 1) and self.tokens[i + 1].is_number):
            return sign, i + 1
        found = self.look(self.currencies, i)
        if found and found[0].doubtful and value.scale == 1 and not _is_long(value.digits):
            return None
        return found


def _fits(number: Fraction, addend: Fraction) -> bool:
    """Whether *addend* fills a zero at the end of *number*: 20 + 5, 100 + 20, not 5 + 20."""
    places = 10 ** len(str(addend.numerator))
    return bool(number >= places and number % places == 0)


def _is_long(digits: str) -> bool:
    return not digits.isdecimal() or len(digits) > 4
