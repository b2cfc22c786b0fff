"""Claims as tables in DuckDB: of a large graph only the part that a question needs is fetched.

A ``MultiDiGraph`` of a million claims takes seconds to make; a question touches few of them. The
pattern's joins run over integer columns here, and the claims under the bindings that they leave
become a small graph on which the question is answered as on any other.

DuckDB is in the ``analysis`` extra; nothing needs it: without it the whole graph is made.
"""
# ruff: noqa: S608 - all values are parameters; the names in the texts are those of this module

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import networkx as nx

from kg.model import Status
from kg.ontology import Ontology
from kg.questions.pattern import Edge, Filter, Form, Pattern, Variable

__all__ = ["Columns"]

_SCHEMA = """
CREATE TABLE nodes (id INTEGER, iri VARCHAR, name VARCHAR, types VARCHAR[], labels VARCHAR[], known BOOLEAN,
  places VARCHAR[]);
CREATE TABLE kinds (class VARCHAR, node INTEGER);
CREATE TABLE sites (place VARCHAR, node INTEGER);
CREATE TABLE words (word VARCHAR, node INTEGER);
CREATE TABLE loaded (subject VARCHAR, object VARCHAR, key VARCHAR, relation VARCHAR, status VARCHAR,
  confidence DOUBLE, amount DOUBLE, currency VARCHAR, percent DOUBLE, attribution VARCHAR,
  quote VARCHAR, trigger VARCHAR, trigger_at INTEGER, article VARCHAR, title VARCHAR, date VARCHAR, source VARCHAR,
  url VARCHAR, origin VARCHAR, extractor VARCHAR, inferred BOOLEAN, rule VARCHAR,
  premises VARCHAR[], "symmetric" BOOLEAN)
"""
# Sorted by relation, so that a scan for one relation passes over the row groups of all others.
_CLAIMS = """
CREATE TABLE claims AS SELECT s.id AS subject, o.id AS object, loaded.* EXCLUDE (subject, object)
  FROM loaded JOIN nodes s ON s.iri = loaded.subject JOIN nodes o ON o.iri = loaded.object
  ORDER BY relation, s.id, o.id, key;
DROP TABLE loaded
"""
_COMPARISONS = frozenset({">", "<", ">=", "<=", "="})
_ATTRIBUTES = (
    "relation", "status", "confidence", "amount", "currency", "percent", "attribution", "quote",
    "trigger", "trigger_at", "article", "title", "date", "source", "url", "origin", "extractor", "inferred",
    "rule", "premises", "symmetric",
)  # fmt: skip
_SELECTED = ", ".join(f'"{name}"' for name in _ATTRIBUTES)  # some are words of SQL
_BATCH = 50_000

Claim = tuple[str, str, str, dict[str, Any]]
Sql = tuple[str, list[Any]]


