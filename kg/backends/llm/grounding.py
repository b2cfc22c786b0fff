"""Proposals to claims: what stands in the article, in words that can carry it, and nothing else.

A proposal becomes a claim where its evidence stands in the article, its trigger in the evidence and
in the lexicon under its relation, its two sides in the evidence by name or by the discourse model,
in kinds that fit, and where the syntax does not say it the other way round. Statuses are never
surer than the words read by rules; figures are those read from the text. Offsets are made here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from kg.articles import ignored_spans
from kg.backends.llm.arguments import Arguments
from kg.backends.llm.carrying import Carrier, CarrierFinder
from kg.backends.llm.locating import Folded
from kg.frames import Match
from kg.model import Argument, Claim, Qualifiers, Quote, Span, Status
from kg.paragraphs import paragraphs
from kg.quantities import Money, Percent, find_quantities
from kg.status import StatusReader

if TYPE_CHECKING:
    from kg.backends.llm.replies import Proposal
    from kg.frames import FrameMatcher
    from kg.mentions import TokenMention
    from kg.model import Article
    from kg.ontology import Ontology, Relation

__all__ = ["Grounder", "Reason", "Refusal"]

_SURE = 0.8  # confidence of what a model says and the words bear out
_SENTENCES = 2  # that an evidence may touch
_SHORTEST = 8  # characters of an evidence
_APART = 0.8  # of that left where it takes two sentences to say it
_TOLERANCE = 1e-6  # relative, of figures
_WHOLE = 100.0  # percent


class Reason(StrEnum):
    """Why a proposal is refused, in words that the model is told."""

    INCOMPLETE = "a field is missing"
    RELATION = "there is no such relation"
    STATUS = "there is no such status"
    EVIDENCE = "the evidence does not stand in the article"
    LONG = "the evidence is more than two sentences"
    CLOSED = "the evidence is not among the sentences asked about"
    BOILERPLATE = "the evidence is no part of the article proper"
    INSTRUCTION = "the evidence stands beside orders to a machine"
    TRIGGER = "the trigger does not stand in the evidence"
    CARRIES = "the trigger does not carry this relation"
    SUBJECT = "the subject does not stand in the evidence"
    OBJECT = "the object does not stand in the evidence"
    KIND = "subject or object is not of a kind that the relation takes"
    SAME = "subject and object cannot stand together"
    ROLES = "the words say it of others, or the other way round"
    DENIAL = "no word denies it"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A proposal that does not stand, and why."""

    proposal: Proposal
    reason: Reason


