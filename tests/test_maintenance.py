"""Following changes gives what deriving everything again gives, to the byte."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_samples import Reader, article, said, setting

from kg import deriving
from kg.build import build_articles
from kg.changes import Changes
from kg.deriving import derive
from kg.disk_store import OxigraphStore
from kg.model import Article, Claim, Status
from kg.rule_bodies import rule_bodies
from kg.rules import load_rules
from kg.vocabulary import GRAPHS

SETTING = setting()
COMPANIES, PRODUCTS = ("A", "B", "C", "D"), ("P", "Q")
CONFIDENCES = {"1": 1.0, "2": 0.5, "3": 0.25}


class Sayings(Reader):
    """Reads sentences such as ``A supplierTo B denied 2.``: status and confidence at the end."""

    name = "sayings"

    def __call__(self, articles):  # type: ignore[no-untyped-def]
        for text in articles:
            yield text, tuple(map(claim_of, [text] * 99, sentences(text)))


def sentences(text: Article) -> list[str]:
    return [f"{part.strip()}." for part in text.text.split(".") if part.strip()]


def claim_of(text: Article, sentence: str) -> Claim:
    subject, relation, other, status, digit = sentence.rstrip(".").split(" ")
    short = article(text.id, f"{subject} {relation} {other}.", date="2025-01-01")
    return said(short, short.text, Status(status), confidence=CONFIDENCES[digit])


def saying(subject: str, relation: str, other: str, status: str, digit: str) -> str:
    return f"{subject} {relation} {other} {status} {digit}."


status = st.sampled_from(["confirmed"] * 3 + ["prospective"] * 2 + ["denied"])
digit = st.sampled_from(sorted(CONFIDENCES))
company, product = st.sampled_from(COMPANIES), st.sampled_from(PRODUCTS)
said_of = st.one_of(
    st.builds(saying, company, st.just("subsidiaryOf"), company, status, digit),
    st.builds(saying, company, st.just("subsidiaryOf"), company, status, digit),
    st.builds(saying, company, st.just("developerOf"), product, status, digit),
    st.builds(saying, product, st.just("competitorOf"), product, status, digit),
    st.builds(saying, company, st.just("competitorOf"), company, status, digit),
    st.builds(saying, company, st.just("supplierTo"), company, status, digit),
)
articles_of = st.lists(said_of, max_size=4).map(
    lambda lines: [line for line in dict.fromkeys(lines) if line.split()[0] != line.split()[2]]
)
# an article's number, and what it says from now on; None removes it
step = st.tuples(st.integers(0, 5), st.one_of(st.none(), articles_of, articles_of, articles_of))


def state(path: Path) -> tuple[bytes, set[str]]:
    buffer = io.BytesIO()
    with OxigraphStore.open(path, read_only=False) as store:
        store.dump(buffer)
        return buffer.getvalue(), {str(quad) for quad in store.quads(GRAPHS.HEIGHTS)}


def take(graph: Path, name: str, lines: list[str] | None, held: dict[str, Article]) -> None:
    if lines is not None:
        held[name] = article(name, *lines, date="2025-01-01")
        build_articles([held[name]], graph, SETTING, Sayings())
    elif name in held:
        with OxigraphStore.open(graph, read_only=False) as store:
            changes = Changes(store)
            changes.remove(held.pop(name).hash)
            derive(store, SETTING, changes=changes)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(step, min_size=2, max_size=7))
def test_changes_one_by_one_give_what_all_at_once_gives(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, list[str] | None]]
) -> None:
    folder = tmp_path_factory.mktemp("steps")
    held: dict[str, Article] = {}
    for number, (name, lines) in enumerate(steps):
        take(folder / "graph", f"n{name}", lines, held)
        if held and number >= len(steps) // 2:
            whole = folder / f"whole{number}"
            build_articles(held.values(), whole, SETTING, Sayings())
            assert state(folder / "graph") == state(whole)


def test_a_small_change_is_followed_and_not_derived_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: dict[str, Article] = {}
    take(tmp_path / "graph", "n0", ["A subsidiaryOf B confirmed 1."], held)

    def everything(*_: object) -> int:
        raise AssertionError("derived as a whole")

    monkeypatch.setattr(deriving, "_materialise", everything)
    take(tmp_path / "graph", "n1", ["A supplierTo C confirmed 1."], held)
    with OxigraphStore.open(tmp_path / "graph") as store:
        assert [claim.rule for claim in store.inferred()] == ["group-acts"]
    take(tmp_path / "graph", "n0", None, held)
    with OxigraphStore.open(tmp_path / "graph") as store:
        assert not store.inferred()


def test_every_rule_that_comes_with_the_program_is_followed() -> None:
    assert all(rule_bodies(rule.sparql) for rule in load_rules())


@pytest.mark.parametrize(
    "where",
    [
        "{ GRAPH ?g { ?a kgs:r ?c . ?c kgo:r ?b } }",
        "{ GRAPH kg:strongest { ?a kgs:r ?c . ?c kgo:q ?b } }",
        "{ GRAPH kg:strongest { ?a kgs:r ?c . ?c kgo:r ?b . ?a rdfs:label ?x } }",
        "{ GRAPH kg:strongest { ?a kgs:r ?c . ?c kgo:r ?b FILTER (?a < ?b) } }",
        "{ GRAPH kg:strongest { ?a kgs:r ?c . ?c kgo:r ?b FILTER NOT EXISTS { ?b kgs:r ?d } } }",
        "{ GRAPH kg:strongest { ?a kgs:r ?c . ?c kgo:r ?b MINUS { ?b kgs:r ?c } } }",
        "{ GRAPH kg:strongest { ?a kgs:r ?c . ?c kgo:r ?b . ?b kgs:r ?d . ?d kgo:r ?e } }",
    ],
)
def test_what_is_not_read_is_derived_again(where: str) -> None:
    head = "CONSTRUCT { [] rdf:subject ?a ; rdf:predicate kg:r ; rdf:object ?b ; prov:wasDerivedFrom ?c }"
    assert rule_bodies(f"{head} WHERE {where}") is None
