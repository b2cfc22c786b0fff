"""Every shell, Python and SPARQL example of README and docs runs; the site is built without a warning."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from doc_examples import Example, Reader, _compare, commands, examples

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
RUN = frozenset({"console", "sh", "bash", "shell", "python", "sparql", "indented"})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_run(
    page: Path, demo_graph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = list(examples(page))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("data", "ontology", "tests"):
        (tmp_path / name).symlink_to(ROOT / name)
    if not any("kg build data/articles" in example.text for example in found):
        shutil.copytree(demo_graph, tmp_path / "graph")
    reader = Reader(tmp_path)
    try:
        for example in found:
            if not example.note:
                reader.follow(example)
    finally:
        reader.close()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_does_not_run_says_why(page: Path) -> None:
    """A fenced block of a language that runs does something; what is left out has a reason."""
    for example in examples(page):
        if example.kind in {"console", "sh", "bash", "shell"}:
            assert commands(example), f"{example.where}: no command behind a $"
        if example.note:
            assert len(example.note) > 10, example.where
            assert example.kind in RUN, example.where


def test_examples_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "\n".join(
            (
                '```text title="a.txt"',
                "one",
                "```",
                "<!-- exit 0 or 2: it depends -->",
                "```console",
                "$ kg one",
                "said",
                "…",
                "$ kg two",
                "```",
                "",
                "    $ kg three",
                "    printed",
                "",
                "<!-- not run: no reason -->",
                "```python",
                "1 / 0",
                "```",
            )
        )
    )
    written, shell, indented, left_out = examples(page)
    assert (written.title, written.text) == ("a.txt", "one\n")
    assert shell.codes == {0, 2}
    assert [(c.words, c.printed) for c in commands(shell)] == [
        ("kg one", ("said", "…")),
        ("kg two", ()),
    ]
    assert [c.words for c in commands(indented)] == ["kg three"]
    assert (indented.codes, left_out.note) == ({0}, "no reason")


def test_a_wrong_example_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    reader = Reader(tmp_path)
    with pytest.raises(AssertionError, match="no graph here"):
        reader.follow(Example("p.md", 1, "console", "$ kg ask 'Who?'\n"))
    with pytest.raises(ZeroDivisionError):
        reader.follow(Example("p.md", 1, "python", "1 / 0\n"))
    _compare(("a", "…", "d"), ["a", "b", "c", "d"], "")
    for shown in (("b",), ("a", "c"), ("a", "…", "x")):
        with pytest.raises(AssertionError):
            _compare(shown, ["a", "b", "c", "d"], "")


def test_picture_of_the_rooms_is_that_of_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("grimp", reason="needs import-linter")
    monkeypatch.syspath_prepend(ROOT / "docs")
    import rooms

    picture = rooms.picture()
    assert picture == rooms.picture()
    assert all(f">{name.removeprefix('kg.')}<" in picture for row in rooms.layers() for name in row)
    pairs = rooms.imports([name for row in rooms.layers() for name in row])
    assert ("kg.extraction", "kg.frames") in pairs
    assert picture.count("<path") == len(pairs)


def test_site_is_built_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("material", reason="the docs extra is not installed")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    built = (tmp_path / "index.html").read_text("utf8")
    for outside in ("https://fonts.", "https://unpkg.com", "https://cdn."):
        assert outside not in built
    assert (tmp_path / "rooms.svg").stat().st_size > 5000
