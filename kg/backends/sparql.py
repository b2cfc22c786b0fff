"""A graph on any SPARQL 1.1 server that takes updates: the store's Protocol over HTTP.

What an article says is written by one update request, which servers run as one transaction as far
as they have any; derived graphs are written in batches over the Graph Store Protocol, or by updates
where the server has none. A server has no snapshots: who reads during a build sees each article as
soon as it is there, and derived graphs while they are written. Two builds at once into one server
are not kept apart.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import httpx
import pyoxigraph as ox

from kg.backends.sparql_endpoints import ROWS, TRIPLES, find_query, find_store, find_update
from kg.backends.sparql_http import Connection, fault
from kg.errors import GraphError, QueryError
from kg.model import Entity
from kg.query_text import (
    Term,
    check_syntax,
    form_of,
    names_its_graphs,
    refuse_service,
    with_prefixes,
    with_terms,
)
from kg.rdf import StoredArticle, articles_from_quads
from kg.results import Results
from kg.store import Store
from kg.vocabulary import GRAPHS, OWN, XSD, kg

__all__ = ["SparqlStore"]

_BATCH = 10_000  # triples a request
_SHORT = 2**31
_DECIMAL, _BOOLEAN = (ox.NamedNode(XSD + name) for name in ("decimal", "boolean"))
_LINES = kg("lines")
# grouped, not DISTINCT: that takes Virtuoso minutes
_GRAPHS = "SELECT ?graph WHERE { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph"
_ARTICLES = "SELECT ?graph ?p ?o WHERE { GRAPH ?graph { ?graph a kg:Article ; ?p ?o } }"
# whether a triple of some named graph is missing from the default graph
_SOME = "ASK { GRAPH ?g { ?s a ?type } }"
_APART = """ASK { { SELECT ?s ?type WHERE { GRAPH ?g { ?s a ?type } } LIMIT 1 }
  FILTER NOT EXISTS { ?s a ?type } }"""
_UNIONS: tuple[dict[str, str], ...] = ({}, {"union-default-graph": ""})  # the second is Oxigraph's


class SparqlStore(Store):
    """A server's dataset; open it with :meth:`open`, and close it (or use ``with``)."""

    def __init__(self, connection: Connection, *, read_only: bool = True) -> None:
        self._connection = connection
        self._query_url = find_query(connection)
        self._store_url = find_store(connection, self._query_url)
        self._update_url = None if read_only else find_update(connection, self._query_url)
        self._union: dict[str, str] | None = None
        self._entities: dict[str, Entity] | None = None

    @classmethod
    def open(cls, address: str, *, read_only: bool = True) -> SparqlStore:
        """Open the dataset at *address*; :mod:`kg.backends.sparql_http` says what the environment may.

        Raises
        ------
        GraphError
            Where there is no such server, or it takes no updates though they are wanted.
        """
        connection = Connection(address)
        try:
            return cls(connection, read_only=read_only)
        except GraphError:
            connection.close()
            raise

    @property
    def book(self) -> _Book:  # noqa: D102
        return _Book(self)

    def publish(self) -> None:
        """Nothing: what is written is read at once."""

    def close(self) -> None:  # noqa: D102
        self._connection.close()

    # -- reading ------------------------------------------------------------------------------

    def query(  # noqa: D102
        self,
        sparql: str,
        bindings: Mapping[str, Term] | None = None,
        *,
        allow_service: bool = False,
    ) -> Results:
        if not allow_service:
            refuse_service(sparql)
            check_syntax(sparql)
        form, text = form_of(sparql), with_prefixes(with_terms(sparql, bindings))
        union = {} if names_its_graphs(sparql) else self._union_parameters()
        return self._ask(text, form, union)

    def _ask(self, text: str, form: str, parameters: Mapping[str, str]) -> Results:
        url, accept = self._query_url, TRIPLES if form == "triples" else ROWS
        response = self._connection.send(
            "POST", url, params=parameters, data={"query": text}, headers={"Accept": accept}
        )
        if not response.is_success:
            raise QueryError(fault(response))
        return _results(response, form)

    def _union_parameters(self) -> dict[str, str]:
        """What makes the union of all graphs the default graph of a query, on this server."""
        if self._union is None:
            if not self._ask(_SOME, "truth", {}):
                return {}  # an empty dataset does not tell
            ways = (way for way in _UNIONS if not self._ask(_APART, "truth", way))
            self._union = next(ways, {})
        return self._union

    def quads(self, graph: ox.NamedNode, subject: ox.NamedNode | None = None) -> Iterator[ox.Quad]:  # noqa: D102
        if subject is not None:
            rows = self._ask(
                f"SELECT ?p ?o WHERE {{ GRAPH {graph} {{ {subject} ?p ?o }} }}", "rows", {}
            )
            return (_quad(subject, p, o, graph) for p, o in rows)
        if self._store_url is None or self._connection.cuts_answers:
            every = f"SELECT ?s ?p ?o WHERE {{ GRAPH {graph} {{ ?s ?p ?o }} }}"
            return (_quad(s, p, o, graph) for s, p, o in self._ask(every, "rows", {}))
        response = self._connection.send(
            "GET", self._store_url, params={"graph": graph.value}, headers={"Accept": TRIPLES}
        )
        if response.status_code == httpx.codes.NOT_FOUND:
            return iter(())
        if not response.is_success:
            raise GraphError(fault(response))
        return (_quad(s, p, o, graph) for s, p, o in _results(response, "triples"))

    def graphs(self) -> tuple[str, ...]:
        """IRIs of this program's named graphs, sorted: a server may hold others."""
        found = (str(iri) for (iri,) in self._ask(_GRAPHS, "rows", {}).rows())
        return tuple(sorted(iri for iri in found if iri.startswith(OWN)))

    def articles(self) -> tuple[StoredArticle, ...]:  # noqa: D102
        rows = self._ask(with_prefixes(_ARTICLES), "rows", {})
        named = ((g, p, o) for g, p, o in rows if isinstance(g, ox.NamedNode))
        return articles_from_quads(_quad(g, p, o, g) for g, p, o in named)

    def entities(self) -> dict[str, Entity]:
        """IRI → entity, sorted by IRI; read once until something is written here."""
        if self._entities is None:
            self._entities = super().entities()
        return self._entities

    # -- writing ------------------------------------------------------------------------------

    def replace(self, graphs: Mapping[ox.NamedNode, Sequence[ox.Quad]]) -> None:
        """Put the given graphs in the place of those of the same name, with one update request."""
        steps = [f"DROP SILENT GRAPH {graph}" for graph in graphs]
        blocks = [_block(graph, quads) for graph, quads in graphs.items() if quads]
        if blocks:
            steps.append(f"INSERT DATA {{ {' '.join(blocks)} }}")
        self._update(" ;\n".join(steps))

    def add(self, quads: Iterable[ox.Quad]) -> None:
        """Add quads, in one request for each graph and each ten thousand of them."""
        by_graph: dict[ox.NamedNode, list[ox.Quad]] = {}
        for quad in quads:
            if isinstance(quad.graph_name, ox.NamedNode):
                by_graph.setdefault(quad.graph_name, []).append(quad)
        for graph, own in by_graph.items():
            self._post(graph, own)

    def rewrite(self, graph: ox.NamedNode, quads: Iterable[ox.Quad]) -> None:  # noqa: D102
        self._update(f"DROP SILENT GRAPH {graph}")
        self._post(graph, quads)

    def _post(self, graph: ox.NamedNode, quads: Iterable[ox.Quad]) -> None:
        rest = iter(quads)
        while batch := list(itertools.islice(rest, _BATCH)):
            if self._store_url is None:
                self._update(f"INSERT DATA {{ {_block(graph, batch)} }}")
                continue
            self._written()
            triples = ox.serialize((q.triple for q in batch), format=ox.RdfFormat.N_TRIPLES)
            response = self._connection.send(
                "POST",
                self._store_url,
                params={"graph": graph.value},
                content=triples or b"",
                headers={"Content-Type": "application/n-triples"},
            )
            if not response.is_success:
                raise GraphError(fault(response))

    def _update(self, text: str) -> None:
        url = self._written()
        response = self._connection.send("POST", url, data={"update": text})
        if not response.is_success:
            raise GraphError(fault(response))

    def _written(self) -> str:
        """The update endpoint; what was read of entities no longer counts."""
        if self._update_url is None:
            raise GraphError(f"{self._connection.address}: opened to read")
        self._entities = None
        return self._update_url


