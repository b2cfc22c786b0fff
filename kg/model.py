"""The data types that the rooms hand to each other: frozen, picklable, no behaviour of a room.

Offsets are 0-based character positions in the article's clean text, ``end`` exclusive, as in
Python slices and in the W3C Web Annotation ``TextPositionSelector``. Identifiers are hashes of
content, so that the same input gives the same graph.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = [
    "Answer",
    "Argument",
    "Article",
    "Claim",
    "Entity",
    "InferredClaim",
    "Label",
    "Mention",
    "MentionKind",
    "Qualifiers",
    "Quote",
    "Row",
    "Span",
    "Status",
    "content_hash",
]


def content_hash(*parts: str, digits: int = 16) -> str:
    """Hexadecimal SHA-256 prefix over *parts*, each length-prefixed so that no two lists collide."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf8", "surrogatepass")
        digest.update(f"{len(data)}:".encode())
        digest.update(data)
    return digest.hexdigest()[:digits]


class Status(StrEnum):
    """What an article says of a claim's truth: done or agreed, planned or rumoured, or not so."""

    CONFIRMED = "confirmed"
    PROSPECTIVE = "prospective"
    DENIED = "denied"


class MentionKind(StrEnum):
    """How a mention stands for its entity."""

    NAME = "name"  # found by the name recogniser or by the shape of the words
    CATALOGUE = "catalogue"  # a label of a known entity
    ACRONYM = "acronym"  # introduced in the article: "Amazon Web Services (AWS)"
    NOMINAL = "nominal"  # a description resolved inside the article: "the chipmaker"
    PRONOUN = "pronoun"
    DROPPED = "dropped"  # a subject that the verb's ending stands for; the span is the verb's


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of an article's clean text, ``0 <= start <= end``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, order=True)
class Quote:
    """A span together with the exact characters that stand there."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Article:
    """One article with its clean text; ``id`` is the input's own, else a hash of the text.

    ``date`` is ISO 8601 (``YYYY-MM-DD``) or None, ``lang`` ISO 639-1, ``origin`` the file (and line)
    that it was read from, for messages only: it never enters an identifier.
    """

    id: str
    lang: str
    title: str
    text: str
    date: str | None = None
    source: str | None = None
    url: str | None = None
    origin: str = ""

    @property
    def hash(self) -> str:
        """Identity of the content: changes when anything that reaches the graph changes."""
        fields = (self.id, self.lang, self.title, self.text, self.date, self.source, self.url)
        return content_hash(*(value or "" for value in fields))


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """A name of an entity, with its ISO 639-1 language or None where it holds in all."""

    text: str
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """An organisation, product, model, chip or service.

    ``types`` are local names of ontology classes, most specific ones, sorted; ``facts`` are
    catalogue background ``(relation local name, IRI of the other entity)``: used to resolve
    descriptions, never stored as claims. ``places`` are headquarters and country names by
    language, ``known`` is False for an entity that only articles speak of.
    """

    iri: str
    name: str
    types: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    places: tuple[Label, ...] = ()
    known: bool = False

    def _repr_html_(self) -> str:
        from kg.fragments import entity_html

        return entity_html(self)


@dataclass(frozen=True, slots=True)
class Mention:
    """Words of an article that stand for an entity (None: not resolved, yields no claim)."""

    span: Span
    text: str
    kind: MentionKind
    entity: Entity | None = None
    types: tuple[str, ...] = ()  # what the words themselves say of its kind
    why: str = ""  # what it was resolved to and by which rule, for --explain
    confidence: float = 1.0  # how sure it is that the words stand for the entity


@dataclass(frozen=True, slots=True)
class Argument:
    """A claim's subject or object: the entity and the words that stand for it in the evidence."""

    entity: Entity
    quote: Quote


@dataclass(frozen=True, slots=True)
class Qualifiers:
    """Money of the deal (plain number, ISO 4217), stake in percent, who is cited."""

    amount: float | None = None
    currency: str | None = None
    percent: float | None = None
    attribution: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What one article says of two entities; grounded: every quote is the article's own words.

    ``relation`` is the local name of an ontology property, ``support`` holds further passages of
    the same article that say the same, ``explanation`` the frame, path and cues that were used.
    """

    article: str
    subject: Argument
    relation: str
    object: Argument
    status: Status
    evidence: Quote
    trigger: Quote
    qualifiers: Qualifiers = Qualifiers()
    date: str | None = None
    confidence: float = 1.0
    extractor: str = "frames"
    support: tuple[Quote, ...] = ()
    explanation: tuple[str, ...] = field(default=(), compare=False)

    @property
    def id(self) -> str:
        """Hash of what is claimed and where, so that a second run gives the same identifier."""
        return content_hash(
            self.article,
            self.subject.entity.iri,
            self.relation,
            self.object.entity.iri,
            str(self.evidence.start),
            str(self.evidence.end),
        )

    def _repr_html_(self) -> str:
        from kg.fragments import claim_html

        return claim_html(self)


@dataclass(frozen=True, slots=True)
class InferredClaim:
    """A claim that a rule drew from others; ``premises`` are claim ids, never empty.

    ``status`` is the weakest of the premises', ``confidence`` their product.
    """

    subject: str  # IRI
    relation: str
    object: str  # IRI
    status: Status
    confidence: float
    rule: str
    premises: tuple[str, ...]

    @property
    def id(self) -> str:
        """Hash of the triple, the rule and the premises."""
        return content_hash(self.subject, self.relation, self.object, self.rule, *self.premises)

    def _repr_html_(self) -> str:
        from kg.fragments import inferred_html

        return inferred_html(self)


@dataclass(frozen=True, slots=True)
class Fact:
    """What an answer takes an entity to be: of a class, or with its seat in a place.

    ``kind`` is ``class`` (``value``: its local name) or ``place`` (``value``: the place's name in
    English); ``known`` says that the catalogue has it, else it is what articles call the entity.
    """

    entity: str  # IRI
    kind: str
    value: str
    known: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an answer: ``bindings`` maps a variable to an IRI, a number or a date.

    ``claims`` are the ids of the claims that carry the row, in the order of the pattern;
    ``status`` is the weakest of them, ``support`` the number of independent sources of the
    weakest step, ``confidence`` the product of the steps'. ``facts`` are what it rests on
    besides: the classes and places that the question asks for.
    """

    bindings: tuple[tuple[str, str | float], ...]
    status: Status
    confidence: float
    support: int
    claims: tuple[str, ...]
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question; ``understood`` False carries a ``hint`` of what to ask instead."""

    question: str
    understood: bool
    pattern: str = ""
    sparql: str = ""
    rows: tuple[Row, ...] = ()
    hint: str = ""
