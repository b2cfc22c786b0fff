"""The entities of an article as its reader has them in mind: who was named, when last, how weighty.

A :class:`Referents` is filled while the text is walked and asked who may be meant by a description,
a pronoun or a left-out word; :mod:`kg.antecedents` chooses among those.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kg.names import fold

if TYPE_CHECKING:
    from kg.mentions import Mentions
    from kg.model import Entity
    from kg.ontology import Ontology
    from kg.syntax import Tree

__all__ = ["Referent", "Referents", "role_of"]

_TITLE = 0.25  # weight of an entity that the title names
_TOPIC = 1.0  # weight of the entity that the article names most
_MAIN = 0.7  # weight from which a name of unknown kind counts as an organisation
_NEAR = 3  # tokens between a name and a word before it that may describe it
_BESIDE = frozenset({"appos", "flat", "conj"})
_CONTENT = frozenset({"NOUN", "ADJ", "PROPN"})


@dataclass(slots=True)
class Referent:
    """An entity of the article, as far as the text has been read.

    ``last`` and ``sentence`` are the token and the sentence of its last mention, ``role`` the label
    of that mention and ``named`` whether it was a name; ``named_in`` and ``subject_in`` are the last
    sentences that name it and that have it as a subject (-9: none). ``words`` are folded lemmas that
    describe it, ``places`` folded words beside it, ``genders`` how often each gender was given to it.
    """

    entity: Entity
    last: int
    sentence: int
    order: int
    count: int = 0
    role: str = ""
    named: bool = True
    named_in: int = -9
    subject_in: int = -9
    words: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    genders: dict[str, int] = field(default_factory=dict)
    tokens: list[int] = field(default_factory=list)


class Referents:
    """The referents of one document.

    Parameters
    ----------
    tree, mentions
        The parsed document and its names, all of them: the most frequent one is the topic.
    ontology
        For what an organisation is.
    title
        The article's headline, which raises those that it names.
    """

    def __init__(self, tree: Tree, mentions: Mentions, ontology: Ontology, title: str) -> None:
        self.tree, self.mentions, self.ontology = tree, mentions, ontology
        self.by_iri: dict[str, Referent] = {}
        self.titled: frozenset[str] = frozenset()
        self.weights = self._topics(title)
        self._organization = ontology.recognised("ORG")

    def _topics(self, title: str) -> dict[str, float]:
        """Weight of each entity in the whole article: how often it is named, and in the title."""
        counts: dict[str, int] = {}
        titled: set[str] = set()
        headline = f" {fold(title)} "
        for found in self.mentions:
            entity = found.mention.entity
            if entity is not None:
                counts[entity.iri] = counts.get(entity.iri, 0) + 1
                if f" {fold(found.mention.text)} " in headline:
                    titled.add(entity.iri)
        most = max(counts.values(), default=1)
        self.titled = frozenset(titled)
        return {
            iri: _TOPIC * count / max(most, 3) + (_TITLE if iri in titled else 0.0)
            for iri, count in counts.items()
        }

    # -- reading -------------------------------------------------------------------------------

    def see(self, entity: Entity, i: int, subject: bool, named: bool = False) -> None:
        """Note that token *i* stands for *entity*."""
        sentence = self.tree.sentence[i]
        referent = self.by_iri.get(entity.iri)
        if referent is None:
            referent = Referent(entity, i, sentence, len(self.by_iri))
            self.by_iri[entity.iri] = referent
        referent.last, referent.sentence, referent.named = i, sentence, named
        referent.role = role_of(self.tree, i)
        referent.tokens.append(i)
        referent.count += 1
        if subject:
            referent.subject_in = sentence
        if named:
            referent.named_in = sentence
            self._describe(referent, i)
        elif self.tree.pos[i] in _CONTENT:
            referent.words.update(fold(form) for form in self.tree.forms(i))

    def _describe(self, referent: Referent, i: int) -> None:
        """Note what the words around the name at token *i* say of it."""
        tree = self.tree
        near = [*tree.kids_by(i, "amod", "appos", "compound", "nmod", "det", "case"), tree.head[i]]
        apposed = [*tree.appositions(i), *tree.kids_by(i, "appos")]
        near = [k for k in near if abs(k - i) <= _NEAR]
        below = [k for a in apposed for k in tree.kids_by(a, "amod", "compound", "nmod", "conj")]
        for k in {*near, *apposed, *below, *range(tree.noun_phrase_start(i), i)}:
            if tree.sentence[k] != tree.sentence[i]:
                continue
            if tree.pos[k] in _CONTENT and self.mentions.at(k) is None:
                referent.words.add(fold(tree.lemma[k]))
            referent.places.add(fold(tree.lower[k]))
            if k in tree.kids[i] and tree.pos[k] in {"DET", "ADP"}:
                gender = self.gender(k)
                if gender:
                    referent.genders[gender] = referent.genders.get(gender, 0) + 1

    def gender(self, k: int) -> str:
        """Gender of a determiner, alone or fused with a preposition ("da", "no"), else empty."""
        if self.tree.pos[k] != "ADP":
            return self.tree.morph(k, "Gender")
        fused = self.tree.lower[k] in self.tree.words("fusedArticle")
        ending = fold(self.tree.lower[k]).rstrip("s")[-1:]
        return {"a": "Fem", "o": "Masc"}.get(ending, "") if fused else ""

    def places(self, referent: Referent) -> set[str]:
        """Folded names of the places that *referent* belongs to, among other words beside it."""
        return {fold(label.text) for label in referent.entity.places} | referent.places

    def ranked(self, i: int, barred: Iterable[str] = ()) -> list[Referent]:
        """Referents without those *barred* (IRIs), the most present at token *i* first."""
        out = set(barred)
        found = [r for iri, r in self.by_iri.items() if iri not in out]
        return sorted(found, key=lambda r: (-self.salience(r, i), -r.last, r.entity.iri))

    def named_with(self, referent: Referent) -> frozenset[int]:
        """Tokens that the last mention of *referent* is joined to by "and", without it."""
        tree, first = self.tree, referent.last
        while tree.dep[first] == "conj" and tree.head[first] < first:
            first = tree.head[first]
        return frozenset((first, *tree.coordinated(first))) - {referent.last}

    def organizations(self, referents: Iterable[Referent]) -> list[Referent]:
        """Those of *referents* that are organisations."""
        return [r for r in referents if self.is_organization(r.entity)]

    def is_organization(self, entity: Entity) -> bool:
        """Whether *entity* is one by its kinds or, where nothing tells them, a main character."""
        if entity.types:
            return self.ontology.fits(entity.types, self._organization)
        return self.weights.get(entity.iri, 0.0) >= _MAIN

    def salience(self, referent: Referent, i: int) -> float:
        """How present *referent* is at token *i*: recency, subjecthood, weight in the article."""
        ago = self.tree.sentence[i] - referent.sentence
        since = self.tree.sentence[i] - referent.subject_in
        subject = 1.5 / (1 + since) if referent.subject_in >= 0 else 0.0
        weight = self.weights.get(referent.entity.iri, 0.0)
        return 3.0 / (1 + ago) + subject + weight + min(referent.count, 6) * 0.15


def role_of(tree: Tree, i: int) -> str:
    """Label of token *i* or, where it stands beside another ("X, Y and Z"), of that one."""
    at = i
    for _ in range(5):
        if tree.dep[at] not in _BESIDE or tree.head[at] >= at:
            break
        at = tree.head[at]
    passive = tree.full[at] == "nsubj:pass"
    return "nsubj:pass" if passive else "root" if tree.head[at] == at else tree.dep[at]
