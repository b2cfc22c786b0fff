"""Copies of annotated sentences with other names, quotation marks and casing."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from training.invent import Inventor
from training.surface import MISSING, OUTSIDE, Sentence, Token

__all__ = ["Augmenter", "Branch", "name_spans", "name_tree"]

Pieces = Callable[[str], list[tuple[str, bool]]]
"""A tokenizer: text to forms, each with whether a space follows."""

# How often a name of each label gives way to an invented one. Places hardly ever: they are known.
SWAP = {"ORG": 0.7, "PER": 0.3, "LOC": 0.1, "PROD": 0.5}
QUOTES = (("“", "”"), ("«", "»"), ("‘", "’"), ("'", "'"))


def name_spans(names: tuple[str, ...]) -> Iterator[tuple[int, int, str]]:
    """Yield first token, end (exclusive) and label of each name."""
    index = 0
    while index < len(names):
        end = index + 1
        if names[index].startswith("B-"):
            while end < len(names) and names[end].startswith("I-"):
                end += 1
            yield index, end, names[index][2:]
        index = end


@dataclass
class Augmenter:
    """Makes one altered copy of a sentence at a time.

    ``pieces`` is the pipeline's own tokenizer, so that invented names are cut as they will be met.
    """

    lang: str
    chance: random.Random
    pieces: Pieces

    def __post_init__(self) -> None:
        self.inventor = Inventor(self.lang, self.chance)

    def copy(self, sentence: Sentence) -> Sentence:
        """Give a copy with names swapped, and sometimes other quotes or a headline's casing."""
        sentence = self.swap_names(sentence)
        if self.chance.random() < 0.3:
            sentence = self._requote(sentence)
        roll = self.chance.random()
        if roll < 0.02:
            return _recase(sentence, str.upper)
        if roll < 0.06 and self.lang == "en":
            return _recase(sentence, lambda form: form[:1].upper() + form[1:])
        return sentence

    def swap_names(self, sentence: Sentence) -> Sentence:
        """Swap some names for invented ones of the same label."""
        for first, end, label in reversed(list(name_spans(sentence.names))):
            if self.chance.random() < SWAP.get(label, 0):
                sentence = self._swap(sentence, first, end, label)
        return sentence

    def _swap(self, sentence: Sentence, first: int, end: int, label: str) -> Sentence:
        tokens = sentence.tokens
        tops = [i for i in range(first, end) if not _inside(tokens[i].head, i, first, end)]
        parsed = tokens[first].head is not None
        if parsed and len(tops) != 1:
            return sentence  # a name in pieces: no single place to hang another from
        pieces = self.pieces(self.inventor.name(label))
        inner = name_tree([form for form, _ in pieces], self.lang, label)
        lead = first + next(i for i, branch in enumerate(inner) if branch.head is None)
        place = _Shift(first, end, lead, len(pieces) - (end - first))
        new = [
            _branch(tokens[tops[0]], piece, branch, place)
            if parsed
            else replace(tokens[first], form=piece[0], space=piece[1])
            for piece, branch in zip(pieces, inner, strict=True)
        ]
        new[-1] = replace(new[-1], space=tokens[end - 1].space)
        moved = [replace(token, head=place(token.head)) for token in tokens]
        names = [f"B-{label}"] + [f"I-{label}"] * (len(new) - 1)
        return replace(
            sentence,
            tokens=(*moved[:first], *new, *moved[end:]),
            names=(*sentence.names[:first], *names, *sentence.names[end:]),
        )

    def _requote(self, sentence: Sentence) -> Sentence:
        opening, closing = self.chance.choice(QUOTES[: 3 if self.lang == "pt" else 1])
        seen = 0
        tokens = []
        for token in sentence.tokens:
            if token.form in ('"', "``", "''"):
                seen += 1
                form = opening if seen % 2 else closing
                token = replace(token, form=form, lemma=form if token.lemma else "")
            elif self.lang == "en" and "'" in token.form:
                token = replace(token, form=token.form.replace("'", "’"))
            tokens.append(token)
        return replace(sentence, tokens=tuple(tokens))


@dataclass(frozen=True, slots=True)
class Branch:
    """A name's token in its own small tree; the token at the top has no head and no relation."""

    head: int | None
    deprel: str
    upos: str


def name_tree(forms: list[str], lang: str, label: str) -> list[Branch]:
    """Hang a name's tokens together as the treebanks of the language do.

    Portuguese and names of persons are flat from the first token; English companies are compounds
    to the last, but for "Bank of Velora", whose first token leads.
    """
    solid = [i for i, form in enumerate(forms) if any(map(str.isalnum, form))] or [0]
    flat = lang == "pt" or label == "PER"
    lead = solid[0] if flat or "of" in forms else solid[-1]
    relation = "flat:name" if lang == "pt" else "flat" if label == "PER" else "compound"
    branches = []
    for i, form in enumerate(forms):
        if i == lead:
            branches.append(Branch(None, "", "PROPN"))
        elif form == "of":
            branches.append(Branch(solid[-1], "case", "ADP"))
        elif i not in solid:
            branches.append(Branch(lead, "punct", "PUNCT"))
        else:
            last = "of" in forms and i == solid[-1]
            branches.append(Branch(lead, "nmod" if last else relation, "PROPN"))
    return branches


@dataclass(frozen=True, slots=True)
class _Shift:
    """Where a token's place goes when a name gives way to one of another length."""

    first: int
    end: int
    lead: int
    shift: int

    def __call__(self, place: int | None) -> int | None:
        if place is None or place < self.first:
            return place
        return self.lead if place < self.end else place + self.shift


def _branch(top: Token, piece: tuple[str, bool], branch: Branch, place: _Shift) -> Token:
    form, space = piece
    if branch.head is None:
        return replace(top, form=form, lemma=form, space=space, upos="PROPN", head=place(top.head))
    feats = top.feats if branch.upos == "PROPN" else ""
    head = place.first + branch.head
    return Token(form, space, form, branch.upos, feats, head, branch.deprel)


def _inside(head: int | None, index: int, first: int, end: int) -> bool:
    return head is not None and head != index and first <= head < end


def _recase(sentence: Sentence, change: Callable[[str], str]) -> Sentence:
    """Write the forms otherwise; lemmas, tags and names stay."""
    tokens = tuple(replace(token, form=change(token.form)) for token in sentence.tokens)
    if any(name not in (OUTSIDE, MISSING) for name in sentence.names):
        return replace(sentence, tokens=tokens)
    return sentence
