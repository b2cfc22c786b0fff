"""Where names stand in a parsed article: what the recogniser drew, and runs of capitalised words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kg.name_kinds import HEAD_LAST
from kg.names import fold

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from kg.syntax import Tree

__all__ = ["JOINERS", "NameSpans"]

JOINERS = frozenset({"&", "-", "–", ".", "+", "'", "’", "/"})
_CAPITALS = "A-Z" + "".join(c for c in map(chr, range(0xC0, 0x180)) if c.isupper())
_NAME_LIKE = re.compile(rf"[\w&+.'’-]*[{_CAPITALS}][\w&+.'’-]*|\d[\w.]*")
_NUMBER_NAME = re.compile(r"\d+[A-Z][a-z]{2,}\w*")  # "99Food", "23andMe"


class NameSpans:
    """Token ranges of one document that may be names.

    Parameters
    ----------
    doc, tree
        The parsed document.
    taken
        Tokens that belong to names already; the caller adds to them.
    """

    def __init__(self, doc: Doc, tree: Tree, taken: set[int]) -> None:
        self.doc, self.tree, self.taken = doc, tree, taken
        self._parts: dict[int, bool] = {}

    def recognised(self) -> Iterator[tuple[int, int]]:
        """What the name recogniser drew, without what surely is no part of the name."""
        for ent in self.doc.ents:
            start = ent.start
            stops = (
                i
                for i in range(ent.start, ent.end)
                if self._breaks(i) or self._leaves(i, start) or self._joins_two(i, start, ent.end)
            )
            end = next(stops, ent.end)
            while start < end and not self.is_part(start):
                start += 1
            while end > start and not (
                self.is_part(end - 1) or self.doc[end - 1].text[:1].isdigit()
            ):
                end -= 1
            free = start < end and not self.taken.intersection(range(start, end))
            if free and self.tree.sentence[start] == self.tree.sentence[end - 1]:
                yield start, end

    def _breaks(self, i: int) -> bool:
        """Whether punctuation ends a name that the recogniser drew on too far."""
        token = self.doc[i]
        if self.closes(i - 1):
            return True
        return bool(token.is_punct and token.whitespace_ and token.text not in {"&"} and i > 0)

    def _leaves(self, i: int, start: int) -> bool:
        """Whether "of" after a name leads to its place: "Lodestar Vision | of Haifa"; not in "Bank of"."""
        tree = self.tree
        if (
            i <= start
            or tree.lang not in HEAD_LAST
            or tree.lower[i] not in tree.words("originPrep")
        ):
            return False
        return not any(tree.is_word(k, "ofName") for k in range(start, i))

    def _joins_two(self, i: int, start: int, end: int) -> bool:
        """Of "Alder Quest and Brine": two names, since one stands without the other elsewhere."""
        if self.tree.pos[i] != "CCONJ" or self.doc[i].text == "&" or not start < i < end - 1:
            return False
        elsewhere = self.tree.article.replace(self.doc[start:end].text, " ")
        parts = (re.escape(self.doc[a:b].text) for a, b in ((start, i), (i + 1, end)))
        return any(re.search(rf"(?<!\w){part}(?!\w)", elsewhere) for part in parts)

    def closes(self, i: int) -> bool:
        """Whether a name ends with token *i*: "Taiwan's | Powerchip", "the Founders Fund. | Then"."""
        token = self.doc[i]
        if i < 0 or not (token.whitespace_ or self._ends_paragraph(i)):
            return False
        stop = token.text.endswith(".") and len(token.text) > 2 and "." not in token.text[:-1]
        if stop and fold(token.text) not in self.tree.words("abbreviation"):
            return True
        return token.text.endswith(("'s", "’s")) and len(token.text) > 2

    def _ends_paragraph(self, i: int) -> bool:
        return i + 1 == len(self.doc) or self.doc[i + 1].is_space

    def shaped(self) -> Iterator[tuple[int, int]]:
        """Runs of capitalised words that do not merely begin a sentence."""
        i, n = 0, len(self.doc)
        while i < n:
            if i in self.taken or not self.is_part(i):
                i += 1
                continue
            end = i + 1
            while end < n and end not in self.taken and self.joins(end):
                end += 1
            while end > i + 1 and self.doc[end - 1].text in JOINERS:
                end -= 1
            if self._is_name_by_shape(i, end):
                yield i, end
            i = end

    def joins(self, i: int) -> bool:
        """Whether token *i* goes on with the name that the one before it belongs to."""
        if self.tree.sentence[i] != self.tree.sentence[i - 1] or self.closes(i - 1):
            return False
        if self.doc[i].text in JOINERS:
            glued = (
                not (self.doc[i - 1].whitespace_ or self.doc[i].whitespace_)
                or self.doc[i].text == "&"
            )
            return glued and i + 1 < len(self.doc) and self.is_part(i + 1)
        return self.is_part(i)

    def _is_name_by_shape(self, start: int, end: int) -> bool:
        text = self.doc[start:end].text
        if len(text) < 2 or text.isdigit():
            return False
        if not self.starts_sentence(start):
            return True
        inner = any(c.isupper() or c.isdigit() for c in text[1:].replace(" ", ""))
        return self.tree.pos[start] == "PROPN" or inner or self._recurs(text)

    def _recurs(self, text: str) -> bool:
        """Whether the name stands elsewhere inside a sentence, so that its capital is its own."""
        pattern = rf"[a-zà-ÿ,] {re.escape(text)}\b"
        return re.search(pattern, self.tree.article) is not None

    def starts_sentence(self, i: int) -> bool:
        """Whether only punctuation stands before token *i* in its sentence."""
        start, _ = self.tree.bounds[self.tree.sentence[i]]
        words = [k for k in range(start, i) if self.tree.pos[k] not in {"PUNCT", "SPACE", "SYM"}]
        return not words

    def is_part(self, i: int) -> bool:
        """Whether token *i* may be a word of a name."""
        if i not in self._parts:
            self._parts[i] = self._may_be_in_name(i)
        return self._parts[i]

    def _may_be_in_name(self, i: int) -> bool:
        text, tree = self.tree.text[i], self.tree
        if not _NAME_LIKE.fullmatch(text) or (self._is_no_name(i) and not self.is_drawn(i)):
            return False
        if text[:1].isdigit() and not _NUMBER_NAME.fullmatch(text):
            return (
                i > 0
                and bool(re.search(r"\w", tree.text[i - 1]))
                and tree.dep[i] in {"flat", "compound", "nummod", "appos"}
                and tree.head[i] < i
                and tree.text[i - 1][:1].isupper()
            )
        word = tree.pos[i] in {"PROPN", "NOUN", "ADJ", "X", "VERB", "ADV", "NUM", "INTJ"}
        return word or (tree.pos[i] == "PUNCT" and len(text) > 2)  # "MI355X." at a sentence's end

    def is_drawn(self, i: int) -> bool:
        """Of "Hebden AI", "Kestwick Partners": an odd word that the recogniser has in a company's name."""
        doc = self.doc
        if doc[i].ent_type_ not in {"ORG", "PROD"} or not self.tree.is_word(i, "drawnName"):
            return False
        before = i > 0 and doc[i].ent_iob_ == "I" and doc[i - 1].text[:1].isupper()
        after = i + 1 < len(doc) and doc[i + 1].ent_iob_ == "I" and doc[i + 1].text[:1].isupper()
        return before or (after and not self.starts_sentence(i))

    def _is_no_name(self, i: int) -> bool:
        return self.tree.is_word(i, "notName")

    def text(self, start: int, end: int) -> str:
        """The words of a name, without a full stop that ends its sentence."""
        text = str(self.doc[start:end].text)
        return text[:-1] if text.endswith(".") and self.closes(end - 1) else text
