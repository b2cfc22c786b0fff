"""Tables of one run on disk, so that what grows with the articles does not grow in memory.

A private temporary database of SQLite (https://www.sqlite.org/inmemorydb.html#temp_db): its pages
are held in a cache of fixed size, spill to a file that nobody else sees and are gone when it is
closed. Nothing of it outlives the run, so it is written without a journal.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from kg.errors import GraphError

__all__ = ["Names", "Row", "Scratch"]

Row: TypeAlias = tuple[Any, ...]
_CACHE = 4 * 1024  # KiB of pages in memory; the system keeps more of them while it can


class Names:
    """Texts ↔ small numbers, in memory: for what grows with the names and not with the articles."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._texts: list[str] = []

    def number(self, text: str) -> int:
        """The number of *text*, a new one where it has none."""
        number = self._numbers.setdefault(text, len(self._texts))
        if number == len(self._texts):
            self._texts.append(text)
        return number

    def text(self, number: int) -> str:
        """The text that has *number*."""
        return self._texts[number]

    def find(self, text: str) -> int | None:
        """The number of *text*, if it has one."""
        return self._numbers.get(text)


class Scratch:
    """A temporary database with the given tables; each is the text after ``CREATE``."""

    def __init__(self, *tables: str) -> None:
        with _errors():
            self._database = sqlite3.connect("", isolation_level=None)
            for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE}"):
                self._database.execute(f"PRAGMA {pragma}")
            for table in tables:
                self._database.execute(f"CREATE {table}")
            self._database.execute("BEGIN")  # never ends: there is nobody to commit for

    def write(self, sql: str, rows: Iterable[Row] = ((),)) -> None:
        """Run *sql* once for each of *rows*."""
        with _errors():
            self._database.executemany(sql, rows)

    def row(self, sql: str, *values: object) -> Row | None:
        """The first row that *sql* gives."""
        with _errors():
            found: Row | None = self._database.execute(sql, values).fetchone()
            return found

    def rows(self, sql: str, *values: object) -> Iterator[Row]:
        """All rows that *sql* gives, one after the other."""
        with _errors():
            yield from self._database.execute(sql, values)

    def __del__(self) -> None:
        with contextlib.suppress(sqlite3.Error, AttributeError):
            self._database.close()

    def count(self, sql: str, *values: object) -> int:
        """The number that *sql* gives."""
        row = self.row(sql, *values)
        return int(row[0]) if row else 0


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    """A full disk is one clear line, as it is for the graph."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise GraphError(
            f"temporary files cannot be written: {error}; free some space or set TMPDIR"
        ) from None
