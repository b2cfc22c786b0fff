"""The same article twice: exact and near duplicates by the words that follow one another.

Near duplicates are found with MinHash signatures and banding (Broder, 1997; Leskovec, Rajaraman
and Ullman, *Mining of Massive Datasets*, chapter 3); the similarity reported is exact.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

from kg.cleaning import ignored_spans
from kg.model import Article

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes: TypeAlias = NDArray[np.uint64]

__all__ = ["find_duplicates"]

_WORD = re.compile(r"\w+")
_SHINGLE = 4  # words
_BANDS, _ROWS = 24, 4  # pairs of similarity 0.5 are compared with probability 0.79, 0.7 with 0.998
_SIMILAR = 0.6


def _own_text(article: Article) -> str:
    """The article without what is ignored in it."""
    parts: list[str] = []
    start = 0
    for span in ignored_spans(article):
        parts.append(article.text[start : span.start])
        start = span.end
    return " ".join([*parts, article.text[start:]])


def _shingles(article: Article) -> Hashes:
    """Hashes of the runs of four words, each once, sorted."""
    import numpy as np

    names = _WORD.findall(_own_text(article).casefold())
    runs = [" ".join(names[i : i + _SHINGLE]) for i in range(max(1, len(names) - _SHINGLE + 1))]
    digests = b"".join(hashlib.blake2b(run.encode(), digest_size=8).digest() for run in runs)
    return np.unique(np.frombuffer(digests, dtype="<u8").astype(np.uint64))


def _signature(shingles: Hashes) -> Hashes:
    import numpy as np

    seeds = np.arange(1, 2 * _BANDS * _ROWS, 2, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = shingles[None, :] * seeds[:, None]  # odd multipliers permute the 64-bit numbers
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    signature: Hashes = (mixed ^ (mixed >> np.uint64(32))).min(axis=1)
    return signature


def _candidates(signatures: list[Hashes]) -> Iterator[tuple[int, int]]:
    pairs: set[tuple[int, int]] = set()
    for band in range(_BANDS):
        buckets: dict[bytes, list[int]] = defaultdict(list)
        for i, signature in enumerate(signatures):
            buckets[signature[band * _ROWS : (band + 1) * _ROWS].tobytes()].append(i)
        for members in buckets.values():
            pairs.update(combinations(members, 2))
    yield from sorted(pairs)


def _similarity(one: Hashes, other: Hashes) -> float:
    """Jaccard similarity of two sets of shingles."""
    import numpy as np

    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / (len(one) + len(other) - shared)


def find_duplicates(articles: Iterable[Article]) -> tuple[tuple[str, str, float], ...]:
    """Pairs of article ids that say mostly the same, with their similarity.

    Parameters
    ----------
    articles
        Any number; their boilerplate is left aside.

    Returns
    -------
    tuple of (id, id, similarity)
        In the order of the articles; 1.0 for the same words, else the share of runs of four
        words that both have (0.6 at least).
    """
    names: list[str] = []
    shingles: list[Hashes] = []
    for article in articles:
        names.append(article.id)
        shingles.append(_shingles(article))
    signatures = [_signature(own) for own in shingles]
    found = [(i, j, _similarity(shingles[i], shingles[j])) for i, j in _candidates(signatures)]
    return tuple((names[i], names[j], round(s, 4)) for i, j, s in found if s >= _SIMILAR)
