"""Descriptions: "the chipmaker", "a dona da Meo", "the Redmond group", "a norueguesa"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.antecedent_features import Anaphor, AnaphorKind
from kg.discourse.model import DiscourseModel, role_side
from kg.model import Entity
from kg.names import fold

if TYPE_CHECKING:
    from kg.lexicon import Frame

__all__ = ["Nominals"]

_SURE = 0.9


class Nominals(DiscourseModel):
    """Resolves descriptive nominals."""

    def _description(self, i: int) -> Anaphor | None:
        """The description headed by *i*, where its words may be meant for somebody named before."""
        tree = self.tree
        if self._has_name(i) or self._is_indefinite(i) or self._is_part_of_noun(i):
            return None
        possessed = any(tree.is_word(k, "possessive") for k in tree.kids[i])
        if not possessed and not self._is_definite(i):
            return None
        place = self._place_words(i)
        demonym = self.catalogue.is_place(tree.lower[i], tree.lang)
        if tree.pos[i] != "NOUN" and not demonym:
            return None
        classes, first = self.typing.class_at(i)
        frames = self._noun_frames(i)
        words = {fold(tree.lemma[k]) for k in (i, *self._modifiers(i))}
        if not demonym and tree.morph(i, "Number") == "Plur":
            return None
        if self._is_told_apart(i):
            return None
        if not classes and not demonym and not self._is_tied(i, frames, place):
            return None
        flags = {
            "demonym": demonym, "possessed": possessed, "role noun": bool(frames),
            "plural": tree.morph(i, "Number") == "Plur",
            "modifiers": len(words) - 1, "compound": i - first,
            "demonstrative": any(tree.morph(k, "PronType") == "Dem" for k in tree.kids[i]),
        }  # fmt: skip
        return Anaphor(
            i, AnaphorKind.DESCRIPTION, i, f"description {tree.text[i]!r}", classes,
            not (frozenset(classes) - self.ontology.roots(classes)),
            frozenset(place | ({fold(tree.lower[i])} if demonym else set())),
            frozenset(words), self._gender(i),
            frozenset(self._co_arguments(i) | self._misfits(classes)),
            self._subject_above(i), self._holders(frames, borne=True), self._asked(i),
            flags,
        )  # fmt: skip

    def _misfits(self, classes: tuple[str, ...]) -> set[str]:
        """IRIs of those that the catalogue knows to be of none of *classes*."""
        fits = self.ontology.fits
        known = (r.entity for r in self.referents.by_iri.values() if r.entity.known and classes)
        return {entity.iri for entity in known if not fits(entity.types, classes)}

    def _modifiers(self, i: int) -> list[int]:
        kids = self.tree.kids_by(i, "amod", "compound", "nmod", "flat")
        return [k for k in kids if self.tree.pos[k] in {"NOUN", "ADJ", "PROPN"}]

    def _gender(self, i: int) -> str:
        """Gender of a description, by its determiner or itself."""
        marks = (self.referents.gender(k) for k in self.tree.kids_by(i, "det", "case"))
        return next((mark for mark in marks if mark), self.tree.morph(i, "Gender"))

    def _is_tied(self, i: int, frames: list[Frame], place: set[str]) -> bool:
        """Whether words that name no kind of thing say something of one who was named."""
        head = {fold(form) for form in self.tree.forms(i)}
        if any(role_side(frame) for frame in frames) or place:
            return True
        return any(
            not head.isdisjoint(r.words) or not head.isdisjoint(fold(r.entity.name).split())
            for r in self.referents.by_iri.values()
        )

    def _is_part_of_noun(self, i: int) -> bool:
        """Whether *i* only modifies another noun; under a verb it is a subject parsed wrongly."""
        modifies = self.tree.dep[i] in {"amod", "compound", "flat", "fixed"}
        return modifies and not self.tree.is_verb(self.tree.head[i])

    def _is_indefinite(self, i: int) -> bool:
        return any(
            self.tree.is_word(k, "indefinite") for k in self.tree.kids_by(i, "det", "nummod")
        )

    def _is_told_apart(self, i: int) -> bool:
        """Whether a modifier picks somebody out whom the other words do not tell.

        "the combined company", "the other lab", "a companhia de Fulano", a noun for a part.
        """
        tree = self.tree
        if tree.is_word(i, "partNoun"):
            return True
        for k in tree.kids[i]:
            if k < i and tree.is_word(k, "restrictive"):
                return True
            named = tree.pos[k] == "PROPN" and tree.dep[k] in {"nmod", "compound"}
            named = named and tree.doc[k].ent_type_ != "LOC"
            if named and not self._is_place_name(k):
                return True
        return False

    def _is_place_name(self, k: int) -> bool:
        words = [k, *self.tree.kids_by(k, "flat", "compound", "amod")]
        text = " ".join(self.tree.text[w] for w in sorted(words))
        lang = self.tree.lang
        return self.catalogue.is_place(text, lang) or self.catalogue.is_place(
            self.tree.text[k], lang
        )

    def _place_words(self, i: int) -> set[str]:
        near = list(self.tree.kids_by(i, "amod", "compound", "nmod", "appos", "flat"))
        words = {fold(self.tree.lower[k]) for k in near if self.typing.named_at(k) is None}
        located = {fold(self.tree.lower[k]) for k in near if self.tree.doc[k].ent_type_ == "LOC"}
        return located | {w for w in words if self.catalogue.is_place(w, self.tree.lang)}

    def _by_role(self, i: int) -> tuple[Entity, float, str] | None:
        """Who stands in a known relation to the genitive: "a criadora do ChatGPT", "its parent"."""
        if self.tree.morph(i, "Number") == "Plur":
            return None
        if self._has_name(i) or self._is_indefinite(i) or self._is_part_of_noun(i):
            return None
        for frame in self._noun_frames(i):
            side = role_side(frame)
            if side is None:
                continue
            for k in self.tree.genitives(i):
                other = self.mentions.at(k)
                if other is None or other.mention.entity is None:
                    continue
                found = self._related(other.mention.entity, frame.relation, side)
                if len(found) == 1:
                    why = f"{self.tree.text[i]!r} of {other.mention.text!r}"
                    return found[0], _SURE, why
        return None

    def _related(self, other: Entity, relation: str, side: str) -> list[Entity]:
        """Entities that stand as *side* of *relation* to *other*, by the article, else the catalogue."""
        named = {iri: r.entity for iri, r in self.referents.by_iri.items()}
        for found in self.mentions:
            if found.mention.entity is not None:
                named.setdefault(found.mention.entity.iri, found.mention.entity)
        if side == "subject":
            local = [a for a, r, b in self.facts if r == relation and b == other.iri]
        else:
            local = [b for a, r, b in self.facts if r == relation and a == other.iri]
        if local:
            return [named[iri] for iri in sorted(set(local)) if iri in named]
        return self._background(other, relation, side, named)

    def _background(
        self, other: Entity, relation: str, side: str, named: dict[str, Entity]
    ) -> list[Entity]:
        inverse = self.ontology.inverse(relation)
        forward = relation if side == "object" else (inverse.name if inverse else relation)
        known = {iri for name, iri in other.facts if name == forward}
        opposite = (inverse.name if inverse else relation) if side == "object" else relation
        for iri, entity in self.catalogue.entities.items():
            if (opposite, other.iri) in entity.facts:
                known.add(iri)
        in_text = sorted(known & set(named))
        if in_text or not self.ontology.properties[forward].single:
            return [named[iri] for iri in in_text]  # "its subsidiary" may be one that is not known
        outside = [
            self.catalogue.entities[iri] for iri in sorted(known) if iri in self.catalogue.entities
        ]
        wanted = self.ontology.recognised("ORG")  # "its model" may be one that no catalogue knows
        return [entity for entity in outside if self.ontology.fits(entity.types, wanted)]
