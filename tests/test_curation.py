"""What users say of entities: added, named, merged and split; the graph follows, a rebuild obeys."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from store_samples import Reader, article, setting

from kg.build import build_articles
from kg.catalogue import graph_catalogue
from kg.cli import main
from kg.curation import add_alias, add_entity, merge_entities, split_entities, undo_entry
from kg.deriving import Setting
from kg.disk_store import OxigraphStore
from kg.errors import GraphError, KgError, UnknownNameError
from kg.linking import new_entity
from kg.model import Argument, Article, Claim
from kg.named_queries import find_entity
from kg.names import entity_iri

SETTING = setting()
NEWS = [
    article("a", "Kalivera investorOf Quorvex.", "Tolvera supplierTo Kalivera.", date="2025-01-01"),
    article(
        "b", "KaliveraCorp investorOf Quorvex.", "Zentra competitorOf Tolvera.", date="2025-01-02"
    ),
    article("c", "Oracle supplierTo Kallivera.", "Zentra investorOf Kalivera.", date="2025-01-03"),
    article("d", "Nvidia supplierTo Zentra.", "Tolvera investorOf ZTR.", date="2025-01-03"),
]


class NewNames(Reader):
    """Reads names as those that no catalogue holds."""

    def __call__(self, articles: Iterable[Article]) -> Iterator[tuple[Article, tuple[Claim, ...]]]:
        def new(argument: Argument) -> Argument:
            return Argument(new_entity(argument.quote.text, ()), argument.quote)

        for text, claims in super().__call__(articles):
            yield (
                text,
                tuple(replace(c, subject=new(c.subject), object=new(c.object)) for c in claims),
            )


def build(graph: Path, articles: Iterable[Article] = NEWS) -> None:
    catalogue = graph_catalogue(graph, ontology=SETTING.ontology)
    build_articles(articles, graph, replace(SETTING, catalogue=catalogue), NewNames())


def dump(graph: Path) -> bytes:
    buffer = io.BytesIO()
    with OxigraphStore.open(graph) as store:
        store.dump(buffer)
    return buffer.getvalue()


def current(graph: Path) -> Setting:
    return replace(SETTING, catalogue=graph_catalogue(graph, ontology=SETTING.ontology))


def pairs(graph: Path, name: str) -> set[tuple[str, str]]:
    with OxigraphStore.open(graph) as store:
        iri = find_entity(store, name).iri
        claims = store.claims(entity=iri)
        return {(c.subject.entity.name, c.object.entity.name) for c in claims}


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    build(tmp_path / "graph")
    return tmp_path / "graph"


def rebuilt(graph: Path, tmp_path: Path) -> bytes:
    """Bytes of a new graph of the same articles with the same ledger and catalogue."""
    other = tmp_path / "other"
    build(other, [])
    for name in ("ledger.jsonl", "entities.csv"):
        if (graph / name).exists():
            (other / name).write_bytes((graph / name).read_bytes())
    build(other, reversed(NEWS))
    return dump(other)


def test_the_graph_follows_and_a_rebuild_obeys(graph: Path, tmp_path: Path) -> None:
    before = dump(graph)
    entry, totals = merge_entities(graph, SETTING, "Kalivera", "KaliveraCorp", reason="one firm")
    assert totals.claims == 8
    merged = dump(graph)
    assert pairs(graph, "Kalivera") >= {("Kalivera", "Quorvex"), ("Oracle", "Kalivera")}
    assert pairs(graph, "KaliveraCorp") == pairs(graph, "Kalivera"), "found by either name"
    assert b"Corp" in merged
    assert rebuilt(graph, tmp_path) == merged
    undo_entry(graph, SETTING, entry.id, reason="two firms")
    assert dump(graph) == before


def test_a_split_keeps_apart_what_rules_and_users_merge(graph: Path, tmp_path: Path) -> None:
    assert ("Oracle", "Kalivera") in pairs(graph, "Kalivera"), "a misspelling, merged by rule"
    split_entities(graph, SETTING, "Kalivera", "Kallivera", reason="two firms")
    assert ("Oracle", "Kallivera") in pairs(graph, "Kallivera")
    assert rebuilt(graph, tmp_path) == dump(graph)
    merge_entities(graph, SETTING, "Tolvera", "Zentra", reason="wrong")
    split_entities(graph, SETTING, "Tolvera", "Zentra", reason="two firms")
    assert ("Nvidia", "Zentra") in pairs(graph, "Zentra")
    with pytest.raises(UnknownNameError):
        merge_entities(graph, SETTING, "Tolvera", "Nobody", reason="x")


def test_a_known_entity_is_added(graph: Path, tmp_path: Path) -> None:
    add_entity(graph, SETTING, "Zentra", ("AI lab",), ("ZTR", "Zentra, the lab"))
    with OxigraphStore.open(graph) as store:
        entity = find_entity(store, "ZTR")
    assert (entity.name, entity.types, entity.known) == ("Zentra", ("ModelLab",), True)
    assert entity.iri == entity_iri("Zentra")
    assert ("Tolvera", "Zentra") in pairs(graph, "Zentra")
    assert rebuilt(graph, tmp_path) == dump(graph)


def test_names_are_added(graph: Path, tmp_path: Path) -> None:
    add_alias(graph, SETTING, "Nvidia", "Quorvex")
    assert ("Kalivera", "Nvidia") in pairs(graph, "Nvidia")
    assert rebuilt(graph, tmp_path) == dump(graph)
    with pytest.raises(GraphError, match="nothing says what 'Tolvera' is"):
        add_alias(graph, current(graph), "Tolvera", "Tolv")
    add_entity(graph, current(graph), "Tolvera", ("company",))
    add_alias(graph, current(graph), "Tolvera", "KaliveraCorp")
    assert ("Tolvera", "Nvidia") in pairs(graph, "Tolvera")
    with pytest.raises(UnknownNameError):
        add_alias(graph, current(graph), "Nobody", "N")


@pytest.mark.parametrize(
    ("row", "part"),
    [
        (("AWS", ("company",)), "Amazon Web Services"),
        (("Zentra", ("spaceship",)), "unknown class 'spaceship'"),
        (("Zentra", ("company",), (), "Nobody"), "'Nobody' is no entity"),
        (("Zentra", ("company",), (), "", "XX"), "no country 'XX'"),
    ],
)
def test_what_cannot_be_added_changes_nothing(graph: Path, row: tuple[str, ...], part: str) -> None:
    before = dump(graph), sorted(path.name for path in graph.iterdir())
    with pytest.raises(KgError, match=part) as caught:
        add_entity(graph, SETTING, *row)  # type: ignore[arg-type]
    assert "new-" not in str(caught.value)
    assert (dump(graph), sorted(path.name for path in graph.iterdir())) == before


def test_on_the_command_line(graph: Path) -> None:
    def kg(*words: str) -> str:
        result = CliRunner().invoke(main, [*words, "--graph", str(graph)])
        assert result.exit_code == 0, result.output
        return result.output

    kg("entities", "add", "Zentra", "--type", "ModelLab", "--alias", "ZTR")
    kg("entities", "alias", "Zentra", "Quorvex")
    assert "names: Quorvex, ZTR, Zentra" in kg("entities", "show", "quorvex")
    line = kg("entities", "merge", "Zentra", "Tolvera").split()[0]
    assert "Tolvera" in kg("entities", "show", "Zentra")
    kg("entities", "undo", line)
    assert "Tolvera" not in kg("entities", "show", "Zentra")


@settings(deadline=None, max_examples=12)
@given(st.permutations(NEWS), st.integers(1, 3))
def test_any_permutation_of_the_articles_gives_the_same_quads(
    tmp_path_factory: pytest.TempPathFactory, order: list[Article], cut: int
) -> None:
    folder = tmp_path_factory.mktemp("orders")
    build(folder / "once")
    build(folder / "steps", order[:cut])
    build(folder / "steps", order[cut:])
    assert dump(folder / "steps") == dump(folder / "once")
