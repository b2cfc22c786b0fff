"""Graphs for tests: from a curated claims file, or from plain triples, without a store."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from pathlib import Path

import networkx as nx

from kg.model import InferredClaim, Status, content_hash

ENTITY = "https://kg.example/entity/"
FOLDER = Path(__file__).parent / "questions"


def iri(name: str) -> str:
    return ENTITY + name.replace(" ", "_")


def add_claim(graph: nx.MultiDiGraph, subject: str, relation: str, other: str, **data) -> str:
    """Adds one edge between named entities and returns its claim id."""
    values = {
        "status": Status.CONFIRMED,
        "amount": None,
        "currency": None,
        "percent": None,
        "confidence": 1.0,
        "inferred": False,
        "rule": None,
        "premises": (),
        "quote": f"{subject} {relation} {other}",
        "trigger": relation,
        "article": "a1",
        "title": "T",
        "date": None,
        "source": "S",
        **data,
    }
    key = content_hash(str(values["article"]), subject, relation, other, str(values["rule"]))
    for name in (subject, other):
        graph.add_node(iri(name), name=name, **({} if iri(name) in graph else {"types": ()}))
    graph.add_edge(iri(subject), iri(other), key, relation=relation, **values)
    return key


def add_inferred(graph: nx.MultiDiGraph, claim: InferredClaim) -> None:
    graph.add_edge(
        claim.subject, claim.object, claim.id, relation=claim.relation, status=claim.status,
        confidence=claim.confidence, inferred=True, rule=claim.rule, premises=claim.premises,
        amount=None, currency=None, percent=None, quote=None, trigger=None, article=None,
        title=None, date=None, source=None,
    )  # fmt: skip


def _infer_rivals(graph: nx.MultiDiGraph) -> None:
    """Makers of rival products are rivals: what ``ontology/rules`` says, by hand."""
    edges = list(graph.edges(keys=True, data=True))
    makers = [(s, o, k) for s, o, k, d in edges if d["relation"] == "developerOf"]
    rivals = [(s, o, k) for s, o, k, d in edges if d["relation"] == "competitorOf"]
    for (a, b, rivalry), (x, p, one), (y, q, two) in itertools.product(rivals, makers, makers):
        if (p, q) == (a, b) and x != y:
            first, second = sorted((x, y))
            premises = (rivalry, one, two)
            add_inferred(
                graph,
                InferredClaim(
                    first,
                    "competitorOf",
                    second,
                    Status.CONFIRMED,
                    1.0,
                    "makers-of-rivals",
                    premises,
                ),
            )


def claims_graph() -> nx.MultiDiGraph:
    """The graph of ``questions/claims.jsonl`` with the rivalries that follow."""
    graph = nx.MultiDiGraph()
    for line in (FOLDER / "entities.jsonl").read_text("utf8").splitlines():
        entity = json.loads(line)
        graph.add_node(
            iri(entity["name"]),
            name=entity["name"],
            types=tuple(entity["types"]),
            labels=tuple(entity["labels"]),
            places=tuple(entity.get("places", ())),
            known=True,
        )
    for line in (FOLDER / "claims.jsonl").read_text("utf8").splitlines():
        article = json.loads(line)
        for claim in article["claims"]:
            add_claim(
                graph, claim["subject"], claim["relation"], claim["object"],
                status=Status(claim["status"]), amount=claim.get("amount"),
                currency=claim.get("currency"), percent=claim.get("percent"),
                quote=claim["evidence"], article=article["id"], title=article["title"],
                date=article["date"], source=article["source"],
            )  # fmt: skip
    _infer_rivals(graph)
    return graph


def graph_of(triples: Iterable[tuple[str, str, str]], types: dict[str, str]) -> nx.MultiDiGraph:
    """A small graph of confirmed claims; *types* gives each entity's class."""
    graph = nx.MultiDiGraph()
    for name, kind in sorted(types.items()):
        graph.add_node(iri(name), name=name, types=(kind,), known=True)
    for subject, relation, other in triples:
        add_claim(graph, subject, relation, other)
    return graph
