"""The words of quantities: reads ``ontology/lexicon/quantities.ttl`` into look-up tables.

The file explains its own format. Words are kept as tuples of case-folded tokens, so that
"per cent" and "percentage" are compared word by word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from kg.assets import asset
from kg.errors import OntologyError
from kg.turtle import KG, Description, read_turtle

__all__ = [
    "Cue",
    "Currency",
    "Factor",
    "Kind",
    "QuantityLexicon",
    "Words",
    "load_quantities",
    "words",
]

Words = tuple[str, ...]
_WORD = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_SIDES = ("before", "after")
_REACH = {"before": 8, "after": 3}  # words between a cue and its quantity


class Kind(StrEnum):
    """What an amount or a percentage is, as far as the words around it say."""

    AMOUNT = "amount"  # of the deal: no cue says otherwise
    VALUATION = "valuation"  # what a company is worth
    ROUND = "round"  # a whole funding round, by several investors
    REVENUE = "revenue"
    PER_SHARE = "per_share"
    STAKE = "stake"  # a share of the capital
    CHANGE = "change"  # a rise or a fall
    OTHER = "other"  # profit, fine, rent a month


@dataclass(frozen=True, slots=True)
class Currency:
    """ISO 4217 ``code``; ``doubtful`` words count only after a multiplier or a long number."""

    code: str
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Factor:
    """A word that a number is multiplied by or that is a number.

    ``role`` is ``"number"``, ``"article"``, ``"multiplier"`` or ``"fraction"``; the flags are
    those of the file.
    """

    value: Fraction
    role: str
    alone: bool = False
    leading: bool = False
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that decide the kind of a quantity ``reach`` words away at most."""

    kind: Kind
    side: str
    reach: int


@dataclass(frozen=True, slots=True)
class QuantityLexicon:
    """Tables by language; ``""`` holds what has no language."""

    symbols: Mapping[str, Currency] = field(default_factory=dict)
    currencies: Mapping[str, Mapping[Words, Currency]] = field(default_factory=dict)
    factors: Mapping[str, Mapping[Words, Factor]] = field(default_factory=dict)
    abbreviations: Mapping[str, Mapping[str, Factor]] = field(default_factory=dict)
    parts: Mapping[tuple[str, str], frozenset[Words]] = field(default_factory=dict)
    cues: Mapping[str, Mapping[Words, tuple[Cue, ...]]] = field(default_factory=dict)

    def part(self, name: str, lang: str) -> frozenset[Words]:
        """The small words of *name* in *lang*, with those of all languages."""
        return self.parts.get((name, lang), frozenset()) | self.parts.get((name, ""), frozenset())


def words(text: str) -> Words:
    """*text* as case-folded tokens: runs of letters, of digits, single other characters."""
    return tuple(token.casefold() for token in _WORD.findall(text))


class _Tables:
    """Collects the entries of the file."""

    def __init__(self) -> None:
        self.symbols: dict[str, Currency] = {}
        self.currencies: dict[str, dict[Words, Currency]] = {}
        self.factors: dict[str, dict[Words, Factor]] = {}
        self.abbreviations: dict[str, dict[str, Factor]] = {}
        self.parts: dict[tuple[str, str], frozenset[Words]] = {}
        self.cues: dict[str, dict[Words, tuple[Cue, ...]]] = {}

    def currency(self, entry: Description) -> None:
        code = _needed(entry, "code")
        currency = Currency(code, _flag(entry, "doubtful"))
        for symbol, _ in entry.literals(KG + "symbol"):
            self.symbols[symbol] = currency
        for lang, word in _words_of(entry):
            self.currencies.setdefault(lang, {})[word] = currency

    def multiplier(self, entry: Description) -> None:
        value = Fraction(_needed(entry, "factor"))
        factor = Factor(value, "multiplier", _flag(entry, "alone"), _flag(entry, "leading"))
        for lang, word in _words_of(entry):
            self.factors.setdefault(lang, {})[word] = factor
        for text, language in entry.literals(KG + "abbreviation"):
            self.abbreviations.setdefault(language or "", {})[text] = Factor(value, "multiplier")

    def number(self, entry: Description) -> None:
        role = "article" if _flag(entry, "article") else "number"
        self._factor(entry, Factor(Fraction(_needed(entry, "value")), role))

    def fraction(self, entry: Description) -> None:
        value = 1 / Fraction(_needed(entry, "parts"))
        alone, bound = _flag(entry, "alone"), _flag(entry, "bound")
        self._factor(entry, Factor(value, "fraction", alone, bound=bound))

    def _factor(self, entry: Description, factor: Factor) -> None:
        for lang, word in _words_of(entry):
            self.factors.setdefault(lang, {})[word] = factor

    def part(self, entry: Description) -> None:
        name = _needed(entry, "part")
        for lang, word in _words_of(entry):
            self.parts[name, lang] = self.parts.get((name, lang), frozenset()) | {word}

    def cue(self, entry: Description) -> None:
        kind, side = _needed(entry, "kind"), _needed(entry, "side")
        if kind not in set(Kind) or side not in _SIDES:
            raise OntologyError(
                f"{entry.path}: cue of kind {kind!r} and side {side!r}: "
                f"use a kind of {', '.join(Kind)} and a side of {', '.join(_SIDES)}"
            )
        reach = int(entry.text(KG + "reach", str(_REACH[side])))
        for lang, word in _words_of(entry):
            table = self.cues.setdefault(lang, {})
            table[word] = (*table.get(word, ()), Cue(Kind(kind), side, reach))


def _needed(entry: Description, name: str) -> str:
    text = entry.text(KG + name)
    if not text:
        example = entry.text(KG + "word") or entry.iri
        raise OntologyError(f"{entry.path}: entry {example!r} needs kg:{name}")
    return text


def _flag(entry: Description, name: str) -> bool:
    return entry.text(KG + name) == "true"


def _words_of(entry: Description) -> Iterator[tuple[str, Words]]:
    for text, lang in entry.literals(KG + "word"):
        yield lang or "", words(text)


@lru_cache(maxsize=8)
def load_quantities(path: Path | None = None) -> QuantityLexicon:
    """Read the quantity words of *path* (default: the file that comes with the program).

    Raises
    ------
    OntologyError
        Naming the file and the entry that breaks the format.
    """
    tables = _Tables()
    readers: dict[str, Callable[[Description], None]] = {
        "Currency": tables.currency,
        "Multiplier": tables.multiplier,
        "NumberWord": tables.number,
        "Fraction": tables.fraction,
        "QuantityWord": tables.part,
        "QuantityCue": tables.cue,
    }
    source = path or asset("ontology", "lexicon", "quantities.ttl")
    for entry in read_turtle(source).values():
        for name, read in readers.items():
            if KG + name in entry.types:
                _read(entry, read)
    return QuantityLexicon(**vars(tables))


def _read(entry: Description, read: Callable[[Description], None]) -> None:
    try:
        read(entry)
    except (ValueError, ZeroDivisionError) as error:
        example = entry.text(KG + "word") or entry.text(KG + "code")
        raise OntologyError(f"{entry.path}: entry {example!r}: {error}") from None
