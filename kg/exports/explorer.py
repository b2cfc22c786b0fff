"""The explorer: one HTML file to look around in a graph, offline, with every quote.

It paints on a canvas itself: vis-network, which the pyvis page uses, took more than half a minute to
open 10,000 nodes with 30,000 edges. What the scripts know of the domain (labels, colours, shapes,
line styles) comes from the ontology. The page holds no third party's code.
"""

from __future__ import annotations

import json
from pathlib import Path

import networkx as nx

from kg.exports import page
from kg.ontology import Ontology

__all__ = ["explorer_html", "write_explorer"]

_SCRIPTS = (
    "claims.js",
    "samples.js",
    "state.js",
    "scene.js",
    "paint.js",
    "view.js",
    "picture.js",
    "cards.js",
    "search.js",
    "explorer.js",
)


def write_explorer(
    graph: nx.MultiDiGraph, path: Path, ontology: Ontology, title: str = "", lang: str = ""
) -> None:
    """Write the page of :func:`explorer_html` to *path*, whole or not at all.

    Raises
    ------
    InputError
        Where *path* cannot be written.
    """
    page.write_atomic(Path(path), explorer_html(graph, ontology, title, lang))


def explorer_html(
    graph: nx.MultiDiGraph, ontology: Ontology, title: str = "", lang: str = ""
) -> str:
    """One HTML page: search, filters, surroundings, time, every quote; up to some 10,000 nodes.

    Parameters
    ----------
    graph, ontology
        As :func:`kg.exports.page.drawing` takes them.
    title
        Heading of the page, any text.
    lang
        ``en`` or ``pt``; empty: what the reader's browser asks for. The page can switch.
    """
    from jinja2 import Environment

    texts = json.loads(page.template("texts.json"))
    scripts = list(map(page.template, _SCRIPTS))
    style = page.template("explorer.css")
    data = {**page.drawing(graph, ontology), "lang": lang, "texts": texts, "title": title}
    environment = Environment(autoescape=True, keep_trailing_newline=True)
    return environment.from_string(page.template("explorer.html")).render(
        lang=lang or "en",
        policy=page.policy(scripts, [style]),
        title=page.clean(title or page.texts(lang or "en")["title"]),
        style=style,
        data=page.json_for_html(data),
        scripts=scripts,
    )
