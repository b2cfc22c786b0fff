"""The graph as if some articles had never been read: views and inferences are drawn again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
from rapidfuzz import process

from kg.agreement import origins
from kg.disk_store import OxigraphStore
from kg.errors import UnknownNameError
from kg.ontology import Ontology
from kg.rules import infer, load_rules
from kg.store import Store
from kg.views import strongest_claims, write_views
from kg.vocabulary import article_node

__all__ = ["articles_of", "leave_out"]


def articles_of(store: Store, source: str) -> frozenset[str]:
    """Hashes of the articles that *source* names: by outlet, identifier, hash, URL or title.

    Raises
    ------
    UnknownNameError
        Where it names none, with the nearest outlets and articles.
    """
    articles = store.articles()
    found = frozenset(
        a.hash for a in articles if source in (a.source, a.id, a.hash, a.url, a.title)
    )
    if found:
        return found
    known = sorted({name for a in articles for name in (a.source, a.id, a.title) if name})
    raise UnknownNameError(
        source, tuple(name for name, _, _ in process.extract(source, known, limit=3))
    )


def leave_out(store: Store, ontology: Ontology, articles: Iterable[str]) -> OxigraphStore:
    """A store in memory without the articles of these hashes and without their copies.

    Copies of one story say the same, so what makes one of them wrong makes all of them wrong.
    """
    origin = origins(store)
    wrong = {origin.get(article, article) for article in articles}
    left_out = {
        article_node(a.hash) for a in store.articles() if origin.get(a.hash, a.hash) in wrong
    }
    rest = OxigraphStore(getattr(store, "path", Path()), ox.Store(), None)
    for graph in store.public_graphs():
        if graph not in left_out:
            rest.rewrite(graph, store.quads(graph))
    asserted = strongest_claims(rest.claims(), ontology)
    write_views(rest, ontology, asserted, infer(rest, load_rules(), asserted, ontology))
    return rest
