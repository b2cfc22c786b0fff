from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest
from store_samples import article, fill, said

from kg import rules
from kg.disk_store import OxigraphStore
from kg.errors import OntologyError
from kg.model import Claim, InferredClaim, Status
from kg.ontology import load_ontology
from kg.results import plain
from kg.rules import Rule, infer, load_rules
from kg.turtle import local_name
from kg.views import ontology_quads, strongest_claims
from kg.vocabulary import GRAPHS

TYPED = """CONSTRUCT {
  [] rdf:subject ?one ; rdf:predicate kg:partnerOf ; rdf:object ?other ; prov:wasDerivedFrom ?claim
} WHERE {
  GRAPH kg:strongest { ?one kgs:investorOf ?claim . ?claim kgo:investorOf ?other }
  GRAPH kg:entities { ?other a ?kind }
  GRAPH kg:ontology { ?kind a owl:Class }
}"""
CASES = Path(__file__).parent / "cases" / "rules.txt"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OxigraphStore]:
    with OxigraphStore.open(tmp_path / "graph", read_only=False) as store:
        yield store


def claims_of(lines: list[str]) -> list[tuple[str, Claim]]:
    """Lines such as ``AWS subsidiaryOf Amazon prospective 0.5``, each an article of its own."""
    made = []
    for number, line in enumerate(lines):
        subject, relation, other, *more = line.split()
        text = article(f"n{number}", f"{subject} {relation} {other}.")
        status = Status(more[0]) if more else Status.CONFIRMED
        confidence = float(more[1]) if len(more) > 1 else 1.0
        claim = said(text, f"{subject} {relation} {other}.", status, confidence=confidence)
        made.append((text, claim))
    return made


def infer_from(store: OxigraphStore, lines: list[str]) -> tuple[InferredClaim, ...]:
    fill(store, *((text, [claim]) for text, claim in claims_of(lines)))
    return store.inferred()


def cases() -> Iterator[tuple[str, list[str], set[str]]]:
    """Blocks of the file: a title, premises, and what follows from them after ``=>``."""
    for block in CASES.read_text("utf8").split("\n\n"):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        if lines and lines[0].startswith("# "):
            premises = [line for line in lines[1:] if not line.startswith("=>")]
            yield (
                lines[0][2:],
                premises,
                {line[2:].strip() for line in lines if line.startswith("=>")},
            )


@pytest.mark.parametrize(
    ("title", "premises", "expected"), list(cases()), ids=[c[0] for c in cases()]
)
def test_what_follows(
    store: OxigraphStore, title: str, premises: list[str], expected: set[str]
) -> None:
    found = {
        f"{local_name(c.subject)} {c.relation} {local_name(c.object)} {c.status} {c.rule}"
        for c in infer_from(store, premises)
    }
    assert found == expected


def test_premises_lead_to_the_quotes(store: OxigraphStore) -> None:
    lines = ["A developerOf P prospective 0.5", "B developerOf Q", "Q competitorOf P confirmed 0.5"]
    (inferred,) = infer_from(store, lines)
    by_id = {claim.id: claim for _, claim in claims_of(lines)}
    assert set(inferred.premises) == set(by_id)
    assert (inferred.status, inferred.confidence) == (Status.PROSPECTIVE, 0.25)
    assert store.claim(inferred.id) == inferred


def test_the_strongest_premise_is_chosen(store: OxigraphStore) -> None:
    lines = [
        "A developerOf P prospective",
        "A developerOf P confirmed 0.4",
        "A developerOf P confirmed 0.6",
    ]
    lines += ["B developerOf Q", "P competitorOf Q"]
    (inferred,) = infer_from(store, lines)
    assert claims_of(lines)[2][1].id in inferred.premises
    assert (inferred.status, inferred.confidence) == (Status.CONFIRMED, 0.6)


def test_the_order_of_articles_does_not_matter(tmp_path: Path) -> None:
    lines = ["S subsidiaryOf P", "S supplierTo X", "S supplierTo Y", "P subsidiaryOf T prospective"]
    contents = [(text, [claim]) for text, claim in claims_of(lines)]
    found = set()
    for number, order in enumerate(list(permutations(contents))[::5]):
        with OxigraphStore.open(tmp_path / str(number), read_only=False) as store:
            fill(store, *order)
            found.add(store.inferred())
    assert len(found) == 1
    assert len(next(iter(found))) == 5


