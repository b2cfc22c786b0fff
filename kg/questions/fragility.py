"""How an answer would change if an article were wrong.

An answer is fragile where one article alone carries part of it: without the article (and without
its copies, which say the same) a row would be missing, be weaker, or another one would appear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import networkx as nx

from kg.model import Answer, Row, Status
from kg.questions.proof import strength

__all__ = ["Difference", "Rest", "difference", "fragile", "origins_under", "pruned"]

Rest = Callable[[str], Answer | None]
"""Origin (hash) → the answer without its articles; None where it would not be exact."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What changes when the articles of one origin are left out.

    ``gone`` and ``weaker`` are rows of the answer as it is (``weaker``: their status falls),
    ``new`` rows that appear.
    """

    origin: str
    gone: tuple[Row, ...] = ()
    weaker: tuple[Row, ...] = ()
    new: tuple[Row, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.gone or self.weaker or self.new)


def difference(answer: Answer, without: Answer, origin: str = "") -> Difference:
    """Rows of *answer* that *without* lacks or has at a weaker status, and those that it adds."""
    before = {row.bindings: row for row in answer.rows}
    after = {row.bindings: row for row in without.rows}
    return Difference(
        origin,
        gone=tuple(row for key, row in before.items() if key not in after),
        weaker=tuple(
            row
            for key, row in before.items()
            if key in after and strength(after[key].status) < strength(row.status)
        ),
        new=tuple(row for key, row in after.items() if key not in before),
    )


def origins_under(rows: Iterable[Row] | None, graph: nx.MultiDiGraph) -> tuple[str, ...]:
    """Origins (hashes) of the articles that *rows* rest on, through premises; sorted.

    Of all claims of *graph* where *rows* is None.
    """
    claims = {key: data for _, _, key, data in graph.edges(keys=True, data=True)}
    waiting = list(claims) if rows is None else [claim for row in rows for claim in row.claims]
    seen, found = set[str](), set[str]()
    while waiting:
        claim = waiting.pop()
        if claim in seen or claim not in claims:
            continue
        seen.add(claim)
        waiting += claims[claim].get("premises") or ()
        origin = claims[claim].get("origin") or claims[claim].get("article")
        found.update([str(origin)] if origin else [])
    return tuple(sorted(found))


def pruned(graph: nx.MultiDiGraph, origins: frozenset[str]) -> tuple[nx.MultiDiGraph, bool]:
    """*graph* without the claims of *origins* and what rests on them, and whether that is exact.

    Nothing is drawn anew: an inference may be lost that another proof would have kept, or wait for
    a denial to go; then it is not exact.
    """
    claims = {key: (s, o, d) for s, o, key, d in graph.edges(keys=True, data=True)}
    lost = {
        k for k, (_, _, d) in claims.items() if (d.get("origin") or d.get("article")) in origins
    }
    exact = not any(claims[claim][2]["status"] == Status.DENIED for claim in lost)
    while more := {
        k
        for k, (_, _, d) in claims.items()
        if k not in lost and lost & set(d.get("premises") or ())
    }:
        lost, exact = lost | more, False
    kept = nx.MultiDiGraph()
    kept.add_nodes_from(graph.nodes(data=True))
    kept.add_edges_from((s, o, k, d) for k, (s, o, d) in claims.items() if k not in lost)
    return kept, exact


def fragile(
    answer: Answer, origins: Iterable[str], quick: Rest, exact: Rest
) -> Iterator[Difference]:
    """The differences that leaving out one of *origins* makes, in their order; none if robust.

    Parameters
    ----------
    answer
        The answer as it is.
    origins
        What to leave out, one after the other.
    quick, exact
        The answer without an origin: from the same graph, where that is exact, else with all
        inferences drawn again.
    """
    for origin in origins:
        without = quick(origin) or exact(origin)
        changed = difference(answer, without, origin) if without else None
        if changed:
            yield changed
