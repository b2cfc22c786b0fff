"""Namespaces, terms and named graphs that the store's rooms share: the names of data, not of the domain.

Relations and classes of the domain stand in ``ontology/`` alone; here is only what a claim is made
of (RDF reification, W3C PROV-O, W3C Web Annotation, schema.org) and where it lies.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import pyoxigraph as ox

from kg.model import Status
from kg.turtle import KG, OWL, RDF, RDFS, SKOS

__all__ = [
    "ENTITY",
    "GRAPHS",
    "OA",
    "OWN",
    "PREFIXES",
    "PROV",
    "SCHEMA",
    "STATUS_NODES",
    "XSD",
    "article_node",
    "claim_node",
    "extraction_node",
    "kg",
    "run_node",
]

OWN: Final = "https://kg.example/"  # all that this program names lies below
ENTITY: Final = "https://kg.example/entity/"
CLAIM: Final = "https://kg.example/claim/"
ARTICLE: Final = "https://kg.example/article/"
RUN: Final = "https://kg.example/run/"
EXTRACTION: Final = "https://kg.example/extraction/"
BACKGROUND: Final = "https://kg.example/background#"
SAYS: Final = "https://kg.example/says#"  # subject → strongest claim, by relation
GIVES: Final = "https://kg.example/gives#"  # strongest claim → object, by relation
PROV: Final = "http://www.w3.org/ns/prov#"
OA: Final = "http://www.w3.org/ns/oa#"
SCHEMA: Final = "https://schema.org/"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"

PREFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "kg": KG,
        "kgd": ENTITY,
        "kgc": CLAIM,
        "kga": ARTICLE,
        "kgx": RUN,
        "kgb": BACKGROUND,
        "kgs": SAYS,
        "kgo": GIVES,
        "rdf": RDF,
        "rdfs": RDFS,
        "owl": OWL,
        "skos": SKOS,
        "prov": PROV,
        "oa": OA,
        "schema": SCHEMA,
        "xsd": XSD,
    }
)


def kg(name: str) -> ox.NamedNode:
    """The term *name* of this project's own namespace."""
    return ox.NamedNode(KG + name)


def claim_node(claim: str) -> ox.NamedNode:
    """The node of the claim with the identifier *claim*."""
    return ox.NamedNode(CLAIM + claim)


def article_node(article_hash: str) -> ox.NamedNode:
    """The node of an article, which is also the name of the graph that holds what it says."""
    return ox.NamedNode(ARTICLE + article_hash)


def run_node(run: str) -> ox.NamedNode:
    """The node of an extraction run."""
    return ox.NamedNode(RUN + run)


def extraction_node(article_hash: str) -> ox.NamedNode:
    """The node, and the graph, of what was read in an article before names were linked."""
    return ox.NamedNode(EXTRACTION + article_hash)


STATUS_NODES: Final[Mapping[Status, ox.NamedNode]] = MappingProxyType(
    {status: kg(status.value.capitalize()) for status in Status}
)


class GRAPHS:
    """Named graphs beside the two per article: ``kga:<hash>``, and its private extraction."""

    ENTITIES: Final = kg("entities")  # types, names and background of what claims speak of
    ONTOLOGY: Final = kg("ontology")  # classes and relations, so that a query may use them
    RUNS: Final = kg("runs")
    CONFIRMED: Final = kg("confirmed")  # plain edges, as are the next two
    PROSPECTIVE: Final = kg("prospective")
    INFERRED: Final = kg("inferred")
    STRONGEST: Final = kg("strongest")  # for each triple the claim that supports it best
    INFERENCES: Final = kg("inferences")  # inferred claims with rule and premises
    HEIGHTS: Final = kg("heights")  # in which round what is inferred was first drawn
    ORIGINS: Final = kg("origins")  # which articles are copies of which
    STATE: Final = kg("state")  # what the derived graphs were derived from
    LEDGER: Final = kg("ledger")  # of merges, where a graph has no folder
