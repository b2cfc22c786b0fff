"""Names in sentences: found with their borders, people and places left out."""

from __future__ import annotations

from typing import Any

import pytest
from discourse_cases import background, cases, read
from spacy.tokens import Span

from kg.name_spans import NameSpans
from kg.pipelines import parse_text
from kg.syntax import Tree


@pytest.mark.parametrize("case", cases("mentions.jsonl"), ids=lambda case: case["text"][:40])
def test_names_are_found_and_nothing_else(case: dict[str, Any]) -> None:
    _, mentions = read(case, resolve=False)
    found = {m.mention.text: m.mention.entity.name for m in mentions if m.mention.entity}
    assert {text: found.get(text) for text in case["names"]} == case["names"]
    words = {word for text in found for word in text.split()}
    assert not [text for text in case["none"] if words & set(text.split())]


def test_every_mention_is_the_text_at_its_span() -> None:
    for case in cases("mentions.jsonl"):
        _, mentions = read(case, resolve=False)
        for found in mentions:
            span = found.mention.span
            assert case["text"][span.start : span.end] == found.mention.text


def test_a_third_of_the_cases_hold_something_to_leave_out() -> None:
    rows = cases("mentions.jsonl")
    assert sum(bool(case["none"]) for case in rows) * 3 >= len(rows)


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Osgood made Alder Quest and Brine. Children like Brine.", "Alder Quest"),
        ("Osgood made Alder Quest and Brine. Children like them.", "Alder Quest and Brine"),
        ("Osgood made Alder Quest & Brine. Children like Brine.", "Alder Quest & Brine"),
    ],
)
def test_of_names_drawn_as_one_the_first_is_told_apart(text: str, drawn: str) -> None:
    doc = parse_text(text, "en")
    doc.ents = [Span(doc, 2, 6, "PROD")]
    (found,) = NameSpans(doc, Tree(doc, background()[0]), set()).recognised()
    assert doc[slice(*found)].text == drawn
