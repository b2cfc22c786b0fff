"""Printing for people and for pipes: no colours and no wrapping unless a terminal reads it.

Text from articles may hold control characters; they are taken out before a terminal sees them.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = [
    "Bar",
    "clean",
    "emphasised",
    "money",
    "paragraph",
    "progress",
    "rule",
    "say",
    "say_csv",
    "table",
    "warn",
]

T = TypeVar("T")

_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_WIDTH = 80
_UNLIMITED = 100_000  # columns, where nothing is to be wrapped


def clean(text: str) -> str:
    """*text* on one line, without control characters and marks that turn the writing direction."""
    return " ".join(_CONTROL.sub("", text).split())


def say(text: str = "") -> None:
    """Print *text* to standard output; styles are dropped where no terminal reads it."""
    click.echo(text)


def say_csv(rows: Iterable[Sequence[str]]) -> None:
    """Print *rows* as CSV (RFC 4180), the first one the header; no cell spans lines."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([clean(cell) for cell in row] for row in rows)
    click.echo(buffer.getvalue(), nl=False)


def warn(text: str) -> None:
    """Print a line to standard error."""
    click.echo(clean(text), err=True)


def _width() -> int:
    """Columns of the terminal; no limit in a pipe."""
    return shutil.get_terminal_size((_WIDTH, 24)).columns if sys.stdout.isatty() else _UNLIMITED


def paragraph(text: str, indent: str = "") -> str:
    """*text* from an article, wrapped to the terminal; one line in a pipe."""
    return textwrap.fill(clean(text), _width(), initial_indent=indent, subsequent_indent=indent)


def emphasised(text: str, part: str, indent: str = "") -> str:
    """:func:`paragraph` of *text* with *part* of it in bold, where no line break cuts it."""
    return paragraph(text, indent).replace(part, click.style(part, bold=True), 1)


def rule(title: str) -> str:
    """A heading."""
    return click.style(clean(title), bold=True)


def money(amount: float | None, currency: str | None, percent: float | None = None) -> str:
    """Figures of a deal in words; empty where nothing is known.

    >>> money(1e10, "USD", 27.5)
    '10,000,000,000 USD, 27.5%'
    """
    parts = [f"{amount:,.12g} {currency or ''}".strip()] if amount is not None else []
    return ", ".join([*parts, f"{percent:g}%"] if percent is not None else parts)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; columns of numbers are set to the right."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = [list(row) for row in rows]
    shown = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for number, name in enumerate(header):
        numeric = bool(rows) and all(isinstance(row[number], int | float | None) for row in rows)
        shown.add_column(name, justify="right" if numeric else "left", no_wrap=True)
    for row in rows:
        shown.add_row(*(Text(clean(_cell(value))) for value in row))
    console = Console(width=_width(), highlight=False)
    with console.capture() as capture:
        console.print(shown)
    for line in capture.get().splitlines():
        say(line.rstrip())


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.3f}"
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else str(value)


@contextmanager
def progress(
    label: str, total: Callable[[], int] | None = None, *, prints: bool = False
) -> Iterator[Bar]:
    """A bar on standard error while something takes long; nothing where no terminal is there.

    Nothing either where the command *prints* meanwhile to the same terminal: that is progress.
    *total* is asked only where somebody looks.
    """
    if not sys.stderr.isatty() or (prints and sys.stdout.isatty()):
        yield Bar(None, label, None)
        return
    from rich import progress as parts
    from rich.console import Console

    shown = (
        parts.TextColumn("{task.description}"),
        parts.BarColumn(),
        parts.MofNCompleteColumn(),
        parts.TimeRemainingColumn(),
    )
    with parts.Progress(*shown, console=Console(stderr=True), transient=True) as running:
        yield Bar(running, label, total() if total is not None else None)


class Bar:
    """Counts steps; ``shown`` is None where nobody looks."""

    def __init__(self, shown: Progress | None, label: str, total: int | None) -> None:
        self._shown, self._label = shown, label
        self._task = shown.add_task(label, total=total) if shown else None

    def stage(self, label: str, done: int) -> None:
        """So many are done of the stage *label*; the total is that of the first stage."""
        if self._shown is None or self._task is None:
            return
        if label != self._label:
            self._shown.remove_task(self._task)
            self._label, self._task = label, self._shown.add_task(label, total=None)
        self._shown.update(self._task, completed=done)

    def over(self, things: Iterable[T]) -> Iterator[T]:
        """*things*, counted as they go by."""
        for thing in things:
            yield thing
            if self._shown is not None and self._task is not None:
                self._shown.advance(self._task)
