"""Positions for drawing, computed beforehand: the same graph gives the same picture at once.

Connected components are laid out one by one and packed, so that none flies away or covers
another. Up to :data:`EXACT` nodes a component is placed by networkx's ForceAtlas2 (Jacomy et al.,
PLoS ONE 9(6), 2014), above by igraph's grid variant of Fruchterman and Reingold's method (Software:
Practice and Experience 21(11), 1991) where the ``analysis`` extra is installed, else its core by
force and the rest around that.
"""

from __future__ import annotations

import math
import random
from collections.abc import Hashable, Iterable, Mapping
from importlib.util import find_spec
from typing import Any, TypeAlias

import networkx as nx

__all__ = ["EXACT", "SPACING", "positions"]

Point: TypeAlias = tuple[float, float]
Layout: TypeAlias = dict[Any, Point]

EXACT = 450  # networkx switches to a method that needs SciPy at 500 nodes
SPACING = 210.0  # mean distance of neighbouring nodes, in pixels at zoom 1: room for a name
LABEL_WIDTH, LABEL_HEIGHT = 165.0, 125.0  # two nodes closer than this would write over each other
_SPREADING_LIMIT = 1500  # names of larger graphs show only when zoomed in
_SEED = 20
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))


def positions(graph: nx.Graph) -> Layout:
    """Node → (x, y) in pixels, y downwards, centred on the origin, rounded to one decimal.

    Parameters
    ----------
    graph
        Any networkx graph; directions, parallel edges and loops do not matter, nor does the order
        in which nodes and edges were added. Nodes must be sortable.

    Returns
    -------
    dict
        One entry a node, in sorted order of the nodes.
    """
    plain: nx.Graph = nx.Graph()
    plain.add_nodes_from(sorted(graph.nodes))
    plain.add_edges_from(sorted({(min(u, v), max(u, v)) for u, v in graph.edges() if u != v}))
    components = sorted(nx.connected_components(plain), key=lambda nodes: (-len(nodes), min(nodes)))
    placed = _pack([_component(_sorted_subgraph(plain, nodes)) for nodes in components])
    return {node: placed[node] for node in plain}


def _sorted_subgraph(graph: nx.Graph, nodes: Iterable[Hashable]) -> nx.Graph:
    """A copy of the induced subgraph whose order depends on the nodes' names alone."""
    wanted = set(nodes)
    part: nx.Graph = nx.Graph()
    part.add_nodes_from(node for node in graph if node in wanted)
    part.add_edges_from(edge for edge in graph.edges() if edge[0] in wanted and edge[1] in wanted)
    return part


def _component(graph: nx.Graph) -> Layout:
    """One connected component, in pixels, its top left corner at the origin."""
    side = SPACING * math.sqrt(len(graph) - 1)
    if len(graph) == 1:
        placed = dict.fromkeys(graph, (0.0, 0.0))
    elif len(graph) <= EXACT:
        placed = _force(graph)
    elif find_spec("igraph"):
        placed = _grid_force(graph)
    else:
        placed = _core_and_rim(graph)
    placed = _scaled(placed, side)
    if len(graph) <= _SPREADING_LIMIT:
        placed = _spread(placed)
    return _at_origin(placed)


def _force(graph: nx.Graph) -> Layout:
    """Springs first; ForceAtlas2 from there draws hubs apart (a third as many crossings)."""
    if len(graph) == 2:  # side by side: names are wide
        return dict(zip(graph, ((0.0, 0.0), (1.0, 0.0)), strict=True))
    start = nx.spring_layout(graph, seed=_SEED, iterations=100, weight=None)
    force = {"strong_gravity": True, "gravity": 0.05, "scaling_ratio": 4.0}
    found = nx.forceatlas2_layout(graph, pos=start, seed=_SEED, max_iter=300, **force)
    return {node: (float(x), float(y)) for node, (x, y) in found.items()}


def _grid_force(graph: nx.Graph) -> Layout:
    import igraph

    igraph.set_random_number_generator(random.Random(_SEED))  # noqa: S311
    index = {node: i for i, node in enumerate(graph)}
    same = igraph.Graph(n=len(index), edges=[(index[u], index[v]) for u, v in graph.edges()])
    layout = same.layout_fruchterman_reingold(niter=500, grid=True)
    return {node: (layout[i][0], layout[i][1]) for node, i in index.items()}


