"""The same article twice: exact and near duplicates by the words that follow one another.

Near duplicates are found with MinHash signatures and banding (Broder, 1997; Leskovec, Rajaraman
and Ullman, *Mining of Massive Datasets*, chapter 3); the similarity reported is exact.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

from kg.cleaning import ignored_spans
from kg.model import Article

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes: TypeAlias = NDArray[np.uint64]

Fingerprints: TypeAlias = Callable[[int], bytes]
"""Number of an article → its fingerprint; called again for candidates, so that few are in memory."""

__all__ = ["Fingerprints", "find_duplicates", "fingerprint", "group_copies"]

_WORD = re.compile(r"\w+")
_SHINGLE = 4  # words
_BANDS, _ROWS = 24, 4  # pairs of similarity 0.5 are compared with probability 0.79, 0.7 with 0.998
_SIMILAR = 0.6
_READ = 8 * _BANDS * 10_000  # bytes of keys read at once


def _own_text(article: Article) -> str:
    """The article without what is ignored in it."""
    parts: list[str] = []
    start = 0
    for span in ignored_spans(article):
        parts.append(article.text[start : span.start])
        start = span.end
    return " ".join([*parts, article.text[start:]])


def fingerprint(article: Article) -> bytes:
    """What is kept of an article's words to tell copies: hashes of all runs of four, sorted.

    Four bytes a run, little-endian; boilerplate is left aside.
    """
    import numpy as np

    names = _WORD.findall(_own_text(article).casefold())
    runs = [" ".join(names[i : i + _SHINGLE]) for i in range(max(1, len(names) - _SHINGLE + 1))]
    digests = b"".join(hashlib.blake2b(run.encode(), digest_size=4).digest() for run in runs)
    return np.unique(np.frombuffer(digests, dtype="<u4")).tobytes()


def _hashes(data: bytes) -> Hashes:
    import numpy as np

    return np.frombuffer(data, dtype="<u4").astype(np.uint64)


def _bands(shingles: Hashes) -> Hashes:
    """A key for each band of the MinHash signature."""
    import numpy as np

    seeds = np.arange(1, 2 * _BANDS * _ROWS, 2, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (shingles[None, :] + np.uint64(1)) * seeds[:, None]  # odd multipliers permute numbers
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    signature = (mixed ^ (mixed >> np.uint64(32))).min(axis=1).reshape(_BANDS, _ROWS)
    powers = np.array([1, 0x100000001B3, 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)
    keys: Hashes = (signature * powers).sum(axis=1, dtype=np.uint64)
    return keys


def _buckets(count: int, fingerprints: Fingerprints) -> Iterator[list[int]]:
    """Numbers of articles that share a band, of each band.

    The keys lie in a temporary file: of each article eight bytes are in memory at a time.
    """
    import numpy as np

    with tempfile.TemporaryFile() as file:
        for i in range(count):
            file.write(_bands(_hashes(fingerprints(i))).tobytes())
        for band in range(_BANDS):
            file.seek(0)
            blocks = iter(lambda: file.read(_READ), b"")
            columns = [np.frombuffer(b, dtype=np.uint64)[band::_BANDS].copy() for b in blocks]
            keys = np.concatenate(columns) if columns else np.zeros(0, dtype=np.uint64)
            yield from _equal(keys)


def _equal(keys: Hashes) -> Iterator[list[int]]:
    """Places of equal keys, where there are two or more; the smallest place first."""
    import numpy as np

    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order])) + 1
    ends = np.append(starts, len(keys))
    for start, end in zip(np.insert(starts, 0, 0).tolist(), ends.tolist(), strict=True):
        if end - start > 1:
            yield order[start:end].tolist()


def _similarity(one: bytes, other: bytes) -> float:
    """Jaccard similarity of two sets of shingles."""
    import numpy as np

    first, second = _hashes(one), _hashes(other)
    shared = len(np.intersect1d(first, second, assume_unique=True))
    return shared / (len(first) + len(second) - shared)


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
    kept: list[bytes] = []
    for article in articles:
        names.append(article.id)
        kept.append(fingerprint(article))
    buckets = _buckets(len(kept), kept.__getitem__)
    pairs = {pair for bucket in buckets for pair in combinations(bucket, 2)}
    found = ((i, j, _similarity(kept[i], kept[j])) for i, j in sorted(pairs))
    return tuple((names[i], names[j], round(s, 4)) for i, j, s in found if s >= _SIMILAR)


def group_copies(count: int, fingerprints: Fingerprints) -> tuple[tuple[int, ...], ...]:
    """Numbers of articles that are copies of one another, straight or through others.

    Parameters
    ----------
    count
        How many articles there are, numbered from 0.
    fingerprints
        Number → what :func:`fingerprint` gave for it.

    Returns
    -------
    Groups of two or more, each sorted, sorted by their first number.
    """
    group = array("L", range(count))

    def root(i: int) -> int:
        while group[i] != i:
            group[i] = group[group[i]]
            i = group[i]
        return i

    def alike(i: int, others: list[int]) -> bool:
        mine = fingerprints(i)
        return any(_similarity(mine, fingerprints(j)) >= _SIMILAR for j in others)

    for bucket in _buckets(count, fingerprints):
        if len({root(i) for i in bucket}) == 1:
            continue
        seen: dict[int, list[int]] = {}  # one of a group → those of it that came before
        for i in bucket:  # with each group once: a thousand copies do not make a million pairs
            for one, others in seen.items():
                if root(one) != root(i) and alike(i, others):
                    low, high = sorted((root(one), root(i)))
                    group[high] = low
            seen.setdefault(next((one for one in seen if root(one) == root(i)), i), []).append(i)
    copies: dict[int, list[int]] = defaultdict(list)
    for i in filter(lambda i: root(i) != i, range(count)):
        copies[root(i)].append(i)
    return tuple((first, *copies[first]) for first in sorted(copies))
