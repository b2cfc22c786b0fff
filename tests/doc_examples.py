"""Examples in Markdown: what a reader would type, found in README and docs, and run.

Shell commands stand in fenced ``console`` blocks behind ``$``, or in indented ones; below a command
may stand what it prints, where a line ``…`` stands for any lines. Fenced ``python`` and ``sparql``
blocks are run as they are; a block with ``title="FILE"`` is written to that file first. A comment
before a block changes that: ``<!-- not run: WHY -->``, ``<!-- exit 2: WHY -->``.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

import kg
from kg.cli import main

_FENCE = re.compile(r"^(`{3,})\s*([\w-]*)(.*)$")
_TITLE = re.compile(r'title="([^"]+)"')
_NOTE = re.compile(r"^<!-- (not run|exit)([^:]*): (.+) -->$")
_SHELL = frozenset({"console", "sh", "bash", "shell"})
_PROMPT = re.compile(r"^(?:\$ )?(kg(?: .*)?)$")


@dataclass(frozen=True, slots=True)
class Example:
    """A block of a page: ``kind`` is the fence's language, ``line`` its place, ``note`` the comment before it."""

    page: str
    line: int
    kind: str
    text: str
    title: str = ""
    note: str = ""
    codes: frozenset[int] = frozenset({0})

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"


def examples(path: Path) -> Iterator[Example]:
    """The blocks of the page at *path*, in their order."""
    lines = path.read_text("utf8").splitlines()
    note, codes, number = "", frozenset({0}), 0
    while number < len(lines):
        line, start = lines[number], number + 1
        fence, said = _FENCE.match(line), _NOTE.match(line)
        if said:
            note = said[3] if said[1] == "not run" else ""
            codes = frozenset(map(int, re.findall(r"\d+", said[2]))) or codes
        elif fence:
            end = next(n for n in range(start, len(lines)) if lines[n].startswith(fence[1]))
            title = _TITLE.search(fence[3])
            text = "\n".join(lines[start:end]) + "\n"
            yield Example(path.name, start, fence[2], text, title[1] if title else "", note, codes)
            number = end
        elif line.startswith("    ") and not _inside_list(lines, number):
            end = next((n for n in range(start, len(lines)) if _ends(lines[n])), len(lines))
            text = "\n".join(one[4:] for one in lines[number:end]) + "\n"
            yield Example(path.name, start, "indented", text, "", note, codes)
            number = end - 1
        if line.strip() and not said:
            note, codes = "", frozenset({0})
        number += 1


def _ends(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("    ")


def _inside_list(lines: list[str], number: int) -> bool:
    before = next((one for one in reversed(lines[:number]) if _ends(one)), "")
    return bool(re.match(r"\s*([-*]|\d+\.) ", before))


@dataclass(frozen=True, slots=True)
class Command:
    """A line of shell and what the page says it prints."""

    words: str
    printed: tuple[str, ...]


def commands(example: Example) -> list[Command]:
    """The commands of a block; in an indented one only those of ``kg``, whatever they print."""
    lines = example.text.splitlines()
    if example.kind == "console":
        starts = [n for n, line in enumerate(lines) if line.startswith("$ ")]
        ends = [*starts[1:], len(lines)]
        return [
            Command(lines[n][2:], tuple(lines[n + 1 : end]))
            for n, end in zip(starts, ends, strict=True)
        ]
    return [Command(found[1], ()) for found in map(_PROMPT.match, lines) if found]


class Reader:
    """Does in *folder* what a page says, as its reader would, in one process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, Any] = {}

    def close(self) -> None:
        """Let go of the graphs that the page opened."""
        for value in self.names.values():
            if isinstance(value, kg.Graph):
                value.close()

    def follow(self, example: Example) -> None:
        """Run *example*; fails as it fails, or where it prints something else."""
        if example.title:
            path = self.folder / example.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(example.text, "utf8")
        elif example.kind in _SHELL or example.kind == "indented":
            for command in commands(example):
                self._run(command, example)
        elif example.kind == "python":
            code = compile(example.text, example.where, "exec")
            exec(code, self.names)
        elif example.kind == "sparql":
            with kg.open(self.folder / "graph") as graph:
                result = graph.sparql(example.text)
                assert result.kind == "truth" or list(result) is not None

    def _run(self, command: Command, example: Example) -> None:
        words = shlex.split(command.words, comments=True)
        if words[0] == "kg" and not set(words) & {"|", ">", "<", "&&", ";"}:
            result = CliRunner().invoke(main, words[1:])
            code, output = result.exit_code, result.output
        else:
            code, output = self._shell(command.words)
        said = f"{example.where}: {command.words}\nexit code {code}\n{output}"
        assert code in example.codes, said
        _compare(command.printed, output.splitlines(), said)

    def _shell(self, line: str) -> tuple[int, str]:
        binaries = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            line,
            shell=True,
            cwd=self.folder,
            env={**os.environ, "PATH": binaries},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr


def _compare(printed: tuple[str, ...], output: list[str], said: str) -> None:
    """The lines that a page shows come out in their order; ``…`` stands for any others."""
    rest = [line.rstrip() for line in output]
    loose = False
    for line in filter(None, (one.rstrip() for one in printed)):
        if line.strip() == "…":
            loose = True
            continue
        assert line in (rest if loose else [one for one in rest if one][:1]), f"{line!r} of {said}"
        rest, loose = rest[rest.index(line) + 1 :], False
