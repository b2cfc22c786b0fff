"""Annotated articles as the encoder reads them: stretches of sentences, in numbers, with their candidates."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from kg.encoder.component import WINDOW, pieces_of_words
from kg.encoder.pieces import BEGIN, END
from kg.extraction import Extractor
from kg.ontology import Ontology
from kg.pair_features import sentence_pairs
from training.arguments import Parsed
from training.pairs import Example, example_of
from training.tasks import OPEN, Numbers, Window, name_tags

__all__ = ["Annotated", "Stretch", "annotated", "stretches"]

SHORTEST = 100  # pieces of a stretch; how long they are varies, as what stands around does in use


@dataclass(frozen=True, slots=True)
class Annotated:
    """An article: pieces and name tag of each word; sentences as first word, end and example."""

    words: list[tuple[int, ...]]
    names: list[int]
    sentences: list[tuple[int, int, Example | None]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some sentences of an article in a row; each example with the number of its first word."""

    window: Window
    examples: list[tuple[int, Example]]


def annotated(
    found: Iterable[Parsed], extractor: Extractor, relations: Sequence[str], numbers: Numbers
) -> Iterator[Annotated]:
    """Annotated articles, given with their ``Doc``s."""
    for data, article, doc in found:
        matcher = extractor.matcher(article, doc)
        examples = {
            pairs.start: example_of(data, doc, pairs, extractor.ontology)
            for pairs in sentence_pairs(matcher, relations)
        }
        tags = _name_tags(data, doc, extractor.ontology)
        yield Annotated(
            pieces_of_words(doc, numbers.pieces),
            [numbers.tags["name"].get(tag, OPEN) for tag in tags],
            [(start, end, examples.get(start)) for start, end in matcher.tree.bounds],
        )


def _name_tags(data: Mapping[str, Any], doc: Any, ontology: Ontology) -> list[str]:
    """BILOU tags of the names in the claims; other words that may be names are open."""
    tags = ["O" if _is_plain(token.text) else "?" for token in doc]
    for i in range(1, len(doc) - 1):  # "Bank of Orvanta", of which we know nothing
        if tags[i] == "O" and tags[i - 1] == tags[i + 1] == "?":
            tags[i] = "?"
    iob = list(tags)
    for name, label in sorted(_labels(data, ontology).items(), key=lambda x: (-len(x[0]), x[0])):
        at = doc.text.find(name)
        while at >= 0:
            span = doc.char_span(at, at + len(name))
            if span is not None and not any(iob[t.i][0] in "BI" for t in span):
                iob[span.start : span.end] = (
                    ["?"] * len(span)
                    if label is None
                    else [f"B-{label}"] + [f"I-{label}"] * (len(span) - 1)
                )
            at = doc.text.find(name, at + len(name))
    return name_tags(tuple(_whole(iob)))


def _whole(iob: Sequence[str]) -> Iterator[str]:
    """*iob*, with a name open where it may be part of a longer one ("Orvanta" in "Orvanta Labs")."""
    parts = [list(part) for _, part in groupby(iob, key=lambda tag: tag == "O")]
    for part in parts:
        yield from ["?"] * len(part) if "?" in part else part


def _is_plain(text: str) -> bool:
    return text == text.lower() and not any(c.isdigit() for c in text)


def _labels(data: Mapping[str, Any], ontology: Ontology) -> dict[str, str | None]:
    """The label of each name in an article's claims, None where its relations do not tell."""
    known = {label for value in ontology.classes.values() if (label := value.recognised)}
    kinds: dict[str, set[str]] = defaultdict(lambda: set(known))
    for claim in data["claims"]:
        relation = ontology.properties[claim["relation"]]
        for side, classes in (("subject", relation.domain), ("object", relation.range)):
            near = {n for c in classes for n in ontology.ancestors(c) | ontology.descendants(c)}
            labels = {ontology.classes[name].recognised for name in near}
            for name in (claim[side], *claim.get(f"{side}_alt", ())):
                kinds[name] &= labels
    return {name: next(iter(found)) if len(found) == 1 else None for name, found in kinds.items()}


def stretches(article: Annotated, chance: random.Random) -> Iterator[Stretch]:
    """Cut an article into stretches of whole sentences, at random lengths up to `WINDOW` pieces."""
    waiting, size, room = [], 0, chance.randint(SHORTEST, WINDOW)
    for sentence in article.sentences:
        length = sum(len(word) for word in article.words[sentence[0] : sentence[1]])
        if waiting and size + length > room:
            yield _stretch(article, waiting)
            waiting, size, room = [], 0, chance.randint(SHORTEST, WINDOW)
        waiting.append(sentence)
        size += length
    if waiting:
        yield _stretch(article, waiting)


def _stretch(article: Annotated, sentences: Sequence[tuple[int, int, Example | None]]) -> Stretch:
    start, end = sentences[0][0], sentences[-1][1]
    pieces, first, last = [BEGIN], [], []
    for word in article.words[start:end]:
        first.append(len(pieces))
        pieces.extend(word)
        last.append(len(pieces) - 1)
    open_ = [OPEN] * (end - start)
    window = Window([*pieces, END], first, last, [article.names[start:end]], open_, open_)
    return Stretch(window, [(at - start, example) for at, _, example in sentences if example])
