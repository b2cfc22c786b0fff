"""Quads in, SPARQL out: the store's Protocol and Oxigraph on disk.

A graph folder holds ``kg.json`` (what it is, which snapshot is current), ``working/`` (the one
writer's database) and ``snapshots/N/`` (RocksDB checkpoints: hard links, never written again).
Readers open the current snapshot, so that any number of them see the last whole state while a
build goes on; a killed build leaves the snapshot as it was.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol, Self

import pyoxigraph as ox

from kg import folder
from kg.errors import GraphError, InputError, QueryError
from kg.ledger import Book
from kg.model import Claim, Entity, InferredClaim, Status
from kg.query_text import Term, names_its_graphs, refuse_service, syntax_message
from kg.rdf import (
    StoredArticle,
    articles_from_quads,
    claims_from_quads,
    entities_from_quads,
    inferred_from_quads,
)
from kg.results import Results
from kg.vocabulary import (
    ARTICLE,
    EXTRACTION,
    GRAPHS,
    PREFIXES,
    STATUS_NODES,
    article_node,
    claim_node,
    kg,
)

__all__ = ["OxigraphStore", "Store"]

_STAGING = kg("staging/").value
_CHUNK = 50_000  # quads written at once: they are held in memory
_FEW = 2_000
_FLUSHED = 1_000  # replacements after which what is buffered in memory is written out
# pyoxigraph binds projected variables only, hence all six columns
_FIND = """SELECT ?claim ?article ?subject ?relation ?object ?status WHERE {
  GRAPH ?article { ?claim a kg:Claim ; rdf:subject ?subject ; rdf:predicate ?relation ;
                          rdf:object ?object ; kg:status ?status } }"""


class Store(Protocol):
    """A set of named graphs that answers SPARQL 1.1; the rest is built on the first eight methods.

    ``snapshot`` is the state that is read, where it is one on disk; ``book`` is where the ledger of
    merges is kept (:mod:`kg.ledger`).
    """

    snapshot: Path | None = None

    @property
    def book(self) -> Path | Book:
        """The folder, or what stands for it, that holds the ledger."""
        ...

    def publish(self) -> None:
        """Make what was written the state that readers see."""
        ...

    def close(self) -> None:
        """Let go of what is open, so that another may write."""
        ...

    def relax(self) -> None:
        """Give back the memory that reading and writing have filled, where that can be done.

        Not while a result or quads of this store are still being read.
        """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def query(
        self,
        sparql: str,
        bindings: Mapping[str, Term] | None = None,
        *,
        allow_service: bool = False,
    ) -> Results:
        """Run a SELECT, ASK, CONSTRUCT or DESCRIBE query.

        The default graph is the union of all, unless a ``FROM`` clause says otherwise. A plain edge
        in it means that some claim of some status says so; ``GRAPH kg:confirmed { … }`` holds what
        is confirmed.

        Parameters
        ----------
        sparql
            The query; the prefixes of :data:`kg.vocabulary.PREFIXES` are bound.
        bindings
            Variable (without ``?``) → term that stands for it: never pasted into the text.
        allow_service
            Whether the query may have other servers called (``SERVICE``).

        Raises
        ------
        QueryError
            Where the text is not SPARQL, with line and column, cannot be answered, or calls other
            servers unasked.
        """
        ...

    def quads(self, graph: ox.NamedNode, subject: ox.NamedNode | None = None) -> Iterator[ox.Quad]:
        """The quads of one named graph, or those of one *subject* in it."""
        ...

    def graphs(self) -> tuple[str, ...]:
        """IRIs of all named graphs, sorted."""
        ...

    def replace(self, graphs: Mapping[ox.NamedNode, Sequence[ox.Quad]]) -> None:
        """Put the given graphs in the place of those of the same name, all at once or not at all.

        A graph that is given no quads is removed.
        """
        ...

    def add(self, quads: Iterable[ox.Quad]) -> None:
        """Add quads, all at once or not at all: many times faster than to replace."""
        ...

    def append(self, quads: Iterable[ox.Quad]) -> None:
        """Add any number of quads of derived graphs, in several steps."""
        rest = iter(quads)
        while chunk := list(itertools.islice(rest, _CHUNK)):
            self.add(chunk)

    def rewrite(self, graph: ox.NamedNode, quads: Iterable[ox.Quad]) -> None:
        """Replace a derived graph of any size, in several steps."""
        ...

    def article_graphs(self) -> tuple[ox.NamedNode, ...]:
        """The graphs that hold what an article says, sorted."""
        return tuple(ox.NamedNode(iri) for iri in self.graphs() if iri.startswith(ARTICLE))

    def public_graphs(self) -> tuple[ox.NamedNode, ...]:
        """All graphs but the builder's own, sorted."""
        return tuple(ox.NamedNode(iri) for iri in self.graphs() if not _is_private(iri))

    def articles(self) -> tuple[StoredArticle, ...]:
        """All articles, sorted by hash."""
        graphs = self.article_graphs()
        quads = itertools.chain.from_iterable(self.quads(graph, graph) for graph in graphs)
        return articles_from_quads(quads)

    def entities(self) -> dict[str, Entity]:
        """IRI → entity for all that claims speak of, sorted by IRI."""
        return entities_from_quads(self.quads(GRAPHS.ENTITIES))

    def claims(
        self,
        *,
        entity: str | None = None,
        subject: str | None = None,
        relation: str | None = None,
        object: str | None = None,  # noqa: A002 - the standard's word
        status: Status | None = None,
        article: str | None = None,
    ) -> Iterator[Claim]:
        """Claims that meet all conditions, by article hash and place in the text.

        Parameters
        ----------
        entity
            IRI of the subject or the object.
        subject, object
            IRI of that argument.
        relation
            Local name of the relation.
        status
            What the article says of its truth.
        article
            Hash of the article.
        """
        entities = self.entities()
        if not any((entity, subject, relation, object, status)):
            graphs = (article_node(article),) if article else self.article_graphs()
            for graph in graphs:
                yield from claims_from_quads(self.quads(graph), entities)
            return
        sides = [{"subject": subject, "object": object}]
        if entity:
            sides = [{**sides[0], "subject": entity}, {**sides[0], "object": entity}]
        found: set[tuple[str, str]] = set()
        for side in sides:
            bindings = _claim_bindings(side, relation, status, article)
            rows = self.query(_FIND, bindings)
            found.update((str(place), str(node)) for node, place, *_ in rows.rows())
        for place, nodes in itertools.groupby(sorted(found), key=lambda pair: pair[0]):
            names = [ox.NamedNode(node) for _, node in nodes]
            yield from self._described(ox.NamedNode(place), names, entities)

    def claim(self, identifier: str) -> Claim | InferredClaim:
        """The claim with this identifier, asserted or inferred.

        Raises
        ------
        GraphError
            Where the graph holds no such claim.
        """
        node = claim_node(identifier)
        inferred = inferred_from_quads(self.quads(GRAPHS.INFERENCES, node))
        if inferred:
            return inferred[0]
        rows = self.query("SELECT ?c ?g WHERE { GRAPH ?g { ?c a kg:Claim } }", {"c": node})
        for _, graph in rows:
            if isinstance(graph, ox.NamedNode):
                return next(self._described(graph, [node], self.entities()))
        raise GraphError(f"no claim {identifier!r} in this graph")

    def _described(
        self, graph: ox.NamedNode, nodes: Iterable[ox.NamedNode], entities: Mapping[str, Entity]
    ) -> Iterator[Claim]:
        """Claims of one article, each read with the passages that it points at."""
        quads = list(self.quads(graph, graph))
        passages: set[ox.NamedNode] = set()
        for node in nodes:
            own = list(self.quads(graph, node))
            quads += own
            ends = (quad.object for quad in own)
            passages.update(n for n in ends if isinstance(n, ox.NamedNode) and _inside(n, graph))
        for passage in passages:
            quads += self.quads(graph, passage)
        yield from claims_from_quads(quads, entities)

    def inferred(self) -> tuple[InferredClaim, ...]:
        """All inferred claims, sorted by identifier."""
        return inferred_from_quads(self.quads(GRAPHS.INFERENCES))

    def dump(self, output: IO[bytes], *, private: bool = False) -> None:
        """Write the public graphs as N-Quads sorted by graph, then line: equal bytes for equal content.

        With *private* the builder's own too, all that a graph is restored from.
        """
        kept = (iri for iri in self.graphs() if not iri.startswith((_STAGING, GRAPHS.LEDGER.value)))
        for graph in map(ox.NamedNode, kept) if private else self.public_graphs():
            lines = ox.serialize(self.quads(graph), format=ox.RdfFormat.N_QUADS) or b""
            output.writelines(sorted(lines.splitlines(keepends=True)))


