"""Names of organisations and products as keys: folded, without legal form, as acronym, as IRI.

Two names that fold alike are spellings of one; everything that tells entities apart (digits,
versions, a word more) survives folding.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from kg.assets import asset
from kg.model import content_hash
from kg.turtle import KG, SKOS, read_turtle
from kg.vocabulary import ENTITY

__all__ = [
    "acronym",
    "compact",
    "display_name",
    "entity_iri",
    "fold",
    "name_words",
    "strip_legal_form",
    "strip_possessive",
    "strip_steps",
]

_POSSESSIVE: Final = re.compile(r"(?<=\w)['’`´]s?$", re.IGNORECASE)
_INNER_POSSESSIVE: Final = re.compile(r"(?<=\w)['’`´]s(?=\s)", re.IGNORECASE)
_PLURAL: Final = re.compile(r"(?<=[A-Z0-9])s$")
_DOT: Final = re.compile(r"(?<!\d)\.|\.(?!\d)")
_SEPARATOR: Final = re.compile(r"(?:[^\w&+.]|_)+")
_LETTERS: Final = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i"})


def strip_possessive(text: str) -> str:
    """*text* without an English possessive or a plural ``s`` after a capital or digit.

    >>> strip_possessive("Nvidia's"), strip_possessive("H100s"), strip_possessive("Salesforce’s")
    ('Nvidia', 'H100', 'Salesforce')
    """
    return _PLURAL.sub("", _POSSESSIVE.sub("", text.strip()))


@functools.lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """The key under which spellings of one name fall together.

    Case, accents, possessives, invisible characters and the choice of hyphen, slash, full stop or
    space are dropped; digits, decimal points between digits, ``&`` and ``+`` stay.

    >>> fold("Telefónica"), fold("GPT-4.1"), fold("J.P. Morgan's"), fold("SK-Hynix")
    ('telefonica', 'gpt 4.1', 'jp morgan', 'sk hynix')
    """
    text = _INNER_POSSESSIVE.sub("", _POSSESSIVE.sub("", text.strip()))
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        kept = (c for c in decomposed if unicodedata.category(c) not in {"Mn", "Cf"})
        text = "".join(kept).casefold().translate(_LETTERS)
    return _SEPARATOR.sub(" ", _DOT.sub("", text.casefold())).strip()


def compact(text: str) -> str:
    """:func:`fold` without spaces, except between two digits: "Open AI" and "OpenAI" are one.

    >>> compact("Chat GPT"), compact("Ascend 910 2")
    ('chatgpt', 'ascend910 2')
    """
    return re.sub(r"(?<!\d) | (?!\d)", "", fold(text))


def name_words(kind: str) -> frozenset[str]:
    """Folded words of one list of ``ontology/names.ttl``.

    Raises
    ------
    KeyError
        Where the file holds no list of that name.
    """
    return _lists()[kind]


@functools.cache
def _lists() -> dict[str, frozenset[str]]:
    return {
        description.text(KG + "name"): frozenset(
            compact(word) for word, _ in description.literals(SKOS + "notation")
        )
        for description in read_turtle(asset("ontology", "names.ttl")).values()
    }


def display_name(text: str) -> str:
    """*text* as it is shown: one space between words, no possessive, no legal form at the end.

    >>> display_name("Ant  Group Co., Ltd."), display_name("The Boring Company")
    ('Ant Group', 'The Boring Company')
    """
    words = strip_possessive(text).split()
    while _ends_in(words, name_words("legal-form")):
        words = [*words[:-2], words[-2].rstrip(",")]
    return " ".join(words)


def _ends_in(words: list[str], forms: frozenset[str]) -> bool:
    """Whether a name goes on before a form at its end: "Latch & Co" does not."""
    return len(words) > 1 and compact(words[-1]) in forms and compact(words[-2]) != "&"


def strip_steps(text: str) -> Iterator[str]:
    """*text*, then shorter and shorter: a legal form or a group word less each time.

    The last word of a name is never dropped. Casing is kept.

    >>> list(strip_steps("SoftBank Group Corp."))
    ['SoftBank Group Corp.', 'SoftBank Group', 'SoftBank']
    """
    words = re.sub(r"[\s,]+", " ", text).split()
    yield " ".join(words)
    while _ends_in(words, name_words("legal-form") | name_words("group-form")):
        words = words[:-1]
        yield " ".join(words)
    while len(words) > 1 and compact(words[0]) in name_words("group-word"):
        words = words[1:]
        yield " ".join(words)


def strip_legal_form(text: str) -> str:
    """*text* without legal forms at its end and group words at its start; casing is kept.

    >>> strip_legal_form("Nu Holdings Ltd."), strip_legal_form("Grupo Globo")
    ('Nu', 'Globo')
    """
    return list(strip_steps(text))[-1]


def acronym(text: str) -> str:
    """Initials of the capitalised words of *text*, legal forms included where they are words.

    >>> acronym("Amazon Web Services"), acronym("Banco Nacional de Desenvolvimento Económico")
    ('AWS', 'BNDE')
    """
    words = re.findall(r"\w+", text)
    return "".join(word[0] for word in words if word[0].isupper())


@functools.lru_cache(maxsize=65536)
def entity_iri(name: str) -> str:
    """IRI of an entity that only articles speak of: a readable slug and a hash of the name.

    Spellings that fold alike, with or without legal form, give one IRI.
    """
    key = compact(strip_legal_form(name))
    slug = re.sub(r"[^a-z0-9]+", "-", fold(strip_legal_form(name))).strip("-")[:40].strip("-")
    return f"{ENTITY}{slug or 'name'}-{content_hash(key, digits=8)}"