class _RefusedError(Exception):
    """Ends the check of one proposal."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Place:
    """Sentences of an evidence, first and last, and their characters without space around."""

    first: int
    last: int
    quote: Quote

    @property
    def within(self) -> tuple[int, int]:
        return self.first, self.last


class Grounder:
    """Checks proposals against one article.

    Parameters
    ----------
    article, matcher
        The article with its tree, names and resolved descriptions.
    why
        Lines for the explanation of each claim.
    """

    def __init__(self, article: Article, matcher: FrameMatcher, why: tuple[str, ...] = ()) -> None:
        self.article, self.matcher, self.why = article, matcher, why
        self.tree = matcher.tree
        self.ontology: Ontology = matcher.ontology
        self.text = Folded(article.text)
        self.arguments = Arguments(article, self.text, matcher)
        self.carriers = CarrierFinder(matcher)
        self.status = StatusReader(matcher.tree, matcher.ontology)

    @cached_property
    def quantities(self) -> Sequence[Money | Percent]:
        """Money and stakes of the article."""
        return find_quantities(self.article.text, self.article.lang)

    @cached_property
    def ignored(self) -> Sequence[Span]:
        """What is printed around the article."""
        return ignored_spans(self.article)

    @cached_property
    def orders(self) -> Sequence[Span]:
        """Paragraphs that speak to a machine: a model may have obeyed them."""
        words = self.tree.words("instruction")
        text = self.article.text
        found = ((p, " ".join(text[p.start : p.end].lower().split())) for p in paragraphs(text))
        return [paragraph for paragraph, said in found if any(word in said for word in words)]

    def ground(self, proposal: Proposal, wanted: frozenset[int]) -> Claim | Refusal:
        """The claim that *proposal* makes, with evidence among the sentences *wanted*."""
        try:
            relation = self._relation(proposal)
            reason = Reason.EVIDENCE
            for place in self._places(proposal, wanted):
                try:
                    return self._claim(proposal, relation, place)
                except _RefusedError as refused:  # the words may stand a second time
                    reason = refused.reason
            return Refusal(proposal, reason)
        except _RefusedError as refused:
            return Refusal(proposal, refused.reason)

    def _relation(self, proposal: Proposal) -> Relation:
        if not (proposal.evidence and proposal.relation):
            raise _RefusedError(Reason.INCOMPLETE)
        if not any((proposal.subject, proposal.subject_name)):
            raise _RefusedError(Reason.SUBJECT)
        if not any((proposal.object, proposal.object_name)):
            raise _RefusedError(Reason.OBJECT)
        if proposal.relation not in self.ontology.relations:
            raise _RefusedError(Reason.RELATION)
        if proposal.status not in set(Status):
            raise _RefusedError(Reason.STATUS)
        return self.ontology.relations[proposal.relation]

    # -- evidence ------------------------------------------------------------------------------

    def _places(self, proposal: Proposal, wanted: frozenset[int]) -> Iterator[_Place]:
        """Where the evidence stands, as whole sentences."""
        if len(proposal.evidence) < _SHORTEST:
            raise _RefusedError(Reason.EVIDENCE)
        for span in self.text.find(proposal.evidence):
            tokens = self.arguments.tokens(span)
            first, last = (self.tree.sentence[tokens[n]] for n in (0, -1))
            if last - first >= _SENTENCES:
                raise _RefusedError(Reason.LONG)
            if not wanted & set(range(first, last + 1)):
                raise _RefusedError(Reason.CLOSED)
            yield _Place(first, last, self._stretch(first, last))

    def _stretch(self, first: int, last: int) -> Quote:
        opening = self.tree.doc[self.tree.bounds[first][0]]
        closing = self.tree.doc[self.tree.bounds[last][1] - 1]
        text = self.article.text[opening.idx : closing.idx + len(closing.text)]
        start = opening.idx + len(text) - len(text.lstrip())
        return self._quote(Span(start, start + len(text.strip())))

    def _quote(self, span: Span) -> Quote:
        return Quote(span.start, span.end, self.article.text[span.start : span.end])

    # -- the claim -----------------------------------------------------------------------------

    def _claim(self, proposal: Proposal, relation: Relation, place: _Place) -> Claim:
        ends = self._ends(proposal, relation, place)
        match = self._match(proposal, relation, place, ends)
        if self._is_in(self.ignored, match.trigger):
            raise _RefusedError(Reason.BOILERPLATE)
        if self._is_in(self.orders, match.trigger):
            raise _RefusedError(Reason.INSTRUCTION)
        subject, object_ = (self._argument(end) for end in ends)
        token = self.tree.doc[match.trigger]
        status, cues = self._status(proposal, match, place)
        return Claim(
            article=self.article.id,
            subject=subject,
            relation=relation.name,
            object=object_,
            status=status,
            evidence=place.quote,
            trigger=self._quote(Span(token.idx, token.idx + len(token.text))),
            qualifiers=self._qualifiers(proposal, relation, place),
            date=self.article.date,
            confidence=round(match.confidence, 4),
            extractor="llm",
            explanation=(*self.why, *match.why, *(f"status: {cue}" for cue in cues)),
        )

    def _argument(self, found: TokenMention) -> Argument:
        if found.mention.entity is None:
            raise _RefusedError(Reason.SUBJECT)
        return Argument(found.mention.entity, self._quote(found.mention.span))

    def _ends(
        self, proposal: Proposal, relation: Relation, place: _Place
    ) -> tuple[TokenMention, TokenMention]:
        p = proposal
        sides = (
            (p.subject, p.subject_name, True, Reason.SUBJECT),
            (p.object, p.object_name, False, Reason.OBJECT),
        )
        found = []
        for words, name, subject, reason in sides:
            ends = self.arguments.find(words, name, place.within, relation, subject)
            if not ends:
                located = self.arguments.is_located(words, name, place.within)
                raise _RefusedError(Reason.KIND if located else reason)
            found.append(ends[0])
        return found[0], found[1]

    def _match(
        self,
        proposal: Proposal,
        relation: Relation,
        place: _Place,
        ends: tuple[TokenMention, TokenMention],
    ) -> Match:
        weight = self.matcher.weight(relation, *ends)
        if not weight:
            raise _RefusedError(Reason.SAME)
        sure, carrier = self._carrier(proposal, relation, place, ends)
        apart = _APART if place.first != place.last else 1.0
        confidence = _SURE * weight * sure * apart
        resolved = (end.mention for end in ends if end.mention.why)
        why = tuple(f"{mention.text!r}: {mention.why}" for mention in resolved)
        return Match(relation.name, carrier.token, *ends, confidence, carrier.frame, why)

    # -- the word that carries it --------------------------------------------------------------

    def _carrier(
        self,
        proposal: Proposal,
        relation: Relation,
        place: _Place,
        ends: tuple[TokenMention, TokenMention],
    ) -> tuple[float, Carrier]:
        """The word of the trigger that best carries *relation* between *ends*, and how well."""
        span = Span(place.quote.start, place.quote.end)
        spans = list(self.text.find(proposal.trigger, span))
        if proposal.trigger and not spans:
            raise _RefusedError(Reason.TRIGGER)
        tokens = [i for at in spans for i in self.arguments.tokens(at)]
        found = [c for c in self.carriers.carriers(tokens, relation) if self._is_beside(c, ends)]
        owned = self.carriers.genitive(*ends, relation)
        if not found and owned is None:
            raise _RefusedError(Reason.CARRIES)
        rated = [(self.carriers.agreement(c, relation, *ends), c) for c in found]
        if owned is not None and not any(sure for sure, _ in rated):
            rated.append((1.0, owned))
        best = min(rated, key=lambda item: (-item[0], _distance(item[1], ends), item[1].token))
        if not best[0]:
            raise _RefusedError(Reason.ROLES)
        return best

    def _is_beside(self, carrier: Carrier, ends: tuple[TokenMention, TokenMention]) -> bool:
        """Whether a side stands in the sentence of *carrier*."""
        sentence = self.tree.sentence[carrier.token]
        return any(self.tree.sentence[end.head] == sentence for end in ends)

    def _is_in(self, spans: Sequence[Span], i: int) -> bool:
        place = self.tree.doc[i].idx
        return any(span.start <= place < span.end for span in spans)

    # -- status and figures --------------------------------------------------------------------

    def _status(
        self, proposal: Proposal, match: Match, place: _Place
    ) -> tuple[Status, tuple[str, ...]]:
        """The less certain of what the model says and what rules read."""
        said, reading = Status(proposal.status), self.status.read(match)
        if said is Status.DENIED and reading.status is not Status.DENIED:
            return said, (f"by the model, {self._denial(place)!r}",)
        if reading.status is Status.CONFIRMED and said is not Status.CONFIRMED:
            return said, (*reading.cues, "by the model")
        return reading.status, reading.cues

    def _denial(self, place: _Place) -> str:
        """The word of the evidence that denies; a denial without one takes back what others say."""
        start, end = self.tree.bounds[place.first][0], self.tree.bounds[place.last][1]
        for i in range(start, end):
            cues = (
                c
                for form in self.tree.forms(i)
                for c in self.ontology.cues_for(form, self.tree.lang)
            )
            if any(cue.status is Status.DENIED for cue in cues):
                return str(self.tree.text[i])
        raise _RefusedError(Reason.DENIAL)

    def _qualifiers(self, proposal: Proposal, relation: Relation, place: _Place) -> Qualifiers:
        """The figures of *proposal* that the evidence gives; others are left out."""
        near = [q for q in self.quantities if place.quote.start <= q.span.start < place.quote.end]
        wanted = relation.qualifiers
        money = [q for q in near if isinstance(q, Money) and _is_close(q.amount, proposal.amount)]
        shares = [
            q for q in near if isinstance(q, Percent) and _is_close(q.value, proposal.percent)
        ]
        amount = money[0] if money and "amount" in wanted else None
        share = shares[0] if shares and "percent" in wanted else None
        return Qualifiers(
            amount=amount.amount if amount else None,
            currency=amount.code if amount else None,
            percent=share.value if share and 0 < share.value <= _WHOLE else None,
        )


def _distance(carrier: Carrier, ends: tuple[TokenMention, TokenMention]) -> int:
    return sum(abs(end.head - carrier.token) for end in ends)


def _is_close(value: float, wanted: float | None) -> bool:
    return wanted is not None and value > 0 and math.isclose(value, wanted, rel_tol=_TOLERANCE)
