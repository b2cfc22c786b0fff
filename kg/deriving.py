"""What was read, and what follows from it: linked claims, entities, inferences, views.

An article's extraction is private to the builder and kept as it was read; the public graphs are a
function of all extractions, the catalogue, the ledger, the ontology and the rules. They are derived
again when one of these has changed, and only then.
"""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass
from typing import TypeAlias

import pyoxigraph as ox

from kg import ledger
from kg.agreement import origin_quads
from kg.catalogue import Catalogue, load_catalogue
from kg.duplicates import group_copies
from kg.linking import Linkage, linkage
from kg.literals import text_literal
from kg.model import Claim, Entity, content_hash
from kg.ontology import Ontology, load_ontology
from kg.rdf import StoredArticle, article_quads, entity_quads
from kg.records import claims_from_json, claims_to_json
from kg.rules import Rule, infer, load_rules, rules_version
from kg.store import Store
from kg.turtle import RDF
from kg.views import ontology_quads, strongest_claims, write_views
from kg.vocabulary import GRAPHS, PROV, article_node, extraction_node, kg, run_node

__all__ = [
    "EXTRACTED",
    "IMPORTED",
    "Progress",
    "Setting",
    "Totals",
    "derive",
    "describe_run",
    "remove_article",
    "store_claims",
]

Progress: TypeAlias = Callable[[str, int], None]
"""Called with a stage (``reading``, ``linking``, ``deriving``) and how many articles are done."""

EXTRACTED, IMPORTED = kg("extracted"), kg("imported")
_READ, _LINKED = kg("read"), kg("linked")  # digests: of what was read, of what linking made of it
_WORDS = kg("fingerprint")
_STATE, _TYPE = kg("derivedFrom"), ox.NamedNode(RDF + "type")
_REVISION = "2"  # of how things are derived: raise it when code changes that
_DIGESTS = "SELECT ?article ?digest WHERE { GRAPH ?article { ?article kg:read ?digest } }"


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


@dataclass(frozen=True, slots=True)
class Totals:
    """How much a whole graph holds."""

    articles: int = 0
    claims: int = 0
    inferred: int = 0


# -- what was read ----------------------------------------------------------------------------


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


