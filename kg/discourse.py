"""Descriptions, pronouns and left-out subjects, resolved inside the article.

A model of the article's discourse is kept while its text is walked once: who was named, how often,
when last, as a subject or not, what kind of thing it is, where it sits. A description goes to the
one entity that its words fit ("the chipmaker", "a dona da Meo", "the Redmond group"); one that
fits several equally well, or none, stays unresolved and yields nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from kg.mentions import TokenMention
from kg.model import Entity, Mention, MentionKind, Span
from kg.name_typing import NameTyping
from kg.names import fold
from kg.referents import Referent, Referents

if TYPE_CHECKING:
    from kg.catalogue import Catalogue
    from kg.frames import Match
    from kg.lexicon import Frame
    from kg.mentions import Mentions
    from kg.ontology import Ontology
    from kg.syntax import Tree

__all__ = ["Discourse"]

_SURE, _LIKELY, _PRONOUN, _PAIR, _IMPLICIT = 0.9, 0.75, 0.7, 0.7, 0.65


class Discourse:
    """Resolves what is no name in one document; adds to its mentions.

    Parameters
    ----------
    tree, mentions
        The parsed document and its names.
    ontology, catalogue
        Class nouns and role frames; background that identifies descriptions.
    title
        The article's headline: raises those that it names, and is no part of the text.
    """

    def __init__(
        self,
        tree: Tree,
        mentions: Mentions,
        ontology: Ontology,
        catalogue: Catalogue,
        title: str = "",
    ) -> None:
        self.tree, self.mentions = tree, mentions
        self.ontology, self.catalogue = ontology, catalogue
        self.typing = NameTyping(tree, mentions, ontology)
        self.title = title
        self.facts: set[tuple[str, str, str]] = set()

    def type_names(self) -> None:
        """Give unknown names the kinds that the article's own words give them."""
        self.typing.type_names()

    @cached_property
    def referents(self) -> Referents:
        """The entities of the text as far as it has been walked."""
        return Referents(self.tree, self.mentions, self.ontology, self.title)

    # -- one walk over the text ------------------------------------------------------------------

    def resolve(self, matches: Iterable[Match]) -> None:
        """Resolve descriptions in text order; *matches* of names alone are the article's own facts."""
        for match in matches:
            one, other = match.subject.mention.entity, match.object.mention.entity
            if one is not None and other is not None:
                self._learn(one.iri, match.relation, other.iri)
        i, sentence = 0, -1
        while i < len(self.tree.text):
            if self.tree.sentence[i] != sentence:
                sentence = self.tree.sentence[i]
                self._drop(self._root(sentence))
            found = self.typing.named_at(i)
            if found is not None and found.mention.entity is not None:
                self._see(found.mention.entity, found.head)
                i = found.end
                continue
            self._visit(i)
            if self.tree.pos[i] in {"NOUN", "ADJ"}:
                self._imply(i)
            i += 1

    def _root(self, sentence: int) -> int:
        start, end = self.tree.bounds[sentence]
        return next((i for i in range(start, end) if self.tree.head[i] == i), start)

    def _learn(self, one: str, relation: str, other: str) -> None:
        self.facts.add((one, relation, other))
        if self.ontology.properties[relation].symmetric:
            self.facts.add((other, relation, one))

    def _see(self, entity: Entity, i: int) -> None:
        self.referents.see(entity, i, self._is_subject(i) or self._is_fronted(i))

    def _is_subject(self, i: int) -> bool:
        """Whether *i* is a subject or, of "a third bidder, Siemens, withdrew", stands beside one."""
        at = i
        while self.tree.dep[at] in {"appos", "flat", "conj"} and self.tree.head[at] < at:
            at = self.tree.head[at]
        return self.tree.dep[at] == "nsubj"

    def _is_fronted(self, i: int) -> bool:
        """Whether *i* opens its sentence without a preposition: the topic of a headline."""
        start, _ = self.tree.bounds[self.tree.sentence[i]]
        return i - start <= 1 and not self.tree.preps(i)

    def _visit(self, i: int) -> None:
        tree = self.tree
        if self._is_pair(i):
            self._gather(i)
            return
        if tree.is_word(i, "lastNamed") or tree.is_word(i, "firstOfTwo"):
            found = self._ordinal(i)
        elif tree.pos[i] in {"NOUN", "ADJ", "PROPN"}:
            found = self._nominal(i)
        elif tree.is_word(i, "possessive") and tree.pos[i] in {"DET", "PRON", "ADJ"}:
            found = self._possessive(i)
        elif (
            tree.pos[i] == "PRON"
            and tree.is_word(i, "subjectPronoun" if tree.dep[i] == "nsubj" else "objectCase")
            and tree.dep[i] in {"nsubj", "obj", "iobj", "obl", "nmod"}
        ):
            found = self._pronoun(i)
        else:
            found = None
            if tree.pos[i] in {"VERB", "AUX"}:
                self._drop(i)
        if found is not None:
            entity, confidence, why = found
            kind = (
                MentionKind.NOMINAL
                if tree.pos[i] in {"NOUN", "ADJ", "PROPN"}
                else MentionKind.PRONOUN
            )
            self._put(i, entity, kind, confidence, why)
            self._see(entity, i)

    def _put(
        self,
        i: int,
        entity: Entity,
        kind: MentionKind,
        confidence: float,
        why: str,
        implicit: bool = False,
    ) -> None:
        found = self._mention(i, entity, kind, confidence, why)
        if implicit:
            self.mentions.imply(found)
        elif kind is MentionKind.DROPPED:
            self.mentions.drop(found)
        else:
            self.mentions.add(found)

    def _mention(
        self, i: int, entity: Entity, kind: MentionKind, confidence: float, why: str
    ) -> TokenMention:
        first = self.tree.noun_phrase_start(i) if kind is MentionKind.NOMINAL else i
        one, last = self.tree.doc[first], self.tree.doc[i]
        span = Span(one.idx, last.idx + len(last.text))
        text = self.tree.doc.text[span.start : span.end]
        mention = Mention(
            span, text, kind, entity, why=f"{why}: {entity.name}", confidence=confidence
        )
        return TokenMention(i, i + 1, i, mention)

    # -- two at a time ---------------------------------------------------------------------------

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

    # -- descriptions ----------------------------------------------------------------------------

    def _nominal(self, i: int) -> tuple[Entity, float, str] | None:
        if (
            self._has_name(i)
            or self._is_indefinite(i)
            or self.tree.dep[i] in {"amod", "compound", "flat", "fixed"}
        ):
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

    def _has_name(self, i: int) -> bool:
        """Whether the noun introduces a name ("a startup Anthropic") or is said of one."""
        around = [*self.tree.named(i), *self.tree.appositions(i)]
        first, _ = self.tree.edges(i)
        if first > 1 and self.tree.text[first - 1] in {",", "(", "—", "–"}:
            around.append(first - 2)
        return any(self.typing.named_at(k) is not None for k in around)

    def _is_definite(self, i: int) -> bool:
        first = self.tree.noun_phrase_start(i)
        marks = [k for k in range(max(first - 1, 0), i) if k != i]
        kids = list(self.tree.kids_by(i, "det", "case", "nmod"))
        return any(self._points_back(k) for k in [*marks, *kids] if k < i)

    def _points_back(self, k: int) -> bool:
        """A definite determiner, alone or fused with a preposition ("da", "ao", "pela")."""
        if self.tree.is_word(k, "definite") and self.tree.pos[k] in {"DET", "PRON", "SCONJ"}:
            return True
        return self.tree.pos[k] == "ADP" and self.tree.lower[k] in self.tree.words("fusedArticle")

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
            side = _role_side(frame)
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
        if in_text:
            return [named[iri] for iri in in_text]
        outside = [
            self.catalogue.entities[iri] for iri in sorted(known) if iri in self.catalogue.entities
        ]
        wanted = self.ontology.recognised("ORG")  # "its model" may be one that no catalogue knows
        return [entity for entity in outside if self.ontology.fits(entity.types, wanted)]

    # -- pronouns and left-out subjects ------------------------------------------------------------

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

    def _is_role(self, i: int) -> bool:
        """Whether *i* is a noun for a role, and not one for a kind of thing as well ("fund")."""
        frames = (
            f for form in self.tree.forms(i) for f in self.ontology.frames_for(form, self.tree.lang)
        )
        classes, _ = self.typing.class_at(i)
        return not classes and any(frame.pos == "NOUN" and _role_side(frame) for frame in frames)

    # -- choice ----------------------------------------------------------------------------------

    def _candidates(self, i: int, same_clause: bool = False) -> list[Referent]:
        """Referents within reach, without those that stand beside *i* as arguments of its verb."""
        return self.referents.near(i, () if same_clause else self._co_arguments(i))

    def _co_arguments(self, i: int) -> set[str]:
        verb = self.tree.governing_verb(i)
        head = verb if verb is not None else self.tree.head[i]
        own = set(self.tree.subtree(i))
        barred: set[str] = set()
        described = self.tree.bearers(self.tree.head[i]) if self.tree.dep[i] == "nmod" else []
        for k in [
            *described,
            *self.tree.kids[head],
            *self.tree.subjects(head),
            *self.tree.kids[i],
            *self.tree.genitives(i),
        ]:
            for at in (k, *self.tree.coordinated(k)):
                found = self.mentions.at(at)
                if (
                    found is not None
                    and found.mention.entity is not None
                    and (at not in own or at != i)
                ):
                    barred.add(found.mention.entity.iri)
        return barred

    def _choose(
        self, i: int, fitting: list[Referent], why: str, generic: bool, sure: float = _SURE
    ) -> tuple[Entity, float, str] | None:
        found = self.referents.best(i, fitting)
        if found is None:
            return None
        if len(fitting) == 1:
            return found.entity, min(sure, _LIKELY if generic else _SURE), why
        return found.entity, _PRONOUN if generic else _LIKELY, why


def _role_side(frame: Frame) -> str | None:
    """Which argument of a role frame its noun bears, where the other is its genitive."""
    bears = {"subject": frame.subject, "object": frame.object}
    other = {"subject": frame.object, "object": frame.subject}
    for side, paths in bears.items():
        borne = any(len(p) == 1 and p[0].role == "role" for p in paths)
        genitive = any(p[0].role == "gen" for p in other[side])
        if borne and genitive:
            return side
    return None
