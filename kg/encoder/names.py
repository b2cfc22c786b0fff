"""The best sequence of BILOU tags that is one: Viterbi's algorithm over what may follow what."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["best_names"]

_BARRED = -1e9


def best_names(scores: NDArray[np.float32], tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """Names in a window: first word, end (exclusive) and label.

    Parameters
    ----------
    scores
        (words, tags) how well each tag fits each word.
    tags
        ``O`` and, a label, ``B-``, ``I-``, ``L-`` and ``U-``.
    """
    if (scores.argmax(1) == tags.index("O")).all():
        return []
    return _spans([tags[number] for number in _path(scores, tuple(tags))])


def _path(scores: NDArray[np.float32], tags: tuple[str, ...]) -> list[int]:
    follows = _follows(tags)
    inside = np.array([tag[0] in "IL" for tag in tags])
    best = scores[0] + np.where(inside, _BARRED, 0)
    backs = []
    for row in scores[1:]:
        ways = best[:, None] + follows
        backs.append(ways.argmax(0))
        best = ways.max(0) + row
    best = best + np.where([tag[0] in "BI" for tag in tags], _BARRED, 0)
    path = [int(best.argmax())]
    for back in reversed(backs):
        path.append(int(back[path[-1]]))
    return path[::-1]


@lru_cache(maxsize=8)
def _follows(tags: tuple[str, ...]) -> NDArray[np.float32]:
    """0 where a tag (column) may come after another (row)."""
    rows = [[0.0 if _may_follow(a, b) else _BARRED for b in tags] for a in tags]
    return np.array(rows, np.float32)


def _may_follow(before: str, after: str) -> bool:
    if before[0] in "BI":
        return after[0] in "IL" and after[1:] == before[1:]
    return after[0] not in "IL"


def _spans(tags: list[str]) -> list[tuple[int, int, str]]:
    spans, start = [], 0
    for place, tag in enumerate(tags):
        if tag[0] in "BU":
            start = place
        if tag[0] in "LU":
            spans.append((start, place + 1, tag[2:]))
    return spans
