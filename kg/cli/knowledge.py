"""What a command reads before it can start: ontology, catalogue, rules, with the user's files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kg.assets import asset
from kg.locations import Location
from kg.ontology import Ontology, load_ontology

if TYPE_CHECKING:
    from kg.deriving import Setting

__all__ = ["read_ontology", "read_setting"]


def read_ontology(files: tuple[Path, ...] = ()) -> Ontology:
    """The ontology that comes with the program, and on top of it the files of the user."""
    return load_ontology(None, *files)


def read_setting(
    ontology: tuple[Path, ...] = (),
    catalogue: tuple[Path, ...] = (),
    graph_path: Location | None = None,
) -> Setting:
    """The knowledge that comes with the program, on top of it the user's files and the graph's own."""
    from kg.catalogue import graph_catalogue, load_catalogue  # a question needs none of it
    from kg.deriving import Setting

    known = read_ontology(ontology)
    if graph_path is not None:
        return Setting.of(known, graph_catalogue(graph_path, *catalogue, ontology=known))
    files = (asset("data", "entities.ttl"), *catalogue)
    return Setting.of(known, load_catalogue(*files, ontology=known))
