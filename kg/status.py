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

from kg.cues import Found
from kg.model import Status
from kg.outcomes import OutcomeReader

if TYPE_CHECKING:
    from kg.frames import Match

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


class StatusReader(OutcomeReader):
    """Reads the status of matches in one document."""

    def read(self, match: Match) -> Reading:
        """Status of *match* and the cues it was read from, nearest first."""
        cues = list(self._cues(match))
        if match.frame is not None and match.frame.status is not None:
            cues.insert(0, (match.frame.status, f"wording {match.frame.lemma!r}"))
        if self.ontology.properties[match.relation].intent_suffices:
            cues = [cue for cue in cues if not _is_intent(*cue)]
        status = _decide([status for status, _ in cues])
        if status is not Status.DENIED and match.frame is not None:
            planned = status is Status.PROSPECTIVE
            cues += self.outcome(match) if planned else self.reversed_by(match)
        return Reading(_decide([status for status, _ in cues]), tuple(why for _, why in cues))

    def _cues(self, match: Match) -> Iterator[Found]:
        i = match.trigger
        argument = {k for m in (match.subject, match.object) for k in range(m.start, m.end)}
        if match.frame is None:
            return  # "OpenAI's ChatGPT" is presupposed, whatever is said of it
        yield from self._modifiers(i, argument)
        yield from self._negated_subject(match)
        yield from self._given_away(i)
        if self.tree.morph(i, "VerbForm") == "Inf":
            yield from self._talks_before(i)
        if not match.frame.is_role or self._is_predicated(i):
            yield from self._climb(i, argument)
            yield from self._sentence(i)
            yield from self._verbless(match)

    def _negated_subject(self, match: Match) -> Iterator[Found]:
        """Of "Neither A nor B bought C", "Nem a A nem a B"."""
        for k in self.tree.kids[match.subject.head]:
            if self.tree.dep[k] in {"cc", "det", "advmod"}:
                yield from self._denials(k, "modifier")

    def _given_away(self, i: int) -> Iterator[Found]:
        """Of "sold the shares that it held in X": they are its own no longer."""
        noun = self.tree.head[i]
        shares = self.tree.full[i] == "acl:relcl" and self.tree.is_word(noun, "share")
        if shares and self.tree.dep[noun] in {"obj", "nsubj"}:
            yield from self._denials(self.tree.head[noun], "sequel")

    def _verbless(self, match: Match) -> Iterator[Found]:
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

    def _modifiers(self, i: int, argument: set[int]) -> Iterator[Found]:
        for k in self.tree.kids[i]:
            if self.tree.dep[k] in _MODIFIERS and k not in argument:
                yield from self.cue(k, "modifier")
                if self.tree.dep[k] in {"mark", "advmod", "cc"}:
                    yield from self.cue(k, "marker")
                if self.tree.dep[k] == "aux":
                    yield from self._conditional(k)
                    yield from self._was_going_to(k)
                yield from self._undone(i, k)
            elif self.tree.dep[k] == "acl":
                yield from self._undone(i, k)
            elif self.tree.dep[k] == "advcl":
                yield from self._if_clause(k)
        yield from self._conditional(i)
        yield from self._would(i)

    def _undone(self, i: int, k: int) -> Iterator[Found]:
        """Of "the partnership, since dissolved", "o acordo rescindido"; not of shares that were sold."""
        participle = self.tree.morph(k, "VerbForm") == "Part" and self.tree.full[k] != "acl:relcl"
        if participle and not self.tree.is_word(i, "share") and not self.tree.is_verb(i):
            yield from self._denials(k, "sequel")

    def _was_going_to(self, k: int) -> Iterator[Found]:
        """Of "ia ficar com": what was going to happen."""
        if self.tree.is_word(k, "goingTo") and self.tree.morph(k, "Tense") == "Imp":
            yield Status.PROSPECTIVE, f"intention {self.tree.text[k]!r}"

    def _would(self, i: int) -> Iterator[Found]:
        """Of "would": a condition, unless it reports what somebody said: "said it would buy"."""
        auxiliary = [
            k for k in self.tree.kids_by(i, "aux") if self.tree.is_word(k, "conditionalAux")
        ]
        start, end = self.tree.bounds[self.tree.sentence[i]]
        if auxiliary and not any(map(self._says, range(start, end))):
            yield Status.PROSPECTIVE, f"conditional {self.tree.text[auxiliary[0]]!r}"

    def _says(self, k: int) -> bool:
        """Whether *k* is a verb of saying with somebody as its subject: reports and rumours say little."""
        tree = self.tree
        if tree.pos[k] != "VERB" or not tree.is_word(k, "saying"):
            return False
        subjects = tree.kids_by(k, "nsubj")
        return not any(self.has_cue(s, Status.PROSPECTIVE, "governor") for s in subjects)

    def _if_clause(self, i: int) -> Iterator[Found]:
        for k in self.tree.kids_by(i, "mark", "advmod"):
            found = self.cue(k, "marker")
            yield from (cue for cue in found if cue[0] is Status.PROSPECTIVE)

    def _talks_before(self, i: int) -> Iterator[Found]:
        """Of "negotiations to provide", wherever the parser hung the infinitive."""
        marks = [k for k in self.tree.kids_by(i, "mark") if k < i]
        for at in range(
            (marks[0] if marks else i) - 1, max((marks[0] if marks else i) - 4, -1), -1
        ):
            if self.tree.is_verb(at) or not marks:
                return
            if self.tree.pos[at] == "NOUN":
                yield from self.cue(at, "governor")
                return

    def _conditional(self, i: int) -> Iterator[Found]:
        if self.tree.pos[i] not in {"VERB", "AUX"}:
            return
        ending = self.tree.lower[i].endswith(tuple(self.tree.words("conditionalEnding")) or ("\0",))
        if self.tree.morph(i, "Mood") == "Cnd" or (ending and self.tree.morph(i, "Tense") != "Imp"):
            yield Status.PROSPECTIVE, f"conditional {self.tree.text[i]!r}"

    def _climb(self, i: int, argument: set[int]) -> Iterator[Found]:
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
                self._is_complement(at) or self._is_content(at, head) or self._is_means(at, head)
            ):
                return
            found = list(self._at_head(at, head, dep, argument))
            yield from found
            if any(status is Status.PROSPECTIVE for status, _ in found):
                yield from self.cue(tree.head[head], "lapsed")  # "chegou a negociar a compra"
            at = head

    def _is_means(self, at: int, head: int) -> bool:
        """Of "abreviaria o caminho comprando X", "will grow by buying X"."""
        tree = self.tree
        gerund = tree.lower[at].endswith(tuple(tree.words("activeParticipleEnding")) or ("\0",))
        marks = tree.kids_by(at, "mark", "case")
        means = all(
            tree.is_word(k, "agentPrep") or not tree.is_word(k, "adjunctPrep") for k in marks
        )
        return gerund and means and at > head and "," not in tree.text[head:at]

    def _is_complement(self, i: int) -> bool:
        """Whether a clause completes what governs it ("talks to buy"), not merely describes it."""
        marked = any(True for _ in self.tree.kids_by(i, "mark"))
        form = self.tree.morph(i, "VerbForm")
        return form == "Inf" or (marked and (form == "Ger" or self.tree.dep[i] == "acl"))

    def _is_content(self, at: int, head: int) -> bool:
        """Whether a clause says what a noun is about: "a suggestion that Uber might …"."""
        return self.tree.dep[at] == "acl" and any(True for _ in self.cue(head, "governor"))

    def _at_head(self, at: int, head: int, dep: str, argument: set[int]) -> Iterator[Found]:
        if dep == "conj":
            if self._shares_clause(at):
                yield from self._modifiers(head, argument)
            return
        if dep == "nsubj":
            yield from self._said_of_subject(head)
        else:
            yield from self._governed(at, head, dep)
        if self._carries(at, head, dep):
            yield from self._modifiers(head, argument)

    def _said_of_subject(self, head: int) -> Iterator[Found]:
        """What the verb *head* says of a deal that is its subject."""
        yield from self.cue(head, "sequel", "modifier")
        for k in self.tree.kids_by(head, "xcomp", "obl", "obj"):
            yield from self.cue(k, "sequel")
        closes = self.tree.kids_by(head, "xcomp")  # "the takeover is expected to close in June"
        closes = (k for k in closes if self.has_cue(k, Status.CONFIRMED, "governor"))
        if self.tree.is_passive(head) and not any(True for _ in closes):
            yield from self.cue(head, "governor")

    def _governed(self, at: int, head: int, dep: str) -> Iterator[Found]:
        """What *head* says of a deal that it governs."""
        tree = self.tree
        modal = list(self.cue(head, "modifier"))  # "poderá concorrer": the modal stands above
        yield from modal or self.cue(head, "governor")
        if dep in {"xcomp", "ccomp"} and tree.is_passive(head) and tree.is_word(head, "saying"):
            yield Status.PROSPECTIVE, f"reported {tree.text[head]!r}"
        if tree.morph(at, "VerbForm") == "Inf":
            yield from self.cue(head, "planner")
        if dep == "obj":
            yield from self.cue(head, "sequel")
        if dep == "obl":  # "put an end to the partnership"
            for k in tree.kids_by(head, "obj"):
                if k < at:
                    yield from self._denials(k, "governor")

    def _denials(self, i: int, *scopes: str) -> Iterator[Found]:
        """The cue at *i*, if it denies."""
        yield from (found for found in self.cue(i, *scopes) if found[0] is Status.DENIED)

    def _carries(self, at: int, head: int, dep: str) -> bool:
        """Whether what is said of *head* ("not", "could") is said of the deal at *at* too.

        "That did not survive the acquisition" does not deny the acquisition: a noun shares the
        modifiers of its verb only where that verb carries it ("did not make an investment").
        """
        if self.tree.is_verb(at) or dep not in {"obj", "obl", "nsubj", "nmod"}:
            return True
        supports = self.ontology.lexicon.supports
        carried = any((self.tree.lang, form) in supports for form in self.tree.forms(head))
        carried = carried or (dep == "nsubj" and self.tree.is_word(head, "succeed"))
        return carried or any(True for _ in self.cue(head, "governor", "sequel"))

    def _shares_clause(self, i: int) -> bool:
        """Whether conjunct *i* shares the auxiliaries of the first: no subject or auxiliary of its own."""
        return not any(True for _ in self.tree.kids_by(i, "nsubj", "aux", "cop"))

    def _sentence(self, i: int) -> Iterator[Found]:
        start, end = self.tree.bounds[self.tree.sentence[i]]
        words = self.tree.lower[start:end]
        if "?" in words[-2:]:
            yield Status.PROSPECTIVE, "question"
        if self._is_hypothesis(start):
            yield Status.PROSPECTIVE, f"condition {self.tree.text[start]!r}"
        text = f" {' '.join(words)} "
        for phrase, status in self._sources:
            if f" {phrase} " in text:
                yield status, f"source {phrase!r}"

    def _is_hypothesis(self, start: int) -> bool:
        """Whether "if" opens the sentence that begins at *start* and its main clause is not told in the past."""
        tree = self.tree
        if not self.has_cue(start, Status.PROSPECTIVE, "marker"):
            return False
        root = tree.root(tree.sentence[start])
        finite = [root, *tree.kids_by(root, "aux", "cop")]
        return not any(tree.morph(k, "Tense") in {"Past", "Imp"} for k in finite)

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


def _is_intent(status: Status, why: str) -> bool:
    """Whether a cue is a plan or a wish: "wants to challenge", and no "could challenge"."""
    return status is Status.PROSPECTIVE and why.startswith(("governor ", "planner "))


def _decide(statuses: list[Status]) -> Status:
    """Denied anywhere; prospective unless a confirming cue stands nearer; else confirmed."""
    if Status.DENIED in statuses:
        return Status.DENIED
    for status in statuses:
        if status is not Status.DENIED:
            return status
    return Status.CONFIRMED
