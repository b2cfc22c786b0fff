"""Dates in running text, as ISO 8601 of the precision that the words have.

Words stand in ``ontology/lexicon/dates.ttl``. What is said relative to the article ("last month",
"na quarta-feira") is worked out from the article's date: a bare month or weekday is the latest
one that is not after it, since news tells what has happened.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from kg.assets import asset
from kg.errors import OntologyError
from kg.model import Span
from kg.turtle import KG, Description, read_turtle

__all__ = ["DateLexicon", "DateMention", "find_dates", "load_dates"]

_YEAR = r"(?P<year>(?:19[5-9]|20\d)\d)"
_DAY = r"(?P<day>[12]\d|3[01]|0?[1-9])"
_SLASH = r"(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<slashyear>(?:19|20)\d\d)"
_UNITS = ("day", "month", "year")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date: ``value`` is ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``, as ``precision`` says."""

    span: Span
    value: str
    precision: str


@dataclass(frozen=True, slots=True)
class DateLexicon:
    """Words by language: months and weekdays to numbers, relative words to unit and offset."""

    months: dict[str, dict[str, int]]
    short_months: dict[str, dict[str, int]]
    weekdays: dict[str, dict[str, int]]
    relative: dict[str, dict[str, tuple[str, int]]]
    parts: dict[tuple[str, str], tuple[str, ...]]


@lru_cache(maxsize=4)
def load_dates(path: Path | None = None) -> DateLexicon:
    """Read the date words of *path* (default: the file that comes with the program).

    Raises
    ------
    OntologyError
        Naming the file and the entry that breaks the format.
    """
    tables = DateLexicon({}, {}, {}, {}, {})
    for entry in read_turtle(path or asset("ontology", "lexicon", "dates.ttl")).values():
        if KG + "Month" in entry.types:
            _fill(tables.months, entry, "word", _number(entry, "number"))
            _fill(tables.short_months, entry, "abbreviation", _number(entry, "number"))
        elif KG + "Weekday" in entry.types:
            _fill(tables.weekdays, entry, "word", _number(entry, "number"))
        elif KG + "RelativeDate" in entry.types:
            _fill(tables.relative, entry, "word", (_unit(entry), _number(entry, "offset")))
        elif KG + "DateWord" in entry.types:
            for word, lang in entry.literals(KG + "word"):
                part = (entry.text(KG + "part"), lang or "")
                tables.parts[part] = (*tables.parts.get(part, ()), word.casefold())
    return tables


def _fill(table: dict[str, dict[str, T]], entry: Description, name: str, value: T) -> None:
    for word, lang in entry.literals(KG + name):
        table.setdefault(lang or "", {})[word.casefold()] = value


def _number(entry: Description, name: str) -> int:
    try:
        return int(entry.text(KG + name))
    except ValueError:
        word = entry.text(KG + "word")
        raise OntologyError(f"{entry.path}: entry {word!r} needs a whole kg:{name}") from None


def _unit(entry: Description) -> str:
    unit = entry.text(KG + "unit")
    if unit not in _UNITS:
        raise OntologyError(f"{entry.path}: kg:unit {unit!r} is none of {', '.join(_UNITS)}")
    return unit


def _any_of(words: Iterable[str]) -> str:
    """A pattern for any of *words*, the longest first; one that never matches for none."""
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in ordered) or r"(?!)"


@lru_cache(maxsize=16)
def _pattern(path: Path | None, lang: str) -> re.Pattern[str]:
    """All forms of a date in *lang*; the groups of form number i end in ``_i``."""
    lexicon = load_dates(path)
    months = {**lexicon.months.get(lang, {}), **lexicon.short_months.get(lang, {})}
    month = rf"(?P<month>{_any_of(months)})\b(?:\.(?=,?\s+\d))?"
    weekday = rf"(?P<weekday>{_any_of(lexicon.weekdays.get(lang, {}))})\b"
    relative = rf"(?P<relative>{_any_of(lexicon.relative.get(lang, {}))})\b"
    link = rf"\s+(?:(?:{_any_of(lexicon.parts.get(('link', lang), ()))})\s+)?"
    after = rf"(?:\s+(?:{_parts(lexicon, lang, 'pastAfter', 'futureAfter')})\b)?"
    lead = rf"(?:\b(?:{_parts(lexicon, lang, 'past', 'present', 'future', 'preposition')})\s+)?"
    forms = (
        rf"{_YEAR}-(?P<m>\d\d)-(?P<d>\d\d)",
        _SLASH,
        relative,
        rf"{_DAY}(?:st|nd|rd|th|º)?{link}{month}(?:,?{link}{_YEAR})?{after}",
        rf"{month}\s+{_DAY}(?:st|nd|rd|th)?\b(?:,?\s+{_YEAR})?",
        rf"{month}(?:,?{link}{_YEAR})?{after}",
        weekday + after,
        _YEAR,
    )
    any_form = "|".join(_renamed(form, i) for i, form in enumerate(forms))
    return re.compile(rf"(?<![\w$€£¥.,/-]){lead}(?:{any_form})(?![\w%/]|[.,]\d)", re.IGNORECASE)


