"""Claims, articles and entities ↔ quads: pure functions, RDF 1.1, no blank nodes.

A claim is an ``rdf:Statement``-like node in the named graph of its article; passages are Web
Annotation ``oa:TextQuoteSelector``s whose IRI is the article's with an RFC 5147 fragment
(``#char=210,398``), so that two claims that quote one sentence share it, and so that a dump of
the same content is the same to the byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import pyoxigraph as ox

from kg.errors import InputError
from kg.literals import (
    date_literal,
    decimal_literal,
    entity_node,
    number_literal,
    text_literal,
    uri_literal,
)
from kg.model import (
    Argument,
    Article,
    Claim,
    Entity,
    InferredClaim,
    Label,
    Qualifiers,
    Quote,
)
from kg.turtle import RDF, RDFS, SKOS, local_name
from kg.vocabulary import (
    BACKGROUND,
    GRAPHS,
    OA,
    PROV,
    SCHEMA,
    STATUS_NODES,
    article_node,
    claim_node,
    kg,
    run_node,
)

__all__ = [
    "StoredArticle",
    "article_quads",
    "articles_from_quads",
    "claims_from_quads",
    "entities_from_quads",
    "entity_quads",
    "inferred_from_quads",
    "inferred_quads",
]

Term: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Values: TypeAlias = dict[str, list[Term]]
T = TypeVar("T")

_TYPE = ox.NamedNode(RDF + "type")
_LABEL = ox.NamedNode(RDFS + "label")
_ALT_LABEL = ox.NamedNode(SKOS + "altLabel")
_SUBJECT, _PREDICATE, _OBJECT = (
    ox.NamedNode(RDF + name) for name in ("subject", "predicate", "object")
)
_EXACT = ox.NamedNode(OA + "exact")
_SELECTOR = ox.NamedNode(OA + "TextQuoteSelector")
_DERIVED = ox.NamedNode(PROV + "wasDerivedFrom")
_GENERATED = ox.NamedNode(PROV + "wasGeneratedBy")
_CLAIM, _INFERRED, _ARTICLE = kg("Claim"), kg("InferredClaim"), kg("Article")
_START, _END, _SUPPORT, _STATUS = kg("start"), kg("end"), kg("support"), kg("status")
_EVIDENCE, _TRIGGER, _EXPLANATION = kg("evidence"), kg("trigger"), kg("explanation")
_SUBJECT_TEXT, _OBJECT_TEXT = kg("subjectText"), kg("objectText")
_AMOUNT, _CURRENCY, _PERCENT = kg("amount"), kg("currency"), kg("percent")
_ATTRIBUTION, _CONFIDENCE, _EXTRACTOR = kg("attribution"), kg("confidence"), kg("extractor")
_REPORTED, _RULE, _KNOWN, _PLACE = kg("reportedOn"), kg("rule"), kg("known"), kg("place")
_ID, _TITLE, _PUBLISHED, _PUBLISHER, _URL, _LANG = (
    ox.NamedNode(SCHEMA + name)
    for name in ("identifier", "headline", "datePublished", "publisher", "url", "inLanguage")
)
_STATUSES = {node.value: status for status, node in STATUS_NODES.items()}


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article as the store keeps it: all but its text; ``run`` is what extracted its claims."""

    hash: str
    id: str
    lang: str
    title: str
    date: str | None = None
    source: str | None = None
    url: str | None = None
    run: str = ""

    @classmethod
    def of(cls, article: Article, run: str) -> StoredArticle:
        """What is kept of *article*."""
        fields = (article.id, article.lang, article.title, article.date, article.source)
        return cls(article.hash, *fields, article.url, run)


def _optional(
    node: ox.NamedNode,
    graph: ox.NamedNode,
    *fields: tuple[ox.NamedNode, T | None, Callable[[T], ox.Literal]],
) -> Iterator[ox.Quad]:
    for predicate, value, literal in fields:
        if value is not None:
            yield ox.Quad(node, predicate, literal(value), graph)


# -- to quads ---------------------------------------------------------------------------------


