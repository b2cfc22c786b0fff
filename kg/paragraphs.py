"""Where the paragraphs of a plain text begin and end, whichever way its lines are broken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from kg.model import Span

__all__ = ["paragraphs"]

_LINE = re.compile(r"[^\n\r\u2028\u2029]*[^\s][^\n\r\u2028\u2029]*")
_BLANK = re.compile(r"\n[^\S\n]*\n|\r\n[^\S\n]*\r\n|\u2029")
_WRAP_WIDTH = 120  # characters: a longer line was not broken to fit a column


def _lines(text: str) -> Iterator[Span]:
    for match in _LINE.finditer(text):
        line = match.group()
        start = match.start() + len(line) - len(line.lstrip())
        yield Span(start, match.start() + len(line.rstrip()))


def _blocks(text: str) -> Iterator[list[Span]]:
    """Lines grouped between blank lines."""
    block: list[Span] = []
    for line in _lines(text):
        if block and _BLANK.search(text, block[-1].end, line.start):
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _is_wrapped(text: str, block: list[Span]) -> bool:
    """Whether a column width broke the lines: no line had room for the next one's first word.

    A lower-case continuation is asked for as well, so that a headline above a short paragraph
    is not taken for the first line of it.
    """
    lines = [text[line.start : line.end] for line in block]
    width = max(map(len, lines))
    pairs = list(pairwise(lines))
    filled = all(len(line) + 1 + len(after.split()[0]) > width for line, after in pairs)
    return width <= _WRAP_WIDTH and filled and any(after[0].islower() for _, after in pairs)


def paragraphs(text: str) -> tuple[Span, ...]:
    """Paragraphs of *text* in order, without the white space around them.

    A blank line always ends a paragraph. A single line break does too (web pages turned into
    text, headlines), unless the lines of the block were wrapped at a column.
    """
    spans: list[Span] = []
    for block in _blocks(text):
        if _is_wrapped(text, block):
            spans.append(Span(block[0].start, block[-1].end))
        else:
            spans.extend(block)
    return tuple(spans)
