"""Annotated articles: JSON lines with what each article says, to measure extraction against.

A line has ``id``, ``lang``, ``date``, ``title``, ``text`` and ``claims``; instead of ``text`` it
may have ``file``, an article's file in a folder that the caller names. A claim has ``subject``,
``relation``, ``object``, ``status`` and, where the text gives them, ``amount``, ``currency``,
``percent`` and ``evidence``; ``subject_alt`` and ``object_alt`` are further names that are right.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kg.errors import InputError
from kg.model import Article, Status
from kg.names import fold

__all__ = ["GoldArticle", "GoldClaim", "read_gold"]

_OPTIONAL = ("title", "date", "source", "url")


@dataclass(frozen=True, slots=True)
class GoldClaim:
    """What an annotator read; ``subjects`` and ``objects`` are folded, the preferred name first.

    ``subject`` and ``object`` are the preferred names as they were written.
    """

    subject: str
    relation: str
    object: str
    status: Status
    subjects: tuple[str, ...]
    objects: tuple[str, ...]
    amount: float | None = None
    currency: str | None = None
    percent: float | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class GoldArticle:
    """An article and all that it says."""

    article: Article
    claims: tuple[GoldClaim, ...]


def read_gold(
    path: Path, read_file: Callable[[Path], Article] | None = None
) -> Iterator[GoldArticle]:
    """Articles with their claims, in the order of the lines of *path*.

    Parameters
    ----------
    path
        A JSONL file.
    read_file
        Reads the article of a line that has ``file`` in place of ``text``.

    Raises
    ------
    InputError
        Where the file or a line of it is not as described above, with the line's number.
    """
    try:
        lines = path.read_text("utf8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise InputError(f"{path}: cannot be read: {reason}") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _gold_article(line, f"{path}:{number}", read_file)


def _gold_article(
    line: str, place: str, read_file: Callable[[Path], Article] | None
) -> GoldArticle:
    try:
        data = json.loads(line)
        claims = tuple(map(_gold_claim, data["claims"]))
        return GoldArticle(_article(data, place, read_file), claims)
    except KeyError as error:
        raise InputError(
            f"{place}: field {error.args[0]!r} is missing; is this a gold file?"
        ) from None
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{place}: no annotated article: {error}") from None


def _article(
    data: Mapping[str, Any], place: str, read_file: Callable[[Path], Article] | None
) -> Article:
    if "text" in data or read_file is None:
        optional = {name: data[name] for name in _OPTIONAL if data.get(name)}
        fields = {"title": "", **optional, "text": data["text"], "lang": data["lang"]}
        return Article(id=str(data["id"]), origin=place, **fields)
    return replace(read_file(Path(data["file"])), id=str(data["id"]), lang=data["lang"])


def _gold_claim(data: Mapping[str, Any]) -> GoldClaim:
    return GoldClaim(
        subject=data["subject"],
        relation=data["relation"],
        object=data["object"],
        status=Status(data["status"]),
        subjects=_names(data, "subject"),
        objects=_names(data, "object"),
        amount=data.get("amount"),
        currency=data.get("currency"),
        percent=data.get("percent"),
        evidence=data.get("evidence", ""),
    )


def _names(data: Mapping[str, Any], side: str) -> tuple[str, ...]:
    """Folded names of one side, each once, the preferred one first."""
    others = data.get(f"{side}_alt") or ()
    names = [data[side], *([others] if isinstance(others, str) else others)]
    return tuple(dict.fromkeys(map(fold, names)))
