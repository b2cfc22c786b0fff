"""``graph.html``: a page made with pyvis that stands still at once and loads nothing.

pyvis holds the nodes, edges and options; the page around them is ours, because pyvis's own asks a
CDN for Bootstrap whatever ``cdn_resources`` says and prints headings unescaped.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import networkx as nx

from kg.exports import page
from kg.model import Status
from kg.ontology import Ontology

__all__ = ["DASHES", "bends", "edge_tooltip", "ink", "pyvis_html", "write_pyvis"]

DASHES: Mapping[str, Any] = {"solid": False, "dashed": [9, 6], "dotted": [2, 5]}  # in pixels
_INSIDE = frozenset({"box", "ellipse", "circle", "database", "text"})  # shapes around their label
_NAME_LENGTH, _QUOTE_LENGTH, _QUOTES = 40, 300, 3
_SCRIPTS = ("claims.js", "samples.js", "pyvis.js")
_HALO = {"color": "#1b2733", "strokeWidth": 4, "strokeColor": "#ffffff"}  # lines pass behind words
_OPTIONS = {
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False},
    "edges": {
        "smooth": False,
        "arrows": {"to": {"scaleFactor": 0.6}},
        "font": dict(_HALO, size=13),
    },
    "interaction": {"hover": True, "tooltipDelay": 120, "keyboard": {"bindToWindow": False}},
}


def write_pyvis(
    graph: nx.MultiDiGraph, path: Path, ontology: Ontology, title: str = "", lang: str = "en"
) -> None:
    """Write the page of :func:`pyvis_html` to *path*, whole or not at all.

    Raises
    ------
    InputError
        Where *path* cannot be written.
    """
    page.write_atomic(Path(path), pyvis_html(graph, ontology, title, lang))


def pyvis_html(
    graph: nx.MultiDiGraph, ontology: Ontology, title: str = "", lang: str = "en"
) -> str:
    """One HTML page with the graph, its legend and every quote, for up to a few hundred nodes.

    Parameters
    ----------
    graph, ontology
        As :func:`kg.exports.page.drawing` takes them.
    title
        Heading of the page, any text.
    lang
        ``en`` or ``pt``.
    """
    from jinja2 import Environment
    from pyvis.network import Network

    drawing = page.drawing(graph, ontology)
    texts = page.texts(lang)
    net = Network(height="100%", directed=True, heading=page.clean(title or texts["title"]))
    net.nodes = _vis_nodes(drawing, lang)
    net.edges = [
        _vis_edge(i, edge, bend, drawing, texts, lang)
        for i, (edge, bend) in enumerate(zip(drawing["edges"], bends(drawing), strict=True))
    ]
    net.options = dict(_OPTIONS)
    net.templateEnv = Environment(autoescape=True, keep_trailing_newline=True)
    net.template = net.templateEnv.from_string(page.template("pyvis.html"))
    net.template.globals |= _globals(drawing, net, texts, lang)
    return str(net.generate_html(notebook=True))  # "notebook": takes the template that we gave


def _globals(
    drawing: page.Drawing, net: Any, texts: Mapping[str, str], lang: str
) -> dict[str, Any]:
    """What the template needs beyond what pyvis hands it."""
    scripts = [page.vis_network(), *map(page.template, _SCRIPTS)]
    style = page.template("pyvis.css")
    data = {**drawing, "vis": {"nodes": net.nodes, "edges": net.edges, "options": net.options}}
    data |= {"lang": lang, "texts": texts}
    return {
        "lang": lang,
        "policy": page.policy(scripts, [style]),
        "style": style,
        "scripts": scripts,
        "data": page.json_for_html(data),
        "texts": texts,
    }


def _vis_nodes(drawing: page.Drawing, lang: str) -> list[dict[str, Any]]:
    size = round(17 * min(2.0, max(1.0, math.sqrt(len(drawing["nodes"]) / 30))))
    degrees = Counter(edge[end] for edge in drawing["edges"] for end in ("from", "to"))
    return [
        _vis_node(i, degrees[i], size, node, drawing, lang)
        for i, node in enumerate(drawing["nodes"])
    ]


def _vis_node(
    number: int,
    degree: int,
    font_size: int,
    node: Mapping[str, Any],
    drawing: page.Drawing,
    lang: str,
) -> dict[str, Any]:
    cls = drawing["classes"][node["class"]]
    kinds = ", ".join(_label(drawing["classes"].get(name), name, lang) for name in node["types"])
    inside = cls["shape"] in _INSIDE
    return {
        "id": number,
        "label": shortened(node["name"], _NAME_LENGTH),
        "title": "\n".join(filter(None, (shortened(node["name"], _QUOTE_LENGTH), kinds))),
        "x": node["x"],
        "y": node["y"],
        "shape": cls["shape"],
        "size": round(9 + 4 * math.sqrt(degree), 1),
        "color": {"background": cls["color"], "border": "#37414d" if node["known"] else "#9aa4b0"},
        "font": {"size": font_size, "color": ink(cls["color"])}
        if inside
        else dict(_HALO, size=font_size),
    }


def _vis_edge(
    number: int,
    edge: Mapping[str, Any],
    bend: float,
    drawing: page.Drawing,
    texts: Mapping[str, str],
    lang: str,
) -> dict[str, Any]:
    relation = drawing["relations"].get(edge["relation"], {})
    status = strongest(edge["claims"])
    inferred = all(claim.get("inferred") for claim in edge["claims"])
    vis = {
        "id": number,
        "from": edge["from"],
        "to": edge["to"],
        "title": edge_tooltip(edge, drawing, texts, lang),
        "label": next(filter(None, (money(claim, lang) for claim in edge["claims"][::-1])), ""),
        "color": relation.get("color", "#666666"),
        "width": round(1.4 + math.log2(support(edge["claims"])), 2),
        "dashes": DASHES["dotted" if inferred else drawing["styles"][status]],
        "arrows": {
            "to": {"enabled": not relation.get("symmetric", False)},
            "middle": {"enabled": status == Status.DENIED, "type": "bar"},
        },
    }
    if bend:
        kind = "curvedCW" if bend > 0 else "curvedCCW"
        vis["smooth"] = {"enabled": True, "type": kind, "roundness": abs(bend)}
    return vis


def bends(drawing: page.Drawing) -> list[float]:
    """How much each edge is curved, so that edges between the same two nodes lie apart."""
    totals: dict[tuple[int, int], int] = {}
    places: list[tuple[tuple[int, int], int]] = []
    for edge in drawing["edges"]:
        pair = (min(edge["from"], edge["to"]), max(edge["from"], edge["to"]))
        places.append((pair, totals.get(pair, 0)))
        totals[pair] = totals.get(pair, 0) + 1
    return [
        _bend(place, totals[pair]) * (1 if edge["from"] <= edge["to"] else -1)
        for (pair, place), edge in zip(places, drawing["edges"], strict=True)
    ]


def _bend(place: int, total: int) -> float:
    return round(0.24 * (place - (total - 1) / 2), 3)


def strongest(claims: Iterable[Mapping[str, Any]]) -> str:
    """The status that an edge of several claims is drawn with."""
    order = list(Status)
    return str(min((Status(claim["status"]) for claim in claims), key=order.index))


def support(claims: Sequence[Mapping[str, Any]]) -> int:
    """Number of different articles behind *claims*, at least 1."""
    return max(1, len({claim.get("article") for claim in claims if claim.get("article")}))


def shortened(text: str, length: int) -> str:
    """*text* on one line, cut to *length* characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def money(claim: Mapping[str, Any], lang: str) -> str:
    """Amount and stake of a claim, short: ``USD 10 B``, ``10 000 M USD``, ``27%``."""
    parts = []
    if "amount" in claim:
        parts.append(_amount(claim["amount"], claim.get("currency", ""), lang))
    if "percent" in claim:
        percent = f"{claim['percent']:g}%"
        parts.append(percent.replace(".", ",") if lang == "pt" else percent)
    return " · ".join(parts)


