"""A graph as one file and back: equal bytes for equal graphs, checked before anything is restored.

A gzipped tar holds ``manifest.json`` (what follows, with SHA-256 sums), ``graph.nq`` (every graph,
those of the builder too, as sorted N-Quads), and what users did by hand: ``ledger.jsonl`` and
``entities.csv``. It is taken from the state that readers see, also while a build goes on. Nothing
of the archive is ever used as a path.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from kg import ledger
from kg.catalogue import OWN_FILE
from kg.disk_store import OxigraphStore
from kg.errors import GraphError, InputError
from kg.locations import Location, open_store
from kg.store import Store

__all__ = ["back_up", "restore"]

_MANIFEST, _QUADS = "manifest.json", "graph.nq"
_PARTS = (_QUADS, ledger.FILE, OWN_FILE)
_FORMAT = 1
_BLOCK = 1 << 20  # bytes held at once
_LONGEST_MANIFEST = 1 << 16
_DAMAGED = (EOFError, OSError, ValueError, KeyError, TypeError, tarfile.TarError, zlib.error)


def back_up(location: Location, file: Path) -> int:
    """Write the graph at *location* to *file*, whole or not at all; gives its size in bytes.

    Raises
    ------
    GraphError
        Where there is no graph.
    InputError
        Where the file cannot be written.
    """
    part = file.with_name(f"{file.name}.part")
    with open_store(location) as store, tempfile.TemporaryDirectory() as folder:
        try:
            parts = _write_parts(store, Path(folder))
            with part.open("wb") as output:
                _write_archive(output, parts)
                output.flush()
                os.fsync(output.fileno())
            part.replace(file)
        except OSError as error:
            raise InputError(f"{file}: cannot be written: {error.strerror or error}") from None
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
    return file.stat().st_size


def _write_parts(store: Store, folder: Path) -> list[Path]:
    """The files of the archive but for its manifest, those that there are."""
    with (folder / _QUADS).open("wb") as output:
        store.dump(output, private=True)
    if isinstance(store.book, Path):
        for name in (ledger.FILE, OWN_FILE):
            if (store.book / name).is_file():
                shutil.copyfile(store.book / name, folder / name)
    elif lines := store.book.lines():
        (folder / ledger.FILE).write_text("".join(f"{line}\n" for line in lines), "utf8")
    return [folder / name for name in _PARTS if (folder / name).is_file()]


def _write_archive(output: IO[bytes], parts: list[Path]) -> None:
    sums = {path.name: {"bytes": path.stat().st_size, "sha256": _sum(path)} for path in parts}
    manifest = {"program": "kg", "archive": _FORMAT, "files": sums}
    text = json.dumps(manifest, indent=1).encode()
    with (
        gzip.GzipFile("", "wb", 6, output, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        archive.addfile(_member(_MANIFEST, len(text)), io.BytesIO(text))
        for path in parts:
            with path.open("rb") as content:
                archive.addfile(_member(path.name, path.stat().st_size), content)


def _member(name: str, size: int) -> tarfile.TarInfo:
    """A member without clock or owner: both would differ from day to day."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o644
    return member


def _sum(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


# -- back again -------------------------------------------------------------------------------


def restore(file: Path, graph_dir: Path) -> None:
    """Make the graph of the archive *file* in the folder *graph_dir*, whole or not at all.

    Raises
    ------
    GraphError
        Where there is something in the folder already, or it cannot be written.
    InputError
        Where the file is no archive of this program, of another format, or damaged.
    """
    if graph_dir.exists() and (not graph_dir.is_dir() or any(graph_dir.iterdir())):
        raise GraphError(f"{graph_dir}: not empty, and nothing is overwritten; name a new folder")
    try:
        graph_dir.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=graph_dir.parent) as folder:
            with _reading(file):
                parts = _unpack(file, Path(folder))
            _load(file, parts, Path(folder) / "graph")
            (Path(folder) / "graph").replace(graph_dir)
    except OSError as error:
        raise GraphError(f"{graph_dir}: cannot be written: {error.strerror or error}") from None


@contextlib.contextmanager
def _reading(file: Path) -> Iterator[None]:
    """Turn whatever a damaged archive makes its readers raise into one line."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{file}: no such file") from None
    except _DAMAGED as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"{file}: no whole archive of 'kg backup' ({reason}); take another copy"
        ) from None


def _unpack(file: Path, folder: Path) -> list[Path]:
    """The archive's files in *folder*, under names of ours, each as its manifest says."""
    with gzip.open(file) as packed:
        with tarfile.open(fileobj=packed, mode="r|") as archive:
            sums = _manifest(file, _next(archive, _MANIFEST).read(_LONGEST_MANIFEST))
            parts = [name for name in _PARTS if name in sums]
            for name in parts:
                _copy(_next(archive, name), folder / name, int(sums[name]["bytes"]))
                if _sum(folder / name) != sums[name]["sha256"]:
                    raise ValueError(f"the checksum of {name} is another")
            if _QUADS not in parts or set(sums) != set(parts) or archive.next() is not None:
                raise ValueError("it holds what its manifest does not, or should not")
        if len(packed.read(_BLOCK)) == _BLOCK:  # reads to the end, where gzip's own sum is
            raise ValueError("it goes on after its end")
    return [folder / name for name in parts]


def _next(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    """The next member, if it is a plain file called *name*."""
    member = archive.next()
    content = archive.extractfile(member) if member and member.isreg() else None
    if member is None or content is None or member.name != name:
        raise ValueError(f"{name} is not where it should be")
    return content


def _manifest(file: Path, text: bytes) -> dict[str, dict[str, str | int]]:
    manifest = json.loads(text)
    if manifest["program"] != "kg":
        raise ValueError("another program's")
    if manifest["archive"] != _FORMAT:
        raise InputError(
            f"{file}: archive format {manifest['archive']}, this program reads {_FORMAT}; "
            "restore it with the version that made it"
        )
    sums: dict[str, dict[str, str | int]] = manifest["files"]
    return sums


def _copy(content: IO[bytes], path: Path, size: int) -> None:
    with path.open("wb") as output:
        while block := content.read(min(_BLOCK, size + 1)):
            size -= len(block)
            if size < 0:
                raise ValueError(f"{path.name} is longer than its manifest says")
            output.write(block)
    if size:
        raise ValueError(f"{path.name} is shorter than its manifest says")


def _load(file: Path, parts: list[Path], graph_dir: Path) -> None:
    """A graph folder with what the unpacked *parts* hold."""
    with OxigraphStore.open(graph_dir, read_only=False) as store:
        try:
            store.load(parts[0])
        except InputError as error:
            place = str(error).removeprefix(f"{parts[0]}:")
            raise InputError(f"{file}: what it holds is not N-Quads, line {place}") from None
        store.publish()
    for path in parts[1:]:
        path.replace(graph_dir / path.name)