def test_recursion_ends_and_no_proof_is_circular(store: OxigraphStore) -> None:
    ring = [f"C{n} subsidiaryOf C{(n + 1) % 6}" for n in range(6)]
    inferred = infer_from(store, ring)
    assert len(inferred) == 6 * 5 - 6  # every ordered pair but what is said; none with itself
    depth = {claim.id: 0 for _, claim in claims_of(ring)}
    waiting = list(inferred)
    while waiting:
        ready = [claim for claim in waiting if all(p in depth for p in claim.premises)]
        assert ready, "a proof that rests on itself"
        depth |= {claim.id: 1 + max(depth[p] for p in claim.premises) for claim in ready}
        waiting = [claim for claim in waiting if claim.id not in depth]


def test_what_is_inferred_goes_with_its_premise(store: OxigraphStore) -> None:
    lines = ["A developerOf P", "B developerOf Q", "P competitorOf Q"]
    assert len(infer_from(store, lines)) == 1
    graph = store.article_graphs()[0]
    store.replace({graph: []})
    ontology = load_ontology()
    assert not infer(store, load_rules(), strongest_claims(store.claims(), ontology), ontology)


def test_strongest_holds_one_claim_a_triple(store: OxigraphStore) -> None:
    infer_from(store, ["A competitorOf B prospective", "B competitorOf A", "A partnerOf B denied"])
    query = """SELECT ?s ?o WHERE { GRAPH kg:strongest {
        ?s kgs:competitorOf ?c . ?c kgo:competitorOf ?o FILTER (?s != ?o) } } ORDER BY ?s"""
    rows = [tuple(local_name(str(plain(term))) for term in row) for row in store.query(query)]
    assert rows == [("A", "B"), ("B", "A")]
    assert len(list(store.quads(GRAPHS.STRONGEST))) == 4


def test_a_proof_is_read_alike_as_a_row_and_as_triples(
    store: OxigraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = [line for _, premises, _ in cases() for line in premises]
    rows = infer_from(store, everything)
    monkeypatch.setattr(rules, "_selects", lambda _: None)
    assert rows
    assert infer_from(store, everything) == rows


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.name)
def test_our_own_rules_are_read_as_rows(rule: Rule) -> None:
    assert rules._selects(rule.sparql)


@pytest.mark.parametrize(
    ("sparql", "part"),
    [
        ("CONSTRUCT { ?x } WHERE {}", "rule broken: not SPARQL"),
        (
            "CONSTRUCT { [] rdf:subject ?s } WHERE { GRAPH kg:strongest { ?s ?p ?c } }",
            "rule broken: constructs no claim",
        ),
    ],
)
def test_a_broken_rule_is_named(store: OxigraphStore, sparql: str, part: str) -> None:
    fill(store, *((text, [claim]) for text, claim in claims_of(["A investorOf B"])))
    ontology = load_ontology()
    asserted = strongest_claims(store.claims(), ontology)
    with pytest.raises(OntologyError, match=part):
        infer(store, [Rule("broken", "", sparql)], asserted, ontology)


@pytest.mark.parametrize("many", [1, 1_000])
def test_a_rule_may_read_entities_and_ontology_in_a_graph_of_any_size(
    store: OxigraphStore, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(rules, "_MANY", many)
    texts = [(text, [claim]) for text, claim in claims_of(["A investorOf B", "B investorOf C"])]
    fill(store, *texts)
    store.rewrite(GRAPHS.ONTOLOGY, ontology_quads(load_ontology()))
    asserted = strongest_claims(store.claims(), load_ontology())
    found = infer(store, [Rule("typed", "", TYPED)], asserted, load_ontology())
    assert {(local_name(c.subject), c.relation, local_name(c.object)) for c in found} == {
        ("A", "partnerOf", "B"), ("B", "partnerOf", "C"),
    }  # fmt: skip


def test_every_rule_says_what_it_says_and_is_tested() -> None:
    known = load_rules()
    tested = {line.split()[-1] for _, _, expected in cases() for line in expected}
    assert tested == {rule.name for rule in known}
    assert all(rule.text.endswith(".") for rule in known)