def _amount(amount: float, currency: str, lang: str) -> str:
    currency = shortened(currency, 8)
    if lang == "pt":  # "bilhão" and "bilião" differ between Brazil and Portugal: millions do not
        value = f"{amount / 1e6:,.6g} M" if amount >= 1e6 else f"{amount:,.6g}"
        return f"{value} {currency}".translate({ord(","): "\u00a0", ord("."): ","}).strip()
    for size, unit in ((1e12, " T"), (1e9, " B"), (1e6, " M")):
        if amount >= size:
            return f"{currency} {amount / size:.4g}{unit}".strip()
    return f"{currency} {amount:,.6g}".strip()


def edge_tooltip(
    edge: Mapping[str, Any], drawing: page.Drawing, texts: Mapping[str, str], lang: str
) -> str:
    """Plain text: who, what, whom, then the newest claims with quote, article and date."""
    names = [shortened(drawing["nodes"][edge[end]]["name"], 60) for end in ("from", "to")]
    verb = _label(drawing["relations"].get(edge["relation"]), edge["relation"], lang)
    blocks = [f"{names[0]} — {verb} — {names[1]}"]
    newest = edge["claims"][::-1]
    blocks += [_claim_tooltip(claim, texts, lang) for claim in newest[:_QUOTES]]
    if len(newest) > _QUOTES:
        blocks.append(f"+ {len(newest) - _QUOTES}")
    return "\n\n".join(blocks)


def _claim_tooltip(claim: Mapping[str, Any], texts: Mapping[str, str], lang: str) -> str:
    inferred = texts["inferred"] if claim.get("inferred") else ""
    first = filter(None, (texts[claim["status"]], inferred, money(claim, lang)))
    quote = f"“{shortened(claim['quote'], _QUOTE_LENGTH)}”" if "quote" in claim else ""
    place = (claim.get(name, "") for name in ("title", "source", "date"))
    where = ", ".join(shortened(text, 100) for text in place if text)
    return "\n".join(filter(None, (" · ".join(first), quote, where)))


def _label(thing: Mapping[str, Any] | None, name: str, lang: str) -> str:
    labels = thing["labels"] if thing else {}
    return str(labels.get(lang) or labels.get("en") or name)


def ink(color: str) -> str:
    """Black or white, whichever reads better on *color* (WCAG 2.2, relative luminance)."""
    try:
        red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    except ValueError:
        return "#1b2733"
    light = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2
    return "#1b2733" if light > 0.18 else "#ffffff"