def _is_private(graph: str) -> bool:
    """Whether a graph is the builder's own: how it came about, not what it says."""
    own = {GRAPHS.STATE.value, GRAPHS.LEDGER.value, GRAPHS.HEIGHTS.value}
    return graph in own or graph.startswith((EXTRACTION, _STAGING))


def _inside(node: ox.NamedNode, graph: ox.NamedNode) -> bool:
    return node.value.startswith(f"{graph.value}#")


def _claim_bindings(
    side: Mapping[str, str | None],
    relation: str | None,
    status: Status | None,
    article: str | None,
) -> dict[str, Term]:
    bindings: dict[str, Term] = {k: ox.NamedNode(iri) for k, iri in side.items() if iri}
    if relation:
        bindings["relation"] = kg(relation)
    if status:
        bindings["status"] = STATUS_NODES[status]
    if article:
        bindings["article"] = article_node(article)
    return bindings


class OxigraphStore(Store):
    """Oxigraph in a graph folder; open it with :meth:`open`, and close it (or use ``with``)."""

    def __init__(self, path: Path, database: ox.Store, lock: folder.WriterLock | None) -> None:
        self.path = path
        self._database: ox.Store | None = database
        self._lock = lock
        self._entities: dict[str, Entity] | None = None
        self._written = 0

    @classmethod
    def open(cls, path: Path | str, *, read_only: bool = True) -> OxigraphStore:
        """Open the graph folder at *path*; with ``read_only=False`` create it if it is not there.

        Raises
        ------
        GraphError
            Where it is missing, foreign, of another format, damaged or being written by another.
        """
        path = Path(path)
        if read_only:
            snapshot = folder.current_snapshot(path)
            store = cls(path, _open_database(path, snapshot, read_only=True), None)
            store.snapshot = snapshot
            return store
        lock = folder.lock_for_writing(path)
        try:
            store = cls(path, _open_database(path, path / "working", read_only=False), lock)
        except GraphError:
            lock.release()
            raise
        for iri in store.graphs():
            if iri.startswith(_STAGING):  # of a replacement that was killed before it took effect
                store.database.remove_graph(ox.NamedNode(iri))
        if not folder.has_snapshot(path):
            store.publish()  # so that a graph whose first build was killed opens, and is empty
        return store

    @property
    def database(self) -> ox.Store:
        """The pyoxigraph store, for what only it can do."""
        if self._database is None:
            raise GraphError(f"{self.path}: this graph was closed")
        return self._database

    @property
    def book(self) -> Path:  # noqa: D102
        return self.path

    def relax(self) -> None:
        """Open the database anew: RocksDB's caches have limits that cannot be set from Python."""
        self.database.flush()
        self._database = None
        self._database = _open_database(self.path, self.path / "working", read_only=False)

    def close(self) -> None:  # noqa: D102
        self._database = None
        if self._lock:
            self._lock.release()
            self._lock = None

    def entities(self) -> dict[str, Entity]:
        """IRI → entity, sorted by IRI; read once until something is written."""
        if self._entities is None:
            self._entities = super().entities()
        return self._entities

    def query(  # noqa: D102
        self,
        sparql: str,
        bindings: Mapping[str, Term] | None = None,
        *,
        allow_service: bool = False,
    ) -> Results:
        if not allow_service:
            refuse_service(sparql)
        terms = {ox.Variable(name): term for name, term in (bindings or {}).items()}
        try:
            raw = self.database.query(
                sparql,
                prefixes=dict(PREFIXES),
                use_default_graph_as_union=not names_its_graphs(sparql),
                substitutions=terms,
            )
        except SyntaxError as error:
            raise QueryError(syntax_message(sparql, str(error.msg))) from None
        except (OSError, RuntimeError, ValueError) as error:
            raise QueryError(f"the query cannot be answered: {error}") from None
        return Results(raw)

    def quads(self, graph: ox.NamedNode, subject: ox.NamedNode | None = None) -> Iterator[ox.Quad]:  # noqa: D102
        return self.database.quads_for_pattern(subject, None, None, graph)

    def graphs(self) -> tuple[str, ...]:  # noqa: D102
        return tuple(sorted(str(graph.value) for graph in self.database.named_graphs()))

    def replace(self, graphs: Mapping[ox.NamedNode, Sequence[ox.Quad]]) -> None:  # noqa: D102
        old = [graph for graph in graphs if self.database.contains_named_graph(graph)]
        new = itertools.chain.from_iterable(graphs.values())
        self._entities = None
        with folder.write_errors(self.path):
            if not old:
                self.database.extend(new)
            elif not any(graphs.values()):
                self.database.update(";".join(f"DROP GRAPH {graph}" for graph in old))
            else:
                self._swap(graphs)
            self._written += 1
            if self._written % _FLUSHED == 0:
                self.database.flush()

    def _swap(self, graphs: Mapping[ox.NamedNode, Sequence[ox.Quad]]) -> None:
        """Write beside, then move: Oxigraph runs one update, however long, as one transaction."""
        names = dict(enumerate(graphs))
        staged = {number: ox.NamedNode(f"{_STAGING}{number}") for number in names}
        for number, graph in names.items():
            quads = (
                ox.Quad(q.subject, q.predicate, q.object, staged[number]) for q in graphs[graph]
            )
            self.database.extend(quads)
        steps = (
            f"MOVE {staged[number]} TO {graph}" if graphs[graph] else f"DROP SILENT GRAPH {graph}"
            for number, graph in names.items()
        )
        self.database.update(";".join(steps))

    def add(self, quads: Iterable[ox.Quad]) -> None:  # noqa: D102
        self._entities = None
        with folder.write_errors(self.path):
            self.database.extend(quads)

    def rewrite(self, graph: ox.NamedNode, quads: Iterable[ox.Quad]) -> None:  # noqa: D102
        self._entities = None
        with folder.write_errors(self.path):
            self.database.remove_graph(graph)
        self.append(quads)

    def append(self, quads: Iterable[ox.Quad]) -> None:  # noqa: D102
        self._entities = None
        rest = iter(quads)
        with folder.write_errors(self.path):
            while chunk := list(itertools.islice(rest, _CHUNK)):
                # sorted files that the database takes in as they are, three times as fast; for a
                # few quads a transaction is cheaper
                few = len(chunk) < _FEW
                self.database.extend(chunk) if few else self.database.bulk_extend(chunk)

    def load(self, path: Path) -> None:
        """Add an N-Quads file as it is, with the bulk loader; the next build takes it for imported.

        Raises
        ------
        InputError
            Where it is no N-Quads, with the line.
        """
        self._entities = None
        try:
            with folder.write_errors(self.path):
                self.database.bulk_load(path=str(path), format=ox.RdfFormat.N_QUADS)
        except SyntaxError as error:
            raise InputError(f"{path}:{error.lineno or 0}: {error.msg}") from None

    def publish(self) -> None:  # noqa: D102
        with folder.write_errors(self.path):
            self.database.flush()
            folder.publish(self.path, self.database.backup)


def _open_database(path: Path, database: Path, *, read_only: bool) -> ox.Store:
    try:
        return ox.Store.read_only(str(database)) if read_only else ox.Store(database)
    except (OSError, RuntimeError, ValueError) as error:
        if "lock" in str(error).lower():
            raise GraphError(folder.locked_message(path)) from None
        reason = str(error).splitlines()[0]
        raise GraphError(f"{path}: the store cannot be opened: {reason}") from None
