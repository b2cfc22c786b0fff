"""What a SPARQL query gives back: typed rows, a truth value or triples, and the W3C formats."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, TypeAlias, TypeVar

import pyoxigraph as ox

from kg.errors import QueryError
from kg.query_text import Term
from kg.vocabulary import PREFIXES

__all__ = ["RESULT_FORMATS", "Results", "Term", "plain", "turtle_bytes"]

T = TypeVar("T")
Raw: TypeAlias = ox.QuerySolutions | ox.QueryBoolean | Iterable[ox.Triple]

_TABLES = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
_TRIPLES = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "jsonld": ox.RdfFormat.JSON_LD,
}
RESULT_FORMATS = (*_TABLES, *_TRIPLES)


def plain(term: Term | None) -> str | float | bool | None:
    """The Python value of *term*: a number for numeric literals, else its text; None stays None."""
    if term is None:
        return None
    if isinstance(term, ox.Triple):
        return str(term)
    if isinstance(term, ox.Literal):
        return _literal_value(term.value, term.datatype.value.rpartition("#")[2])
    return term.value


def _literal_value(text: str, datatype: str) -> str | float | bool:
    try:
        if datatype == "integer":
            return int(text)
        if datatype in {"decimal", "double", "float"}:
            return float(text)
    except ValueError:
        return text
    return text == "true" if datatype == "boolean" else text


@dataclass(slots=True)
class Results:
    """The result of one query; rows can be read once, as they come."""

    raw: Raw

    @property
    def kind(self) -> str:
        """``rows`` (SELECT), ``truth`` (ASK) or ``triples`` (CONSTRUCT, DESCRIBE)."""
        if isinstance(self.raw, ox.QuerySolutions):
            return "rows"
        return "truth" if isinstance(self.raw, ox.QueryBoolean) else "triples"

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the columns, without ``?``; subject, predicate and object for triples."""
        if isinstance(self.raw, ox.QuerySolutions):
            return tuple(variable.value for variable in self.raw.variables)
        return () if self.kind == "truth" else ("subject", "predicate", "object")

    def __bool__(self) -> bool:
        """The truth value of an ASK query.

        Raises
        ------
        QueryError
            For a query that asks for rows or triples.
        """
        if not isinstance(self.raw, ox.QueryBoolean):
            raise QueryError("this query gives rows or triples; only ASK has a truth value")
        return bool(self.raw)

    def __iter__(self) -> Iterator[tuple[Term | None, ...]]:
        """Rows as tuples in the order of :attr:`variables`, None where a variable is unbound."""
        try:
            if isinstance(self.raw, ox.QuerySolutions):
                yield from map(tuple, self.raw)
            elif not isinstance(self.raw, ox.QueryBoolean):
                for triple in self.raw:
                    yield triple.subject, triple.predicate, triple.object
        except (OSError, RuntimeError, SyntaxError, ValueError) as error:
            raise QueryError(f"the query failed while it ran: {error}") from None

    def rows(self) -> Iterator[tuple[str | float | bool | None, ...]]:
        """Rows as plain Python values: IRIs and texts as strings, numbers as numbers."""
        for row in self:
            yield tuple(plain(term) for term in row)

    def serialize(self, format_name: str) -> bytes:
        """The result in a W3C format, UTF-8: json, xml, csv, tsv; for triples ttl, nt, nq, jsonld.

        Raises
        ------
        QueryError
            Where the format is unknown or is none for this kind of query.
        """
        buffer = io.BytesIO()
        self.write(buffer, format_name)
        return buffer.getvalue()

    def write(self, output: IO[bytes], format_name: str) -> None:
        """Write the result to *output*; see :meth:`serialize`."""
        try:
            if isinstance(self.raw, ox.QuerySolutions | ox.QueryBoolean):
                what = "rows" if self.kind == "rows" else "a truth value"
                self.raw.serialize(output, format=_known(format_name, _TABLES, what))
            else:
                rdf_format = _known(format_name, _TRIPLES, "triples")
                output.write(turtle_bytes(self.raw, rdf_format))
        except (OSError, RuntimeError, SyntaxError, ValueError) as error:
            raise QueryError(f"the result cannot be written as {format_name}: {error}") from None


def turtle_bytes(quads: Iterable[ox.Triple] | Iterable[ox.Quad], rdf_format: ox.RdfFormat) -> bytes:
    """*quads* in *rdf_format* with the project's prefixes in a fixed order.

    The serializer lists prefixes in the order of a seeded hash: another one in each process.
    """
    lines = (ox.serialize(quads, format=rdf_format, prefixes=dict(PREFIXES)) or b"").splitlines(
        True
    )
    size = next((n for n, line in enumerate(lines) if not line.startswith(b"@prefix ")), len(lines))
    return b"".join([*sorted(lines[:size]), *lines[size:]])


def _known(name: str, known: Mapping[str, T], what: str) -> T:
    if name not in known:
        raise QueryError(f"this query gives {what}: {name!r} is not one of {', '.join(known)}")
    return known[name]
