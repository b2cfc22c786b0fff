"""Prepositional phrases and genitives, wherever a parser may have hung them."""

from __future__ import annotations

from collections.abc import Iterator

from kg.syntax.relatives import RelativeTree
from kg.syntax.tokens import NAME_PARTS, remembered, unique

__all__ = ["PhraseTree"]

_NOMINAL_ARGUMENTS = frozenset(
    {"nsubj", "obj", "obl", "nmod", "iobj", "appos", "conj", "dislocated"}
)
_AHEAD = 14  # tokens within which a phrase may follow the word that it belongs to
_BREAKS = frozenset({",", ";", ":", "(", ")", "—", "–", "."})
_TOP = 3  # nouns deep that a genitive may lie


class PhraseTree(RelativeTree):
    """A tree that finds what stands with a preposition or in the genitive."""

    def _is_phrase(self, k: int, preps: frozenset[str]) -> bool:
        return self.dep[k] in {
            "obl",
            "nmod",
            "iobj",
            "advmod",
            "obj",
            "xcomp",
            "appos",
            "conj",
        } and bool(self.preps(k) & preps)

    @remembered
    def phrases(self, i: int, preps: frozenset[str]) -> list[int]:
        """Heads of the phrases with one of *preps* at *i*, wherever a parser may have hung them.

        First those right at *i*, then those under its objects and modifiers, then, for a noun, those
        beside it that follow it; fronted relatives ("à qual", "in which") lead to the antecedent.
        """
        own = self.own_phrases(i, preps)
        below = [
            k
            for middle in self.kids[i]
            if self.dep[middle] in {"obj", "obl", "nsubj", "nmod", "xcomp", "appos"}
            for k in self._phrases_below(middle, preps, 2)
            if k > i
        ]
        beside = [] if self.is_verb(i) else self._phrases_beside(i, preps)
        below.sort(key=lambda k: abs(k - i))
        fronted = self._fronted(i, preps) if self.is_verb(i) else ()
        found = unique([*own, *fronted, *below, *beside, *self._phrases_ahead(i, preps)])
        return [self.past_relative(k) for k in found]

    def own_phrases(self, i: int, preps: frozenset[str]) -> list[int]:
        """Heads of the phrases with one of *preps* right under *i*."""
        return [k for k in self.kids[i] if self._is_phrase(k, preps)]

    def _fronted(self, i: int, preps: frozenset[str]) -> Iterator[int]:
        """The relative of "a start-up in which Uber has agreed to invest", hung where it may be."""
        start, _ = self.bounds[self.sentence[i]]
        for k in range(i - 1, max(i - 12, start), -1):
            if self.text[k] in {";", ":", "."}:
                return
            if self.is_relative(k):
                if self.pos[k - 1] == "ADP" and not preps.isdisjoint(self.forms(k - 1)):
                    yield k
                return

    def _phrases_ahead(self, i: int, preps: frozenset[str]) -> Iterator[int]:
        """Phrases that follow *i* in its clause, however the parser hung them."""
        _, end = self.bounds[self.sentence[i]]
        for k in range(i + 1, min(i + _AHEAD, end)):
            if self.text[k] in _BREAKS or self.morph(k, "VerbForm") == "Fin":
                return
            if (
                self.pos[k] in {"NOUN", "PROPN", "PRON", "SYM", "X", "ADJ"}
                and self.preps(k) & preps
            ):
                yield k

    def _phrases_below(self, i: int, preps: frozenset[str], depth: int) -> Iterator[int]:
        for k in self.kids[i]:
            if self.dep[k] in {"nmod", "obl", "appos"}:
                if self._is_phrase(k, preps):
                    yield k
                if depth > 1:
                    yield from self._phrases_below(k, preps, depth - 1)

    @remembered
    def _phrases_beside(self, i: int, preps: frozenset[str]) -> list[int]:
        head = self.head[i]
        if head == i or self.dep[i] not in _NOMINAL_ARGUMENTS:
            return []
        siblings = [k for k in self.kids[head] if k > i and self._is_phrase(k, preps)]
        further = self._phrases_beside(head, preps) if self.dep[i] in {"nmod", "conj"} else []
        return [*siblings, *(k for k in further if k > i)]

    def _may_own(self, k: int) -> bool:
        """Not of "existing shareholders": a participle is a name only inside a sentence, in capitals."""
        first = k == self.bounds[self.sentence[k]][0]
        return self.pos[k] != "VERB" or (self.is_name(k) and not first)

    @remembered
    def genitives(self, i: int, depth: int = _TOP) -> list[int]:
        """Whose *i* is: "of/de" phrases, possessives, compounds; then those of nouns in between."""
        preps = self.words("genitivePrep")
        near: list[int] = []
        for k in self.kids[i]:
            case = self.preps(k)
            possessive = self.full[k] in {"nmod:poss", "det:poss"} or (
                self.dep[k] in {"det", "nmod", "amod"} and self.is_word(k, "possessive")
            )
            if possessive or (self.dep[k] in {"nmod", "obl", "compound"} and (case & preps)):
                near.append(self.past_relative(k))
            elif (
                self.dep[k] in {"compound", "amod", "nmod"}
                and not case
                and k < i
                and self._may_own(k)
            ):
                near.append(k)
        beside: list[int] = []
        head = self.head[i]
        if self.dep[i] in NAME_PARTS | {"amod"} and head > i and self.is_name(head):
            beside += [
                k
                for k in self.kids_by(head, "nmod", "det")
                if (k < i and self.preps(k) & preps) or self.is_word(k, "possessive")
            ]
        if self.pos[head] in {"SYM", "NUM"} and head != i and depth > 1:  # "X's $5bn purchase of Y"
            beside += self.genitives(head, 1)
        if (
            not near and depth > 1
        ):  # "investidora e parceira da X": coordinated nouns share what follows
            further = [k for k in self.kids_by(i, "conj") if not self.is_name(k)]
            beside += [g for k in further for g in self.genitives(k, depth - 1)]
        figures = [
            k for k in self.kids[i] if self.pos[k] in {"SYM", "NUM"}
        ]  # "o investimento de $10 da X"
        nested = (
            [g for k in [*near, *figures] for g in self.genitives(k, depth - 1)]
            if depth > 1
            else []
        )
        if depth == _TOP:
            beside += self._phrases_ahead(i, preps)
        return unique([*near, *nested, *beside])

    def measures(self, i: int) -> list[int]:
        """What verb *i* is joined to by a hyphen or follows at once: "part-owned", "28% owned"."""
        if i > 1 and self.text[i - 1] == "-":
            return [i - 2]
        before = i - 1
        near = i > 0 and self.pos[before] in {"NOUN", "SYM"}
        return [before] if near and before in {self.head[i], *self.kids[i]} else []

    @remembered
    def agents(self, i: int) -> list[int]:
        """Agent phrases of a passive verb or of a noun ("by X", "por X")."""
        by = self.words("agentPrep")
        marked = [k for k in self.kids[i] if self.full[k] == "obl:agent"]
        marked = [k for k in marked if not self.preps(k) or self.preps(k) & by]  # "rented from X"
        phrases = self.phrases(i, by)
        joined = [k for k in self.measures(i) if self.is_name(k)]  # "the X-backed firm"
        return unique([*marked, *joined, *phrases])
