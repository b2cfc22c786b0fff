"""The graph as it was: what was so on a day, what was known on a day, or both.

*Known at* is the time of the telling: articles published up to the day, and no others. *As of* is
the time of the event: what had come about by the day and had not been denied or ended by then,
whenever it was told; the day of an event is the one that its sentence gives ("bought in 2019"),
else the day of the article. Views and inferences are derived again from what is left, so that a
conclusion that rests on a later article goes, and one that an earlier article carries stays.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox

from kg.dates import find_dates
from kg.disk_store import OxigraphStore
from kg.model import Claim, Entity, Status
from kg.ontology import Ontology
from kg.rdf import StoredArticle, article_quads, entity_quads
from kg.rules import infer, load_rules
from kg.store import Store
from kg.views import Triple, strongest_claims, write_views
from kg.vocabulary import GRAPHS, article_node

__all__ = ["claims_at", "day_of", "rewind"]

_KEPT = (GRAPHS.ONTOLOGY, GRAPHS.RUNS, GRAPHS.ORIGINS)
_NEAR = 80  # characters between a date and the trigger that it goes with


class _Past(OxigraphStore):
    """A store in memory that remembers which day it is."""

    moment: tuple[str | None, str | None] = (None, None)


def rewind(
    store: Store, ontology: Ontology, as_of: str | None = None, known_at: str | None = None
) -> OxigraphStore:
    """*store* as it was, in memory; itself where it is of these days already.

    Parameters
    ----------
    store
        The graph of today.
    ontology
        What views and inferences are derived with.
    as_of, known_at
        ISO 8601 days. What has no date never counts.
    """
    moment = as_of, known_at
    if isinstance(store, _Past) and store.moment == moment:
        return store
    past = _Past(getattr(store, "path", Path()), ox.Store(), None)
    past.moment = moment
    articles = {article.id: article for article in store.articles()}
    claims = tuple(claims_at(store.claims(), articles.values(), ontology, as_of, known_at))
    _fill(past, store, articles, claims)
    asserted = strongest_claims(claims, ontology)
    write_views(past, ontology, asserted, infer(past, load_rules(), asserted, ontology))
    return past


def _fill(
    past: Store, store: Store, articles: dict[str, StoredArticle], claims: tuple[Claim, ...]
) -> None:
    for graph in _KEPT:
        past.rewrite(graph, store.quads(graph))
    by_article: dict[str, list[Claim]] = {}
    entities: dict[str, Entity] = {}
    for claim in claims:
        by_article.setdefault(claim.article, []).append(claim)
        for end in (claim.subject.entity, claim.object.entity):
            entities[end.iri] = end
    for name, own in by_article.items():
        graph = article_node(articles[name].hash)
        past.replace({graph: list(article_quads(articles[name], own))})
    quads = (quad for iri in sorted(entities) for quad in entity_quads(entities[iri]))
    past.rewrite(GRAPHS.ENTITIES, quads)


def claims_at(
    claims: Iterable[Claim],
    articles: Iterable[StoredArticle],
    ontology: Ontology,
    as_of: str | None = None,
    known_at: str | None = None,
) -> Iterator[Claim]:
    """Those of *claims* that :func:`rewind` keeps, in their order."""
    langs = {article.id: article.lang for article in articles}
    known = [
        claim
        for claim in claims
        if claim.date is not None and (known_at is None or claim.date <= known_at)
    ]
    if as_of is None:
        yield from known
        return
    days = [day_of(claim, langs.get(claim.article, "")) or "" for claim in known]
    denied: dict[Triple, str] = {}
    for claim, day in zip(known, days, strict=True):
        if claim.status is Status.DENIED and day <= as_of:
            key = _triple(claim, ontology)
            denied[key] = max(denied.get(key, ""), day)
    for claim, day in zip(known, days, strict=True):
        taken_back = day <= denied.get(_triple(claim, ontology), "")
        if day <= as_of and (claim.status is Status.DENIED or not taken_back):
            yield claim


def _triple(claim: Claim, ontology: Ontology) -> Triple:
    ends = claim.subject.entity.iri, claim.relation, claim.object.entity.iri
    return ontology.undirected(ends)


def day_of(claim: Claim, lang: str) -> str | None:
    """The day from which on *claim* says that it is so; None where its article has no date.

    Of what is confirmed the one date that its sentence gives, if it lies near the trigger and not
    after the article (the last day of the month or year that it names); else the article's.
    """
    if claim.date is None or claim.status is not Status.CONFIRMED:
        return claim.date
    found = find_dates(claim.evidence.text, lang, claim.date)
    start = claim.trigger.start - claim.evidence.start
    if len(found) != 1 or abs(found[0].span.start - start) > _NEAR:
        return claim.date
    return min(_last_day(found[0].value), claim.date)


def _last_day(value: str) -> str:
    """The last day of a year or month; a day as it is."""
    if len(value) == len("2025"):
        return f"{value}-12-31"
    if len(value) == len("2025-12"):
        year, month = map(int, value.split("-"))
        return f"{value}-{calendar.monthrange(year, month)[1]:02}"
    return value
