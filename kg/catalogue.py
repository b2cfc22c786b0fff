"""The catalogue: known organisations and products, looked up by name.

Labels are SKOS (W3C, 2009). A name is looked up exactly first, then folded (:mod:`kg.names`); a
label that is also another word is found in its exact casing only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from kg.assets import asset
from kg.catalogue_files import Draft, read_drafts
from kg.errors import OntologyError
from kg.model import Entity, Label, content_hash
from kg.names import compact, fold, strip_possessive, strip_steps
from kg.ontology import Ontology
from kg.turtle import KG, SKOS, Description, read_turtle

__all__ = ["OWN_FILE", "Catalogue", "graph_catalogue", "load_catalogue"]

Index: TypeAlias = Mapping[str, tuple[tuple[str, str | None], ...]]  # key → (IRI, language)
OWN_FILE = "entities.csv"  # of a graph's folder: entities and names that its users added
SHORTEST_COMPACT = 5  # characters: below, two words written together are mostly another word
SHORTEST_PLACE = 3  # characters: up to here only abbreviations in capitals are places


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Known entities with their names, places and background facts; picklable.

    Attributes
    ----------
    entities
        IRI → entity, in the order of the files.
    exact, folded
        Label, or a folded form of it, → IRIs and the language that the label is for.
    ambiguous
        Labels that need their exact casing and evidence from the context; ``ambiguous_keys`` are
        their folded forms.
    neighbours
        (IRI, property) → IRIs, for each fact and for its inverse; ``connections`` joins all of them.
    places
        Folded words for a country, region or city → languages that they are words of.
    kinds
        Class name → names of the top classes (organisations, products) above it; ``above`` holds all classes above.
    version
        Hash of the files read; ``files`` are their paths.
    """

    entities: Mapping[str, Entity]
    exact: Index
    folded: Index
    ambiguous: frozenset[str]
    ambiguous_keys: frozenset[str]
    neighbours: Mapping[tuple[str, str], tuple[str, ...]]
    connections: Mapping[str, frozenset[str]]
    places: Mapping[str, tuple[str | None, ...]]
    kinds: Mapping[str, frozenset[str]]
    above: Mapping[str, frozenset[str]]
    version: str
    files: tuple[Path, ...] = ()

    def lookup(self, text: str, lang: str | None = None) -> tuple[Entity, ...]:
        """Entities that *text* names, best match only, sorted by IRI; none where it is unknown.

        Parameters
        ----------
        text
            A name as it stands in an article: possessive, plural of a chip's name, legal form
            and other spellings are seen through.
        lang
            ISO 639-1; labels of other languages are then left out.
        """
        texts = dict.fromkeys((text.strip(), strip_possessive(text)))
        steps = list(dict.fromkeys(step for form in texts for step in strip_steps(form)))
        for step in steps:
            if found := self._among(self.exact.get(step, ()), lang):
                return found
        for step in steps:
            for key in _keys(step):
                if found := self._among(self.folded.get(key, ()), lang):
                    return found
        return ()

    def _among(
        self, hits: Iterable[tuple[str, str | None]], lang: str | None
    ) -> tuple[Entity, ...]:
        iris = {iri for iri, own in hits if lang is None or own is None or own == lang}
        return tuple(self.entities[iri] for iri in sorted(iris))

    def labels(self) -> Iterator[tuple[Label, Entity]]:
        """Every label of every entity."""
        for entity in self.entities.values():
            for label in entity.labels:
                yield label, entity

    def is_ambiguous(self, text: str) -> bool:
        """Whether *text* may also be another word, or names several entities."""
        name = strip_possessive(text)
        hits = self.exact.get(name, ())
        if hits:
            return name in self.ambiguous or len({iri for iri, _ in hits}) > 1
        return fold(name) in self.ambiguous_keys

    def related(self, iri: str, relation: str) -> tuple[Entity, ...]:
        """Entities at the other end of background *relation*, read in either direction.

        *relation* is a property of the ontology or the inverse of one: makers of a product by the
        one name, products of a maker by the other. Sorted by IRI.
        """
        return tuple(self.entities[other] for other in self.neighbours.get((iri, relation), ()))

    def connected(self, iri: str) -> frozenset[str]:
        """IRIs of all entities that a background fact connects with *iri*, in any direction."""
        return self.connections.get(iri, frozenset())

    def is_place(self, text: str, lang: str | None = None) -> bool:
        """Whether *text* is a country, region or city, or the adjective of one."""
        langs = self.places.get(fold(text), ())
        if len(text) <= SHORTEST_PLACE and not text.isupper():  # "us" is no country, "US" is
            return False
        return bool(langs) and (lang is None or None in langs or lang in langs)

    def kinds_of(self, types: Iterable[str]) -> frozenset[str]:
        """Top classes of *types*; empty where nothing is known of them."""
        return frozenset(k for name in types for k in self.kinds.get(name, frozenset()))

    def most_specific(self, types: Iterable[str]) -> tuple[str, ...]:
        """*types* without those that lie above another of them, sorted."""
        names = frozenset(types)
        general = {above for name in names for above in self.above.get(name, ())}
        return tuple(sorted(names - general))


def _keys(text: str) -> Iterator[str]:
    """Folded forms of *text*, the closest first."""
    yield fold(text)
    joined = compact(text)
    if len(joined) >= SHORTEST_COMPACT:
        yield joined
    elif "-" in text:
        yield fold(text.replace("-", ""))


