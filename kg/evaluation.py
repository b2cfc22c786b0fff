"""Claims against gold annotations: precision, recall, F1, and how far a confidence can be trusted.

A claim is right where gold says the same triple of the same article: both names equal after
folding (or one of the gold claim's other names), relations equal, symmetric ones in either order.
Each gold claim is matched once, and as many as possible are (bipartite matching by augmenting
paths, Kuhn 1955), so that the figures do not depend on the order of the claims.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kg.gold import GoldArticle, GoldClaim
from kg.model import Claim, Quote
from kg.names import fold
from kg.ontology import Ontology

__all__ = ["Accuracy", "Bin", "Evaluation", "Miss", "Pair", "Score", "evaluate"]

BINS = 10
_TOLERANCE = 1e-6  # relative: amounts are written in words, not measured


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of claims: found and right, found and wrong (spurious), missed."""

    right: int = 0
    spurious: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """Share of the found claims that are right; 1 where none is found."""
        return _share(self.right, self.right + self.spurious)

    @property
    def recall(self) -> float:
        """Share of the gold claims that are found; 1 where there are none."""
        return _share(self.right, self.right + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 where there is nothing to find or found."""
        return _share(2 * self.right, 2 * self.right + self.spurious + self.missed)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How many of ``total`` were ``right``."""

    right: int = 0
    total: int = 0

    @property
    def share(self) -> float:
        """Share of the right ones; 1 where there are none."""
        return _share(self.right, self.total)


@dataclass(frozen=True, slots=True)
class Bin:
    """Claims with a confidence in ``[low, high)`` (the last bin holds its upper end as well)."""

    low: float
    high: float
    claims: int
    right: int
    mean: float

    @property
    def precision(self) -> float:
        """Share of the right ones."""
        return _share(self.right, self.claims)


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim and the gold claim that it matches."""

    claim: Claim
    gold: GoldClaim


@dataclass(frozen=True, slots=True)
class Miss:
    """A gold claim that was not found, with the id of its article."""

    article: str
    gold: GoldClaim


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came out of one comparison; ``languages`` maps an article's id to its language."""

    pairs: tuple[Pair, ...]
    missed: tuple[Miss, ...]
    spurious: tuple[Claim, ...]
    grounded: Accuracy
    languages: Mapping[str, str]

    @property
    def overall(self) -> Score:
        """All relations, languages and statuses together."""
        return Score(len(self.pairs), len(self.spurious), len(self.missed))

    @property
    def by_relation(self) -> dict[str, Score]:
        """Score of each relation, sorted by name."""
        return self._grouped(lambda _, thing: thing.relation)

    @property
    def by_language(self) -> dict[str, Score]:
        """Score of each language of the articles, sorted by code."""
        return self._grouped(lambda article, _: self.languages[article])

    @property
    def by_status(self) -> dict[str, Score]:
        """Score of each status: gold's for what gold has, the claim's own for what is spurious."""
        return self._grouped(lambda _, thing: str(thing.status))

    def _grouped(self, key: Callable[[str, Claim | GoldClaim], str]) -> dict[str, Score]:
        counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for pair in self.pairs:
            counts[key(pair.claim.article, pair.gold)][0] += 1
        for claim in self.spurious:
            counts[key(claim.article, claim)][1] += 1
        for miss in self.missed:
            counts[key(miss.article, miss.gold)][2] += 1
        return {name: Score(*counts[name]) for name in sorted(counts)}

    @property
    def status(self) -> Accuracy:
        """Matches with the status that gold gives."""
        return Accuracy(sum(p.claim.status == p.gold.status for p in self.pairs), len(self.pairs))

    @property
    def amount(self) -> Accuracy:
        """Matches with gold's amount and currency, of those for which gold has an amount."""
        wanted = [pair for pair in self.pairs if pair.gold.amount is not None]
        return Accuracy(sum(map(_same_amount, wanted)), len(wanted))

    @property
    def percent(self) -> Accuracy:
        """Matches with gold's stake, of those for which gold has one."""
        wanted = [pair for pair in self.pairs if pair.gold.percent is not None]
        right = (_close(p.claim.qualifiers.percent, p.gold.percent) for p in wanted)
        return Accuracy(sum(right), len(wanted))

    @property
    def unasked_figures(self) -> int:
        """Matches that carry an amount or a stake where gold has none of the kind."""
        return sum(
            (p.gold.amount is None and p.claim.qualifiers.amount is not None)
            or (p.gold.percent is None and p.claim.qualifiers.percent is not None)
            for p in self.pairs
        )

    @property
    def reliability(self) -> tuple[Bin, ...]:
        """Precision by confidence, in bins of equal width; empty bins are left out."""
        judged = [(pair.claim.confidence, True) for pair in self.pairs]
        judged += [(claim.confidence, False) for claim in self.spurious]
        groups: dict[int, list[tuple[float, bool]]] = defaultdict(list)
        for confidence, right in judged:
            groups[min(int(confidence * BINS), BINS - 1)].append((confidence, right))
        return tuple(_bin(number, groups[number]) for number in sorted(groups))

    @property
    def calibration_error(self) -> float:
        """Mean distance of confidence and precision over the bins, weighted by their claims."""
        bins = self.reliability
        total = sum(b.claims for b in bins)
        return sum(b.claims * abs(b.mean - b.precision) for b in bins) / total if total else 0.0


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


def _bin(number: int, judged: Sequence[tuple[float, bool]]) -> Bin:
    mean = sum(confidence for confidence, _ in judged) / len(judged)
    right = sum(right for _, right in judged)
    return Bin(number / BINS, (number + 1) / BINS, len(judged), right, mean)


def _close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=_TOLERANCE)


