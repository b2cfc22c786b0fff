"""Who depends on whom: exposure through tiers, chokepoints, single suppliers."""

from __future__ import annotations

from collections import defaultdict, deque
from itertools import pairwise

import networkx as nx

from kg.analyses.network import MAKING, SUPPLY, USAGE, Links, Network, Result

__all__ = ["chokepoints", "exposure", "single_supplier"]

_ROUNDS, _SETTLED = 1000, 1e-12


def _needs(network: Network) -> Links:
    """(dependent, what it depends on) → claims.

    Customers depend on suppliers, users on products, products on their makers.
    """
    needs: Links = defaultdict(list)
    for (supplier, customer), ids in network.links(SUPPLY).items():
        needs[customer, supplier] += ids
    for (user, product), ids in network.links(USAGE).items():
        needs[user, product] += ids
    for (maker, product), ids in network.links(MAKING).items():
        needs[product, maker] += ids
    return dict(needs)


def exposure(network: Network, entity: str) -> Result:
    """Who depends on *entity*, directly and through tiers.

    ``tier`` is the least number of claims between the two; ``exposure`` (0 to 1) the probability
    that a walk up the supply chain, at each node to one of its suppliers with equal chance, comes
    to *entity*: all of one's suppliers weigh the same, since few claims give amounts. The claims
    shown are those of one shortest chain. Cycles are allowed: the walk goes on until it arrives or
    ends (least solution of the linear system, by iteration).
    """
    needs = _needs(network)
    ups: dict[str, list[str]] = defaultdict(list)
    downs: dict[str, list[str]] = defaultdict(list)
    for low, high in sorted(needs):
        ups[low].append(high)
        downs[high].append(low)
    chains = _chains(entity, downs)
    share = _hitting(entity, sorted(set(chains)), ups)
    rows = [
        network.row(
            [needs[pair] for pair in pairwise(chain)],
            dependent=node,
            tier=float(len(chain) - 1),
            exposure=round(share[node], 9),
        )
        for node, chain in chains.items()
        if node != entity
    ]
    rows.sort(key=lambda row: (-float(row.bindings[2][1]), network.name(str(row.bindings[0][1]))))
    return Result("exposure", tuple(rows), "equal weight for each supplier of a company")


def _chains(entity: str, downs: dict[str, list[str]]) -> dict[str, list[str]]:
    """Dependent → one shortest chain from it to *entity*."""
    chains, waiting = {entity: [entity]}, deque([entity])
    while waiting:
        node = waiting.popleft()
        for low in downs.get(node, ()):
            if low not in chains:
                chains[low] = [low, *chains[node]]
                waiting.append(low)
    return chains


def _hitting(entity: str, nodes: list[str], ups: dict[str, list[str]]) -> dict[str, float]:
    """Probability of coming to *entity* from each of *nodes*."""
    share = {node: float(node == entity) for node in nodes}
    for _ in range(_ROUNDS):
        moved = 0.0
        for node in nodes:
            if node != entity:
                total = sum(share.get(up, 0.0) for up in ups[node]) / len(ups[node])
                moved, share[node] = max(moved, abs(total - share[node])), total
        if moved < _SETTLED:
            break
    return share


def chokepoints(network: Network) -> Result:
    """Companies without which the supply graph falls apart.

    ``cutoff``: how many companies could no longer be reached, along supply claims, from any
    company at the top of a chain (one that nobody supplies, or that only its own customers in a
    circle supply) if this one were gone: the nodes that it strictly dominates. ``articulation``
    is 1 where the undirected supply graph would fall into more pieces. Rows where either holds.
    """
    supply = network.links(SUPPLY)
    chain = nx.DiGraph(sorted(supply))
    cut = set(nx.articulation_points(nx.Graph(sorted(supply)))) if supply else set()
    dominated = _dominated(chain)
    touching: dict[str, list[list[str]]] = defaultdict(list)
    for pair, ids in supply.items():
        for node in pair:
            touching[node].append(ids)
    rows = []
    for node in sorted(chain):
        if node in cut or dominated.get(node):
            rows.append(
                network.row(
                    touching[node], company=node, cutoff=float(dominated.get(node, 0)),
                    articulation=float(node in cut),
                )
            )  # fmt: skip
    rows.sort(key=lambda row: (-float(row.bindings[1][1]), network.name(str(row.bindings[0][1]))))
    return Result("chokepoints", tuple(rows))


def _dominated(chain: nx.DiGraph) -> dict[str, int]:
    """How many nodes each node strictly dominates, from a root above all tops of chains."""
    root = ("root",)  # no IRI is a tuple
    parts = nx.condensation(chain)
    tops = [n for part in parts if not parts.in_degree(part) for n in parts.nodes[part]["members"]]
    rooted = nx.DiGraph(chain)
    rooted.add_edges_from((root, top) for top in sorted(tops))
    above = nx.immediate_dominators(rooted, root) if root in rooted else {}
    counts: dict[str, int] = defaultdict(int)
    for node in chain:
        parent = above.get(node)
        while parent is not None and parent != root:
            counts[parent] += 1
            parent = above.get(parent)
    return dict(counts)


def single_supplier(network: Network) -> Result:
    """Who relies on one vendor for a class of goods.

    Goods are told apart by the vendor's class, since claims do not say what is delivered: a row
    (``customer``, ``supplier``, ``kind``) where exactly one supplier of the customer is of the
    class *kind*. A vendor of several classes counts in each.
    """
    supply = network.links(SUPPLY)
    by_kind: dict[tuple[str, str], list[str]] = defaultdict(list)
    for supplier, customer in sorted(supply):
        for kind in network.types(supplier):
            by_kind[customer, kind].append(supplier)
    rows = [
        network.row((supply[names[0], customer],), customer=customer, supplier=names[0], kind=kind)
        for (customer, kind), names in by_kind.items()
        if len(names) == 1
    ]
    return Result("single-supplier", network.ranked(rows))
