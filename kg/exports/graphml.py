"""Property graphs: GraphML, GEXF (Gephi), Cytoscape JSON and Cypher (Neo4j).

All hold the same: nodes with ``name``, ``types`` and ``known``, edges with the claim's id, relation,
status, quote and origin. These formats know no lists and no absent values: lists are joined with
``|``, what is absent is left out. The publisher is ``publisher``, for ``source`` is an edge's end.
"""

from __future__ import annotations

import json
import re
from typing import IO, TYPE_CHECKING, Any

import networkx as nx

if TYPE_CHECKING:
    from kg.exports.source import Graph
    from kg.graph import Policy

__all__ = ["flat_graph", "write_cypher", "write_cytoscape", "write_gexf", "write_graphml"]

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML 1.0, production 2
_MODIFIED = re.compile(r' lastmodifieddate="[^"]*"')
_RENAMED = {"source": "publisher"}
_BATCH = 500  # rows of one Cypher statement


def flat_graph(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """A copy of *graph* with plain values only: text, numbers, truth values."""
    flat: nx.MultiDiGraph = nx.MultiDiGraph()
    for iri, data in graph.nodes(data=True):
        flat.add_node(iri, **_flat(data))
    for subject, other, claim, data in graph.edges(keys=True, data=True):
        flat.add_edge(subject, other, key=claim, **_flat(data))
    return flat


def _flat(data: dict[str, Any]) -> dict[str, Any]:
    values = {_RENAMED.get(name, name): _value(value) for name, value in data.items()}
    return {name: value for name, value in values.items() if value not in (None, "")}


def _value(value: Any) -> Any:
    if isinstance(value, tuple | list):
        value = "|".join(map(str, value))
    return _NOT_XML.sub("\ufffd", str(value)) if isinstance(value, str) else value


def write_graphml(graph: Graph, policy: Policy | None, output: IO[bytes]) -> None:
    """GraphML as networkx writes it."""
    nx.write_graphml_xml(flat_graph(graph.networkx(policy)), output)


def write_gexf(graph: Graph, policy: Policy | None, output: IO[bytes]) -> None:
    """GEXF 1.2; the edge's id is the claim's, the node's label its name. No date of writing."""
    flat = flat_graph(graph.networkx(policy))
    for _, data in flat.nodes(data=True):
        data["label"] = data["name"]
    for *_, claim, data in flat.edges(keys=True, data=True):
        data["id"] = claim
    text = "\n".join(nx.generate_gexf(flat))
    output.write(_MODIFIED.sub("", text, count=1).encode())


def write_cytoscape(graph: Graph, policy: Policy | None, output: IO[bytes]) -> None:
    """Cytoscape JSON (``.cyjs``), for Cytoscape and Cytoscape.js."""
    data = nx.cytoscape_data(flat_graph(graph.networkx(policy)))
    output.write(json.dumps(data, ensure_ascii=False, indent=1).encode())


def write_cypher(graph: Graph, policy: Policy | None, output: IO[bytes]) -> None:
    """Cypher statements for Neo4j 5 that may be run again: nodes and claims are merged.

    A relationship has the relation as its type and the claim's id as ``claim``.
    """
    flat = flat_graph(graph.networkx(policy))
    lines = ["CREATE CONSTRAINT entity IF NOT EXISTS FOR (n:Entity) REQUIRE n.iri IS UNIQUE;"]
    nodes = [{"iri": iri, **data} for iri, data in flat.nodes(data=True)]
    for rows in _batches(nodes):
        lines.append(f"UNWIND {rows} AS row MERGE (n:Entity {{iri: row.iri}}) SET n = row;")
    by_relation: dict[str, list[dict[str, Any]]] = {}
    for subject, other, claim, data in flat.edges(keys=True, data=True):
        row = {"from": subject, "to": other, "values": {**data, "claim": claim}}
        by_relation.setdefault(data["relation"], []).append(row)
    for relation, edges in sorted(by_relation.items()):
        for rows in _batches(edges):
            kind = relation.replace("`", "``")
            lines.append(
                f"UNWIND {rows} AS row MATCH (a:Entity {{iri: row.from}}), (b:Entity {{iri: row.to}}) "
                f"MERGE (a)-[r:`{kind}` {{claim: row.values.claim}}]->(b) SET r = row.values;"
            )
    output.write(("\n".join(lines) + "\n").encode())


def _batches(rows: list[dict[str, Any]]) -> list[str]:
    return [_literal(rows[start : start + _BATCH]) for start in range(0, len(rows), _BATCH)]


def _literal(value: Any) -> str:
    """*value* as a Cypher literal; JSON's escapes of text are Cypher's too."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"`{name}`: {_literal(v)}" for name, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    return json.dumps(value)
