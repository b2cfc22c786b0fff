"""Lemma rules: how a form becomes its lemma, as one tag; and which rules a form may take.

A rule cuts characters off both ends of a form and puts others there ("l|0||2|ar" lets "comprou"
lose none at the front, two at the back); what shares nothing with its form is named whole
("=ser"). After Straka (CoNLL 2018), with ends only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kg.errors import LanguageError

__all__ = ["LONGEST_ENDING", "Lemmas", "apply_rule", "endings", "rule_of"]

WHOLE, BORDER = "=", "|"
KEEP, LOWER = "k", "l"
LONGEST_ENDING = 5  # letters


@lru_cache(maxsize=1 << 16)
def rule_of(form: str, lemma: str) -> str:
    """Give the rule that makes *lemma* of *form*."""
    case = LOWER if lemma == lemma.lower() else KEEP
    form = form.lower() if case == LOWER else form
    match = SequenceMatcher(None, form, lemma, autojunk=False).find_longest_match()
    back = len(form) - match.a - match.size
    ends = (lemma[: match.b], lemma[match.b + match.size :])
    if not match.size or BORDER in "".join(ends):
        return WHOLE + lemma
    return BORDER.join([case, str(match.a), ends[0], str(back), ends[1]])


@lru_cache(maxsize=1 << 16)
def apply_rule(rule: str, form: str) -> str:
    """Give the lemma that a rule makes of *form*; a form too short for the rule stays."""
    if rule.startswith(WHOLE):
        return rule[len(WHOLE) :]
    case, front, before, back, after = rule.split(BORDER)
    text = form.lower() if case == LOWER else form
    end = len(text) - int(back)
    if end <= int(front):
        return text
    return before + text[int(front) : end] + after


def endings(pos: str, form: str) -> Iterator[str]:
    """Keys of a form in the table of rules, the most telling first: the form, then its endings."""
    form = form.lower()
    yield f"{pos} ^{form}"
    for size in range(min(LONGEST_ENDING, len(form)), -1, -1):
        yield f"{pos} {form[len(form) - size :]}"


class Lemmas:
    """Chooses among the rules that the treebanks have for a form, else for its longest ending.

    Parameters
    ----------
    table
        Key of `endings` → the rules seen there, the commonest first.
    rules
        What the network's scores stand for.
    """

    def __init__(self, table: Mapping[str, Sequence[str]], rules: Sequence[str]) -> None:
        self._table = table
        self._rules = rules
        self._numbers = {rule: number for number, rule in enumerate(rules)}

    @classmethod
    def from_file(cls, path: Path, rules: Sequence[str]) -> Lemmas:
        """Read the table of a language.

        Raises
        ------
        LanguageError
            Where the file is missing or is no such table.
        """
        try:
            return cls(dict(json.loads(path.read_text("utf8"))), rules)
        except (OSError, ValueError, TypeError) as error:
            raise LanguageError(f"{path}: no table of lemma rules: {error}") from error

    def lemma(self, form: str, pos: str, scores: NDArray[np.float32]) -> str:
        """The lemma of *form* by the best-scored of the rules that it may take."""
        known = next((self._table[k] for k in endings(pos, form) if k in self._table), ())
        scored = [rule for rule in known if rule in self._numbers]
        if len(known) == 1:
            best = known[0]
        elif scored:
            best = max(scored, key=lambda rule: scores[self._numbers[rule]])
        else:
            best = self._rules[int(scores.argmax())]
        return apply_rule(best, form)