class _Book:
    """The ledger of merges as one literal of a private graph."""

    def __init__(self, store: SparqlStore) -> None:
        self.store, self.name = store, str(GRAPHS.LEDGER.value)

    def lines(self) -> list[str]:
        found = (quad.object for quad in self.store.quads(GRAPHS.LEDGER, GRAPHS.LEDGER))
        texts = [term.value for term in found if isinstance(term, ox.Literal)]
        return [line for text in texts for line in text.splitlines()]

    def write(self, lines: Iterable[str]) -> None:
        text = ox.Literal("\n".join(lines))
        self.store.replace({GRAPHS.LEDGER: [ox.Quad(GRAPHS.LEDGER, _LINES, text, GRAPHS.LEDGER)]})


def _block(graph: ox.NamedNode, quads: Iterable[ox.Quad]) -> str:
    """``GRAPH <…> { … }`` for the data of an update; the RDF library escapes the terms."""
    triples = ox.serialize((quad.triple for quad in quads), format=ox.RdfFormat.N_TRIPLES) or b""
    return f"GRAPH {graph} {{\n{triples.decode()}}}"


def _quad(
    subject: Term | None, predicate: Term | None, term: Term | None, graph: ox.NamedNode
) -> ox.Quad:
    """A quad of what came back, its numbers and truth values spelt as this program spells them."""
    if isinstance(term, ox.Literal):
        term = _spelt(term)
    if not (isinstance(subject, ox.NamedNode) and isinstance(predicate, ox.NamedNode) and term):
        told = f"{subject} {predicate} {term}"
        raise GraphError(f"{graph}: the server gives what this program did not write: {told}")
    return ox.Quad(subject, predicate, term, graph)


