"""Inferred claims: SPARQL CONSTRUCT rules of ``ontology/rules/``, each with its premises.

A rule reads ``kg:strongest`` (one claim a triple, so that a triple that a hundred articles give
does not multiply) and constructs nodes with ``rdf:subject``, ``rdf:predicate``, ``rdf:object`` and
``prov:wasDerivedFrom`` its premises. Rules run in rounds, first over confirmed claims alone, then
over prospective ones too; a triple keeps the derivation of the first round that gives it, hence
proofs are short, as strong as can be, never circular, and the rounds end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TypeAlias

import pyoxigraph as ox

from kg.assets import asset
from kg.errors import OntologyError, QueryError
from kg.model import InferredClaim, Status, content_hash
from kg.ontology import Ontology
from kg.results import Term
from kg.store import Store
from kg.turtle import RDF, local_name
from kg.views import Support, Triple, support_quads, undirected
from kg.vocabulary import GRAPHS, PROV

__all__ = ["Rule", "infer", "load_rules", "rules_version"]

Proof: TypeAlias = tuple[Triple, tuple[str, ...]]
Found: TypeAlias = dict[tuple[Triple, str], InferredClaim]

_SUBJECT, _PREDICATE, _OBJECT = (RDF + name for name in ("subject", "predicate", "object"))
_DERIVED = PROV + "wasDerivedFrom"
_DIGITS = 6  # of a product of confidences: floating point noise must not change an identifier


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


def infer(
    store: Store, rules: Iterable[Rule], asserted: Mapping[Triple, Support], ontology: Ontology
) -> tuple[InferredClaim, ...]:
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
    denied = {triple for triple, said in asserted.items() if said.status is Status.DENIED}
    strongest: dict[Triple, Support] = {}
    inferred: list[InferredClaim] = []
    store.rewrite(GRAPHS.STRONGEST, ())
    for status in (Status.CONFIRMED, Status.PROSPECTIVE):
        said = {t: s for t, s in asserted.items() if s.status is status and t not in strongest}
        while said:  # what is new since the last round; nothing is ever taken back
            store.add(support_quads(said.values(), ontology))
            strongest |= said
            found = _round(store, rules, strongest, denied, ontology)
            inferred += found.values()
            said = _best(found)
    return tuple(sorted(inferred, key=lambda claim: claim.id))


def _round(
    store: Store,
    rules: Iterable[Rule],
    strongest: Mapping[Triple, Support],
    denied: set[Triple],
    ontology: Ontology,
) -> Found:
    supports = {support.claim: support for support in strongest.values()}
    found: Found = {}
    for rule in rules:
        for constructed, premises in _proofs(store, rule):
            triple = undirected(constructed, ontology)
            if triple[0] == triple[2] or triple in strongest or triple in denied:
                continue
            claim = _inferred(triple, rule, [supports[premise] for premise in premises])
            if (triple, rule.name) not in found or _better(claim, found[triple, rule.name]):
                found[triple, rule.name] = claim
    return found


def _inferred(triple: Triple, rule: Rule, premises: Iterable[Support]) -> InferredClaim:
    premises = list(premises)
    weakest = min(premises, key=lambda support: support.strength[0])
    return InferredClaim(
        *triple,
        status=weakest.status,
        confidence=round(prod(support.confidence for support in premises), _DIGITS),
        rule=rule.name,
        premises=tuple(sorted(support.claim for support in premises)),
    )


def _better(one: InferredClaim, other: InferredClaim) -> bool:
    if one.confidence != other.confidence:
        return one.confidence > other.confidence
    return one.premises < other.premises


def _best(found: Found) -> dict[Triple, Support]:
    """One claim for each triple found, where several rules give it."""
    best: dict[Triple, InferredClaim] = {}
    for (triple, _), claim in sorted(found.items()):
        if triple not in best or _better(claim, best[triple]):
            best[triple] = claim
    return {t: Support(t, claim.id, claim.status, claim.confidence) for t, claim in best.items()}


def _proofs(store: Store, rule: Rule) -> Iterator[Proof]:
    nodes: dict[str, dict[str, list[Term]]] = {}
    try:
        for subject, predicate, term in store.query(rule.sparql):
            if isinstance(predicate, ox.NamedNode) and term is not None:
                values = nodes.setdefault(str(subject), {})
                values.setdefault(predicate.value, []).append(term)
    except QueryError as error:
        raise OntologyError(f"rule {rule.name}: {error}") from None
    return (_proof(rule, values) for values in nodes.values())


def _proof(rule: Rule, values: Mapping[str, list[Term]]) -> Proof:
    def names(predicate: str) -> list[str]:
        return [t.value for t in values.get(predicate, ()) if isinstance(t, ox.NamedNode)]

    subject, relation, other = (names(part) for part in (_SUBJECT, _PREDICATE, _OBJECT))
    premises = tuple(local_name(iri) for iri in names(_DERIVED))
    if not (len(subject) == len(relation) == len(other) == 1 and premises):
        raise OntologyError(
            f"rule {rule.name}: constructs no claim; give each node one rdf:subject, "
            "rdf:predicate and rdf:object, and prov:wasDerivedFrom for its premises"
        )
    return (subject[0], local_name(relation[0]), other[0]), premises