def _parts(lexicon: DateLexicon, lang: str, *names: str) -> str:
    found = {name: _any_of(lexicon.parts.get((name, lang), ())) for name in names}
    return "|".join(f"(?P<{name}>{pattern})" for name, pattern in found.items())


def _renamed(form: str, i: int) -> str:
    return re.sub(r"\(\?P<(\w+)>", rf"(?P<\1_{i}>", form)


def find_dates(
    text: str, lang: str, article_date: str | None, path: Path | None = None
) -> tuple[DateMention, ...]:
    """Dates that *text* speaks of, by position.

    Parameters
    ----------
    text, lang
        The text and its ISO 639-1 code.
    article_date
        ISO 8601; without it, what is relative to the article gives nothing.
    path
        Another file of date words.
    """
    base = date.fromisoformat(article_date) if article_date else None
    reader = _Reader(lang, load_dates(path), base)
    found: list[DateMention] = []
    for match in _pattern(path, lang).finditer(text):
        found.extend(reader.read(match))
    return tuple(found)


class _Reader:
    """Turns a match into a date."""

    def __init__(self, lang: str, lexicon: DateLexicon, base: date | None) -> None:
        self.lang, self.lexicon, self.base = lang, lexicon, base

    def read(self, match: re.Match[str]) -> Iterator[DateMention]:
        parts = {re.sub(r"_\d$", "", k): v for k, v in match.groupdict().items() if v is not None}
        try:
            value = self.value(parts)
        except (ValueError, OverflowError):  # the 31st of February is no date
            return
        if value:
            precision = _UNITS[2 - value.count("-")]
            start = match.end() - len(match.group().strip())
            yield DateMention(Span(start, match.end()), value, precision)

    def value(self, parts: dict[str, str]) -> str | None:
        if "m" in parts:
            return date(int(parts["year"]), int(parts["m"]), int(parts["d"])).isoformat()
        if "slashyear" in parts:
            return self.slashed(parts)
        if "relative" in parts:
            return self.relative(" ".join(parts["relative"].casefold().split()))
        if "weekday" in parts:
            return self.weekday(parts)
        if "month" in parts:
            return self.month(parts)
        return parts["year"] if _led(parts) else None

    def slashed(self, parts: dict[str, str]) -> str | None:
        """Day first, unless only the month can be first: 03/25/2024."""
        first, second, year = (int(parts[name]) for name in ("first", "second", "slashyear"))
        if self.lang == "en" and first <= 12 and second <= 12 and first != second:
            return None  # British or American: not to be told apart
        day, month = (second, first) if second > 12 else (first, second)
        return date(year, month, day).isoformat()

    def relative(self, words: str) -> str | None:
        if self.base is None:
            return None
        unit, offset = self.lexicon.relative[self.lang][words]
        if unit == "day":
            return (self.base + timedelta(days=offset)).isoformat()
        if unit == "year":
            return f"{self.base.year + offset:04}"
        return _month_of(self.base.year * 12 + self.base.month - 1 + offset)

    def weekday(self, parts: dict[str, str]) -> str | None:
        if self.base is None:
            return None
        number = self.lexicon.weekdays[self.lang][parts["weekday"].casefold()]
        back = (self.base.isoweekday() - number) % 7
        if "future" in parts or "futureAfter" in parts:
            return (self.base + timedelta(days=7 - back)).isoformat()
        if ("past" in parts or "pastAfter" in parts) and back == 0:
            back = 7
        return (self.base - timedelta(days=back)).isoformat()

    def month(self, parts: dict[str, str]) -> str | None:
        name = parts["month"]
        number, whole = self.month_number(name)
        if "year" in parts:
            year = int(parts["year"])
        elif self.base is None or not ("day" in parts or (whole and _led(parts))):
            return None
        elif self.lang == "en" and not name[0].isupper():
            return None  # English writes months with a capital: "may", "march" are verbs
        else:
            year = self.nearest_year(number, parts, self.base)
        if "day" in parts:
            return date(year, number, int(parts["day"])).isoformat()
        return f"{year:04}-{number:02}"

    def month_number(self, name: str) -> tuple[int, bool]:
        """The month's number, and whether it is written out."""
        whole = self.lexicon.months.get(self.lang, {}).get(name.casefold())
        if whole is not None:
            return whole, True
        return self.lexicon.short_months[self.lang][name.casefold()], False

    def nearest_year(self, number: int, parts: dict[str, str], base: date) -> int:
        if "future" in parts or "futureAfter" in parts:
            return base.year + (number <= base.month)
        past = "past" in parts or "pastAfter" in parts
        return base.year - (number > base.month or (past and number == base.month))


def _led(parts: dict[str, str]) -> bool:
    leads = {"past", "present", "future", "preposition", "pastAfter", "futureAfter"}
    return not leads.isdisjoint(parts)


def _month_of(months: int) -> str:
    return f"{months // 12:04}-{months % 12 + 1:02}"
