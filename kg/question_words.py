"""Question words and inflection: what ``ontology/lexicon/questions-*.ttl`` says, by language.

Entries, all read here and nowhere else:

``kg:QuestionWord``
    words with a ``kg:function`` in a question ("who", "since", "billion"), and, where the
    function needs one, a ``kg:value``, a status (``kg:gives``) or relations (``kg:evokes``);
``kg:Contraction``
    one written word that stands for several ("da" = "de a");
``kg:Inflection``
    an ending of a verb or noun and the endings that replace it. The longest ending that fits
    wins, so an irregular word is an ending that is the whole word;
``kg:PlaceGroup``
    words for several countries at once ("European"), with their codes (``kg:country``);
``kg:Country``, ``kg:Region``, ``kg:City``
    of ``ontology/places.ttl``: what an entity's seat is called.

All matching is done on folded text (no case, no accents), so that hurried typing is understood.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from kg import names
from kg.errors import OntologyError
from kg.model import Status
from kg.turtle import KG, SKOS, Description, local_name

__all__ = [
    "Inflection", "PlaceWord", "QuestionLexicon", "QuestionWord", "fold", "read_question_words",
]  # fmt: skip

Words: TypeAlias = tuple[str, ...]
FEATURES = ("singular", "plural", "past", "participle", "gerund")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|['’]s\b|[^\W_]+|[%$€£¥+]")


@functools.lru_cache(maxsize=200_000)
def fold(text: str) -> str:
    """*text* without case, accents and compatibility forms."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@dataclass(frozen=True, slots=True)
class QuestionWord:
    """A word or phrase with a function in questions.

    ``value`` is a number, code, status, what a relation's claim plays, or relations.
    """

    text: str
    lang: str
    function: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class PlaceWord:
    """A word for a place: its noun, or an ``adjective`` such as "French".

    ``keys`` are the folded English names of the places, as :attr:`kg.model.Entity.places` has them.
    """

    text: str
    lang: str
    keys: Words
    adjective: bool = False


@dataclass(frozen=True, slots=True)
class Inflection:
    """Endings that replace ``ending``; ``forms`` maps a feature to them, all folded."""

    pos: str
    ending: str
    forms: Mapping[str, Words]


@dataclass(frozen=True, slots=True)
class QuestionLexicon:
    """Everything that the question files say; ``templates`` are examples with slots.

    ``places`` are the words for places by language, ``place_names`` the English names of
    one or several keys.
    """

    words: Mapping[str, tuple[QuestionWord, ...]] = field(default_factory=dict)
    contractions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    inflections: Mapping[tuple[str, str], tuple[Inflection, ...]] = field(default_factory=dict)
    templates: Mapping[str, Words] = field(default_factory=dict)
    places: Mapping[str, tuple[PlaceWord, ...]] = field(default_factory=dict)
    place_names: Mapping[Words, str] = field(default_factory=dict)

    @property
    def languages(self) -> Words:
        """Languages in which questions can be asked, sorted."""
        return tuple(sorted(self.words))

    def tokens(self, text: str, lang: str) -> Words:
        """Folded words, numbers and signs of *text*, contractions undone."""
        contractions = self.contractions.get(lang, {})
        tokens: list[str] = []
        for match in _TOKEN.finditer(text):
            written = match[0].casefold()
            found = contractions.get(written) or contractions.get(fold(written))
            tokens += found.split() if found else _split(fold(written))
        return tuple(tokens)

    def forms(self, word: str, pos: str, lang: str) -> Mapping[str, Words]:
        """Feature → inflected forms of the folded *word*; empty where no ending fits."""
        for rule in self.inflections.get((lang, pos), ()):  # longest ending first
            if word.endswith(rule.ending):
                stem = word[: len(word) - len(rule.ending)]
                return {key: tuple(stem + e for e in ends) for key, ends in rule.forms.items()}
        return {}

    def lemmas(self, word: str, pos: str, lang: str, feature: str) -> Words:
        """Words of which the folded *word* may be the form *feature*, by the rules read back."""
        found: dict[str, None] = {}
        for rule in self.inflections.get((lang, pos), ()):
            for end in rule.forms.get(feature, ()):
                if word.endswith(end) and len(word) > len(end):
                    lemma = word[: len(word) - len(end)] + rule.ending
                    if word in self.forms(lemma, pos, lang).get(feature, ()):
                        found[lemma] = None
        return tuple(found)


_GLUED = re.compile(r"(\d+(?:[.,]\d+)*)([a-z]+)")


def _split(token: str) -> list[str]:
    """``10bn`` → ``10``, ``bn``; other tokens stay whole."""
    match = _GLUED.fullmatch(token)
    return [match[1], match[2]] if match else [token.replace("’", "'")]


