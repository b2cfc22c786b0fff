"""The network itself: numbers of pieces to scores, by ONNX Runtime on one thread."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from kg.encoder.pieces import BEGIN, END, Pieces
from kg.errors import LanguageError
from kg.model import content_hash

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from spacy.tokens import Doc

__all__ = ["Network", "Scores", "VectorNetwork", "onnx_session"]

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scores:
    """What the network says of a window's words.

    ``tags`` has an array (words, labels) a task; ``heads`` is (words, 1 + words), the root first;
    ``vectors`` (words, width) are the words in context, without columns where the network gives none.
    """

    tags: dict[str, Floats]
    heads: Floats
    vectors: Floats
    _dependents: Floats
    _governors: Floats

    def relations(self, heads: NDArray[np.int64]) -> NDArray[np.int64]:
        """The best relation of each word to the given heads (0 is the root), as its number."""
        governors = self._governors[heads]
        scores: Floats = np.matmul(self._dependents, governors[:, :, None])[:, :, 0]
        best: NDArray[np.int64] = scores.argmax(1)
        return best

    def joining(self, word: int, head: int) -> Floats:
        """How well each relation (relations,) joins *word* to *head* (0 is the root)."""
        scores: Floats = self._dependents[word] @ self._governors[head]
        return scores


class Network:
    """Weights, labels and pieces of one folder: ``model.onnx``, ``labels.json``, ``pieces.model``.

    Raises
    ------
    LanguageError
        Where the extra is not installed, or a file is missing or unreadable.
    """

    def __init__(self, folder: Path) -> None:
        self._session = onnx_session(folder / "model.onnx")
        self.pieces = Pieces(folder / "pieces.model")
        try:
            labels = json.loads((folder / "labels.json").read_text("utf8"))
            self.labels: dict[str, list[str]] = labels["tags"]
            self.relations: list[str] = labels["relations"]
        except (OSError, ValueError, KeyError) as error:
            raise LanguageError(f"{folder / 'labels.json'}: no labels: {error}") from error

    def __call__(self, words: Sequence[tuple[int, ...]]) -> Scores:
        """Scores of a window of words, each given as the numbers of its pieces."""
        sizes = np.array([len(word) for word in words], np.int64)
        last = np.cumsum(sizes)
        numbers = [BEGIN, *(number for word in words for number in word), END]
        given = {"pieces": np.array([numbers], np.int64), "first": last - sizes + 1, "last": last}
        tags, heads, dependents, governors, *more = self._session.run(None, given)
        borders = np.cumsum([len(values) for values in self.labels.values()])[:-1]
        parts = dict(zip(self.labels, np.split(tags, borders, axis=1), strict=True))
        vectors = more[0] if more else np.zeros((len(words), 0), np.float32)
        return Scores(parts, heads, vectors, dependents, governors)


def onnx_session(path: Path) -> InferenceSession:
    """The network of a file, on one thread.

    Raises
    ------
    LanguageError
        Where ONNX Runtime is not installed, or cannot load the file.
    """
    try:
        import onnxruntime
        import sentencepiece  # noqa: F401 - named here, so that one line says what is missing
    except ImportError as error:
        raise LanguageError(
            f"{error.name} is not installed, which the accurate pipelines need: "
            f"pip install {error.name}, or use the fast ones (--pipeline fast)"
        ) from error
    options: Any = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # --jobs brings processes
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    except Exception as error:  # the library's own classes of errors are not documented
        raise LanguageError(f"{path}: cannot be loaded by ONNX Runtime: {error}") from error


@dataclass(frozen=True, slots=True)
class VectorNetwork:
    """A small network over words' vectors, as ``training/described.py`` writes it.

    ``labels`` are what its description lists (relations, features), ``width`` is that of the vectors,
    ``version`` sixteen hexadecimal digits that change with the weights.
    """

    session: InferenceSession
    labels: tuple[str, ...]
    width: int
    version: str

    @classmethod
    def read(cls, folder: Path, name: str, labels: str) -> Self | None:
        """*name*.onnx in *folder*, by its description *name*.json; None where there is none.

        Raises
        ------
        LanguageError
            A file that cannot be read.
        """
        network, description = folder / f"{name}.onnx", folder / f"{name}.json"
        if not network.exists():
            return None
        try:
            text = description.read_text("utf8")
            data = json.loads(text)
            listed, width = tuple(data[labels]), int(data["width"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = f"{description}: does not describe {network.name}: {error}"
            raise LanguageError(message) from error
        return cls(onnx_session(network), listed, width, content_hash(text))

    def takes(self, doc: Doc) -> bool:
        """Whether its vectors are like those of *doc*; the fast pipelines give none."""
        return bool(self.width == doc.tensor.shape[-1])
