"""Linking: own cases, independence of order, the ledger."""

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg import ledger as ledgers
from kg.catalogue import Catalogue, load_catalogue
from kg.clustering import Profile, cluster, typing_slip
from kg.errors import GraphError
from kg.ledger import Ledger, Merge
from kg.linking import link, linkage, nearest_names, new_entity
from kg.model import Argument, Claim, Entity, Quote, Status
from kg.names import entity_iri
from kg.ontology import load_ontology

CASES = Path(__file__).parent / "cases" / "linking.jsonl"
KNOWN_MISSES = {
    ("Block", "Square"): "both names are ambiguous: each is evidence for the other alone",
    ("Nvdia", "Tolvera"): "names this short differ by a letter on purpose (Klarna, Klara)",
    ("Adeyn", "Tolvera"): "names this short differ by a letter on purpose",
}
CATALOGUE = load_catalogue(ontology=load_ontology())
HERE = Quote(0, 1, "x")


@pytest.fixture
def catalogue() -> Catalogue:
    return CATALOGUE


def claim(
    article: str,
    subject: str,
    object_: str,
    types: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
    confidence: float = 0.8,
) -> Claim:
    first, second = (
        Argument(new_entity(name, kinds), HERE)
        for name, kinds in zip((subject, object_), types, strict=True)
    )
    confirmed = Status.CONFIRMED
    return Claim(article, first, "partnerOf", second, confirmed, HERE, HERE, confidence=confidence)


def names(claims: tuple[Claim, ...]) -> list[tuple[str, str]]:
    return [(c.subject.entity.name, c.object.entity.name) for c in claims]


def read_cases(form: str) -> list[Any]:
    cases = [json.loads(line) for line in CASES.read_text("utf8").splitlines()]
    return [case for case in cases if form in case]


def test_there_are_enough_cases() -> None:
    mentions = len(read_cases("name")) + sum(len(case["names"]) for case in read_cases("names"))
    assert mentions >= 200


@pytest.mark.parametrize("case", read_cases("name"), ids=lambda case: case["name"])
def test_known_names(case: dict[str, Any], catalogue: Catalogue) -> None:
    beside = case.get("beside", ["Tolvera"])
    if reason := KNOWN_MISSES.get((case["name"], beside[0])):
        pytest.xfail(reason)
    types = (tuple(case.get("types", ())), ())
    linked = link([claim("a", case["name"], other, types) for other in beside], catalogue)
    entity = linked[0].subject.entity
    assert (entity.name if entity.known else None) == case["entity"]


@pytest.mark.parametrize("case", read_cases("names"), ids=lambda case: case["names"][0][0])
def test_new_names(case: dict[str, Any], catalogue: Catalogue) -> None:
    types = {name: tuple(case.get("types", {}).get(name, ())) for name, _ in case["names"]}
    claims = [
        claim(f"{name}{n}", name, "Tolvera", (types[name], ()))
        for name, count in case["names"]
        for n in range(count)
    ]
    found: dict[str, set[str]] = {}
    for before, after in zip(claims, link(claims, catalogue), strict=True):
        spellings = found.setdefault(after.subject.entity.iri, set())
        spellings.add(before.article.rstrip("0123456789"))
    groups = [{name.rstrip("0123456789") for name in group} for group in case["groups"]]
    assert sorted(map(sorted, found.values())) == sorted(map(sorted, groups))


POOL = (
    *("Kalivera", "Kalivera Inc.", "Kalliverra", "Kallivera", "Kalivera Systems", "KALIVERA"),
    *("Kalivera Ventures", "Quorvex", "Quorvex AI", "Oracle", "OpenAI", "Microsft", "Vivo", "Arm"),
    *("Claude", "Anthropic", "TBR", "Tolvera Bay Robotics", "Data Forja", "DataForja", "Meta"),
)
KINDS = st.sampled_from([(), ("ModelLab",), ("Model",), ("CloudProvider", "Telecom")])
CLAIMS = st.lists(
    st.builds(
        claim,
        st.sampled_from("abcdef"),
        st.sampled_from(POOL),
        st.sampled_from(POOL),
        st.tuples(KINDS, KINDS),
        st.sampled_from((0.5, 0.8)),
    ),
    max_size=25,
)


@settings(deadline=None, max_examples=60)
@given(CLAIMS, st.randoms(use_true_random=False))
def test_any_order_gives_the_same(claims: list[Claim], rng: random.Random) -> None:
    shuffled = rng.sample(claims, len(claims))
    assert sorted(map(repr, link(claims, CATALOGUE))) == sorted(
        map(repr, link(shuffled, CATALOGUE))
    )
    assert linkage(claims, CATALOGUE).merges == linkage(shuffled, CATALOGUE).merges


