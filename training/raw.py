"""Raw text for the teacher: corpora tagged word by word, and articles of our own.

Tagged corpora are read for their words alone: tokens are ``word_TAG``, a blank line parts
paragraphs, a final mark has itself or a full stop as tag. Mac-Morpho (Aluísio et al., PROPOR 2003)
parts contractions and marks the first half by ``|+`` in its tag; they are put together again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from training.conllu import read_lines, read_objects
from training.spacing import spaced

__all__ = ["claimed_names", "contracted", "passages", "read_articles", "read_tagged", "shingles"]

LONGEST_PASSAGE = 6  # sentences, as many as a run has at most
SHINGLE = 8  # words in a row that two texts of different origin hardly share
_FINAL = {".", "?", "!"}
_CLOSING = {'"', ")", "''", "”", "»"}
_HALF = "|+"
_DASHES = {"-", "--", "–"}
_WRITTEN = {"``": '"', "''": '"', "-LRB-": "(", "-RRB-": ")"}
_WHOLE = {"com mim": "comigo", "com si": "consigo", "com nós": "conosco"}
_STEMS = {"de": "d", "em": "n", "por": "pel", "a": "a"}
_SECOND = re.compile(
    "[oa]s?|uma?s?|uns|(est|ess|aquel|el|outr)[aeo]s?|is[st]o|aquilo|aí|aqui|ali|entre"
)
_ENDINGS = {"ar": "á", "er": "ê", "or": "ô", "ôr": "ô", "ir": "i"}
_APOSTROPHE = re.compile("['’](s|m|ve|re|ll|d|t)?", re.IGNORECASE)
_AFTER_APOSTROPHE = {"s", "m", "ve", "re", "ll", "d", "t"}

_COMPANIES = {"subject": "ORG", "object": "ORG"}
_KINDS = {
    "developerOf": {"subject": "ORG", "object": "PROD"},
    "usesChip": {"object": "PROD"},
    "competitorOf": {},
}

Tokens = list[tuple[str, str]]


def contracted(first: str, second: str) -> str | None:
    """Join the halves of a Portuguese contraction; None if they do not contract.

    >>> contracted("De", "as"), contracted("a", "a"), contracted("por", "o"), contracted("de", "Ana")
    ('Das', 'à', 'pelo', None)
    """
    low = first.lower()
    whole = _WHOLE.get(f"{low} {second.lower()}")
    if whole is None and low in _STEMS and _SECOND.fullmatch(second):
        crasis = low == "a" and second[0] == "a"
        whole = "à" + second[1:] if crasis else _STEMS[low] + second
    if whole is None:
        return None
    return whole[0].upper() + whole[1:] if first[0].isupper() else whole


def suffixed(verb: str, pronoun: str) -> str:
    """Hang an object pronoun on its verb.

    >>> suffixed("trata", "se"), suffixed("fazer", "lo")
    ('trata-se', 'fazê-lo')
    """
    if pronoun[:1] == "l" and pronoun != "lhe" and pronoun != "lhes" and verb[-2:] in _ENDINGS:
        verb = verb[:-2] + _ENDINGS[verb[-2:]]
    return f"{verb}-{pronoun}"


def read_tagged(path: Path) -> Iterator[list[str]]:
    """Yield the paragraphs of a tagged corpus, each as its sentences in plain writing.

    Raises
    ------
    InputError
        If the file is missing.
    """
    paragraph: Tokens = []
    for _, line in read_lines(path):
        if line.strip():
            paragraph += (_split(token) for token in line.split())
        elif paragraph:
            yield [_written(sentence) for sentence in _sentences(paragraph)]
            paragraph = []
    if paragraph:
        yield [_written(sentence) for sentence in _sentences(paragraph)]


def _split(token: str) -> tuple[str, str]:
    form, _, tag = token.rpartition("_")
    return (form, tag) if form else (token, "")


def _sentences(tokens: Tokens) -> Iterator[Tokens]:
    sentence: Tokens = []
    ended = False
    for form, tag in tokens:
        if ended and not _closes(form, sentence):
            yield sentence
            sentence, ended = [], False
        sentence.append((form, tag))
        ended = ended or tag in _FINAL
    if sentence:
        yield sentence


def _closes(form: str, sentence: Tokens) -> bool:
    """Whether a mark behind the full stop still belongs to the sentence."""
    if form == '"':
        return sum(before == '"' for before, _ in sentence) % 2 == 1
    return form in _CLOSING


def _written(tokens: Tokens) -> str:
    """Set a sentence's tokens as they would be printed."""
    forms: list[str] = []
    half = ""
    for form, tag in tokens:
        joined = None
        if half.startswith("V"):
            joined = suffixed(forms[-1], form)
        elif half:
            joined = contracted(forms[-1], form)
        if joined:
            forms[-1] = joined
        else:
            forms.append("—" if form in _DASHES else _WRITTEN.get(form, form))
        half = tag if tag.endswith(_HALF) else ""
    return _set(forms)


def _set(forms: list[str]) -> str:
    spaces = spaced(forms)
    for i, (form, following) in enumerate(pairwise(forms)):
        if _APOSTROPHE.fullmatch(following):
            spaces[i] = False
        if form == "’" and following in _AFTER_APOSTROPHE:
            spaces[i] = False
    return "".join(f + " " * s for f, s in zip(forms, spaces, strict=True)).strip()


def read_articles(path: Path) -> Iterator[list[str]]:
    """Yield the paragraphs of articles in JSONL (``text``), each as one string.

    Raises
    ------
    InputError
        If the file is missing.
    """
    for article in read_objects(path):
        for paragraph in re.split(r"\n\s*\n", article["text"]):
            yield [" ".join(paragraph.split())]


def claimed_names(paths: Iterable[Path]) -> dict[str, str]:
    """Collect the names in the claims of annotated articles, each with its label.

    What is developed, and what is run on, is a product; whoever else has a part in a relation is
    an organisation, but where both could be products. A name that is both is left out.
    """
    found: dict[str, set[str]] = {}
    for path in paths:
        for article in read_objects(path):
            for claim in article["claims"]:
                for side, kind in _KINDS.get(claim["relation"], _COMPANIES).items():
                    found.setdefault(claim[side], set()).add(kind)
    return {name: kinds.pop() for name, kinds in found.items() if len(kinds) == 1}


def passages(paragraphs: Iterable[list[str]], seen: set[tuple[str, ...]]) -> Iterator[str]:
    """Put neighbouring sentences together, a blank line between paragraphs.

    Sentences that share eight words in a row with ``seen`` are left out.
    """
    waiting: list[str] = []
    for paragraph in paragraphs:
        for place, sentence in enumerate(paragraph):
            if shingles(sentence) & seen:
                continue
            waiting.append(("\n\n" if place == 0 else " ") + sentence)
            if len(waiting) == LONGEST_PASSAGE:
                yield "".join(waiting).strip()
                waiting = []
    if waiting:
        yield "".join(waiting).strip()


def shingles(text: str) -> set[tuple[str, ...]]:
    """Give all runs of eight words of a text, in lower case and without punctuation."""
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1)}
