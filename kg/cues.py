"""Cues of the lexicon at a token: which status a word gives in which place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from kg.model import Status
    from kg.ontology import Ontology
    from kg.syntax import Tree

__all__ = ["CueReader", "Found"]

Found: TypeAlias = "tuple[Status, str]"  # a status and the words that gave it


class CueReader:
    """Looks up the cues of one document's tokens."""

    def __init__(self, tree: Tree, ontology: Ontology) -> None:
        self.tree, self.ontology = tree, ontology

    def cue(self, i: int, *scopes: str) -> Iterator[Found]:
        """The cue that token *i*, with its particle or neighbour, is in one of *scopes*: at most one."""
        for form in self._phrasal(i):
            for cue in self.ontology.cues_for(form, self.tree.lang):
                if cue.scope in scopes and (not cue.pos or self._pos_fits(i, cue.pos)):
                    yield cue.status, f"{cue.scope} {self.tree.text[i]!r}"
                    return

    def has_cue(self, i: int, status: Status, *scopes: str) -> bool:
        """Whether token *i* is a cue for *status* in one of *scopes*."""
        return any(found == status for found, _ in self.cue(i, *scopes))

    def _phrasal(self, i: int) -> tuple[str, ...]:
        """Lemmas of *i*, those with its particle or the word beside it first: "give up", "not only"."""
        tree = self.tree
        near = [
            k
            for k in tree.kids[i]
            if tree.full[k] == "compound:prt" or (tree.dep[k] == "advmod" and k == i + 1)
        ]
        pairs = [f"{form} {tree.lower[k]}" for k in near for form in tree.forms(i)]
        before = [f"{tree.lower[i - 1]} {tree.lower[i]}"] if i else []
        forms = tree.forms(i) if i + 1 < len(tree.text) else ()
        after = [f"{form} {tree.lower[i + 1]}" for form in forms]  # "voted down the sale"
        return (*pairs, *before, *after, *tree.forms(i))

    def _pos_fits(self, i: int, pos: str) -> bool:
        tag = self.tree.pos[i]
        if tag == "ADJ" and any(self.tree.full[k] == "aux:pass" for k in self.tree.kids[i]):
            tag = "VERB"  # "the idea was shelved"
        return (
            tag == pos
            or {tag, pos} <= {"VERB", "AUX"}
            or {tag, pos} <= {"NOUN", "ADJ", "PROPN"}
            or (pos in {"ADV", "DET", "SCONJ"})
        )
