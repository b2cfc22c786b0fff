"""``%%sparql`` for Jupyter and IPython: a cell is a query, its result a table.

``%load_ext kg`` adds it; the graph is the one that the variable ``graph`` holds.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import pyoxigraph as ox
from IPython.core.error import UsageError

import kg
from kg.errors import KgError
from kg.fragments import block, escaped
from kg.results import Results, Term, plain
from kg.vocabulary import PREFIXES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Table", "register", "shortened"]

_CELL = "vertical-align:top;padding:.2em .8em .2em 0"
_SHOWN = 200  # rows of a table that a cell shows
_BY_LENGTH = tuple(sorted(PREFIXES.items(), key=lambda item: -len(item[1])))


def shortened(term: Term | None) -> str | float | bool | None:
    """*term* for reading: an IRI with its prefix where one fits, a literal as a Python value.

    >>> shortened(ox.NamedNode("https://kg.example/entity/OpenAI"))
    'kgd:OpenAI'
    """
    if isinstance(term, ox.NamedNode):
        for prefix, namespace in _BY_LENGTH:
            if term.value.startswith(namespace):
                return f"{prefix}:{term.value[len(namespace) :]}"
    return plain(term)


class Table:
    """The rows of a SPARQL result; shows itself in Jupyter, all text of all cells.

    ``columns`` are the names of the variables; ``rows`` tuples of Python values, IRIs with their
    prefix, None where a variable is unbound.
    """

    def __init__(self, results: Results) -> None:
        self.columns = results.variables
        self.rows = [tuple(map(shortened, row)) for row in results]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self.rows)

    def __repr__(self) -> str:
        lines = ["\t".join(self.columns), *("\t".join(map(_cell, row)) for row in self.rows)]
        return "\n".join(lines)

    def dataframe(self) -> pd.DataFrame:
        """The same as a pandas ``DataFrame``."""
        import pandas as pd

        return pd.DataFrame(self.rows, columns=list(self.columns))

    def _repr_html_(self) -> str:
        head = "".join(
            f'<th style="text-align:left;{_CELL}">{escaped(name)}</th>' for name in self.columns
        )
        body = "".join(f"<tr>{''.join(map(_td, row))}</tr>" for row in self.rows[:_SHOWN])
        left = len(self.rows) - _SHOWN
        count = f"{len(self.rows):,} rows" + (f", {left:,} of them not shown" if left > 0 else "")
        return block(f"<table><tr>{head}</tr>{body}</table><p><small>{count}</small></p>")


def _cell(value: object) -> str:
    text = "" if value is None else f"{value:,.12g}" if isinstance(value, float) else str(value)
    return " ".join(text.split())


def _td(value: object) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    text = f"{value:,.12g}" if number else "" if value is None else str(value)
    align = "right" if number else "left"
    return f'<td style="text-align:{align};{_CELL}"><bdi>{escaped(text)}</bdi></td>'


class _Arguments(argparse.ArgumentParser):
    """Says what is wrong instead of ending the program."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"%sparql: {message}")


_ARGUMENTS = _Arguments("%sparql", add_help=False)
_ARGUMENTS.add_argument("words", nargs="*")
_ARGUMENTS.add_argument("--graph", default="graph")
_ARGUMENTS.add_argument("--into")


def register(shell: Any) -> None:
    """Add ``%sparql`` and ``%%sparql`` to *shell* (an IPython ``InteractiveShell``)."""

    def sparql(line: str, cell: str | None = None) -> Table | bool | None:
        """Ask the open graph in SPARQL 1.1.

        %%sparql [--graph VARIABLE] [--into VARIABLE]    the cell is the query
        %sparql @NAME [PARAMETER=VALUE ...]              a query by name

        SELECT, CONSTRUCT and DESCRIBE give a table, ASK a truth value. The graph is that of the
        variable `graph` unless --graph says another; --into keeps the result and shows nothing.
        """
        given = _ARGUMENTS.parse_args(shlex.split(line))
        value = _answer(shell.user_ns.get(given.graph), given, cell)
        if given.into is None:
            return value
        shell.user_ns[given.into] = value
        return None

    shell.register_magic_function(sparql, "line_cell", "sparql")


def _answer(graph: object, given: argparse.Namespace, cell: str | None) -> Table | bool:
    if not isinstance(graph, kg.Graph):
        raise UsageError(f"no open graph in the variable {given.graph!r}; kg.open gives one")
    query, parameters = _query(given.words, cell)
    try:
        results = graph.sparql(query, allow_service=False, **parameters)
        return bool(results) if results.kind == "truth" else Table(results)
    except KgError as error:
        raise UsageError(str(error)) from None


def _query(words: list[str], cell: str | None) -> tuple[str, dict[str, str]]:
    """The query's text, or its name and parameters."""
    if cell is not None and not words:
        return cell, {}
    name, *rest = words or [""]
    pairs = [word.partition("=") for word in rest]
    if not name.startswith("@") or not all(equals for _, equals, _ in pairs):
        raise UsageError("write the query below %%sparql, or '%sparql @name parameter=value'")
    return name, {key: value for key, _, value in pairs}
