"""Catalogue files: Turtle (SKOS labels) and plain CSV, read into drafts of entities and checked.

Every fault is one :class:`~kg.errors.OntologyError` that names file, line and remedy.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kg.errors import OntologyError
from kg.model import Label
from kg.names import entity_iri
from kg.ontology import Ontology
from kg.turtle import KG, SKOS, Description, local_name, read_turtle

__all__ = ["Draft", "read_drafts"]

ATTRIBUTES = frozenset({"ambiguousLabel", "headquarters", "country", "ticker"})
COLUMNS = ("name", "types", "aliases", "parent", "country")


@dataclass(slots=True)
class Draft:
    """What the files say of one entity so far; ``origin`` is its file, with line where known."""

    iri: str
    origin: str
    name: str = ""
    types: list[str] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    ambiguous: list[str] = field(default_factory=list)
    cities: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)

    def place(self) -> str:
        """``file:line`` for messages; the line of a Turtle entry is looked for only here."""
        found = re.search(r":\d+$", self.origin)
        return self.origin if found else _origin(Path(self.origin), self.iri)

    def add(self, other: Draft) -> None:
        """Take over what a later entry says of the same entity; its name stays."""
        self.name = self.name or other.name
        for mine, more in (
            (self.types, other.types),
            (self.ambiguous, other.ambiguous),
            (self.cities, other.cities),
            (self.countries, other.countries),
        ):
            mine.extend(text for text in more if text not in mine)
        self.labels += [label for label in other.labels if label not in self.labels]
        self.facts += [fact for fact in other.facts if fact not in self.facts]


def _origin(path: Path, iri: str) -> str:
    """``file:line`` where *iri* starts an entry; the parser gives no line for what it read."""
    start = re.compile(rf"\s*(?:<{re.escape(iri)}>|[\w-]*:{re.escape(local_name(iri))})(?=\s)")
    for number, line in enumerate(path.read_text("utf8").splitlines(), 1):
        if start.match(line):
            return f"{path}:{number}"
    return str(path)


class _TurtleReader:
    def __init__(self, path: Path, ontology: Ontology) -> None:
        self.path, self.ontology = path, ontology

    def read(self) -> Iterator[Draft]:
        for description in read_turtle(self.path).values():
            yield self._draft(description)

    def fault(self, description: Description, message: str) -> OntologyError:
        name = local_name(description.iri)
        return OntologyError(f"{_origin(self.path, description.iri)}: {name}: {message}")

    def _draft(self, description: Description) -> Draft:
        draft = Draft(description.iri, str(self.path))
        for predicate in description.values:
            self._check(description, predicate)
        draft.types = [local_name(iri) for iri in description.types]
        draft.name = self._name(description)
        draft.labels = self._labels(description, draft.name)
        draft.facts = [
            (local_name(predicate), iri)
            for predicate in description.values
            if local_name(predicate) in self.ontology.properties
            for iri in description.iris(predicate)
        ]
        draft.ambiguous = [text for text, _ in description.literals(KG + "ambiguousLabel")]
        draft.cities = [text for text, _ in description.literals(KG + "headquarters")]
        draft.countries = [text for text, _ in description.literals(KG + "country")]
        return draft

    def _check(self, description: Description, predicate: str) -> None:
        name = local_name(predicate)
        if not predicate.startswith(KG) or name in ATTRIBUTES:
            return
        if name not in self.ontology.properties:
            known = ", ".join(sorted({*self.ontology.properties, *ATTRIBUTES}))
            raise self.fault(description, f"unknown property kg:{name}; one of {known}")
        if len(description.iris(predicate)) != len(description.terms(predicate)):
            raise self.fault(description, f"kg:{name} takes entities (kgd:Name), not text")

    def _name(self, description: Description) -> str:
        names = description.by_language(SKOS + "prefLabel")
        found = names.get("en", ()) + names.get("", ())
        if len(found) > 1:
            raise self.fault(description, f"two preferred English labels: {', '.join(found)}")
        return found[0] if found else ""

    def _labels(self, description: Description, name: str) -> list[Label]:
        """The preferred English name holds in every language; other labels as they are tagged."""
        preferred = description.literals(SKOS + "prefLabel")
        others = [(text, lang) for text, lang in preferred if text != name]
        others += description.literals(SKOS + "altLabel")
        labels = [Label(name)] if name else []
        return labels + [Label(text, lang) for text, lang in others]


class _CsvReader:
    """``name,types,aliases,parent,country``; several values in a cell are separated by ``;``.

    ``parent`` is a noun of the ontology for the one who stands at the other end of a relation;
    any other such noun (``developer``, ``investor`` …) may head a further column.
    """

    def __init__(self, path: Path, ontology: Ontology, known: Mapping[str, Draft]) -> None:
        self.path, self.ontology = path, ontology
        self.by_name = {draft.name: draft.iri for draft in known.values()}

    def read(self) -> Iterator[Draft]:
        rows = list(self._rows())
        for _, row in rows:
            self.by_name.setdefault(row["name"], entity_iri(row["name"]))
        for line, row in rows:
            yield self._draft(line, row)

    def _rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file, strict=True)
                self._check_header(reader.fieldnames or ())
                for row in reader:
                    yield reader.line_num, self._row(reader.line_num, row)
        except FileNotFoundError:
            raise OntologyError(f"{self.path}: no such file") from None
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise OntologyError(f"{self.path}: not CSV in UTF-8: {error}") from None

    def _check_header(self, header: object) -> None:
        columns = list(header) if isinstance(header, list | tuple) else []
        missing = [column for column in COLUMNS[:2] if column not in columns]
        if missing:
            want = ",".join(COLUMNS)
            raise OntologyError(
                f"{self.path}:1: no column {missing[0]!r}; the first line is {want}"
            )
        for column in columns:
            if column not in COLUMNS and self._relation(column) is None:
                raise OntologyError(f"{self.path}:1: column {column!r} is no role of a relation")

    def _row(self, line: int, row: Mapping[str | None, object]) -> dict[str, str]:
        if None in row:
            raise self.fault(line, "more cells than columns; put names with commas in quotes")
        cells = {str(key): str(value or "").strip() for key, value in row.items()}
        if not cells["name"]:
            raise self.fault(line, "an entry needs a name")
        return cells

    def fault(self, line: int, message: str) -> OntologyError:
        return OntologyError(f"{self.path}:{line}: {message}")

    def _relation(self, role: str) -> str | None:
        """The property that leads from an entity to its *role*: the inverse of the role's own."""
        for relation in self.ontology.properties.values():
            if role in relation.roles.get("en", ()):
                inverse = self.ontology.inverse(relation.inverse_of or relation.name)
                return relation.inverse_of or (inverse.name if inverse else None)
        return None

    def _draft(self, line: int, row: Mapping[str, str]) -> Draft:
        name = row["name"]
        draft = Draft(self.by_name[name], f"{self.path}:{line}", name)
        draft.types = _cells(row["types"])
        draft.labels = [Label(text) for text in [name, *_cells(row.get("aliases", ""))]]
        draft.countries = _cells(row.get("country", ""))
        for column in row:
            relation = None if column in COLUMNS and column != "parent" else self._relation(column)
            if relation is not None:
                draft.facts += [(relation, self._other(line, x)) for x in _cells(row[column])]
        return draft

    def _other(self, line: int, name: str) -> str:
        if name not in self.by_name:
            raise self.fault(line, f"{name!r} is no entity; add a line for it")
        return self.by_name[name]