def _core_and_rim(graph: nx.Graph) -> Layout:
    """The best connected nodes by force, the others in a sunflower around a placed neighbour."""
    by_degree = sorted(graph, key=lambda node: (-graph.degree(node), node))
    core = _sorted_subgraph(graph, by_degree[:EXACT])
    placed = _scaled(_force(core), math.sqrt(len(graph)))
    queue, taken = [node for node in by_degree if node in placed], dict.fromkeys(graph, 0)
    for anchor in queue:  # grows while it is walked: breadth first
        for node in sorted(other for other in graph[anchor] if other not in placed):
            taken[anchor] += 1
            radius, angle = 0.4 * math.sqrt(taken[anchor]), taken[anchor] * _GOLDEN_ANGLE
            x, y = placed[anchor]
            placed[node] = (x + radius * math.cos(angle), y + radius * math.sin(angle))
            queue.append(node)
    return placed


def _box(placed: Mapping[Any, Point]) -> tuple[float, float, float, float]:
    xs, ys = zip(*placed.values(), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _scaled(placed: Layout, side: float) -> Layout:
    """Stretched so that the bounding box has the area of a square of *side*."""
    left, top, right, bottom = _box(placed)
    width, height = right - left or 1.0, bottom - top or 1.0
    factor = side / math.sqrt(max(width * height, max(width, height) ** 2 / 4))
    return {node: (x * factor, y * factor) for node, (x, y) in placed.items()}


def _at_origin(placed: Layout) -> Layout:
    left, top, _, _ = _box(placed)
    return {node: (x - left, y - top) for node, (x, y) in placed.items()}


def _spread(placed: Layout, rounds: int = 60) -> Layout:
    """Neighbours pushed apart until no two names would overlap, or *rounds* have passed."""
    points = {node: [x, y] for node, (x, y) in placed.items()}
    for _ in range(rounds):
        cells: dict[tuple[int, int], list[Any]] = {}
        for node, (x, y) in points.items():
            cells.setdefault((int(x // LABEL_WIDTH), int(y // LABEL_HEIGHT)), []).append(node)
        moved = [_push(points, cells, cell) for cell in list(cells)]
        if not any(moved):
            break
    return {node: (x, y) for node, (x, y) in points.items()}


def _push(
    points: dict[Any, list[float]],
    cells: Mapping[tuple[int, int], list[Any]],
    cell: tuple[int, int],
) -> bool:
    """Move the nodes of *cell* away from those of it and the cells right of and below it."""
    column, row = cell
    near = [(column + dx, row + dy) for dx, dy in ((0, 0), (1, 0), (-1, 1), (0, 1), (1, 1))]
    moved = False
    for place, a in enumerate(cells[cell]):
        others = cells[cell][place + 1 :] + [b for c in near[1:] for b in cells.get(c, ())]
        for b in others:
            moved |= _part(points[a], points[b])
    return moved


def _part(a: list[float], b: list[float]) -> bool:
    """Move two points apart along the axis that takes the shorter way, where they are too close."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    lack_x, lack_y = LABEL_WIDTH - abs(dx), LABEL_HEIGHT - abs(dy)
    if lack_x <= 0 or lack_y <= 0:
        return False
    axis, lack, gap = (1, lack_y, dy) if lack_y <= lack_x else (0, lack_x, dx)
    step = math.copysign(lack / 2 + 0.5, gap)
    a[axis] -= step
    b[axis] += step
    return True


def _pack(layouts: list[Layout]) -> Layout:
    """The components on shelves, the largest first, the whole about 1.6 times as wide as high."""
    if not layouts:
        return {}
    sizes = [(right + SPACING, bottom + SPACING) for _, _, right, bottom in map(_box, layouts)]
    wide = max(max(w for w, _ in sizes), math.sqrt(1.6 * sum(w * h for w, h in sizes)))
    x = y = shelf = 0.0
    placed: Layout = {}
    for layout, (width, height) in zip(layouts, sizes, strict=True):
        if x and x + width > wide:
            x, y, shelf = 0.0, y + shelf, 0.0
        placed |= {node: (px + x, py + y) for node, (px, py) in layout.items()}
        x, shelf = x + width, max(shelf, height)
    left, top, right, bottom = _box(placed)
    dx, dy = (left + right) / 2, (top + bottom) / 2
    return {node: (round(px - dx, 1), round(py - dy, 1)) for node, (px, py) in placed.items()}
