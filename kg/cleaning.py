"""What in an article's text is not the article: menus, notices, captions, comments, repeats.

Structure decides (bars, arrows, lines of signs, repeated paragraphs); the words that give such
paragraphs away stand in ``ontology/lexicon/boilerplate.ttl``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from kg.assets import asset
from kg.errors import OntologyError
from kg.model import Article, Span
from kg.paragraphs import paragraphs
from kg.turtle import KG, read_turtle

__all__ = ["clean_text", "ignored_paragraphs", "ignored_spans", "load_boilerplate"]

_PLACES = ("whole", "label", "start", "anywhere", "hint", "caption", "comments", "list")
_WORD = re.compile(r"[^\W\d_]+")
_SHORT, _NOTICE = 240, 400  # characters of a link, a caption; of a notice
_SHINGLE = 5  # words
_REPEATED = 0.8  # share of a paragraph's shingles seen before
_COMMENTS_AFTER = 0.4  # share of the text that must stand before the readers' comments

_BARS = re.compile(r"\s[|>›»·•]\s|\s→\s|[|]")
_SLASHES = re.compile(r"[^/]{1,30}(?: / [^/]{1,30})+")
_SIGNS = re.compile(r"[\W\d_]+")
_STAMP = re.compile(
    r"(?:\w{0,4}[\s·|,]*)?\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?[\s,·|]*(?:\d{1,2}[:h]\d{2})?"
)
_COUNT = re.compile(r"\d[\d.,]*\s?[kKmM]?\s+[^\W\d_]+")
_ITEM = re.compile(r"(?:\d{1,2}[.)]|[-–•*])\s")
_ENDS = re.compile(r"[.!?…:;][\"'”’»)\]]*$")

Cues = Mapping[str, frozenset[str]]


def _fold(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


@lru_cache(maxsize=4)
def load_boilerplate(path: Path | None = None) -> Cues:
    """Cue words by the place that they must have in a paragraph (the file explains them).

    Raises
    ------
    OntologyError
        Naming the file and the entry that breaks the format.
    """
    source = path or asset("ontology", "lexicon", "boilerplate.ttl")
    cues: dict[str, set[str]] = {place: set() for place in _PLACES}
    for entry in read_turtle(source).values():
        if KG + "BoilerplateCue" not in entry.types:
            continue
        place = entry.text(KG + "where")
        if place not in cues:
            raise OntologyError(f"{source}: kg:where {place!r} is none of {', '.join(_PLACES)}")
        cues[place].update(_fold(word) for word, _ in entry.literals(KG + "word"))
    return {place: frozenset(found - {""}) for place, found in cues.items()}


def _held(text: str, cues: Iterable[str]) -> int:
    """How many of *cues* stand in *text*."""
    padded = f" {_fold(text)} "
    return sum(f" {cue} " in padded for cue in cues)


def _is_notice(text: str, cues: Cues) -> bool:
    if len(text) > _NOTICE:
        return False
    return _held(text, cues["anywhere"]) > 0 or _held(text, cues["hint"]) > 1


def _begins(text: str, cues: Iterable[str]) -> bool:
    padded = f"{_fold(text)} "
    return any(padded.startswith(f"{cue} ") for cue in cues)


def _is_label(text: str, cues: frozenset[str]) -> bool:
    head = re.split(r"[:|(\[–—·]", text.lstrip("[("), maxsplit=1)[0]
    return len(head) < len(text) and _fold(head) in cues and len(text) <= _SHORT


def _is_caption(text: str, cues: frozenset[str]) -> bool:
    """Whether one of *cues* is followed by a colon, a bracket or the end: "(Foto: X)", "File photo"."""
    if len(text) > _SHORT:
        return False
    heads = re.split(r"[:)\]]", text)
    last = heads[-1].rstrip(" .")
    closed = any(_ends_with(head, cues) for head in heads[:-1])
    return closed or (
        bool(last) and _ends_with(last, cues) and bool(re.search(r"[.(\[]", text[:-1]))
    )


def _ends_with(text: str, cues: frozenset[str]) -> bool:
    """Whether the last words of *text* are a cue that begins a bracket or a sentence."""
    tail = re.split(r"[.(\[]\s*|\s{2,}", text)[-1]
    folded = _fold(tail)
    named = folded.split()
    return folded in cues or (
        len(named) > 1 and tail.split()[-1][0].isupper() and named[-1] in cues
    )


def _is_bar(text: str) -> bool:
    """Whether it is a row of links or labels: "Home | Industry", "TECH / ANTITRUST"."""
    if len(text) > _SHORT or text.endswith((".", "!", "?")):
        return False
    parts = [part for part in _BARS.split(text) if part.strip()]
    rows = len(parts) > 1 and all(len(part.split()) <= 9 for part in parts)
    return rows or bool(_SLASHES.fullmatch(text) and len(text.split()) <= 12)


def _is_doubled(text: str) -> bool:
    """Whether it is the same words twice, as captions with their alternative text are."""
    half, odd = divmod(len(text), 2)
    joined = text.casefold()
    return half >= 4 and (
        (not odd and joined[:half] == joined[half:])
        or (bool(odd) and joined[:half] == joined[half + 1 :])
    )


def _is_boilerplate(text: str, cues: Cues) -> bool:
    folded = _fold(text)
    if not folded or _SIGNS.fullmatch(text) or _STAMP.fullmatch(text):
        return True
    short = len(text) <= _SHORT
    return (
        folded in cues["whole"]
        or _is_label(text, cues["label"])
        or (short and _begins(text, cues["start"]))
        or _is_notice(text, cues)
        or _is_caption(text, cues["caption"])
        or _is_bar(text)
        or _is_doubled(text)
        or text.startswith("©")
    )


class _Seen:
    """Which paragraphs have stood in the text before."""

    def __init__(self) -> None:
        self.whole: set[str] = set()
        self.shingles: set[tuple[str, ...]] = set()

    def repeats(self, text: str) -> bool:
        """Whether *text* mostly repeats what came before; it is remembered."""
        names = _fold(text).split()
        own = {tuple(names[i : i + _SHINGLE]) for i in range(len(names) - _SHINGLE + 1)}
        known = len(own & self.shingles) / len(own) if own else 0.0
        key = re.sub(r"\s+", " ", text.casefold())
        repeated = key in self.whole or known >= _REPEATED
        self.whole.add(key)
        self.shingles |= own
        return repeated


def _list_items(texts: list[str], cues: Cues) -> Iterator[int]:
    """Numbered or dashed lines after the heading of a list of links, with the heading."""
    inside = False
    for i, text in enumerate(texts):
        folded = _fold(text)
        heading = len(text) <= 60 and (
            folded in cues["list"]
            or (
                i + 1 < len(texts)
                and _begins(text, cues["list"])
                and bool(_ITEM.match(texts[i + 1]))
            )
        )
        inside = heading or (inside and len(text) <= _SHORT and bool(_ITEM.match(text)))
        if inside:
            yield i


def _comments_start(texts: list[str], ignored: set[int], cues: Cues) -> int:
    """Index of the heading of the readers' comments, ``len(texts)`` if there is none.

    It must stand behind a good part of the article: pages link to the comments at the top too.
    """
    total = sum(len(text) for i, text in enumerate(texts) if i not in ignored)
    before = 0
    for i, text in enumerate(texts):
        if (
            len(text) <= 60
            and _fold(text) in cues["comments"]
            and before >= _COMMENTS_AFTER * total
        ):
            return i
        before += 0 if i in ignored else len(text)
    return len(texts)


def ignored_paragraphs(
    texts: list[str], title: str = "", cues: Cues | None = None
) -> frozenset[int]:
    """Indices of the paragraphs that are boilerplate, readers' comments or repeats.

    The first paragraph that says what the *title* says is the headline, wherever a page prints
    it: it stays.
    """
    cues = cues or load_boilerplate()
    seen = _Seen()
    repeats = {i for i, text in enumerate(texts) if seen.repeats(text)}
    ignored = repeats | {i for i, text in enumerate(texts) if _is_boilerplate(text, cues)}
    ignored |= set(_list_items(texts, cues))
    start = _comments_start(texts, ignored, cues)
    ignored |= set(range(start, len(texts)))
    ignored |= _reactions_before(texts, start, ignored)
    headline = [i for i, text in enumerate(texts) if title and _fold(text) == _fold(title)]
    return frozenset(ignored - set(headline[:1]))


def _reactions_before(texts: list[str], start: int, ignored: set[int]) -> set[int]:
    """Counters of likes and shares right above the comments: "22 gostos"."""
    found: set[int] = set()
    i = start - 1
    while 0 <= i < len(texts) - 1 and (i in ignored or _COUNT.fullmatch(texts[i])):
        found.add(i)
        i -= 1
    return found


@lru_cache(maxsize=64)
def _ignored(text: str, title: str) -> tuple[Span, ...]:
    spans = paragraphs(text)
    ignored = ignored_paragraphs([text[span.start : span.end] for span in spans], title)
    merged: list[Span] = []
    for i in sorted(ignored):
        start = merged.pop().start if merged and i - 1 in ignored else spans[i].start
        merged.append(Span(start, spans[i].end))
    return tuple(merged)


def ignored_spans(article: Article) -> tuple[Span, ...]:
    """Stretches of the article's text that are not the article's own words, in order.

    Text from JSONL is kept character by character, so its boilerplate is marked, not removed.
    """
    return _ignored(article.text, article.title)


def clean_text(text: str, title: str = "") -> str:
    """*text* without its boilerplate: paragraphs on one line each, a blank line between them."""
    parts = [" ".join(text[span.start : span.end].split()) for span in paragraphs(text)]
    ignored = ignored_paragraphs(parts, title)
    return "\n\n".join(part for i, part in enumerate(parts) if i not in ignored)
