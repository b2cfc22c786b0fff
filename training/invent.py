"""Invent names: companies, products, people and places in the shapes that news uses.

No name is taken from anywhere: syllables, everyday words and shapes are put together by a seeded
generator, so that a recogniser learns what names look like and where they stand, not which exist.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["Inventor"]

_CONSONANTS = "BCDFGHJKLMNPQRSTVWXZ"


@cache
def _lists() -> dict[str, Any]:
    path = Path(__file__).with_name("wordlists.toml")
    return tomllib.loads(path.read_text("utf8"))


class Inventor:
    """Names of one language from one seeded stream of chance."""

    def __init__(self, lang: str, chance: random.Random) -> None:
        self.lang = lang
        self.chance = chance
        self._makers: dict[str, Callable[[], str]] = {
            "ORG": self.organisation,
            "PROD": self.product,
            "PER": self.person,
            "LOC": self.place,
        }

    def name(self, label: str) -> str:
        """Invent a name of this label (``ORG``, ``PROD``, ``PER`` or ``LOC``)."""
        return self._makers[label]()

    def organisation(self) -> str:
        """Invent an organisation's name: "xVelor", "SK Torix", "Harbor Health", "EKM Energia"."""
        shapes: tuple[tuple[int, Callable[[], str]], ...] = (
            (24, self._short),
            (22, lambda: f"{self._short()} {self._pick('fields')}"),
            (9, lambda: f"{self._short()} {self._short()}"),
            (7, self._letters),
            (6, lambda: f"{self._letters()} {self._pick('fields')}"),
            (5, lambda: f"{self._letters()} {self._coined()}"),
            (5, lambda: f"{self._short()} {self._pick('legal')}"),
            (4, lambda: f"{self._one('surnames')} {self._pick('fields')}"),
            (3, lambda: f"{self._one('surnames')} & {self._one('surnames')}"),
            (4, lambda: f"{self._pick('before')} {self._short()}"),
            (3, lambda: f"{self._short()} {self._pick('fields')} {self._pick('fields')}"),
            (3, lambda: f"{self._short()} {self._pick('fields')} {self._pick('legal')}"),
            (2, lambda: f"{self.place().removeprefix('the ')} {self._pick('fields')}"),
        )
        return self._draw(shapes)

    def product(self) -> str:
        """Invent a product, model or chip: "QuillGPT", "Velora 3 Pro", "MX410", "Orbit-2"."""
        number = self._number
        shapes: tuple[tuple[int, Callable[[], str]], ...] = (
            (18, self._short),
            (16, lambda: f"{self._short()} {number()}"),
            (14, lambda: f"{self._letters(1, 3)}{self.chance.randint(1, 99) * 10}"),
            (8, lambda: f"{self._short()} {self._one('editions')}"),
            (8, lambda: f"{self._short()} {number()} {self._one('editions')}"),
            (8, lambda: f"{self._letters(2, 4)}-{number()}"),
            (6, lambda: f"{self._short()} {self._one('products')}"),
            (6, lambda: f"{self._letters(1, 2)}{self.chance.randint(1, 999)}"),
            (
                5,
                lambda: (
                    f"{self._letters(1, 2)}{self.chance.randint(1, 99) * 5}{self._letters(1, 1)}"
                ),
            ),
            (5, lambda: f"{self._short()} v{number()}"),
            (5, lambda: f"{self._short()} {self._letters(1, 1)}{number()}"),
            (
                5,
                lambda: (
                    f"{self._short()} {self.chance.randint(1, 20) * 10} {self._one('editions')}"
                ),
            ),
            (4, lambda: f"{self._letters()} {self._one('words')}"),
            (5, lambda: f"{self._short()}-{number()}"),
            (
                4,
                lambda: f"{self._letters(1, 2)}{self.chance.randint(1, 9)} {self._one('editions')}",
            ),
            (4, lambda: f"{self._one('words')} {self._one('words')}"),
            (3, lambda: f"{self._letters(3, 4)}-{number()}{self.chance.choice('omxs')}"),
        )
        return self._draw(shapes)

    def person(self) -> str:
        """Invent a person's name of one to three parts."""
        given = str(self.chance.choice(_lists()["given"][self.lang]))
        family = self._one("surnames")
        if self.chance.random() < 0.2:
            return family
        middle = f" {self._one('surnames')}" if self.chance.random() < 0.15 else ""
        return f"{given}{middle} {family}"

    def place(self) -> str:
        """Draw a well-known place."""
        return str(self.chance.choice(_lists()["places"][self.lang]))

    def _draw(self, shapes: tuple[tuple[int, Callable[[], str]], ...]) -> str:
        weights = [weight for weight, _ in shapes]
        return self.chance.choices([make for _, make in shapes], weights)[0]()

    def _short(self) -> str:
        """Invent a name of one word."""
        return self._draw((
            (40, self._coined),
            (28, lambda: self._one("words")),
            (8, lambda: f"{self._coined()}{self._one('suffixes')}"),
            (6, lambda: f"{self._one('words')}{self._one('suffixes')}"),
            (6, lambda: f"{self._one('prefixes')}{self._coined()}"),
            (5, lambda: f"{self._one('prefixes')}{self._one('words')}"),
            (3, lambda: f"{self._one('words')}{self._one('words')}"),
            (2, lambda: f"{self.chance.randint(2, 99)}{self._coined()}"),
            (2, lambda: self._coined().upper()),
            (2, lambda: self._coined().lower() + self.chance.choice(("AI", ".ai", "X", "One"))),
        ))  # fmt: skip

    def _coined(self) -> str:
        parts = [self._one("syllables") for _ in range(self.chance.choice((1, 1, 2)))]
        return ("".join(parts) + self._one("endings")).capitalize()

    def _letters(self, least: int = 2, most: int = 4) -> str:
        size = self.chance.randint(least, most)
        letters = "".join(self.chance.choice(_CONSONANTS + "AEIOU") for _ in range(size))
        return (
            f"{letters[0]}&{letters[1:]}" if size > 2 and self.chance.random() < 0.05 else letters
        )

    def _number(self) -> str:
        whole = str(self.chance.randint(1, 9))
        return f"{whole}.{self.chance.randint(1, 9)}" if self.chance.random() < 0.35 else whole

    def _one(self, key: str) -> str:
        return str(self.chance.choice(_lists()[key]))

    def _pick(self, key: str) -> str:
        table = _lists()[key]
        return str(self.chance.choice([*table.get("any", ()), *table[self.lang]]))
