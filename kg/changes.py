"""What was read in articles, as it was read, and what a session changes of it.

An article's extraction is private to the builder; :mod:`kg.deriving` makes the public graphs of it.
From the first change on until all that follows is derived, the graph has no state: a session that
is killed in between leaves it to the next to derive everything again.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass

import pyoxigraph as ox

from kg.literals import text_literal
from kg.model import Claim, Entity, content_hash
from kg.rdf import StoredArticle, article_quads
from kg.records import claims_from_json, claims_to_json
from kg.store import Store
from kg.turtle import RDF, local_name
from kg.views import Triple
from kg.vocabulary import GRAPHS, PROV, article_node, extraction_node, kg, run_node

__all__ = [
    "EXTRACTED",
    "IMPORTED",
    "Changes",
    "State",
    "Totals",
    "clear_state",
    "describe_run",
    "fingerprint_of",
    "read_claims",
    "read_state",
    "triples_of",
    "write_state",
]

EXTRACTED, IMPORTED = kg("extracted"), kg("imported")
_READ, _WORDS = kg("read"), kg("fingerprint")  # digest of what was read; the article's words
_STATE, _TYPE = kg("derivedFrom"), ox.NamedNode(RDF + "type")
_ENDS = tuple(ox.NamedNode(RDF + name) for name in ("subject", "predicate", "object"))
_MANY = 20_000  # triples: so many are not worth following one by one


@dataclass(frozen=True, slots=True)
class Totals:
    """How much a whole graph holds."""

    articles: int = 0
    claims: int = 0
    inferred: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """What the public graphs were derived with, as a digest, and how much they hold."""

    digest: str
    totals: Totals


def read_state(store: Store) -> State | None:
    """The state of the public graphs; None while they are of none."""
    values = {q.predicate: q.object for q in store.quads(GRAPHS.STATE)}
    digest = values.get(_STATE)
    if not isinstance(digest, ox.Literal):
        return None
    counts = (values.get(kg(name)) for name in Totals.__dataclass_fields__)
    return State(digest.value, Totals(*(int(n.value) for n in counts if isinstance(n, ox.Literal))))


def write_state(store: Store, state: State) -> None:
    """Say that the public graphs are of *state*."""
    graph = GRAPHS.STATE
    counts = zip(Totals.__dataclass_fields__, astuple(state.totals), strict=True)
    quads = [ox.Quad(graph, kg(name), ox.Literal(number), graph) for name, number in counts]
    store.rewrite(graph, [ox.Quad(graph, _STATE, ox.Literal(state.digest), graph), *quads])


def clear_state(store: Store) -> None:
    """Say that the public graphs are of no one state."""
    store.rewrite(GRAPHS.STATE, ())


def describe_run(
    store: Store, run: str, extractor: str, version: str, details: Mapping[str, str] | None = None
) -> None:
    """Say in ``kg:runs`` what the run *run* is (PROV-O activity), with no clock.

    *details* are further properties of the ontology, by local name.
    """
    node, graph = run_node(run), GRAPHS.RUNS
    quads = [
        ox.Quad(node, _TYPE, kg("Run"), graph),
        ox.Quad(node, _TYPE, ox.NamedNode(PROV + "Activity"), graph),
        ox.Quad(node, kg("extractor"), ox.Literal(extractor), graph),
        ox.Quad(node, kg("version"), ox.Literal(version), graph),
        *(ox.Quad(node, kg(n), text_literal(v), graph) for n, v in sorted((details or {}).items())),
    ]
    there = list(store.quads(graph))
    if not set(quads) <= set(there):
        store.rewrite(graph, [*there, *quads])


def read_claims(
    store: Store, article_hash: str, known: Mapping[str, Entity]
) -> tuple[Claim, ...] | None:
    """Claims of an article before linking, imported ones last; None where nothing was read.

    Parameters
    ----------
    known
        Entities of the catalogue by IRI.
    """
    texts = _literals(store, article_hash)
    records = [texts[kind].value for kind in (EXTRACTED, IMPORTED) if kind in texts]
    if not records:
        return None
    return tuple(claim for text in records for claim in claims_from_json(text, known))


def fingerprint_of(store: Store, article_hash: str) -> bytes:
    """The article's :func:`kg.duplicates.fingerprint`; empty where it was only imported."""
    words = _literals(store, article_hash).get(_WORDS)
    return base64.b64decode(words.value) if words else b""


