"""Gradient-boosted decision trees, read from JSON and evaluated with NumPy.

The trees are those of Friedman, "Greedy function approximation: a gradient boosting machine"
(Annals of Statistics, 2001), fitted by ``training/arguments.py``; at run time only this file is
needed. A node sends a row to the left where ``row[feature] <= threshold``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg.errors import InputError

__all__ = ["BoostedTrees", "read_trees"]

Floats = NDArray[np.float32]
Indices = NDArray[np.int32]


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
    depth: int

    @cached_property
    def _columns(self) -> Mapping[str, int]:
        return {name: column for column, name in enumerate(self.names)}

    @cached_property
    def _flat(self) -> tuple[NDArray[np.int64], Floats, NDArray[np.int64], Floats]:
        """Nodes of all trees in one row: features, thresholds, both children, values.

        One row because ``take`` is several times as fast as indexing by two arrays.
        """
        trees, nodes = self.feature.shape
        start = (np.arange(trees) * nodes)[:, None]
        children = np.stack([(self.left + start).ravel(), (self.right + start).ravel()], 1)
        feature = self.feature.ravel().astype(np.int64)
        return feature, self.threshold.ravel(), children.ravel(), self.value.ravel()

    def rows(self, examples: Sequence[Mapping[str, float]]) -> Floats:
        """*examples* as a matrix; features that the trees do not know are passed over."""
        places = self._columns
        matrix = np.zeros((len(examples), len(self.names)), dtype=np.float32)
        for row, example in enumerate(examples):
            for name, value in example.items():
                if value and (column := places.get(name)) is not None:
                    matrix[row, column] = value
        return matrix

    def probabilities(self, examples: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
        """Probability of each of *examples*, shape (len(examples),)."""
        if not examples:
            return np.zeros(0)
        matrix = self.rows(examples)
        feature, threshold, children, value = self._flat
        cells, first = matrix.ravel(), (np.arange(len(matrix)) * matrix.shape[1])[:, None]
        trees, nodes = self.feature.shape
        node = np.tile(np.arange(trees) * nodes, (len(matrix), 1))
        for _ in range(self.depth):
            high = cells.take(first + feature.take(node)) > threshold.take(node)
            node = children.take(2 * node + high)
        margin = value.take(node).sum(axis=1, dtype=np.float64)
        return np.asarray(1.0 / (1.0 + np.exp(-margin)))


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
        names, depth = tuple(data["names"]), int(data["depth"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: no trees of the argument scorer ({error}); reinstall") from error

    def padded(key: str) -> list[list[float]]:
        return [tree[key] + [0] * (width - len(tree[key])) for tree in trees]

    return BoostedTrees(
        names,
        np.array(padded("feature"), dtype=np.int32),
        np.array(padded("threshold"), dtype=np.float32),
        np.array(padded("left"), dtype=np.int32),
        np.array(padded("right"), dtype=np.int32),
        np.array(padded("value"), dtype=np.float32),
        depth,
    )  # fmt: skip