class Columns:
    """The tables of one graph.

    Parameters
    ----------
    database
        A DuckDB connection that :meth:`create` or :meth:`open` made.
    ontology
        For classes below classes, and which relations are symmetric.
    """

    def __init__(self, database: duckdb.DuckDBPyConnection, ontology: Ontology) -> None:
        self.database, self.ontology = database, ontology

    @classmethod
    def open(cls, path: Path, ontology: Ontology) -> Columns:
        """Tables in the file *path*, to read."""
        return cls(duckdb.connect(str(path), read_only=True), ontology)

    @classmethod
    def create(
        cls,
        nodes: Iterable[tuple[str, Mapping[str, Any]]],
        edges: Iterable[Claim],
        ontology: Ontology,
        path: Path | None = None,
    ) -> Columns:
        """Tables of a graph, in the file *path* (which appears whole or not at all) or in memory.

        Parameters
        ----------
        nodes, edges
            As :func:`kg.graph.build_graph` puts them into a graph, of any status.
        """
        if path is None:
            columns = cls(duckdb.connect(), ontology)
            columns._load(nodes, edges)
            return columns
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        partial.unlink(missing_ok=True)
        columns = cls(duckdb.connect(str(partial)), ontology)
        columns._load(nodes, edges)
        columns.database.close()
        partial.replace(path)
        return cls.open(path, ontology)

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()

    # loading -------------------------------------------------------------------------------

    def _load(self, nodes: Iterable[tuple[str, Mapping[str, Any]]], edges: Iterable[Claim]) -> None:
        self.database.execute(_SCHEMA)
        ordered = sorted(nodes, key=lambda node: node[0])
        self._insert("nodes", (self._node(i, iri, d) for i, (iri, d) in enumerate(ordered)))
        self._insert("kinds", (r for i, (_, d) in enumerate(ordered) for r in self._kinds(i, d)))
        self._insert("sites", (r for i, (_, d) in enumerate(ordered) for r in self._sites(i, d)))
        self._insert("words", (r for i, (_, d) in enumerate(ordered) for r in self._words(i, d)))
        self._insert("loaded", (_loaded(edge) for edge in edges))
        self.database.execute(_CLAIMS)

    def _insert(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        import pyarrow as pa

        schema = self.database.sql(f"SELECT * FROM {table} LIMIT 0").to_arrow_table().schema
        for batch in _batches(rows):
            columns = zip(*batch, strict=True)
            arrays = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
            self.database.register("batch", pa.Table.from_arrays(arrays, schema=schema))
            self.database.execute(f"INSERT INTO {table} SELECT * FROM batch")
            self.database.unregister("batch")

    def _node(self, number: int, iri: str, data: Mapping[str, Any]) -> tuple[Any, ...]:
        labels = [str(getattr(label, "text", label)) for label in data.get("labels", ())]
        kinds = list(data.get("types", ()))
        places, known = list(data.get("places", ())), bool(data.get("known"))
        return number, iri, str(data.get("name", iri)), kinds, labels, known, places

    def _kinds(self, number: int, data: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
        yield from ((kind, number) for kind in sorted(set(data.get("types", ()))))

    def _sites(self, number: int, data: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
        yield from ((place, number) for place in sorted(set(data.get("places", ()))))

    def _words(self, number: int, data: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
        """The first words of a node's names, as each language reads them."""
        lexicon, found = self.ontology.questions, set[str]()
        for label in (data.get("name", ""), *data.get("labels", ())):
            for lang in lexicon.languages:
                found.update(lexicon.tokens(str(getattr(label, "text", label)), lang)[:1])
        yield from ((word, number) for word in sorted(found))

    # names ---------------------------------------------------------------------------------

    def named(self, question: str) -> nx.MultiDiGraph:
        """Nodes without edges: all whose name may stand in *question*."""
        lexicon = self.ontology.questions
        words = sorted({t for lang in lexicon.languages for t in lexicon.tokens(question, lang)})
        found = "SELECT node FROM words WHERE word IN (SELECT unnest(?))"
        return self.add_nodes(nx.MultiDiGraph(), found, [words])

    def add_nodes(self, graph: nx.MultiDiGraph, ids: str, values: list[Any]) -> nx.MultiDiGraph:
        """Put the nodes whose ids the query *ids* gives into *graph*, which is returned."""
        chosen = "iri, name, types, labels, known, places"
        sql = f"SELECT {chosen} FROM nodes WHERE id IN ({ids}) ORDER BY id"
        for iri, name, types, labels, known, places in self.database.execute(
            sql, values
        ).fetchall():
            lists = {"types": tuple(types), "labels": tuple(labels), "places": tuple(places)}
            graph.add_node(iri, name=name, known=known, **lists)
        return graph

    # parts ---------------------------------------------------------------------------------

    def part(
        self, pattern: Pattern, statuses: tuple[Status, ...], min_confidence: float = 0.0
    ) -> nx.MultiDiGraph:
        """The part of the graph from which *pattern* is answered as from the whole.

        It holds all claims under all bindings, all that may stand against one, the premises of
        what is inferred among them, and the nodes that *pattern* names.

        Raises
        ------
        ValueError
            For a question about a path, which may need any claim.
        """
        if pattern.form is Form.PATH:
            raise ValueError("a path may lead through the whole graph")
        return _Part(self, pattern, statuses, min_confidence).graph()

    def claims(self, condition: str, values: list[Any]) -> list[Claim]:
        """Claims that meet *condition* (SQL, with ``?`` for *values*), by ends and key."""
        sql = f"SELECT subject, object, key, {_SELECTED} FROM claims WHERE {condition}"
        rows = self.database.execute(sql, values).fetchall()
        ids = sorted({end for row in rows for end in row[:2]})
        found = "SELECT id, iri FROM nodes WHERE id IN (SELECT unnest(?))"
        iris = dict(self.database.execute(found, [ids]).fetchall()) if ids else {}
        return sorted(
            (_claim((iris[row[0]], iris[row[1]], *row[2:])) for row in rows),
            key=lambda claim: claim[:3],
        )

    def with_premises(self, found: Iterable[Claim]) -> list[Claim]:
        """*found* with all that they were inferred from, by ends and key."""
        claims = {claim[2]: claim for claim in found}
        waiting = {premise for claim in claims.values() for premise in claim[3]["premises"]}
        while missing := sorted(waiting - claims.keys()):
            more = self.claims("key IN (SELECT unnest(?))", [missing])
            if not more:
                break  # a premise that the graph no longer holds
            claims |= {claim[2]: claim for claim in more}
            waiting = {premise for claim in more for premise in claim[3]["premises"]}
        return sorted(claims.values(), key=lambda claim: claim[:3])


def _loaded(edge: Claim) -> tuple[Any, ...]:
    subject, other, key, data = edge
    values = {**data, "status": str(data["status"]), "premises": list(data.get("premises") or ())}
    return subject, other, key, *(values.get(name) for name in _ATTRIBUTES)


def _batches(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    batch: list[tuple[Any, ...]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _claim(row: tuple[Any, ...]) -> Claim:
    subject, other, key, *values = row
    data = dict(zip(_ATTRIBUTES, values, strict=True))
    data["status"], data["premises"] = Status(data["status"]), tuple(data["premises"] or ())
    return subject, other, key, data


class _Part:
    """What one pattern needs: its edges as pairs of nodes, joined; then the claims under them."""

    def __init__(
        self, columns: Columns, pattern: Pattern, statuses: tuple[Status, ...], confidence: float
    ) -> None:
        self.columns, self.pattern = columns, pattern
        self.statuses, self.confidence = statuses, confidence
        self._tables: dict[str, str] = {}  # what is read → the temporary table that holds it
        self._bound: dict[str, str] = {}  # variable → its column in the table of bindings

    def graph(self) -> nx.MultiDiGraph:
        if self.pattern.edges:
            self._bind()
        edges = (*self.pattern.edges, *(e for group in self.pattern.without for e in group))
        needed = " UNION ALL ".join(self._needed(edge) for edge in edges)
        found = self.columns.claims(f"rowid IN ({needed})", []) if edges else self._calling()
        return self._network(self.columns.with_premises(found))

    def _calling(self) -> list[Claim]:
        """Claims about those whose class only articles give: their words are its proof."""
        found: dict[str, Claim] = {}
        for variable in self.pattern.bound:
            admitted, values = self._admitted(variable)
            unknown = f"SELECT id FROM nodes WHERE NOT known AND id IN ({admitted})"
            touching = f"subject IN ({unknown}) OR object IN ({unknown})"
            claims = self.columns.claims(f"NOT inferred AND ({touching})", [*values, *values])
            found |= {claim[2]: claim for claim in claims}
        return list(found.values())

    def _network(self, claims: list[Claim]) -> nx.MultiDiGraph:
        graph = nx.MultiDiGraph()
        entities = {iri for variable in self.pattern.variables for iri in variable.entities}
        needed = sorted(entities | {end for claim in claims for end in claim[:2]})
        ids = "SELECT id FROM nodes WHERE iri IN (SELECT unnest(?))"
        self.columns.add_nodes(graph, ids, [needed])
        for variable in self._free():
            self.columns.add_nodes(graph, *self._admitted(variable))
        graph.add_edges_from(claims)
        return graph

    def _free(self) -> list[Variable]:
        """Variables that are asked for and that no edge binds: any node may be one."""
        bound = {name for edge in self.pattern.edges for name in (edge.source, edge.target)}
        names = [name for name in self.pattern.focus if name not in bound]
        return [self.pattern.variable(name) for name in names]

    # conditions ----------------------------------------------------------------------------

    def _admitted(self, variable: Variable) -> Sql:
        """Ids of the nodes that may stand for *variable*."""
        parts, values = [], list[Any]()
        if variable.entities:
            parts.append("SELECT id FROM nodes WHERE iri IN (SELECT unnest(?))")
            values.append(list(variable.entities))
        for group in variable.groups:
            below = {c for name in group for c in self.columns.ontology.descendants(name)}
            parts.append("SELECT node FROM kinds WHERE class IN (SELECT unnest(?))")
            values.append(sorted(below))
        if variable.places:
            parts.append("SELECT node FROM sites WHERE place IN (SELECT unnest(?))")
            values.append(list(variable.places))
        return " INTERSECT ".join(parts) or "SELECT id FROM nodes", values

    def _conditions(self, edge: Edge, relation: str, source: str, target: str) -> Sql:
        # a denial may answer a yes-or-no question
        denied = (Status.DENIED,) if self.pattern.form is Form.YESNO else ()
        statuses = [str(s) for s in (*(edge.statuses or self.statuses), *denied)]
        allowed = f"status IN ({', '.join('?' * len(statuses))})"
        parts = ["relation = ?", allowed, "subject <> object", "confidence >= ?"]
        values: list[Any] = [relation, *statuses, self.confidence]
        for name, column in ((edge.source, source), (edge.target, target)):
            variable = self.pattern.variable(name)
            if variable.restricted or variable.entities:
                admitted, given = self._admitted(variable)
                parts.append(f"{column} IN ({admitted})")
                values += given
        for item in edge.filters:
            text, given = _filter(item)
            parts.append(text)
            values += given
        return " AND ".join(parts), values

    # tables --------------------------------------------------------------------------------

    def _table(self, edge: Edge) -> str:
        """A table of ``place`` (of the claim), ``source`` and ``target``: what may carry *edge*."""
        parts, values = [], list[Any]()
        for step in edge.steps:
            both = self.columns.ontology.properties[step.relation].symmetric
            ways = [("subject", "object")] if step.forward or both else []
            ways += [("object", "subject")] if both or not step.forward else []
            for source, target in ways:
                where, given = self._conditions(edge, step.relation, source, target)
                chosen = f"rowid AS place, {source} AS source, {target} AS target"
                parts.append(f"SELECT {chosen} FROM claims WHERE {where}")
                values += given
        sql = " UNION ALL ".join(parts)
        if (read := f"{sql} {values}") not in self._tables:
            self._tables[read] = f"edge{len(self._tables)}"
            create = f"CREATE OR REPLACE TEMP TABLE {self._tables[read]} AS {sql}"
            self.columns.database.execute(create, values)
        return self._tables[read]

    def _bind(self) -> None:
        """Make the table ``bound``: all bindings of the edges that must hold."""
        tables, conditions, first = [], list[str](), dict[str, str]()
        for number, edge in enumerate(self.pattern.edges):
            pairs = f"(SELECT DISTINCT source, target FROM {self._table(edge)}) e{number}"
            tables.append(pairs)
            for name, column in ((edge.source, "source"), (edge.target, "target")):
                known = first.setdefault(name, f"e{number}.{column}")
                conditions += [f"{known} = e{number}.{column}"] * (known != f"e{number}.{column}")
        conditions += [f"{first[a]} < {first[b]}" for a, b in self.pattern.unordered]
        conditions += [f"{first[a]} <> {first[b]}" for a, b in self.pattern.distinct]
        self._bound = {name: f"v{number}" for number, name in enumerate(sorted(first))}
        chosen = ", ".join(f"{first[name]} AS {column}" for name, column in self._bound.items())
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        joined = f"SELECT DISTINCT {chosen} FROM {', '.join(tables)}{where}"
        self.columns.database.execute(f"CREATE OR REPLACE TEMP TABLE bound AS {joined}")

    def _needed(self, edge: Edge) -> str:
        """A query for the places of the claims that may carry *edge* under some binding."""
        table, ends = self._table(edge), ((edge.source, "source"), (edge.target, "target"))
        known = [(column, self._bound[name]) for name, column in ends if name in self._bound]
        if not known:
            return f"SELECT place FROM {table}"
        left, right = (", ".join(part) for part in zip(*known, strict=True))
        return f"SELECT place FROM {table} WHERE ({left}) IN (SELECT ({right}) FROM bound)"


def _filter(item: Filter) -> Sql:
    if item.operator not in _COMPARISONS or item.field not in _ATTRIBUTES:
        raise ValueError(f"{item.field} {item.operator}: no condition on a claim")
    text, values = f"{item.field} {item.operator} ?", [item.value]
    if item.currency:
        return f"{text} AND currency = ?", [*values, item.currency]
    return text, values
