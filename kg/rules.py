"""Inferred claims: SPARQL CONSTRUCT rules of ``ontology/rules/``, each with its premises.

A rule reads ``kg:strongest`` (one claim a triple, so that a triple that a hundred articles give
does not multiply), where need be ``kg:entities`` and ``kg:ontology``, and constructs nodes with
``rdf:subject``, ``rdf:predicate``, ``rdf:object`` and ``prov:wasDerivedFrom`` its premises. Rules
run in rounds, first over confirmed claims alone, then over prospective ones too; a triple keeps the
derivation of the first round that gives it, hence proofs are short, as strong as can be, never
circular, and the rounds end.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, islice
from math import prod
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import pyoxigraph as ox

from kg.assets import asset
from kg.disk_store import OxigraphStore
from kg.errors import OntologyError, QueryError
from kg.model import InferredClaim, Status, content_hash
from kg.ontology import Ontology
from kg.results import Term
from kg.scratch import Names, Row, Scratch
from kg.store import Store
from kg.turtle import RDF, local_name
from kg.views import Support, Supports, Triple, support_quads
from kg.vocabulary import GRAPHS, PROV, claim_node, kg

__all__ = [
    "Inferences",
    "Rule",
    "best_of",
    "better",
    "drawn",
    "height_quad",
    "infer",
    "load_rules",
    "rules_version",
]

Proof: TypeAlias = tuple[Triple, tuple[str, ...]]

_SUBJECT, _PREDICATE, _OBJECT = (RDF + name for name in ("subject", "predicate", "object"))
_DERIVED = PROV + "wasDerivedFrom"
_DIGITS = 6  # of a product of confidences: floating point noise must not change an identifier
# what most rules construct: a node, its three parts and its premises
_TEMPLATE = re.compile(
    r"CONSTRUCT\s*\{\s*\[\s*\]\s*rdf:subject\s+(\?\w+)\s*;\s*rdf:predicate\s+(\??[\w:-]+)\s*;"
    r"\s*rdf:object\s+(\?\w+)\s*;\s*prov:wasDerivedFrom\s+(\?\w+(?:\s*,\s*\?\w+)*)\s*\.?\s*\}\s*WHERE\b"
)
_ROWS = 5_000  # handed over at once
_MANY = 1_000  # asserted triples, from which on rules have a store of their own
_READ = (GRAPHS.ENTITIES, GRAPHS.ONTOLOGY)  # what rules may read beside kg:strongest
_FOUND = """TABLE {} (subject, relation, object, rule, status, confidence, premises,
  PRIMARY KEY (subject, relation, object, rule)) WITHOUT ROWID"""
_OFFER = """INSERT INTO round VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (subject, relation, object, rule) DO UPDATE SET status = excluded.status,
    confidence = excluded.confidence, premises = excluded.premises
  WHERE excluded.confidence > confidence
    OR excluded.confidence = confidence AND excluded.premises < premises"""
_BEST_FIRST = """SELECT * FROM round
  ORDER BY subject, relation, object, confidence DESC, premises, rule"""


@dataclass(frozen=True, slots=True)
class Rule:
    """One file of ``ontology/rules/``: ``text`` is its comment, what it says in words."""

    name: str
    text: str
    sparql: str


def load_rules(root: Path | None = None) -> tuple[Rule, ...]:
    """The rules in the folder *root* (default: those that come with the program), by name.

    Raises
    ------
    OntologyError
        Where a file cannot be read.
    """
    folder = root or asset("ontology", "rules")
    return tuple(_rule(path) for path in sorted(folder.glob("*.rq")))


def _rule(path: Path) -> Rule:
    try:
        sparql = path.read_text("utf8")
    except (OSError, ValueError) as error:
        raise OntologyError(f"{path}: cannot be read: {error}") from None
    comment = (line[1:].strip() for line in sparql.splitlines() if line.startswith("#"))
    return Rule(path.stem, " ".join(comment), sparql)


def rules_version(rules: Iterable[Rule]) -> str:
    """Hash of all that the rules say."""
    return content_hash(*(part for rule in rules for part in (rule.name, rule.sparql)))


class Inferences(Collection[InferredClaim]):
    """What rules drew, on disk until it is gone through; a claim for each triple and rule."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._table = Scratch(_FOUND.format("round"), _FOUND.format("claims"))

    def offer(self, claims: Iterable[InferredClaim]) -> None:
        """Keep those that are better than what this round has for their triple and rule."""
        rest = map(self._row, claims)
        while rows := list(islice(rest, _ROWS)):
            self._table.write(_OFFER, rows)

    def end_round(self) -> Iterator[InferredClaim]:
        """Keep what the round found; of each triple the best, whichever rule gives it."""
        self._table.write("INSERT INTO claims SELECT * FROM round")
        for _, rows in groupby(self._table.rows(_BEST_FIRST), key=itemgetter(0, 1, 2)):
            yield self._claim(next(rows))
        self._table.write("DELETE FROM round")

    def __iter__(self) -> Iterator[InferredClaim]:
        return map(self._claim, self._table.rows("SELECT * FROM claims"))

    def __len__(self) -> int:
        return self._table.count("SELECT count(*) FROM claims")

    def __contains__(self, claim: object) -> bool:
        return any(found == claim for found in self)

    def _row(self, claim: InferredClaim) -> Row:
        key = map(self.names.number, (claim.subject, claim.relation, claim.object))
        premises = " ".join(claim.premises)
        return *key, claim.rule, claim.status.value, claim.confidence, premises

    def _claim(self, row: Row) -> InferredClaim:
        subject, relation, other = map(self.names.text, row[:3])
        status, premises = Status(row[4]), tuple(row[6].split())
        return InferredClaim(subject, relation, other, status, row[5], row[3], premises)


