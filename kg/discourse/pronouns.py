"""Pronouns, possessives, pairs, left-out subjects and left-out possessors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.antecedent_features import Anaphor, AnaphorKind
from kg.discourse.model import DiscourseModel, role_side
from kg.model import Entity, MentionKind

if TYPE_CHECKING:
    from kg.referents import Referent

__all__ = ["Pronouns"]

_LIKELY = 0.75
_PAIR = 0.7


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
        """Who is meant by "the latter", the one named last, "the former", "a segunda", of two."""
        noun = self.tree.head[i]
        if self.tree.dep[i] == "amod" and self.tree.pos[noun] in {"NOUN", "PROPN"}:
            return None  # "the former minister"
        if not self._is_definite(i):
            return None
        sentence = self.tree.sentence[i]
        near = [r for r in self.referents.by_iri.values() if sentence - r.sentence <= 1]
        near = sorted(self.referents.organizations(near), key=lambda r: -r.last)
        last = self.tree.is_word(i, "lastNamed")
        if not near or (not last and len(near) != 2):
            return None
        chosen = near[1] if self.tree.is_word(i, "firstOfTwo") else near[0]
        return chosen.entity, _LIKELY, repr(self.tree.text[i])

    def _is_ordinal(self, i: int) -> bool:
        return any(
            self.tree.is_word(i, name) for name in ("lastNamed", "firstOfTwo", "secondOfTwo")
        )

    def _is_pronoun(self, i: int) -> bool:
        tree = self.tree
        return (
            tree.pos[i] == "PRON"
            and tree.is_word(i, "subjectPronoun" if tree.dep[i] == "nsubj" else "objectCase")
            and tree.dep[i] in {"nsubj", "obj", "iobj", "obl", "nmod"}
        )

    def _pronoun(self, i: int) -> Anaphor:
        tree = self.tree
        flags = {
            "plural": tree.morph(i, "Number") == "Plur",
            "demonstrative": tree.morph(i, "PronType") == "Dem",
        }
        dative = tree.morph(i, "Case") == "Dat"  # "lhe" has no gender
        return Anaphor(
            i, AnaphorKind.PRONOUN, i, f"pronoun {tree.text[i]!r}",
            gender="" if dative else tree.morph(i, "Gender"),
            barred=frozenset(self._co_arguments(i)), local=self._subject_above(i), asked=self._asked(i),
            flags=flags,
        )  # fmt: skip

    def _possessive(self, i: int) -> Anaphor:
        tree, noun = self.tree, self.tree.head[i]
        barred = self._bearers(noun)
        entity, decided = self._local_subject(i, noun, barred)
        frames = self._noun_frames(noun)
        flags = {
            "plural": tree.morph(i, "Person[psor]") == "Plur" or tree.is_word(i, "pluralPossessive"),
            "decided": decided, "role noun": bool(frames), "noun is subject": tree.dep[noun] == "nsubj",
        }  # fmt: skip
        return Anaphor(
            i, AnaphorKind.POSSESSIVE, noun, f"possessive {tree.text[i]!r}",
            barred=frozenset(barred), local=entity.iri if entity is not None else "",
            holders=self._holders(frames, borne=False), flags=flags,
        )  # fmt: skip

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
        flags = {"root": tree.head[carrier] == carrier, "conjunct": tree.dep[carrier] == "conj"}
        beside = (self.mentions.at(k) for k in tree.kids[carrier])
        barred = frozenset(
            m.mention.entity.iri for m in beside if m is not None and m.mention.entity is not None
        )
        anaphor = Anaphor(
            carrier, AnaphorKind.SUBJECT, carrier, "subject left out", barred=barred, flags=flags
        )
        found = self._choose(anaphor)
        if found is not None:
            entity, confidence, why = found
            self._put(carrier, entity, MentionKind.DROPPED, confidence, why)
            self.referents.by_iri[entity.iri].subject_in = tree.sentence[i]

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
        """A role noun or a share without a genitive is somebody's: "Oracle is a customer too"."""
        tree = self.tree
        share = tree.is_word(i, "share")
        frames = self._noun_frames(i)
        wanting = share or any(
            path[-1].role == "gen" for f in frames for path in (*f.subject, *f.object)
        )
        if not wanting or tree.genitives(i, 1):
            return
        if not self.mentions.count(*tree.bounds[tree.sentence[i]]):
            return  # no claim without another one in the sentence
        barred = self._co_arguments(i) | self._bearers(i)
        entity, decided = self._local_subject(i, i, barred)
        classes, _ = self.typing.class_at(i)
        flags: dict[str, float] = {
            "decided": decided, "share": share, "definite": self._is_definite(i),
            "plural": tree.morph(i, "Number") == "Plur", "classed": bool(classes),
            "named": self._has_name(i), "bearers": len(barred),
            "role noun": any(role_side(f) for f in frames),
        }  # fmt: skip
        flags.update((f"relation={f.relation}", 1) for f in frames)
        anaphor = Anaphor(
            i, AnaphorKind.POSSESSOR, i, f"left out beside {tree.text[i]!r}",
            barred=frozenset(barred), local=entity.iri if entity is not None else "",
            holders=self._holders(frames, borne=False), flags=flags,
        )  # fmt: skip
        found = self._choose(anaphor)
        if found is not None:
            entity, confidence, why = found
            self._put(i, entity, MentionKind.DROPPED, confidence, why, implicit=True)
