"""Entities of a graph by hand: added, named, merged and split, and the graph follows.

Merges and splits are lines of the ledger; what is added stands in ``entities.csv`` of the graph's
folder, in the catalogue's plain form, which every build of the graph reads. Names that articles
use are linked anew at once; that the words are *found* where nothing was seen before takes a build.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from rapidfuzz import fuzz

from kg import ledger
from kg.catalogue import OWN_FILE, Catalogue, load_catalogue
from kg.catalogue_files import COLUMNS
from kg.deriving import Setting, Totals, derive
from kg.disk_store import OxigraphStore
from kg.errors import GraphError, OntologyError, UnknownNameError
from kg.ledger import Entry
from kg.model import Entity
from kg.named_queries import find_entity
from kg.names import entity_iri, fold
from kg.ontology import Ontology
from kg.store import Store

__all__ = [
    "add_alias",
    "add_entity",
    "merge_entities",
    "search_entities",
    "split_entities",
    "undo_entry",
]

_LIKE = 75.0  # of 100: spelling distance of a name that still counts as like the words
_MOST = 20


def search_entities(store: Store, words: str) -> tuple[Entity, ...]:
    """Entities with a name that has *words* in it or is spelt like them, best first."""
    wanted = fold(words)
    scored = ((_likeness(wanted, entity), entity) for entity in store.entities().values())
    found = sorted((-score, e.name, e.iri, e) for score, e in scored if score >= _LIKE)
    return tuple(entity for *_, entity in found[:_MOST])


def _likeness(wanted: str, entity: Entity) -> float:
    names = {fold(text) for text in (entity.name, *(label.text for label in entity.labels))}
    return max(100.0 if wanted in name else fuzz.ratio(wanted, name) for name in names)


def merge_entities(
    graph_dir: Path, setting: Setting, into: str, *others: str, reason: str
) -> tuple[Entry, Totals]:
    """Take *others* for *into* (names or IRIs) from now on.

    Raises
    ------
    UnknownNameError
        Where the graph holds no entity of that name.
    GraphError
        Where the graph cannot be written.
    """

    def write(store: OxigraphStore) -> Entry:
        iris = (_iri(store, name) for name in (into, *others))
        return ledger.merge(graph_dir, *iris, reason=reason)

    return _change(graph_dir, setting, write)


def split_entities(
    graph_dir: Path, setting: Setting, *names: str, reason: str
) -> tuple[Entry, Totals]:
    """Keep *names* apart from now on: names or IRIs, also IRIs that were merged away."""

    def write(store: OxigraphStore) -> Entry:
        merged = {iri for entry in ledger.read(graph_dir).entries for iri in entry.entities[1:]}
        iris = (
            _merged_away(name, merged, setting.catalogue) or _iri(store, name) for name in names
        )
        return ledger.split(graph_dir, *iris, reason=reason)

    return _change(graph_dir, setting, write)


def undo_entry(
    graph_dir: Path, setting: Setting, entry: str, *, reason: str
) -> tuple[Entry, Totals]:
    """Take back a line of the ledger."""
    return _change(graph_dir, setting, lambda _: ledger.undo(graph_dir, entry, reason))


def _change(
    graph_dir: Path, setting: Setting, write: Callable[[OxigraphStore], Entry]
) -> tuple[Entry, Totals]:
    """Write the line while nobody else builds, then derive again."""
    with OxigraphStore.open(graph_dir, read_only=False) as store:
        entry = write(store)
        return entry, derive(store, setting)


def _iri(store: Store, name: str) -> str:
    return name if "://" in name else find_entity(store, name).iri


def _merged_away(name: str, merged: set[str], catalogue: Catalogue) -> str | None:
    """The IRI that *name* had before it was taken for another's name."""
    iris = [entity_iri(name), *(entity.iri for entity in catalogue.lookup(name))]
    return next((iri for iri in iris if iri in merged), None)


# -- entities and names of the user's -----------------------------------------------------------


def add_entity(
    graph_dir: Path,
    setting: Setting,
    name: str,
    types: tuple[str, ...],
    aliases: tuple[str, ...] = (),
    parent: str = "",
    country: str = "",
) -> Totals:
    """Make *name* a known entity of the graph; its claims follow.

    Parameters
    ----------
    types
        Names of classes, or words for them ("model lab").
    parent
        Name of the known entity that it belongs to.
    country
        ISO 3166-1 code, as in the catalogue.

    Raises
    ------
    GraphError
        Where the name is another known entity's already.
    OntologyError
        Where a class, the parent or the country is unknown.
    """
    taken = [e for e in setting.catalogue.lookup(name) if e.iri != entity_iri(name)]
    if taken:
        raise GraphError(
            f"{name!r} is a name of {taken[0].name!r} already; see 'kg entities alias'"
        )
    classes = ";".join(_class(word, setting.ontology) for word in types)
    row = {"name": name, "types": classes, "aliases": ";".join(aliases), "parent": parent}
    return _extend(graph_dir, setting, {**row, "country": country})


def add_alias(graph_dir: Path, setting: Setting, name: str, *aliases: str) -> Totals:
    """Give the entity that is called *name* further names; its claims follow.

    Raises
    ------
    UnknownNameError
        Where neither catalogue nor graph has an entity of that name.
    GraphError
        Where only articles speak of it, and none says what it is.
    """
    entity = _known(graph_dir, setting.catalogue, name)
    types = "" if entity.known else ";".join(entity.types)
    if not (entity.known or types):
        raise GraphError(f"nothing says what {entity.name!r} is; use 'kg entities add' with --type")
    return _extend(
        graph_dir, setting, {"name": entity.name, "types": types, "aliases": ";".join(aliases)}
    )


def _class(word: str, ontology: Ontology) -> str:
    """Name of the class that *word* stands for; an unknown one is left for the reader to refuse."""
    for value in ontology.classes.values():
        words = (w.casefold() for ws in value.words.values() for w in ws)
        if word.casefold() in {value.name.casefold(), *words}:
            return value.name
    return word


def _known(graph_dir: Path, catalogue: Catalogue, name: str) -> Entity:
    found = catalogue.lookup(name)
    if len(found) == 1:
        return found[0]
    with OxigraphStore.open(graph_dir) as store:
        try:
            return find_entity(store, name)
        except UnknownNameError as error:
            if found:
                raise UnknownNameError(name, tuple(entity.iri for entity in found)) from None
            raise error from None


def _extend(graph_dir: Path, setting: Setting, row: Mapping[str, str]) -> Totals:
    """Add a row to the graph's own catalogue, if all of it still reads well; derive again."""
    path, trial = graph_dir / OWN_FILE, graph_dir / f"new-{OWN_FILE}"
    with OxigraphStore.open(graph_dir, read_only=False) as store:
        old = path.read_text("utf8") if path.is_file() else ",".join(COLUMNS) + "\n"
        buffer = io.StringIO()
        csv.DictWriter(buffer, COLUMNS, restval="", lineterminator="\n").writerow(row)
        try:
            trial.write_text(old + buffer.getvalue(), "utf8")
            others = [file for file in setting.catalogue.files if file != path]
            catalogue = load_catalogue(*others, trial, ontology=setting.ontology)
            trial.replace(path)
        except OntologyError as error:
            raise OntologyError(str(error).replace(str(trial), str(path))) from None
        except OSError as error:
            raise GraphError(f"{path}: cannot be written: {error.strerror or error}") from None
        finally:
            trial.unlink(missing_ok=True)
        return derive(store, replace(setting, catalogue=catalogue))
