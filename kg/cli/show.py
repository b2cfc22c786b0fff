"""``kg show``: an entity's card, or the history of two."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import networkx as nx

from kg.agreement import Sources
from kg.api import Graph
from kg.api import open as open_graph
from kg.cli.completion import complete_entity
from kg.cli.history import print_relationships, relationship_record
from kg.cli.knowledge import read_ontology
from kg.cli.options import command, format_option, graph_option, ontology_option, policy_options
from kg.cli.output import clean, paragraph, rule, say, say_csv, warn
from kg.cli.proof import Writer
from kg.exports.tables import COLUMNS, claim_rows
from kg.graph import Policy
from kg.history import relationships
from kg.interchange import claim_record, inferred_record
from kg.locations import Location
from kg.model import Claim, Entity, InferredClaim, Status
from kg.ontology import Relation

__all__ = ["show_command"]


@command("show", example='kg show OpenAI\nkg show Amazon "Anthropic" --status confirmed')
@click.argument("name", shell_complete=complete_entity)
@click.argument("other", required=False, shell_complete=complete_entity)
@graph_option
@policy_options
@format_option("text", "json", "csv")
@ontology_option
def show_command(
    name: str,
    other: str | None,
    graph_path: Location,
    policy: dict[str, Any],
    format_name: str,
    ontology: tuple[Path, ...],
) -> None:
    """Show what the graph says of a name, or of two.

    With one NAME: what it is and all claims about it, by relation. With two: the history of each
    relationship of theirs, by day, with how many independent origins say so. Denied claims are shown as well unless --status says otherwise.
    """
    counting = Policy(**{"statuses": tuple(Status), **policy})
    with open_graph(graph_path, read_ontology(ontology)) as today:
        entity = today.entity(name)
        second = today.entity(other) if other else None
        graph = today.at(counting.as_of, counting.known_at)
        claims = _claims(graph, entity, second, counting)
        if format_name == "json":
            say(json.dumps(_record(graph, entity, second, claims), ensure_ascii=False, indent=2))
        elif format_name == "csv":
            network = graph.networkx(counting)
            _print_table(network, {claim.id for claim in claims})
        elif second:
            _print_history(graph, entity, second, claims)
        else:
            _print_card(graph, entity, claims)


def _print_table(network: nx.MultiDiGraph, chosen: set[str]) -> None:
    """The claims as rows of CSV, with the columns of ``kg export claims.csv``."""
    rows = [row for row in claim_rows(network) if row["claim"] in chosen]
    cells = [["" if row[name] is None else str(row[name]) for name in COLUMNS] for row in rows]
    say_csv([list(COLUMNS), *cells])


def _claims(
    graph: Graph, entity: Entity, other: Entity | None, policy: Policy
) -> list[Claim | InferredClaim]:
    """Claims about *entity*, and *other* if given, that *policy* counts; inferred ones last."""
    network = graph.networkx(policy)
    if entity.iri not in network or (other and other.iri not in network):
        return []
    touching = {*network.out_edges(entity.iri, keys=True), *network.in_edges(entity.iri, keys=True)}
    counted = {key for *ends, key in touching if other is None or other.iri in ends}
    stated = [claim for claim in graph.claims(entity=entity.iri) if claim.id in counted]
    drawn = [claim for claim in graph.inferred() if claim.id in counted]
    return [*sorted(stated, key=_by_date), *drawn]


def _by_date(claim: Claim) -> tuple[str, str, int]:
    return claim.date or "", claim.article, claim.evidence.start


def _print_history(
    graph: Graph, entity: Entity, other: Entity, claims: Iterable[Claim | InferredClaim]
) -> None:
    claims = list(claims)
    say(rule(f"{entity.name} – {other.name}"))
    print_relationships(graph, (claim for claim in claims if isinstance(claim, Claim)))
    for claim in claims:
        if isinstance(claim, InferredClaim):
            say()
            for line in Writer(graph).claim(claim):
                say(line)
    if not claims:
        warn("no claim about these two that counts")


def _print_card(graph: Graph, entity: Entity, claims: list[Claim | InferredClaim]) -> None:
    writer = Writer(graph)
    say(rule(entity.name) + _kinds(graph, entity))
    others = sorted({clean(label.text) for label in entity.labels} - {clean(entity.name)})
    if others:
        say(paragraph(f"also: {', '.join(others)}"))
    say(entity.iri)
    for relation, forward in _readings(graph, entity, claims):
        say()
        say(rule(_heading(graph, relation, forward=forward)))
        for claim in claims:
            if (
                claim.relation == relation.name
                and _is_forward(writer, entity, claim, relation) == forward
            ):
                for line in writer.claim(claim, "  "):
                    say(line)
    if not claims:
        warn("no claim about it that counts")


def _kinds(graph: Graph, entity: Entity) -> str:
    classes = (
        graph.ontology.classes[name] for name in entity.types if name in graph.ontology.classes
    )
    kinds = ", ".join(value.words.get("en", (value.name,))[0] for value in classes)
    return f" ({kinds})" if kinds else ""


def _readings(
    graph: Graph, entity: Entity, claims: Iterable[Claim | InferredClaim]
) -> list[tuple[Relation, bool]]:
    """Relations of *claims*, each read from the side of *entity*, in the ontology's order."""
    writer, properties = Writer(graph), graph.ontology.properties
    known = [claim for claim in claims if claim.relation in properties]
    found = {
        (claim.relation, _is_forward(writer, entity, claim, properties[claim.relation]))
        for claim in known
    }
    order = list(properties)
    ranked = sorted(found, key=lambda item: (order.index(item[0]), not item[1]))
    return [(properties[name], forward) for name, forward in ranked]


def _is_forward(
    writer: Writer, entity: Entity, claim: Claim | InferredClaim, relation: Relation
) -> bool:
    return relation.symmetric or writer.ends(claim)[0] == entity.iri


def _heading(graph: Graph, relation: Relation, *, forward: bool) -> str:
    inverse = None if forward else graph.ontology.inverse(relation.name)
    chosen = relation if forward else inverse
    return chosen.labels.get("en", chosen.name) if chosen else f"← {relation.name}"


def _record(
    graph: Graph, entity: Entity, other: Entity | None, claims: list[Claim | InferredClaim]
) -> dict[str, Any]:
    articles = {article.id: article for article in graph.articles()}
    entities = [
        {"name": e.name, "iri": e.iri, "types": list(e.types), "known": e.known}
        for e in (entity, other)
        if e
    ]
    rows = []
    for claim in claims:
        if isinstance(claim, InferredClaim):
            rows.append(inferred_record(claim, graph.entities()))
        else:
            article = articles.get(claim.article)
            source = {"title": article.title, "source": article.source} if article else {}
            rows.append({"id": claim.id, **claim_record(claim), "date": claim.date, **source})
    stated = [claim for claim in claims if isinstance(claim, Claim)] if other else []
    found = relationships(stated, Sources.of(graph.store), graph.ontology)
    histories = {"relationships": [relationship_record(r) for r in found]} if other else {}
    return {"entities": entities, "claims": rows, **histories}
