"""A pattern as an English sentence for people: no names of variables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from kg.ontology import Ontology
from kg.questions.pattern import (
    Edge,
    Form,
    Namer,
    Pattern,
    Variable,
    class_words,
    edge_words,
    kind_words,
)

__all__ = ["sentence"]

_ORDINALS = ("", "second ", "third ", "fourth ", "fifth ")
_COMPARED = {">": "more than", ">=": "at least", "=": "exactly", "<": "under", "<=": "at most"}
_NUMBERED = re.compile(r"(.+?)(\d*)")


class _Speaker:
    """Names the variables of one pattern: ``a model lab`` at first, ``the model lab`` later."""

    def __init__(self, pattern: Pattern, ontology: Ontology, label: Namer) -> None:
        self.pattern, self.ontology, self.label = pattern, ontology, label
        self.named: set[str] = set()

    def __call__(self, name: str) -> str:
        variable = self.pattern.variable(name)
        if variable.entities:
            return " or ".join(map(self.label, variable.entities))
        noun = self.noun(variable)
        first = name not in self.named
        self.named.add(name)
        article = ("an" if noun[0] in "aeiou" else "a") if first else "the"
        return f"{article} {noun}"

    def noun(self, variable: Variable) -> str:
        """``second model lab`` for what the pattern calls ``modelLab2``."""
        match = _NUMBERED.fullmatch(variable.name)
        plain, number = (match[1], int(match[2] or 1)) if match else (variable.name, 1)
        spaced = re.sub(r"(?<=[a-z])([A-Z])", lambda m: f" {m[1].lower()}", plain)
        noun = class_words(variable.classes, self.ontology) if variable.classes else spaced
        ordinal = _ORDINALS[number - 1] if number <= len(_ORDINALS) else f"{number}th "
        return f"{ordinal}{noun}"


def _clauses(pattern: Pattern, show: _Speaker) -> Iterator[str]:
    def said(edges: tuple[Edge, ...]) -> str:
        return " and ".join(edge_words(edge, show, show.ontology) for edge in edges)

    if pattern.edges:
        yield said(pattern.edges)
    for name in pattern.focus:
        if name not in show.named and not pattern.variable(name).entities:
            yield f"there is {show(name)}"
    for variable in pattern.variables:
        plain = replace(variable, classes=() if not variable.entities else variable.classes)
        for text in kind_words(plain, show.ontology):
            yield f"{show(variable.name)} {text}"
    for group in pattern.without:
        yield f"no claim says that {said(group)}"
    for count in pattern.counts:
        noun = show.noun(pattern.variable(count.counted))
        yield f"counting each {noun} once there are {_COMPARED[count.operator]} {count.value}"


def sentence(pattern: Pattern, ontology: Ontology, label: Namer) -> str:
    """What must be so for *pattern* to have an answer, in one sentence.

    Parameters
    ----------
    pattern
        A question as understood.
    ontology
        For the words of classes and relations.
    label
        IRI → name.
    """
    show = _Speaker(pattern, ontology, label)
    if pattern.form is Form.PATH:
        return f"{' and '.join(show(v.name) for v in pattern.variables)} are connected"
    return ", and ".join(_clauses(pattern, show))
