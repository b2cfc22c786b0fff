"""The entities of an article as its reader has them in mind: who was named, when last, how weighty.

A :class:`Referents` is filled while the text is walked and asked who fits a description. What two
entities fit about equally well is not decided: a wrong antecedent is a wrong claim.
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

__all__ = ["Referent", "Referents"]

WINDOW = 4  # sentences that a description reaches back
_MARGIN = 0.5  # by which the best candidate must lead
_TITLE = 0.25  # weight of an entity that the title names
_TOPIC = 1.0  # weight of the entity that the article names most
_MAIN = 0.7  # weight from which a name of unknown kind counts as an organisation


@dataclass(slots=True)
class Referent:
    """An entity of the article, as far as the text has been read."""

    entity: Entity
    last: int
    sentence: int
    count: int = 0
    subject_in: int = -9  # last sentence whose subject it was
    places: set[str] = field(default_factory=set)


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
        return {
            iri: _TOPIC * count / max(most, 3) + (_TITLE if iri in titled else 0.0)
            for iri, count in counts.items()
        }

    # -- reading -------------------------------------------------------------------------------

    def see(self, entity: Entity, i: int, subject: bool) -> None:
        """Note that token *i* stands for *entity*."""
        sentence = self.tree.sentence[i]
        referent = self.by_iri.setdefault(entity.iri, Referent(entity, i, sentence))
        referent.last, referent.sentence = i, sentence
        referent.count += 1
        if subject:
            referent.subject_in = sentence
        for k in [*self.tree.kids_by(i, "amod", "appos", "compound", "nmod"), self.tree.head[i]]:
            if abs(k - i) <= 3:
                referent.places.add(fold(self.tree.lower[k]))

    def places(self, referent: Referent) -> set[str]:
        """Folded names of the places that *referent* belongs to."""
        return {fold(label.text) for label in referent.entity.places} | referent.places

    def near(self, i: int, barred: Iterable[str] = ()) -> list[Referent]:
        """Referents within reach of token *i*, without those *barred* (IRIs)."""
        sentence, out = self.tree.sentence[i], set(barred)
        return [
            r
            for iri, r in sorted(self.by_iri.items())
            if sentence - r.sentence <= WINDOW and iri not in out
        ]

    def organizations(self, referents: Iterable[Referent]) -> list[Referent]:
        """Those of *referents* that are organisations."""
        return [r for r in referents if self.is_organization(r.entity)]

    def is_organization(self, entity: Entity) -> bool:
        """Whether *entity* is one by its kinds or, where nothing tells them, a main character."""
        if entity.types:
            return self.ontology.fits(entity.types, self._organization)
        return self.weights.get(entity.iri, 0.0) >= _MAIN

    # -- choice --------------------------------------------------------------------------------

    def best(
        self, i: int, fitting: list[Referent], margin: float = _MARGIN, topic: float = 1.0
    ) -> Referent | None:
        """The one of *fitting* that leads by *margin*, seen from token *i*; None where none does."""
        if len(fitting) < 2:
            return fitting[0] if fitting else None
        ranked = sorted(fitting, key=lambda r: (-self.salience(r, i, topic), -r.last, r.entity.iri))
        lead = self.salience(ranked[0], i, topic) - self.salience(ranked[1], i, topic)
        return ranked[0] if lead >= margin else None

    def salience(self, referent: Referent, i: int, topic: float = 1.0) -> float:
        """How present *referent* is at token *i*: recency, subjecthood, weight in the article."""
        ago = self.tree.sentence[i] - referent.sentence
        since = self.tree.sentence[i] - referent.subject_in
        subject = 1.5 / (1 + since) if referent.subject_in >= 0 else 0.0
        weight = self.weights.get(referent.entity.iri, 0.0)
        return 3.0 / (1 + ago) + subject + topic * weight + min(referent.count, 6) * 0.15
