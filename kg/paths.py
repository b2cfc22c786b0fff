"""Paths of the lexicon, followed on a tree: from a trigger to the tokens that a frame asks for.

The roles are those of ``ontology/lexicon/README.md``; support verbs and left-out subjects are seen
through here, so that a frame need not know of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.lexicon import Frame, Path, Step
from kg.model import MentionKind

if TYPE_CHECKING:
    from kg.mentions import Mentions
    from kg.ontology import Ontology
    from kg.syntax import Tree

__all__ = ["PathFollower"]

_NAMED = frozenset({MentionKind.NAME, MentionKind.CATALOGUE, MentionKind.ACRONYM})
_POS = {
    "VERB": frozenset({"VERB", "AUX"}),
    "NOUN": frozenset({"NOUN", "ADJ", "PROPN"}),
    "ADJ": frozenset({"ADJ", "NOUN", "VERB"}),
}


class PathFollower:
    """Finds the frames that a token may trigger and follows their paths."""

    def __init__(self, tree: Tree, mentions: Mentions, ontology: Ontology) -> None:
        self.tree, self.mentions, self.ontology = tree, mentions, ontology
        self._frames: dict[int, tuple[Frame, ...]] = {}

    def is_name(self, i: int) -> bool:
        """Whether token *i* lies in a name, and so triggers nothing."""
        found = self.mentions.at(i)
        return found is not None and found.mention.kind in _NAMED

    def frames_at(self, i: int) -> tuple[Frame, ...]:
        """Frames that token *i* may trigger, by any of its forms and its part of speech."""
        if i not in self._frames:
            found = (f for form in self.tree.forms(i) for f in self._frames_for(form))
            fitting = (frame for frame in found if self._pos_fits(i, frame.pos))
            self._frames[i] = tuple({id(frame): frame for frame in fitting}.values())
        return self._frames[i]

    def _frames_for(self, form: str) -> tuple[Frame, ...]:
        return self.ontology.frames_for(form, self.tree.lang)

    def _pos_fits(self, i: int, pos: str) -> bool:
        if self.tree.pos[i] in _POS[pos]:
            return True
        return (
            pos == "VERB"
            and self.tree.pos[i] in {"ADJ", "NOUN"}
            and self.tree.morph(i, "VerbForm") != ""
        )

    def follow(self, i: int, path: Path) -> list[int]:
        """Tokens that *path* leads to from trigger *i*, the likeliest first."""
        places = [i]
        for step in path:
            places = [k for at in places for k in self._step(at, step)]
        return list(dict.fromkeys(places))

    def is_barred(self, i: int, path: Path) -> bool:
        """Whether *path*, which a frame forbids, leads anywhere from trigger *i*.

        Where the trigger has a phrase of its own in that place, those further off do not count: of
        "the purchase of Altair, a maker of software" no software is bought.
        """
        places = [i]
        for step in path:
            places = [k for at in places for k in self._step(at, step, near=True)]
        return bool(places)

    def _step(self, i: int, step: Step, near: bool = False) -> list[int]:
        found = (self._near(i, step) if near else []) or self._role(i, step)
        if step.lemmas:
            common = (k for k in found if not self.is_name(k))  # "Ampere Computing" is no computing
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
            found = [*tree.kids_by(i, "amod", "advmod"), *particles, *tree.measures(i)]
            return list(dict.fromkeys(found))
        if step.role == "comp":
            return list(tree.kids_by(i, "xcomp", "ccomp", "advcl", "acl"))
        return [i]

    def _near(self, i: int, step: Step) -> list[int]:
        """The places of *step* right under token *i*."""
        if step.role == "pp":
            return self.tree.own_phrases(i, step.preps)
        return self.tree.genitives(i, 1) if step.role == "gen" else []

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
        among = self.tree.preps(i) & self.tree.words("amongPrep")  # "counts X among the customers"
        jointly = self.tree.is_word(i, "jointNoun") and self.tree.preps(i) & self.tree.words(
            "jointPrep"
        )
        if (
            support is None
            and not (among or jointly)
            and (any(f.is_role for f in self.frames_at(i)) or not self._is_cue(verb))
        ):
            return []  # "cancelled orders of the model X": nobody's role there
        plays = support.plays if support is not None else "subject"
        if plays != role:
            return []
        return self.tree.governing_subjects(i) or self._dropped(verb)

    def _is_cue(self, i: int) -> bool:
        """Whether verb *i* decides a status, and so speaks of its own subject's deal."""
        tree = self.tree
        return any(
            self.ontology.cues_for(form, tree.lang) for form in tree.forms(i)
        ) or tree.is_word(i, "saying")
