"""The two drawn pages as export formats: pyvis for small graphs, the explorer for any."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from kg.exports.explorer import explorer_html
from kg.exports.html import pyvis_html

if TYPE_CHECKING:
    from kg.exports.source import Graph
    from kg.graph import Policy

__all__ = ["write_explorer", "write_html"]


def write_html(graph: Graph, policy: Policy | None, output: IO[bytes]) -> None:
    """The interactive page, in English; see :func:`kg.exports.html.pyvis_html`."""
    output.write(pyvis_html(graph.networkx(policy), graph.ontology).encode())


def write_explorer(graph: Graph, policy: Policy | None, output: IO[bytes]) -> None:
    """The explorer, in the language of the reader's browser.

    See :func:`kg.exports.explorer.explorer_html`.
    """
    output.write(explorer_html(graph.networkx(policy), graph.ontology).encode())
