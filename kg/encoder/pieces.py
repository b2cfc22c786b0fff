"""Words to numbers of the encoder's pieces, by the library sentencepiece."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

__all__ = ["BEGIN", "END", "PAD", "Pieces"]

BEGIN, PAD, END, UNKNOWN = 0, 1, 2, 3
LONGEST = 16  # pieces of one word: a web address needs no more to be known as one


class Pieces:
    """Cuts words; each is cut by itself, so that a piece never spans two of them."""

    def __init__(self, path: Path) -> None:
        from sentencepiece import SentencePieceProcessor

        self._model = SentencePieceProcessor(model_file=str(path))
        self.cut = lru_cache(maxsize=1 << 16)(self._cut)

    def _cut(self, word: str, spaced: bool) -> tuple[int, ...]:
        """Numbers of the pieces of *word*, at least one; *spaced* says whether it begins anew."""
        found = tuple(self._model.encode("\u2581" * spaced + word)) or (UNKNOWN,)
        return found if len(found) <= LONGEST else found[: LONGEST // 2] + found[-LONGEST // 2 :]