def graph_catalogue(location: Path | str, *paths: Path, ontology: Ontology) -> Catalogue:
    """The catalogue that comes with us, *paths*, and what users added to the graph's folder.

    Raises
    ------
    OntologyError
        As :func:`load_catalogue`.
    """
    own = Path(location) / OWN_FILE  # of an address: no such file
    files = (asset("data", "entities.ttl"), *paths, *([own] if own.is_file() else []))
    return load_catalogue(*files, ontology=ontology)


def load_catalogue(*paths: Path, ontology: Ontology) -> Catalogue:
    """Read catalogue files (Turtle, or CSV by its ending); none: the one that comes with us.

    A later file adds labels, types and facts to entities of an earlier one.

    Raises
    ------
    OntologyError
        Unknown class or property, missing or doubled preferred label, a reference to an entity
        that no file holds, or a file that cannot be read: with file, line and remedy.
    """
    files = paths or (asset("data", "entities.ttl"),)
    drafts = read_drafts(files, ontology)
    words = _PlaceWords(asset("ontology", "places.ttl"))
    entities = {iri: _entity(draft, words) for iri, draft in drafts.items()}
    ambiguous = frozenset(text for draft in drafts.values() for text in draft.ambiguous)
    return Catalogue(
        entities=entities,
        exact=_exact(entities),
        folded=_folded(entities, drafts),
        ambiguous=ambiguous,
        ambiguous_keys=frozenset(map(fold, ambiguous)),
        neighbours=_neighbours(drafts, ontology),
        connections=_connections(drafts),
        places=words.languages(entities.values()),
        kinds={name: ontology.roots((name,)) for name in ontology.classes},
        above={name: ontology.ancestors(name) - {name} for name in ontology.classes},
        files=files,
        version=content_hash(*(path.read_text("utf8") for path in (*files, words.path))),
    )


def _entity(draft: Draft, words: _PlaceWords) -> Entity:
    return Entity(
        iri=draft.iri,
        name=draft.name,
        types=tuple(sorted(draft.types)),
        labels=tuple(draft.labels),
        facts=tuple(draft.facts),
        places=words.labels(draft),
        known=True,
    )


def _exact(entities: Mapping[str, Entity]) -> Index:
    index: dict[str, list[tuple[str, str | None]]] = {}
    for entity in entities.values():
        for label in entity.labels:
            index.setdefault(label.text, []).append((entity.iri, label.lang))
    return {text: tuple(hits) for text, hits in index.items()}


def _folded(entities: Mapping[str, Entity], drafts: Mapping[str, Draft]) -> Index:
    index: dict[str, list[tuple[str, str | None]]] = {}
    for entity in entities.values():
        ambiguous = frozenset(map(fold, drafts[entity.iri].ambiguous))
        for label in entity.labels:
            if fold(label.text) in ambiguous:  # "LLaMA" too is found exactly or not at all
                continue
            for key in dict.fromkeys(_keys(label.text)):
                index.setdefault(key, []).append((entity.iri, label.lang))
    return {key: tuple(hits) for key, hits in index.items()}


def _neighbours(
    drafts: Mapping[str, Draft], ontology: Ontology
) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], set[str]] = {}
    for draft in drafts.values():
        for name, other in draft.facts:
            found.setdefault((draft.iri, name), set()).add(other)
            relation = ontology.properties[name]
            inverse = relation.inverse_of
            if inverse is None and (value := ontology.inverse(name)) is not None:
                inverse = value.name
            if inverse is not None:
                found.setdefault((other, inverse), set()).add(draft.iri)
    return {key: tuple(sorted(iris)) for key, iris in found.items()}


def _connections(drafts: Mapping[str, Draft]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for draft in drafts.values():
        for _, other in draft.facts:
            found.setdefault(draft.iri, set()).add(other)
            found.setdefault(other, set()).add(draft.iri)
    return {iri: frozenset(others) for iri, others in found.items()}


class _PlaceWords:
    """Words for the places of ``ontology/places.ttl``, folded."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptions = read_turtle(path)
        self.countries: dict[str, tuple[Label, ...]] = {}
        self.cities: dict[str, tuple[Label, ...]] = {}
        for description in self.descriptions.values():
            labels = tuple(dict.fromkeys(self._words(description)))
            if code := description.text(KG + "country"):
                self.countries[code] = labels
            else:
                self.cities[fold(description.text(SKOS + "prefLabel"))] = labels

    def _words(self, description: Description) -> Iterator[Label]:
        for predicate in (SKOS + "prefLabel", SKOS + "altLabel", KG + "demonym"):
            for text, lang in description.literals(predicate):
                yield Label(fold(text), lang)
        for iri in description.iris(KG + "within"):
            yield from self._words(self.descriptions[f"<{iri}>"])

    def labels(self, draft: Draft) -> tuple[Label, ...]:
        """Words for the cities, regions and countries of one entity."""
        found: dict[Label, None] = {}
        for city in draft.cities:
            found.update(dict.fromkeys(self.cities.get(fold(city), (Label(fold(city)),))))
        for code in draft.countries:
            if code not in self.countries:
                known = ", ".join(sorted(self.countries))
                raise OntologyError(
                    f"{draft.place()}: {draft.name}: no country {code!r} in {known}"
                )
            found.update(dict.fromkeys(self.countries[code]))
        return tuple(found)

    def languages(self, entities: Iterable[Entity]) -> dict[str, tuple[str | None, ...]]:
        """Place word → its languages, over all places and all cities of *entities*."""
        groups = (*self.countries.values(), *self.cities.values(), *(e.places for e in entities))
        found: dict[str, dict[str | None, None]] = {}
        for labels in groups:
            for label in labels:
                found.setdefault(label.text, {})[label.lang] = None
        return {text: tuple(langs) for text, langs in found.items()}
