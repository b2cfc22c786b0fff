"""A pattern on the graph: the bindings that satisfy it, with the claims under each edge.

Each edge of the pattern becomes a table from pairs of nodes to claim ids, read in one pass over
the graph's claims; the tables are joined smallest first along shared variables.
"""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import networkx as nx

from kg.model import Status
from kg.ontology import Ontology
from kg.questions.pattern import Count, Edge, Filter, Pattern, Variable

__all__ = ["Binding", "ClaimEdge", "Matcher"]

Binding: TypeAlias = dict[str, str]
ClaimEdge: TypeAlias = tuple[str, str, str, dict[str, Any]]
Table: TypeAlias = dict[str, dict[str, list[str]]]

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "=": operator.eq,
}


def _passes(data: Mapping[str, Any], item: Filter) -> bool:
    value = data.get(item.field)
    if value is None or (item.currency and data.get("currency") != item.currency):
        return False
    return COMPARE[item.operator](str(value) if item.field == "date" else value, item.value)


class Matcher:
    """Answers patterns on one graph.

    Parameters
    ----------
    graph
        Nodes are IRIs with ``types``; edge keys are claim ids (see :mod:`kg.graph`).
    ontology
        For classes below classes, and which relations are symmetric.
    statuses
        Statuses that count where the pattern names none.
    """

    def __init__(
        self, graph: nx.MultiDiGraph, ontology: Ontology, statuses: tuple[Status, ...]
    ) -> None:
        self.graph, self.ontology, self.statuses = graph, ontology, statuses
        self.claims: dict[str, ClaimEdge] = {}
        self.by_relation: dict[str, list[ClaimEdge]] = defaultdict(list)
        for edge in graph.edges(keys=True, data=True):
            self.claims[edge[2]] = edge
            self.by_relation[edge[3]["relation"]].append(edge)
        self._kinds: dict[tuple[str, ...], frozenset[str]] = {}

    # nodes ---------------------------------------------------------------------------------

    def types(self, iri: str) -> tuple[str, ...]:
        """Classes of a node; none where the graph does not hold it."""
        return tuple(self.graph.nodes[iri].get("types", ())) if iri in self.graph else ()

    def admits(self, variable: Variable, node: str) -> bool:
        """Whether *node* may stand for *variable*."""
        if variable.entities and node not in variable.entities:
            return False
        return all(node in self._members(group) for group in variable.groups) and (
            not variable.places or not self.places(node).isdisjoint(variable.places)
        )

    def known(self, iri: str) -> bool:
        """Whether the catalogue has a node."""
        return iri in self.graph and bool(self.graph.nodes[iri].get("known"))

    def places(self, iri: str) -> frozenset[str]:
        """Folded words for the seat of a node; none where it is not known."""
        return (
            frozenset(self.graph.nodes[iri].get("places", ())) if iri in self.graph else frozenset()
        )

    def _members(self, classes: tuple[str, ...]) -> frozenset[str]:
        """Nodes of one of *classes* or of a class below; one pass over the nodes for each."""
        if classes not in self._kinds:
            below = frozenset().union(*map(self.ontology.descendants, classes))
            nodes = self.graph.nodes(data="types")
            self._kinds[classes] = frozenset(
                n for n, kinds in nodes if not below.isdisjoint(kinds or ())
            )
        return self._kinds[classes]

    # tables --------------------------------------------------------------------------------

    def table(self, edge: Edge, pattern: Pattern) -> Table:
        """Source node → target node → ids of the claims that carry *edge*."""
        source, target = pattern.variable(edge.source), pattern.variable(edge.target)
        statuses = edge.statuses or self.statuses
        table: Table = {}
        for start, end, key, data in self._claims_of(edge):
            if start == end or data["status"] not in statuses:
                continue
            if not (self.admits(source, start) and self.admits(target, end)):
                continue
            if all(_passes(data, item) for item in edge.filters):
                found = table.setdefault(start, {}).setdefault(end, [])
                if key not in found:
                    found.append(key)
        return table

    def _claims_of(self, edge: Edge) -> Iterator[ClaimEdge]:
        for step in edge.steps:
            both = self.ontology.properties[step.relation].symmetric
            for start, end, key, data in self.by_relation.get(step.relation, ()):
                if step.forward or both:
                    yield start, end, key, data
                if both or not step.forward:
                    yield end, start, key, data

    # joins ---------------------------------------------------------------------------------

    def bindings(self, pattern: Pattern) -> list[tuple[Binding, tuple[tuple[str, ...], ...]]]:
        """All bindings of the pattern's variables, with the claim ids under each edge."""
        tables = [self.table(edge, pattern) for edge in pattern.edges]
        without = [[(e, self.table(e, pattern)) for e in group] for group in pattern.without]
        found = []
        for binding in self._join(pattern, tables):
            if self._ordered(pattern, binding) and not any(
                self._holds(group, binding) for group in without
            ):
                ends = ((e.source, e.target) for e in pattern.edges)
                claims = tuple(
                    tuple(table[binding[a]][binding[b]])
                    for table, (a, b) in zip(tables, ends, strict=True)
                )
                found.append((binding, claims))
        return self._counted(pattern, found)

    def _ordered(self, pattern: Pattern, binding: Binding) -> bool:
        return all(binding[a] < binding[b] for a, b in pattern.unordered) and all(
            binding[a] != binding[b] for a, b in pattern.distinct
        )

    def _join(self, pattern: Pattern, tables: list[Table]) -> Iterable[Binding]:
        rows: list[Binding] = [{}]
        waiting = sorted(range(len(tables)), key=lambda i: (sum(map(len, tables[i].values())), i))
        while waiting:
            known = set(rows[0]) if rows else set()
            ends = {i: {pattern.edges[i].source, pattern.edges[i].target} for i in waiting}
            number = min(waiting, key=lambda i: -len(ends[i] & known))  # stable: smallest first
            waiting.remove(number)
            rows = list(self._extend(rows, pattern.edges[number], tables[number]))
            if not rows:
                return []
        return self._scan(pattern, rows)

    def _extend(self, rows: list[Binding], edge: Edge, table: Table) -> Iterator[Binding]:
        backwards: dict[str, list[str]] = defaultdict(list)
        for start, ends in table.items():
            for end in ends:
                backwards[end].append(start)
        for row in rows:
            source, target = row.get(edge.source), row.get(edge.target)
            if source is not None:
                ends = table.get(source, {})
                chosen = ends if target is None else [target] if target in ends else []
                yield from ({**row, edge.target: end} for end in chosen)
            elif target is not None:
                yield from ({**row, edge.source: start} for start in backwards[target])
            else:
                for start, reached in table.items():
                    yield from ({edge.source: start, edge.target: end, **row} for end in reached)

    def _scan(self, pattern: Pattern, rows: list[Binding]) -> list[Binding]:
        """Give the focus, and what is described, that no edge binds each node that fits."""
        asked = [v for v in pattern.variables if v.name in pattern.focus]
        asked += [v for v in pattern.bound if v.constant and v not in asked]
        for variable in asked:
            if rows and variable.name not in rows[0]:
                among = sorted(variable.entities or self.graph)
                nodes = [node for node in among if self.admits(variable, node)]
                rows = [{**row, variable.name: node} for row in rows for node in nodes]
        return rows

    def _holds(self, group: list[tuple[Edge, Table]], binding: Binding) -> bool:
        """Whether *group* can be satisfied under *binding*."""
        rows = [binding]
        for edge, table in group:
            rows = list(self._extend(rows, edge, table))
        return bool(rows)

    def _counted(
        self, pattern: Pattern, found: list[tuple[Binding, tuple[tuple[str, ...], ...]]]
    ) -> list[tuple[Binding, tuple[tuple[str, ...], ...]]]:
        for count in pattern.counts:
            numbers = self._numbers(count, [binding for binding, _ in found])
            compare = COMPARE[count.operator]
            found = [
                item
                for item in found
                if compare(numbers[tuple(item[0][g] for g in count.group)], count.value)
            ]
        return found

    def _numbers(self, count: Count, bindings: list[Binding]) -> dict[tuple[str, ...], int]:
        seen: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for binding in bindings:
            seen[tuple(binding[g] for g in count.group)].add(binding[count.counted])
        return {group: len(values) for group, values in seen.items()}
