"""Which lemma rules each form, and each ending of forms, takes in the treebanks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from kg.encoder.lemmas import endings, rule_of
from training.surface import Sentence

__all__ = ["rule_table"]

RARE = 0.01  # a form's reading that is rarer is taken for a slip of the annotators


def rule_table(sentences: Iterable[Sentence]) -> dict[str, list[str]]:
    """Collect the rules of each key, the commonest first.

    A key whose rules are those of the next shorter ending is left out: that one is found instead.
    """
    seen = _counted(sentences)
    table: dict[str, list[str]] = {}
    for key in sorted(seen):
        pos, ending = key.split(" ", 1)
        if set(seen[key]) != set(seen.get(_shorter(pos, ending), ())):
            table[key] = [rule for rule, _ in sorted(seen[key].items(), key=lambda x: (-x[1], x))]
    return table


def _counted(sentences: Iterable[Sentence]) -> dict[str, Counter[str]]:
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        for token in sentence.tokens:
            if token.upos:
                whole = next(endings(token.upos, token.form))
                forms[whole][rule_of(token.form, token.lemma)] += 1
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for whole, rules in forms.items():
        pos, form = whole.split(" ", 1)
        common = {r: n for r, n in rules.items() if n >= RARE * rules.total()}
        for key in endings(pos, form[1:]):
            seen[key].update(common if key == whole else dict.fromkeys(common, 1))
    return seen


def _shorter(pos: str, ending: str) -> str:
    form = ending.removeprefix("^")
    keys = list(endings(pos, form))
    place = 0 if ending.startswith("^") else keys.index(f"{pos} {form}", 1)
    return keys[place + 1] if place + 1 < len(keys) else ""
