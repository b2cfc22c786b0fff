"""Matches to claims: status, money, stake, evidence, who is cited; one claim a triple.

Every quote is cut from the article's text by its offsets, so a claim is grounded by construction;
what has no place in the text is not made into one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kg.model import Argument, Article, Claim, Qualifiers, Quote, Span, Status
from kg.quantities import Money, Percent
from kg.quantity_lexicon import Kind

if TYPE_CHECKING:
    from kg.frames import Match
    from kg.mentions import TokenMention
    from kg.ontology import Ontology
    from kg.status import StatusReader
    from kg.syntax import Tree

__all__ = ["ClaimMaker", "merge", "triple"]

_RANK = {Status.CONFIRMED: 2, Status.DENIED: 1, Status.PROSPECTIVE: 0}
_HALF = 50.0  # percent
_REACH = 160  # characters between a deal's words and its amount at most


@dataclass(frozen=True, slots=True)
class ClaimMaker:
    """Makes the claims of one parsed article."""

    article: Article
    tree: Tree
    ontology: Ontology
    status: StatusReader
    quantities: Sequence[Money | Percent]
    ignored: Sequence[Span] = ()

    def claims(self, matches: Iterable[Match]) -> tuple[Claim, ...]:
        """Claims of *matches*, each triple once, in text order."""
        kept = [match for match in matches if not self._is_ignored(match.trigger)]
        triggers = sorted({match.trigger for match in kept})
        made = [self._claim(match, triggers) for match in kept]
        return merge(made, self.ontology)

    def _is_ignored(self, i: int) -> bool:
        place = self.tree.doc[i].idx
        return any(span.start <= place < span.end for span in self.ignored)

    def _claim(self, match: Match, triggers: Sequence[int]) -> Claim:
        reading = self.status.read(match)
        qualifiers = self._qualifiers(match, triggers)
        return Claim(
            article=self.article.id,
            subject=self._argument(match.subject),
            relation=self._relation(match, qualifiers),
            object=self._argument(match.object),
            status=reading.status,
            evidence=self._evidence(match),
            trigger=self._quote(self._token_span(match.trigger)),
            qualifiers=qualifiers,
            date=self.article.date,
            confidence=round(match.confidence, 4),
            explanation=(
                *match.why,
                *self._resolved(match),
                *(f"status: {c}" for c in reading.cues),
            ),
        )

    def _relation(self, match: Match, qualifiers: Qualifiers) -> str:
        """The relation, or what it amounts to where more than half changes hands ("bought 60%")."""
        control = self.ontology.properties[match.relation].control
        if not control or match.frame is None or (qualifiers.percent or 0) <= _HALF:
            return match.relation
        frames = self.ontology.frames_for(match.frame.lemma, match.frame.lang)
        buys = any(f.relation == control and f.pos == match.frame.pos for f in frames)
        return control if buys else match.relation

    def _resolved(self, match: Match) -> Iterator[str]:
        for found in (match.subject, match.object):
            if found.mention.why:
                yield f"{found.mention.text!r}: {found.mention.why}"

    def _argument(self, found: TokenMention) -> Argument:
        entity = found.mention.entity
        if entity is None:
            raise ValueError(f"mention {found.mention.text!r} stands for nothing")
        return Argument(entity, self._quote(found.mention.span))

    def _quote(self, span: Span) -> Quote:
        return Quote(span.start, span.end, self.article.text[span.start : span.end])

    def _token_span(self, i: int) -> Span:
        token = self.tree.doc[i]
        return Span(token.idx, token.idx + len(token.text))

    def _evidence(self, match: Match) -> Quote:
        """The trigger's sentence, whole where the parser cut it inside a name ("Warner Bros. …")."""
        ends = (e for m in (match.subject, match.object) for e in (m.start, m.end - 1))
        numbers = [self.tree.sentence[i] for i in (match.trigger, *ends)]
        return self._stretch(min(numbers), max(numbers))

    def _sentence(self, i: int) -> Quote:
        return self._stretch(self.tree.sentence[i], self.tree.sentence[i])

    def _stretch(self, one: int, other: int) -> Quote:
        """The words of sentences *one* to *other*, without space around them."""
        first = self.tree.doc[self.tree.bounds[one][0]]
        last = self.tree.doc[self.tree.bounds[other][1] - 1]
        text = self.article.text[first.idx : last.idx + len(last.text)]
        lead = len(text) - len(text.lstrip())
        return self._quote(Span(first.idx + lead, first.idx + lead + len(text.strip())))

    # -- qualifiers ----------------------------------------------------------------------------

    def _qualifiers(self, match: Match, triggers: Sequence[int]) -> Qualifiers:
        wanted = self.ontology.properties[match.relation].qualifiers
        sentence = self._sentence(match.trigger)
        near = [q for q in self.quantities if sentence.start <= q.span.start < sentence.end]
        money = [q for q in near if isinstance(q, Money) and q.kind in {Kind.AMOUNT, Kind.ROUND}]
        stakes = [q for q in near if isinstance(q, Percent) and q.kind in {Kind.STAKE, Kind.OTHER}]
        amount = self._nearest(match, money, triggers) if "amount" in wanted else None
        percent = self._nearest(match, stakes, triggers) if "percent" in wanted else None
        return Qualifiers(
            amount=amount.amount if isinstance(amount, Money) else None,
            currency=amount.code if isinstance(amount, Money) else None,
            percent=percent.value if isinstance(percent, Percent) else None,
        )

    def _nearest(
        self, match: Match, found: Sequence[Money | Percent], triggers: Sequence[int]
    ) -> Money | Percent | None:
        """The quantity that belongs to the match: no other trigger is nearer to it."""
        own = [self._place(match.trigger), match.object.mention.span.start]
        rivals = [
            self._place(t) for t in triggers if t != match.trigger and self._is_rival(match, t)
        ]
        best: tuple[int, Money | Percent] | None = None
        for quantity in found:
            distance = min(abs(quantity.span.start - place) for place in own)
            blocked = any(abs(quantity.span.start - place) < distance for place in rivals)
            if distance <= _REACH and not blocked and (best is None or distance < best[0]):
                best = (distance, quantity)
        return best[1] if best else None

    def _is_rival(self, match: Match, other: int) -> bool:
        return self.tree.sentence[other] == self.tree.sentence[match.trigger]

    def _place(self, i: int) -> int:
        return int(self.tree.doc[i].idx)


