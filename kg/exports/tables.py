"""Claims as rows: CSV (RFC 4180) and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any, TypeAlias

import networkx as nx

if TYPE_CHECKING:
    from kg.exports.source import Graph
    from kg.graph import Policy

__all__ = ["COLUMNS", "claim_rows", "write_csv", "write_parquet"]

TableRow: TypeAlias = dict[str, Any]

COLUMNS = {
    "claim": "string",
    "subject": "string",
    "subject_name": "string",
    "relation": "string",
    "object": "string",
    "object_name": "string",
    "status": "string",
    "amount": "float64",
    "currency": "string",
    "percent": "float64",
    "attribution": "string",
    "confidence": "float64",
    "date": "string",
    "source": "string",
    "title": "string",
    "url": "string",
    "article": "string",
    "quote": "string",
    "trigger": "string",
    "extractor": "string",
    "inferred": "bool",
    "rule": "string",
    "premises": "string",
}
"""Column → Arrow type; ``premises`` are claim ids with a space between, empty cells say nothing."""


def claim_rows(graph: nx.MultiDiGraph) -> Iterator[TableRow]:
    """One row an edge, in the order of the graph; see :data:`COLUMNS`."""
    for subject, other, claim, data in graph.edges(keys=True, data=True):
        row: TableRow = {name: data.get(name) for name in COLUMNS}
        row |= {"claim": claim, "subject": subject, "object": other}
        row["subject_name"] = graph.nodes[subject]["name"]
        row["object_name"] = graph.nodes[other]["name"]
        row["status"] = data["status"].value
        row["premises"] = " ".join(data["premises"]) or None
        yield row


def write_csv(graph: Graph, policy: Policy | None, output: IO[bytes]) -> None:
    """UTF-8 CSV with a header."""
    text = io.TextIOWrapper(output, encoding="utf8", newline="", write_through=True)
    writer = csv.DictWriter(text, list(COLUMNS))
    writer.writeheader()
    writer.writerows(claim_rows(graph.networkx(policy)))
    text.detach()  # the caller closes the file


def write_parquet(graph: Graph, policy: Policy | None, output: IO[bytes]) -> None:
    """Parquet with the types of :data:`COLUMNS` (needs pyarrow)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"string": pa.string(), "float64": pa.float64(), "bool": pa.bool_()}
    schema = pa.schema([(name, types[kind]) for name, kind in COLUMNS.items()])
    rows = list(claim_rows(graph.networkx(policy)))
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), output)
