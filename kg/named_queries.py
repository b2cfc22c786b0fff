"""Queries with a name: ``ontology/queries/*.rq``, their words and their typed parameters.

The comment at the head of a file says what it answers; a line ``# @param NAME TYPE [= DEFAULT]
WORDS`` describes a parameter, which the query must project. A value becomes an RDF term and is
bound by the engine: it is never part of the query's text.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

import pyoxigraph as ox
from rapidfuzz import fuzz, process

from kg.assets import asset
from kg.errors import OntologyError, QueryError, UnknownNameError
from kg.inventory import inventory
from kg.model import Entity, Status
from kg.names import fold
from kg.ontology import Ontology
from kg.results import Results, Term
from kg.store import Store
from kg.vocabulary import STATUS_NODES, XSD, article_node, kg

__all__ = ["NamedQuery", "Parameter", "find_entity", "named_queries", "run_named"]

_PARAMETER = re.compile(r"@param\s+(\w+)\s+(\w+)(?:\s*=\s*(\S+))?\s*(.*)")
_NAME = re.compile(r"[\w-]+")
_NEAREST = 5


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; ``type`` is a key of `TYPES`, ``default`` None where a value is needed."""

    name: str
    type: str
    default: str | None
    text: str


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """One file: ``text`` says what it answers."""

    name: str
    text: str
    parameters: tuple[Parameter, ...]
    sparql: str


def find_entity(store: Store, name: str) -> Entity:
    """The entity of *store* that is called *name*: its IRI, name or label, case and accents aside.

    Raises
    ------
    UnknownNameError
        Where none is, or several are; names the nearest.
    """
    entities = store.entities()
    if name in entities:
        return entities[name]
    wanted = fold(name)
    hits = [e for e in entities.values() if wanted in {fold(text) for text in _names(e)}]
    exact = [e for e in hits if fold(e.name) == wanted]
    if len(exact or hits) == 1:
        return (exact or hits)[0]
    if hits:
        raise UnknownNameError(name, tuple(entity.iri for entity in hits))
    raise UnknownNameError(name, _nearest(wanted, entities))


def _names(entity: Entity) -> set[str]:
    return {entity.name, *(label.text for label in entity.labels)}


def _nearest(wanted: str, entities: Mapping[str, Entity]) -> tuple[str, ...]:
    labels = {f"{text}\0{e.iri}": fold(text) for e in entities.values() for text in _names(e)}
    hits = process.extract(wanted, labels, scorer=fuzz.WRatio, limit=4 * _NEAREST, score_cutoff=60)
    ranked = sorted(hits, key=lambda hit: (-hit[1], hit[2]))
    names = (entities[key.partition("\0")[2]].name for _, _, key in ranked)
    return tuple(dict.fromkeys(names))[:_NEAREST]


# -- values of parameters ---------------------------------------------------------------------


def _entity(text: str, store: Store, _: Ontology) -> Term:
    return ox.NamedNode(find_entity(store, text).iri)


def _relation(text: str, _: Store, ontology: Ontology) -> Term:
    by_word = {
        w.lower(): r.name
        for r in ontology.properties.values()
        for ws in r.words.values()
        for w in ws
    }
    name = text if text in ontology.properties else by_word.get(text.lower())
    if name is None:
        raise ValueError(f"no relation; there are: {', '.join(sorted(ontology.properties))}")
    return kg(name)


def _class(text: str, _: Store, ontology: Ontology) -> Term:
    by_word = {
        w.lower(): c.name for c in ontology.classes.values() for ws in c.words.values() for w in ws
    }
    name = text if text in ontology.classes else by_word.get(text.lower())
    if name is None:
        raise ValueError(f"no class; there are: {', '.join(sorted(ontology.classes))}")
    return kg(name)


def _status(text: str, _: Store, __: Ontology) -> Term:
    return STATUS_NODES[Status(text.lower())]


def _article(text: str, store: Store, _: Ontology) -> Term:
    article_hash = inventory(store).hash_of(text)
    if article_hash:
        return article_node(article_hash)
    if text.isalnum() and any(store.quads(article_node(text), article_node(text))):
        return article_node(text)  # a hash
    raise ValueError("no article of the graph has this identifier")


def _date(text: str, _: Store, __: Ontology) -> Term:
    return ox.Literal(date.fromisoformat(text).isoformat(), datatype=ox.NamedNode(XSD + "date"))


