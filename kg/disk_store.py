"""The store in a graph folder: Oxigraph on disk.

A graph folder holds ``kg.json`` (what it is, which snapshot is current), ``working/`` (the one
writer's database) and ``snapshots/N/`` (RocksDB checkpoints: hard links, never written again).
Readers open the current snapshot, so that any number of them see the last whole state while a
build goes on; a killed build leaves the snapshot as it was.
"""

from __future__ import annotations

import ctypes
import itertools
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyoxigraph as ox

from kg import folder
from kg.errors import GraphError, InputError, QueryError
from kg.model import Entity
from kg.query_text import (
    Term,
    names_its_graphs,
    refuse_service,
    syntax_message,
    used_prefixes,
)
from kg.results import Results
from kg.store import STAGING, WRITTEN_AT_ONCE, Store

__all__ = ["OxigraphStore"]

_FEW = 2_000
_FLUSHED = 1_000  # replacements after which what is buffered in memory is written out


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
        store._clear_staging()
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
        """Open the database anew: RocksDB's caches have limits that cannot be set from Python.

        Only a writer's: others lie in memory, or are not changed.
        """
        if self._lock is None:
            return
        self.database.flush()
        self._database = None
        _return_freed()
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
                prefixes=used_prefixes(sparql),
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

    def triples(self, graph: ox.NamedNode) -> bytes:  # noqa: D102
        return self.database.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=graph) or b""

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
        steps = [f"DROP SILENT GRAPH {graph}" for graph, quads in graphs.items() if not quads]
        written = ((graph, quads) for graph, quads in graphs.items() if quads)
        for number, (graph, quads) in enumerate(written):
            staged = _staged(number)
            self.database.extend(ox.Quad(q.subject, q.predicate, q.object, staged) for q in quads)
            steps.append(f"MOVE {staged} TO {graph}")
        self.database.update(";".join(steps))

    def _clear_staging(self) -> None:
        """Remove what a replacement wrote that was killed before it took effect."""
        left = itertools.takewhile(
            self.database.contains_named_graph, map(_staged, itertools.count())
        )
        for staged in reversed(list(left)):  # so that one killed here, too, leaves the first ones
            self.database.remove_graph(staged)

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
            while chunk := list(itertools.islice(rest, WRITTEN_AT_ONCE)):
                # sorted files that the database takes in as they are, three times as fast; for a
                # few quads a transaction is cheaper
                few = len(chunk) < _FEW
                self.database.extend(chunk) if few else self.database.bulk_extend(chunk)

    def load(self, path: Path) -> None:
        """Add an N-Quads file as it is, with the bulk loader; the next build takes it for imported.

        What was loaded is compacted: a snapshot never is, once taken, and reads from files that
        overlap take twice as long.

        Raises
        ------
        InputError
            Where it is no N-Quads, with the line.
        """
        self._entities = None
        try:
            with folder.write_errors(self.path):
                self.database.bulk_load(path=str(path), format=ox.RdfFormat.N_QUADS)
                self.database.optimize()
        except SyntaxError as error:
            raise InputError(f"{path}:{error.lineno or 0}: {error.msg}") from None

    def publish(self) -> None:  # noqa: D102
        with folder.write_errors(self.path):
            self.database.flush()
            folder.publish(self.path, self.database.backup)


def _return_freed() -> None:
    """Have the C library give the system what was freed, where it can (``malloc_trim(3)``, glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim:
        trim(0)


def _staged(number: int) -> ox.NamedNode:
    """Where the graph of this number lies until all of a replacement is written."""
    return ox.NamedNode(f"{STAGING}{number}")


def _open_database(path: Path, database: Path, *, read_only: bool) -> ox.Store:
    try:
        return ox.Store.read_only(str(database)) if read_only else ox.Store(database)
    except (OSError, RuntimeError, ValueError) as error:
        if "lock" in str(error).lower():
            raise GraphError(folder.locked_message(path)) from None
        reason = str(error).splitlines()[0]
        raise GraphError(f"{path}: the store cannot be opened: {reason}") from None
