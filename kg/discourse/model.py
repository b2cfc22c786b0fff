"""The model of an article's discourse: who was named, what is known of them, who may be meant."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from kg.antecedent_features import Anaphor
from kg.antecedents import CANDIDATES, Chooser, ranker_for
from kg.mentions import TokenMention
from kg.model import Entity, Mention, MentionKind, Span
from kg.name_typing import NameTyping
from kg.referents import Referents

if TYPE_CHECKING:
    from kg.catalogue import Catalogue
    from kg.lexicon import Frame
    from kg.mentions import Mentions
    from kg.ontology import Ontology
    from kg.syntax import Tree

__all__ = ["DiscourseModel", "role_side"]


class DiscourseModel:
    """Referents and facts of one document.

    Parameters
    ----------
    tree, mentions
        The parsed document and its names.
    ontology, catalogue
        Class nouns and role frames; background that identifies descriptions.
    title
        The article's headline: raises those that it names, and is no part of the text.
    chooser
        Chooses antecedents; None: the trained ranker that comes with the program.
    """

    def __init__(
        self,
        tree: Tree,
        mentions: Mentions,
        ontology: Ontology,
        catalogue: Catalogue,
        title: str = "",
        chooser: Chooser | None = None,
    ) -> None:
        self.tree, self.mentions = tree, mentions
        self.ontology, self.catalogue = ontology, catalogue
        self.typing = NameTyping(tree, mentions, ontology)
        self.title = title
        self.chooser: Chooser = ranker_for(tree.doc, tree.lang) if chooser is None else chooser
        self.facts: set[tuple[str, str, str]] = set()

    def type_names(self) -> None:
        """Give unknown names the kinds that the article's own words give them."""
        self.typing.type_names()

    @cached_property
    def referents(self) -> Referents:
        """The entities of the text as far as it has been walked."""
        return Referents(self.tree, self.mentions, self.ontology, self.title)

    def _learn(self, one: str, relation: str, other: str) -> None:
        self.facts.add((one, relation, other))
        if self.ontology.properties[relation].symmetric:
            self.facts.add((other, relation, one))

    def _see(self, entity: Entity, i: int, named: bool = False) -> None:
        self.referents.see(entity, i, self._is_subject(i) or self._is_fronted(i), named)

    def _choose(self, anaphor: Anaphor) -> tuple[Entity, float, str] | None:
        """Who is meant by *anaphor*, how surely, and why."""
        candidates = self.referents.ranked(anaphor.i, anaphor.barred)[:CANDIDATES]
        found = self.chooser.choose(anaphor, candidates, self.referents)
        if found is None:
            return None
        referent, probability = found
        return referent.entity, probability, f"{anaphor.why} ({probability:.2f})"

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
        text = self.tree.article[span.start : span.end]
        mention = Mention(
            span, text, kind, entity, why=f"{why}: {entity.name}", confidence=confidence
        )
        return TokenMention(i, i + 1, i, mention)

    def _named_by(self, k: int) -> TokenMention | None:
        """What token *k* or, of "Jusbrasil, site que …", the name beside it stands for."""
        beside = (self.mentions.at(b) for b in [*self.tree.named(k), *self.tree.appositions(k)])
        return self.mentions.at(k) or next((m for m in beside if m is not None), None)

    def _subject_above(self, i: int) -> str:
        """IRI of the subject of a clause above that of *i*: "X said that it …"."""
        tree, at = self.tree, self.tree.governing_verb(i)
        for _ in range(4):
            if at is None or tree.head[at] == at:
                return ""
            at = tree.head[at]
            for k in tree.subjects(at) if tree.is_verb(at) else ():
                found = self._named_by(k) if k < i else None
                if found is not None and found.mention.entity is not None:
                    return found.mention.entity.iri
        return ""

    def _noun_frames(self, i: int) -> list[Frame]:
        """Frames that token *i* evokes as a noun."""
        frames = (
            f for form in self.tree.forms(i) for f in self.ontology.frames_for(form, self.tree.lang)
        )
        return [frame for frame in frames if frame.pos == "NOUN"]

    def _asked(self, i: int) -> frozenset[str]:
        """Classes that frames of the verb above *i* ask for where *i* stands."""
        verb, role = self.tree.head[i], {"nsubj": "subj", "obj": "obj"}.get(self.tree.dep[i], "pp")
        if verb == i or not self.tree.is_verb(verb):
            return frozenset()
        if self.tree.is_passive(verb):
            role = {"subj": "obj"}.get(role, role)
        found: set[str] = set()
        for form in self.tree.forms(verb):
            for frame in self.ontology.frames_for(form, self.tree.lang):
                relation = self.ontology.properties[frame.relation]
                sides = (frame.subject, relation.domain), (frame.object, relation.range)
                for paths, allowed in sides:
                    if any(len(path) == 1 and path[0].role == role for path in paths):
                        found.update(allowed)
        return frozenset(found)

    def _holders(self, frames: list[Frame], borne: bool) -> frozenset[str]:
        """IRIs of those who, by the article's own facts, bear a role of *frames*, or of whom."""
        found: set[str] = set()
        for frame in frames:
            side = role_side(frame)
            for one, relation, other in self.facts if side else ():
                if relation == frame.relation:
                    found.add(one if (side == "subject") == borne else other)
        return frozenset(found)

    def _has_name(self, i: int) -> bool:
        """Whether the noun introduces a name ("a startup Anthropic") or is said of one."""
        around = [*self.tree.named(i), *self.tree.appositions(i)]
        first, _ = self.tree.edges(i)
        if first > 1 and self.tree.text[first - 1] in {",", "(", "—", "–"}:
            around.append(first - 2)
        return any(self.typing.named_at(k) is not None for k in around)

    def could_refer(self, i: int, of_known_kind: bool = True) -> bool:
        """Whether token *i* heads words that may stand for somebody named elsewhere.

        A pronoun, a possessive, or a definite description in the singular: by a noun for a kind of
        thing ("the chipmaker"), or by any (*of_known_kind* False: "the newcomer", "a norueguesa").
        """
        tree = self.tree
        if tree.pos[i] in {"PRON", "DET"}:
            kinds = ("subjectPronoun", "objectCase", "possessive")
            return any(tree.is_word(i, kind) for kind in kinds)
        fits = self.typing.class_at(i)[0] if of_known_kind else tree.pos[i] in {"NOUN", "ADJ"}
        single = bool(fits) and tree.morph(i, "Number") != "Plur"
        return single and self._is_definite(i) and not self._has_name(i)

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


def role_side(frame: Frame) -> str | None:
    """Which argument of a role frame its noun bears, where the other is its genitive."""
    bears = {"subject": frame.subject, "object": frame.object}
    other = {"subject": frame.object, "object": frame.subject}
    for side, paths in bears.items():
        borne = any(len(p) == 1 and p[0].role == "role" for p in paths)
        genitive = any(p[0].role == "gen" for p in other[side])
        if borne and genitive:
            return side
    return None