def article_quads(article: StoredArticle, claims: Iterable[Claim]) -> Iterator[ox.Quad]:
    """The whole graph of *article*: its metadata and all that it claims.

    Raises
    ------
    InputError
        Where a text is no Unicode, a date is none, an IRI is none or a number is not finite.
    """
    graph = article_node(article.hash)
    yield ox.Quad(graph, _TYPE, _ARTICLE, graph)
    yield ox.Quad(graph, _GENERATED, run_node(article.run), graph)
    for predicate, text in ((_ID, article.id), (_LANG, article.lang), (_TITLE, article.title)):
        yield ox.Quad(graph, predicate, text_literal(text), graph)
    yield from _optional(graph, graph, (_PUBLISHED, article.date, date_literal))
    yield from _optional(graph, graph, (_PUBLISHER, article.source, text_literal))
    yield from _optional(graph, graph, (_URL, article.url, uri_literal))
    for claim in claims:
        yield from _claim_quads(claim, graph, run_node(article.run))


def _claim_quads(claim: Claim, graph: ox.NamedNode, run: ox.NamedNode) -> Iterator[ox.Quad]:
    node = claim_node(claim.id)
    yield ox.Quad(node, _TYPE, _CLAIM, graph)
    yield ox.Quad(node, _SUBJECT, entity_node(claim.subject.entity.iri), graph)
    yield ox.Quad(node, _PREDICATE, kg(claim.relation), graph)
    yield ox.Quad(node, _OBJECT, entity_node(claim.object.entity.iri), graph)
    yield ox.Quad(node, _STATUS, STATUS_NODES[claim.status], graph)
    yield ox.Quad(node, _DERIVED, graph, graph)
    yield ox.Quad(node, _GENERATED, run, graph)
    yield ox.Quad(node, _CONFIDENCE, decimal_literal(claim.confidence), graph)
    yield ox.Quad(node, _EXTRACTOR, text_literal(claim.extractor), graph)
    yield from _optional(node, graph, (_REPORTED, claim.date, date_literal))
    yield from _qualifier_quads(node, claim.qualifiers, graph)
    for position, line in enumerate(claim.explanation):  # RDF has no order: the number keeps it
        yield ox.Quad(node, _EXPLANATION, text_literal(f"{position} {line}"), graph)
    yield from _passages(node, claim, graph)


def _qualifier_quads(
    node: ox.NamedNode, qualifiers: Qualifiers, graph: ox.NamedNode
) -> Iterator[ox.Quad]:
    numbers = ((_AMOUNT, qualifiers.amount), (_PERCENT, qualifiers.percent))
    texts = ((_CURRENCY, qualifiers.currency), (_ATTRIBUTION, qualifiers.attribution))
    yield from _optional(node, graph, *((p, value, number_literal) for p, value in numbers))
    yield from _optional(node, graph, *((p, value, text_literal) for p, value in texts))


def _passages(node: ox.NamedNode, claim: Claim, graph: ox.NamedNode) -> Iterator[ox.Quad]:
    roles = (
        (_EVIDENCE, claim.evidence),
        (_TRIGGER, claim.trigger),
        (_SUBJECT_TEXT, claim.subject.quote),
        (_OBJECT_TEXT, claim.object.quote),
        *((_SUPPORT, quote) for quote in claim.support),
    )
    for predicate, quote in roles:
        selector = ox.NamedNode(f"{graph.value}#char={quote.start},{quote.end}")
        yield ox.Quad(node, predicate, selector, graph)
        yield ox.Quad(selector, _TYPE, _SELECTOR, graph)
        yield ox.Quad(selector, _EXACT, text_literal(quote.text), graph)
        yield ox.Quad(selector, _START, ox.Literal(quote.start), graph)
        yield ox.Quad(selector, _END, ox.Literal(quote.end), graph)


def entity_quads(entity: Entity) -> Iterator[ox.Quad]:
    """Types, names, places and catalogue facts of *entity*, in ``kg:entities``.

    Facts have predicates of a namespace of their own (``kgb:``), so that nothing that no article
    says looks like an edge.
    """
    node, graph = entity_node(entity.iri), GRAPHS.ENTITIES
    yield ox.Quad(node, _LABEL, text_literal(entity.name), graph)
    yield ox.Quad(node, _KNOWN, ox.Literal(entity.known), graph)
    for name in entity.types:
        yield ox.Quad(node, _TYPE, kg(name), graph)
    for label in entity.labels:
        yield ox.Quad(node, _ALT_LABEL, text_literal(label.text, label.lang), graph)
    for place in entity.places:
        yield ox.Quad(node, _PLACE, text_literal(place.text, place.lang), graph)
    for relation, iri in entity.facts:
        yield ox.Quad(node, ox.NamedNode(BACKGROUND + relation), entity_node(iri), graph)


