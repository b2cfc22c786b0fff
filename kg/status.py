"""What an article says of a claim's truth, read from the predicate and everything above it.

Confirmed unless words say otherwise: cues of the lexicon on the trigger (modifiers), on what governs
it (negotiating, planning, denying), on what becomes of it ("the talks collapsed"), conditional
mood and questions. The strongest wins: denied, then prospective; a confirming word nearer to the
trigger ("signed", "concluiu") cancels prospective ones further out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kg.model import Status

if TYPE_CHECKING:
    from kg.frames import Match
    from kg.ontology import Ontology
    from kg.syntax import Tree

__all__ = ["Reading", "StatusReader"]

_MODIFIERS = frozenset(
    {"advmod", "aux", "amod", "det", "mark", "cc", "expl", "obl", "nmod", "case"}
)
_CLIMBS = frozenset(
    {
        "xcomp",
        "ccomp",
        "acl",
        "obj",
        "obl",
        "nmod",
        "nsubj",
        "csubj",
        "conj",
        "aux",
        "compound",
        "amod",
        "appos",
        "advcl",
    }
)
_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Reading:
    """A status with the words that gave it."""

    status: Status
    cues: tuple[str, ...]


class StatusReader:
    """Reads the status of matches in one document."""

    def __init__(self, tree: Tree, ontology: Ontology) -> None:
        self.tree, self.ontology = tree, ontology

    def read(self, match: Match) -> Reading:
        """Status of *match* and the cues it was read from, nearest first."""
        cues = list(self._cues(match))
        if match.frame is not None and match.frame.status is not None:
            cues.insert(0, (match.frame.status, f"wording {match.frame.lemma!r}"))
        return Reading(_decide([status for status, _ in cues]), tuple(why for _, why in cues))

    def _cues(self, match: Match) -> Iterator[tuple[Status, str]]:
        i = match.trigger
        argument = {k for m in (match.subject, match.object) for k in range(m.start, m.end)}
        if match.frame is None:
            return  # "OpenAI's ChatGPT" is presupposed, whatever is said of it
        yield from self._modifiers(i, argument)
        yield from self._negated_subject(match)
        if self.tree.morph(i, "VerbForm") == "Inf":
            yield from self._talks_before(i)
        if not match.frame.is_role or self._is_predicated(i):
            yield from self._climb(i, argument)
            yield from self._sentence(i)
            yield from self._verbless(match)

    def _negated_subject(self, match: Match) -> Iterator[tuple[Status, str]]:
        """Of "Neither A nor B bought C", "Nem a A nem a B"."""
        for k in self.tree.kids[match.subject.head]:
            if self.tree.dep[k] in {"cc", "det", "advmod"}:
                yield from (cue for cue in self._cue(k, "modifier") if cue[0] is Status.DENIED)

    def _verbless(self, match: Match) -> Iterator[tuple[Status, str]]:
        """A headline such as "Amazon's $10bn investment in OpenAI" names a deal, asserts nothing.

        Where the text says elsewhere that the deal is done, that passage wins.
        """
        tree, i = self.tree, match.trigger
        if match.frame is None or match.frame.is_role or match.frame.pos != "NOUN":
            return
        start, end = tree.bounds[tree.sentence[i]]
        if not any(tree.pos[k] in {"VERB", "AUX"} for k in range(start, end)):
            yield Status.PROSPECTIVE, "no verb"

    def _is_predicated(self, i: int) -> bool:
        """Whether a role noun is asserted of its bearer ("X is to become a client of Y").

        One that merely describes ("Y's client X said …") is presupposed: what governs it says
        nothing of its truth.
        """
        tree = self.tree
        copular = any(True for _ in tree.kids_by(i, "cop")) or tree.is_word(tree.head[i], "copula")
        return copular or bool(tree.preps(i) & tree.words("rolePrep"))

    def _cue(self, i: int, *scopes: str) -> Iterator[tuple[Status, str]]:
        for form in self._phrasal(i):
            for cue in self.ontology.cues_for(form, self.tree.lang):
                if cue.scope in scopes and (not cue.pos or self._pos_fits(i, cue.pos)):
                    yield cue.status, f"{cue.scope} {self.tree.text[i]!r}"
                    return

    def _phrasal(self, i: int) -> tuple[str, ...]:
        """Lemmas of *i*, those with its particle first: "give up"."""
        tree = self.tree
        near = [
            k
            for k in tree.kids[i]
            if tree.full[k] == "compound:prt" or (tree.dep[k] == "advmod" and k == i + 1)
        ]
        pairs = [f"{form} {tree.lower[k]}" for k in near for form in tree.forms(i)]
        return (*pairs, *tree.forms(i))

    def _pos_fits(self, i: int, pos: str) -> bool:
        tag = self.tree.pos[i]
        return (
            tag == pos
            or {tag, pos} <= {"VERB", "AUX"}
            or {tag, pos} <= {"NOUN", "ADJ", "PROPN"}
            or (pos in {"ADV", "DET", "SCONJ"})
        )

    def _modifiers(self, i: int, argument: set[int]) -> Iterator[tuple[Status, str]]:
        for k in self.tree.kids[i]:
            if self.tree.dep[k] in _MODIFIERS and k not in argument:
                yield from self._cue(k, "modifier")
                if self.tree.dep[k] in {"mark", "advmod", "cc"}:
                    yield from self._cue(k, "marker")
                if self.tree.dep[k] == "aux":
                    yield from self._conditional(k)
            elif self.tree.dep[k] == "advcl":
                yield from self._if_clause(k)
        yield from self._conditional(i)
        yield from self._would(i)

    def _would(self, i: int) -> Iterator[tuple[Status, str]]:
        """Of "would": a condition, unless it reports what somebody said: "said it would buy"."""
        auxiliary = [
            k for k in self.tree.kids_by(i, "aux") if self.tree.is_word(k, "conditionalAux")
        ]
        start, end = self.tree.bounds[self.tree.sentence[i]]
        if auxiliary and not any(self.tree.is_word(k, "saying") for k in range(start, end)):
            yield Status.PROSPECTIVE, f"conditional {self.tree.text[auxiliary[0]]!r}"

    def _if_clause(self, i: int) -> Iterator[tuple[Status, str]]:
        for k in self.tree.kids_by(i, "mark", "advmod"):
            found = self._cue(k, "marker")
            yield from (cue for cue in found if cue[0] is Status.PROSPECTIVE)

    def _talks_before(self, i: int) -> Iterator[tuple[Status, str]]:
        """Of "negotiations to provide", wherever the parser hung the infinitive."""
        marks = [k for k in self.tree.kids_by(i, "mark") if k < i]
        for at in range(
            (marks[0] if marks else i) - 1, max((marks[0] if marks else i) - 4, -1), -1
        ):
            if self.tree.is_verb(at) or not marks:
                return
            if self.tree.pos[at] == "NOUN":
                yield from self._cue(at, "governor")
                return

    def _conditional(self, i: int) -> Iterator[tuple[Status, str]]:
        if self.tree.pos[i] not in {"VERB", "AUX"}:
            return
        ending = self.tree.lower[i].endswith(tuple(self.tree.words("conditionalEnding")) or ("\0",))
        if self.tree.morph(i, "Mood") == "Cnd" or (ending and self.tree.morph(i, "Tense") != "Imp"):
            yield Status.PROSPECTIVE, f"conditional {self.tree.text[i]!r}"

    def _climb(self, i: int, argument: set[int]) -> Iterator[tuple[Status, str]]:
        tree, at = self.tree, i
        for _ in range(_DEPTH):
            head, dep = tree.head[at], tree.dep[at]
            if head == at or dep not in _CLIMBS or head in argument:
                return
            if tree.full[at] == "acl:relcl" and not self._is_content(at, head):
                return
            if dep in {"obl", "nmod"} and tree.preps(at) & tree.words("adjunctPrep"):
                return
            if dep in {"advcl", "acl"} and not (
                self._is_complement(at) or self._is_content(at, head)
            ):
                return
            yield from self._at_head(at, head, dep, argument)
            at = head

    def _is_complement(self, i: int) -> bool:
        """Whether a clause completes what governs it ("talks to buy"), not merely describes it."""
        marked = any(True for _ in self.tree.kids_by(i, "mark"))
        form = self.tree.morph(i, "VerbForm")
        return form == "Inf" or (marked and (form == "Ger" or self.tree.dep[i] == "acl"))

    def _is_content(self, at: int, head: int) -> bool:
        """Whether a clause says what a noun is about: "a suggestion that Uber might …"."""
        return self.tree.dep[at] == "acl" and any(True for _ in self._cue(head, "governor"))

    def _at_head(
        self, at: int, head: int, dep: str, argument: set[int]
    ) -> Iterator[tuple[Status, str]]:
        if dep == "conj":
            if self._shares_clause(at):
                yield from self._modifiers(head, argument)
            return
        if dep == "nsubj":
            yield from self._cue(head, "sequel", "modifier")
            for k in self.tree.kids_by(head, "xcomp", "obl", "obj"):
                yield from self._cue(k, "sequel")
            if self.tree.is_passive(head):
                yield from self._cue(head, "governor")
        else:
            yield from self._cue(head, "governor", "modifier")
            if (
                dep in {"xcomp", "ccomp"}
                and self.tree.is_passive(head)
                and self.tree.is_word(head, "saying")
            ):
                yield Status.PROSPECTIVE, f"reported {self.tree.text[head]!r}"
            if dep == "obj":
                yield from self._cue(head, "sequel")
        if self._carries(at, head, dep):
            yield from self._modifiers(head, argument)

    def _carries(self, at: int, head: int, dep: str) -> bool:
        """Whether what is said of *head* ("not", "could") is said of the deal at *at* too.

        "That did not survive the acquisition" does not deny the acquisition: a noun shares the
        modifiers of its verb only where that verb carries it ("did not make an investment").
        """
        if self.tree.is_verb(at) or dep not in {"obj", "obl", "nsubj", "nmod"}:
            return True
        supports = self.ontology.lexicon.supports
        carried = any((self.tree.lang, form) in supports for form in self.tree.forms(head))
        return carried or any(True for _ in self._cue(head, "governor", "sequel"))

    def _shares_clause(self, i: int) -> bool:
        """Whether conjunct *i* shares the auxiliaries of the first: no subject or auxiliary of its own."""
        return not any(True for _ in self.tree.kids_by(i, "nsubj", "aux", "cop"))

    def _sentence(self, i: int) -> Iterator[tuple[Status, str]]:
        start, end = self.tree.bounds[self.tree.sentence[i]]
        words = self.tree.lower[start:end]
        if "?" in words[-2:]:
            yield Status.PROSPECTIVE, "question"
        text = f" {' '.join(words)} "
        for phrase, status in self._sources:
            if f" {phrase} " in text:
                yield status, f"source {phrase!r}"

    @cached_property
    def _sources(self) -> list[tuple[str, Status]]:
        cues = self.ontology.lexicon.cues
        return [
            (lemma, cue.status)
            for (lang, lemma), group in cues.items()
            if lang == self.tree.lang
            for cue in group
            if cue.scope == "source"
        ]


def _decide(statuses: list[Status]) -> Status:
    """Denied anywhere; prospective unless a confirming cue stands nearer; else confirmed."""
    if Status.DENIED in statuses:
        return Status.DENIED
    for status in statuses:
        if status is not Status.DENIED:
            return status
    return Status.CONFIRMED
