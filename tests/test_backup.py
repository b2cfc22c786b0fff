"""Back-ups: equal bytes for equal graphs, and nothing bad is ever restored."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from store_samples import Reader, article, setting

from kg import ledger
from kg.backup import back_up, restore
from kg.build import build_articles
from kg.catalogue import OWN_FILE
from kg.catalogue_files import COLUMNS
from kg.cli import main
from kg.disk_store import OxigraphStore
from kg.errors import GraphError, InputError

ARTICLES = [
    article("a1", "Amazon investorOf OpenAI. Nvidia supplierTo Amazon.", date="2025-12-17"),
    article("a2", "OpenAI competitorOf Anthropic. AWS subsidiaryOf Amazon. é", source="Wire"),
]


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("backup") / "graph"
    build_articles(ARTICLES, path, setting(), Reader())
    ledger.split(
        path, "https://kg.example/entity/AWS", "https://kg.example/entity/Amazon", reason="é"
    )
    (path / OWN_FILE).write_text(",".join(COLUMNS) + "\n", "utf8")
    return path


@pytest.fixture(scope="module")
def archive(graph: Path) -> bytes:
    file = graph.parent / "graph.tar.gz"
    assert back_up(graph, file) == file.stat().st_size
    return file.read_bytes()


def exported(path: Path) -> bytes:
    buffer = io.BytesIO()
    with OxigraphStore.open(path) as store:
        store.dump(buffer)
    return buffer.getvalue()


def test_a_round_trip_gives_the_same_graph_and_the_same_archive(
    graph: Path, archive: bytes, tmp_path: Path
) -> None:
    (tmp_path / "b.tar.gz").write_bytes(archive)
    restore(tmp_path / "b.tar.gz", tmp_path / "deep" / "new")
    new = tmp_path / "deep" / "new"
    assert exported(new) == exported(graph)
    assert ledger.read(new) == ledger.read(graph)
    assert (new / OWN_FILE).read_bytes() == (graph / OWN_FILE).read_bytes()
    back_up(new, tmp_path / "c.tar.gz")
    assert (tmp_path / "c.tar.gz").read_bytes() == archive
    assert sorted(place.name for place in new.parent.iterdir()) == ["new"]


def test_a_restored_graph_is_built_on(archive: bytes, graph: Path, tmp_path: Path) -> None:
    (tmp_path / "b.tar.gz").write_bytes(archive)
    (tmp_path / "new").mkdir()  # an empty folder is as good as none
    restore(tmp_path / "b.tar.gz", tmp_path / "new")
    again = build_articles(ARTICLES, tmp_path / "new", setting(), Reader())
    assert (again.read, again.unchanged) == (0, 2)
    more = build_articles(
        [article("a3", "Intel competitorOf AMD.")], tmp_path / "new", setting(), Reader()
    )
    assert more.totals.articles == 3


def test_a_back_up_may_be_taken_while_a_build_goes_on(
    graph: Path, archive: bytes, tmp_path: Path
) -> None:
    with OxigraphStore.open(graph, read_only=False):
        back_up(graph, tmp_path / "b.tar.gz")
    assert (tmp_path / "b.tar.gz").read_bytes() == archive


def test_nothing_is_overwritten(graph: Path, archive: bytes, tmp_path: Path) -> None:
    (tmp_path / "b.tar.gz").write_bytes(archive)
    before = exported(graph)
    for place in (graph, tmp_path, tmp_path / "b.tar.gz"):
        with pytest.raises(GraphError, match="nothing is overwritten"):
            restore(tmp_path / "b.tar.gz", place)
    assert exported(graph) == before
    assert (tmp_path / "b.tar.gz").read_bytes() == archive


# -- bad archives -----------------------------------------------------------------------------


def packed(*members: tuple[tarfile.TarInfo | str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for what, content in members:
            info = what if isinstance(what, tarfile.TarInfo) else tarfile.TarInfo(what)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def manifest(program: str = "kg", archive: int = 1, **files: bytes) -> bytes:
    sums = {
        name.replace("_", "."): {"bytes": len(c), "sha256": hashlib.sha256(c).hexdigest()}
        for name, c in files.items()
    }
    return json.dumps({"program": program, "archive": archive, "files": sums}).encode()


def link(kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo("graph.nq")
    info.type, info.linkname = kind, "/etc/passwd"
    return info


QUADS = b"<http://x/s> <http://x/p> <http://x/o> <http://x/g> .\n"
GOOD = manifest(graph_nq=QUADS)
BAD: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "a text": lambda _: b"my thesis\n" * 100,
    "a gzipped text": lambda _: gzip.compress(b"my thesis\n" * 100),
    "an empty tar": lambda _: packed(),
    "another program's tar": lambda _: packed(("thesis.doc", b"mine")),
    "another program's manifest": lambda _: packed(("manifest.json", manifest("other"))),
    "a later format": lambda _: packed(("manifest.json", manifest(archive=2))),
    "a manifest that is none": lambda _: packed(("manifest.json", b"[1, 2]")),
    "a manifest that is no JSON": lambda _: packed(("manifest.json", b"{")),
    "a manifest of gigabytes": lambda _: packed(("manifest.json", b" " * (1 << 20) + GOOD)),
    "no graph": lambda _: packed(("manifest.json", manifest())),
    "a missing member": lambda _: packed(("manifest.json", GOOD)),
    "another content": lambda _: packed(("manifest.json", GOOD), ("graph.nq", QUADS.upper())),
    "more than is said": lambda _: packed(("manifest.json", GOOD), ("graph.nq", QUADS * 2)),
    "less than is said": lambda _: packed(("manifest.json", GOOD), ("graph.nq", QUADS[:9])),
    "a member too many": lambda _: packed(
        ("manifest.json", GOOD), ("graph.nq", QUADS), ("more", b"x")
    ),
    "a path out of the folder": lambda _: packed(("manifest.json", GOOD), ("../graph.nq", QUADS)),
    "an absolute path": lambda _: packed(("manifest.json", GOOD), ("/graph.nq", QUADS)),
    "a path in the manifest": lambda _: packed(
        ("manifest.json", GOOD.replace(b"graph.nq", b"../../graph.nq")), ("../../graph.nq", QUADS)
    ),
    "a symbolic link": lambda _: packed(("manifest.json", GOOD), (link(tarfile.SYMTYPE), b"")),
    "a hard link": lambda _: packed(("manifest.json", GOOD), (link(tarfile.LNKTYPE), b"")),
    "no RDF": lambda _: packed(("manifest.json", manifest(graph_nq=b"no")), ("graph.nq", b"no")),
    "cut in half": lambda whole: whole[: len(whole) // 2],
    "without its end": lambda whole: whole[:-9],
    "a bit turned": lambda whole: whole[:-200] + bytes([whole[-200] ^ 1]) + whole[-199:],
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_archive_is_one_line_and_leaves_nothing(
    what: str, archive: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "in" / "b.tar.gz"
    file.parent.mkdir()
    file.write_bytes(BAD[what](archive))
    with pytest.raises(InputError) as caught:
        restore(file, tmp_path / "in" / "new")
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [place.name for place in file.parent.iterdir()] == ["b.tar.gz"]
    assert [place.name for place in tmp_path.iterdir()] == ["in"]


def test_cut_anywhere_it_is_refused(archive: bytes, tmp_path: Path) -> None:
    file = tmp_path / "b.tar.gz"
    for end in range(0, len(archive), len(archive) // 40 + 1):
        file.write_bytes(archive[:end])
        with pytest.raises(InputError):
            restore(file, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_commands(graph: Path, archive: bytes, tmp_path: Path) -> None:
    def run(*words: object, code: int = 0) -> str:
        done = CliRunner().invoke(main, [str(word) for word in words])
        assert done.exit_code == code, done.output
        return done.stderr

    file, new = tmp_path / "b.tar.gz", tmp_path / "new"
    assert f"{len(archive):,} bytes" in run("backup", file, "--graph", graph)
    run("restore", file, "--graph", new)
    run("export", tmp_path / "a.nq", "--graph", graph)
    run("export", tmp_path / "b.nq", "--graph", new)
    assert (tmp_path / "a.nq").read_bytes() == (tmp_path / "b.nq").read_bytes()
    assert "nothing is overwritten" in run("restore", file, "--graph", new, code=2)
    assert "no such file" in run("restore", tmp_path / "none", "--graph", tmp_path / "x", code=2)
    assert "kg build" in run("backup", file, "--graph", tmp_path / "none", code=2)
    assert "cannot be written" in run("backup", tmp_path / "no" / "b", "--graph", graph, code=2)
