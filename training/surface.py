"""From syntactic words to surface tokens as the tokenizer sees them.

A multiword token that the tokenizer parts as the treebank does ("don't" = "do" + "n't") stays in
parts. Any other ("no" = "em" + "o", "ao" = "a" + "o", "tornou-se") becomes one token, annotated
as the part whose head lies outside; where several have one, as the first of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from training.conllu import Tree, Word

__all__ = ["MISSING", "OUTSIDE", "Cut", "Group", "Sentence", "Token", "grouped", "surface"]

OUTSIDE = "O"
MISSING = "-"  # spaCy's mark in BILUO tags for a token whose annotation is not known


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``head`` is 0-based in its sentence, its own place for the root, None unknown."""

    form: str
    space: bool = True
    lemma: str = ""
    upos: str = ""
    feats: str = ""
    head: int | None = None
    deprel: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Tokens and one IOB tag each (``B-ORG``, ``I-ORG``, ``O``; ``-`` unknown).

    ``style`` is that of its source (`training.sources.Source`).
    """

    tokens: tuple[Token, ...]
    names: tuple[str, ...]
    doc: str = ""
    sent_id: str = ""
    style: int = 0

    @property
    def text(self) -> str:
        """The characters of the sentence, with the space that follows it."""
        return "".join(token.form + " " * token.space for token in self.tokens)


Cut = Callable[[str], list[str]]
"""A tokenizer: text to the forms of its tokens."""


@dataclass(frozen=True, slots=True)
class Group:
    """A surface token to be: its words (1-based), its form, whether a space follows."""

    words: range
    form: str
    space: bool


def surface(tree: Tree, cut: Cut, counts: Counter[str]) -> Sentence:
    """Merge a tree's multiword tokens; ``counts`` is told what was merged, kept or mended."""
    groups = grouped(tree, cut)
    counts["multiword tokens merged"] += sum(len(group.words) > 1 for group in groups)
    place = {number: index for index, group in enumerate(groups) for number in group.words}
    tokens = _acyclic([_token(tree, group, place) for group in groups], counts)
    return Sentence(tuple(tokens), (MISSING,) * len(tokens), tree.doc, tree.sent_id)


def grouped(tree: Tree, cut: Cut) -> list[Group]:
    """Give a tree's surface tokens, in order."""
    ranges = {first: (last, form, space) for first, last, form, space in tree.ranges}
    groups: list[Group] = []
    number = 1
    while number <= len(tree.words):
        last, form, space = ranges.get(number, (number, "", False))
        inside = range(number, last + 1)
        forms = [tree.words[i - 1].form for i in inside]
        if number not in ranges:
            groups.append(Group(inside, forms[0], tree.words[number - 1].space))
        elif cut(form) == forms:
            groups += [
                Group(range(i, i + 1), forms[i - number], space and i == last) for i in inside
            ]
        else:
            groups.append(Group(inside, form, space))
        number = last + 1
    return groups


def _token(tree: Tree, group: Group, place: dict[int, int]) -> Token:
    words = [tree.words[number - 1] for number in group.words]
    word = next((word for word in words if word.head not in group.words), words[0])
    head = place[word.head] if word.head else place[group.words[0]]
    lemma = group.form if word.lemma == "_" and word.form != "_" else word.lemma
    form = group.form.replace(" ", "\u00a0")
    return Token(form, group.space, lemma, word.upos, word.feats, head, _relation(word))


def _relation(word: Word) -> str:
    return word.deprel if word.head else "ROOT"


def _acyclic(tokens: list[Token], counts: Counter[str]) -> list[Token]:
    """Drop the heads of tokens that merging left in a cycle."""
    looped = [index for index in range(len(tokens)) if not _reaches_root(tokens, index)]
    counts["heads dropped for a cycle"] += len(looped)
    for index in looped:
        tokens[index] = replace(tokens[index], head=None, deprel="")
    return tokens


def _reaches_root(tokens: list[Token], index: int) -> bool:
    for _ in tokens:
        head = tokens[index].head
        if head is None or head == index:
            return True
        index = head
    return False
