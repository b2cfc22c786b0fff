"""The drawn page as one of the export formats."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from kg.exports.html import pyvis_html

if TYPE_CHECKING:
    from kg.api import Graph
    from kg.graph import Policy

__all__ = ["write_html"]


def write_html(graph: Graph, policy: Policy | None, output: IO[bytes]) -> None:
    """The interactive page, in English; see :func:`kg.exports.html.pyvis_html`."""
    output.write(pyvis_html(graph.networkx(policy), graph.ontology).encode())