def _literals(store: Store, article_hash: str) -> dict[ox.NamedNode, ox.Literal]:
    quads = store.quads(extraction_node(article_hash))
    return {quad.predicate: quad.object for quad in quads if isinstance(quad.object, ox.Literal)}


def triples_of(store: Store, article_hash: str) -> Iterator[Triple]:
    """What the public graph of an article claims, in the claims' own direction."""
    ends: dict[str, dict[ox.NamedNode, str]] = {}
    for quad in store.quads(article_node(article_hash)):
        if quad.predicate in _ENDS and isinstance(quad.object, ox.NamedNode):
            ends.setdefault(str(quad.subject), {})[quad.predicate] = quad.object.value
    for found in ends.values():
        subject, relation, other = (found[part] for part in _ENDS)
        yield subject, local_name(relation), other


class Changes:
    """What one session stores and removes, and the triples that were claimed before or are now.

    Attributes
    ----------
    before
        The state from which the session started; None while nothing has changed, or where the
        graph had none.
    triples
        What the changed articles claimed; None where it is too much to follow.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.begun = False
        self.before: State | None = None
        self.triples: set[Triple] | None = set()

    def keep(
        self,
        article: StoredArticle,
        kind: ox.NamedNode,
        claims: tuple[Claim, ...],
        replaced: StoredArticle | None = None,
        words: bytes | None = None,
    ) -> None:
        """Store what was read in *article*, in one transaction; names are linked later.

        Parameters
        ----------
        kind
            `EXTRACTED` or `IMPORTED`: each replaces only what was stored as the same.
        replaced
            The article as it was before; if its content was another, all that it said goes.
        words
            Its :func:`kg.duplicates.fingerprint`, to know copies of it by; None keeps the stored one.
        """
        old = _literals(self.store, article.hash)
        records = {p: old[p] for p in (EXTRACTED, IMPORTED, _WORDS) if p in old and p != kind}
        records[kind] = ox.Literal(claims_to_json(claims))
        if words is not None:
            records[_WORDS] = ox.Literal(base64.b64encode(words).decode())
        texts = {predicate.value: literal.value for predicate, literal in records.items()}
        read = content_hash(*(part for item in sorted(texts.items()) for part in item))
        records[_READ] = ox.Literal(read)
        if replaced == article and old.get(_READ) == records[_READ]:
            return
        node, graph = article_node(article.hash), extraction_node(article.hash)
        graphs: dict[ox.NamedNode, list[ox.Quad]] = {
            node: list(article_quads(article, ())),
            graph: [ox.Quad(graph, p, literal, graph) for p, literal in records.items()],
        }
        gone = [article.hash] if old else []
        if replaced and replaced.hash != article.hash:
            gone.append(replaced.hash)
            graphs |= {article_node(replaced.hash): [], extraction_node(replaced.hash): []}
        self._change(graphs, gone)

    def remove(self, article_hash: str) -> None:
        """Remove an article with all that it says; derive again afterwards."""
        nodes = article_node(article_hash), extraction_node(article_hash)
        graphs: dict[ox.NamedNode, list[ox.Quad]] = {node: [] for node in nodes}
        self._change(graphs, [article_hash])

    def touch(self, triples: Iterable[Triple]) -> None:
        """Note that what supports *triples* changes."""
        if self.triples is not None:
            self.triples.update(triples)
            self.triples = self.triples if len(self.triples) < _MANY else None

    def _change(self, graphs: Mapping[ox.NamedNode, list[ox.Quad]], gone: Iterable[str]) -> None:
        if not self.begun:
            self.begun, self.before = True, read_state(self.store)
            clear_state(self.store)
        if self.before and self.triples is not None:
            for article_hash in gone:
                self.touch(triples_of(self.store, article_hash))
        self.store.replace(graphs)
