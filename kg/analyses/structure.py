"""The shape of the graph: paths, centrality, communities, links that may be missing."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import islice, pairwise

import networkx as nx

from kg.analyses.network import Network, Result
from kg.model import Row, Status

__all__ = ["central", "communities", "path", "predict"]

_PATHS, _PREDICTED = 5, 20
EXACT_WORK = 10_000_000  # nodes times edges up to which betweenness is computed exactly
SAMPLED_WORK, MOST_SAMPLES, LEAST_SAMPLES = 3_000_000, 300, 10
MOST_TIES = 20_000  # pairs up to which communities are looked for among all
_DAMPING, _ROUNDS, _SETTLED = 0.85, 200, 1e-12


def _cost(network: Network, ids: list[str]) -> float:
    """1 for the step, plus what it lacks in sources, plus a half where it is not confirmed."""
    row = network.row((ids,))
    return 1 + 1 / max(row.support, 1) + 0.5 * (row.status is not Status.CONFIRMED)


def path(network: Network, first: str, second: str) -> Result:
    """The best-supported chains of claims between two entities, whatever their direction.

    A step costs 1 + 1/(independent sources) + ½ if it is not confirmed; the five cheapest simple
    paths, a row each (``node1`` … between the two, ``length``).
    """
    ties, plain = network.ties(), network.undirected()
    costs: dict[tuple[str, str], float] = {}

    def cost(a: str, b: str, _: object = None) -> float:
        pair = (min(a, b), max(a, b))
        if pair not in costs:  # few of many are ever looked at
            costs[pair] = _cost(network, ties[pair])
        return costs[pair]

    if not (first in plain and second in plain and nx.has_path(plain, first, second)):
        return Result("path", ())
    rows, dearest = [], 0.0
    for nodes in islice(nx.shortest_simple_paths(plain, first, second, cost), _PATHS):
        steps = [ties[min(pair), max(pair)] for pair in pairwise(nodes)]
        between = {f"node{i}": iri for i, iri in enumerate(nodes[1:-1], 1)}
        rows.append(network.row(steps, **between, length=float(len(steps))))
        dearest = sum(cost(a, b) for a, b in pairwise(nodes))
    hops = network.graph.graph.get("hops")  # of a part: longer ways are not in it, and cost more
    sure = hops is None or (len(rows) == _PATHS and dearest <= hops + 1)
    note = "" if sure else f"ways of more than {hops} claims were not looked for"
    return Result("path", tuple(rows), note)


def _pagerank(graph: nx.DiGraph) -> dict[str, float]:
    """PageRank (Brin and Page, 1998) by power iteration; dangling mass is spread evenly."""
    nodes = sorted(graph)
    number = {node: i for i, node in enumerate(nodes)}
    above = [[number[p] for p in graph.predecessors(node)] for node in nodes]
    degree = [graph.out_degree(node) for node in nodes]
    rank = [1 / len(nodes)] * len(nodes)
    for _ in range(_ROUNDS):
        given = [r / d if d else 0.0 for r, d in zip(rank, degree, strict=True)]
        dangling = sum(r for r, d in zip(rank, degree, strict=True) if not d)
        base = (1 - _DAMPING + _DAMPING * dangling) / len(nodes)
        fresh = [base + _DAMPING * sum(map(given.__getitem__, places)) for places in above]
        moved = sum(abs(new - old) for new, old in zip(fresh, rank, strict=True))
        rank = fresh
        if moved < _SETTLED * len(nodes):
            break
    return dict(zip(nodes, rank, strict=True))


def _betweenness(plain: nx.Graph) -> tuple[dict[str, float], str]:
    """Betweenness of each node and how it was estimated; nothing where it is exact.

    From as many sources (Brandes and Pich, 2007), drawn with a seed, as bounded work allows.
    """
    edges = plain.number_of_edges()
    if len(plain) * edges <= EXACT_WORK:
        return nx.betweenness_centrality(plain), ""
    samples = max(LEAST_SAMPLES, min(MOST_SAMPLES, SAMPLED_WORK // edges, len(plain)))
    found = nx.betweenness_centrality(plain, k=samples, seed=0)
    return found, f"betweenness estimated from {samples} of {len(plain):,} sources"


def central(network: Network) -> Result:
    """Degree, PageRank and betweenness of each entity, with its classes (``kind``).

    Parallel claims count once. Degree and betweenness (normalised) are of the undirected graph;
    PageRank follows the claims from subject to object. In large graphs betweenness is estimated
    from some sources, and the note says from how many.
    """
    plain = network.undirected()
    directed = nx.DiGraph(sorted({(s, o) for s, o, _, _ in network.claims.values()}))
    if not directed:
        return Result("central", ())
    between, note = _betweenness(plain)
    rank = _pagerank(directed)
    ties: dict[str, list[str]] = defaultdict(list)
    for pair, ids in network.ties().items():
        for node in pair:
            ties[node] += ids
    rows = [
        network.row(
            (ties[node],), entity=node, kind=", ".join(network.types(node)),
            degree=float(plain.degree(node)), pagerank=round(rank[node], 9),
            betweenness=round(between[node], 9),
        )
        for node in sorted(directed)
    ]  # fmt: skip
    rows.sort(key=lambda row: (-float(row.bindings[3][1]), network.name(str(row.bindings[0][1]))))
    return Result("central", tuple(rows), note)


def communities(network: Network) -> Result:
    """Groups of entities with more claims among them than with others (Louvain, Blondel 2008).

    Undirected, a pair weighs as many claims as join it; named after its three most linked
    members. Nodes are numbered first, so that the seeded method does not hang on string hashes.
    Of very many pairs the 20,000 with most claims are looked at, and the note says so.
    """
    ties, note = network.ties(), ""
    if len(ties) > MOST_TIES:
        note = f"looked for among the {MOST_TIES:,} of {len(ties):,} pairs with most claims"
        best = sorted(ties, key=lambda pair: (-len(ties[pair]), pair))[:MOST_TIES]
        ties = {pair: ties[pair] for pair in best}
    nodes = sorted({node for pair in ties for node in pair})
    number = {node: i for i, node in enumerate(nodes)}
    plain = nx.Graph()
    plain.add_nodes_from(range(len(nodes)))
    plain.add_weighted_edges_from(
        (number[a], number[b], len(i)) for (a, b), i in sorted(ties.items())
    )
    groups = nx.community.louvain_communities(plain, seed=0) if nodes else []
    rows = []
    for group in sorted((sorted(g) for g in groups), key=lambda g: (-len(g), g)):
        members = sorted(group, key=lambda i: (-plain.degree(i), network.name(nodes[i])))
        title = ", ".join(network.name(nodes[i]) for i in members[:3])
        inside = set(group)
        for i in members:
            pairs = [(min(i, j), max(i, j)) for j in sorted(plain[i]) if j in inside]
            claims = [claim for a, b in pairs for claim in ties[nodes[a], nodes[b]]]
            rows.append(network.row([claims] if claims else [], community=title, entity=nodes[i]))
    return Result("communities", tuple(rows), note)


def predict(network: Network, entity: str) -> Result:
    """Links that *entity* may have and no claim states: predictions, never mixed with claims.

    A row (``other``, ``adamicAdar``, ``jaccard``, ``common``) for each entity two claims away:
    number of common neighbours, their share of all neighbours (Jaccard), and their number
    weighted by 1/log(degree) (Adamic and Adar, 2003). The claims are those of the common
    neighbours; status, support and confidence are theirs, not the prediction's.
    """
    plain, ties = network.undirected(), network.ties()
    if entity not in plain:
        return Result("predict", ())
    near = set(plain[entity])
    others = sorted({far for node in near for far in plain[node]} - near - {entity})
    scored = []
    for other in others:
        shared = sorted(near & set(plain[other]))
        weight = sum(1 / math.log(plain.degree(node)) for node in shared)
        scored.append((-round(weight, 9), network.name(other), other, shared))
    rows: list[Row] = []
    for weight, _, other, shared in sorted(scored)[:_PREDICTED]:
        steps = [ties[min(a, b), max(a, b)] for n in shared for a, b in ((entity, n), (n, other))]
        rows.append(
            network.row(
                steps, other=other, adamicAdar=-weight,
                jaccard=round(len(shared) / len(near | set(plain[other])), 9),
                common=float(len(shared)),
            )
        )  # fmt: skip
    return Result("predict", tuple(rows), "predictions, not claims")
