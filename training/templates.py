"""Sentences of our own in the register of business news, with slots that take invented names."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from training.invent import Inventor
from training.surface import OUTSIDE, Sentence, Token

__all__ = ["fill_templates"]

_HERE = Path(__file__).parent
_SLOT = re.compile(r"\{(\w+)\}|\[(\w+):([^\]]+)\]")


def fill_templates(
    lang: str, times: int, chance: random.Random, pieces: Callable[[str], list[tuple[str, bool]]]
) -> Iterator[Sentence]:
    """Yield every template filled anew ``times`` times; tokens are cut by ``pieces``."""
    lines = (_HERE / f"templates-{lang}.txt").read_text("utf8").splitlines()
    templates = [line for line in lines if line and not line.startswith("#")]
    figures = tomllib.loads((_HERE / "figures.toml").read_text("utf8"))[lang]
    inventor = Inventor(lang, chance)
    for _ in range(times):
        for template in templates:
            text, spans = _fill(template, inventor, figures, chance)
            yield _sentence(pieces(text), spans)


def _fill(
    template: str, inventor: Inventor, figures: dict[str, list[str]], chance: random.Random
) -> tuple[str, list[tuple[int, int, str]]]:
    """Give the text, and the characters and labels of its names."""
    for _ in range(2):  # a turn of phrase may hold figures
        template = _SLOT.sub(lambda slot: _figure(slot, figures, chance), template)
    text, done = "", 0
    spans: list[tuple[int, int, str]] = []
    for slot in _SLOT.finditer(template):
        text += template[done : slot.start()]
        done = slot.end()
        name = slot[3] or inventor.name(slot[1])
        spans.append((len(text), len(text) + len(name), slot[1] or slot[2]))
        text += name
    tail = template[done:]
    return text + tail[text.endswith(".") and tail.startswith(".") :], spans


def _figure(slot: re.Match[str], figures: dict[str, list[str]], chance: random.Random) -> str:
    if slot[1] not in figures:
        return slot[0]
    figure = chance.choice(figures[slot[1]])
    figure = re.sub("#", lambda _: str(chance.randint(1, 9)), figure)
    return figure[0].upper() + figure[1:] if slot.start() == 0 else figure


def _sentence(pieces: list[tuple[str, bool]], spans: list[tuple[int, int, str]]) -> Sentence:
    tokens: list[Token] = []
    names: list[str] = []
    start = 0
    for form, space in pieces:
        tokens.append(Token(form, space))
        names.append(_tag(start, start + len(form), spans))
        start += len(form) + space
    return Sentence(tuple(tokens), tuple(names))


def _tag(start: int, end: int, spans: list[tuple[int, int, str]]) -> str:
    for first, last, label in spans:
        if first < end and start < last:
            return f"B-{label}" if start <= first else f"I-{label}"
    return OUTSIDE
