"""Pronouns, possessives, pairs, left-out subjects and left-out possessors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.discourse.model import DiscourseModel
from kg.mentions import TokenMention
from kg.model import Entity, MentionKind
from kg.referents import Referent

if TYPE_CHECKING:
    pass

__all__ = ["Pronouns"]

_LIKELY = 0.75
_PRONOUN = 0.7
_PAIR = 0.7
_IMPLICIT = 0.65


class Pronouns(DiscourseModel):
    """Resolves what stands for an entity without describing it."""

    def _is_pair(self, i: int) -> bool:
        """Whether *i* heads "both companies", "as duas empresas", "ambas", "the pair"."""
        tree = self.tree
        if tree.dep[i] not in {"nsubj", "obj", "obl", "nmod", "root", "ROOT", "conj"}:
            return False
        if tree.is_word(i, "pair") and tree.pos[i] != "NOUN":
            return tree.dep[i] != "root" and not any(True for _ in tree.kids_by(i, "nmod"))
        classes, _ = self.typing.class_at(i)
        generic = bool(classes) and not (frozenset(classes) - self.ontology.roots(classes))
        if tree.morph(i, "Number") != "Plur" or not (generic or tree.is_word(i, "party")):
            return False
        if self._has_name(i):
            return False
        return any(tree.is_word(k, "pair") for k in tree.kids[i] if k < i)

    def _gather(self, i: int) -> None:
        """The two organisations that the text last spoke of, if it spoke of no third."""
        pair = self._last_two(i)
        if len(pair) == 2:
            members = tuple(
                self._mention(i, r.entity, MentionKind.NOMINAL, _PAIR, "one of the two")
                for r in pair
            )
            self.mentions.gather(i, members)

    def _last_two(self, i: int) -> list[Referent]:
        sentence = self.tree.sentence[i]
        for back in (0, 1):
            near = self.referents.organizations(self.referents.by_iri.values())
            near = [r for r in near if sentence - r.sentence <= back]
            if len(near) > 1:
                return sorted(near, key=lambda r: r.last) if len(near) == 2 else []
        return []

    def _ordinal(self, i: int) -> tuple[Entity, float, str] | None:
        """Who is meant by "the latter", the one named last, and "the former", the first of two."""
        noun = self.tree.head[i]
        if self.tree.dep[i] == "amod" and self.tree.pos[noun] in {"NOUN", "PROPN"}:
            return None  # "the former minister"
        sentence = self.tree.sentence[i]
        near = [r for r in self.referents.by_iri.values() if sentence - r.sentence <= 1]
        near = sorted(self.referents.organizations(near), key=lambda r: -r.last)
        if not near or (self.tree.is_word(i, "firstOfTwo") and len(near) != 2):
            return None
        chosen = near[0] if self.tree.is_word(i, "lastNamed") else near[1]
        return chosen.entity, _LIKELY, repr(self.tree.text[i])

    def _pronoun(self, i: int) -> tuple[Entity, float, str] | None:
        if self.tree.morph(i, "Number") == "Plur":
            return None
        fitting = [r for r in self._candidates(i) if r.entity.types]
        return self._choose(i, fitting, f"pronoun {self.tree.text[i]!r}", True, _PRONOUN)

    def _possessive(self, i: int) -> tuple[Entity, float, str] | None:
        noun, why = self.tree.head[i], f"possessive {self.tree.text[i]!r}"
        barred = self._bearers(noun)
        found, decided = self._local_subject(i, noun, barred)
        if found is not None:
            return found, _PRONOUN, why
        if decided:
            return None
        fitting = self.referents.organizations(self.referents.near(i, barred))
        return self._choose(i, fitting, why, True, _PRONOUN)

    def _bearers(self, noun: int) -> set[str]:
        """IRIs of those that *noun* is said of, and of those that they belong to."""
        borne = self.tree.bearers(noun)
        places = [
            k
            for b in borne
            for k in (b, self.tree.head[b], *self.tree.coordinated(b), *self.tree.genitives(b, 1))
            if k == b or k != self.tree.head[b] or self.tree.dep[b] == "conj"
        ]
        return {
            m.mention.entity.iri
            for k in places
            if (m := self.mentions.at(k)) is not None and m.mention.entity is not None
        }

    def _local_subject(self, i: int, noun: int, barred: set[str]) -> tuple[Entity | None, bool]:
        """Subject of the clause around *noun*, and whether there is one that decides the matter.

        A subject that could be the antecedent but was not resolved decides it too: nobody else is
        meant, and who is meant is not known.
        """
        tree = self.tree
        verb = tree.governing_verb(noun)
        if verb is None and tree.is_verb(noun):
            verb = noun
        if verb is None:
            return None, False
        for k in [*tree.subjects(verb), verb]:
            found = self.mentions.dropped(k) if k == verb else self._named_by(k)
            inside = k != verb and (noun == k or k in set(tree.subtree(noun)))
            if inside or (k > i and k != verb):
                continue
            entity = found.mention.entity if found is not None else None
            if entity is not None and entity.iri not in barred:
                return entity, True
            if found is None and k != verb and self._is_actor(k):
                return None, True
        return None, False

    def _named_by(self, k: int) -> TokenMention | None:
        """What token *k* or, of "Jusbrasil, site que …", the name beside it stands for."""
        beside = (self.mentions.at(b) for b in [*self.tree.named(k), *self.tree.appositions(k)])
        return self.mentions.at(k) or next((m for m in beside if m is not None), None)

    def _is_actor(self, k: int) -> bool:
        """Whether *k* is a singular noun that an organisation could hide behind."""
        classes, _ = self.typing.class_at(k)
        return bool(classes) and self.referents.ontology.fits(
            classes, self.ontology.recognised("ORG")
        )

    def _drop(self, i: int) -> None:
        """A finite third-person verb without subject stands for the last sentence's subject."""
        tree = self.tree
        if (
            not tree.words("dropsSubjects")
            or tree.morph(i, "VerbForm") != "Fin"
            or tree.morph(i, "Number") == "Plur"
        ):
            return
        carrier = tree.head[i] if tree.dep[i] in {"cop", "aux"} else i
        if not self._lacks_subject(carrier):
            return
        sentence = tree.sentence[i]
        topics = [
            r
            for r in self.referents.organizations(self.referents.by_iri.values())
            if r.subject_in in {sentence, sentence - 1}
        ]
        latest = max((r.subject_in for r in topics), default=-1)
        topics = [r for r in topics if r.subject_in == latest]
        if len(topics) == 1:
            self._put(carrier, topics[0].entity, MentionKind.DROPPED, 0.65, "subject left out")
            topics[0].subject_in = sentence

    def _lacks_subject(self, carrier: int) -> bool:
        """Whether nothing says who does what the clause of *carrier* tells."""
        tree = self.tree
        if any(tree.dep[k] in {"nsubj", "csubj", "expl"} for k in tree.kids[carrier]):
            return False
        impersonal = tree.is_word(carrier, "impersonal") or tree.lower[carrier].endswith("-se")
        if impersonal or tree.full[carrier] == "acl:relcl" or tree.is_passive(carrier):
            return False
        at = carrier
        for _ in range(6):
            if self.mentions.dropped(at) is not None:
                return False
            if tree.dep[at] not in {"ccomp", "conj", "parataxis", "advcl"}:
                break
            at = tree.head[at]
        open_clause = tree.dep[carrier] in {"root", "ROOT", "ccomp"} or not tree.subjects(carrier)
        return open_clause and tree.dep[carrier] in {
            "root", "ROOT", "ccomp", "conj", "parataxis", "advcl",
        }  # fmt: skip

    def _imply(self, i: int) -> None:
        """A role noun or a share without a genitive is the topic's: "Oracle is a customer too"."""
        if self.tree.genitives(i, 1) or not (self.tree.is_word(i, "share") or self._is_role(i)):
            return
        barred = self._co_arguments(i) | self._bearers(i)
        why = f"left out beside {self.tree.text[i]!r}"
        entity, decided = self._local_subject(i, i, barred)
        if entity is None and not decided:
            fitting = self.referents.organizations(self.referents.near(i, barred))
            found = self._choose(i, fitting, why, True)
            entity = found[0] if found is not None else None
        if entity is not None:
            self._put(i, entity, MentionKind.DROPPED, _IMPLICIT, why, implicit=True)