def _same_amount(pair: Pair) -> bool:
    found, gold = pair.claim.qualifiers, pair.gold
    return _close(found.amount, gold.amount) and gold.currency in {None, found.currency}


def evaluate(
    gold: Iterable[GoldArticle],
    claims: Mapping[str, Iterable[Claim]],
    ontology: Ontology,
) -> Evaluation:
    """Compare extracted *claims* (by article id) with the annotations of *gold*.

    Claims of articles that *gold* does not hold are not judged. *ontology* says which relations
    are symmetric.
    """
    pairs: list[Pair] = []
    missed: list[Miss] = []
    spurious: list[Claim] = []
    grounded = judged = 0
    languages: dict[str, str] = {}
    for item in gold:
        article = item.article
        languages[article.id] = article.lang
        found = tuple(claims.get(article.id, ()))
        grounded += sum(is_grounded(claim, article.text) for claim in found)
        judged += len(found)
        chosen = _assign(found, item.claims, ontology)
        pairs += [Pair(found[n], item.claims[m]) for n, m in sorted(chosen.items())]
        spurious += [claim for n, claim in enumerate(found) if n not in chosen]
        left = set(range(len(item.claims))) - set(chosen.values())
        missed += [Miss(article.id, item.claims[m]) for m in sorted(left)]
    checked = Accuracy(grounded, judged)
    return Evaluation(tuple(pairs), tuple(missed), tuple(spurious), checked, languages)


def is_grounded(claim: Claim, text: str) -> bool:
    """Whether each quote of *claim* stands in *text* where it says, the trigger in the evidence."""
    quotes = (claim.evidence, claim.trigger, claim.subject.quote, claim.object.quote)
    evidence, trigger = claim.evidence, claim.trigger
    inside = evidence.start <= trigger.start and trigger.end <= evidence.end
    return inside and all(_stands(quote, text) for quote in quotes)


def _stands(quote: Quote, text: str) -> bool:
    inside = 0 <= quote.start < quote.end <= len(text)
    return inside and text[quote.start : quote.end] == quote.text


def _assign(
    claims: Sequence[Claim], gold: Sequence[GoldClaim], ontology: Ontology
) -> dict[int, int]:
    """Number of a claim → number of its gold claim, as many as possible."""
    taken: dict[int, int] = {}  # gold → claim
    options = [list(_options(claim, gold, ontology)) for claim in claims]

    def place(claim: int, seen: set[int]) -> bool:
        for option in options[claim]:
            if option in seen:
                continue
            seen.add(option)
            if option not in taken or place(taken[option], seen):
                taken[option] = claim
                return True
        return False

    for number in range(len(claims)):
        place(number, set())
    return {claim: number for number, claim in taken.items()}


def _options(claim: Claim, gold: Sequence[GoldClaim], ontology: Ontology) -> Iterator[int]:
    """Gold claims that *claim* may match, those of the preferred names first."""
    names = fold(claim.subject.entity.name), fold(claim.object.entity.name)
    relation = ontology.properties.get(claim.relation)
    orders = [names, names[::-1]] if relation is not None and relation.symmetric else [names]
    possible = [n for n, item in enumerate(gold) if item.relation == claim.relation]
    by_name = [n for n in possible if (gold[n].subjects[0], gold[n].objects[0]) in orders]
    yield from by_name
    for n in possible:
        fits = any(one in gold[n].subjects and other in gold[n].objects for one, other in orders)
        if fits and n not in by_name:
            yield n
