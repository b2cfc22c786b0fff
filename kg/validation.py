"""Store + SHACL shapes → report: the data, and the ontology itself (SHACL Core, W3C, 2017).

``ontology/shapes.ttl`` says what a claim must have. Shapes for domain and range are made from the
ontology, so that a relation that a user adds is checked like the others.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pyoxigraph as ox
import rdflib
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS, SH

from kg.assets import asset
from kg.errors import OntologyError
from kg.ontology import Ontology, load_ontology
from kg.store import Store
from kg.turtle import KG
from kg.vocabulary import GRAPHS

__all__ = ["Report", "validate", "validate_ontology"]

Node: TypeAlias = rdflib.term.Node

_NS = rdflib.Namespace(KG)
_DATA = (
    GRAPHS.ENTITIES,
    GRAPHS.INFERENCES,
    GRAPHS.ONTOLOGY,
    GRAPHS.CONFIRMED,
    GRAPHS.PROSPECTIVE,
    GRAPHS.INFERRED,
)


@dataclass(frozen=True, slots=True)
class Report:
    """Whether all holds; ``lines`` has one for each thing that does not, sorted."""

    conforms: bool
    lines: tuple[str, ...] = ()


def validate(store: Store, ontology: Ontology | None = None, *more: Path) -> Report:
    """Check what *store* holds, and the ontology with the user's files *more*.

    Raises
    ------
    OntologyError
        Where a file of the ontology is not Turtle.
    """
    ontology = ontology or load_ontology()
    shapes = _parse(asset("ontology", "shapes.ttl"))
    for relation in ontology.relations.values():
        _add_ends(shapes, relation.name, SH.targetSubjectsOf, relation.domain, "domain")
        _add_ends(shapes, relation.name, SH.targetObjectsOf, relation.range, "range")
    data = list(_violations(_data(store), shapes))
    return _report([*data, *validate_ontology(ontology, *more).lines])


def validate_ontology(ontology: Ontology, *more: Path) -> Report:
    """Check that relations and classes have all that other rooms need of them."""
    graph = _parse(asset("ontology", "tech.ttl"), *more)
    faults = _violations(graph, _parse(asset("ontology", "shapes.ttl")))
    return _report([*faults, *_frameless(ontology)])


def _report(lines: Iterable[str]) -> Report:
    found = tuple(sorted(set(lines)))
    return Report(not found, found)


def _frameless(ontology: Ontology) -> Iterator[str]:
    """Relations that some language of the lexicon has no words for."""
    languages = sorted({lang for lang, _ in ontology.lexicon.frames})
    frames = (frame for entries in ontology.lexicon.frames.values() for frame in entries)
    have = {(frame.lang, frame.relation) for frame in frames}
    for relation in ontology.relations:
        for lang in languages:
            if (lang, relation) not in have:
                yield f"{relation}: a relation has a frame in each language; none in {lang!r}"


def _parse(*paths: Path) -> rdflib.Graph:
    graph = rdflib.Graph()
    for path in paths:
        try:
            graph.parse(path, format="turtle")
        except (OSError, SyntaxError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise OntologyError(f"{path}: cannot be read as Turtle: {reason}") from None
    return graph


def _data(store: Store) -> rdflib.Graph:
    """Claims, entities and plain edges as one graph without names."""
    triples = io.BytesIO()
    for name in (*store.article_graphs(), *_DATA):
        lines = (quad.triple for quad in store.quads(name))
        ox.serialize(lines, triples, ox.RdfFormat.N_TRIPLES)
    graph = rdflib.Graph()
    graph.parse(data=triples.getvalue(), format="nt")
    return graph


def _add_ends(
    shapes: rdflib.Graph, relation: str, target: Node, classes: tuple[str, ...], side: str
) -> None:
    """A shape: who stands at that end of *relation* is one of *classes*, or of no known class."""
    shape, untyped, typed = rdflib.BNode(), rdflib.BNode(), rdflib.BNode()
    one_typed = rdflib.BNode()
    allowed: list[Node] = [untyped]
    shapes.add((untyped, SH["not"], typed))
    shapes.add((typed, SH.property, one_typed))
    shapes.add((one_typed, SH.path, RDF.type))
    shapes.add((one_typed, SH.minCount, rdflib.Literal(1)))
    for name in classes:
        one = rdflib.BNode()
        shapes.add((one, SH["class"], _NS[name]))
        allowed.append(one)
    choices = rdflib.BNode()
    Collection(shapes, choices, allowed)
    message = f"{side} of {relation} is {' or '.join(classes)}"
    shapes.add((shape, RDF.type, SH.NodeShape))
    shapes.add((shape, target, _NS[relation]))
    shapes.add((shape, SH["or"], choices))
    shapes.add((shape, SH.message, rdflib.Literal(message)))


def _violations(data: rdflib.Graph, shapes: rdflib.Graph) -> Iterator[str]:
    import pyshacl

    _, results, text = pyshacl.validate(data, shacl_graph=shapes, inplace=True)
    if not isinstance(results, rdflib.Graph):
        raise OntologyError(f"shapes.ttl: {str(text).splitlines()[0]}")
    for result in results.subjects(RDF.type, SH.ValidationResult):
        yield _line(results, result, data)


def _line(results: rdflib.Graph, result: Node, data: rdflib.Graph) -> str:
    focus = results.value(result, SH.focusNode)
    label = data.value(focus, RDFS.label) if focus is not None else None
    named = f" ({label})" if label else ""
    messages = sorted(str(m) for m in results.objects(result, SH.resultMessage))
    value = results.value(result, SH.value)
    found = f"; found {str(value)[:80]!r}" if value is not None and value != focus else ""
    return f"{focus}{named}: {' '.join(messages)}{found}"