def infer(
    store: Store, rules: Iterable[Rule], asserted: Supports, ontology: Ontology
) -> Inferences:
    """All that *rules* draw from the *asserted* triples; leaves ``kg:strongest`` complete.

    Nothing is inferred that is asserted with an equal or better status, that any article denies,
    or that relates an entity to itself. One claim is given for a triple and a rule: of the
    derivations of the same round the one of the greatest confidence, then of the least premises.

    Raises
    ------
    OntologyError
        Where a rule is not SPARQL, or constructs what is no claim.
    """
    rules = tuple(rules)
    strongest, inferred = Supports(asserted.names), Inferences(asserted.names)
    store.rewrite(GRAPHS.STRONGEST, ())
    store.rewrite(GRAPHS.HEIGHTS, ())
    with _ground(store, len(asserted)) as ground:
        for status in (Status.CONFIRMED, Status.PROSPECTIVE):
            new = asserted.having(status)
            said: Iterable[tuple[Triple, Support]] = (p for p in new if p[0] not in strongest)
            height = 0
            while ground.extend(strongest, said, ontology, height):  # nothing is taken back
                height += 1
                for rule in rules:
                    inferred.offer(_drawn(ground.rules, rule, strongest, asserted, ontology))
                    ground.relax(ground.rules)
                said = map(_support, inferred.end_round())
    return inferred


@contextmanager
def _ground(store: Store, claimed: int) -> Iterator[_Ground]:
    """*store*, and where rules are run: for a large graph a store of nothing but what they may read.

    In a large store each term of an answer lies in another block of its files, and blocks that were
    read stay in memory.
    """
    if claimed < _MANY:
        yield _Ground(store, store)
        return
    with TemporaryDirectory() as folder, OxigraphStore.open(folder, read_only=False) as apart:
        for graph in _READ:
            apart.append(store.quads(graph))
        yield _Ground(store, apart)


@dataclass(frozen=True, slots=True)
class _Ground:
    """A store, and the one where its rules are run, which may be the same."""

    store: Store
    rules: Store

    def extend(
        self,
        strongest: Supports,
        new: Iterable[tuple[Triple, Support]],
        ontology: Ontology,
        height: int,
    ) -> int:
        """Add what is new since the last round; gives how much that is."""
        count, rest = 0, iter(new)
        while chunk := list(islice(rest, _ROWS)):
            strongest.offer(chunk)
            supports = [support for _, support in chunk]
            self.store.append(support_quads(supports, ontology))
            if height:
                self.store.append(height_quad(support.claim, height) for support in supports)
            if self.rules is not self.store:  # blank nodes lie in the indices themselves
                self.rules.append(support_quads(supports, ontology, ox.BlankNode))
            count += len(chunk)
        self.relax(self.store)
        self.relax(self.rules)
        return count

    def relax(self, store: Store) -> None:
        """Give back the memory of one of a large graph's two stores."""
        if self.rules is not self.store:
            store.relax()


def height_quad(claim: str, height: int) -> ox.Quad:
    """In which round of its phase the strongest claim of a triple was drawn; private."""
    return ox.Quad(claim_node(claim), kg("height"), ox.Literal(height), GRAPHS.HEIGHTS)


