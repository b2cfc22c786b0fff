"""Gradient-boosted decision trees, read from JSON and evaluated with NumPy.

The trees are those of Friedman, "Greedy function approximation: a gradient boosting machine"
(Annals of Statistics, 2001), fitted by ``training/arguments.py``; at run time only this file is
needed. A node sends a row to the left where ``row[feature] <= threshold``.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg.errors import InputError

__all__ = ["BoostedTrees", "feature_matrix", "read_trees"]

Floats = NDArray[np.float32]
Indices = NDArray[np.int32]

_LEAVES = 31  # of a tree at most: bits of an index


@dataclass(frozen=True)
class BoostedTrees:
    """An ensemble of *n* trees of at most *m* nodes; leaves lead to themselves.

    ``names`` are the features' names in the order of a row's columns; ``feature``, ``threshold``,
    ``left``, ``right`` and ``value`` have the shape (n, m).
    """

    names: tuple[str, ...]
    feature: Indices
    threshold: Floats
    left: Indices
    right: Indices
    value: Floats

    @cached_property
    def _tests(self) -> tuple[Indices, Floats, Indices, Floats]:
        """Features, thresholds and masks of the inner nodes (*k*, n), and the values of the leaves.

        A mask has a bit for each leaf of its tree, from the left, and lacks those that a row cannot
        reach if it goes to the right there (QuickScorer; Lucchese et al., SIGIR 2015).
        """
        inner = [np.flatnonzero(left != np.arange(len(left))) for left in self.left]
        shape = max(map(len, inner)), len(inner)
        feature, mask = np.zeros(shape, np.int32), np.full(shape, -1, np.int32)
        threshold = np.full(shape, np.inf, np.float32)
        value = np.zeros((len(inner), _LEAVES), np.float32)
        for n, nodes in enumerate(inner):
            leaves = self._leaves(n, 0)
            value[n, : len(leaves)] = self.value[n, leaves]
            feature[: len(nodes), n] = self.feature[n, nodes]
            threshold[: len(nodes), n] = self.threshold[n, nodes]
            for k, node in enumerate(nodes):
                below = self._leaves(n, self.left[n, node])
                mask[k, n] = ~sum(1 << leaves.index(leaf) for leaf in below)
        return feature, threshold, mask, value

    def _leaves(self, tree: int, node: int) -> list[int]:
        """Leaves below *node* from the left."""
        left, right = self.left[tree, node], self.right[tree, node]
        if left == node:
            return [int(node)]
        return [*self._leaves(tree, left), *self._leaves(tree, right)]

    def probabilities(self, examples: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
        """Probability of each of *examples*, shape (len(examples),)."""
        if not examples:
            return np.zeros(0)
        feature, threshold, mask, value = self._tests
        above = feature_matrix(self.names, examples).take(feature, axis=1) > threshold
        reached = np.bitwise_and.reduce(np.where(above, mask, -1), axis=1)
        leaf = np.frexp(reached & -reached)[1] - 1  # the lowest bit
        margin = value[np.arange(len(value)), leaf].sum(axis=1, dtype=np.float64)
        return np.asarray(1.0 / (1.0 + np.exp(-margin)))


def feature_matrix(names: tuple[str, ...], examples: Sequence[Mapping[str, float]]) -> Floats:
    """*examples* as rows of the features *names* (len(examples), len(names)); others are passed over."""
    places, width = _columns(names), len(names)
    cells = array("f", bytes(4 * len(examples) * width))  # faster to fill than NumPy's
    for row, example in enumerate(examples):
        start = row * width
        for name, value in example.items():
            if value and name in places:
                cells[start + places[name]] = value
    return np.frombuffer(cells, np.float32).reshape(len(examples), width)


@lru_cache(maxsize=8)
def _columns(names: tuple[str, ...]) -> dict[str, int]:
    return {name: column for column, name in enumerate(names)}


def read_trees(path: Path) -> BoostedTrees:
    """Read what ``training/arguments.py`` has written.

    Raises
    ------
    InputError
        A file that is missing or is none of that kind.
    """
    try:
        data: dict[str, Any] = json.loads(path.read_text("utf8"))
        trees: list[dict[str, list[float]]] = data["trees"]
        width = max(len(tree["value"]) for tree in trees)
        names = tuple(data["names"])
        if width >= 2 * _LEAVES:
            raise ValueError(f"more than {_LEAVES} leaves")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: no trees of the argument scorer ({error}); reinstall") from error

    def padded(key: str) -> list[list[float]]:
        # what fills a tree up leads to itself, as leaves do, and nothing leads there
        return [[*tree[key], *range(len(tree[key]), width)] for tree in trees]

    return BoostedTrees(
        names,
        np.array(padded("feature"), dtype=np.int32),
        np.array(padded("threshold"), dtype=np.float32),
        np.array(padded("left"), dtype=np.int32),
        np.array(padded("right"), dtype=np.int32),
        np.array(padded("value"), dtype=np.float32),
    )  # fmt: skip
