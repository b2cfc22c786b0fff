"""People and places told from organisations and products among the names of an article.

The name recogniser is right about a name more often than not, but it reads one sentence; an
article says the same name several times. What all the places of a name show is weighed here: the
recogniser's labels, an article before it where people have none ("a Memed"), class nouns on either
side ("a start-up X", "X, uma seguradora"), words that companies carry in their names, titles,
first names, "who".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from kg.names import fold

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from kg.catalogue import Catalogue
    from kg.syntax import Tree

__all__ = ["HEAD_LAST", "NameKinds"]

HEAD_LAST = frozenset({"en", "de", "nl"})  # languages whose compounds end in their head
_LABEL, _SINGLE, _SIGN, _HINT = 2.0, 1.5, 2.5, 1.0
_BEHIND = 7  # tokens after a comma within which an apposition names its class


@dataclass(slots=True)
class _Evidence:
    organization: float = 0.0
    person: float = 0.0
    place: float = 0.0
    sure: bool = False  # an organisation by its own words, its family or its nationality


class NameKinds:
    """Weighs what a document shows of its names.

    Parameters
    ----------
    doc, tree
        The parsed document.
    catalogue
        For its places.
    nouns
        Words that name classes of organisations or products.
    spans
        Token ranges ``(start, end)`` of the names, all of them, so that one place helps another.
    """

    def __init__(
        self,
        doc: Doc,
        tree: Tree,
        catalogue: Catalogue,
        nouns: frozenset[str],
        spans: Iterable[tuple[int, int]],
    ) -> None:
        self.doc, self.tree, self.catalogue, self.nouns = doc, tree, catalogue, nouns
        self.labels = {i: ent.label_ for ent in doc.ents for i in range(ent.start, ent.end)}
        self._by_name: dict[str, _Evidence] = defaultdict(_Evidence)
        self._surnames: set[str] = set()
        self._families: set[str] = set()
        spans = list(spans)
        for ent in doc.ents:
            if ent.label_ == "ORG" and ent.end - ent.start > 1:
                self._families.add(ent[0].text)
        for start, end in spans:
            self._weigh(start, end)
        for start, end in spans:
            if end - start > 1 and self.is_person(start, end):
                words = (self.doc[i].text for i in range(start, end))
                self._surnames.update(w for w in words if w[:1].isupper())

    def is_person(self, start: int, end: int) -> bool:
        """Whether the name of tokens ``[start, end)`` is a person's."""
        found = self._found(start, end)
        if found.person > found.organization:
            return True
        alone = end - start == 1 and self.doc[start].text in self._surnames
        return alone and found.organization <= _HINT

    def is_place(self, start: int, end: int) -> bool:
        """Whether the name of tokens ``[start, end)`` is a place's."""
        if self.catalogue.is_place(self.doc[start:end].text, self.tree.lang):
            return True
        found = self._found(start, end)
        return found.place > found.organization

    def is_organization(self, start: int, end: int) -> bool:
        """Whether more than an article shows that the name is an organisation's."""
        return self._found(start, end).sure

    def is_introduced(self, start: int) -> bool:
        """Whether an article, a class or a nationality stands right before the name."""
        return (
            self._has_article(start) or self._is_class(start - 1) or self._is_nationality(start - 1)
        )

    def follows_class(self, start: int) -> bool:
        """Whether a noun for a kind of thing stands right before the name: "the carmaker X"."""
        return self._is_class(start - 1) or self.tree.is_word(start - 1, "organizationNoun")

    def _found(self, start: int, end: int) -> _Evidence:
        if self._key(start, end) not in self._by_name:
            self._weigh(start, end)
        return self._by_name[self._key(start, end)]

    def _key(self, start: int, end: int) -> str:
        return fold(self.doc[start:end].text)

    # -- evidence ------------------------------------------------------------------------------

    def _weigh(self, start: int, end: int) -> None:
        found = self._by_name[self._key(start, end)]
        labels = {self.labels.get(i, "") for i in range(start, end)}
        found.organization = max(found.organization, self._organization(start, end, labels))
        found.sure = found.sure or self._is_surely_organization(start, end, labels)
        found.person = max(found.person, self._person(start, end, labels))
        found.place = max(found.place, self._place(start, end, labels))

    def _organization(self, start: int, end: int, labels: set[str]) -> float:
        weight = _LABEL if "ORG" in labels else 0.0
        if self._has_article(start):
            weight += _SIGN
        described = "PER" not in labels and self._is_described(end)
        if self._is_class(start - 1) or self._is_class_after(end) or described:
            weight += _SIGN
        if self._is_surely_organization(start, end, set()):
            weight += _SIGN
        inner = self.doc[start:end].text[1:]
        if any(c.isdigit() for c in inner) or any(
            a.islower() and b.isupper() for a, b in pairwise(inner)
        ):
            weight += _HINT
        return weight

    def _person(self, start: int, end: int, labels: set[str]) -> float:
        several = end - start > 1
        labelled = several and "PER" in labels  # nobody is named by one word first
        weight = 0.0
        first = self.tree.lower[start] in self.tree.words("firstName")
        if first and several and end - start < 4:
            weight += 2 * _SIGN
        if self._is_described_as_person(start, end):
            weight += _SIGN if "ORG" in labels else 2 * _SIGN
        elif labelled and self._acts(start, end):
            weight += 2 * _SIGN
        elif self._is_person_after(end):
            weight += _HINT if "ORG" in labels else 2 * _SIGN
        return 0.0 if "&" in self.tree.text[start:end] else weight

    def _acts(self, start: int, end: int) -> bool:
        """Of "Mr X", "the founder, X", "says X", "X, 51,": what recognised persons alone do."""
        tree = self.tree
        before = self._word_before(start)
        if before is not None and (self._is_personal(before) or self._is_byline(before)):
            return True
        if tree.is_word(start, "personNoun"):
            return True
        around = (k for k in (start - 1, end) if 0 <= k < len(tree.text))
        if any(tree.is_word(k, "saying") and tree.pos[k] != "NOUN" for k in around):
            return True
        return end + 1 < len(tree.text) and tree.text[end] == "," and self._is_age(end + 1)

    def _word_before(self, start: int) -> int | None:
        """The noun before a name, an adjective or a comma between: "the technical director, X"."""
        for i in range(start - 1, max(start - 4, -1), -1):
            if self.tree.pos[i] == "NOUN" or self._is_personal(i) or self._is_byline(i):
                return i
            if self.tree.text[i] != "," and self.tree.pos[i] != "ADJ":
                return None
        return None

    def _is_personal(self, i: int) -> bool:
        tree = self.tree
        source = tree.is_word(i, "source") and not tree.is_word(i, "notPerson")
        return source or tree.is_word(i, "personNoun")

    def _is_byline(self, i: int) -> bool:
        return self.tree.text[i].istitle() and self.tree.is_word(i, "byline")

    def _is_age(self, i: int) -> bool:
        text = self.tree.text[i]
        return (
            len(text) == 2 and text.isdigit() and self.tree.text[i + 1 : i + 2] in ([","], ["anos"])
        )

    def _place(self, start: int, end: int, labels: set[str]) -> float:
        if "LOC" not in labels or self._is_class_after(end):
            return 0.0
        shaped = any(c.isupper() for c in self.doc[start:end].text.replace(" ", "")[1:])
        if shaped and end - start == 1:
            return _HINT
        if self._is_located(start):
            return _LABEL + (_SIGN if self._has_article(start) else 2 * _SIGN)
        return _LABEL + _SIGN if self._is_origin(start, end) else 0.0

    def _is_located(self, start: int) -> bool:
        """Of "in X", but no "stake in X"."""
        tree = self.tree
        if not start or tree.lower[start - 1] not in tree.words("placePrep"):
            return False
        return start < 2 or not (
            tree.is_word(start - 2, "share") or tree.is_word(start - 2, "putIn")
        )

    def _is_origin(self, start: int, end: int) -> bool:
        """Of "X-based", "the X company", "X's Nordby", "uma start-up de X", "Nordby, of X"."""
        tree, before = self.tree, start - 2
        if end < len(tree.text) and tree.lang in HEAD_LAST and self._precedes_its_own(start, end):
            return True
        if not start or tree.lower[start - 1] not in tree.words("originPrep"):
            return False
        if tree.lang not in HEAD_LAST:
            return True
        named = before >= 0 and (tree.text[before] == "," or tree.is_name(before))
        return named or (before >= 0 and tree.is_word(before, "organizationNoun"))

    def _precedes_its_own(self, start: int, end: int) -> bool:
        """Of "X-based", "the X company", "X's Nordby": what comes from there follows."""
        tree = self.tree
        if tree.text[end] == "-" or tree.is_word(end, "organizationNoun"):
            return True
        if tree.text[end][0] in "'’" and end + 1 < len(tree.text):
            return tree.pos[end + 1] == "PROPN"
        article = start > 0 and tree.lower[start - 1] in tree.words("nounArticle")
        return article and tree.pos[end] == "NOUN" and not self._is_class(end)

    def _is_surely_organization(self, start: int, end: int, labels: set[str]) -> bool:
        """Of "Optum Ventures", "a alemã X", "Hanwha Vision" beside "Hanwha Semitech"."""
        if "ORG" in labels or self._is_nationality(start - 1):
            return True
        words = self.tree.words("organizationWord")
        return end - start > 1 and (
            self.doc[start].text in self._families
            or any(self.tree.lower[i] in words for i in range(start, end))
        )

    def _has_article(self, start: int) -> bool:
        """Whether a definite article stands right before the name, in a language that tells."""
        if not start or not self.tree.words("nameArticle"):
            return False
        word = self.tree.lower[start - 1]
        if word in self.tree.words("articleLikePrep") and self.tree.pos[start - 1] == "ADP":
            return False
        return word in self.tree.words("nameArticle")

    def _is_class(self, i: int) -> bool:
        if i < 0 or self.tree.pos[i] not in {"NOUN", "ADJ"}:
            return False
        parts = "".join(self.tree.lower[max(i - 2, 0) : i + 1])  # "start-up" may be three tokens
        return not self.nouns.isdisjoint({*self.tree.forms(i), parts})

    def _is_nationality(self, i: int) -> bool:
        """Of "a alemã X": the adjective of a place as a noun."""
        lower = i > 0 and self.tree.text[i][:1].islower()
        return lower and self.catalogue.is_place(self.tree.text[i], self.tree.lang)

    def _is_class_after(self, end: int) -> bool:
        """Of "X, a start-up", "X, Nvidia's automotive processor", "X, which makes"."""
        tree, last = self.tree, min(end + 1 + _BEHIND, len(self.doc))
        if end + 1 >= len(self.doc) or tree.text[end] != ",":
            return False
        if tree.lower[end + 1] in tree.words("thingRelative"):
            return True
        for k in range(end + 1, last):
            if tree.text[k] in {",", ".", ";"} or tree.pos[k] in {"VERB", "AUX"}:
                return False
            if tree.is_word(k, "source") and not tree.is_word(k, "notPerson"):
                return False
            if self._is_class(k):
                return True
        return False

    def _is_described(self, end: int) -> bool:
        """Of "X, subsidiária da Y": a noun for organisations follows the comma."""
        tree = self.tree
        if end + 2 >= len(self.doc) or tree.text[end] != ",":
            return False
        near = range(end + 1, min(end + 4, len(self.doc)))
        noun = next((k for k in near if tree.pos[k] == "NOUN"), None)
        return noun is not None and tree.is_word(noun, "organizationNoun")

    def _is_described_as_person(self, start: int, end: int) -> bool:
        """Of "CEO X", "X, fundador da Y"."""
        tree = self.tree
        if start > 0 and tree.is_word(start - 1, "source") and tree.text[start - 1] != ",":
            return not tree.is_word(start - 1, "notPerson")
        if end + 1 >= len(self.doc) or tree.text[end] != ",":
            return False
        for k in range(end + 1, min(end + 5, len(self.doc))):
            if tree.pos[k] in {"NOUN", "PROPN"}:
                single = tree.morph(k, "Number") != "Plur" and tree.text[k + 1 : k + 2] != ["-"]
                return single and self._is_personal(k)
            if tree.pos[k] not in {"DET", "ADJ", "ADV"}:
                return False
        return False

    def _is_person_after(self, end: int) -> bool:
        """Of "X, who …", where no "director of X" need be meant."""
        comma = end + 1 < len(self.doc) and self.tree.text[end] == ","
        return comma and self.tree.is_word(end + 1, "personRelative")
