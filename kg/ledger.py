"""The ledger: which entities were taken for one, by whom and why, and what was undone.

One JSON object a line in ``ledger.jsonl`` of the graph folder, only ever added to. Linking obeys
it: a user's merge holds in every rebuild, what was split or undone is never merged by rule again.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import combinations
from pathlib import Path
from typing import Protocol

from kg.errors import GraphError
from kg.model import content_hash

__all__ = [
    "Action",
    "Book",
    "Entry",
    "Ledger",
    "Merge",
    "merge",
    "read",
    "record",
    "split",
    "undo",
]

FILE = "ledger.jsonl"
USER, RULE = "user", "rule"


class Book(Protocol):
    """What keeps the lines of a graph that has no folder; ``name`` stands in messages."""

    name: str

    def lines(self) -> list[str]:
        """All lines, oldest first."""
        ...

    def write(self, lines: Iterable[str]) -> None:
        """Put *lines* in the place of all that there were, at once."""
        ...


class Action(StrEnum):
    """What a line does; the entities of an ``undo`` are the ids of the lines that it takes back."""

    MERGE = "merge"
    SPLIT = "split"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line; the first entity of a merge is the one that stays. ``by``: a user or a rule."""

    id: str
    action: Action
    entities: tuple[str, ...]
    reason: str
    by: str = USER


@dataclass(frozen=True, slots=True, order=True)
class Merge:
    """A merge that linking made by rule: *entity* was taken for *into* (IRIs)."""

    into: str
    entity: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """All lines in order; an empty one allows everything."""

    entries: tuple[Entry, ...] = ()

    def merges(self) -> tuple[tuple[str, ...], ...]:
        """The users' merges that still hold, oldest first."""
        return tuple(e.entities for e in self._held() if e.action is Action.MERGE and e.by == USER)

    def kept_apart(self) -> frozenset[frozenset[str]]:
        """Pairs of IRIs that no rule may merge: split, or merged by a rule and undone."""
        apart: set[frozenset[str]] = set()
        for entry in self._held():
            if entry.action is Action.SPLIT:
                apart |= _pairs(entry.entities)
            elif entry.by == USER:
                apart -= _pairs(entry.entities)
        held = {entry.id for entry in self._held()}
        rules = (e for e in self.entries if e.by == RULE and e.id not in held)
        return frozenset(apart.union(*(_pairs(entry.entities) for entry in rules)))

    def entry(self, entry_id: str) -> Entry:
        """The line with the identifier *entry_id*, or one that starts with it.

        Raises
        ------
        GraphError
            Where no line or several match.
        """
        found = [entry for entry in self.entries if entry.id.startswith(entry_id)]
        if len(found) != 1 or not entry_id:
            raise GraphError(f"ledger: {len(found)} lines are called {entry_id!r}; see `read`")
        return found[0]

    def _held(self) -> list[Entry]:
        """Lines that hold: neither undone nor, for a user's merge, split later."""
        undone: set[str] = set()
        for entry in reversed(self.entries):  # an undo that was itself undone does not count
            if entry.action is Action.UNDO and entry.id not in undone:
                undone.update(entry.entities)
        held = [e for e in self.entries if e.id not in undone and e.action is not Action.UNDO]
        return [entry for n, entry in enumerate(held) if not _contradicted(entry, held[n + 1 :])]


def _pairs(entities: Iterable[str]) -> set[frozenset[str]]:
    return {frozenset(pair) for pair in combinations(sorted(set(entities)), 2)}


def _contradicted(entry: Entry, later: Iterable[Entry]) -> bool:
    """Whether a later line of a user's says the opposite of the same two entities."""
    opposite = Action.SPLIT if entry.action is Action.MERGE else Action.MERGE
    opposed = (e for e in later if e.action is opposite and e.by == USER)
    return any(_pairs(e.entities) & _pairs(entry.entities) for e in opposed)


def read(folder: Path | Book) -> Ledger:
    """The ledger of the graph folder *folder*; empty where there is none.

    Raises
    ------
    GraphError
        Where a line is malformed, with its number.
    """
    name, lines = _lines(folder)
    return Ledger(tuple(_entries(name, lines)))


def _lines(folder: Path | Book) -> tuple[str, list[str]]:
    """Where the lines stand, and the lines."""
    if not isinstance(folder, Path):
        return folder.name, folder.lines()
    path = folder / FILE
    try:
        return str(path), path.read_text("utf8").splitlines()
    except FileNotFoundError:
        return str(path), []
    except (OSError, UnicodeDecodeError) as error:
        raise GraphError(f"{path}: cannot be read: {error}") from None


def _entries(name: str, lines: Iterable[str]) -> Iterator[Entry]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield _entry(json.loads(line))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            remedy = "correct or remove the line"
            raise GraphError(f"{name}:{number}: not a ledger line ({error}); {remedy}") from None


def _entry(value: dict[str, object]) -> Entry:
    entities = value["entities"]
    texts = (value["id"], value["reason"], value.get("by", USER))
    if not isinstance(entities, list) or not all(isinstance(x, str) for x in (*entities, *texts)):
        raise TypeError("id, reason and entities are text")
    entry_id, reason, by = map(str, texts)
    return Entry(entry_id, Action(str(value["action"])), tuple(entities), reason, by)


def merge(folder: Path | Book, into: str, *others: str, reason: str) -> Entry:
    """Take *others* for *into* (IRIs) from now on."""
    return _append(folder, [(Action.MERGE, (into, *others), reason, USER)])[0]


def split(folder: Path | Book, *entities: str, reason: str) -> Entry:
    """Keep *entities* (IRIs) apart from now on; merges of two of them no longer hold."""
    return _append(folder, [(Action.SPLIT, entities, reason, USER)])[0]


def undo(folder: Path | Book, entry_id: str, reason: str = "") -> Entry:
    """Take back the line *entry_id*; a rule's merge that is undone is not made again.

    Raises
    ------
    GraphError
        Where there is no such line.
    """
    target = read(folder).entry(entry_id).id
    return _append(folder, [(Action.UNDO, (target,), reason, USER)])[0]


def record(folder: Path | Book, merges: Iterable[Merge]) -> tuple[Entry, ...]:
    """Write down the merges that linking made by rule, each once; gives the new lines."""
    known = {e.entities for e in read(folder).entries if e.by == RULE}
    new = [m for m in sorted(set(merges)) if (m.into, m.entity) not in known]
    return _append(folder, [(Action.MERGE, (m.into, m.entity), m.reason, RULE) for m in new])


def _append(
    folder: Path | Book, lines: list[tuple[Action, tuple[str, ...], str, str]]
) -> tuple[Entry, ...]:
    entries = read(folder).entries
    new: list[Entry] = []
    for action, entities, reason, by in lines:
        if len(set(entities)) < (1 if action is Action.UNDO else 2):
            raise GraphError(f"ledger: {action} needs two different entities")
        number = str(len(entries) + len(new))  # the same may be said again after an undo
        entry_id = content_hash(action, *entities, number, digits=12)
        new.append(Entry(entry_id, action, entities, reason, by))
    if new:
        written = (json.dumps(asdict(e), ensure_ascii=False) for e in (*entries, *new))
        if isinstance(folder, Path):
            _write(folder / FILE, written)
        else:
            folder.write(written)
    return tuple(new)


def _write(path: Path, lines: Iterable[str]) -> None:
    """Replace the file in one step, so that a reader never meets half a line."""
    temporary = path.with_suffix(".part")
    try:
        with temporary.open("w", encoding="utf8") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise GraphError(f"{path}: cannot be written: {error}") from None