def _fault(entry: Description, message: str) -> OntologyError:
    name = entry.text(KG + "lemma") or entry.text(KG + "ending") or entry.text(SKOS + "prefLabel")
    name = name or entry.iri
    return OntologyError(f"{entry.path}: question entry {name!r}: {message}")


def _question_words(entry: Description) -> Iterable[QuestionWord]:
    function = entry.text(KG + "function")
    status = [local_name(iri).lower() for iri in entry.iris(KG + "gives")]
    if not function or not entry.literals(KG + "lemma"):
        raise _fault(entry, "needs kg:function and kg:lemma")
    if status and status[0] not in set(Status):
        raise _fault(entry, f"unknown status {status[0]!r}; one of {', '.join(Status)}")
    evoked = " ".join(local_name(iri) for iri in entry.iris(KG + "evokes"))
    value = status[0] if status else evoked or entry.text(KG + "value")
    for text, lang in entry.literals(KG + "lemma"):
        yield QuestionWord(text, lang or "", function, value)


def _inflections(entry: Description) -> Iterable[tuple[tuple[str, str], Inflection]]:
    pos = entry.text(KG + "pos")
    forms = {key: tuple(fold(t) for t, _ in entry.literals(KG + key)) for key in FEATURES}
    if not pos or not entry.literals(KG + "ending"):
        raise _fault(entry, "needs kg:pos and kg:ending")
    for ending, lang in entry.literals(KG + "ending"):
        yield (lang or "", pos), Inflection(pos, fold(ending), forms)


def _of(entries: Iterable[Description], kind: str) -> list[Description]:
    return [entry for entry in entries if KG + kind in entry.types]


def _contractions(entries: Iterable[Description]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for entry in entries:
        for text, lang in entry.literals(KG + "lemma"):
            found.setdefault(lang or "", {})[text.casefold()] = fold(entry.text(KG + "expands"))
    return found


def _place_key(place: Description) -> str:
    """The folded English name, which an entity's places hold whatever the question's language."""
    labels = {lang: text for text, lang in place.literals(SKOS + "prefLabel")}
    return names.fold(labels.get("en") or place.text(SKOS + "prefLabel"))


def _places(
    entries: Iterable[Description],
) -> tuple[dict[str, tuple[PlaceWord, ...]], dict[Words, str]]:
    """Words for places by language, and the English name of each place by its keys."""
    entries = list(entries)
    single = [e for kind in ("Country", "Region", "City") for e in _of(entries, kind)]
    codes = {entry.text(KG + "country"): _place_key(entry) for entry in single}
    grouped: list[tuple[Description, Words]] = [(e, (_place_key(e),)) for e in single]
    for group in _of(entries, "PlaceGroup"):
        listed = [code for code, _ in group.literals(KG + "country")]
        if unknown := [code for code in listed if code not in codes]:
            raise _fault(group, f"no country {unknown[0]!r} in places.ttl")
        grouped.append((group, tuple(sorted(codes[code] for code in listed))))
    known = {keys: entry.text(SKOS + "prefLabel") for entry, keys in grouped}
    words: dict[str, dict[PlaceWord, None]] = {}
    for entry, keys in grouped:
        for predicate in (SKOS + "prefLabel", SKOS + "altLabel", KG + "demonym"):
            for text, lang in entry.literals(predicate):
                word = PlaceWord(text, lang or "", keys, adjective=predicate == KG + "demonym")
                words.setdefault(word.lang, {})[word] = None
    return {lang: tuple(found) for lang, found in words.items()}, known


def read_question_words(descriptions: Iterable[Description]) -> QuestionLexicon:
    """Gather the entries for questions among *descriptions*; others are passed over.

    Raises
    ------
    OntologyError
        Naming the file and the entry that breaks the format.
    """
    entries = list(descriptions)
    words: dict[str, tuple[QuestionWord, ...]] = {}
    for word in (w for entry in _of(entries, "QuestionWord") for w in _question_words(entry)):
        words[word.lang] = (*words.get(word.lang, ()), word)
    rules: dict[tuple[str, str], list[Inflection]] = {}
    for entry in _of(entries, "Inflection"):
        for key, rule in _inflections(entry):
            rules.setdefault(key, []).append(rule)
    templates: dict[str, Words] = {}
    for entry in _of(entries, "QuestionTemplate"):
        for lang, texts in entry.by_language(KG + "template").items():
            templates[lang] = templates.get(lang, ()) + texts
    ordered = {key: tuple(sorted(r, key=lambda i: -len(i.ending))) for key, r in rules.items()}
    contractions = _contractions(_of(entries, "Contraction"))
    return QuestionLexicon(words, contractions, ordered, templates, *_places(entries))
