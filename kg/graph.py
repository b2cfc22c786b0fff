"""Store + policy → networkx: which claims count as edges is the user's choice, not the store's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import networkx as nx

from kg.model import Claim, Entity, InferredClaim, Status
from kg.ontology import Ontology, load_ontology
from kg.rdf import StoredArticle
from kg.store import Store
from kg.turtle import local_name

__all__ = ["Policy", "build_graph"]


@dataclass(frozen=True, slots=True)
class Policy:
    """Which claims become edges.

    Parameters
    ----------
    statuses
        What an article must say of a claim's truth.
    min_confidence
        Least confidence, 0 to 1.
    include_inferred
        Whether claims drawn by rules count; only those all of whose premises count do.
    as_of
        ISO 8601 day: only what was reported on or before it; what has no date then never counts.
    min_sources
        Least number of independent sources (publishers, else articles) that say the same triple.
    """

    statuses: tuple[Status, ...] = (Status.CONFIRMED, Status.PROSPECTIVE)
    min_confidence: float = 0.0
    include_inferred: bool = True
    as_of: str | None = None
    min_sources: int = 1

    def allows(self, claim: Claim) -> bool:
        """Whether *claim*, by itself, counts."""
        return (
            claim.status in self.statuses
            and claim.confidence >= self.min_confidence
            and (self.as_of is None or (claim.date is not None and claim.date <= self.as_of))
        )


Edge = tuple[str, str, str, dict[str, Any]]


def build_graph(
    store: Store, policy: Policy | None = None, ontology: Ontology | None = None
) -> nx.MultiDiGraph:
    """The graph of all claims that *policy* allows; equal stores give equal graphs, order included.

    A node is an entity's IRI with ``name``, ``types`` (local names), ``labels`` (other names) and
    ``known`` (in the catalogue). An edge goes from subject to object; its key is the claim's id, its attributes are
    ``relation``, ``status``, ``confidence``, ``amount``, ``currency``, ``percent``,
    ``attribution``, ``quote``, ``trigger``, ``article`` (hash), ``title``, ``date``, ``source``,
    ``url``, ``extractor``, ``inferred``, ``rule``, ``premises`` (claim ids) and ``symmetric``;
    what a claim lacks is None. A symmetric relation is there once a claim, from the entity whose
    IRI sorts first, whichever the article names first: look at both ends.

    Parameters
    ----------
    store
        Where the claims lie.
    policy
        Default: confirmed and prospective ones of any confidence, with inferences.
    ontology
        Says which relations are symmetric; default: the one that comes with the program.
    """
    policy, ontology = policy or Policy(), ontology or load_ontology()
    symmetric = {name for name, relation in ontology.properties.items() if relation.symmetric}
    edges = sorted(_edges(store, policy, symmetric), key=lambda edge: edge[:3])
    entities = store.entities()
    graph: nx.MultiDiGraph = nx.MultiDiGraph()
    for iri in sorted({end for edge in edges for end in edge[:2]}):
        graph.add_node(iri, **_node(entities.get(iri) or Entity(iri, local_name(iri))))
    graph.add_edges_from(edges)
    return graph


def _node(entity: Entity) -> dict[str, Any]:
    labels = dict.fromkeys(label.text for label in entity.labels)
    return {
        "name": entity.name,
        "types": entity.types,
        "labels": tuple(labels),
        "known": entity.known,
    }


def _edges(store: Store, policy: Policy, symmetric: set[str]) -> Iterator[Edge]:
    articles = {article.id: article for article in store.articles()}
    allowed = [claim for claim in store.claims() if policy.allows(claim)]
    claims = list(_well_supported(allowed, articles, policy.min_sources, symmetric))
    for claim in claims:
        yield _asserted_edge(claim, articles[claim.article], symmetric)
    if policy.include_inferred:
        counted = {claim.id for claim in claims}
        for inferred in _supported_inferences(store.inferred(), counted, policy):
            yield _inferred_edge(inferred, symmetric)


def _ends(subject: str, relation: str, other: str, symmetric: set[str]) -> tuple[str, str]:
    """Subject and object, in the order of their IRIs where the relation has no direction."""
    return (other, subject) if relation in symmetric and other < subject else (subject, other)


def _well_supported(
    claims: list[Claim],
    articles: Mapping[str, StoredArticle],
    least: int,
    symmetric: set[str],
) -> Iterator[Claim]:
    """Claims whose triple at least *least* independent sources give."""

    def triple(claim: Claim) -> tuple[str, str, str]:
        subject, other = claim.subject.entity.iri, claim.object.entity.iri
        return (claim.relation, *_ends(subject, claim.relation, other, symmetric))

    sources: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for claim in claims:
        article = articles[claim.article]
        sources[triple(claim)].add(article.source or article.hash)
    return (claim for claim in claims if len(sources[triple(claim)]) >= least)


def _supported_inferences(
    inferred: Iterable[InferredClaim], counted: set[str], policy: Policy
) -> Iterator[InferredClaim]:
    """Inferred claims that rest on counted claims alone, directly or through other inferences."""
    waiting = [
        claim
        for claim in inferred
        if claim.status in policy.statuses and claim.confidence >= policy.min_confidence
    ]
    found = True
    while found:
        ready = [claim for claim in waiting if counted.issuperset(claim.premises)]
        waiting = [claim for claim in waiting if not counted.issuperset(claim.premises)]
        counted.update(claim.id for claim in ready)
        found = bool(ready)
        yield from ready


def _asserted_edge(claim: Claim, article: StoredArticle, symmetric: set[str]) -> Edge:
    subject, other = claim.subject.entity.iri, claim.object.entity.iri
    attributes: dict[str, Any] = {
        "relation": claim.relation,
        "status": claim.status,
        "confidence": claim.confidence,
        "amount": claim.qualifiers.amount,
        "currency": claim.qualifiers.currency,
        "percent": claim.qualifiers.percent,
        "attribution": claim.qualifiers.attribution,
        "quote": claim.evidence.text,
        "trigger": claim.trigger.text,
        "article": article.hash,
        "title": article.title,
        "date": claim.date,
        "source": article.source,
        "url": article.url,
        "extractor": claim.extractor,
        "inferred": False,
        "rule": None,
        "premises": (),
        "symmetric": claim.relation in symmetric,
    }
    return (*_ends(subject, claim.relation, other, symmetric), claim.id, attributes)


_ASSERTED_ONLY = (
    "amount",
    "currency",
    "percent",
    "attribution",
    "quote",
    "trigger",
    "article",
    "title",
    "date",
    "source",
    "url",
    "extractor",
)


def _inferred_edge(claim: InferredClaim, symmetric: set[str]) -> Edge:
    attributes: dict[str, Any] = {
        "relation": claim.relation,
        "status": claim.status,
        "confidence": claim.confidence,
        **dict.fromkeys(_ASSERTED_ONLY),
        "inferred": True,
        "rule": claim.rule,
        "premises": claim.premises,
        "symmetric": claim.relation in symmetric,
    }
    return (*_ends(claim.subject, claim.relation, claim.object, symmetric), claim.id, attributes)