def inferred_quads(claim: InferredClaim) -> Iterator[ox.Quad]:
    """An inferred claim in ``kg:inferences``, with its rule and the claims that it rests on."""
    node, graph = claim_node(claim.id), GRAPHS.INFERENCES
    yield ox.Quad(node, _TYPE, _INFERRED, graph)
    yield ox.Quad(node, _SUBJECT, entity_node(claim.subject), graph)
    yield ox.Quad(node, _PREDICATE, kg(claim.relation), graph)
    yield ox.Quad(node, _OBJECT, entity_node(claim.object), graph)
    yield ox.Quad(node, _STATUS, STATUS_NODES[claim.status], graph)
    yield ox.Quad(node, _CONFIDENCE, decimal_literal(claim.confidence), graph)
    yield ox.Quad(node, _RULE, text_literal(claim.rule), graph)
    for premise in claim.premises:
        yield ox.Quad(node, _DERIVED, claim_node(premise), graph)


# -- from quads -------------------------------------------------------------------------------


def _by_subject(quads: Iterable[ox.Quad]) -> dict[str, Values]:
    nodes: dict[str, Values] = {}
    for quad in quads:
        if isinstance(quad.subject, ox.Triple):  # RDF 1.2: nothing here writes it
            continue
        values = nodes.setdefault(quad.subject.value, {})
        values.setdefault(quad.predicate.value, []).append(quad.object)
    return nodes


def _of_type(nodes: Mapping[str, Values], kind: ox.NamedNode) -> Iterator[tuple[str, Values]]:
    for iri, values in nodes.items():
        if kind in values.get(_TYPE.value, ()):
            yield iri, values


def _text(values: Values, predicate: ox.NamedNode) -> str | None:
    terms = values.get(predicate.value)
    return terms[0].value if terms and not isinstance(terms[0], ox.Triple) else None


def _need(iri: str, values: Values, predicate: ox.NamedNode) -> str:
    text = _text(values, predicate)
    if text is None:
        raise InputError(
            f"{iri}: lacks {local_name(predicate.value)}; not written by this program?"
        )
    return text


def _number(values: Values, predicate: ox.NamedNode) -> float | None:
    text = _text(values, predicate)
    return None if text is None else float(text)


def _labels(values: Values, predicate: ox.NamedNode) -> tuple[Label, ...]:
    terms = (t for t in values.get(predicate.value, ()) if isinstance(t, ox.Literal))
    labels = (Label(term.value, term.language) for term in terms)
    return tuple(sorted(labels, key=lambda label: (label.text, label.lang or "")))


def articles_from_quads(quads: Iterable[ox.Quad]) -> tuple[StoredArticle, ...]:
    """The articles that *quads* describe, sorted by hash."""
    found = (_article(iri, values) for iri, values in _of_type(_by_subject(quads), _ARTICLE))
    return tuple(sorted(found, key=lambda article: article.hash))


def _article(iri: str, values: Values) -> StoredArticle:
    return StoredArticle(
        hash=local_name(iri),
        id=_need(iri, values, _ID),
        lang=_need(iri, values, _LANG),
        title=_need(iri, values, _TITLE),
        date=_text(values, _PUBLISHED),
        source=_text(values, _PUBLISHER),
        url=_text(values, _URL),
        run=local_name(_need(iri, values, _GENERATED)),
    )


def entities_from_quads(quads: Iterable[ox.Quad]) -> dict[str, Entity]:
    """IRI → entity for all that *quads* describe (a node with ``kg:known``), sorted by IRI."""
    nodes = _by_subject(quads)
    found = {iri: _entity(iri, v) for iri, v in nodes.items() if _KNOWN.value in v}
    return dict(sorted(found.items()))


def _entity(iri: str, values: Values) -> Entity:
    types = (
        local_name(t.value) for t in values.get(_TYPE.value, ()) if isinstance(t, ox.NamedNode)
    )
    facts = (
        (local_name(predicate), term.value)
        for predicate, terms in values.items()
        for term in terms
        if predicate.startswith(BACKGROUND) and isinstance(term, ox.NamedNode)
    )
    return Entity(
        iri=iri,
        name=_need(iri, values, _LABEL),
        types=tuple(sorted(types)),
        labels=_labels(values, _ALT_LABEL),
        facts=tuple(sorted(facts)),
        places=_labels(values, _PLACE),
        known=_text(values, _KNOWN) == "true",
    )


