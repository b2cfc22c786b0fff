"""RDF files: every public graph (TriG, N-Quads, JSON-LD) or the claims as triples (Turtle).

Formats without named graphs hold articles, claims, entities, inferences and the vocabulary, but no
plain edges: out of their graphs, what is planned would look like what is done.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

import pyoxigraph as ox

from kg.results import turtle_bytes
from kg.store import Store
from kg.turtle import RDF
from kg.vocabulary import GRAPHS

if TYPE_CHECKING:
    from kg.exports.source import Graph
    from kg.graph import Policy

__all__ = [
    "write_jsonld",
    "write_nquads",
    "write_ntriples",
    "write_trig",
    "write_turtle",
    "write_turtle12",
]

_PLAIN = (GRAPHS.ENTITIES, GRAPHS.INFERENCES, GRAPHS.RUNS, GRAPHS.ONTOLOGY)
_REIFIES = ox.NamedNode(RDF + "reifies")
_SUBJECT, _PREDICATE, _OBJECT = (
    ox.NamedNode(RDF + name) for name in ("subject", "predicate", "object")
)


def write_nquads(graph: Graph, _: Policy | None, output: IO[bytes]) -> None:
    """N-Quads, sorted."""
    graph.store.dump(output)


def write_trig(graph: Graph, _: Policy | None, output: IO[bytes]) -> None:
    """TriG, one graph an article."""
    output.write(turtle_bytes(_public(graph.store), ox.RdfFormat.TRIG))


def write_jsonld(graph: Graph, _: Policy | None, output: IO[bytes]) -> None:
    """JSON-LD 1.1 in expanded form."""
    output.write(ox.serialize(_public(graph.store), format=ox.RdfFormat.JSON_LD) or b"")


def write_turtle(graph: Graph, _: Policy | None, output: IO[bytes]) -> None:
    """Turtle, RDF 1.1."""
    output.write(turtle_bytes(_triples(graph.store), ox.RdfFormat.TURTLE))


def write_ntriples(graph: Graph, _: Policy | None, output: IO[bytes]) -> None:
    """N-Triples."""
    output.write(ox.serialize(_triples(graph.store), format=ox.RdfFormat.N_TRIPLES) or b"")


def write_turtle12(graph: Graph, _: Policy | None, output: IO[bytes]) -> None:
    """Turtle, RDF 1.2: a claim ``rdf:reifies`` its triple, which is asserted if it is confirmed."""
    triples = sorted(_reified(graph.store), key=str)
    output.write(turtle_bytes(triples, ox.RdfFormat.TURTLE))


def _public(store: Store) -> Iterator[ox.Quad]:
    for graph in store.public_graphs():
        yield from sorted(store.quads(graph), key=str)


def _triples(store: Store) -> list[ox.Triple]:
    graphs = (*store.article_graphs(), *_PLAIN)
    quads = itertools.chain.from_iterable(store.quads(graph) for graph in graphs)
    return sorted({quad.triple for quad in quads}, key=str)


def _reified(store: Store) -> Iterator[ox.Triple]:
    """Triples with each claim's subject, predicate and object as one triple term."""
    parts: dict[str, dict[ox.NamedNode, ox.NamedNode]] = {}
    for triple in _triples(store):
        node, end = triple.subject, triple.object
        if triple.predicate not in (_SUBJECT, _PREDICATE, _OBJECT):
            yield triple
        elif isinstance(node, ox.NamedNode) and isinstance(end, ox.NamedNode):
            parts.setdefault(node.value, {})[triple.predicate] = end
    for claim, part in parts.items():
        term = ox.Triple(part[_SUBJECT], part[_PREDICATE], part[_OBJECT])
        yield ox.Triple(ox.NamedNode(claim), _REIFIES, term)
    for quad in store.quads(GRAPHS.CONFIRMED):
        yield quad.triple
