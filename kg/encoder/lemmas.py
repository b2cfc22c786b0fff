"""Lemma rules: how a form becomes its lemma, as one tag.

A rule cuts characters off both ends of a form and puts others there ("l|0||3|er" lets "comprou"
lose none at the front, three at the back); what shares nothing with its form is named whole
("=ser"). After Straka (CoNLL 2018), with ends only.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import lru_cache

__all__ = ["apply_rule", "rule_of"]

WHOLE, BORDER = "=", "|"
KEEP, LOWER = "k", "l"


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
