"""Quads in, SPARQL out: what every store can do, wherever its quads lie.

:mod:`kg.disk_store` is the one in a graph folder, :mod:`kg.backends.sparql` one on a server.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol, Self

import pyoxigraph as ox

from kg.errors import GraphError
from kg.ledger import Book
from kg.model import Claim, Entity, InferredClaim, Status
from kg.query_text import Term
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
    STATUS_NODES,
    article_node,
    claim_node,
    kg,
)

__all__ = ["STAGING", "WRITTEN_AT_ONCE", "Store"]

STAGING = kg("staging/").value
WRITTEN_AT_ONCE = 20_000  # quads written at once: they are held in memory
_END = b" .\n"  # of a line of N-Triples: literals hold no line break but escaped
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

    def triples(self, graph: ox.NamedNode) -> bytes:
        """The triples of one named graph as N-Triples."""
        triples = (quad.triple for quad in self.quads(graph))
        return ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""

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
        while chunk := list(itertools.islice(rest, WRITTEN_AT_ONCE)):
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
        kept = (iri for iri in self.graphs() if not iri.startswith((STAGING, GRAPHS.LEDGER.value)))
        for graph in map(ox.NamedNode, kept) if private else self.public_graphs():
            *triples, _ = self.triples(graph).split(_END)
            output.write(f" {graph}{_END.decode()}".encode().join([*sorted(triples), b""]))


def _is_private(graph: str) -> bool:
    """Whether a graph is the builder's own: how it came about, not what it says."""
    own = {GRAPHS.STATE.value, GRAPHS.LEDGER.value, GRAPHS.HEIGHTS.value}
    return graph in own or graph.startswith((EXTRACTION, STAGING))


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
