"""Bad input: one clear line each, exit code 2 or a counted skip, and nothing of the rest lost."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kg.cli import main

GOOD = "Amazon has invested $8 billion in Anthropic, the company said on Monday.\n"


def kg(*arguments: str | Path, stdin: str | None = None) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def _dangling(path: Path) -> None:
    """A file that nobody can read, not even root."""
    path.symlink_to(path.with_name("nowhere"))


def _long_line(path: Path) -> None:
    good = json.dumps({"id": "good-line", "lang": "en", "text": GOOD})
    with path.open("w", encoding="utf8") as file:
        file.write('{"id": "long", "lang": "en", "text": "')
        for _ in range(50):
            file.write("word " * 200_000)
        file.write(f'"}}\n{good}\n')


def _writes(content: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(content)

    return write


# name of the file, how it is made, whether it is skipped or failed, words of the message
FILES: dict[str, tuple[str, Callable[[Path], None], str, str]] = {
    "empty": ("a.txt", _writes(b""), "skipped", "empty file"),
    "empty lines": ("a.jsonl", _writes(b"\n\n"), "skipped", "empty file"),
    "binary": ("a.txt", _writes(bytes(range(256)) * 64), "failed", "binary file"),
    "encoding": ("a.txt", _writes("Olá ".encode("cp1252") + b"\x81\x8d"), "failed", "UTF-8"),
    "no json": ("a.jsonl", _writes(b"{not json}\n"), "failed", "not valid JSON"),
    "long line": ("a.jsonl", _long_line, "failed", "a line of more than"),
    "html without text": (
        "a.html",
        _writes(b"<html><body><nav>Home</nav></body></html>"),
        "skipped",
        "no article text",
    ),
    "language": (
        "a.txt",
        _writes(b"---\nlanguage: xx\n---\n\nSome words in a language that nobody has.\n"),
        "skipped",
        "language 'xx' has no pipeline",
    ),
    "unreadable": ("a.txt", _dangling, "failed", "cannot be read"),
    "front matter": (
        "a.md",
        _writes(b"---\ntitle: x\n\nNever closed.\n"),
        "failed",
        "front matter",
    ),
    "other kind": ("a.pdf", _writes(b"%PDF-1.7"), "skipped", "not an article"),
}


@pytest.mark.parametrize("case", FILES)
@pytest.mark.parametrize("command", ["extract", "build", "articles"])
def test_bad_file_is_counted_and_the_rest_is_read(tmp_path: Path, case: str, command: str) -> None:
    name, make, kind, message = FILES[case]
    folder = tmp_path / "news"
    folder.mkdir()
    make(folder / name)
    (folder / "good.txt").write_text(f"---\nlanguage: en\n---\n\n{GOOD}", "utf8")
    graph = ("--graph", tmp_path / "graph") if command == "build" else ()
    result = kg(command, folder, *graph)
    assert result.exit_code == 0, result.output
    said = [line for line in result.stderr.splitlines() if message in line]
    assert len(said) == 1, result.output
    assert said[0].startswith(str(folder / name))
    counts = re.search(r"(\d+) read,.* (\d+) skipped, (\d+) failed", result.output)
    assert counts
    read, skipped, failed = map(int, counts.groups())
    assert (skipped, failed) == ((1, 0) if kind == "skipped" else (0, 1))
    assert read == (2 if case == "long line" else 1), "the good ones are read"


@pytest.fixture
def graph(tmp_path: Path, demo_graph: Path) -> Callable[[str], Path]:
    def make(kind: str) -> Path:
        path = tmp_path / "graph"
        if kind == "file":
            path.write_text("no folder", "utf8")
        elif kind != "missing":
            path.mkdir()
        if kind == "foreign":
            (path / "notes.txt").write_text("mine", "utf8")
        if kind == "version":
            marker = json.loads((demo_graph / "kg.json").read_text("utf8"))
            (path / "kg.json").write_text(json.dumps({**marker, "format": 999}), "utf8")
        if kind == "damaged":
            (path / "kg.json").write_text("{", "utf8")
        return path

    return make


GRAPHS = {
    "missing": "kg build",
    "file": "not a graph folder",
    "empty": "not a graph folder",
    "foreign": "not a graph folder",
    "version": "graph format 999",
    "damaged": "cannot be read",
}
READERS = {
    "ask": ("Who invests in OpenAI?",),
    "show": ("OpenAI",),
    "sparql": ("ASK {}",),
    "analyze": ("interlocks",),
    "explain": ("0123456789abcdef",),
    "validate": (),
    "entities": ("ledger",),
}


@pytest.mark.parametrize("kind", GRAPHS)
@pytest.mark.parametrize("command", READERS)
def test_bad_graph(graph: Callable[[str], Path], kind: str, command: str) -> None:
    path = graph(kind)
    result = kg(command, *READERS[command], "--graph", path)
    _is_one_line(result, GRAPHS[kind])
    assert str(path) in result.stderr


@pytest.mark.parametrize("kind", ["file", "foreign", "version", "damaged"])
def test_nothing_is_built_into_a_bad_graph(
    graph: Callable[[str], Path], kind: str, tmp_path: Path
) -> None:
    path = graph(kind)
    before = sorted(path.rglob("*")) if path.is_dir() else path.read_bytes()
    (tmp_path / "good.txt").write_text(f"---\nlanguage: en\n---\n\n{GOOD}", "utf8")
    _is_one_line(kg("build", tmp_path / "good.txt", "--graph", path), str(path))
    assert (sorted(path.rglob("*")) if path.is_dir() else path.read_bytes()) == before


def _is_one_line(result: Result, words: str) -> None:
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert line.startswith("Error: ")
    assert words in line


# arguments in which DIR is a folder of the test, words of the message
CALLS: dict[str, tuple[tuple[str, ...], str]] = {
    "no such file": (("extract", "DIR/none.txt"), "none.txt: no such file"),
    "folder without articles": (("build", "DIR", "--graph", "DIR/g"), "DIR: no articles"),
    "extractor": (("extract", "DIR/a.txt", "--extractor", "x"), "no extractor 'x'"),
    "ontology": (("extract", "DIR/a.txt", "--ontology", "DIR/bad.ttl"), "DIR/bad.ttl"),
    "no ontology": (("extract", "DIR/a.txt", "--ontology", "DIR/no.ttl"), "DIR/no.ttl"),
    "catalogue": (("extract", "DIR/a.txt", "--catalogue", "DIR/bad.ttl"), "DIR/bad.ttl"),
    "gold": (("eval", "DIR/bad.ttl"), "DIR/bad.ttl:1"),
    "import": (("import", "DIR/a.txt", "--graph", "DIR/g"), "DIR/a.txt"),
}


@pytest.mark.parametrize("case", CALLS)
def test_bad_call(tmp_path: Path, case: str) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "bad.ttl").write_text("kg:Chip a owl:Class ;\n", "utf8")
    arguments, words = CALLS[case]
    if "DIR/a.txt" in arguments:
        (folder / "a.txt").write_text(f"---\nlanguage: en\n---\n\n{GOOD}", "utf8")
    result = kg(*(argument.replace("DIR", str(folder)) for argument in arguments))
    _is_one_line(result, words.replace("DIR", str(folder)))


QUERIES: dict[str, tuple[tuple[str, ...], str]] = {
    "syntax": (("sparql", "SELECT ?x WHRE { ?x ?y ?z }"), "line 1, column"),
    "prefix": (("sparql", "SELECT ?x { ?x nope:p ?z }"), "not SPARQL"),
    "no such query": (("sparql", "@nope"), "there are: @article"),
    "parameter": (("sparql", "@stakes", "--nope", "1"), "no parameter 'nope'"),
    "value": (("sparql", "@deals-over", "--least", "lots"), "is no number"),
    "format": (("sparql", "ASK {}", "--format", "ttl"), "'ttl' is not one of"),
    "name": (("show", "Amazn"), "nearest: Amazon"),
    "second name": (("show", "Amazon", "Antropic"), "nearest: Anthropic"),
    "entity": (("analyze", "exposure", "Nvidea"), "nearest: Nvidia"),
    "analysis": (("analyze", "rival-baker"), "rival-backers"),
    "claim": (("explain", "0123456789abcdef"), "no claim '0123456789abcdef'"),
    "question": (("ask", "Which pets does Anthropic feed?"), "not understood"),
    "export": (("export", "graph.xyz"), "no format 'xyz'"),
    "ledger": (("entities", "undo", "0123"), "0123"),
}


@pytest.mark.parametrize("case", QUERIES)
def test_bad_query(demo_graph: Path, case: str, tmp_path: Path) -> None:
    arguments, words = QUERIES[case]
    os.chdir(tmp_path)
    _is_one_line(kg(*arguments, "--graph", demo_graph), words)
    assert list(tmp_path.iterdir()) == []


def test_question_that_is_not_understood_says_what_can_be_asked(demo_graph: Path) -> None:
    result = kg("ask", "Which pets does Anthropic feed?", "--graph", demo_graph)
    hint = result.stderr.rpartition("you can ask: ")[2].strip()
    assert hint
    assert kg("ask", hint, "--graph", demo_graph).exit_code == 0
    asked = kg("ask", "Which pets does Anthropic feed?", "--format", "json", "--graph", demo_graph)
    record = json.loads(asked.stdout)
    assert (record["understood"], record["rows"]) == (False, [])
    assert record["hint"]
    assert asked.exit_code == 2


USAGE = [
    ("ask",),
    ("show",),
    ("sparql",),
    ("ask", "Who?", "--as-of", "yesterday"),
    ("ask", "Who?", "--min-confidence", "2"),
    ("ask", "Who?", "--status", "rumoured"),
    ("build",),
    ("nothing",),
    ("sparql", "ASK {}", "--nope", "1"),
]


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_bad_usage(arguments: tuple[str, ...]) -> None:
    result = kg(*arguments)
    assert result.exit_code == 2
    assert "Error: " in result.stderr
    assert result.stdout == ""
