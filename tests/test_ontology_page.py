"""The ontology as others see it: its page, its OWL 2 RL profile, what it is aligned to."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path

import owlrl
import pytest
import rdflib
from rdflib.namespace import OWL, RDF, RDFS

from kg.ontology import load_ontology
from kg.turtle import KG, SKOS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

ROOT = Path(__file__).parent.parent
TECH = ROOT / "ontology" / "tech.ttl"
NS = rdflib.Namespace(KG)
# those of the OWL 2 RL profile (W3C, 2012, section 4) that may stand anywhere
IN_PROFILE = {
    *(OWL.Ontology, OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty),
    *(OWL.SymmetricProperty, OWL.AsymmetricProperty, OWL.TransitiveProperty),
    OWL.FunctionalProperty,
    *(OWL.inverseOf, OWL.disjointWith, OWL.equivalentClass, OWL.versionInfo),
}
OTHERS = {
    "schema.org": "https://schema.org/",
    "PROV-O": "http://www.w3.org/ns/prov#",
    "FIBO": "https://spec.edmcouncil.org/fibo/",
    "Web Annotation": "http://www.w3.org/ns/oa#",
}
BOTH = """@prefix kg: <https://kg.example/ns#> . @prefix kgd: <https://kg.example/entity/> .
kgd:Odd a kg:Organization , kg:Product ."""


@pytest.fixture(scope="module")
def graph() -> rdflib.Graph:
    return rdflib.Graph().parse(TECH, format="turtle")


def faults(graph: rdflib.Graph, data: str = "") -> Iterator[str]:
    """What OWL 2 RL's rules find wrong with the schema and *data*."""
    closed = rdflib.Graph()
    schema = (RDF.type, RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range)
    for triple in graph:  # labels and colours entail nothing and take time
        if triple[1] in schema or str(triple[1]).startswith(str(OWL)):
            closed.add(triple)
    closed.parse(data=data, format="turtle")
    owlrl.DeductiveClosure(
        owlrl.OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False
    ).expand(closed)
    for node in closed.subjects(RDF.type, None):
        for kind in closed.objects(node, RDF.type):
            if str(kind).endswith("ErrorMessage"):
                yield " ".join(str(o) for o in closed.objects(node))
    yield from (f"{node} is nothing" for node in closed.subjects(RDF.type, OWL.Nothing))


def test_the_page_is_what_the_ontology_says() -> None:
    module = runpy.run_path(str(ROOT / "docs" / "ontology_page.py"))
    made: str = module["page"]()
    assert (ROOT / "docs" / "ontology.md").read_text("utf8") == made, (
        "run: python docs/ontology_page.py"
    )
    ontology = load_ontology()
    for relation in ontology.relations.values():
        assert f"### `kg:{relation.name}`" in made
        assert all(label in made for label in relation.labels.values())
    for name in ontology.classes:
        assert f"`kg:{name}`" in made


def test_only_terms_of_the_rl_profile_are_used(graph: rdflib.Graph) -> None:
    used = {term for triple in graph for term in triple if str(term).startswith(str(OWL))}
    assert used <= IN_PROFILE
    assert not any(isinstance(term, rdflib.BNode) for triple in graph for term in triple[::2])


def test_its_closure_holds_no_contradiction(graph: rdflib.Graph) -> None:
    assert not list(faults(graph))


def test_a_contradiction_would_be_found(graph: rdflib.Graph) -> None:
    assert list(faults(graph, BOTH))


@pytest.mark.parametrize("name", OTHERS)
def test_it_is_aligned_and_imports_nothing(graph: rdflib.Graph, name: str) -> None:
    near = (RDFS.subPropertyOf, RDFS.subClassOf, rdflib.URIRef(SKOS + "closeMatch"), RDFS.range)
    terms = {o for p in near for o in graph.objects(None, p) if str(o).startswith(OTHERS[name])}
    assert terms
    assert not list(graph.triples((None, OWL.imports, None)))
    assert not any((term, None, None) in graph for term in terms)


def test_ends_of_several_classes_are_listed() -> None:
    relations = load_ontology().relations
    assert relations["usesChip"].domain == ("Organization", "Model")
    assert relations["acquirerOf"].range == (
        *("Organization", "OnlineService", "Software", "CloudService"),
    )
    assert relations["investorOf"].domain == ("Organization",)
