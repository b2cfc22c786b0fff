"""The shape of the graph: paths, centrality, communities, links that may be missing."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import islice, pairwise

import networkx as nx

from kg.analyses.network import Network, Result
from kg.model import Row, Status

__all__ = ["central", "communities", "path", "predict"]

_PATHS, _LARGE, _SAMPLES, _PREDICTED = 5, 3000, 300, 20
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
    ties = network.ties()
    plain = nx.Graph()
    for (a, b), ids in sorted(ties.items()):
        plain.add_edge(a, b, cost=_cost(network, ids))
    if not (first in plain and second in plain and nx.has_path(plain, first, second)):
        return Result("path", ())
    rows = []
    for nodes in islice(nx.shortest_simple_paths(plain, first, second, "cost"), _PATHS):
        steps = [ties[min(pair), max(pair)] for pair in pairwise(nodes)]
        between = {f"node{i}": iri for i, iri in enumerate(nodes[1:-1], 1)}
        rows.append(network.row(steps, **between, length=float(len(steps))))
    return Result("path", tuple(rows))


def _pagerank(graph: nx.DiGraph) -> dict[str, float]:
    """PageRank (Brin and Page, 1998) by power iteration; dangling mass is spread evenly."""
    nodes = sorted(graph)
    rank = dict.fromkeys(nodes, 1 / len(nodes))
    for _ in range(_ROUNDS):
        dangling = sum(rank[n] for n in nodes if not graph.out_degree(n))
        base = (1 - _DAMPING + _DAMPING * dangling) / len(nodes)
        fresh = {
            n: base + _DAMPING * sum(rank[p] / graph.out_degree(p) for p in graph.predecessors(n))
            for n in nodes
        }
        moved = sum(abs(fresh[n] - rank[n]) for n in nodes)
        rank = fresh
        if moved < _SETTLED * len(nodes):
            break
    return rank


def central(network: Network) -> Result:
    """Degree, PageRank and betweenness of each entity, with its classes (``kind``).

    Parallel claims count once. Degree and betweenness (normalised) are of the undirected graph;
    PageRank follows the claims from subject to object. Above 3000 nodes betweenness is estimated
    from 300 sources (Brandes and Pich, 2007), and the note says so.
    """
    plain = network.undirected()
    directed = nx.DiGraph(sorted({(s, o) for s, o, _, _ in network.claims.values()}))
    if not directed:
        return Result("central", ())
    sampled = _SAMPLES if len(plain) > _LARGE else None
    between = nx.betweenness_centrality(plain, k=sampled, seed=0)
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
    note = f"betweenness estimated from {sampled} sources" if sampled else ""
    return Result("central", tuple(rows), note)


def communities(network: Network) -> Result:
    """Groups of entities with more claims among them than with others (Louvain, Blondel 2008).

    Undirected, a pair weighs as many claims as join it; named after its three most linked
    members. Nodes are numbered first, so that the seeded method does not hang on string hashes.
    """
    ties = network.ties()
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
        inside = {nodes[i] for i in group}
        for i in members:
            steps = [
                ids for pair, ids in ties.items() if nodes[i] in pair and inside.issuperset(pair)
            ]
            claims = [claim for ids in steps for claim in ids]
            rows.append(network.row([claims] if claims else [], community=title, entity=nodes[i]))
    return Result("communities", tuple(rows))


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
    rows: list[Row] = []
    for other in others:
        shared = sorted(near & set(plain[other]))
        weight = sum(1 / math.log(plain.degree(node)) for node in shared)
        steps = [ties[min(a, b), max(a, b)] for n in shared for a, b in ((entity, n), (n, other))]
        rows.append(
            network.row(
                steps, other=other, adamicAdar=round(weight, 9),
                jaccard=round(len(shared) / len(near | set(plain[other])), 9),
                common=float(len(shared)),
            )
        )  # fmt: skip
    rows.sort(key=lambda row: (-float(row.bindings[1][1]), network.name(str(row.bindings[0][1]))))
    return Result("predict", tuple(rows[:_PREDICTED]), "predictions, not claims")
