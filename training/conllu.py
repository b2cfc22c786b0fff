"""Read Universal Dependencies treebanks in CoNLL-U.

The format: https://universaldependencies.org/format.html. Enhanced dependencies, empty nodes and
comments other than ``newdoc`` and ``sent_id`` are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.errors import InputError

__all__ = ["Tree", "Word", "read_lines", "read_objects", "read_trees"]

COLUMNS = 10


@dataclass(frozen=True, slots=True)
class Word:
    """One syntactic word; ``head`` is 1-based within its sentence, 0 for the root."""

    form: str
    lemma: str
    upos: str
    feats: str
    head: int
    deprel: str
    misc: str

    @property
    def space(self) -> bool:
        """Whether a space follows in the text."""
        return "SpaceAfter=No" not in self.misc.split("|")


@dataclass(frozen=True, slots=True)
class Tree:
    """One sentence: its words, and its multiword tokens as ``(first, last, form, space)``."""

    sent_id: str
    doc: str
    words: tuple[Word, ...]
    ranges: tuple[tuple[int, int, str, bool], ...]


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the file's numbered lines without line ends.

    Raises
    ------
    InputError
        If the file is missing or is not UTF-8.
    """
    try:
        text = path.read_text("utf8")
    except FileNotFoundError:
        raise InputError(
            f"{path}: no such file; training/README.md says where it is from"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as UTF-8 text: {error}") from error
    yield from enumerate(text.split("\n"), 1)


def read_objects(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSONL file that is known to be well formed.

    Raises
    ------
    InputError
        If the file is missing or is not UTF-8.
    """
    yield from (json.loads(line) for _, line in read_lines(path) if line.strip())


def read_trees(path: Path) -> Iterator[Tree]:
    """Yield the sentences of a CoNLL-U file.

    Raises
    ------
    InputError
        If the file is missing, or a line has another number of columns than ten, or an identifier
        or head that is no number, or a head outside its sentence.
    """
    comments: dict[str, str] = {}
    rows: list[tuple[int, list[str]]] = []
    for number, line in read_lines(path):
        if line.startswith("#"):
            key, _, value = line[1:].partition("=")
            comments[key.strip().replace("newdoc_id", "newdoc id")] = value.strip()
        elif line.strip():
            rows.append((number, _columns(path, number, line)))
        elif rows:
            yield _tree(path, rows, comments)
            comments.pop("sent_id", None)
            rows = []
    if rows:
        yield _tree(path, rows, comments)


def _columns(path: Path, number: int, line: str) -> list[str]:
    columns = line.rstrip("\r").split("\t")
    if len(columns) != COLUMNS:
        raise InputError(f"{path}:{number}: {len(columns)} columns; a CoNLL-U line has {COLUMNS}")
    return columns


def _tree(path: Path, rows: list[tuple[int, list[str]]], comments: dict[str, str]) -> Tree:
    words: list[Word] = []
    ranges: list[tuple[int, int, str, bool]] = []
    for number, row in rows:
        try:
            if "-" in row[0]:
                first, last = map(int, row[0].split("-"))
                ranges.append((first, last, row[1], "SpaceAfter=No" not in row[9].split("|")))
            elif "." not in row[0]:
                words.append(_word(row, len(words)))
        except ValueError:
            raise InputError(f"{path}:{number}: identifier or head is no running number") from None
    if wrong := [word for word in words if word.head > len(words)]:
        raise InputError(f"{path}:{rows[0][0]}: head {wrong[0].head} lies outside the sentence")
    doc = comments.get("newdoc id", "")
    return Tree(comments.get("sent_id", ""), doc, tuple(words), tuple(ranges))


def _word(row: list[str], before: int) -> Word:
    if int(row[0]) != before + 1 or int(row[6]) < 0:
        raise ValueError
    feats = "" if row[5] == "_" else row[5]
    return Word(row[1], row[2], row[3], feats, int(row[6]), row[7], row[9])
