"""Where two extractors that read the same articles differ.

Claims of one article are compared by pair and relation (either order where it is symmetric): one
extractor alone says it, or both do with another status or other figures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kg.claims import triple
from kg.model import Claim
from kg.ontology import Ontology

__all__ = ["Disagreement", "disagreements", "made_by"]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What the first and the second say of one pair in one article; None: nothing."""

    article: str
    first: Claim | None
    second: Claim | None

    @property
    def what(self) -> str:
        """``only first``, ``only second``, ``status`` or ``figures``."""
        if self.first is None or self.second is None:
            return "only first" if self.second is None else "only second"
        return "status" if self.first.status is not self.second.status else "figures"


def made_by(claim: Claim, extractor: str) -> bool:
    """Whether *extractor* made *claim*, alone or with another (``frames+llm``)."""
    return extractor in claim.extractor.split("+")


def disagreements(
    first: Iterable[Claim], second: Iterable[Claim], ontology: Ontology
) -> tuple[Disagreement, ...]:
    """All differences, by article and place in its text."""
    one, other = _by_triple(first, ontology), _by_triple(second, ontology)
    keys = sorted(one.keys() | other.keys())
    found = (Disagreement(key[0], one.get(key), other.get(key)) for key in keys)
    return tuple(sorted((d for d in found if _differ(d)), key=_place))


def _by_triple(
    claims: Iterable[Claim], ontology: Ontology
) -> dict[tuple[str, tuple[str, str, str]], Claim]:
    return {(claim.article, triple(claim, ontology)): claim for claim in claims}


def _differ(found: Disagreement) -> bool:
    if found.first is None or found.second is None:
        return True
    return _said(found.first) != _said(found.second)


def _said(claim: Claim) -> tuple[object, ...]:
    values = claim.qualifiers
    return claim.status, values.amount, values.currency, values.percent


def _place(found: Disagreement) -> tuple[str, int, int, str]:
    claim = found.first or found.second
    if claim is None:
        raise ValueError("a disagreement about nothing")
    return found.article, claim.evidence.start, claim.trigger.start, claim.id
