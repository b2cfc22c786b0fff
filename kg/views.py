"""Derived graphs: the strongest claim of each triple, and plain edges by status.

Claims are what articles say; an edge is what is left when one asks only whether any of them says
it. Everything here is a function of the claims and the ontology. Tables lie on disk while they are
made (:mod:`kg.scratch`): memory grows with the entities and not with the claims.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeAlias

import pyoxigraph as ox

from kg.model import Claim, InferredClaim, Status
from kg.ontology import Ontology, Relation
from kg.rdf import inferred_quads
from kg.scratch import Names, Row, Scratch
from kg.store import Store
from kg.turtle import OWL, RDF, RDFS
from kg.vocabulary import GIVES, GRAPHS, SAYS, claim_node, kg

__all__ = [
    "VIEWS",
    "Support",
    "Supports",
    "Triple",
    "edge_quads",
    "ontology_quads",
    "stronger",
    "strongest_claims",
    "support_quads",
    "supports",
    "triple_of",
    "write_views",
]

Triple: TypeAlias = tuple[str, str, str]  # subject IRI, relation's local name, object IRI

_TYPE, _LABEL = ox.NamedNode(RDF + "type"), ox.NamedNode(RDFS + "label")
_RANK = {status: rank for rank, status in enumerate(reversed(Status))}
_BY_RANK = {rank: status for status, rank in _RANK.items()}
VIEWS: Final = {Status.CONFIRMED: GRAPHS.CONFIRMED, Status.PROSPECTIVE: GRAPHS.PROSPECTIVE}
"""Status → the graph of plain edges whose strongest claim has it."""
_ROWS = 5_000  # handed to the table at once
_TABLE = """TABLE support (subject, relation, object, rank, confidence, claim, turned,
  PRIMARY KEY (subject, relation, object)) WITHOUT ROWID"""
_ROW = "SELECT subject, relation, object, rank, confidence, claim, turned FROM support"
_ONE = f"{_ROW} WHERE subject = ? AND relation = ? AND object = ?"
_OFFER = """INSERT INTO support VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (subject, relation, object) DO UPDATE SET rank = excluded.rank,
    confidence = excluded.confidence, claim = excluded.claim, turned = excluded.turned
  WHERE (excluded.rank, excluded.confidence) > (rank, confidence)
    OR (excluded.rank, excluded.confidence) = (rank, confidence) AND excluded.claim < claim"""


@dataclass(frozen=True, slots=True)
class Support:
    """A claim that supports a triple; ``triple`` is in the claim's own direction."""

    triple: Triple
    claim: str
    status: Status
    confidence: float

    @property
    def strength(self) -> tuple[int, float]:
        """Status first, then confidence: the greater the stronger."""
        return _RANK[self.status], self.confidence


def stronger(one: Support, other: Support) -> bool:
    """Whether *one* supports a triple better: by status, confidence, then the least identifier."""
    if one.strength != other.strength:
        return one.strength > other.strength
    return one.claim < other.claim


class Supports(Mapping[Triple, Support]):
    """Triple, the smaller IRI first where its relation is symmetric → its strongest claim."""

    def __init__(self, names: Names | None = None) -> None:
        self.names = names or Names()
        self._table = Scratch(_TABLE, "INDEX by_claim ON support (claim)")

    def offer(self, supports: Iterable[tuple[Triple, Support]]) -> None:
        """Keep those that are stronger than what is here."""
        rest = (self._row(triple, support) for triple, support in supports)
        while rows := list(islice(rest, _ROWS)):
            self._table.write(_OFFER, rows)

    def _row(self, triple: Triple, support: Support) -> Row:
        key = tuple(map(self.names.number, triple))
        rank, confidence = support.strength
        return *key, rank, confidence, support.claim, triple != support.triple

    def __getitem__(self, triple: Triple) -> Support:
        numbers = tuple(map(self.names.find, triple))
        row = None if None in numbers else self._table.row(_ONE, *numbers)
        if row is None:
            raise KeyError(triple)
        return self._support(row)[1]

    def __iter__(self) -> Iterator[Triple]:
        return (triple for triple, _ in self.having())

    def __len__(self) -> int:
        return self._table.count("SELECT count(*) FROM support")

    def having(self, *statuses: Status) -> Iterator[tuple[Triple, Support]]:
        """Triples and supports of these statuses; of all where none is given."""
        for status in statuses or tuple(Status):
            for row in self._table.rows(f"{_ROW} WHERE rank = ?", _RANK[status]):
                yield self._support(row)

    def of_claim(self, claim: str) -> Support | None:
        """The support that is the claim with this identifier."""
        row = self._table.row(f"{_ROW} WHERE claim = ?", claim)
        return self._support(row)[1] if row else None

    def _support(self, row: Row) -> tuple[Triple, Support]:
        subject, relation, other = map(self.names.text, row[:3])
        turned = (other, relation, subject) if row[6] else (subject, relation, other)
        support = Support(turned, row[5], _BY_RANK[row[3]], row[4])
        return (subject, relation, other), support


