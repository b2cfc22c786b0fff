"""Time to a still, complete picture in Chromium: our two pages against pyvis's default page.

    python bench/pages.py [--nodes 100 1000 5000 20000] [--limit 240] [--runs 3]

Same graphs (three edges a node, hubs as in news), same browser, same run. The clock runs from the
navigation to the first painted frame in which nothing will move any more: for pyvis's page, when
its physics has come to rest. Prints a table; `>` means that the limit passed first. Building the
page in Python is timed apart. Needs playwright and Debian's Chromium. (Not named html.py: a script's
folder comes first on the path, and every benchmark here would import that instead of Python's html.)
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from page_cases import ARGUMENTS, CHROMIUM, large_graph  # noqa: E402

from kg.exports.explorer import write_explorer  # noqa: E402
from kg.exports.html import write_pyvis  # noqa: E402
from kg.ontology import Ontology, load_ontology  # noqa: E402

_REST = {
    "pyvis default": "typeof network === 'object' && network.physics.stabilized === true",
    "kg graph.html": "typeof kgNetwork === 'object'",
    "kg explorer.html": "typeof kgView === 'object' && kgView.sheet !== undefined",
}
_WATCH = """(() => {
    const timer = setInterval(() => {
        if (!(%s)) return;
        clearInterval(timer);
        requestAnimationFrame(() => setTimeout(() => console.log("at rest")));
    }, 20);
})();"""


def write_default(graph: nx.MultiDiGraph, path: Path, _: Ontology) -> None:
    """What ``Network(cdn_resources="in_line")`` makes of the same names and pairs."""
    from pyvis.network import Network

    net = Network(directed=True, cdn_resources="in_line")
    net.nodes = [{"id": n, "label": d["name"], "shape": "dot"} for n, d in graph.nodes(data=True)]
    net.edges = [{"from": s, "to": o, "arrows": "to"} for s, o in graph.edges()]
    path.write_text(net.generate_html(), "utf8")


WRITERS: dict[str, Callable[[nx.MultiDiGraph, Path, Ontology], None]] = {
    "kg graph.html": write_pyvis,
    "kg explorer.html": write_explorer,
    "pyvis default": write_default,
}


def seconds_to_rest(playwright: Any, path: Path, condition: str, limit: float) -> float | None:
    """Seconds from navigation to rest; None after *limit* seconds.

    The page itself says when it is at rest, and each measurement has a browser of its own: a page
    that is busy answers no questions and cannot be closed.
    """
    from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.route("https://**", lambda route: route.abort())  # pyvis's Bootstrap, from a CDN
    page.add_init_script(_WATCH % condition)
    start = time.perf_counter()
    try:
        with page.expect_console_message(
            lambda message: message.text == "at rest", timeout=limit * 1000
        ):
            page.goto(path.resolve().as_uri(), wait_until="commit", timeout=limit * 1000)
        return time.perf_counter() - start
    except PlaywrightTimeoutError:
        return None
    finally:
        browser.close()


def row(playwright: Any, name: str, graph: nx.MultiDiGraph, ontology: Ontology, args: Any) -> str:
    """One line of the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        start = time.perf_counter()
        WRITERS[name](graph, path, ontology)
        built = time.perf_counter() - start
        times: list[float] = []
        for _ in range(args.runs):
            taken = seconds_to_rest(playwright, path, _REST[name], args.limit)
            if taken is None:
                break
            times.append(taken)
        shown = f"{statistics.median(times):.2f}" if times else f"> {args.limit:g}"
        size = path.stat().st_size / 1e6
    return f"{len(graph):>7,} {name:<18} {shown:>9} {built:>8.2f} {size:>8.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--nodes", type=int, nargs="+", default=[100, 1000, 5000, 20000])
    parser.add_argument("--pages", nargs="+", default=list(WRITERS), choices=list(WRITERS))
    parser.add_argument("--limit", type=float, default=240, help="seconds a page may take")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    from playwright.sync_api import sync_playwright

    ontology = load_ontology()
    relations, classes = sorted(ontology.relations), sorted(ontology.classes)
    print(f"{'nodes':>7} {'page':<18} {'still (s)':>9} {'build (s)':>8} {'size (MB)':>8}")
    with sync_playwright() as playwright:
        for count in args.nodes:
            graph = large_graph(count, 3 * count, relations, classes)
            for name in args.pages:
                print(row(playwright, name, graph, ontology, args), flush=True)


if __name__ == "__main__":
    main()
