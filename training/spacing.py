"""Give tokens of column files, which lost their spaces, plausible ones again."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["spaced"]

_TIGHT_BEFORE = {".", ",", ";", ":", "!", "?", ")", "]", "}", "%", "'s", "'", "n't", "''", "”", "’s",
                 "’", "»", "...", "'re", "'ve", "'ll", "'d", "'m"}  # fmt: skip
_TIGHT_AFTER = {"(", "[", "{", "$", "£", "€", "``", "“", "«", "#", "‘"}
_TIGHT_AROUND = {"-", "/", "–"}


def spaced(forms: Sequence[str]) -> list[bool]:
    """Say of each token whether a space follows it."""
    open_quote = False
    spaces: list[bool] = []
    for form, following in zip(forms, [*forms[1:], ""], strict=True):
        tight = form in _TIGHT_AFTER or following in _TIGHT_BEFORE
        tight |= form in _TIGHT_AROUND or following in _TIGHT_AROUND
        if form == '"':
            open_quote = not open_quote
            tight |= open_quote
        spaces.append(not (tight or (following == '"' and open_quote)))
    return spaces
