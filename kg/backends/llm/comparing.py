"""Rules and model on one article: what both say, what one says, what they say otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kg.claims import merge, triple
from kg.disagreement import Disagreement, disagreements
from kg.model import Claim

if TYPE_CHECKING:
    from kg.ontology import Ontology

__all__ = ["combine"]


def combine(
    ruled: Sequence[Claim],
    made: Sequence[Claim],
    judged: Iterable[tuple[int, int]],
    ontology: Ontology,
) -> tuple[tuple[Claim, ...], list[dict[str, Any]]]:
    """The claims of both, each triple once, and records of where they differ.

    *judged* are the sentences, first and last character, on which the model has answered: only of
    these its silence says something. It never takes a claim of the rules away; where it puts the
    same sentence more carefully, its status is taken.
    """
    said = {triple(claim, ontology): claim for claim in made}
    joined = [_joined(claim, said.get(triple(claim, ontology))) for claim in ruled]
    both = {triple(claim, ontology) for claim in joined if "+" in claim.extractor}
    rest = [claim for claim in made if triple(claim, ontology) not in both]
    asked = list(judged)
    known = [claim for claim in ruled if _is_within(claim, asked)]
    found = disagreements(known, made, ontology)
    differences = [d for d in found if d.first is not None]  # to add a claim is no disagreement
    return merge([*joined, *rest], ontology), list(_records(differences))


def _joined(ruled: Claim, made: Claim | None) -> Claim:
    """One claim of two that read the same sentence; the rules' own where the model read another."""
    if made is None or made.evidence != ruled.evidence:
        return ruled
    doubt = (1 - ruled.confidence) * (1 - made.confidence)
    return replace(
        ruled,
        status=made.status,
        confidence=round(1 - doubt, 4),
        extractor=f"{ruled.extractor}+{made.extractor}",
        explanation=(*ruled.explanation, *made.explanation),
    )


def _is_within(claim: Claim, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start <= claim.trigger.start <= end for start, end in spans)


def _records(differences: Iterable[Disagreement]) -> Iterator[dict[str, Any]]:
    for found in differences:
        claim = found.first or found.second
        if claim is not None:
            yield {
                "subject": claim.subject.entity.name,
                "relation": claim.relation,
                "object": claim.object.entity.name,
                "rules": found.first.status.value if found.first else None,
                "model": found.second.status.value if found.second else None,
            }
