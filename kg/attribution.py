"""Who says it: a party to the deal, an outlet with a name, or sources without one.

Read from the evidence of a claim by the words of ``ontology/lexicon/attribution.ttl``; what the
extractor has already found (``attribution``) comes first. Sources without a name win over all
others in a sentence: a claim is no better than its weakest voice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from kg.assets import asset
from kg.model import Claim
from kg.names import fold
from kg.turtle import KG, read_turtle

__all__ = ["Attribution", "Voice", "attribution"]

_WORD = r"[^\W\d_a-zà-ÿ](?:[\w&'’-]|\.(?=\w))*"
_NAME = rf"(?P<name>{_WORD}(?:\s+{_WORD}){{0,3}})"
_BETWEEN = 2  # words between a name and the verb of saying: auxiliaries and adverbs


class Voice(StrEnum):
    """Who stands behind a claim, the best first."""

    PARTY = "party"
    OUTLET = "outlet"
    UNNAMED = "unnamed"


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who says it; ``who`` is a name where the text or the article gives one."""

    voice: Voice
    who: str | None = None


@dataclass(frozen=True, slots=True)
class _Words:
    unnamed: re.Pattern[str]
    lead: str  # of a name: "according to the"
    saying: str


def attribution(claim: Claim, lang: str, source: str | None = None) -> Attribution:
    """Who says *claim*, in an article in *lang* that the outlet *source* published.

    Where no words say otherwise the outlet speaks for itself.
    """
    words, text = _words(lang), claim.evidence.text
    cited = claim.qualifiers.attribution
    parties = _names(claim)
    if words.unnamed.search(cited or text):
        return Attribution(Voice.UNNAMED)
    if cited:
        party = fold(cited) in {fold(name) for name in parties}
        return Attribution(Voice.PARTY if party else Voice.OUTLET, cited)
    for name in parties:
        if _said_by(re.escape(name), words).search(text):
            return Attribution(Voice.PARTY, name)
    named = _said_by(_NAME, words).search(text)
    found = next((g for g in named.groups() if g), None) if named else None
    return Attribution(Voice.OUTLET, found or source)


def _names(claim: Claim) -> list[str]:
    """Words for the two sides, the longest first; none that is a pronoun or a description."""
    ends = (claim.subject, claim.object)
    names = {text for end in ends for text in (end.entity.name, *_labels(end.entity.labels))}
    return sorted(names, key=lambda name: (-len(name), name))


def _labels(labels: Iterable[object]) -> Iterable[str]:
    return (getattr(label, "text", "") for label in labels)


def _said_by(name: str, words: _Words) -> re.Pattern[str]:
    return _compiled(name, words.lead, words.saying)


@lru_cache(maxsize=4096)
def _compiled(name: str, lead: str, saying: str) -> re.Pattern[str]:
    again = name.replace("(?P<name>", "(")
    between = rf"(?:\s+[a-zà-ÿ]\w*){{0,{_BETWEEN}}}?"
    cited = rf"(?i:\b{lead}){name}(?!\w)"
    after = rf"(?<!\w){again}{between}\s+(?i:{saying})\b"
    return re.compile(rf"{cited}|{after}")


@lru_cache(maxsize=16)
def _words(lang: str, path: Path | None = None) -> _Words:
    """The words of one language."""
    found: dict[str, list[str]] = {}
    for description in read_turtle(
        path or asset("ontology", "lexicon", "attribution.ttl")
    ).values():
        for part in ("saying", "according", "unnamed", "filler"):
            own = description.by_language(KG + part).get(lang, ())
            found.setdefault(part, []).extend(own)
    filler = rf"(?:(?:{_any(found['filler'])})\s+){{0,2}}"
    spoken = rf"(?:{_any(found['saying'])})"
    return _Words(
        unnamed=re.compile(rf"\b(?:{_any(found['unnamed'])})\b", re.IGNORECASE),
        lead=rf"(?:{_any(found['according'])}|,\s+{spoken})\s+{filler}",
        saying=spoken,
    )


def _any(words: Iterable[str]) -> str:
    """An alternative of all *words*, the longest first; one that matches nothing for none."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in ordered) or r"(?!)"
