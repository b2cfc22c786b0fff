"""The graph folder: its marker file, its one writer, its snapshots."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kg.errors import GraphError

__all__ = [
    "FORMAT",
    "WriterLock",
    "current_snapshot",
    "has_snapshot",
    "lock_for_writing",
    "locked_message",
    "publish",
    "write_errors",
]

FORMAT = 1
_MARKER, _HOLDER, _SNAPSHOTS = "kg.json", "writer.lock", "snapshots"
_NEW_MARKER = f"{_MARKER}.new"
_KEPT = 2  # the current snapshot and the one before: a reader may be opening it


@dataclass(slots=True)
class WriterLock:
    """Held by the one process that writes a graph; the operating system frees it at a crash."""

    path: Path
    file: IO[str]

    def release(self) -> None:
        """Let others write."""
        self.file.close()


def _marker(path: Path) -> dict[str, object]:
    """Contents of ``kg.json`` once it is known to be this program's and of this format."""
    try:
        marker = json.loads((path / _MARKER).read_text("utf8"))
    except FileNotFoundError:
        if not path.exists():
            raise GraphError(
                f"{path}: no graph here; run 'kg build' first, or name one with --graph"
            ) from None
        raise GraphError(f"{path}: not a graph folder (no {_MARKER}); name another") from None
    except NotADirectoryError:
        raise GraphError(f"{path}: a file, not a graph folder; name another") from None
    except (OSError, ValueError) as error:
        raise GraphError(f"{path / _MARKER}: cannot be read: {error}") from None
    if not isinstance(marker, dict) or marker.get("program") != "kg":
        raise GraphError(
            f"{path}: not a graph of this program (see {_MARKER}); name another folder"
        )
    if marker.get("format") != FORMAT:
        raise GraphError(
            f"{path}: graph format {marker.get('format')}, this program reads {FORMAT}; "
            "build it again in a new folder with 'kg build --graph NEW'"
        )
    return marker


def current_snapshot(path: Path) -> Path:
    """The database that readers open.

    Raises
    ------
    GraphError
        Where *path* is no graph folder, or no build has ended yet.
    """
    number = _marker(path).get("snapshot")
    if not isinstance(number, int):
        raise GraphError(f"{path}: no build has ended here yet; run 'kg build' (again)")
    return path / _SNAPSHOTS / str(number)


def has_snapshot(path: Path) -> bool:
    """Whether there is a state that readers can open."""
    return isinstance(_marker(path).get("snapshot"), int)


def _write_marker(path: Path, snapshot: int | None) -> None:
    """Replace ``kg.json`` in one step, on disk before it takes effect."""
    new = path / _NEW_MARKER
    with new.open("w", encoding="utf8") as file:
        json.dump({"format": FORMAT, "program": "kg", "snapshot": snapshot}, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path / _MARKER)


def lock_for_writing(path: Path) -> WriterLock:
    """Make the folder if it is not there, and hold its writer's lock.

    Raises
    ------
    GraphError
        Where the folder is foreign, cannot be written or has a writer.
    """
    with write_errors(path):
        path.mkdir(parents=True, exist_ok=True)
        if {entry.name for entry in path.iterdir()} <= {_NEW_MARKER}:  # of one that was killed
            _write_marker(path, None)
        _marker(path)
        file = (path / _HOLDER).open("a+", encoding="utf8")
    try:
        _lock(file)
    except OSError:
        file.close()
        raise GraphError(locked_message(path)) from None
    try:
        with write_errors(path):
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
    except GraphError:
        file.close()
        raise
    return WriterLock(path, file)


def _lock(file: IO[str]) -> None:
    try:
        import fcntl
    except ImportError:  # no POSIX: RocksDB's own lock still keeps a second writer out
        return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def locked_message(path: Path) -> str:
    """Who writes the graph at *path*, as one line."""
    try:
        holder = (path / _HOLDER).read_text("utf8").strip()
    except OSError:
        holder = ""
    who = f"process {holder}" if holder.isdigit() else "another process"
    return f"{path}: {who} is writing this graph; wait for it to end"


@contextlib.contextmanager
def write_errors(path: Path) -> Iterator[None]:
    """Turn what goes wrong while writing (disk full, no permission) into one clear line."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise GraphError(f"{path}: cannot be written: {reason}") from None


def publish(path: Path, backup: Callable[[str], None]) -> None:
    """Checkpoint the database with *backup*, make it current, remove what nobody reads any more."""
    snapshots = path / _SNAPSHOTS
    snapshots.mkdir(exist_ok=True)
    current = _marker(path).get("snapshot")
    number = current + 1 if isinstance(current, int) else 1
    target = snapshots / str(number)
    shutil.rmtree(target, ignore_errors=True)  # of a build that was killed while it published
    backup(str(target))
    _write_marker(path, number)
    kept = {str(number - back) for back in range(_KEPT)}
    for old in sorted(snapshots.iterdir()):
        if old.name not in kept:
            shutil.rmtree(old, ignore_errors=True)
