"""Descriptions: "the chipmaker", "a dona da Meo", "the Redmond group", "a norueguesa"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.discourse.model import DiscourseModel, role_side
from kg.model import Entity
from kg.names import fold
from kg.referents import Referent

if TYPE_CHECKING:
    pass

__all__ = ["Nominals"]

_SURE = 0.9


class Nominals(DiscourseModel):
    """Resolves descriptive nominals."""

    def _nominal(self, i: int) -> tuple[Entity, float, str] | None:
        if self._has_name(i) or self._is_indefinite(i) or self._is_part_of_noun(i):
            return None
        if self.tree.pos[i] == "ADJ" and not self.catalogue.is_place(
            self.tree.lower[i], self.tree.lang
        ):
            return None
        by_role = self._by_role(i)
        if by_role is not None:
            return by_role
        if not self._is_definite(i) or self.tree.morph(i, "Number") == "Plur":
            return None
        if self._is_told_apart(i):
            return None
        classes, _ = self.typing.class_at(i)
        place = self._place_words(i)
        if classes:
            return self._by_class(i, classes, place)
        forms = {fold(self.tree.lower[i])}
        return self._by_place(i, forms) if self.tree.pos[i] != "PROPN" else None

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
        return {w for w in words if self.catalogue.is_place(w, self.tree.lang)}

    def _by_class(
        self, i: int, classes: tuple[str, ...], place: set[str]
    ) -> tuple[Entity, float, str] | None:
        generic = not (frozenset(classes) - self.ontology.roots(classes))
        fitting = [
            r
            for r in self._candidates(i)
            if self._may_be(r, classes, generic) and (not place or place & self.referents.places(r))
        ]
        return self._choose(i, fitting, f"description {self.tree.text[i]!r}", generic and not place)

    def _may_be(self, referent: Referent, classes: tuple[str, ...], generic: bool) -> bool:
        if referent.entity.types or not generic:
            return self.ontology.fits(referent.entity.types, classes)
        wanted = self.ontology.fits(self.ontology.recognised("ORG"), classes)
        return wanted and self.referents.is_organization(referent.entity)

    def _by_place(self, i: int, forms: set[str]) -> tuple[Entity, float, str] | None:
        """A demonym alone: "a norueguesa", "o alemão"."""
        if not self.catalogue.is_place(next(iter(forms)), self.tree.lang):
            return None
        if self.tree.dep[i] in {"amod", "compound", "flat"}:
            return None
        organizations = self.ontology.recognised("ORG")
        fitting = [
            r
            for r in self._candidates(i)
            if forms & self.referents.places(r)
            and self.ontology.fits(r.entity.types, organizations)
        ]
        return self._choose(i, fitting, f"demonym {self.tree.text[i]!r}", False)

    def _by_role(self, i: int) -> tuple[Entity, float, str] | None:
        """Who stands in a known relation to the genitive: "a criadora do ChatGPT", "its parent"."""
        if self.tree.morph(i, "Number") == "Plur":
            return None
        frames = [
            f for form in self.tree.forms(i) for f in self.ontology.frames_for(form, self.tree.lang)
        ]
        for frame in frames:
            side = role_side(frame)
            if frame.pos != "NOUN" or side is None:
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
