"""Frames on a parsed document: which words carry which relation between which mentions.

Takes a :class:`~kg.syntax.Tree`, :class:`~kg.mentions.Mentions` and the ontology's frames, gives
:class:`Match`es. Nothing here knows a relation or a word: paths are followed as the lexicon has
them (see ``ontology/lexicon/README.md``), and an argument counts only where a mention stands whose
kind fits the relation's domain or range.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kg.lexicon import Frame, Path, Step
from kg.model import MentionKind

if TYPE_CHECKING:
    from kg.catalogue import Catalogue
    from kg.mentions import Mentions, TokenMention
    from kg.model import Entity
    from kg.ontology import Ontology, Relation
    from kg.syntax import Tree

__all__ = ["FrameMatcher", "Match"]

_UNTYPED = 0.75  # confidence left where nothing says what kind of thing a name is
_NAMED = frozenset({MentionKind.NAME, MentionKind.CATALOGUE, MentionKind.ACRONYM})
_BY_MAKER = 0.8  # of a vendor that stands behind a product named in its place
_BY_ORDER = 0.75  # of an argument found by word order alone
_STRONG = 0.75  # confidence that a frame must have for word order to do
_REACH = 12  # tokens between a verb and an argument found by word order
_LINEAR = "by order:"
_GENITIVE = 0.7  # of a relation that a bare genitive carries
_POS = {
    "VERB": frozenset({"VERB", "AUX"}),
    "NOUN": frozenset({"NOUN", "ADJ", "PROPN"}),
    "ADJ": frozenset({"ADJ", "NOUN", "VERB"}),
}


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


class FrameMatcher:
    """Matches all frames of the ontology on one document."""

    def __init__(
        self, tree: Tree, mentions: Mentions, ontology: Ontology, catalogue: Catalogue
    ) -> None:
        self.tree, self.mentions = tree, mentions
        self.ontology, self.catalogue = ontology, catalogue

    def matches(self) -> Iterator[Match]:
        """All matches in text order of their triggers."""
        for i in range(len(self.tree.text)):
            if not self._is_name(i):
                for frame in self._frames(i):
                    yield from self._match(i, frame)
        yield from self._genitive_matches()

    def _is_name(self, i: int) -> bool:
        found = self.mentions.at(i)
        return found is not None and found.mention.kind in _NAMED

    def _frames(self, i: int) -> Iterator[Frame]:
        seen: set[int] = set()
        for form in self.tree.forms(i):
            for frame in self.ontology.frames_for(form, self.tree.lang):
                if id(frame) not in seen and self._pos_fits(i, frame.pos):
                    seen.add(id(frame))
                    yield frame

    def _pos_fits(self, i: int, pos: str) -> bool:
        if self.tree.pos[i] in _POS[pos]:
            return True
        return (
            pos == "VERB"
            and self.tree.pos[i] in {"ADJ", "NOUN"}
            and self.tree.morph(i, "VerbForm") != ""
        )

    def _match(self, i: int, frame: Frame) -> Iterator[Match]:
        if not all(self.follow(i, path) for path in frame.requires):
            return
        if any(self.follow(i, path) for path in frame.forbids):
            return
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
        if not objects and len(subjects) > 1 and self._is_mutual(i, frame, relation):
            why = (f"frame {frame}", f"both {by_subject}")  # "A and B announced a partnership"
            for one, other in combinations(subjects, 2):
                yield from self._pairs(i, relation, [one], [other], frame.confidence, frame, why)
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

    def _is_mutual(self, i: int, frame: Frame, relation: Relation) -> bool:
        """Whether several on one side stand to each other: "A and B announced a partnership",
        "A, B e C, as três rivais", but not "a NOS ganha às rivais A e B"."""
        if relation.symmetric and set(frame.subject) & set(frame.object):
            return True
        tree = self.tree
        counted = any(True for _ in tree.kids_by(i, "nummod", "cop"))
        plural = tree.morph(i, "Number") == "Plur"
        return relation.symmetric and frame.is_role and plural and counted and not tree.genitives(i, 1)

    def _shared(
        self, relation: Relation, subjects: list[TokenMention], objects: list[TokenMention]
    ) -> tuple[Relation, list[TokenMention], list[TokenMention]]:
        """What a relation to one becomes where there are several: two owners are two investors."""
        instead = self.ontology.properties[relation.when_shared]
        if instead.inverse_of:
            return self.ontology.properties[instead.inverse_of], objects, subjects
        return instead, subjects, objects

    # -- by word order -------------------------------------------------------------------------

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
                self._mention_before(self.tree.clause_head(i))
                if before
                else self._mention_after(i, preps)
            )
            if found is not None and self._fits(found, allowed):
                return [
                    m for m in self.resolve(found.head) if self._fits(m, allowed)
                ], f"{_LINEAR} {role}"
        return [], ""

    def _mention_before(self, i: int) -> TokenMention | None:
        """The mention right before the verb group, through its auxiliaries, adverbs and relative."""
        tree = self.tree
        start, _ = tree.bounds[tree.sentence[i]]
        i = min([i, *tree.kids_by(i, "aux")])  # "has by most accounts invested"
        for at in range(i - 1, start - 1, -1):
            if (found := self.mentions.at(at)) is not None:
                governed = any(True for _ in self._preps_before(found.start))
                free = not governed or self._relative_between(found.end, i)
                return found if free else None
            if tree.text[at] == "," and (outer := self._before_parenthesis(start, at)) is not None:
                return outer
            light = (
                tree.pos[at] in {"AUX", "ADV", "PART"}
                or tree.is_relative(at)
                or tree.text[at] == ","
            )
            if not light:
                return None
        return None

    def _before_parenthesis(self, start: int, comma: int) -> TokenMention | None:
        """The name that opens the clause in "X, whose …, agreed": set off by a comma, without a
        preposition, at the start or after a break."""
        for at in range(comma - 1, max(start, comma - 30) - 1, -1):
            found = self.mentions.at(at)
            if found is None or self.tree.text[found.end] != "," or found.end == comma:
                continue
            opener = found.start - 1
            while opener > start and self.tree.pos[opener] == "DET":
                opener -= 1
            opens = (
                opener < start
                or self.tree.text[opener] in {":", ";", "—", "–"}
                or self.tree.pos[opener] in {"CCONJ", "DET"}
            )
            return found if opens and not self.tree.preps(found.head) else None
        return None

    def _relative_between(self, start: int, end: int) -> bool:
        return any(self.tree.is_relative(k) for k in range(start, end))

    def _mention_after(self, i: int, preps: frozenset[str]) -> TokenMention | None:
        """The first mention after the verb that stands with one of *preps* (none: without any)."""
        tree = self.tree
        _, end = tree.bounds[tree.sentence[i]]
        for at in range(i + 1, min(i + _REACH, end)):
            if (found := self.mentions.at(at)) is not None:
                if found.mention.kind is MentionKind.PRONOUN:
                    return None
                before = set(self._preps_before(at))
                return found if (before & preps if preps else not before) else None
            if tree.pos[at] in {"VERB", "AUX", "SCONJ"} or tree.text[at] in {
                ",",
                ";",
                ":",
                "(",
                ")",
            }:
                return None
        return None

    def _preps_before(self, at: int) -> Iterator[str]:
        """Preposition of the noun phrase that token *at* belongs to, by word order."""
        tree, k = self.tree, at - 1
        while k > 0 and tree.pos[k] in {"DET", "ADJ", "NUM"}:
            k -= 1
        if tree.pos[k] == "ADP" and tree.lower[k] not in tree.words("articleLikePrep"):
            yield from tree.forms(k)

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
                if relation.genitive and self._contradicts(subject, object_, relation):
                    continue
                weight = self._weight(relation, subject, object_)
                if weight:
                    yield Match(relation.name, i, subject, object_, confidence * weight, frame, why)

    def _weight(self, relation: Relation, subject: TokenMention, object_: TokenMention) -> float:
        """Product of how sure the two arguments are, 0 where they cannot stand together."""
        one, other = subject.mention.entity, object_.mention.entity
        if one is None or other is None or one.iri == other.iri:
            return 0.0
        kinds = self.ontology.roots(one.types), self.ontology.roots(other.types)
        if relation.same_kind and all(kinds) and not (kinds[0] & kinds[1]):
            return 0.0
        untyped = [_UNTYPED for entity in (one, other) if not entity.types]
        weight = subject.mention.confidence * object_.mention.confidence
        for factor in untyped:
            weight *= factor
        return weight

    # -- paths ---------------------------------------------------------------------------------

    def follow(self, i: int, path: Path) -> list[int]:
        """Tokens that *path* leads to from trigger *i*, the likeliest first."""
        places = [i]
        for step in path:
            places = [k for at in places for k in self._step(at, step)]
        return list(dict.fromkeys(places))

    def _step(self, i: int, step: Step) -> list[int]:
        found = self._role(i, step)
        if step.lemmas:
            common = (
                k for k in found if not self._is_name(k)
            )  # "Ampere Computing" is no computing
            return [k for k in common if self._has_lemma(k, step.lemmas)]
        return found

    def _has_lemma(self, k: int, lemmas: frozenset[str]) -> bool:
        """Whether *k*, or the noun counted by the number *k*, is one of *lemmas*."""
        if not lemmas.isdisjoint(self.tree.forms(k)):
            return True
        counted = self.tree.kids_by(k, "flat", "nmod") if self.tree.pos[k] in {"NUM", "SYM"} else ()
        return any(not lemmas.isdisjoint(self.tree.forms(c)) for c in counted)

    def _role(self, i: int, step: Step) -> list[int]:
        tree = self.tree
        if step.role == "subj":
            return self._subjects(i)
        if step.role == "obj":
            return self._objects(i)
        if step.role == "pp":
            return tree.phrases(i, step.preps)
        if step.role == "gen":
            return tree.genitives(i)
        if step.role == "role":
            return [*tree.bearers(i), i]  # the noun itself where discourse resolved it
        if step.role == "iobj":
            return [*tree.kids_by(i, "iobj"), *tree.phrases(i, tree.words("recipientPrep"))]
        if step.role == "mod":
            particles = (k for k in tree.kids[i] if tree.full[k] == "compound:prt")
            return [*tree.kids_by(i, "amod", "advmod"), *particles]
        if step.role == "comp":
            return list(tree.kids_by(i, "xcomp", "ccomp", "advcl", "acl"))
        return [i]

    def _subjects(self, i: int) -> list[int]:
        if self.tree.is_verb(i):
            found = self.tree.subjects(i)
            return found or self._dropped(i)
        return [*self.tree.agents(i), *self._support(i, "subject")]

    def _dropped(self, i: int) -> list[int]:
        """The finite verb above *i* whose ending stands for a subject that discourse resolved."""
        at = i
        for _ in range(6):
            if self.mentions.dropped(at) is not None:
                return [at]
            if self.tree.dep[at] not in {"xcomp", "conj", "advcl", "aux", "ccomp"}:
                return []
            at = self.tree.head[at]
        return []

    def _objects(self, i: int) -> list[int]:
        if self.tree.is_verb(i):
            return self.tree.objects(i)
        return self._support(i, "object")

    def _support(self, i: int, role: str) -> list[int]:
        """Subject of the verb that carries noun *i*, where it plays *role* of the noun."""
        verb = self.tree.governing_verb(i)
        if verb is None:
            return []
        support = next(
            (
                s
                for f in self.tree.forms(verb)
                if (s := self.ontology.lexicon.supports.get((self.tree.lang, f)))
            ),
            None,
        )
        if support is None and (any(f.is_role for f in self._frames(i)) or not self._is_cue(verb)):
            return []  # "cancelled orders of the model X": nobody's role there
        plays = support.plays if support is not None else "subject"
        if plays != role:
            return []
        return self.tree.governing_subjects(i) or self._dropped(verb)

    def _is_cue(self, i: int) -> bool:
        """Whether verb *i* decides a status, and so speaks of its own subject's deal."""
        tree = self.tree
        return any(self.ontology.cues_for(form, tree.lang) for form in tree.forms(i)) or tree.is_word(i, "saying")

    # -- arguments -----------------------------------------------------------------------------

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
            for k in self.follow(i, path):
                found = self._resolve_one(k, 0) if alone else self.resolve(k)
                group = [m for m in found if self._fits(m, allowed)]
                group = group or self._makers(found, allowed, through_maker)
                group = [m for m in group if m.mention.entity and m.mention.entity.iri not in taken]
                if group:
                    return group, ">".join(map(str, path))
        return self._left_out(i, paths, allowed, taken)

    def _makers(
        self, found: list[TokenMention], allowed: tuple[str, ...], kinds: tuple[str, ...]
    ) -> list[TokenMention]:
        """Makers of products that stand where only their vendor can: "services from Azure"."""
        return [
            replace(
                m,
                mention=replace(
                    m.mention, entity=maker, confidence=m.mention.confidence * _BY_MAKER, why=why
                ),
            )
            for m in found
            if m.mention.entity is not None and self.ontology.fits(m.mention.entity.types, kinds)
            for maker in self._owners_known(m.mention.entity)[:1]
            if self.fits(maker, allowed)
            for why in (f"maker of {m.mention.entity.name}",)
        ]

    def _owners_known(self, product: Entity) -> list[Entity]:
        """Who stands behind a product by the catalogue, through a relation that genitives carry."""
        inverses = {
            inverse.name
            for relation in self.ontology.relations.values()
            if relation.genitive and (inverse := self.ontology.inverse(relation.name))
        }
        return [
            self.catalogue.entities[iri]
            for name, iri in product.facts
            if name in inverses and iri in self.catalogue.entities
        ]

    def _left_out(
        self, i: int, paths: tuple[Path, ...], allowed: tuple[str, ...], taken: set[str]
    ) -> tuple[list[TokenMention], str]:
        """The possessor that discourse supplies where a genitive path finds no genitive at all."""
        for path in paths:
            if path[-1].role == "gen":
                for k in self.follow(i, path[:-1]):
                    found = self.mentions.implicit(k)
                    if (
                        found is not None
                        and self._fits(found, allowed)
                        and not self.tree.genitives(k, 1)
                    ):
                        if found.mention.entity and found.mention.entity.iri not in taken:
                            return [found], f"{'>'.join(map(str, path))} left out"
        return [], ""

    def _fits(self, found: TokenMention, allowed: tuple[str, ...]) -> bool:
        entity = found.mention.entity
        if entity is None:
            return False
        return self.fits(entity, allowed)

    def fits(self, entity: Entity, allowed: tuple[str, ...]) -> bool:
        """Whether *entity* may stand where *allowed* classes are asked for; unknown kinds may."""
        if entity.types:
            return self.ontology.fits(entity.types, allowed)
        return bool(frozenset(allowed) & self._open_kinds)

    @property
    def _open_kinds(self) -> frozenset[str]:
        """Kinds that a name of unknown kind may be: the top ones, not chips or models."""
        tops = {t for name in self.ontology.classes for t in self.ontology.roots((name,))}
        above = {parent for t in tops for parent in self.ontology.classes[t].parents}
        return frozenset(tops | above)

    def resolve(self, i: int) -> list[TokenMention]:
        """Mentions that token *i* stands for, with those coordinated with it."""
        found: list[TokenMention] = self._resolve_one(i, 0)
        for k in self._true_conjuncts(i):
            found += self._resolve_one(k, 0)
        for mention in list(found):
            found += [m for m in self._listed(mention) if m not in found]
        return list(dict.fromkeys(found))

    def _true_conjuncts(self, i: int) -> list[int]:
        """Conjuncts of *i* without a lone one behind a comma: "X, owned by Y, and Z" lists no Y, Z."""
        found = self.tree.coordinated(i)
        if len(found) == 1 and (linked := list(self.tree.kids_by(found[0], "cc"))):
            comma, own = linked[0] - 1, self.mentions.at(i)
            apposed = own is not None and own.end < comma and self.tree.text[own.end] == ","
            return [] if self.tree.text[comma] == "," and not apposed else found
        return found

    def _resolve_one(self, i: int, depth: int) -> list[TokenMention]:
        at = self.mentions.at(i) or self.mentions.dropped(i)
        if at is not None:
            return [at] if at.mention.entity is not None else []
        if depth > 3:
            return []
        for k in [*self.tree.named(i), *self.tree.appositions(i)]:
            if (name := self.mentions.at(k)) is not None and name.mention.entity is not None:
                return [name]
        if self.tree.is_word(i, "transparent"):
            for k in self.tree.genitives(i, 1):  # not of nouns between: "thousands of X's chips"
                if found := self._resolve_one(k, depth + 1):
                    others = (m for c in self._true_conjuncts(k) for m in self._resolve_one(c, 4))
                    return [*found, *others]
            implied = self.mentions.implicit(i)
            return [implied] if implied is not None else []
        return []

    def _listed(self, found: TokenMention) -> list[TokenMention]:
        """Further members of a list "A, B e C" that the parser did not coordinate.

        A comma alone may open an apposition, so the list must end in a conjunction.
        """
        members: list[TokenMention] = []
        at, closed = found.end, False
        while at < len(self.tree.text) and not closed:
            comma, conjunction, k = self._separator(at)
            following = (
                self.mentions.at(k) if (comma or conjunction) and k < len(self.tree.text) else None
            )
            if following is None or following.start != k:
                break
            if comma and conjunction and not members:
                break  # "X, owned by Y, and Z": no list of two is written so
            members.append(following)
            at, closed = following.end, conjunction
        return members if closed and self._same_sentence(found, members) else []

    def _same_sentence(self, found: TokenMention, members: list[TokenMention]) -> bool:
        return all(self.tree.sentence[m.head] == self.tree.sentence[found.head] for m in members)

    def _separator(self, at: int) -> tuple[bool, bool, int]:
        """Whether a comma, a conjunction stand at *at*, and where the next name could begin."""
        text, pos, n = self.tree.text, self.tree.pos, len(self.tree.text)
        comma = conjunction = False
        if at < n and text[at] == ",":
            comma, at = True, at + 1
        if at < n and pos[at] == "CCONJ":
            conjunction, at = True, at + 1
        while at < n and pos[at] in {"DET", "ADP"} and self.mentions.at(at) is None:
            at += 1
        return comma, conjunction, at

    # -- bare genitives ------------------------------------------------------------------------

    def _genitive_matches(self) -> Iterator[Match]:
        """ "OpenAI's ChatGPT", "o Claude, da Anthropic": relations that need no other word."""
        relations = [r for r in self.ontology.relations.values() if r.genitive]
        for found in self.mentions:
            for relation in relations:
                entity = found.mention.entity
                if entity is not None and entity.types and self.fits(entity, relation.range):
                    yield from self._owners(found, relation)

    def _owners(self, found: TokenMention, relation: Relation) -> Iterator[Match]:
        for k in self._owner_places(found):
            owner = self.mentions.at(k)
            if owner is None or owner is found or not self._fits(owner, relation.domain):
                continue
            if (
                owner.mention.entity
                and found.mention.entity
                and self._contradicts(owner, found, relation)
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

    def _contradicts(self, owner: TokenMention, found: TokenMention, relation: Relation) -> bool:
        """Whether the catalogue gives the product to somebody unrelated: "the iPhone of Vodafone"."""
        one, other = owner.mention.entity, found.mention.entity
        inverse = self.ontology.inverse(relation.name)
        if one is None or other is None or inverse is None:
            return False
        makers = {iri for name, iri in other.facts if name == inverse.name}
        family = {one.iri, *(iri for _, iri in one.facts)}
        return bool(makers) and not (makers & family)
