"""What a run asked, spent, kept and refused, in lines for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from kg.backends.llm.budget import Usage
from kg.backends.llm.service import Service

__all__ = ["Estimate", "Kept", "account_lines"]


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of one article."""

    sentences: int
    sent: int
    claims: int
    mended: int
    refused: Counter[str]
    differences: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run would ask, before it does; ``most`` holds tokens that it can use at most.

    A reply that is refused is asked for once more: in the worst case calls and tokens are twice as
    many, and a little more.
    """

    articles: int = 0
    sentences: int = 0
    sent: int = 0
    calls: int = 0
    cached: int = 0
    most: Usage = field(default_factory=Usage)

    def lines(self, service: Service) -> Iterator[str]:
        """The estimate in words."""
        yield f"{self.articles:,} articles; {_share(self.sent, self.sentences)} would be sent"
        yield (
            f"{self.calls:,} calls to {service.model}, {self.cached:,} replies are there already; "
            f"about {self.most.tokens_in:,} tokens in, at most {self.most.tokens_out:,} out"
        )
        if service.price_in or service.price_out:
            cost = service.cost(self.most.tokens_in, self.most.tokens_out)
            yield f"cost at most {cost:,.4f}, where every answer were refused once {2 * cost:,.4f}"
        else:
            yield "cost: not known without prices (--price IN OUT, for a million tokens)"


def _share(part: int, whole: int) -> str:
    percent = 100 * part / whole if whole else 0.0
    return f"{part:,} of {whole:,} sentences ({percent:.1f}%)"


def account_lines(
    service: Service, kept: list[Kept], calls: int, cached: int, used: Usage
) -> Iterator[str]:
    """What a run did, in words."""
    spent = service.cost(used.tokens_in, used.tokens_out)
    cost = f"; cost {spent:,.4f}" if service.price_in or service.price_out else ""
    yield (
        f"{service.model}: {calls:,} calls, {cached:,} replies were there already; "
        f"{used.tokens_in:,} tokens in, {used.tokens_out:,} out{cost}"
    )
    sent, sentences = sum(k.sent for k in kept), sum(k.sentences for k in kept)
    yield f"{_share(sent, sentences)} sent"
    refused = sum((k.refused for k in kept), Counter[str]())
    mended = sum(k.mended for k in kept)
    yield (
        f"{sum(k.claims for k in kept):,} claims grounded, {mended:,} of them when asked again; "
        f"{refused.total():,} refused"
    )
    for reason, count in sorted(refused.items(), key=lambda item: (-item[1], item[0])):
        yield f"  {count:,} × {reason}"
    if differences := sum(k.differences for k in kept):
        yield f"{differences:,} times rules and model differ (kg diff --extractor, replies/articles)"