def _month(text: str, _: Store, __: Ontology) -> Term:
    date.fromisoformat(f"{text}-01")
    return ox.Literal(text)


def _number(text: str, _: Store, __: Ontology) -> Term:
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?", text):
        raise ValueError("a number is written in digits, such as 1000000000 or 27.5")
    return ox.Literal(text, datatype=ox.NamedNode(XSD + "decimal"))


def _text(text: str, _: Store, __: Ontology) -> Term:
    return ox.Literal(text)


TYPES: Mapping[str, Callable[[str, Store, Ontology], Term]] = {
    "entity": _entity,
    "relation": _relation,
    "class": _class,
    "status": _status,
    "article": _article,
    "date": _date,
    "month": _month,
    "number": _number,
    "text": _text,
}


# -- reading and running ----------------------------------------------------------------------


def named_queries(root: Path | None = None) -> dict[str, NamedQuery]:
    """The queries in the folder *root* (default: those that come with the program), by name.

    Raises
    ------
    OntologyError
        Where a file cannot be read or describes a parameter of no known type.
    """
    folder = root or Path(_folder())
    return {path.stem: _named_query(str(path)) for path in sorted(folder.glob("*.rq"))}


@cache
def _folder() -> str:
    return str(asset("ontology", "queries"))


def _named_query(path: str) -> NamedQuery:
    """What *path* holds; read again where its time or size is another than at the last reading."""
    try:
        found = os.stat(path)  # noqa: PTH116 - a path object costs more than the look-up
    except OSError as error:
        raise OntologyError(f"{path}: cannot be read: {error}") from None
    return _read(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=256)
def _read(path: str, _time: int, _size: int) -> NamedQuery:
    try:
        sparql = Path(path).read_text("utf8")
    except (OSError, ValueError) as error:
        raise OntologyError(f"{path}: cannot be read: {error}") from None
    comments = [line[1:].strip() for line in sparql.splitlines() if line.startswith("#")]
    found = (_PARAMETER.match(line) for line in comments)
    parameters = tuple(Parameter(*match.groups()) for match in found if match)
    for parameter in parameters:
        if parameter.type not in TYPES:
            raise OntologyError(
                f"{path}: no parameter type {parameter.type!r} in {', '.join(TYPES)}"
            )
    text = " ".join(line for line in comments if not line.startswith("@param"))
    return NamedQuery(Path(path).stem, text, parameters, sparql)


def run_named(store: Store, name: str, values: Mapping[str, str], ontology: Ontology) -> Results:
    """The result of the query *name* with the given parameters.

    Raises
    ------
    QueryError
        Where there is no such query or parameter, or a value is missing or not of its type.
    UnknownNameError
        Where a value names no entity of the graph.
    """
    query = _called(name)
    strange = sorted(values.keys() - {parameter.name for parameter in query.parameters})
    if strange:
        known = ", ".join(parameter.name for parameter in query.parameters) or "none"
        raise QueryError(f"@{name} has no parameter {strange[0]!r}; it has: {known}")
    bindings = {
        p.name: _value(query, p, values.get(p.name), store, ontology) for p in query.parameters
    }
    return store.query(query.sparql, {k: term for k, term in bindings.items() if term is not None})


@lru_cache(maxsize=256)
def _called(name: str) -> NamedQuery:
    """The query of this name among those that come with the program, read once."""
    path = f"{_folder()}/{name}.rq"
    try:
        if _NAME.fullmatch(name):
            return _named_query(path)
    except OntologyError:
        if Path(path).is_file():
            raise
    known = ", ".join(f"@{known}" for known in named_queries())
    raise QueryError(f"no query @{name}; there are: {known}")


def _value(
    query: NamedQuery, parameter: Parameter, given: str | None, store: Store, ontology: Ontology
) -> Term | None:
    text = parameter.default if given is None else given
    if text is None:
        raise QueryError(
            f"@{query.name} needs {parameter.name} ({parameter.type}): {parameter.text}"
        )
    if text == "any":
        return None
    try:
        return TYPES[parameter.type](text, store, ontology)
    except ValueError as error:
        what = f"@{query.name}: {parameter.name}={text!r} is no {parameter.type}"
        raise QueryError(f"{what}: {error}") from None