def triple(claim: Claim, ontology: Ontology) -> tuple[str, str, str]:
    """IRIs and relation of *claim*; of a symmetric one the smaller IRI comes first."""
    ends = claim.subject.entity.iri, claim.object.entity.iri
    return ontology.undirected((ends[0], claim.relation, ends[1]))


def _strength(claim: Claim) -> tuple[int, int, float, int, int]:
    """Order of claims of one triple: confirmed first, then those with figures, then the surest."""
    figures = (claim.qualifiers.amount is not None) + (claim.qualifiers.percent is not None)
    return (
        -_RANK[claim.status],
        -figures,
        -claim.confidence,
        claim.evidence.start,
        claim.trigger.start,
    )


def _merged(claims: Sequence[Claim]) -> Claim:
    best, *others = sorted(claims, key=_strength)
    values = best.qualifiers
    # figures that the strongest passage lacks come from the next that says the same: a stake that
    # is only planned is no figure of a deal that is done
    for other in (other for other in others if other.status is best.status):
        values = replace(
            values,
            amount=values.amount if values.amount is not None else other.qualifiers.amount,
            currency=values.currency if values.amount is not None else other.qualifiers.currency,
            percent=values.percent if values.percent is not None else other.qualifiers.percent,
        )
    quotes = sorted({other.evidence for other in others} - {best.evidence})
    return replace(best, qualifiers=values, support=tuple(quotes))


def merge(claims: Iterable[Claim], ontology: Ontology) -> tuple[Claim, ...]:
    """One claim a triple of an article: a confirmed passage wins, the others support it."""
    grouped: dict[tuple[str, str, str], list[Claim]] = {}
    for claim in claims:
        grouped.setdefault(triple(claim, ontology), []).append(claim)
    merged = [_merged(group) for group in grouped.values()]
    return tuple(sorted(merged, key=lambda c: (c.evidence.start, c.trigger.start, c.id)))
