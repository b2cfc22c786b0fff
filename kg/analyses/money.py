"""Who funds whom: both sides of a rivalry, money that comes back, stakes, shared investors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

import networkx as nx

from kg.analyses.network import (
    BELONGING,
    FUNDING,
    OWNERSHIP,
    PARTNERSHIP,
    RIVALRY,
    SUPPLY,
    Links,
    Network,
    Result,
)
from kg.model import Row

__all__ = ["circular_financing", "common_investors", "interlocks", "rival_backers", "stakes"]

LONGEST_CYCLE, MOST_CYCLES, MOST_LOOKED_AT = 4, 2_000, 100_000


def _sources(links: Links) -> dict[str, set[str]]:
    """End → those with a link to it."""
    sources: dict[str, set[str]] = defaultdict(set)
    for start, end in links:
        sources[end].add(start)
    return sources


def _joint(sources: dict[str, set[str]], first: str, second: str) -> list[str]:
    """Those with a link to both, sorted."""
    return sorted((sources[first] & sources[second]) - {first, second})


def rival_backers(network: Network) -> Result:
    """Who backs both sides of a rivalry.

    A row (``backer``, ``rival``, ``rival2``) for each pair of rivals and each third party with a
    funding claim to both; the pair is unordered. Directions count: money goes to the rivals.
    """
    funding = network.links(FUNDING)
    into = _sources(funding)
    rows = [
        network.row(
            (funding[backer, a], funding[backer, b], rivalry), backer=backer, rival=a, rival2=b
        )
        for (a, b), rivalry in network.pairs(RIVALRY).items()
        for backer in _joint(into, a, b)
    ]
    return Result("rival-backers", network.ranked(rows))


def common_investors(network: Network, first: str, second: str) -> Result:
    """Who has a funding claim to both; a row each (``investor``)."""
    funding = network.links(FUNDING)
    rows = [
        network.row((funding[who, first], funding[who, second]), investor=who)
        for who in _joint(_sources(funding), first, second)
    ]
    return Result("common-investors", network.ranked(rows))


def interlocks(network: Network) -> Result:
    """Rivals that share an investor, a supplier or a partner.

    A row (``rival``, ``rival2``, ``shared``, ``through``: the part played) for each shared party.
    """
    rows: list[Row] = []
    for part in (FUNDING, SUPPLY, PARTNERSHIP):
        links = network.links(part)
        sources = _sources(links)
        for (a, b), rivalry in network.pairs(RIVALRY).items():
            for shared in _joint(sources, a, b):
                steps = (links[shared, a], links[shared, b], rivalry)
                rows.append(network.row(steps, rival=a, rival2=b, shared=shared, through=part))
    return Result("interlocks", network.ranked(rows))


def circular_financing(network: Network) -> Result:
    """Cycles in which money comes back as purchases: A funds B, B buys from A.

    Money goes from investor to investee, from customer to supplier, and from a company to its
    owner; a row for each simple cycle of at most four members with at least one investment and
    one purchase (``member1`` …, from the investor with the first IRI on). Where two kinds of link
    lead the same way between two members, the cycle counts if some choice of kinds makes it one,
    and all the claims are shown. Of very many cycles the first 2,000 are shown, and the note says so.
    """
    funding = network.links(FUNDING)
    bought = {(c, s): ids for (s, c), ids in network.links(SUPPLY).items()}
    owned = network.links(BELONGING)
    rows: list[Row] = []
    for number, edges in enumerate(_cycles({*funding, *bought, *owned})):
        if number == MOST_LOOKED_AT or len(rows) == MOST_CYCLES:
            note = f"of very many cycles only the first {number:,} were looked at"
            return Result("circular-financing", network.ranked(rows), note)
        if _alternates(edges, funding, bought):
            first = min((a, i) for i, (a, b) in enumerate(edges) if (a, b) in funding)[1]
            edges = edges[first:] + edges[:first]
            steps = [[*funding.get(e, ()), *bought.get(e, ()), *owned.get(e, ())] for e in edges]
            members = {f"member{i}": a for i, (a, _) in enumerate(edges, 1)}
            rows.append(network.row(steps, **members))
    return Result("circular-financing", network.ranked(rows))


def _cycles(flow: set[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Simple cycles of at most four members, as edges.

    Nodes are numbered, so that which come first does not hang on string hashes.
    """
    nodes = sorted({end for edge in flow for end in edge})
    number = {node: i for i, node in enumerate(nodes)}
    graph = nx.DiGraph(sorted((number[a], number[b]) for a, b in flow))
    for cycle in nx.simple_cycles(graph, length_bound=LONGEST_CYCLE):
        names = [nodes[i] for i in cycle]
        yield list(pairwise([*names, names[0]]))


def _alternates(edges: list[tuple[str, str]], funding: Links, bought: Links) -> bool:
    """Whether one edge can be an investment and another one a purchase."""
    paid = [i for i, edge in enumerate(edges) if edge in funding]
    back = [i for i, edge in enumerate(edges) if edge in bought]
    return any(i != j for i in paid for j in back)


def stakes(network: Network, entity: str) -> Result:
    """Who holds how much of *entity*: a row for each holder and percentage that a claim gives.

    ``disagrees`` is 1 where claims give different percentages for one holder (they may also be of
    different days: ``date``), else 0.
    """
    given: dict[tuple[str, float], list[str]] = defaultdict(list)
    for start, end, key, data in network.of_part(OWNERSHIP):
        if end == entity and data.get("percent") is not None:
            given[start, float(data["percent"])].append(key)
    numbers: dict[str, set[float]] = defaultdict(set)
    for holder, percent in given:
        numbers[holder].add(percent)
    rows = []
    for (holder, percent), ids in given.items():
        dates = [network.claims[i][3].get("date") or "" for i in ids]
        rows.append(
            network.row(
                (ids,), holder=holder, percent=percent, date=max(dates),
                disagrees=float(len(numbers[holder]) > 1),
            )
        )  # fmt: skip
    rows.sort(key=lambda row: (-float(row.bindings[1][1]), network.name(str(row.bindings[0][1]))))
    return Result("stakes", tuple(rows))