@settings(deadline=None, max_examples=60)
@given(CLAIMS)
def test_two_sides_of_a_claim_stay_two(claims: list[Claim]) -> None:
    """But for spellings of one name, no rule merges what an article sets side by side."""
    result = linkage(claims, CATALOGUE)
    for value in claims:
        ends = (value.subject.entity, value.object.entity)
        new = [result.entity(value.article, end) for end in ends]
        if all(not end.known for end in new) and ends[0].iri != ends[1].iri:
            assert new[0].iri != new[1].iri


@settings(deadline=None, max_examples=60)
@given(CLAIMS)
def test_nothing_is_both_product_and_maker(claims: list[Claim]) -> None:
    for value in link(claims, CATALOGUE):
        for end in (value.subject.entity, value.object.entity):
            assert len(CATALOGUE.kinds_of(end.types)) <= 1


def test_new_entity() -> None:
    entity = new_entity("Kalivera  Robotics, Inc.", ["RoboticsCompany", "RoboticsCompany"])
    assert entity.name == "Kalivera Robotics"
    assert entity.types == ("RoboticsCompany",)
    assert entity.iri == new_entity("KALIVERA ROBOTICS", ()).iri
    assert entity.iri.startswith("https://kg.example/entity/kalivera-robotics-")
    assert new_entity("Kalivera 2", ()).iri != new_entity("Kalivera 3", ()).iri
    assert not entity.known


def test_canonical_name_is_the_commonest_then_the_first(catalogue: Catalogue) -> None:
    claims = [
        claim("a", "KALIVERA", "Tolvera"),
        claim("b", "Kalivera", "Tolvera"),
        claim("c", "Kalivera", "Tolvera"),
        claim("d", "Núcleo Norte", "Tolvera"),
        claim("e", "Nucleo Norte", "Tolvera"),
    ]
    linked = link(claims, catalogue)
    assert {c.subject.entity.name for c in linked[:3]} == {"Kalivera"}
    assert {c.subject.entity.name for c in linked[3:]} == {"Nucleo Norte"}


def test_known_entities_get_the_catalogue_of_today(catalogue: Catalogue) -> None:
    stale = Entity("https://kg.example/entity/Nvidia", "Nvidia Corp", known=True)
    value = claim("a", "Tolvera", "Kalivera")
    value = Claim("a", Argument(stale, HERE), "r", value.object, Status.DENIED, HERE, HERE)
    assert link([value], catalogue)[0].subject.entity is catalogue.entities[stale.iri]


def test_claims_that_become_one(catalogue: Catalogue) -> None:
    claims = [
        claim("a", "AWS", "Tolvera", confidence=0.4),
        claim("a", "Amazon Web Services", "Tolvera", confidence=0.9),
        claim("b", "Softbank", "SoftBank Group"),
    ]
    linked = link(claims, catalogue)
    assert names(linked) == [("Amazon Web Services", "Tolvera")]
    assert linked[0].confidence == 0.9


def test_acronym_of_the_company_beside_it(catalogue: Catalogue) -> None:
    claims = [
        claim("a", "Tolvera Bay Robotics", "Kalivera"),
        claim("a", "TBR", "Quorvex"),
        claim("b", "TBR", "Quorvex"),
        claim("c", "TBS", "Quorvex"),
    ]
    subjects = [c.subject.entity.iri for c in link(claims, catalogue)]
    assert subjects[0] == subjects[1] == subjects[2] != subjects[3]


@pytest.mark.parametrize(
    ("one", "other", "slip"),
    [
        ("kalivera", "kallivera", "doubled letter"),
        ("zentrova", "zentorva", "swapped letters"),
        ("anthropic", "antropic", "letter left out"),
        ("microsoft", "micrasoft", "wrong letter"),
        ("tessaro", "tessara", None),
        ("neuron", "neurons", None),
        ("invidia", "nvidia", None),
        ("meta", "metta", None),
        ("ab12345", "ab12346", None),
        ("kalivera", "kalivera", None),
        ("kalivera", "quorvex", None),
    ],
)
def test_slips(one: str, other: str, slip: str | None) -> None:
    assert typing_slip(one, other) == slip
    assert typing_slip(other, one) == slip


def test_nearest_names(catalogue: Catalogue) -> None:
    assert nearest_names("mcrosoft", catalogue)[0] == "Microsoft"
    assert "Nvidia" in nearest_names("nvidea", catalogue)
    assert nearest_names("", catalogue) == ()


