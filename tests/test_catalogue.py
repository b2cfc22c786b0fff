"""The catalogue: what comes with the program, look-up, places, files with faults."""

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.assets import asset
from kg.catalogue import Catalogue, load_catalogue
from kg.errors import OntologyError
from kg.names import compact, display_name, entity_iri, fold, strip_legal_form
from kg.ontology import Ontology, load_ontology
from kg.turtle import KG, read_turtle

PREFIXES = """@prefix kg: <https://kg.example/ns#> .
@prefix kgd: <https://kg.example/entity/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
KGD = "https://kg.example/entity/"


@pytest.fixture(scope="module")
def ontology() -> Ontology:
    return load_ontology()


@pytest.fixture(scope="module")
def catalogue(ontology: Ontology) -> Catalogue:
    return load_catalogue(ontology=ontology)


def names(entities: object) -> list[str]:
    return [entity.name for entity in entities]  # type: ignore[attr-defined]


def test_size_and_kinds(catalogue: Catalogue) -> None:
    kinds = [catalogue.kinds_of(entity.types) for entity in catalogue.entities.values()]
    counts = {kind: kinds.count(frozenset({kind})) for kind in {k for ks in kinds for k in ks}}
    assert counts["Organization"] >= 280
    assert counts["Product"] >= 170
    assert sum(counts.values()) == len(kinds), "nothing is both an organisation and a product"


def test_every_product_but_few_has_a_maker(catalogue: Catalogue) -> None:
    products = [
        e for e in catalogue.entities.values() if catalogue.kinds_of(e.types) == {"Product"}
    ]
    orphans = [e.name for e in products if not e.facts]
    assert len(orphans) < 0.05 * len(products), orphans


def test_facts_fit_domain_and_range(catalogue: Catalogue, ontology: Ontology) -> None:
    for entity in catalogue.entities.values():
        for name, other in entity.facts:
            relation = ontology.properties[name]
            ends = (entity, catalogue.entities[other])
            if relation.inverse_of:
                relation, ends = ontology.properties[relation.inverse_of], ends[::-1]
            assert ontology.fits(ends[0].types, relation.domain), (entity.name, name)
            assert ontology.fits(ends[1].types, relation.range), (entity.name, name)


def test_nothing_is_its_own_parent(catalogue: Catalogue) -> None:
    for start in catalogue.entities.values():
        seen, todo = set(), [start.iri]
        while todo:
            iri = todo.pop()
            above = [
                other for name, other in catalogue.entities[iri].facts if name == "subsidiaryOf"
            ]
            assert start.iri not in above, start.name
            todo += [other for other in above if other not in seen]
            seen.update(above)


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("AWS", None, ["Amazon Web Services"]),
        ("Nvidia’s", "en", ["Nvidia"]),
        ("H100s", "en", ["H100"]),
        ("SK hynix Inc.", "en", ["SK Hynix"]),
        ("SoftBank Group Corp.", "en", ["SoftBank"]),
        ("Chat GPT", "pt", ["ChatGPT"]),
        ("GPT-4o", "pt", ["GPT-4o"]),
        ("GPT-4", "pt", ["GPT-4"]),
        ("Telefonica", "pt", ["Telefónica"]),
        ("Oracle", "pt", ["Oracle"]),
        ("oracle", "pt", []),
        ("nos", "pt", []),
        ("Ant", "en", []),
        ("Kia", "en", ["Kia"]),
        ("KIA", "en", ["Kuwait Investment Authority"]),
        ("Banco Europeu de Investimento", "pt", ["European Investment Bank"]),
        ("Banco Europeu de Investimento", "en", []),
        ("Intelbras", "pt", ["Intelbras"]),
        ("Nobody Knows It", None, []),
        ("", None, []),
    ],
)
def test_lookup(catalogue: Catalogue, text: str, lang: str | None, expected: list[str]) -> None:
    assert names(catalogue.lookup(text, lang)) == expected


def test_every_label_leads_to_its_entity(catalogue: Catalogue) -> None:
    for label, entity in catalogue.labels():
        assert entity in catalogue.lookup(label.text, label.lang), label


def test_ambiguous(catalogue: Catalogue) -> None:
    assert all(map(catalogue.is_ambiguous, ("Oracle", "Arm", "arm's", "Nos", "Vivo")))
    assert not any(map(catalogue.is_ambiguous, ("Nvidia", "Arm Holdings", "OpenAI", "Kalivera")))


def test_related_reads_facts_both_ways(catalogue: Catalogue, ontology: Ontology) -> None:
    for name in ("developerOf", "subsidiaryOf"):
        inverse = ontology.inverse(name)
        assert inverse is not None
        for entity in catalogue.entities.values():
            for other in catalogue.related(entity.iri, name):
                assert entity in catalogue.related(other.iri, inverse.name)
    assert names(catalogue.related(KGD + "ChatGPT", "developedBy")) == ["OpenAI"]
    assert "Claude" in names(catalogue.related(KGD + "Anthropic", "developerOf"))


def test_places(catalogue: Catalogue) -> None:
    def words(name: str, lang: str) -> set[str]:
        (entity,) = catalogue.lookup(name)
        return {label.text for label in entity.places if label.lang in {None, lang}}

    assert {"redmond", "norte americana", "eua"} <= words("Microsoft", "pt")
    assert {"toquio", "japonesa", "nipónica".replace("ó", "o")} <= words("SoftBank", "pt")
    assert {"tokyo", "japanese"} <= words("SoftBank", "en")
    assert {"norueguesa", "noruega"} <= words("Telenor", "pt")
    assert "californiana" in words("Nvidia", "pt")
    assert catalogue.is_place("Tóquio", "pt")
    assert catalogue.is_place("US", "en")
    assert not catalogue.is_place("us", "en")
    assert not catalogue.is_place("Nvidia")


def test_every_city_of_the_places_file_has_a_name_in_both_languages() -> None:
    for description in read_turtle(asset("ontology", "places.ttl")).values():
        labels = description.by_language("http://www.w3.org/2004/02/skos/core#prefLabel")
        assert set(labels) == {"en", "pt"}, description.iri
        assert (
            KG + "country" not in description.values or len(description.text(KG + "country")) == 2
        )


def test_pickle(catalogue: Catalogue) -> None:
    assert pickle.loads(pickle.dumps(catalogue)) == catalogue


def test_own_files_add_to_ours(tmp_path: Path, ontology: Ontology) -> None:
    turtle = tmp_path / "own.ttl"
    turtle.write_text(
        PREFIXES + 'kgd:Nvidia a kg:Investor ; skos:altLabel "Team Green" .\n'
        'kgd:Kalivera a kg:ModelLab ; skos:prefLabel "Kalivera"@en ; kg:country "PT" .\n'
    )
    table = tmp_path / "own.csv"
    table.write_text(
        "name,types,aliases,parent,country,developer\n"
        "Kalivera Cloud,CloudProvider,KC;Kali Cloud,Kalivera,PT,\n"
        "Vento,Model,,,,Kalivera\n"
    )
    catalogue = load_catalogue(asset("data", "entities.ttl"), turtle, table, ontology=ontology)
    assert names(catalogue.lookup("Team Green")) == ["Nvidia"]
    assert set(catalogue.entities[KGD + "Nvidia"].types) >= {"ChipDesigner", "Investor"}
    (cloud,) = catalogue.lookup("Kali Cloud")
    assert names(catalogue.related(cloud.iri, "subsidiaryOf")) == ["Kalivera"]
    assert names(catalogue.related(KGD + "Kalivera", "developerOf")) == ["Vento"]
    assert catalogue.version != load_catalogue(ontology=ontology).version


GOOD = 'kgd:A a kg:ModelLab ; skos:prefLabel "Aaa"@en .\n'


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (GOOD + 'kgd:B a kg:Robot ; skos:prefLabel "B"@en .', 5, "unknown class 'Robot'"),
        (GOOD + "kgd:B a kg:ModelLab .", 5, "no preferred English label"),
        (GOOD + 'kgd:B skos:prefLabel "B"@en .', 5, "no type"),
        (GOOD + 'kgd:B a kg:ModelLab ; skos:prefLabel "Aaa"@en .', 5, "belongs to"),
        (
            GOOD + 'kgd:B a kg:Model ; skos:prefLabel "B"@en ; kg:developedBy kgd:C .',
            5,
            "unknown entity",
        ),
        (
            GOOD + 'kgd:B a kg:Model ; skos:prefLabel "B"@en ; kg:developedBy "A" .',
            5,
            "takes entities",
        ),
        (
            GOOD + 'kgd:B a kg:Model ; skos:prefLabel "B"@en ; kg:maker kgd:A .',
            5,
            "unknown property",
        ),
        (GOOD + 'kgd:B a kg:Model ; skos:prefLabel "B"@en , "C"@en .', 5, "two preferred"),
        (
            GOOD + 'kgd:B a kg:Model ; skos:prefLabel "B"@en ; kg:ambiguousLabel "C" .',
            5,
            "none of its",
        ),
        (
            GOOD + 'kgd:B a kg:Telecom ; skos:prefLabel "B"@en ; kg:country "XX" .',
            5,
            "no country 'XX'",
        ),
        (GOOD + "kgd:B a kg:Model", 5, "not valid Turtle"),
    ],
)
def test_faulty_turtle(
    tmp_path: Path, ontology: Ontology, text: str, line: int, message: str
) -> None:
    path = tmp_path / "faulty.ttl"
    path.write_text(PREFIXES + text)
    with pytest.raises(OntologyError, match=message) as caught:
        load_catalogue(path, ontology=ontology)
    assert f"{path}:{line}" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("types,aliases\nModelLab,\n", 1, "no column 'name'"),
        ("name,types,colour\nA,ModelLab,red\n", 1, "'colour' is no role"),
        ("name,types\nA,ModelLab\n,ModelLab\n", 3, "needs a name"),
        ("name,types\nA,ModelLab,x\n", 2, "more cells"),
        ("name,types,parent\nA,ModelLab,Nobody\n", 2, "'Nobody' is no entity"),
        ("name,types\nA,Robot\n", 2, "unknown class"),
        ("name,types,aliases,parent,country\nA,ModelLab,,,XX\n", 2, "no country"),
    ],
)
def test_faulty_csv(tmp_path: Path, ontology: Ontology, text: str, line: int, message: str) -> None:
    path = tmp_path / "faulty.csv"
    path.write_text(text)
    with pytest.raises(OntologyError, match=message) as caught:
        load_catalogue(path, ontology=ontology)
    assert f"{path}:{line}" in str(caught.value)


def test_missing_or_binary_file(tmp_path: Path, ontology: Ontology) -> None:
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"name,types\n\xff\xfe\x00,\x81\n")
    for path in (tmp_path / "none.ttl", tmp_path / "none.csv", binary):
        with pytest.raises(OntologyError, match=path.name):
            load_catalogue(path, ontology=ontology)


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


@given(NAMES)
def test_folding_is_stable(name: str) -> None:
    assert fold(fold(name)) == fold(name)
    assert fold(name.upper().lower()) == fold(name.lower()) or not name.isascii()
    assert strip_legal_form(strip_legal_form(name)) == strip_legal_form(name)
    assert display_name(display_name(name)) == display_name(name)
    assert entity_iri(name).startswith(KGD)
    assert entity_iri(name) == entity_iri(strip_legal_form(name))
    assert " " not in entity_iri(name)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Telefónica", "TELEFONICA", True),
        ("Open AI", "OpenAI", True),
        ("Gemini 3", "Gemini 2", False),
        ("GPT-4.1", "GPT-41", False),
        ("AT&T", "ATT", False),
        ("Alexa+", "Alexa", False),
        ("Acme Ventures", "Acme", False),
    ],
)
def test_folding_keeps_what_differs(one: str, other: str, same: bool) -> None:
    assert (compact(one) == compact(other)) is same