def strongest_claims(claims: Iterable[Claim], ontology: Ontology) -> Supports:
    """For each triple that is claimed the claim of the best status, confidence and least id."""
    best = Supports()
    best.offer(supports(claims, ontology))
    return best


def supports(claims: Iterable[Claim], ontology: Ontology) -> Iterator[tuple[Triple, Support]]:
    """What each of *claims* supports."""
    for claim in claims:
        triple = triple_of(claim)
        support = Support(triple, claim.id, claim.status, claim.confidence)
        yield ontology.undirected(triple), support


def triple_of(claim: Claim) -> Triple:
    """What *claim* says, in its own direction."""
    return claim.subject.entity.iri, claim.relation, claim.object.entity.iri


def _readings(triple: Triple, ontology: Ontology) -> Iterator[Triple]:
    """The triple, its inverse, and both under each relation above it."""
    subject, relation, other = triple
    yield triple
    backwards = ontology.inverse(relation) if relation in ontology.properties else None
    if backwards:
        yield other, backwards.name, subject
    for parent in ontology.properties[relation].parents if relation in ontology.properties else ():
        yield from _readings((subject, parent, other), ontology)


def edge_quads(
    triples: Iterable[Triple], graph: ox.NamedNode, ontology: Ontology
) -> Iterator[ox.Quad]:
    """Plain edges in *graph*: both directions of symmetric relations, inverses, super-properties."""
    for triple in triples:
        for subject, relation, other in _readings(triple, ontology):
            yield ox.Quad(ox.NamedNode(subject), kg(relation), ox.NamedNode(other), graph)


def support_quads(
    supports: Iterable[Support],
    ontology: Ontology,
    node: Callable[[str], ox.NamedNode | ox.BlankNode] = claim_node,
) -> Iterator[ox.Quad]:
    """``kg:strongest``: for each triple the claim that supports it best.

    ``subject kgs:relation claim . claim kgo:relation object``, as Wikidata links statements: each
    step of a join is one look-up in an index. A symmetric relation is there in both directions.

    Parameters
    ----------
    node
        What stands for the claim with an identifier.
    """
    for support in supports:
        subject, relation, other = support.triple
        claim, graph = node(support.claim), GRAPHS.STRONGEST
        says, gives = ox.NamedNode(SAYS + relation), ox.NamedNode(GIVES + relation)
        known = ontology.properties.get(relation)
        both = (subject, other), (other, subject)
        for one, end in both if known and known.symmetric else both[:1]:
            yield ox.Quad(ox.NamedNode(one), says, claim, graph)
            yield ox.Quad(claim, gives, ox.NamedNode(end), graph)


def ontology_quads(ontology: Ontology) -> Iterator[ox.Quad]:
    """Classes and relations in ``kg:ontology``, so that queries may use labels and hierarchy."""
    graph = GRAPHS.ONTOLOGY
    for cls in ontology.classes.values():
        node = kg(cls.name)
        yield ox.Quad(node, _TYPE, ox.NamedNode(OWL + "Class"), graph)
        for parent in cls.parents:
            yield ox.Quad(node, ox.NamedNode(RDFS + "subClassOf"), kg(parent), graph)
        for lang, words in cls.words.items():
            yield ox.Quad(node, _LABEL, ox.Literal(words[0], language=lang), graph)
    for relation in ontology.properties.values():
        yield from _relation_quads(relation, graph)


def _relation_quads(relation: Relation, graph: ox.NamedNode) -> Iterator[ox.Quad]:
    node = kg(relation.name)
    yield ox.Quad(node, _TYPE, ox.NamedNode(OWL + "ObjectProperty"), graph)
    if relation.symmetric:
        yield ox.Quad(node, _TYPE, ox.NamedNode(OWL + "SymmetricProperty"), graph)
    if relation.inverse_of:
        yield ox.Quad(node, ox.NamedNode(OWL + "inverseOf"), kg(relation.inverse_of), graph)
    for parent in relation.parents:
        yield ox.Quad(node, ox.NamedNode(RDFS + "subPropertyOf"), kg(parent), graph)
    for lang, label in relation.labels.items():
        yield ox.Quad(node, _LABEL, ox.Literal(label, language=lang), graph)


def write_views(
    store: Store, ontology: Ontology, asserted: Supports, inferred: Iterable[InferredClaim]
) -> None:
    """Write inferred claims and the three graphs of plain edges.

    An edge lies in the graph of its strongest claim: what is confirmed is not also prospective.
    What is only denied gives no edge. *inferred* is gone through twice.
    """
    store.rewrite(GRAPHS.INFERENCES, (quad for claim in inferred for quad in inferred_quads(claim)))
    drawn = ((claim.subject, claim.relation, claim.object) for claim in inferred)
    store.rewrite(GRAPHS.INFERRED, edge_quads(drawn, GRAPHS.INFERRED, ontology))
    for status, graph in VIEWS.items():
        said = (triple for triple, _ in asserted.having(status))
        store.rewrite(graph, edge_quads(said, graph, ontology))
