"""What can be said of a SPARQL query from its text, before anyone runs it (W3C SPARQL 1.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TypeAlias

import pyoxigraph as ox

from kg.errors import QueryError
from kg.vocabulary import PREFIXES

__all__ = [
    "Term",
    "check_syntax",
    "form_of",
    "names_its_graphs",
    "refuse_service",
    "syntax_message",
    "used_prefixes",
    "with_prefixes",
    "with_terms",
]

Term: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_PASSED_OVER = re.compile(
    r'"""[\s\S]*?"""|\'\'\'[\s\S]*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    r"|<[^<>\"{}|^`\\\s]*>|#[^\r\n]*|\\."
)
_FROM = re.compile(r"\bFROM\b", re.IGNORECASE)
_FORM = re.compile(r"(?<![\w:?$-])(SELECT|ASK|CONSTRUCT|DESCRIBE)(?![\w:-])", re.IGNORECASE)
_WHERE = re.compile(r"(?<![\w:?$-])WHERE\s*\{", re.IGNORECASE)
_DECLARED = re.compile(r"(?<![\w:?$-])PREFIX\s+([\w.-]*):", re.IGNORECASE)
_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_LONGEST = 120  # characters of the parser's list of what it expected
_FORMS = {"SELECT": "rows", "ASK": "truth", "CONSTRUCT": "triples", "DESCRIBE": "triples"}


def _code(sparql: str) -> str:
    """*sparql* with strings, IRIs and comments blanked; every other character keeps its place."""
    return _PASSED_OVER.sub(lambda found: " " * len(found[0]), sparql)


@lru_cache(maxsize=256)
def names_its_graphs(sparql: str) -> bool:
    """Whether a ``FROM`` clause says what is asked."""
    return bool(_FROM.search(_code(sparql)))


@lru_cache(maxsize=256)
def used_prefixes(sparql: str) -> dict[str, str]:
    """Those of our prefixes that *sparql* may use: the engine reads each anew for every query."""
    return {name: iri for name, iri in PREFIXES.items() if f"{name}:" in sparql}


def form_of(sparql: str) -> str:
    """``rows``, ``truth`` or ``triples``: what a query of this form gives.

    Raises
    ------
    QueryError
        Where the text is no query.
    """
    form = _FORM.search(_code(sparql))
    if not form:
        raise QueryError("not SPARQL: a query says SELECT, ASK, CONSTRUCT or DESCRIBE")
    return _FORMS[form[1].upper()]


def check_syntax(sparql: str) -> None:
    """Parse *sparql* here, so that a fault has the same words whoever answers.

    Raises
    ------
    QueryError
        Where it is not SPARQL, with line and column.
    """
    try:
        ox.Store().query(sparql, prefixes=dict(PREFIXES))  # an empty one: nothing is looked up
    except SyntaxError as error:
        raise QueryError(syntax_message(sparql, str(error.msg))) from None
    except (OSError, RuntimeError, ValueError):
        return  # it parses; what it needs to be answered is not here


def syntax_message(sparql: str, message: str) -> str:
    """The parser's *message* as one line, with the place and the words there."""
    place = _PLACE.match(message)
    if not place:
        return f"not SPARQL: {' '.join(message.split())}"
    line, column, reason = int(place[1]), int(place[2]), " ".join(place[3].split())
    reason = reason if len(reason) < _LONGEST else f"{reason[:_LONGEST]} …"
    lines = sparql.splitlines()
    shown = lines[line - 1].strip()[:80] if 0 < line <= len(lines) else ""
    return f"not SPARQL at line {line}, column {column} ({shown!r}): {reason}"


# -- queries that would ask others ------------------------------------------------------------


def refuse_service(sparql: str) -> None:
    """Refuse a query that has another server called (``SERVICE``, SPARQL 1.1 Federated Query).

    Where the word is there at all, rdflib's parser says whether it calls: Oxigraph's gives no tree.
    What rdflib cannot parse is refused too, since two parsers may read one text in two ways.

    Raises
    ------
    QueryError
        Where it does, or where it cannot be told.
    """
    text = sparql.upper()
    if "SERVICE" not in text and "\\U" not in text:  # an escape may spell the word
        return
    from rdflib.plugins.sparql.parser import parseQuery  # slow to load, and seldom needed

    try:
        tree = parseQuery(sparql.replace("\r", "\n"))
        calls = any(getattr(node, "name", "") == "ServiceGraphPattern" for node in _nodes(tree))
    except Exception:  # pyparsing's, and whatever a hostile text makes of it
        calls = True
    if calls:
        raise QueryError(
            "this query calls another server (SERVICE), or cannot be read well enough to rule "
            "that out; take it out, or allow it with --allow-service"
        )


def _nodes(tree: object) -> Iterator[object]:
    """*tree* and all below it, in the types of rdflib's parser."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, dict):
            waiting.extend(node.values())
        elif not isinstance(node, str) and isinstance(node, Iterable):
            waiting.extend(node)


# -- queries for a server ---------------------------------------------------------------------


def with_prefixes(sparql: str) -> str:
    """*sparql* with those of our prefixes declared that it uses and does not declare."""
    code = _code(sparql)
    own = set(_DECLARED.findall(code))
    used = (name for name in PREFIXES if name not in own and f"{name}:" in code)
    return "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in used) + sparql


def with_terms(sparql: str, bindings: Mapping[str, Term] | None) -> str:
    """*sparql* with a ``VALUES`` block that binds variables: the protocol has no parameters.

    Terms are written as N-Triples by the RDF library, which escapes them.

    Raises
    ------
    QueryError
        Where a term is a blank node: it would stand for anything.
    """
    if not bindings:
        return sparql
    names = sorted(bindings)
    if any(isinstance(bindings[name], ox.BlankNode) for name in names):
        raise QueryError("a blank node cannot stand for a variable")
    row = " ".join(str(bindings[name]) for name in names)
    block = f" VALUES ({' '.join(f'?{name}' for name in names)}) {{ ({row}) }} "
    place = _pattern_start(sparql)
    return sparql[:place] + block + sparql[place:]


def _pattern_start(sparql: str) -> int:
    """Where the query's pattern begins, behind its brace."""
    code = _code(sparql)
    where = _WHERE.search(code)
    if where and form_of(sparql) == "triples":  # the first brace may be that of the template
        return where.end()
    return code.index("{") + 1