def _spelt(literal: ox.Literal) -> ox.Literal:
    """*literal* as a graph on disk gives it back: stores keep the value, each spells it its way.

    Virtuoso gives integers of more than 32 bits back as decimals; no whole decimal is so great.
    """
    if literal.datatype == _DECIMAL:
        number = Decimal(literal.value).normalize()
        if abs(number) >= _SHORT and number == number.to_integral_value():
            return ox.Literal(int(number))
        return ox.Literal(format(number, "f"), datatype=_DECIMAL)
    if literal.datatype == _BOOLEAN:
        return ox.Literal(literal.value in ("true", "1"))
    return literal


def _results(response: httpx.Response, form: str) -> Results:
    """The rows, truth or triples of an answer.

    Raises
    ------
    QueryError
        Where it cannot be read, or the server says that it left rows out.
    """
    if most := response.headers.get("X-SPARQL-MaxRows"):  # Virtuoso's, where there were more
        cut = f"the server gives {most} rows at most and left some out"
        raise QueryError(f"{cut}; ask for less (LIMIT), or raise its ResultSetMaxRows")
    media = response.headers.get("Content-Type", "").partition(";")[0].strip()
    try:
        if form == "triples":
            return Results(_triples(response.content, media))
        kind = ox.QueryResultsFormat.from_media_type(media)
        if kind is None:
            raise ValueError(f"{media!r} is no format of results")
        raw = ox.parse_query_results(response.content, format=kind)
    except (SyntaxError, ValueError) as error:
        url = response.request.url.copy_with(query=None)
        raise QueryError(f"{url}: the answer cannot be read: {error}") from None
    if form == "truth" and isinstance(raw, ox.QuerySolutions):
        return Results(_truth(raw))
    return Results(raw)


def _truth(rows: ox.QuerySolutions) -> ox.QueryBoolean:
    """The truth value that Virtuoso gives as a row with one column."""
    said = any(value is not None and value.value in ("true", "1") for row in rows for value in row)
    text = b'{"head":{},"boolean":%s}' % (b"true" if said else b"false")
    truth = ox.parse_query_results(text, format=ox.QueryResultsFormat.JSON)
    assert isinstance(truth, ox.QueryBoolean)
    return truth


def _triples(content: bytes, media: str) -> Iterator[ox.Triple]:
    kind = ox.RdfFormat.from_media_type(media)
    if kind is None:
        raise ValueError(f"{media!r} is no format of triples")
    return (quad.triple for quad in ox.parse(content, format=kind))
