from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from store_samples import article, fill, said

from kg.disk_store import OxigraphStore
from kg.ontology import load_ontology
from kg.validation import validate, validate_ontology
from kg.vocabulary import ENTITY, GRAPHS, OA, PREFIXES, article_node

NEWS = article("n", "Amazon investorOf OpenAI.", "Xai developerOf Grok.", date="2025-01-01")
TYPES = {"Grok": ("Model",), "Xai": ("ModelLab",)}
CLAIMS = [
    said(NEWS, "Amazon investorOf OpenAI.", amount=5.0, currency="USD"),
    said(NEWS, "Xai developerOf Grok.", types=TYPES),
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OxigraphStore]:
    with OxigraphStore.open(tmp_path / "graph", read_only=False) as store:
        fill(store, (NEWS, CLAIMS))
        store.rewrite(GRAPHS.ONTOLOGY, _ontology())
        yield store


def _ontology() -> list[ox.Quad]:
    from kg.views import ontology_quads

    return list(ontology_quads(load_ontology()))


def test_what_a_build_gives_conforms(store: OxigraphStore) -> None:
    report = validate(store)
    assert report.lines == ()
    assert report.conforms


FAULTS = [
    ("kgc:1 kg:status kg:Denied", "one status"),
    ("kgc:1 kg:status kg:Maybe", "one status"),
    ("kgc:1 rdf:subject kgd:Grok", "one subject"),
    ("kgc:1 rdf:object kgd:Amazon", "other than its object"),
    ("kgc:1 kg:confidence 7", "confidence from 0 to 1"),
    ("kgc:1 kg:currency 'dollars'", "ISO 4217"),
    ("kgc:1 kg:amount -3", "above 0"),
    ("kgc:1 kg:percent 101", "up to 100"),
    ("kgc:1 kg:reportedOn 'Tuesday'", "one date"),
    ("kgc:1 kg:evidence kgd:Amazon", "one passage as evidence"),
    ("kgx:new a kg:Claim", "one subject"),
    ("kgx:new a oa:TextQuoteSelector ; oa:exact 'x' ; kg:start 9 ; kg:end 3", "starts before"),
    ("kgx:new a kg:InferredClaim", "names its premises"),
    ("kgx:new a kg:Article", "one identifier"),
    ("kgc:1 rdf:object kgd:Nobody", "preferred name"),
]


@pytest.mark.parametrize(("turtle", "message"), FAULTS)
def test_a_fault_is_named(store: OxigraphStore, turtle: str, message: str) -> None:
    prefixes = "".join(f"PREFIX {name}: <{iri}> " for name, iri in PREFIXES.items())
    text = f"{prefixes} {turtle.replace('kgc:1', f'kgc:{CLAIMS[0].id}')} ."
    graph = article_node(NEWS.hash)
    store.add(ox.Quad(*t.triple, graph) for t in ox.parse(text, format=ox.RdfFormat.TURTLE))
    report = validate(store)
    assert not report.conforms
    assert any(message in line for line in report.lines)


def test_a_claim_without_its_passage_is_found(store: OxigraphStore) -> None:
    graph = article_node(NEWS.hash)
    kept = [quad for quad in store.quads(graph) if quad.predicate.value != OA + "exact"]
    store.replace({graph: kept})
    assert any("a passage has one text" in line for line in validate(store).lines)


@pytest.mark.parametrize(
    ("sentence", "types", "message"),
    [
        ("Grok investorOf OpenAI.", {"Grok": ("Model",)}, "domain of investorOf is Organization"),
        ("Xai usesChip Colossus.", {"Colossus": ("Model",)}, "range of usesChip is Chip"),
        (
            "Phone usesChip H100.",
            {"Phone": ("Device",), "H100": ("Chip",)},
            "domain of usesChip is Organization or Model",
        ),
    ],
)
def test_ends_fit_the_relation(
    store: OxigraphStore, sentence: str, types: dict[str, tuple[str, ...]], message: str
) -> None:
    text = article("m", sentence)
    fill(store, (NEWS, CLAIMS), (text, [said(text, sentence, types=types)]))
    (line,) = validate(store).lines
    assert message in line
    assert line.startswith(ENTITY)


def test_an_entity_of_no_known_kind_is_no_fault(store: OxigraphStore) -> None:
    text = article("m", "Colossus investorOf OpenAI.")
    fill(store, (NEWS, CLAIMS), (text, [said(text, text.text)]))
    node = ox.NamedNode(ENTITY + "Colossus")
    quads = store.quads(GRAPHS.ENTITIES)
    store.rewrite(
        GRAPHS.ENTITIES,
        [q for q in quads if not (q.subject == node and q.predicate.value.endswith("#type"))],
    )
    assert validate(store).conforms


def test_the_ontology_conforms() -> None:
    assert validate_ontology(load_ontology()).lines == ()


def test_a_relation_without_words_or_looks_is_found(tmp_path: Path) -> None:
    more = tmp_path / "more.ttl"
    more.write_text(
        "@prefix kg: <https://kg.example/ns#> . @prefix owl: <http://www.w3.org/2002/07/owl#> ."
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> ."
        "kg:sponsorOf a owl:ObjectProperty ; kg:extracted true ; rdfs:label 'sponsors'@en ;"
        " rdfs:domain kg:Organization ; rdfs:range kg:Organization ; kg:color 'red' ."
    )
    lines = "\n".join(validate_ontology(load_ontology(None, more), more).lines)
    for part in (
        "one label in Portuguese",
        "has a definition",
        "one colour",
        "none in 'pt'",
        "none in 'en'",
    ):
        assert part in lines
    assert "English" not in lines
