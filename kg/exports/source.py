"""What can be exported: the part of :class:`kg.api.Graph` that the writers of files use."""

from __future__ import annotations

from typing import Protocol

import networkx as nx

from kg.graph import Policy
from kg.ontology import Ontology
from kg.store import Store

__all__ = ["Graph"]


class Graph(Protocol):
    """A graph that can be exported (:class:`kg.api.Graph` is one)."""

    store: Store
    ontology: Ontology

    def at(self, as_of: str | None = None, known_at: str | None = None) -> Graph:
        """The graph as it was on a day, or as it was known."""
        ...

    def networkx(self, policy: Policy | None = None) -> nx.MultiDiGraph:
        """The claims that *policy* allows, as edges."""
        ...
