"""Graphs as files for other tools: one table says which function writes which format."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from kg.errors import InputError
from kg.exports.part import PartOf, Selection

if TYPE_CHECKING:
    from kg.exports.source import Graph
    from kg.graph import Policy

__all__ = ["FORMATS", "Selection", "export"]

FORMATS = {
    "html": "drawn:write_html",
    "explorer": "drawn:write_explorer",
    "ttl": "rdf:write_turtle",
    "ttl12": "rdf:write_turtle12",
    "nt": "rdf:write_ntriples",
    "trig": "rdf:write_trig",
    "nq": "rdf:write_nquads",
    "jsonld": "rdf:write_jsonld",
    "graphml": "graphml:write_graphml",
    "gexf": "graphml:write_gexf",
    "cyjs": "graphml:write_cytoscape",
    "cypher": "graphml:write_cypher",
    "csv": "tables:write_csv",
    "parquet": "tables:write_parquet",
}
"""Format → module of this package and its function. A format is also the ending of a file's name;
``explorer`` is that of a page whose name ends in ``explorer.html``.

Each function takes a :class:`kg.api.Graph`, a policy or None, and a binary file.
"""


def export(
    graph: Graph,
    path: Path | str,
    policy: Policy | None = None,
    format_name: str | None = None,
    selection: Selection | None = None,
) -> Path:
    """Write *graph* to *path*, whole or not at all; gives the path.

    Parameters
    ----------
    graph
        An open graph.
    policy
        Which claims count, for the formats that hold edges (HTML, GraphML, GEXF, Cytoscape JSON,
        Cypher, CSV, Parquet). The RDF formats hold every claim with its status, of the days that
        the policy says.
    format_name
        A key of `FORMATS`; default: the ending of the name.
    selection
        Only this part, in the formats that hold edges: surroundings of an entity, a time span.

    Raises
    ------
    InputError
        Where the format is unknown or holds no parts, needs a package that is not installed, or the file cannot be
        written.
    """
    path = Path(path)
    if policy:
        graph = graph.at(policy.as_of, policy.known_at)
    name = format_name or _format_of(path)
    if name not in FORMATS:
        raise InputError(f"{path}: no format {name!r}; there are: {', '.join(FORMATS)}")
    module, function = FORMATS[name].split(":")
    if selection:
        if module == "rdf":
            raise InputError(f"{path}: {name} holds every claim; a part goes into html or csv")
        network = selection.of(graph.networkx(policy))
        graph = PartOf(graph.store, graph.ontology, network)
    part = path.with_name(f"{path.name}.part")
    try:
        write = getattr(importlib.import_module(f"kg.exports.{module}"), function)
        with part.open("wb") as output:
            write(graph, policy, output)
            output.flush()
            os.fsync(output.fileno())
        part.replace(path)
    except ModuleNotFoundError as error:
        raise InputError(f"{path}: {name} needs the package {error.name}; install it") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        part.unlink(missing_ok=True)
    return path


def _format_of(path: Path) -> str:
    if path.name.lower().endswith("explorer.html"):
        return "explorer"
    return path.suffix.lower().lstrip(".")
