"""The only reader of ``ontology/``: classes, relations and lexicon as one immutable value.

Classes and relations are OWL 2 classes and object properties of ``tech.ttl``; the words that
carry them are read by :mod:`kg.lexicon`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from kg.assets import asset
from kg.errors import OntologyError
from kg.lexicon import Cue, Frame, Lexicon, read_lexicon
from kg.model import Status, content_hash
from kg.question_words import QuestionLexicon, read_question_words
from kg.turtle import KG, OWL, RDF, RDFS, SKOS, Description, local_name, read_turtle

__all__ = ["Ontology", "OntologyClass", "Relation", "load_ontology"]

_SCHEMA = "https://schema.org/"
Words: TypeAlias = Mapping[str, tuple[str, ...]]
_PLACES = "places.ttl"  # no frames or cues: the lexicon's reader need not parse it


@dataclass(frozen=True, slots=True)
class OntologyClass:
    """A class of entities; ``words`` are its nouns by language, the label first."""

    name: str
    parents: tuple[str, ...]
    words: Words
    color: str = ""
    shape: str = "dot"
    recognised: str = ""  # label of the name recogniser that means this class


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation, or the inverse of one (``extracted`` False, ``inverse_of`` set).

    ``labels`` holds one phrase a language, ``words`` the phrases that questions may use (the label
    first), ``roles`` nouns for the one who stands as subject. ``domain`` and ``range`` are class
    names, any of which an argument may be. ``same_kind`` asks for two organisations or two products;
    ``intent_suffices``: who plans or hopes so already stands in the relation;
    ``single``: a subject has one object at a time, so that "its owner" may be told by background;
    ``genitive`` lets a bare genitive carry the relation ("OpenAI's ChatGPT"),
    ``genitive_if_known`` only where the catalogue holds it ("Alphabet's Waymo"); ``through_maker`` are
    classes of products that stand for their maker as subject ("services from Azure");
    ``when_shared`` is the property that holds instead where there are several objects, ``control``
    the relation that buying more than half amounts to (empty: none); ``qualifiers`` are the fields of
    :class:`~kg.model.Qualifiers` that a claim of it may have. ``adjectives`` say it of two at once ("rival labs");
    ``plays`` are parts that analyses ask for (local names such as ``Funding``).
    """

    name: str
    labels: Mapping[str, str]
    words: Words
    roles: Words
    domain: tuple[str, ...]
    range: tuple[str, ...]
    extracted: bool
    symmetric: bool
    asymmetric: bool
    same_kind: bool
    intent_suffices: bool
    single: bool
    genitive: bool
    genitive_if_known: bool
    through_maker: tuple[str, ...]
    when_shared: str
    control: str
    qualifiers: tuple[str, ...]
    inverse_of: str | None
    parents: tuple[str, ...]
    definition: str
    color: str
    adjectives: Words = field(default_factory=dict)
    plays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ontology:
    """Classes, relations and lexicon; ``version`` is a hash of all the files read.

    ``definitions`` holds those of classes, statuses and qualifiers by local name, in English.
    """

    classes: Mapping[str, OntologyClass]
    properties: Mapping[str, Relation]
    lexicon: Lexicon
    styles: Mapping[Status, str]
    version: str
    questions: QuestionLexicon = field(default_factory=QuestionLexicon)
    definitions: Mapping[str, str] = field(default_factory=dict)
    # asked for every candidate of every frame, so worked out once
    _extracted: Mapping[str, Relation] = field(init=False, repr=False, compare=False)
    _ancestors: Mapping[str, frozenset[str]] = field(init=False, repr=False, compare=False)
    _roots: Mapping[str, frozenset[str]] = field(init=False, repr=False, compare=False)
    _nouns: Mapping[str, Words] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        extracted = {name: r for name, r in self.properties.items() if r.extracted}
        object.__setattr__(self, "_extracted", extracted)
        object.__setattr__(self, "_ancestors", {name: self._climb(name) for name in self.classes})
        object.__setattr__(self, "_roots", {name: self._tops(name) for name in self.classes})
        languages = {lang for value in self.classes.values() for lang in value.words}
        object.__setattr__(self, "_nouns", {lang: self._nouns_in(lang) for lang in languages})

    def playing(self, part: str) -> tuple[str, ...]:
        """Names of the extracted relations that play *part* (``kg:plays``), sorted."""
        return tuple(sorted(name for name, r in self.relations.items() if part in r.plays))

    @property
    def relations(self) -> Mapping[str, Relation]:
        """The relations that articles are searched for, without the inverses."""
        return self._extracted

    def undirected(self, triple: tuple[str, str, str]) -> tuple[str, str, str]:
        """*triple* (IRI, relation, IRI), with the smaller IRI first where its relation is symmetric."""
        subject, relation, other = triple
        known = self.properties.get(relation)
        return (
            (other, relation, subject) if known and known.symmetric and other < subject else triple
        )

    def inverse(self, relation: str) -> Relation | None:
        """The property that reads *relation* backwards; itself where it is symmetric."""
        if self.properties[relation].symmetric:
            return self.properties[relation]
        candidates = (r for r in self.properties.values() if r.inverse_of == relation)
        return next(candidates, None)

    def ancestors(self, name: str) -> frozenset[str]:
        """The class *name* and all above it; empty where it is unknown."""
        return self._ancestors.get(name, frozenset())

    def _climb(self, name: str) -> frozenset[str]:
        if name not in self.classes:
            return frozenset()
        above = [self._climb(parent) for parent in self.classes[name].parents]
        return frozenset({name}).union(*above)

    def descendants(self, name: str) -> frozenset[str]:
        """The class *name* and all below it."""
        return frozenset(c for c in self.classes if name in self.ancestors(c))

    def fits(self, types: Iterable[str], allowed: Iterable[str]) -> bool:
        """Whether one of *types* is, or lies below, one of *allowed*; no types fit nothing."""
        wanted = frozenset(allowed)
        return any(self.ancestors(name) & wanted for name in types)

    def roots(self, types: Iterable[str]) -> frozenset[str]:
        """Top kinds of *types*: the classes right below the root (organisations, products)."""
        return frozenset().union(*(self._roots.get(name, frozenset()) for name in types))

    def _tops(self, name: str) -> frozenset[str]:
        above = (self.classes[n] for n in self._ancestors[name])
        return frozenset(c.name for c in above if c.parents and not self._up(c))

    def _up(self, value: OntologyClass) -> bool:
        return any(self.classes[parent].parents for parent in value.parents)

    def recognised(self, label: str) -> tuple[str, ...]:
        """Classes that a label of the name recogniser (ORG) means."""
        return tuple(
            name for name, value in self.classes.items() if value.recognised == label != ""
        )

    def frames_for(self, lemma: str, lang: str) -> tuple[Frame, ...]:
        """Frames that *lemma* may trigger."""
        return self.lexicon.frames_for(lemma, lang)

    def cues_for(self, lemma: str, lang: str) -> tuple[Cue, ...]:
        """Status cues that *lemma* may be."""
        return self.lexicon.cues_for(lemma, lang)

    def words(self, name: str, lang: str) -> frozenset[str]:
        """Lemmas of the word set *name*."""
        return self.lexicon.words(name, lang)

    def class_nouns(self, lang: str) -> Words:
        """Class noun (lower case) → names of the classes that it may stand for, sorted."""
        return self._nouns.get(lang, {})

    def _nouns_in(self, lang: str) -> Words:
        nouns: dict[str, set[str]] = {}
        for value in self.classes.values():
            for word in value.words.get(lang, ()):
                nouns.setdefault(word.lower(), set()).add(value.name)
        return {noun: tuple(sorted(names)) for noun, names in sorted(nouns.items())}


