"""A small graph as one still picture: SVG without scripts, to stand inside another page.

Every word stands on a ground of its own, so that the picture reads in light and dark; colours are
the ontology's. Places come from :mod:`kg.exports.layout`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import networkx as nx

from kg.exports import html, page
from kg.fragments import escaped
from kg.ontology import Ontology

__all__ = ["svg"]

_HEIGHT, _FONT, _CHARACTER, _MARGIN = 26.0, 13.0, 7.4, 24.0  # pixels
_NAME_LENGTH: Final = 24
_ARROW: Final = 9.0
_STRETCH: Final = 1.4  # names and words of lines are wider than high
_ASIDE: Final = 110.0  # pixels between lines of one pair, at a bend of 1
_CHIP: Final = (
    "#eef1f4"  # behind the words of a line: what the page's own background is, is unknown
)
_INK: Final = "#1b2733"
_FONTS: Final = "system-ui,sans-serif"


def svg(graph: nx.MultiDiGraph, ontology: Ontology, title: str, lang: str = "en") -> str:
    """An ``svg`` element for HTML: every entity a named box, parallel claims one line.

    A line is solid, dashed or dotted as the ontology says of its claims' status, dotted where it is
    inferred, struck through where denied. Made for some dozens of nodes.

    Parameters
    ----------
    graph
        As :func:`kg.graph.build_graph` makes it.
    title
        What a screen reader says of the picture.
    """
    drawing = page.drawing(graph, ontology)
    for node in drawing["nodes"]:
        node["x"] = round(node["x"] * _STRETCH, 1)
    bent = zip(drawing["edges"], html.bends(drawing), strict=True)
    lines = [_line(edge, bend, drawing, lang) for edge, bend in bent]
    boxes = [_box(node, drawing) for node in drawing["nodes"]]
    left, top, width, height = _frame(drawing)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:g} {top:g} {width:g} {height:g}"'
    )
    style = f"max-width:100%;height:auto;font:{_FONT:g}px {_FONTS}"
    size = f'width="{width:g}" height="{height:g}" style="{style}" role="img"'
    return f"{head} {size}><title>{escaped(title)}</title>{''.join(lines + boxes)}</svg>"


def _width(node: Mapping[str, Any]) -> float:
    return len(_name(node)) * _CHARACTER + 18


def _name(node: Mapping[str, Any]) -> str:
    return html.shortened(node["name"], _NAME_LENGTH)


def _frame(drawing: page.Drawing) -> tuple[float, float, float, float]:
    """Left, top, width and height of the picture."""
    nodes = drawing["nodes"] or [{"x": 0.0, "y": 0.0, "name": ""}]
    left = min(node["x"] - _width(node) / 2 for node in nodes) - _MARGIN
    right = max(node["x"] + _width(node) / 2 for node in nodes) + _MARGIN
    top = min(node["y"] for node in nodes) - _HEIGHT / 2 - _MARGIN
    bottom = max(node["y"] for node in nodes) + _HEIGHT / 2 + _MARGIN
    return round(left, 1), round(top, 1), round(right - left, 1), round(bottom - top, 1)


def _box(node: Mapping[str, Any], drawing: page.Drawing) -> str:
    kind = drawing["classes"].get(node["class"], {})
    color, width = kind.get("color") or "#9aa4b0", _width(node)
    x, y = node["x"] - width / 2, node["y"] - _HEIGHT / 2
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{_HEIGHT:g}" rx="6"'
    edge = 'stroke="currentColor" stroke-opacity=".45"'
    words = f'x="{node["x"]:.1f}" y="{node["y"] + 4.5:.1f}" text-anchor="middle"'
    name = f'<text {words} fill="{html.ink(color)}">{escaped(_name(node))}</text>'
    hover = f"<title>{escaped(node['name'])}</title>"
    return f'<g>{hover}<rect {place} fill="{escaped(color)}" {edge}/>{name}</g>'


def _line(edge: Mapping[str, Any], bend: float, drawing: page.Drawing, lang: str) -> str:
    """A line from box to box with its arrow and its words; *bend* sets it aside from others."""
    one, other = drawing["nodes"][edge["from"]], drawing["nodes"][edge["to"]]
    start, end = _aside(_border(one, other), _border(other, one), bend * _ASIDE)
    known = drawing["relations"].get(edge["relation"], {})
    color = escaped(known.get("color") or "#6b7785")
    place = 'x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"'.format(*start, *end)
    stroke = f'stroke="{color}" stroke-width="{1.4 + 0.5 * html.support(edge["claims"]):.1f}"'
    parts = [f"<line {place} {stroke}{_dashes(edge, drawing)}/>"]
    if not known.get("symmetric"):
        parts.append(f'<polygon points="{_arrow(start, end)}" fill="{color}"/>')
    hover = html.edge_tooltip(edge, drawing, page.texts(lang), lang)
    label = _label(edge, known, start, end, lang)
    return f"<g><title>{escaped(hover)}</title>{''.join(parts)}{label}</g>"


def _dashes(edge: Mapping[str, Any], drawing: page.Drawing) -> str:
    inferred = all(claim.get("inferred") for claim in edge["claims"])
    name = "dotted" if inferred else drawing["styles"][html.strongest(edge["claims"])]
    dashes = html.DASHES.get(name)
    return f' stroke-dasharray="{" ".join(map(str, dashes))}"' if dashes else ""


def _label(
    edge: Mapping[str, Any],
    known: Mapping[str, Any],
    start: tuple[float, float],
    end: tuple[float, float],
    lang: str,
) -> str:
    labels = known.get("labels", {})
    words = labels.get(lang) or labels.get("en") or edge["relation"]
    figures = next(filter(None, (html.money(claim, lang) for claim in edge["claims"][::-1])), "")
    text = html.shortened(" · ".join(filter(None, (words, figures))), 40)
    denied = html.strongest(edge["claims"]) == "denied"
    x, y = (a + 0.42 * (b - a) for a, b in zip(start, end, strict=True))
    struck = ' text-decoration="line-through"' if denied else ""
    width = len(text) * 6.1 + 10
    chip = f'x="{x - width / 2:.1f}" y="{y - 12:.1f}" width="{width:.1f}" height="17" rx="4"'
    place = f'x="{x:.1f}" y="{y + 0.5:.1f}" text-anchor="middle" font-size="11" fill="{_INK}"'
    return f'<rect {chip} fill="{_CHIP}"/><text {place}{struck}>{escaped(text)}</text>'


def _aside(
    start: tuple[float, float], end: tuple[float, float], distance: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The line from *start* to *end* moved by *distance* to its right."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    share = distance / (math.hypot(dx, dy) or 1.0)
    return (start[0] - dy * share, start[1] + dx * share), (
        end[0] - dy * share,
        end[1] + dx * share,
    )


def _border(node: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[float, float]:
    """Where the straight line from *node* to *other* leaves the box of *node*."""
    dx, dy = other["x"] - node["x"], other["y"] - node["y"]
    reaches = [
        half / abs(step)
        for half, step in ((_width(node) / 2 + 2, dx), (_HEIGHT / 2 + 2, dy))
        if step
    ]
    share = min([*reaches, 1.0])
    return node["x"] + dx * share, node["y"] + dy * share


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    """Corners of an arrow head whose tip is *end*."""
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    corners = [end]
    for turn in (2.7, -2.7):  # radians: two sides of a narrow head
        x, y = math.cos(angle + turn), math.sin(angle + turn)
        corners.append((end[0] + _ARROW * x, end[1] + _ARROW * y))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
