"""Merging and splitting entities of a graph by hand: a line in the ledger, and the graph follows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rapidfuzz import fuzz

from kg import ledger
from kg.deriving import Setting, Totals, derive
from kg.ledger import Entry
from kg.model import Entity
from kg.named_queries import find_entity
from kg.names import fold
from kg.store import OxigraphStore, Store

__all__ = ["merge_entities", "search_entities", "split_entities", "undo_entry"]

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
    return _change(
        graph_dir,
        setting,
        (into, *others),
        lambda iris: ledger.merge(graph_dir, *iris, reason=reason),
    )


def split_entities(
    graph_dir: Path, setting: Setting, *names: str, reason: str
) -> tuple[Entry, Totals]:
    """Keep *names* apart from now on: names or IRIs, also IRIs that were merged away."""
    return _change(
        graph_dir, setting, names, lambda iris: ledger.split(graph_dir, *iris, reason=reason)
    )


def undo_entry(
    graph_dir: Path, setting: Setting, entry: str, *, reason: str
) -> tuple[Entry, Totals]:
    """Take back a line of the ledger."""
    return _change(graph_dir, setting, (), lambda _: ledger.undo(graph_dir, entry, reason))


def _change(
    graph_dir: Path,
    setting: Setting,
    names: tuple[str, ...],
    write: Callable[[tuple[str, ...]], Entry],
) -> tuple[Entry, Totals]:
    """Write the line while nobody else builds, then derive again."""
    with OxigraphStore.open(graph_dir, read_only=False) as store:
        iris = tuple(n if "://" in n else find_entity(store, n).iri for n in names)
        entry = write(iris)
        return entry, derive(store, setting)
