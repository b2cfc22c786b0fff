"""Nothing is lost: builds killed, the disk full, folders read-only, stores truncated."""

from __future__ import annotations

import io
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from killed_worker import take_in, try_to_take_in, try_to_write

from kg.disk_store import OxigraphStore
from kg.errors import GraphError

# a process that never opened a store is forked for each attempt: fast, and without its threads
CONTEXT = multiprocessing.get_context("forkserver" if sys.platform != "win32" else "spawn")
CONTEXT.set_forkserver_preload(["killed_worker"])
KILLS = int(os.environ.get("KG_KILLS", "10"))  # 100 in `make test-kill`
ARTICLES, CLAIMS = 40, 3
HEAD = "article,lang,date,subject,relation,object,status,evidence\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Claims of articles, each with as many."""
    rows = []
    for number in range(ARTICLES):
        said = (
            f"Firm{number} investorOf Maker{number % 7}",
            f"Firm{number} subsidiaryOf Group{number % 5}",
            f"Firm{number} supplierTo Maker{(number + 1) % 7}",
        )
        for line in said:
            subject, relation, other = line.split()
            rows.append(f"n{number},en,2025-01-01,{subject},{relation},{other},confirmed,{line}.")
    path = tmp_path / "claims.csv"
    path.write_text(HEAD + "\n".join(rows), "utf8")
    return path


def dump(graph: Path) -> bytes:
    buffer = io.BytesIO()
    with OxigraphStore.open(graph) as store:
        store.dump(buffer)
    return buffer.getvalue()


def whole_articles_alone(graph: Path) -> bool:
    """Whether what the killed builder has left holds all claims of an article, or none."""
    with OxigraphStore.open(graph, read_only=False) as store:
        counts = Counter(claim.article for claim in store.claims())
    return set(counts.values()) <= {CLAIMS}


def test_a_build_killed_at_any_instant_leaves_a_whole_graph(file: Path, tmp_path: Path) -> None:
    start = time.monotonic()
    take_in(str(file), str(tmp_path / "whole"))
    lasts = time.monotonic() - start
    whole, graph, chance = dump(tmp_path / "whole"), tmp_path / "killed", random.Random(11)
    killed = 0
    for _ in range(KILLS):
        process = CONTEXT.Process(target=take_in, args=(str(file), str(graph)))
        process.start()
        process.join(chance.uniform(0, 1.2 * lasts))
        killed += process.is_alive()
        process.kill()
        process.join()
        if not (graph / "kg.json").exists():
            continue
        assert whole_articles_alone(graph)  # a graph that nobody could read yet is made readable
        assert dump(graph) in (b"", whole)
        if dump(graph) == whole:
            shutil.rmtree(graph)
    assert killed > KILLS // 4, "the build ended before it could be killed"
    take_in(str(file), str(graph))
    assert dump(graph) == whole


def message_of(action: Callable[..., None], *arguments: object) -> str:
    """What a process that cannot end well says."""
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(
        target=action, args=(theirs, *map(str, arguments[:-1]), arguments[-1])
    )
    process.start()
    theirs.close()
    message = str(ours.recv())
    process.join()
    ours.close()
    return message


@pytest.mark.parametrize("limit", [1, 1_000, 20_000, 60_000])
def test_a_full_disk_is_one_line_and_nothing_is_lost(
    file: Path, tmp_path: Path, limit: int
) -> None:
    graph, whole = tmp_path / "graph", tmp_path / "whole"
    message = message_of(try_to_take_in, file, graph, limit)
    assert str(graph) in message
    assert "cannot be" in message
    assert "\n" not in message
    for path in (graph, whole):
        take_in(str(file), str(path))
    assert dump(graph) == dump(whole)


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that every user may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_read_only_folder_is_one_line(file: Path, public: Path) -> None:
    graph = public / "graph"

    def refused() -> bool:
        message = message_of(try_to_write, str(graph))
        assert "\n" not in message
        return message == f"{graph}: cannot be written: Permission denied"

    assert refused()
    take_in(str(file), str(graph))
    for path in [graph, *graph.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = dump(graph)
    assert refused()
    assert dump(graph) == before
    for path in [graph, *graph.rglob("*")]:
        path.chmod(0o755)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize("what", ["CURRENT", "MANIFEST-*", "*.sst"])
def test_a_truncated_store_is_one_line(file: Path, tmp_path: Path, what: str) -> None:
    graph = tmp_path / "graph"
    take_in(str(file), str(graph))
    found = sorted((graph / "snapshots").rglob(what))
    assert found
    for path in found:
        truncate(path)
    with pytest.raises(GraphError) as caught:
        dump(graph)
    assert str(caught.value).startswith(f"{graph}: ")
    assert "\n" not in str(caught.value)


def test_a_store_without_its_files_is_one_line(file: Path, tmp_path: Path) -> None:
    graph = tmp_path / "graph"
    take_in(str(file), str(graph))
    shutil.rmtree(graph / "snapshots")
    with pytest.raises(GraphError) as caught:
        OxigraphStore.open(graph)
    assert str(caught.value).startswith(f"{graph}: ")
    take_in(str(file), str(tmp_path / "other"))