def _words(description: Description, *predicates: str) -> dict[str, tuple[str, ...]]:
    grouped: dict[str, tuple[str, ...]] = {}
    for predicate in predicates:
        for lang, texts in description.by_language(predicate).items():
            known = grouped.get(lang, ())
            grouped[lang] = known + tuple(text for text in texts if text not in known)
    return grouped


def _class(description: Description) -> OntologyClass:
    parents = (local_name(i) for i in description.iris(RDFS + "subClassOf") if i.startswith(KG))
    return OntologyClass(
        name=local_name(description.iri),
        parents=tuple(parents),
        words=_words(description, RDFS + "label", SKOS + "altLabel"),
        color=description.text(KG + "color"),
        shape=description.text(KG + "shape", "dot"),
        recognised=description.text(KG + "recognisedAs"),
    )


def _union(descriptions: Mapping[str, Description], key: str) -> tuple[str, ...]:
    """Members of an RDF list, as local names."""
    names: list[str] = []
    while key in descriptions:
        names += [local_name(iri) for iri in descriptions[key].iris(RDF + "first")]
        rest = descriptions[key].terms(RDF + "rest")
        key = str(rest[0]) if rest else ""
    return tuple(names)


def _class_names(
    descriptions: Mapping[str, Description], description: Description, predicate: str
) -> tuple[str, ...]:
    names: list[str] = []
    for term in description.terms(predicate):
        node = descriptions.get(str(term))
        if node is not None and node.terms(OWL + "unionOf"):
            names += _union(descriptions, str(node.terms(OWL + "unionOf")[0]))
        elif not str(term).startswith("_:"):
            names.append(local_name(str(term).strip("<>")))
    return tuple(names)


def _end(
    descriptions: Mapping[str, Description], description: Description, side: str
) -> tuple[str, ...]:
    """Classes at the end *side* (domain or range): those that schema.org's term lists, if it does."""
    listed = _class_names(descriptions, description, f"{_SCHEMA}{side}Includes")
    return listed or _class_names(descriptions, description, RDFS + side)


