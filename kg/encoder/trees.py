"""The best tree over a sentence: Chu and Liu's and Edmonds' maximum spanning arborescence.

See McDonald et al. (HLT-EMNLP 2005). Exactly one word hangs from the root, as in UD.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["best_heads"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
_NEVER = -1e9


def best_heads(scores: NDArray[np.float32]) -> Whole:
    """Head of each word of one sentence.

    Parameters
    ----------
    scores
        (words, 1 + words): how well each head fits each word; column 0 is the root.

    Returns
    -------
    array of int64
        Per word the head's column, 0 once.
    """
    size = len(scores)
    square = np.full((size + 1, size + 1), _NEVER)
    square[1:] = scores
    np.fill_diagonal(square, _NEVER)
    square[0] = _NEVER
    heads: Whole = square.argmax(1)
    if (heads[1:] == 0).sum() != 1 or _cycle(heads):
        root = 1 + int((square[1:, 0] - _best_other(square)).argmax())
        square[np.arange(size + 1) != root, 0] = _NEVER
        square[root, 1:] = _NEVER
        heads = _arborescence(square)
    return heads[1:]


def _best_other(square: Floats) -> Floats:
    """Score of each word's best head that is no root."""
    best: Floats = square[1:, 1:].max(1)
    return best


def _cycle(heads: Whole) -> list[int]:
    """Some cycle among the words, or nothing; the root's own entry is passed over."""
    settled = np.zeros(len(heads), bool)
    settled[0] = True
    for start in range(1, len(heads)):
        path = [start]
        while not settled[path[-1]]:
            after = int(heads[path[-1]])
            if after in path:
                return path[path.index(after) :]
            path.append(after)
        settled[path] = True
    return []


def _arborescence(square: Floats) -> Whole:
    heads: Whole = square.argmax(1)
    cycle = _cycle(heads)
    if not cycle:
        return heads
    rest = [i for i in range(len(square)) if i not in cycle]
    inner = square[cycle, heads[cycle]]
    smaller = np.full((len(rest) + 1, len(rest) + 1), _NEVER)
    smaller[:-1, :-1] = square[np.ix_(rest, rest)]
    into = square[np.ix_(cycle, rest)] - inner[:, None]  # what entering there costs the cycle
    out_of = square[np.ix_(rest, cycle)]
    smaller[-1, :-1] = into.max(0)
    smaller[:-1, -1] = out_of.max(1)
    smaller[0] = _NEVER
    found = _arborescence(smaller)
    for place, node in enumerate(rest):
        heads[node] = (
            cycle[out_of[place].argmax()] if found[place] == len(rest) else rest[found[place]]
        )
    entered = cycle[into[:, found[-1]].argmax()]
    heads[entered] = rest[found[-1]]
    return heads
