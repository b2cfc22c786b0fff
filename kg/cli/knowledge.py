"""What a command reads before it can start: ontology, catalogue, rules, with the user's files."""

from __future__ import annotations

from pathlib import Path

from kg.assets import asset
from kg.catalogue import load_catalogue
from kg.deriving import Setting
from kg.ontology import load_ontology

__all__ = ["read_setting"]


def read_setting(ontology: tuple[Path, ...] = (), catalogue: tuple[Path, ...] = ()) -> Setting:
    """The knowledge that comes with the program, and on top of it the files of the user."""
    known = load_ontology(None, *ontology)
    files = (asset("data", "entities.ttl"), *catalogue)
    return Setting.of(known, load_catalogue(*files, ontology=known))