def _relation(descriptions: Mapping[str, Description], description: Description) -> Relation:
    inverse = [local_name(iri) for iri in description.iris(OWL + "inverseOf")]
    labels = description.by_language(RDFS + "label")
    above = description.iris(RDFS + "subPropertyOf")
    return Relation(
        name=local_name(description.iri),
        labels={lang: texts[0] for lang, texts in labels.items()},
        words=_words(description, RDFS + "label", SKOS + "altLabel"),
        roles=_words(description, KG + "roleLabel"),
        domain=_end(descriptions, description, "domain"),
        range=_end(descriptions, description, "range"),
        extracted=description.text(KG + "extracted") == "true",
        symmetric=OWL + "SymmetricProperty" in description.types,
        asymmetric=OWL + "AsymmetricProperty" in description.types,
        same_kind=description.text(KG + "sameKind") == "true",
        intent_suffices=description.text(KG + "intentSuffices") == "true",
        single=description.text(KG + "single") == "true",
        genitive=description.text(KG + "genitive") == "true",
        genitive_if_known=description.text(KG + "genitiveIfKnown") == "true",
        when_shared=next(map(local_name, description.iris(KG + "whenShared")), ""),
        control=next(map(local_name, description.iris(KG + "controlRelation")), ""),
        through_maker=tuple(map(local_name, description.iris(KG + "throughMaker"))),
        qualifiers=tuple(local_name(iri) for iri in description.iris(KG + "qualifiedBy")),
        inverse_of=inverse[0] if inverse else None,
        parents=tuple(local_name(iri) for iri in above if iri.startswith(KG)),
        definition=description.text(SKOS + "definition"),
        color=description.text(KG + "color", "#666666"),
        adjectives=_words(description, KG + "questionAdjective"),
        plays=tuple(local_name(iri) for iri in description.iris(KG + "plays")),
    )


def _check(path: Path, classes: Mapping[str, OntologyClass], relations: Iterable[Relation]) -> None:
    for cls in classes.values():
        for parent in set(cls.parents) - set(classes):
            raise OntologyError(f"{path}: class {cls.name} is below unknown class {parent!r}")
    for relation in relations:
        for name in {*relation.domain, *relation.range} - set(classes):
            raise OntologyError(f"{path}: relation {relation.name} names unknown class {name!r}")
        if relation.extracted and not (relation.domain and relation.range and relation.labels):
            raise OntologyError(f"{path}: relation {relation.name} lacks a label, domain or range")


def _files(root: Path) -> list[Path]:
    places = root / _PLACES
    return [
        root / "tech.ttl",
        *([places] if places.is_file() else []),
        *sorted((root / "lexicon").glob("*.ttl")),
    ]


def load_ontology(root: Path | None = None, *more: Path) -> Ontology:
    """Read the ontology under *root* (default: the one that comes with the program).

    Parameters
    ----------
    root
        Folder with ``tech.ttl`` and ``lexicon/*.ttl``.
    more
        Further Turtle files of the user's: classes, relations, frames and cues.

    Raises
    ------
    OntologyError
        One line that names file, place and rule.
    """
    files = [*_files(root or asset("ontology")), *more]
    return _load(tuple(str(path) for path in files), tuple(map(_stamp, files)))


def _stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        raise OntologyError(f"{path}: no such file; is this an ontology folder?") from None
    return stat.st_mtime_ns, stat.st_size


@functools.lru_cache(maxsize=4)
def _load(names: tuple[str, ...], _stamps: tuple[tuple[int, int], ...]) -> Ontology:
    files = [Path(name) for name in names]
    descriptions: dict[str, Description] = {}
    for path in files:
        for key, value in read_turtle(path).items():
            if key in descriptions:  # a second file may say more of the same class or relation
                for predicate, terms in value.values.items():
                    descriptions[key].values.setdefault(predicate, []).extend(terms)
            else:
                descriptions[key] = value
    mine = [d for d in descriptions.values() if d.iri.startswith(KG)]
    entity_classes = [d for d in mine if OWL + "Class" in d.types and d.text(KG + "shape")]
    classes = {local_name(d.iri): _class(d) for d in entity_classes}
    found = (_relation(descriptions, d) for d in mine if OWL + "ObjectProperty" in d.types)
    relations = {r.name: r for r in found if r.extracted or r.inverse_of}
    _check(files[0], classes, relations.values())
    styles = {
        Status(local_name(d.iri).lower()): d.text(KG + "lineStyle", "solid")
        for d in mine
        if KG + "Status" in d.types
    }
    defined = {local_name(d.iri): d.text(SKOS + "definition") for d in mine}
    contents = (path.read_text("utf8") for path in files)
    return Ontology(
        classes, relations, read_lexicon([f for f in files if f.name != _PLACES], relations), styles, content_hash(*contents),
        read_question_words(descriptions.values()),
        {name: text for name, text in defined.items() if text and name not in relations},
    )  # fmt: skip
