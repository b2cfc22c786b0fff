"""Frames on a parsed document: which words carry which relation between which mentions.

Takes a :class:`~kg.syntax.Tree`, :class:`~kg.mentions.Mentions` and the ontology's frames, gives
:class:`Match`es. Nothing here knows a relation or a word: paths are followed as the lexicon has
them (see ``ontology/lexicon/README.md``), and an argument counts only where a mention stands whose
kind fits the relation's domain or range.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from kg.anchors import SentenceAnchors, Triple
from kg.arguments import Arguments
from kg.lexicon import Frame, Path
from kg.paths import PathFollower

if TYPE_CHECKING:
    from kg.catalogue import Catalogue
    from kg.mentions import Mentions, TokenMention
    from kg.ontology import Ontology, Relation
    from kg.syntax import Tree

__all__ = ["FrameMatcher", "Match", "Trigger"]

_UNTYPED = 0.75  # confidence left where nothing says what kind of thing a name is
_BY_ORDER = 0.75  # of an argument found by word order alone
_STRONG = 0.75  # confidence that a frame must have for word order to do
_LINEAR = "by order:"
_GENITIVE = 0.7  # of a relation that a bare genitive carries


@dataclass(frozen=True, slots=True)
class Match:
    """A relation found at token ``trigger`` between two mentions; ``why`` is for ``--explain``."""

    relation: str
    trigger: int
    subject: TokenMention
    object: TokenMention
    confidence: float
    frame: Frame | None
    why: tuple[str, ...]

    @property
    def triple(self) -> Triple:
        """What it states, by IRIs."""
        one, other = self.subject.mention.entity, self.object.mention.entity
        return one.iri if one else "", self.relation, other.iri if other else ""


@dataclass(frozen=True, slots=True)
class Trigger:
    """A word and a frame that it may evoke; ``holds``: what the frame asks beside its arguments is met."""

    token: int
    frame: Frame
    holds: bool


class FrameMatcher:
    """Matches all frames of the ontology on one document."""

    def __init__(
        self, tree: Tree, mentions: Mentions, ontology: Ontology, catalogue: Catalogue
    ) -> None:
        self.tree, self.mentions, self.ontology = tree, mentions, ontology
        self.paths = PathFollower(tree, mentions, ontology)
        self.names = Arguments(tree, mentions, ontology, catalogue)
        self._triggers: dict[int, tuple[Trigger, ...]] = {}  # by sentence, as are the matches
        self._in_sentence: dict[int, tuple[Match, ...]] = {}
        self._matches: tuple[Match, ...] = ()
        self._sentences: tuple[SentenceAnchors, ...] | None = None
        self._changes = 0  # of the mentions, as far as they have been looked at

    def matches(self) -> tuple[Match, ...]:
        """All matches in text order of their triggers.

        Asked again, only sentences whose mentions have changed are looked at again.
        """
        changes = self.mentions.changes[self._changes :]
        if changes:
            self._changes += len(changes)
            for number in {self.tree.sentence[i] for i in changes}:
                self._triggers.pop(number, None)
                self._in_sentence[number] = tuple(self._matches_in(number))
            inside = (m for number in sorted(self._in_sentence) for m in self._in_sentence[number])
            nominal = (*self._genitive_matches(), *self._known_owner_matches())
            self._matches, self._sentences = (*inside, *nominal), None
        return self._matches

    def sentences(self) -> tuple[SentenceAnchors, ...]:
        """Those that speak of two entities at least, in text order."""
        matches = self.matches()
        if self._sentences is None:
            related: dict[int, set[Triple]] = {}
            for match in matches:
                related.setdefault(self.tree.sentence[match.trigger], set()).add(match.triple)
            found = (
                SentenceAnchors(self, number, frozenset(related.get(number, ())))
                for number in range(len(self.tree.bounds))
            )
            self._sentences = tuple(anchors for anchors in found if anchors.entities > 1)
        return self._sentences

    def triggers(self, number: int) -> tuple[Trigger, ...]:
        """The words of sentence *number* with the frames that they may evoke, in text order."""
        if number not in self._triggers:
            self._triggers[number] = tuple(
                Trigger(i, frame, self._holds(i, frame))
                for i in range(*self.tree.bounds[number])
                if not self.paths.is_name(i)
                for frame in self.paths.frames_at(i)
            )
        return self._triggers[number]

    def _matches_in(self, number: int) -> Iterator[Match]:
        if self.mentions.count(*self.tree.bounds[number]) < 2:
            return  # nothing there stands in a relation to anything
        for trigger in self.triggers(number):
            if trigger.holds:
                yield from self._match(trigger.token, trigger.frame)

    def _holds(self, i: int, frame: Frame) -> bool:
        """Whether what *frame* asks to stand at token *i* beside its arguments stands there."""
        needed = all(self.paths.follow(i, path) for path in frame.requires)
        return needed and not any(self.paths.is_barred(i, path) for path in frame.forbids)

    def _match(self, i: int, frame: Frame) -> Iterator[Match]:
        relation = self.ontology.properties[frame.relation]
        subjects, by_subject = self._arguments(
            i, frame.subject, relation.domain, [], relation.through_maker
        )
        subjects, by_subject = (
            (subjects, by_subject) if subjects else self._beside(i, frame, relation, True)
        )
        if not subjects:
            return
        objects, by_object = self._arguments(i, frame.object, relation.range, subjects)
        if not objects and relation.symmetric and frame.is_role:
            subjects = self._bearers(i, relation)  # "A and B, long rivals,": each stands there
        if not objects and len(subjects) > 1 and self._is_mutual(i, frame, relation, subjects):
            mutual = (f"frame {frame}", f"both {by_subject}")  # "A and B announced a partnership"
            for one, other in combinations(subjects, 2):
                yield from self._pairs(i, relation, [one], [other], frame.confidence, frame, mutual)
            return
        if not objects:
            objects, by_object = self._beside(i, frame, relation, False)
            taken = {m.mention.entity.iri for m in subjects if m.mention.entity}
            objects = [m for m in objects if m.mention.entity and m.mention.entity.iri not in taken]
        if relation.when_shared and len(objects) > 1:
            relation, subjects, objects = self._shared(relation, subjects, objects)
        why = (f"frame {frame}", f"subject {by_subject}", f"object {by_object}")
        linear = by_subject.startswith(_LINEAR) + by_object.startswith(_LINEAR)
        confidence = frame.confidence * _BY_ORDER**linear
        yield from self._pairs(i, relation, subjects, objects, confidence, frame, why)

    def _bearers(self, i: int, relation: Relation) -> list[TokenMention]:
        """All who bear the role that noun *i* names, each once."""
        found = (m for k in self.tree.bearers(i) for m in self.names.resolve(k))
        named = {m.mention.entity.iri: m for m in found if m.mention.entity is not None}
        return [m for m in named.values() if self.names.stands(m, relation.domain)]

    def _is_mutual(
        self, i: int, frame: Frame, relation: Relation, found: list[TokenMention]
    ) -> bool:
        """Whether several on one side stand to each other: "A and B announced a partnership",
        "A, B e C, as três rivais", "A and B, long rivals,", but not "a NOS ganha às rivais A e B".
        """
        if relation.symmetric and set(frame.subject) & set(frame.object):
            return True
        tree = self.tree
        counted = any(True for _ in tree.kids_by(i, "nummod", "cop"))
        counted = counted or all(m.end <= i for m in found)
        plural = tree.morph(i, "Number") == "Plur"
        owned = any(
            tree.dep[k] != "compound" or self.paths.is_name(k) for k in tree.genitives(i, 1)
        )
        return relation.symmetric and frame.is_role and plural and counted and not owned

    def _shared(
        self, relation: Relation, subjects: list[TokenMention], objects: list[TokenMention]
    ) -> tuple[Relation, list[TokenMention], list[TokenMention]]:
        """What a relation to one becomes where there are several: two owners are two investors."""
        instead = self.ontology.properties[relation.when_shared]
        if instead.inverse_of:
            return self.ontology.properties[instead.inverse_of], objects, subjects
        return instead, subjects, objects

    def _beside(
        self, i: int, frame: Frame, relation: Relation, subject: bool
    ) -> tuple[list[TokenMention], str]:
        """The nearest mention on the side where word order puts the argument.

        Parsers misplace arguments in long sentences; where the tree gives none, the mention next to
        a finite verb, with nothing but its own phrase in between, is taken at a lower confidence.
        """
        if frame.pos != "VERB" or frame.confidence < _STRONG or not self.tree.is_verb(i):
            return [], ""
        passive = self.tree.is_passive(i)
        paths = frame.subject if subject else frame.object
        allowed = relation.domain if subject else relation.range
        for path in paths:
            if len(path) != 1 or path[0].role not in {"subj", "obj", "pp"}:
                continue
            role, preps = path[0].role, path[0].preps
            before = (role == "subj" and not passive) or (role == "obj" and passive)
            if role == "subj" and passive:
                preps = self.tree.words("agentPrep")
            found = (
                self.names.mention_before(self.tree.clause_head(i))
                if before
                else self.names.mention_after(i, preps)
            )
            if found is not None and self.names.stands(found, allowed):
                return [
                    m for m in self.names.resolve(found.head) if self.names.stands(m, allowed)
                ], f"{_LINEAR} {role}"
        return [], ""

    def _pairs(
        self,
        i: int,
        relation: Relation,
        subjects: list[TokenMention],
        objects: list[TokenMention],
        confidence: float,
        frame: Frame | None,
        why: tuple[str, ...],
    ) -> Iterator[Match]:
        for subject in subjects:
            for object_ in objects:
                if self.contradicts(subject, object_, relation):
                    continue
                if frame is not None and self._may_be_owned(frame, relation, object_):
                    continue
                weight = self.weight(relation, subject, object_)
                if weight:
                    yield Match(relation.name, i, subject, object_, confidence * weight, frame, why)

    def _may_be_owned(self, frame: Frame, relation: Relation, object_: TokenMention) -> bool:
        """Whether a name of unknown kind may as well be a company, of which the word says another thing.

        "The owner of Saks" does not develop it, unless Saks is known to be a product.
        """
        entity = object_.mention.entity
        company = self.ontology.recognised("ORG")
        if entity is None or entity.types or self.ontology.fits(company, relation.range):
            return False
        ends = {frame.subject[0], frame.object[0]}
        return any(
            other.pos == frame.pos
            and {other.subject[0], other.object[0]} == ends
            and self.ontology.fits(company, self.ontology.properties[other.relation].range)
            for other in self.ontology.frames_for(frame.lemma, frame.lang)
        )

    def weight(self, relation: Relation, subject: TokenMention, object_: TokenMention) -> float:
        """Product of how sure the two arguments are, 0 where they cannot stand together."""
        one, other = subject.mention.entity, object_.mention.entity
        if one is None or other is None or one.iri == other.iri:
            return 0.0
        if relation.same_kind:
            kinds = self.ontology.roots(one.types), self.ontology.roots(other.types)
            if all(kinds) and not (kinds[0] & kinds[1]):
                return 0.0
        untyped = [_UNTYPED for entity in (one, other) if not entity.types]
        weight = subject.mention.confidence * object_.mention.confidence
        for factor in untyped:
            weight *= factor
        return weight

    def _arguments(
        self,
        i: int,
        paths: tuple[Path, ...],
        allowed: tuple[str, ...],
        others: list[TokenMention],
        through_maker: tuple[str, ...] = (),
    ) -> tuple[list[TokenMention], str]:
        """Mentions at the first path that leads to some of an allowed kind, with the path's text."""
        taken = {other.mention.entity.iri for other in others if other.mention.entity}
        for path in paths:
            alone = path[-1].role == "role" and self.tree.morph(i, "Number") != "Plur"
            for k in self.paths.follow(i, path):
                found = self.names.resolve_one(k, 0) if alone else self.names.resolve(k)
                group = [m for m in found if self.names.stands(m, allowed)]
                group = group or self.names.makers(found, allowed, through_maker)
                group = [m for m in group if m.mention.entity and m.mention.entity.iri not in taken]
                if group:
                    return group, ">".join(map(str, path))
        return self._left_out(i, paths, allowed, taken)

    def _left_out(
        self, i: int, paths: tuple[Path, ...], allowed: tuple[str, ...], taken: set[str]
    ) -> tuple[list[TokenMention], str]:
        """The possessor that discourse supplies where a genitive path finds no genitive at all."""
        for path in paths:
            if path[-1].role == "gen":
                for k in self.paths.follow(i, path[:-1]):
                    found = self.mentions.implicit(k)
                    if (
                        (
                            found is not None
                            and self.names.stands(found, allowed)
                            and not self.tree.genitives(k, 1)
                        )
                        and found.mention.entity
                        and found.mention.entity.iri not in taken
                    ):
                        return [found], f"{'>'.join(map(str, path))} left out"
        return [], ""

    def _genitive_matches(self) -> Iterator[Match]:
        """Relations that need no other word: "OpenAI's ChatGPT", "o Claude, da Anthropic"."""
        relations = [r for r in self.ontology.relations.values() if r.genitive]
        for found in self.mentions:
            for relation in relations:
                entity = found.mention.entity
                if entity is not None and entity.types and self.names.fits(entity, relation.range):
                    yield from self._owners(found, relation)

    def _known_owner_matches(self) -> Iterator[Match]:
        """Bare genitives that count where the catalogue knows them: "Alphabet's Waymo"."""
        for prop in self.ontology.properties.values():
            if not (prop.genitive_if_known and prop.inverse_of):
                continue
            relation = self.ontology.properties[prop.inverse_of]
            for found in self.mentions:
                yield from self._known_owners(found, relation)

    def _known_owners(self, found: TokenMention, relation: Relation) -> Iterator[Match]:
        entity = found.mention.entity
        if entity is None or not self.names.fits(entity, relation.domain):
            return
        for k in self._owner_places(found):
            owner = self.mentions.at(k)
            if owner is None or owner.mention.entity is None:
                continue
            if (relation.name, owner.mention.entity.iri) in entity.facts:
                why = (f"genitive {owner.mention.text!r} of {found.mention.text!r}",)
                yield from self._pairs(found.head, relation, [found], [owner], _GENITIVE, None, why)
                return

    def _owners(self, found: TokenMention, relation: Relation) -> Iterator[Match]:
        for k in self._owner_places(found):
            owner = self.mentions.at(k)
            if owner is None or owner is found or not self.names.stands(owner, relation.domain):
                continue
            if (
                owner.mention.entity
                and found.mention.entity
                and self.contradicts(owner, found, relation)
            ):
                continue
            why = (f"genitive {owner.mention.text!r} of {found.mention.text!r}",)
            yield from self._pairs(found.head, relation, [owner], [found], _GENITIVE, None, why)
            return

    def _owner_places(self, found: TokenMention) -> list[int]:
        """Where the owner of a name may stand: its genitive, that of its head noun, after a comma."""
        tree, head = self.tree, found.head
        places = [k for k in tree.genitives(head, 1) if not found.start <= k < found.end]
        above = tree.head[head]
        if (
            tree.dep[head] in {"flat", "appos", "compound", "nmod"}
            and not tree.preps(head)
            and above != head
        ):
            noun = tree.lower[above] == tree.text[above]
            places += [
                k for k in tree.genitives(above, 1) if noun and not found.start <= k < found.end
            ]
        before = found.start - 1
        if (
            before >= 0
            and self.mentions.at(before) is not None
            and tree.head[before] in range(found.start, found.end)
        ):
            places.append(before)
        at = found.end
        if at + 2 < len(tree.text) and tree.text[at] == ",":
            after = at + 1 if tree.lower[at + 1] in tree.words("genitivePrep") else 0
            if after and self.mentions.at(after + 1) is not None:
                places.append(after + 1)
        return list(dict.fromkeys(places))

    def contradicts(self, subject: TokenMention, object_: TokenMention, relation: Relation) -> bool:
        """Whether the catalogue speaks against it: "the iPhone of Vodafone", "Alphabet, a unit of Google"."""
        one, other = subject.mention.entity, object_.mention.entity
        if one is None or other is None:
            return False
        if relation.asymmetric and (relation.name, one.iri) in other.facts:
            return True
        inverse = self.ontology.inverse(relation.name) if relation.genitive else None
        if inverse is None:
            return False
        makers = {iri for name, iri in other.facts if name == inverse.name}
        family = {one.iri, *(iri for _, iri in one.facts)}
        return bool(makers) and not (makers & family)