def claims_from_quads(
    quads: Iterable[ox.Quad], entities: Mapping[str, Entity] | None = None
) -> tuple[Claim, ...]:
    """The claims of one or more article graphs, in the order of their evidence in each article.

    Parameters
    ----------
    quads
        Whole article graphs, as :func:`article_quads` gives them.
    entities
        IRI → entity; one that is missing is given its IRI's local name.

    Raises
    ------
    InputError
        Where a claim lacks a part that every claim has.
    """
    nodes = _by_subject(quads)
    known = entities or {}
    claims = (_claim(iri, values, nodes, known) for iri, values in _of_type(nodes, _CLAIM))
    return tuple(sorted(claims, key=_place_in_text))


def _place_in_text(claim: Claim) -> tuple[str, int, int, str]:
    return claim.article, claim.evidence.start, claim.trigger.start, claim.id


def _claim(
    iri: str, values: Values, nodes: Mapping[str, Values], entities: Mapping[str, Entity]
) -> Claim:
    def quotes(predicate: ox.NamedNode) -> tuple[Quote, ...]:
        terms = values.get(predicate.value, ())
        return tuple(
            sorted(_quote(str(t.value), nodes) for t in terms if isinstance(t, ox.NamedNode))
        )

    def argument(predicate: ox.NamedNode, text: ox.NamedNode) -> Argument:
        entity = _need(iri, values, predicate)
        return Argument(entities.get(entity) or Entity(entity, local_name(entity)), quotes(text)[0])

    article = _need(iri, values, _DERIVED)
    return Claim(
        article=_need(article, nodes.get(article, {}), _ID),
        subject=argument(_SUBJECT, _SUBJECT_TEXT),
        relation=local_name(_need(iri, values, _PREDICATE)),
        object=argument(_OBJECT, _OBJECT_TEXT),
        status=_STATUSES[_need(iri, values, _STATUS)],
        evidence=quotes(_EVIDENCE)[0],
        trigger=quotes(_TRIGGER)[0],
        qualifiers=_qualifiers(values),
        date=_text(values, _REPORTED),
        confidence=float(_need(iri, values, _CONFIDENCE)),
        extractor=_need(iri, values, _EXTRACTOR),
        support=quotes(_SUPPORT),
        explanation=_explanation(values),
    )


def _qualifiers(values: Values) -> Qualifiers:
    return Qualifiers(
        amount=_number(values, _AMOUNT),
        currency=_text(values, _CURRENCY),
        percent=_number(values, _PERCENT),
        attribution=_text(values, _ATTRIBUTION),
    )


def _explanation(values: Values) -> tuple[str, ...]:
    terms = (t.value for t in values.get(_EXPLANATION.value, ()) if isinstance(t, ox.Literal))
    numbered = sorted((int(number), line) for number, _, line in (t.partition(" ") for t in terms))
    return tuple(line for _, line in numbered)


def _quote(iri: str, nodes: Mapping[str, Values]) -> Quote:
    values = nodes.get(iri, {})
    start, end = int(_need(iri, values, _START)), int(_need(iri, values, _END))
    return Quote(start, end, _need(iri, values, _EXACT))


def inferred_from_quads(quads: Iterable[ox.Quad]) -> tuple[InferredClaim, ...]:
    """The inferred claims among *quads*, sorted by identifier."""
    found = (_inferred(iri, values) for iri, values in _of_type(_by_subject(quads), _INFERRED))
    return tuple(sorted(found, key=lambda claim: claim.id))


def _inferred(iri: str, values: Values) -> InferredClaim:
    premises = (t.value for t in values.get(_DERIVED.value, ()) if isinstance(t, ox.NamedNode))
    return InferredClaim(
        subject=_need(iri, values, _SUBJECT),
        relation=local_name(_need(iri, values, _PREDICATE)),
        object=_need(iri, values, _OBJECT),
        status=_STATUSES[_need(iri, values, _STATUS)],
        confidence=float(_need(iri, values, _CONFIDENCE)),
        rule=_need(iri, values, _RULE),
        premises=tuple(sorted(local_name(premise) for premise in premises)),
    )
