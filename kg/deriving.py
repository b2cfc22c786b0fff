"""What follows from what was read: linked claims, entities, inferences, views.

The public graphs are a function of all extractions, the catalogue, the ledger, the ontology and the
rules. They are derived again when one of these has changed, and only then; where only a few
articles have, views and inferences are brought up to date from what these said and say.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import pyoxigraph as ox

from kg import ledger
from kg.agreement import origin_quads
from kg.catalogue import Catalogue, load_catalogue
from kg.changes import (
    IMPORTED,
    Changes,
    State,
    Totals,
    clear_state,
    fingerprint_of,
    read_claims,
    read_state,
    triples_of,
    write_state,
)
from kg.disk_store import OxigraphStore
from kg.duplicates import group_copies
from kg.inventory import article_hashes
from kg.linking import Linkage, linkage
from kg.maintenance import follow
from kg.model import Claim, Entity, content_hash
from kg.ontology import Ontology, load_ontology
from kg.rdf import (
    StoredArticle,
    article_quads,
    articles_from_quads,
    claims_from_quads,
    entity_quads,
)
from kg.rules import Rule, infer, load_rules, rules_version
from kg.store import Store
from kg.turtle import RDF
from kg.views import Supports, ontology_quads, supports, triple_of, write_views
from kg.vocabulary import GRAPHS, article_node, extraction_node, kg, run_node

__all__ = ["RELAXED", "Progress", "Setting", "Totals", "derive"]

Progress: TypeAlias = Callable[[str, int], None]
"""Called with a stage (``reading``, ``linking``, ``deriving``) and how many articles are done."""

_LINKED = kg("linked")  # digest of what linking made of an article
_TYPE, _CLAIM = ox.NamedNode(RDF + "type"), kg("Claim")
_REVISION = "3"  # of how things are derived: raise it when code changes that
_FEW = 50  # triples that are followed one by one in a graph of any size
_ARTICLES = 200  # whose claims are written at once
RELAXED = 500  # articles after which the store gives memory back


@dataclass(frozen=True, slots=True)
class Setting:
    """What a graph is derived with."""

    ontology: Ontology
    catalogue: Catalogue
    rules: tuple[Rule, ...]

    @classmethod
    def of(cls, ontology: Ontology | None = None, catalogue: Catalogue | None = None) -> Setting:
        """The ontology, catalogue and rules that come with the program, unless given."""
        ontology = ontology or load_ontology()
        return cls(ontology, catalogue or load_catalogue(ontology=ontology), load_rules())


def derive(
    store: Store,
    setting: Setting,
    tell: Progress | None = None,
    changes: Changes | None = None,
) -> Totals:
    """Bring the public graphs up to date with what was read, and show them to readers.

    Gives how much the graph holds. Does nothing where nothing has changed since it was last done.

    Parameters
    ----------
    tell
        Told how many articles are done.
    changes
        What this session has stored and removed.
    """
    tell = tell or (lambda _stage, _done: None)
    changes = changes or Changes(store)
    book = ledger.read(store.book)
    digest = _digest(setting, book)
    before = changes.before if changes.begun else read_state(store)
    if before and before.digest == digest and not changes.begun:
        return before.totals
    if not before or before.digest != digest:
        changes.triples = None
    clear_state(store)
    _adopt(store, changes)
    hashes = article_hashes(store)
    links = linkage(_all_claims(store, hashes, setting), setting.catalogue, book)
    ledger.record(store.book, links.merges)
    linked = _Linked(store, changes, links, setting)
    for number, article_hash in enumerate(_relaxing(store, hashes), 1):
        linked.write(article_hash)
        tell("linking", number)
    linked.flush()
    tell("deriving", len(hashes))
    many = len(hashes) >= RELAXED
    if many:
        store.relax()
    _write_common(store, hashes, linked, setting)
    totals, asserted = Totals(len(hashes), linked.claims, 0), linked.asserted
    del hashes, links, linked  # rules need memory, too
    if many:
        store.relax()
    inferred = _follow(store, setting, changes, totals.claims)
    if inferred is None:
        inferred = _materialise(store, setting, asserted)
    state = State(digest, replace(totals, inferred=inferred))
    store.publish()
    write_state(store, state)  # after it: a build killed in between derives and publishes again
    return state.totals


def _digest(setting: Setting, book: ledger.Ledger) -> str:
    """Digest of all that the public graphs are derived with, beside what was read."""
    apart = sorted(sorted(pair) for pair in book.kept_apart())
    return content_hash(
        _REVISION,
        setting.ontology.version,
        setting.catalogue.version,
        rules_version(setting.rules),
        repr((book.merges(), apart)),
    )


def _adopt(store: Store, changes: Changes) -> None:
    """Take what articles claim that were loaded as they are for imported."""
    hashes = article_hashes(store)
    found = [h for h in _relaxing(store, hashes) if not any(store.quads(extraction_node(h)))]
    entities = store.entities() if found else {}
    for article_hash in found:
        node = article_node(article_hash)
        quads = list(store.quads(node))
        claims = claims_from_quads(quads, entities)
        for article in articles_from_quads(quads):
            changes.keep(article, IMPORTED, claims)


def _all_claims(store: Store, hashes: Iterable[str], setting: Setting) -> Iterator[Claim]:
    for article_hash in _relaxing(store, hashes):
        yield from read_claims(store, article_hash, setting.catalogue.entities) or ()


def _relaxing(store: Store, hashes: Iterable[str]) -> Iterator[str]:
    """*hashes*; the store gives memory back after so many, when all is read that was begun."""
    for number, article_hash in enumerate(hashes, 1):
        yield article_hash
        if number % RELAXED == 0:
            store.relax()


class _Linked:
    """Writes what articles say once it is known what their names stand for, and sums it up.

    Of an article only what linking has changed is written; articles that have no claims yet are
    written many at once, their digests after them.
    """

    def __init__(self, store: Store, changes: Changes, links: Linkage, setting: Setting) -> None:
        self.store, self.changes, self.links, self.setting = store, changes, links, setting
        self.entities: dict[str, Entity] = {}
        self.runs: set[str] = set()
        self.asserted = Supports()
        self.claims = 0
        self._new: list[tuple[StoredArticle, tuple[Claim, ...], ox.Quad]] = []

    def write(self, article_hash: str) -> None:
        """Write one article."""
        node, graph = article_node(article_hash), extraction_node(article_hash)
        known = self.setting.catalogue.entities
        claims = self.links.apply(read_claims(self.store, article_hash, known) or ())
        self._count(claims)
        digest = ox.Quad(graph, _LINKED, ox.Literal(content_hash(*(c.id for c in claims))), graph)
        private = list(self.store.quads(graph))
        (article,) = articles_from_quads(self.store.quads(node, node))
        self.runs.add(article.run)
        if digest in private:
            return
        self.changes.touch(map(triple_of, claims))
        if any(q.predicate == _TYPE and q.object == _CLAIM for q in self.store.quads(node)):
            self.changes.touch(triples_of(self.store, article_hash))
            kept = [quad for quad in private if quad.predicate != _LINKED]
            public = list(article_quads(article, claims))
            self.store.replace({node: public, graph: [*kept, digest]})
        else:
            self._new.append((article, claims, digest))
            if len(self._new) >= _ARTICLES:
                self.flush()

    def flush(self) -> None:
        """Write the claims that wait."""
        quads = (
            quad for article, claims, _ in self._new for quad in article_quads(article, claims)
        )
        self.store.append(quads)
        self.store.append(digest for *_, digest in self._new)
        self._new.clear()

    def _count(self, claims: tuple[Claim, ...]) -> None:
        self.claims += len(claims)
        self.asserted.offer(supports(claims, self.setting.ontology))
        for claim in claims:
            for argument in (claim.subject, claim.object):
                self.entities.setdefault(argument.entity.iri, argument.entity)


def _write_common(store: Store, hashes: list[str], linked: _Linked, setting: Setting) -> None:
    """Write what is of the whole graph and no function of single claims."""
    entities = (linked.entities[iri] for iri in sorted(linked.entities))
    store.rewrite(GRAPHS.ORIGINS, origin_quads(_copies(store, hashes)))
    store.rewrite(GRAPHS.ENTITIES, (quad for entity in entities for quad in entity_quads(entity)))
    store.rewrite(GRAPHS.ONTOLOGY, ontology_quads(setting.ontology))
    runs = {run_node(run) for run in linked.runs}
    store.rewrite(GRAPHS.RUNS, [q for q in store.quads(GRAPHS.RUNS) if q.subject in runs])


def _copies(store: Store, hashes: list[str]) -> Iterator[tuple[StoredArticle, ...]]:
    """Groups of articles that are copies of one another; of those only imported nothing is known."""
    known = [name for name in _relaxing(store, hashes) if fingerprint_of(store, name)]
    asked = itertools.count(1)

    def fingerprint(number: int) -> bytes:
        if next(asked) % RELAXED == 0:
            store.relax()
        return fingerprint_of(store, known[number])

    for group in group_copies(len(known), fingerprint):
        nodes = [article_node(known[number]) for number in group]
        yield articles_from_quads(quad for node in nodes for quad in store.quads(node, node))


def _follow(store: Store, setting: Setting, changes: Changes, claims: int) -> int | None:
    """As :func:`_materialise`, where little has changed; None where the whole is the shorter way."""
    triples = changes.triples
    if triples is None or not changes.before or not isinstance(store, OxigraphStore):
        return None
    if len(triples) > max(_FEW, claims // 20):
        return None
    more = follow(store, setting.rules, setting.ontology, triples)
    return None if more is None else changes.before.totals.inferred + more


def _materialise(store: Store, setting: Setting, asserted: Supports) -> int:
    """Write views and inferences; gives how many claims are inferred."""
    inferred = infer(store, setting.rules, asserted, setting.ontology)
    if len(asserted) >= RELAXED:
        store.relax()
    write_views(store, setting.ontology, asserted, inferred)
    return len(inferred)
