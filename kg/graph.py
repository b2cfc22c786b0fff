"""Store + policy → networkx: which claims count as edges is the user's choice, not the store's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import networkx as nx

from kg.agreement import Sources, independent
from kg.model import Claim, Entity, InferredClaim, Quote, Status
from kg.ontology import Ontology, load_ontology
from kg.rdf import StoredArticle
from kg.store import Store
from kg.turtle import local_name

__all__ = ["Policy", "build_graph", "graph_edges", "node_attributes"]


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
        ISO 8601 day: only what was so on it (see :mod:`kg.rewinding`); what has no date then never
        counts.
    known_at
        ISO 8601 day: only what had been reported by it.
    min_sources
        Least number of independent origins (see :mod:`kg.agreement`) that say the same triple.
    """

    statuses: tuple[Status, ...] = (Status.CONFIRMED, Status.PROSPECTIVE)
    min_confidence: float = 0.0
    include_inferred: bool = True
    as_of: str | None = None
    min_sources: int = 1
    known_at: str | None = None

    def allows(self, claim: Claim) -> bool:
        """Whether *claim*, by itself, counts; days are for :func:`kg.rewinding.rewind`."""
        return claim.status in self.statuses and claim.confidence >= self.min_confidence


Edge = tuple[str, str, str, dict[str, Any]]


def build_graph(
    store: Store, policy: Policy | None = None, ontology: Ontology | None = None
) -> nx.MultiDiGraph:
    """The graph of all claims that *policy* allows; equal stores give equal graphs, order included.

    A node is an entity's IRI with ``name``, ``types`` (local names), ``labels`` (other names),
    ``known`` (in the catalogue) and ``places`` (folded words for its seat). An edge goes from subject to object; its key is the claim's id, its attributes are
    ``relation``, ``status``, ``confidence``, ``amount``, ``currency``, ``percent``,
    ``attribution``, ``quote``, ``trigger``, ``trigger_at`` (place in the quote), ``article`` (hash), ``title``, ``date``, ``source``,
    ``url``, ``origin`` (hash of the first of its copies), ``extractor``, ``inferred``, ``rule``, ``premises`` (claim ids) and ``symmetric``;
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
    if policy.as_of or policy.known_at:
        from kg.rewinding import rewind  # it derives again: a question of today needs nothing of it

        store = rewind(store, ontology, policy.as_of, policy.known_at)
    edges = sorted(graph_edges(store, policy, ontology), key=lambda edge: edge[:3])
    entities = store.entities()
    graph: nx.MultiDiGraph = nx.MultiDiGraph()
    for iri in sorted({end for edge in edges for end in edge[:2]}):
        graph.add_node(iri, **node_attributes(entities.get(iri) or Entity(iri, local_name(iri))))
    graph.add_edges_from(edges)
    return graph


def node_attributes(entity: Entity) -> dict[str, Any]:
    """What a node of :func:`build_graph` carries."""
    labels = dict.fromkeys(label.text for label in entity.labels)
    return {
        "name": entity.name,
        "types": entity.types,
        "labels": tuple(labels),
        "known": entity.known,
        "places": tuple(dict.fromkeys(place.text for place in entity.places)),
    }


def graph_edges(store: Store, policy: Policy, ontology: Ontology) -> Iterator[Edge]:
    """The edges of :func:`build_graph`, in no particular order; *policy* without days."""
    symmetric = {name for name, relation in ontology.properties.items() if relation.symmetric}
    sources = Sources.of(store)
    allowed = [claim for claim in store.claims() if policy.allows(claim)]
    claims = list(_well_supported(allowed, sources, policy.min_sources, symmetric))
    for claim in claims:
        _, origin = sources.origin(claim)
        yield _asserted_edge(claim, sources.articles[claim.article], origin, symmetric)
    if policy.include_inferred:
        counted = {claim.id for claim in claims}
        for inferred in _supported_inferences(store.inferred(), counted, policy):
            yield _inferred_edge(inferred, symmetric)


def _ends(subject: str, relation: str, other: str, symmetric: set[str]) -> tuple[str, str]:
    """Subject and object, in the order of their IRIs where the relation has no direction."""
    return (other, subject) if relation in symmetric and other < subject else (subject, other)


def _well_supported(
    claims: list[Claim], sources: Sources, least: int, symmetric: set[str]
) -> Iterator[Claim]:
    """Claims whose triple at least *least* independent origins give."""
    if least <= 1:
        yield from claims
        return

    def triple(claim: Claim) -> tuple[str, str, str]:
        subject, other = claim.subject.entity.iri, claim.object.entity.iri
        return (claim.relation, *_ends(subject, claim.relation, other, symmetric))

    said_by: dict[tuple[str, str, str], list[tuple[str | None, str]]] = defaultdict(list)
    for claim in claims:
        said_by[triple(claim)].append(sources.origin(claim))
    enough = {key for key, articles in said_by.items() if independent(articles) >= least}
    yield from (claim for claim in claims if triple(claim) in enough)


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


def _asserted_edge(claim: Claim, article: StoredArticle, origin: str, symmetric: set[str]) -> Edge:
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
        "trigger_at": _place_in(claim.evidence, claim.trigger),
        "article": article.hash,
        "title": article.title,
        "date": claim.date,
        "source": article.source,
        "url": article.url,
        "origin": origin,
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
    "trigger_at",
    "article",
    "title",
    "date",
    "source",
    "url",
    "origin",
    "extractor",
)


def _place_in(quote: Quote, part: Quote) -> int | None:
    """Where *part* begins in *quote*, in characters; None where it stands elsewhere."""
    place = part.start - quote.start
    inside = place >= 0 and quote.text[place : place + len(part.text)] == part.text
    return place if inside else None


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