def test_many_names_in_one_block_are_not_compared_with_each_other() -> None:
    profiles = {}
    for n in range(20_000):
        name = "pacific " + "".join("bcdfglmnpr"[int(digit)] + "a" for digit in f"{n:05}")
        iri = entity_iri(name)
        profiles[iri] = Profile(iri, articles={str(n), "x", "y"})
        profiles[iri].names[name] = 3
    groups, pairs = cluster(profiles)
    assert len(groups) == 20_000
    assert pairs == ()  # each stands in three articles: none is a slip of another


# -- the ledger ------------------------------------------------------------------------------------

A, B, C = (entity_iri(name) for name in ("Kalivera", "Kallivera", "Quorvex"))
CLAIMS_ABC = [
    *(claim(f"a{n}", "Kalivera", "Tolvera") for n in range(3)),
    claim("b", "Kallivera", "Tolvera"),
    claim("c", "Quorvex", "Tolvera"),
]


def entities(ledger: Ledger) -> list[str]:
    linked = link(CLAIMS_ABC, CATALOGUE, ledger)
    return [linked[index].subject.entity.iri for index in (0, 3, 4)]


def test_users_merge_split_and_undo(tmp_path: Path) -> None:
    assert entities(ledgers.read(tmp_path)) == [A, A, C]
    merged = ledgers.merge(tmp_path, C, A, reason="renamed")
    assert entities(ledgers.read(tmp_path)) == [C, C, C]
    ledgers.undo(tmp_path, merged.id)
    assert entities(ledgers.read(tmp_path)) == [A, A, C]
    ledgers.split(tmp_path, A, B, reason="two companies")
    assert entities(ledgers.read(tmp_path)) == [A, B, C]
    ledgers.merge(tmp_path, A, B, reason="one after all")
    assert entities(ledgers.read(tmp_path)) == [A, A, C]
    assert len(ledgers.read(tmp_path).entries) == 4, "lines are only ever added"


def test_undo_of_an_undo(tmp_path: Path) -> None:
    merged = ledgers.merge(tmp_path, A, C, reason="one")
    undone = ledgers.undo(tmp_path, merged.id)
    ledgers.undo(tmp_path, undone.id)
    assert entities(ledgers.read(tmp_path)) == [A, A, A]


def test_merge_into_a_known_entity(tmp_path: Path) -> None:
    nvidia = "https://kg.example/entity/Nvidia"
    ledgers.merge(tmp_path, nvidia, C, reason="brand of it")
    linked = link(CLAIMS_ABC, CATALOGUE, ledgers.read(tmp_path))
    found = linked[4].subject.entity
    assert {"Quorvex", "Nvidia"} <= {label.text for label in found.labels}, "found by either name"
    assert replace(found, labels=()) == replace(CATALOGUE.entities[nvidia], labels=())


def test_merges_by_rule_are_written_once_and_can_be_undone(tmp_path: Path) -> None:
    merges = linkage(CLAIMS_ABC, CATALOGUE).merges
    assert merges == (Merge(A, B, "doubled letter"),)
    (line,) = ledgers.record(tmp_path, merges)
    assert ledgers.record(tmp_path, merges) == ()
    assert ledgers.read(tmp_path).entry(line.id[:6]) == line
    ledgers.undo(tmp_path, line.id, "two companies")
    assert entities(ledgers.read(tmp_path)) == [A, B, C]
    assert linkage(CLAIMS_ABC, CATALOGUE, ledgers.read(tmp_path)).merges == ()


def test_rewriting_changes_nothing(tmp_path: Path) -> None:
    ledgers.merge(tmp_path, A, C, reason='a "quoted"\nréason')
    before = ledgers.read(tmp_path)
    ledgers.split(tmp_path, A, B, reason="")
    assert ledgers.read(tmp_path).entries[:-1] == before.entries
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.jsonl"]


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "[]",
        "{}",
        '{"id": "1", "action": "eat", "entities": ["a", "b"], "reason": ""}',
        '{"id": "1", "action": "merge", "entities": "ab", "reason": ""}',
        '{"id": 1, "action": "merge", "entities": ["a", "b"], "reason": ""}',
        "[" * 100_000,
    ],
)
def test_malformed_line(tmp_path: Path, line: str) -> None:
    ledgers.merge(tmp_path, A, B, reason="one")
    with (tmp_path / "ledger.jsonl").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(GraphError, match=r"ledger\.jsonl:2: not a ledger line") as caught:
        ledgers.read(tmp_path)
    assert "\n" not in str(caught.value)


def test_bad_requests(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="two different"):
        ledgers.merge(tmp_path, A, A, reason="same")
    with pytest.raises(GraphError, match="0 lines"):
        ledgers.undo(tmp_path, "abc")
    assert not (tmp_path / "ledger.jsonl").exists()
