"""Excerpts of a large graph's tables: the claims that an analysis or a path needs, as a graph.

Hops are counted in the tables (one join a hop); only what is left becomes a ``MultiDiGraph``.
"""
# ruff: noqa: S608 - all values are parameters; the names in the texts are those of this module

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import networkx as nx

from kg.columns import Columns
from kg.model import Status

__all__ = ["Excerpts"]

_FARTHEST = 12  # hops; further apart, nobody would call two companies connected


@dataclass(frozen=True, slots=True)
class Excerpts:
    """Parts of the graph of *columns* in which the claims of some statuses and confidence count.

    Each part holds all claims of the kind that its method names, the premises of what is inferred
    among them, and the nodes at their ends.
    """

    columns: Columns
    statuses: tuple[Status, ...]
    min_confidence: float = 0.0

    def every(self, relations: Iterable[str] = ()) -> nx.MultiDiGraph:
        """All claims of *relations*; of any relation where none is named."""
        return self._graph(*self._counted(relations))

    def touching(self, iris: Iterable[str], relations: Iterable[str] = ()) -> nx.MultiDiGraph:
        """The claims about the nodes *iris*."""
        condition, values = self._counted(relations)
        ids = "SELECT id FROM nodes WHERE iri IN (SELECT unnest(?))"
        names = sorted(iris)
        near = f"(subject IN ({ids}) OR object IN ({ids}))"
        return self._graph(f"{condition} AND {near}", [*values, names, names])

    def around(self, iri: str, hops: int) -> nx.MultiDiGraph:
        """The claims about the nodes that lie within *hops* claims of *iri*."""
        self._reach("near", iri, hops)
        condition, values = self._counted()
        near = "(subject IN (SELECT id FROM near) OR object IN (SELECT id FROM near))"
        return self._graph(f"{condition} AND {near}", values)

    def between(self, first: str, second: str, slack: int = 0) -> nx.MultiDiGraph:
        """The claims on all ways from *first* to *second*, at most *slack* longer than the shortest.

        ``graph["hops"]`` of the result is how long the longest of these ways are; no claims where
        there is no way of at most 12.
        """
        self._reach("near", first, _FARTHEST, until=second)
        row = self._one("SELECT hops FROM near JOIN nodes USING (id) WHERE iri = ?", [second])
        if row is None:
            return nx.MultiDiGraph(hops=0)
        hops = int(row[0]) + slack
        self._reach("near", first, hops)
        self._reach("far", second, hops)
        on_the_way = "SELECT near.id FROM near JOIN far USING (id) WHERE near.hops + far.hops <= ?"
        condition, values = self._counted()
        both = f"subject IN ({on_the_way}) AND object IN ({on_the_way})"
        graph = self._graph(f"{condition} AND {both}", [*values, hops, hops])
        graph.graph["hops"] = hops
        return graph

    # tables --------------------------------------------------------------------------------

    def _counted(self, relations: Iterable[str] = ()) -> tuple[str, list[Any]]:
        statuses, names = [str(status) for status in self.statuses], sorted(relations)
        condition = "status IN (SELECT unnest(?)) AND confidence >= ?"
        values: list[Any] = [statuses, self.min_confidence]
        if names:
            return f"{condition} AND relation IN (SELECT unnest(?))", [*values, names]
        return condition, values

    def _one(self, sql: str, values: list[Any]) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self.columns.database.execute(sql, values).fetchone()
        return row

    def _reach(self, table: str, start: str, most: int, until: str = "") -> None:
        """Make *table*: nodes with their distance from *start*, up to *most* or that of *until*."""
        database = self.columns.database
        condition, values = self._counted()
        ties = (
            f"SELECT subject AS a, object AS b FROM claims WHERE {condition} AND subject <> object"
        )
        database.execute(f"CREATE OR REPLACE TEMP TABLE ties AS {ties}", values)
        first = (
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT id, 0 AS hops FROM nodes WHERE iri = ?"
        )
        database.execute(first, [start])
        for hops in range(1, most + 1):
            new = (
                f"SELECT b AS id FROM ties JOIN {table} ON a = id WHERE hops = ? UNION "
                f"SELECT a FROM ties JOIN {table} ON b = id WHERE hops = ?"
            )
            found = f"SELECT id, ? FROM ({new}) WHERE id NOT IN (SELECT id FROM {table})"
            before = self._one(f"SELECT count(*) FROM {table}", [])
            database.execute(f"INSERT INTO {table} {found}", [hops, hops - 1, hops - 1])
            there = f"SELECT 1 FROM {table} JOIN nodes USING (id) WHERE iri = ?"
            if self._one(f"SELECT count(*) FROM {table}", []) == before or (
                until and self._one(there, [until])
            ):
                return

    def _graph(self, condition: str, values: list[Any]) -> nx.MultiDiGraph:
        claims = self.columns.with_premises(self.columns.claims(condition, values))
        graph = nx.MultiDiGraph()
        needed = sorted({end for claim in claims for end in claim[:2]})
        ids = "SELECT id FROM nodes WHERE iri IN (SELECT unnest(?))"
        self.columns.add_nodes(graph, ids, [needed])
        graph.add_edges_from(claims)
        return graph
