"""Descriptions, pronouns and left-out subjects, resolved inside the article.

A model of the article's discourse is kept while its text is walked once: who was named, how often,
when last, as a subject or not, what kind of thing it is, where it sits. A description goes to the
one entity that its words fit ("the chipmaker", "a dona da Meo", "the Redmond group"); one that
fits several equally well, or none, stays unresolved and yields nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kg.model import Entity, Mention, MentionKind, Span
from kg.names import fold

if TYPE_CHECKING:
    from kg.catalogue import Catalogue
    from kg.frames import Match
    from kg.lexicon import Frame
    from kg.mentions import Mentions, TokenMention
    from kg.ontology import Ontology
    from kg.syntax import Tree

__all__ = ["Discourse"]

_WINDOW = 4  # sentences that a description reaches back
_MARGIN = 0.5  # by which the best candidate must lead
_SURE, _LIKELY, _PRONOUN, _IMPLICIT = 0.9, 0.75, 0.7, 0.65


@dataclass(slots=True)
class _Referent:
    """An entity of the article, as far as the text has been read."""

    entity: Entity
    last: int
    sentence: int
    count: int = 0
    subject_in: int = -9  # last sentence whose subject it was
    places: set[str] = field(default_factory=set)


class Discourse:
    """Resolves what is no name in one document; adds to its mentions.

    Parameters
    ----------
    tree, mentions
        The parsed document and its names.
    ontology, catalogue
        Class nouns and role frames; background that identifies descriptions.
    """

    def __init__(
        self, tree: Tree, mentions: Mentions, ontology: Ontology, catalogue: Catalogue
    ) -> None:
        self.tree, self.mentions = tree, mentions
        self.ontology, self.catalogue = ontology, catalogue
        self.referents: dict[str, _Referent] = {}
        self.facts: set[tuple[str, str, str]] = set()
        self.nouns = _class_nouns(ontology, tree.lang)

    # -- kinds that the text gives ---------------------------------------------------------------

    def type_names(self) -> None:
        """Give unknown names the kinds that the article's own words give them."""
        types: dict[str, set[str]] = {}
        for i in range(len(self.tree.text)):
            classes, _ = self._class_at(i)
            if not classes or self._named_at(i) is not None:
                continue
            for k in [*self.tree.bearers(i), *self.tree.named(i)]:
                found = self._named_at(k)
                if (
                    found is not None
                    and found.mention.entity is not None
                    and not found.mention.entity.known
                ):
                    types.setdefault(found.mention.entity.iri, set()).update(self._common(classes))
        for found in list(self.mentions):
            entity = found.mention.entity
            if entity is not None and entity.iri in types and not entity.known:
                kinds = tuple(sorted(types[entity.iri] | set(entity.types)))
                typed = replace(found.mention, entity=replace(entity, types=kinds), types=kinds)
                self.mentions.replace(replace(found, mention=typed))
        self._agree()

    def _agree(self) -> None:
        """All mentions of one unknown entity carry the kinds that any of them has."""
        best: dict[str, Entity] = {}
        for found in self.mentions:
            entity = found.mention.entity
            if entity is not None and not entity.known:
                known = best.get(entity.iri, entity)
                kinds = tuple(sorted({*known.types, *entity.types}))
                best[entity.iri] = replace(known, types=self._consistent(kinds))
        for found in list(self.mentions):
            entity = found.mention.entity
            if entity is not None and entity.iri in best and best[entity.iri] != entity:
                self.mentions.replace(
                    replace(found, mention=replace(found.mention, entity=best[entity.iri]))
                )

    def _consistent(self, kinds: tuple[str, ...]) -> tuple[str, ...]:
        """Kinds of one root only: specific ones win over what the recogniser guessed."""
        roots = self.ontology.roots(kinds)
        if len(roots) < 2:
            return kinds
        specific = [k for k in kinds if k not in roots]
        keep = self.ontology.roots(specific[:1]) if specific else frozenset(sorted(roots)[:1])
        return tuple(k for k in kinds if self.ontology.roots((k,)) & keep)

    def _common(self, classes: tuple[str, ...]) -> tuple[str, ...]:
        """The class itself, or what several readings of one noun have in common."""
        if len(classes) == 1:
            return classes
        return (
            tuple(sorted(self.ontology.roots(classes)))
            if len(self.ontology.roots(classes)) == 1
            else ()
        )

    def _class_at(self, i: int) -> tuple[tuple[str, ...], int]:
        """Classes of the class noun headed by token *i*, with the first token of it."""
        for words, classes in self.nouns.get(
            self.tree.lower[i], self.nouns.get(self.tree.lemma[i], ())
        ):
            start = i - len(words) + 1 if self.tree.lang in _HEAD_LAST else i
            places = range(start, start + len(words))
            if start >= 0 and places[-1] < len(self.tree.text):
                if all(w in self.tree.forms(k) for w, k in zip(words, places, strict=True)):
                    return classes, start
        return (), i

    def _named_at(self, i: int) -> TokenMention | None:
        found = self.mentions.at(i)
        named = {MentionKind.NAME, MentionKind.CATALOGUE, MentionKind.ACRONYM}
        return found if found is not None and found.mention.kind in named else None

    # -- one walk over the text ------------------------------------------------------------------

    def resolve(self, matches: Iterable[Match]) -> None:
        """Resolve descriptions in text order; *matches* of names alone are the article's own facts."""
        for match in matches:
            one, other = match.subject.mention.entity, match.object.mention.entity
            if one is not None and other is not None:
                self._learn(one.iri, match.relation, other.iri)
        i = 0
        while i < len(self.tree.text):
            found = self._named_at(i)
            if found is not None and found.mention.entity is not None:
                self._see(found.mention.entity, found.head)
                i = found.end
                continue
            self._visit(i)
            if self.tree.pos[i] in {"NOUN", "ADJ"}:
                self._imply(i)
            i += 1

    def _learn(self, one: str, relation: str, other: str) -> None:
        self.facts.add((one, relation, other))
        if self.ontology.properties[relation].symmetric:
            self.facts.add((other, relation, one))

    def _see(self, entity: Entity, i: int) -> None:
        sentence = self.tree.sentence[i]
        referent = self.referents.setdefault(entity.iri, _Referent(entity, i, sentence))
        referent.last, referent.sentence = i, sentence
        referent.count += 1
        if self.tree.dep[i] == "nsubj" or self._is_fronted(i):
            referent.subject_in = sentence
        for k in [*self.tree.kids_by(i, "amod", "appos", "compound", "nmod"), self.tree.head[i]]:
            if abs(k - i) <= 3:
                referent.places.add(fold(self.tree.lower[k]))

    def _is_fronted(self, i: int) -> bool:
        """Whether *i* opens its sentence without a preposition: the topic of a headline."""
        start, _ = self.tree.bounds[self.tree.sentence[i]]
        return i - start <= 1 and not self.tree.preps(i)

    def _visit(self, i: int) -> None:
        tree = self.tree
        if tree.pos[i] in {"NOUN", "ADJ", "PROPN"}:
            found = self._nominal(i)
        elif tree.is_word(i, "possessive") and tree.pos[i] in {"DET", "PRON", "ADJ"}:
            found = self._possessive(i)
        elif (
            tree.pos[i] == "PRON"
            and tree.is_word(i, "subjectPronoun")
            and tree.dep[i] in {"nsubj", "obj", "obl", "nmod"}
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
        from kg.mentions import TokenMention

        first = self.tree.noun_phrase_start(i) if kind is MentionKind.NOMINAL else i
        one, last = self.tree.doc[first], self.tree.doc[i]
        span = Span(one.idx, last.idx + len(last.text))
        text = self.tree.doc.text[span.start : span.end]
        mention = Mention(
            span, text, kind, entity, why=f"{why}: {entity.name}", confidence=confidence
        )
        found = TokenMention(i, i + 1, i, mention)
        if implicit:
            self.mentions.imply(found)
        elif kind is MentionKind.DROPPED:
            self.mentions.drop(found)
        else:
            self.mentions.add(found)

    # -- descriptions ----------------------------------------------------------------------------

    def _nominal(self, i: int) -> tuple[Entity, float, str] | None:
        if self._has_name(i) or self._is_indefinite(i) or self.tree.dep[i] in {"amod", "compound", "flat", "fixed"}:
            return None
        if self.tree.pos[i] == "ADJ" and not self.catalogue.is_place(self.tree.lower[i], self.tree.lang):
            return None
        by_role = self._by_role(i)
        if by_role is not None:
            return by_role
        if not self._is_definite(i) or self.tree.morph(i, "Number") == "Plur":
            return None
        classes, start = self._class_at(i)
        place = self._place_words(i)
        if classes:
            return self._by_class(i, classes, place)
        forms = {fold(self.tree.lower[i])}
        return self._by_place(i, forms) if self.tree.pos[i] != "PROPN" else None

    def _has_name(self, i: int) -> bool:
        """Whether the noun introduces a name ("a startup Anthropic") or is said of one."""
        around = [*self.tree.named(i), *self.tree.appositions(i)]
        return any(self._named_at(k) is not None for k in around)

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

    def _place_words(self, i: int) -> set[str]:
        near = [k for k in self.tree.kids_by(i, "amod", "compound", "nmod", "appos", "flat")]
        words = {fold(self.tree.lower[k]) for k in near if self._named_at(k) is None}
        return {w for w in words if self.catalogue.is_place(w, self.tree.lang)}

    def _by_class(
        self, i: int, classes: tuple[str, ...], place: set[str]
    ) -> tuple[Entity, float, str] | None:
        fitting = [
            r
            for r in self._candidates(i)
            if self.ontology.fits(self._types(r), classes)
            and (not place or place & self._places(r))
        ]
        generic = not (frozenset(classes) - self.ontology.roots(classes))
        return self._choose(i, fitting, f"description {self.tree.text[i]!r}", generic and not place)

    def _types(self, referent: _Referent) -> tuple[str, ...]:
        return referent.entity.types

    def _places(self, referent: _Referent) -> set[str]:
        known = {fold(label.text) for label in referent.entity.places}
        return known | referent.places

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
            if forms & self._places(r) and self.ontology.fits(self._types(r), organizations)
        ]
        return self._choose(i, fitting, f"demonym {self.tree.text[i]!r}", False)

    def _by_role(self, i: int) -> tuple[Entity, float, str] | None:
        """ "a criadora do ChatGPT", "its parent": who stands in a known relation to the genitive."""
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
        named = {iri: r.entity for iri, r in self.referents.items()}
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
        fitting = [r for r in self._candidates(i) if self._types(r)]
        return self._choose(i, fitting, f"pronoun {self.tree.text[i]!r}", True, _PRONOUN)

    def _possessive(self, i: int) -> tuple[Entity, float, str] | None:
        noun = self.tree.head[i]
        described = {
            m.mention.entity.iri
            for k in self.tree.bearers(noun)
            if (m := self.mentions.at(k)) and m.mention.entity
        }
        verb = self.tree.governing_verb(noun) or (noun if self.tree.is_verb(noun) else None)
        if verb is not None:
            for k in self.tree.subjects(verb):
                found = self.mentions.at(k) or self.mentions.dropped(verb)
                inside = noun == k or k in set(self.tree.subtree(noun))
                if (
                    found is None
                    or found.mention.entity is None
                    or found.mention.entity.iri in described
                ):
                    continue
                if not inside and k < i:
                    why = f"possessive {self.tree.text[i]!r}"
                    return found.mention.entity, _PRONOUN, why
        fitting = self._organizations(self._candidates(i, same_clause=True))
        fitting = [r for r in fitting if r.entity.iri not in described]
        return self._choose(i, fitting, f"possessive {self.tree.text[i]!r}", True, _PRONOUN)

    def _organizations(self, referents: Iterable[_Referent]) -> list[_Referent]:
        wanted = self.ontology.recognised("ORG")
        return [r for r in referents if self.ontology.fits(self._types(r), wanted)]

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
        if tree.dep[carrier] not in {"root", "ROOT", "ccomp"} or tree.is_passive(carrier):
            return
        if any(tree.dep[k] in {"nsubj", "csubj", "expl"} for k in tree.kids[carrier]):
            return
        sentence = tree.sentence[i]
        topics = [
            r
            for r in self._organizations(self.referents.values())
            if r.subject_in in {sentence, sentence - 1}
        ]
        latest = max((r.subject_in for r in topics), default=-1)
        topics = [r for r in topics if r.subject_in == latest]
        if len(topics) == 1:
            self._put(carrier, topics[0].entity, MentionKind.DROPPED, 0.65, "subject left out")

    def _imply(self, i: int) -> None:
        """A role noun or a share without a genitive is the topic's: "Oracle is a customer too"."""
        if self.tree.genitives(i, 1) or not (self.tree.is_word(i, "share") or self._is_role(i)):
            return
        fitting = self._organizations(self._candidates(i))
        found = self._choose(i, fitting, f"left out beside {self.tree.text[i]!r}", True)
        if found is not None:
            self._put(
                i, found[0], MentionKind.DROPPED, min(found[1], _IMPLICIT), found[2], implicit=True
            )

    def _is_role(self, i: int) -> bool:
        """Whether *i* is a noun for a role, and not one for a kind of thing as well ("fund")."""
        frames = (
            f for form in self.tree.forms(i) for f in self.ontology.frames_for(form, self.tree.lang)
        )
        classes, _ = self._class_at(i)
        return not classes and any(frame.pos == "NOUN" and _role_side(frame) for frame in frames)

    # -- choice ----------------------------------------------------------------------------------

    def _candidates(self, i: int, same_clause: bool = False) -> list[_Referent]:
        """Referents within reach, without those that stand beside *i* as arguments of its verb."""
        sentence = self.tree.sentence[i]
        barred = set() if same_clause else self._co_arguments(i)
        return [
            r
            for iri, r in sorted(self.referents.items())
            if sentence - r.sentence <= _WINDOW and iri not in barred
        ]

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
        self, i: int, fitting: list[_Referent], why: str, generic: bool, sure: float = _SURE
    ) -> tuple[Entity, float, str] | None:
        if not fitting:
            return None
        if len(fitting) == 1:
            return fitting[0].entity, min(sure, _LIKELY if generic else _SURE), why
        ranked = sorted(fitting, key=lambda r: (-self._salience(r, i), -r.last, r.entity.iri))
        lead = self._salience(ranked[0], i) - self._salience(ranked[1], i)
        if lead < _MARGIN:
            return None
        return ranked[0].entity, _PRONOUN if generic else _LIKELY, why

    def _salience(self, referent: _Referent, i: int) -> float:
        sentence = self.tree.sentence[i]
        recency = 3.0 / (1 + sentence - referent.sentence)
        topic = 1.5 / (1 + sentence - referent.subject_in) if referent.subject_in >= 0 else 0.0
        return recency + topic + min(referent.count, 6) * 0.15


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


_HEAD_LAST = frozenset({"en", "de", "nl"})  # languages whose compounds end in their head


def _class_nouns(
    ontology: Ontology, lang: str
) -> dict[str, list[tuple[list[str], tuple[str, ...]]]]:
    """Class nouns by the word that heads them, longest first."""
    found: dict[str, list[tuple[list[str], tuple[str, ...]]]] = {}
    for noun, classes in ontology.class_nouns(lang).items():
        words = re.findall(r"\w+|[^\w\s]", noun)
        head = words[-1] if lang in _HEAD_LAST else words[0]
        found.setdefault(head, []).append((words, classes))
    for group in found.values():
        group.sort(key=lambda entry: (-len(entry[0]), entry[0]))
    return found