def _cells(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def read_drafts(paths: tuple[Path, ...], ontology: Ontology) -> dict[str, Draft]:
    """Entities of all *paths* by IRI; a later file adds to what an earlier one says.

    Raises
    ------
    OntologyError
        Naming file, line and remedy.
    """
    drafts: dict[str, Draft] = {}
    for path in paths:
        plain = path.suffix.lower() == ".csv"
        reader = _CsvReader(path, ontology, drafts) if plain else _TurtleReader(path, ontology)
        for draft in reader.read():
            if draft.iri in drafts:
                drafts[draft.iri].add(draft)
            else:
                drafts[draft.iri] = draft
    _check(drafts, ontology)
    return drafts


def _check(drafts: Mapping[str, Draft], ontology: Ontology) -> None:
    owners: dict[str, Draft] = {}
    for draft in drafts.values():
        problem = _problem(draft, drafts, ontology)
        if not problem and owners.setdefault(draft.name, draft) is not draft:
            first = owners[draft.name].place()
            problem = f"preferred label {draft.name!r} belongs to {first} already; choose another"
        if problem:
            raise OntologyError(f"{draft.place()}: {local_name(draft.iri)}: {problem}")


def _problem(draft: Draft, drafts: Mapping[str, Draft], ontology: Ontology) -> str:
    if not draft.name:
        return 'no preferred English label; add skos:prefLabel "Name"@en'
    if not draft.types:
        return "no type; add a class such as " + ", ".join(sorted(ontology.classes)[:3])
    for name in draft.types:
        if name not in ontology.classes:
            return f"unknown class {name!r}; one of {', '.join(sorted(ontology.classes))}"
    for relation, iri in draft.facts:
        if iri not in drafts:
            return f"{relation} leads to unknown entity {local_name(iri)}; add an entry for it"
    texts = {label.text for label in draft.labels}
    for text in draft.ambiguous:
        if text not in texts:
            return f"ambiguous label {text!r} is none of its labels; add it as skos:altLabel"
    return ""
