"""Which articles a store holds, one after the other: memory does not grow with them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pyoxigraph as ox

from kg.disk_store import OxigraphStore
from kg.rdf import StoredArticle, articles_from_quads
from kg.store import Store
from kg.turtle import local_name
from kg.vocabulary import ARTICLE, PROV, SCHEMA, article_node, run_node

__all__ = ["Inventory", "article_hashes", "inventory", "stored_articles"]

_GRAPHS = "SELECT ?graph WHERE {{ GRAPH ?graph {{}} }} OFFSET {} LIMIT {}"
_PAGE = 10_000
_ID = ox.NamedNode(SCHEMA + "identifier")
_GENERATED = ox.NamedNode(PROV + "wasGeneratedBy")


def article_hashes(store: Store) -> list[str]:
    """Hashes of all articles, sorted."""
    if isinstance(store, OxigraphStore):
        return sorted(iri[len(ARTICLE) :] for iri in _graphs(store) if iri.startswith(ARTICLE))
    return [local_name(graph.value) for graph in store.article_graphs()]


def _graphs(store: OxigraphStore) -> Iterator[str]:
    """IRIs of the named graphs, page by page: their names lie all over the database's files."""
    for start in itertools.count(0, _PAGE):
        page = [str(name) for (name,) in store.query(_GRAPHS.format(start, _PAGE)).rows()]
        yield from page
        if len(page) < _PAGE:
            return
        store.relax()


def stored_articles(store: Store) -> Iterator[StoredArticle]:
    """All articles, sorted by hash; those of a folder are read one by one."""
    if not isinstance(store, OxigraphStore):
        yield from store.articles()
        return
    for article_hash in article_hashes(store):
        node = article_node(article_hash)
        yield from articles_from_quads(store.quads(node, node))


class Inventory:
    """Articles by identifier, read all at once: for a store whose every answer is a request."""

    def __init__(self, store: Store) -> None:
        self._found = {article.id: article for article in store.articles()}

    def get(self, identifier: str) -> StoredArticle | None:
        """The article with this identifier."""
        return self._found.get(identifier)

    def hash_of(self, identifier: str) -> str | None:
        """The hash of the article with this identifier."""
        found = self.get(identifier)
        return found.hash if found else None

    def holds(self, identifier: str, article_hash: str, run: str) -> bool:
        """Whether the article is there with this content, read by this run."""
        found = self.get(identifier)
        return found is not None and (found.hash, found.run) == (article_hash, run)

    def note(self, article: StoredArticle) -> None:
        """Know of an article that was stored since."""
        self._found[article.id] = article


class _LookedUp(Inventory):
    """Articles by identifier, looked up where they lie."""

    def __init__(self, store: OxigraphStore) -> None:
        self._store = store

    def get(self, identifier: str) -> StoredArticle | None:
        node = self._node(identifier)
        own = list(self._store.quads(node, node)) if node else ()
        return next(iter(articles_from_quads(own)), None)

    def hash_of(self, identifier: str) -> str | None:
        node = self._node(identifier)
        return local_name(node.value) if node else None

    def _node(self, identifier: str) -> ox.NamedNode | None:
        database = self._store.database
        found = database.quads_for_pattern(None, _ID, ox.Literal(identifier), None)
        for quad in found:
            if quad.subject == quad.graph_name and isinstance(quad.subject, ox.NamedNode):
                return quad.subject
        return None

    def holds(self, identifier: str, article_hash: str, run: str) -> bool:  # noqa: ARG002
        node = article_node(article_hash)  # which is a hash of the identifier, too
        return ox.Quad(node, _GENERATED, run_node(run), node) in self._store.database

    def note(self, article: StoredArticle) -> None:
        pass


def inventory(store: Store) -> Inventory:
    """The articles of *store*."""
    return _LookedUp(store) if isinstance(store, OxigraphStore) else Inventory(store)