def store_claims(
    store: Store,
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
    graph = extraction_node(article.hash)
    records = {
        q.predicate: q.object for q in store.quads(graph) if isinstance(q.object, ox.Literal)
    }
    kept = {p: records[p] for p in (EXTRACTED, IMPORTED, _WORDS) if p in records and p != kind}
    records = {**kept, kind: ox.Literal(claims_to_json(claims))}
    if words is not None:
        records[_WORDS] = ox.Literal(base64.b64encode(words).decode())
    texts = {predicate.value: literal.value for predicate, literal in records.items()}
    read = content_hash(*(part for item in sorted(texts.items()) for part in item))
    records[_READ] = ox.Literal(read)
    graphs = {
        article_node(article.hash): list(article_quads(article, ())),
        graph: [ox.Quad(graph, p, literal, graph) for p, literal in records.items()],
    }
    if replaced and replaced.hash != article.hash:
        graphs |= {article_node(replaced.hash): [], extraction_node(replaced.hash): []}
    store.replace(graphs)


def remove_article(store: Store, article_hash: str) -> None:
    """Remove an article with all that it says; derive again afterwards."""
    store.replace({article_node(article_hash): [], extraction_node(article_hash): []})


def _read_claims(store: Store, article: StoredArticle, known: Setting) -> tuple[Claim, ...]:
    """Claims of an article before linking, imported ones last."""
    texts = {
        quad.predicate: quad.object.value
        for quad in store.quads(extraction_node(article.hash))
        if isinstance(quad.object, ox.Literal)
    }
    records = (texts[kind] for kind in (EXTRACTED, IMPORTED) if kind in texts)
    claims = (claims_from_json(text, known.catalogue.entities) for text in records)
    return tuple(itertools.chain.from_iterable(claims))


# -- what follows -----------------------------------------------------------------------------


def derive(store: Store, setting: Setting, tell: Progress | None = None) -> Totals:
    """Bring the public graphs up to date with what was read, and show them to readers.

    Gives how much the graph holds. Does nothing where nothing has changed since it was last done.
    """
    tell = tell or (lambda _stage, _done: None)
    book = ledger.read(store.book)
    state = _state(store, setting, book)
    totals = _totals_of(store, state)
    if totals:
        return totals
    store.rewrite(GRAPHS.STATE, ())  # from here on the public graphs are of no one state
    articles = store.articles()
    links = linkage(_all_claims(store, articles, setting), setting.catalogue, book)
    ledger.record(store.book, links.merges)
    entities = _link(store, articles, links, setting, tell)
    tell("deriving", len(articles))
    store.rewrite(GRAPHS.ORIGINS, origin_quads(_copies(store, articles)))
    store.rewrite(GRAPHS.ENTITIES, (q for e in entities.values() for q in entity_quads(e)))
    store.rewrite(GRAPHS.ONTOLOGY, ontology_quads(setting.ontology))
    runs = {run_node(article.run) for article in articles}
    store.rewrite(GRAPHS.RUNS, [q for q in store.quads(GRAPHS.RUNS) if q.subject in runs])
    asserted = strongest_claims(store, setting.ontology)
    inferred = infer(store, setting.rules, asserted, setting.ontology)
    write_views(store, setting.ontology, asserted, inferred)
    totals = Totals(len(articles), _claim_count(store), len(inferred))
    store.publish()
    _write_state(store, state, totals)  # after it: a build killed in between publishes again
    return totals


def _all_claims(
    store: Store, articles: tuple[StoredArticle, ...], setting: Setting
) -> Iterator[Claim]:
    for article in articles:
        yield from _read_claims(store, article, setting)


def _copies(
    store: Store, articles: tuple[StoredArticle, ...]
) -> Iterator[tuple[StoredArticle, ...]]:
    """Groups of articles that are copies of one another; of those without a fingerprint nothing is known."""
    known = [article for article in articles if _fingerprint(store, article)]
    groups = group_copies(len(known), lambda number: _fingerprint(store, known[number]))
    return (tuple(known[number] for number in group) for group in groups)


def _fingerprint(store: Store, article: StoredArticle) -> bytes:
    graph = extraction_node(article.hash)
    terms = (quad.object for quad in store.quads(graph, graph) if quad.predicate == _WORDS)
    return next((base64.b64decode(t.value) for t in terms if isinstance(t, ox.Literal)), b"")


def _link(
    store: Store,
    articles: tuple[StoredArticle, ...],
    links: Linkage,
    setting: Setting,
    tell: Progress,
) -> dict[str, Entity]:
    """Write the claims of each article whose names now stand for other entities than before."""
    entities: dict[str, Entity] = {}
    for number, article in enumerate(articles, 1):
        claims = links.apply(_read_claims(store, article, setting))
        for claim in claims:
            for argument in (claim.subject, claim.object):
                entities.setdefault(argument.entity.iri, argument.entity)
        _write_linked(store, article, claims)
        tell("linking", number)
    return dict(sorted(entities.items()))


def _write_linked(store: Store, article: StoredArticle, claims: tuple[Claim, ...]) -> None:
    graph = extraction_node(article.hash)
    digest = ox.Quad(graph, _LINKED, ox.Literal(content_hash(*(c.id for c in claims))), graph)
    private = list(store.quads(graph))
    kept = [quad for quad in private if quad.predicate != _LINKED]
    if digest in private:
        return
    public = list(article_quads(article, claims))
    if len(kept) == len(private):  # just read: its graph holds no claims yet
        store.add([*public, digest])
    else:
        store.replace({article_node(article.hash): public, graph: [*kept, digest]})


def _state(store: Store, setting: Setting, book: ledger.Ledger) -> str:
    """Digest of all that the public graphs are derived from."""
    read = sorted((str(article), str(digest)) for article, digest in store.query(_DIGESTS).rows())
    runs = sorted((article.hash, article.run) for article in store.articles())
    apart = sorted(sorted(pair) for pair in book.kept_apart())
    return content_hash(
        _REVISION,
        setting.ontology.version,
        setting.catalogue.version,
        rules_version(setting.rules),
        repr((book.merges(), apart)),
        repr((read, runs)),
    )


def _totals_of(store: Store, state: str) -> Totals | None:
    """What the graph held when it was derived from *state*; None if that was another one."""
    values = {q.predicate: q.object for q in store.quads(GRAPHS.STATE)}
    if values.get(_STATE) != ox.Literal(state):
        return None
    counts = (values[kg(name)] for name in Totals.__dataclass_fields__)
    return Totals(*(int(n.value) for n in counts if isinstance(n, ox.Literal)))


def _write_state(store: Store, state: str, totals: Totals) -> None:
    graph = GRAPHS.STATE
    counts = zip(Totals.__dataclass_fields__, astuple(totals), strict=True)
    quads = [ox.Quad(graph, kg(name), ox.Literal(number), graph) for name, number in counts]
    store.rewrite(graph, [ox.Quad(graph, _STATE, ox.Literal(state), graph), *quads])


def _claim_count(store: Store) -> int:
    query = "SELECT (COUNT(?c) AS ?n) WHERE { GRAPH ?g { ?c a kg:Claim } }"
    return int(next((n for (n,) in store.query(query).rows() if n), 0))
