"""Graphs and a browser for the tests of the pages."""

from __future__ import annotations

import atexit
import functools
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from kg.model import Status

HERE = Path(__file__).parent / "pages"
ENTITY = "https://kg.example/entity/"
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def sample_graph() -> nx.MultiDiGraph:
    """Fourteen entities, 22 claims: parallel, symmetric, inferred, denied and undated ones."""
    data = json.loads((HERE / "graph.json").read_text("utf8"))
    graph = nx.MultiDiGraph()
    for iri, values in data["nodes"].items():
        graph.add_node(iri, **{**values, "types": tuple(values["types"])})
    for edge in data["edges"]:
        rest = {k: v for k, v in edge.items() if k not in {"s", "o", "id", "status"}}
        rest["status"] = Status(edge["status"])
        graph.add_edge(ENTITY + edge["s"], ENTITY + edge["o"], key=edge["id"], **rest)
    return graph


def hostile_texts() -> list[str]:
    """Texts that would do harm if a page took them for more than text."""
    texts: list[str] = json.loads((HERE / "hostile.json").read_text("utf8"))
    return [*texts, "x" * 10_000, "\ud800 lone surrogate"]


def hostile_graph(relation: str) -> nx.MultiDiGraph:
    """A ring in which every text of nodes and edges is one of the hostile ones."""
    graph = nx.MultiDiGraph()
    texts = hostile_texts()
    for i, text in enumerate(texts):
        graph.add_node(f"{i:02d}{text}", name=text, types=(text,), known=False)
    nodes = sorted(graph)
    for i, text in enumerate(texts):
        fields = ("quote", "trigger", "article", "title", "date", "source", "url", "currency")
        graph.add_edge(
            nodes[i],
            nodes[(i + 1) % len(nodes)],
            key=f"k{i}{text}",
            relation=relation if i % 2 else text,
            status=list(Status)[i % 3],
            amount=1e9,
            percent=12.5,
            confidence=0.5,
            inferred=i % 5 == 0,
            rule=text,
            premises=(text, f"k1{texts[1]}"),
            **dict.fromkeys(fields, text),
        )
    return graph


def large_graph(nodes: int, edges: int, relations: list[str], types: list[str]) -> nx.MultiDiGraph:
    """A graph with hubs, as news give: node i is bound to earlier ones, mostly the first."""
    graph = nx.MultiDiGraph()
    for i in range(nodes):
        graph.add_node(f"{ENTITY}n{i:05d}", name=f"Entity {i}", types=(types[i % len(types)],))
    names = sorted(graph)
    for j in range(edges):
        i = 1 + j % (nodes - 1)
        target = int(i * ((j * 2654435761 % 2**32) / 2**32) ** 3)
        graph.add_edge(
            names[i],
            names[target],
            key=f"k{j:05d}",
            relation=relations[j % len(relations)],
            status=list(Status)[j % 3],
            quote=f"Entity {i} deals with entity {target}.",
            trigger="deals",
            article=f"a{j % 900}",
            title=f"Article {j % 900}",
            date=f"2025-{1 + j % 12:02d}-{1 + j % 28:02d}",
            source="Sample Wire",
        )
    return graph


@functools.cache
def _chromium() -> Any:
    """One browser for all tests; a skip where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    if not CHROMIUM.exists():
        pytest.skip(f"needs {CHROMIUM}")
    playwright = api.sync_playwright().start()
    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
    atexit.register(lambda: (browser.close(), playwright.stop()))
    return browser


@contextmanager
def opened(
    path: Path, width: int = 1280, height: int = 800, fragment: str = "", **options: Any
) -> Iterator[Any]:
    """The page in Chromium; fails if it asks for anything, logs an error or runs a text."""
    size = {"width": width, "height": height}
    context = _chromium().new_context(viewport=size, locale="en-GB", **options)
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    url = path.resolve().as_uri()
    try:
        page.goto(url + fragment)
        yield page
        hacked = page.evaluate("window.hacked")
    finally:
        context.close()
    outside = [u for u in asked if not u.startswith((url, "blob:", "data:"))]
    assert (outside, said, hacked) == ([], [], None)


def keep(page: Any, name: str) -> None:
    """A screenshot called *name* in the folder ``$SCREENSHOTS``; nothing where that is not set."""
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / name)


def wait_until(page: Any, expression: str, seconds: float = 20) -> None:
    """Wait for a condition; playwright's own way evaluates text, which the page's policy forbids."""
    for _ in range(int(seconds * 20)):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {expression}")
