"""Logical subjects and objects: passives, participles, control, raising, complements."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from kg.syntax.phrases import PhraseTree
from kg.syntax.tokens import remembered, unique

__all__ = ["ClauseTree"]

_CLAUSAL = frozenset({"xcomp", "ccomp", "advcl", "parataxis"})


class ClauseTree(PhraseTree, ABC):
    """A tree that knows who does what to whom in each clause."""

    @abstractmethod
    def bearers(self, i: int) -> list[int]:
        """Who bears the role noun *i*."""

    @abstractmethod
    def copular(self, i: int) -> list[int]:
        """Who is said to be what predicate noun *i* says."""

    @remembered
    def subjects(self, i: int, depth: int = 0) -> list[int]:
        """Logical subjects of verb *i*, the likeliest first."""
        if depth > 6:
            return []
        if self.is_passive(i):
            return self.agents(i)
        own = self.direct_subjects(i)
        if own:
            return own
        found = self._inherited_subjects(i, depth) or self._inverted_subject(i)
        if self.morph(i, "VerbForm") in {"Inf", "Ger"}:
            found = unique([*found, *self._subjects_above(i)])
        return found

    def _inverted_subject(self, i: int) -> list[int]:
        """The name right after the verb of a fronted relative: "de que dependem a TSMC e …"."""
        fronted = any(
            self.is_relative(k) and self.pos[k - 1] == "ADP" for k in range(max(i - 2, 1), i)
        )
        return self.name_after(i) if fronted else []

    def _subjects_above(self, i: int) -> Iterator[int]:
        """Subjects of what a non-finite verb depends on, however far up the parser hung it."""
        at = i
        for _ in range(5):
            if self.full[at] == "acl:relcl" or self.head[at] == at:
                return
            at = self.head[at]
            yield from self.direct_subjects(at)

    def _inherited_subjects(self, i: int, depth: int) -> list[int]:
        head, dep = self.head[i], self.dep[i]
        if head == i:
            return []
        if self.full[i] == "acl:relcl" and self.morph(i, "VerbForm") != "Inf":
            return [head] if self._gap_is_subject(i) else []
        if dep == "acl":
            return self._subjects_of_complement(i, head, depth)
        if dep in _CLAUSAL or dep in {"conj", "aux"}:
            if self.is_verb(head):
                return self._controller(i, head, depth)
            bearers = self.direct_subjects(head)  # "é capaz de comprar", "is about to buy"
            return bearers or (self.bearers(head) if dep == "conj" else [])
        return []

    def _gap_is_subject(self, i: int) -> bool:
        return not any(True for _ in self.kids_by(i, "nsubj"))

    def _subjects_of_complement(self, i: int, noun: int, depth: int) -> list[int]:
        """Of "plans to buy", "negociações para investir", "a company making chips"."""
        infinitive = self.morph(i, "VerbForm") == "Inf" or any(
            True for _ in self.kids_by(i, "mark")
        )
        if not infinitive:
            return [noun]
        return unique(
            [*self.copular(noun), *self.genitives(noun), *self.governing_subjects(noun, depth + 1)]
        )

    def _controller(self, i: int, head: int, depth: int) -> list[int]:
        """Subject that verb *i* shares with the verb above it (object control included)."""
        if self.dep[i] == "xcomp" and self.is_word(head, "objectControl"):
            objects = self.objects(head)
            if objects:
                return objects
        if self.is_passive(head) and not self.is_passive(i):
            return unique([*self.direct_subjects(head), *self._inherited_subjects(head, depth + 1)])
        return self.subjects(head, depth + 1)

    def clause_head(self, i: int) -> int:
        """The verb whose subject verb *i* shares: the top of its complement chain."""
        at = i
        while (
            self.dep[at] in {"xcomp", "aux", "advcl", "ccomp"}
            and self.head[at] != at
            and self.is_verb(self.head[at])
        ):
            if any(True for _ in self.kids_by(at, "nsubj")):
                break
            at = self.head[at]
        return at

    @remembered
    def governing_verb(self, i: int) -> int | None:
        """The verb that noun *i* depends on, through coordination and nouns above it."""
        at = i
        for _ in range(6):
            head = self.head[at]
            if head == at:
                return None
            if self.is_verb(head) and self.dep[at] in {
                "obj",
                "obl",
                "nsubj",
                "xcomp",
                "advcl",
                "ccomp",
            }:
                return head
            if self.dep[at] not in {"nmod", "conj", "appos", "obl", "compound"}:
                return None
            at = head
        return None

    def governing_subjects(self, i: int, depth: int = 0) -> list[int]:
        """Subject of the verb that governs noun *i*, where *i* is not that subject itself."""
        verb = self.governing_verb(i)
        if verb is None or depth > 6:
            return []
        inside = set(self.subtree_of_argument(i, verb))
        return [s for s in self.subjects(verb, depth + 1) if s not in inside]

    def subtree_of_argument(self, i: int, verb: int) -> Iterator[int]:
        """The argument of *verb* that holds *i*."""
        at = i
        while self.head[at] != verb and self.head[at] != at:
            at = self.head[at]
        return self.subtree(at)

    @remembered
    def objects(self, i: int) -> list[int]:
        """Logical objects of verb *i*, the likeliest first."""
        if self.is_passive(i):
            return self._passive_objects(i)
        own = [self.past_relative(k) for k in self.kids_by(i, "obj")]
        # "abastece a Samsung": an article that is spelt like a preposition is tagged as one
        article = self.words("articleLikePrep")
        own += [
            k
            for k in self.kids_by(i, "obl", "iobj")
            if k > i and any(self.lower[c] in article for c in self.kids_by(k, "case"))
        ]
        own = own or self._about(i)
        if not own and self.full[i] == "acl:relcl" and not self._gap_is_subject(i):
            own = [self.head[i]]  # "the stake that Microsoft holds" without a pronoun
        if any(self.pos[k] in {"NUM", "SYM"} or self.is_word(k, "moneyNoun") for k in own):
            own += self.phrases(
                i, self.words("valuePrep")
            )  # "buy $5bn worth of chips", "em serviços"
        return own or self._noun_after(i)

    def _about(self, i: int) -> list[int]:
        """The figure of "put as much as $5bn", "aplicar até 5 milhões": no preposition of the verb's."""
        about = self.words("approximation")
        figures = (k for k in self.kids_by(i, "obl", "nummod") if self.pos[k] in {"SYM", "NUM"})
        return [k for k in figures if k > i and self.preps(k) and self.preps(k) <= about]

    def _noun_after(self, i: int) -> list[int]:
        """The bare noun right after a verb whose object the parser hung elsewhere."""
        _, end = self.bounds[self.sentence[i]]
        for k in range(i + 1, min(i + 6, end)):
            if self.pos[k] == "NOUN" and not self.is_name(k):
                subject = self.dep[k] == "nsubj" and self.head[k] != i
                return [] if subject else [k]
            if self.pos[k] not in {"DET", "ADJ", "NUM", "ADV"}:
                return []
        return []

    def _passive_objects(self, i: int) -> list[int]:
        own = self.direct_subjects(i)
        if own:
            return own
        if self.dep[i] in {"acl", "amod"}:
            return [self.head[i]]
        if self.dep[i] in {"conj", "xcomp", "advcl", "parataxis"} and self.is_verb(self.head[i]):
            head = self.head[i]
            return self._passive_objects(head) if self.is_passive(head) else self.subjects(head, 1)
        return []
