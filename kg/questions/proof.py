"""What carries an answer: status, support and confidence of chains of claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from kg.model import Row, Status

__all__ = ["Claims", "Proof", "best_first", "strength"]

Claims: TypeAlias = Mapping[str, tuple[str, str, str, dict[str, Any]]]
_RANK = {Status.CONFIRMED: 2, Status.PROSPECTIVE: 1, Status.DENIED: 0}


def strength(status: Status | str) -> int:
    """2 for confirmed, 1 for prospective, 0 for denied."""
    return _RANK[Status(status)]


def best_first(claims: Claims, ids: Iterable[str]) -> tuple[str, ...]:
    """*ids* without repeats: by status, stated before inferred, confidence, date, id."""

    def key(claim: str) -> tuple[object, ...]:
        data = claims[claim][3]
        inferred = bool(data.get("inferred"))
        return (-strength(data["status"]), inferred, -data.get("confidence", 1.0),
                data.get("date") or "", claim)  # fmt: skip

    return tuple(sorted(set(ids), key=key))


class Proof:
    """Judges chains over the claims of one graph (claim id → edge)."""

    def __init__(self, claims: Claims) -> None:
        self.claims = claims

    def sources(self, claim: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
        """Publishers and origins that *claim* rests on, through its premises.

        Copies of one story have one origin (:mod:`kg.agreement`).
        """
        if claim not in self.claims or claim in seen:
            return frozenset()
        data = self.claims[claim][3]
        if data.get("inferred"):
            below = (self.sources(p, seen | {claim}) for p in data.get("premises", ()))
            return frozenset().union(*below)
        origin = data.get("origin") or data.get("article") or claim
        publisher = [f"publisher {data['source']}"] if data.get("source") else []
        return frozenset({f"origin {origin}", *publisher})

    def support(self, ids: Iterable[str]) -> int:
        """Number of independent sources: claims none of whose sources was counted before."""
        used: set[str] = set()
        number = 0
        for sources in sorted(
            {self.sources(claim) for claim in ids}, key=lambda s: (len(s), sorted(s))
        ):
            if not sources & used:
                used |= sources
                number += 1
        return number

    def row(
        self, bindings: tuple[tuple[str, str | float], ...], steps: Iterable[Iterable[str]]
    ) -> Row:
        """A row over *steps*, each the ids of the claims that carry one edge.

        A step is as good as its best claim, the row as its weakest step. A row without steps (it
        says that no claim exists) has support 0 and the neutral values of the other two.
        """
        chains = [best_first(self.claims, step) for step in steps]
        best = [self.claims[chain[0]][3] for chain in chains]
        confidence = 1.0
        for data in best:
            confidence *= data.get("confidence", 1.0)
        return Row(
            bindings=bindings,
            status=min((Status(d["status"]) for d in best), key=strength, default=Status.CONFIRMED),
            confidence=round(confidence, 6),
            support=min((self.support(chain) for chain in chains), default=0),
            claims=tuple(dict.fromkeys(claim for chain in chains for claim in chain)),
        )