def better(one: InferredClaim, other: InferredClaim) -> bool:
    """Whether *one* is the better of two derivations of a round."""
    if one.confidence != other.confidence:
        return one.confidence > other.confidence
    return one.premises < other.premises


def best_of(claims: Iterable[InferredClaim]) -> InferredClaim:
    """The best of what several rules give for a triple in one round."""
    return min(claims, key=lambda claim: (-claim.confidence, claim.premises, claim.rule))


def _support(claim: InferredClaim) -> tuple[Triple, Support]:
    triple = claim.subject, claim.relation, claim.object
    return triple, Support(triple, claim.id, claim.status, claim.confidence)


def _drawn(
    store: Store, rule: Rule, strongest: Supports, asserted: Supports, ontology: Ontology
) -> Iterator[InferredClaim]:
    for constructed, premises in _proofs(store, rule):
        triple = ontology.undirected(constructed)
        if triple[0] == triple[2] or triple in strongest:
            continue
        said = asserted.get(triple)
        if said is None or said.status is not Status.DENIED:
            found = map(strongest.of_claim, premises)
            yield drawn(triple, rule, [support for support in found if support])


def drawn(triple: Triple, rule: Rule, premises: Iterable[Support]) -> InferredClaim:
    """What *rule* infers from *premises*: the weakest status of them, the product of confidences."""
    premises = list(premises)
    weakest = min(premises, key=lambda support: support.strength[0])
    return InferredClaim(
        *triple,
        status=weakest.status,
        confidence=round(prod(support.confidence for support in premises), _DIGITS),
        rule=rule.name,
        premises=tuple(sorted(support.claim for support in premises)),
    )


def _proofs(store: Store, rule: Rule) -> Iterator[Proof]:
    """The claims that *rule* constructs, in no order."""
    selects = _selects(rule.sparql)
    if not selects:
        yield from _constructed(store, rule)
        return
    try:
        for row in store.query(selects):
            if not all(isinstance(term, ox.NamedNode | ox.BlankNode) for term in row):
                raise OntologyError(f"rule {rule.name}: gives a claim that is not whole")
            subject, relation, other, *premises = (str(getattr(t, "value", "")) for t in row)
            yield (subject, local_name(relation), other), tuple(map(local_name, premises))
    except QueryError as error:
        raise OntologyError(f"rule {rule.name}: {error}") from None


def _selects(sparql: str) -> str | None:
    """A rule as a query for one row a proof; None where it constructs in another way.

    The engine keeps all triples that it has constructed in memory, and gives five for each proof.
    """
    found = _TEMPLATE.search(sparql)
    if not found:
        return None
    subject, relation, other, premises = found.groups()
    asked = f"{subject} ({relation} AS ?_relation) {other} {premises.replace(',', ' ')}"
    return f"{sparql[: found.start()]}SELECT {asked} WHERE{sparql[found.end() :]}"


def _constructed(store: Store, rule: Rule) -> Iterator[Proof]:
    """What *rule* constructs, node by node; a server may mix the triples of several."""
    table = Scratch("TABLE constructed (node, predicate, value)")
    try:
        table.write("INSERT INTO constructed VALUES (?, ?, ?)", _names(store.query(rule.sparql)))
    except QueryError as error:
        raise OntologyError(f"rule {rule.name}: {error}") from None
    triples = table.rows("SELECT node, predicate, value FROM constructed ORDER BY node")
    for _, group in groupby(triples, key=itemgetter(0)):
        values: dict[str, list[str]] = {}
        for _, predicate, value in group:
            values.setdefault(predicate, []).append(value)
        yield _proof(rule, values)


def _names(triples: Iterable[tuple[Term | None, ...]]) -> Iterator[Row]:
    for subject, predicate, term in triples:
        if isinstance(predicate, ox.NamedNode):
            yield str(subject), predicate.value, getattr(term, "value", "")


def _proof(rule: Rule, values: Mapping[str, list[str]]) -> Proof:
    subject, relation, other = (values.get(part, []) for part in (_SUBJECT, _PREDICATE, _OBJECT))
    premises = tuple(map(local_name, values.get(_DERIVED, ())))
    if not (len(subject) == len(relation) == len(other) == 1 and premises):
        raise OntologyError(
            f"rule {rule.name}: constructs no claim; give each node one rdf:subject, "
            "rdf:predicate and rdf:object, and prov:wasDerivedFrom for its premises"
        )
    return (subject[0], local_name(relation[0]), other[0]), premises
