from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from store_samples import article, fill, said

from kg.disk_store import OxigraphStore
from kg.errors import GraphError, QueryError
from kg.model import Status
from kg.named_queries import TYPES, find_entity, named_queries, run_named
from kg.ontology import load_ontology
from kg.rdf import StoredArticle, article_quads
from kg.vocabulary import ENTITY, GRAPHS, article_node, kg

# rdflib 7.6 warns of its own use of what it deprecates
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")

NEWS = article("n1", "Amazon investorOf OpenAI.", "Amazon investorOf Anthropic.", date="2025-12-17")
OTHER = article(
    "n2", "OpenAI competitorOf Anthropic.", "Nvidia supplierTo Amazon.", date="2026-01-05"
)
CLAIMS = [
    said(NEWS, "Amazon investorOf OpenAI.", Status.PROSPECTIVE, amount=10e9, currency="USD"),
    said(NEWS, "Amazon investorOf Anthropic."),
]
OTHERS = [
    said(OTHER, "OpenAI competitorOf Anthropic."),
    said(OTHER, "Nvidia supplierTo Amazon.", Status.DENIED),
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OxigraphStore]:
    with OxigraphStore.open(tmp_path / "graph", read_only=False) as store:
        fill(store, (NEWS, CLAIMS), (OTHER, OTHERS))
        yield store


def dump(store: OxigraphStore) -> bytes:
    buffer = io.BytesIO()
    store.dump(buffer)
    return buffer.getvalue()


def rows(store: OxigraphStore, query: str) -> set[tuple[object, ...]]:
    return set(store.query(query).rows())


# -- the folder -------------------------------------------------------------------------------


def test_a_missing_graph_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="kg build"):
        OxigraphStore.open(tmp_path / "none")


@pytest.mark.parametrize(
    ("marker", "part"),
    [
        (None, "not a graph folder"),
        ("{", "cannot be read"),
        ("[]", "not a graph of this program"),
        ('{"program": "other", "format": 1}', "not a graph of this program"),
        ('{"program": "kg", "format": 99}', "graph format 99"),
        ('{"program": "kg", "format": 0}', "graph format 0.*'kg build --graph NEW'"),
    ],
)
@pytest.mark.parametrize("read_only", [True, False])
def test_foreign_folders_are_refused(
    tmp_path: Path, marker: str | None, part: str, read_only: bool
) -> None:
    (tmp_path / "thesis.doc").write_text("mine")
    if marker is not None:
        (tmp_path / "kg.json").write_text(marker)
    with pytest.raises(GraphError, match=part) as caught:
        OxigraphStore.open(tmp_path, read_only=read_only)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "thesis.doc").read_text() == "mine"


def test_a_file_is_no_graph(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for read_only in (True, False):
        with pytest.raises(GraphError):
            OxigraphStore.open(tmp_path / "file", read_only=read_only)


def test_a_damaged_store_is_one_line(store: OxigraphStore) -> None:
    store.publish()
    store.close()
    number = json.loads((store.path / "kg.json").read_text())["snapshot"]
    (store.path / "snapshots" / str(number) / "CURRENT").write_text("nonsense")
    with pytest.raises(GraphError) as caught:
        OxigraphStore.open(store.path)
    assert "\n" not in str(caught.value)


def test_readers_see_the_last_whole_state(store: OxigraphStore) -> None:
    empty = OxigraphStore.open(store.path)
    assert empty.articles() == ()
    store.publish()
    readers = [OxigraphStore.open(store.path) for _ in range(3)]
    before = dump(readers[0])
    store.replace({article_node(NEWS.hash): []})
    assert [dump(reader) for reader in readers] == [before] * 3
    store.publish()
    assert len(OxigraphStore.open(store.path).articles()) == 1
    assert dump(readers[0]) == before


def test_one_writer_at_a_time_and_the_holder_is_named(store: OxigraphStore) -> None:
    code = f"from kg.disk_store import OxigraphStore; OxigraphStore.open({str(store.path)!r}, read_only=False)"
    second = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert f"process {os.getpid()} is writing this graph" in second.stderr
    store.close()
    OxigraphStore.open(store.path, read_only=False).close()


def test_a_killed_writer_leaves_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "graph"
    code = (
        "import sys, time; from kg.disk_store import OxigraphStore;"
        f"s = OxigraphStore.open({str(path)!r}, read_only=False); print('open', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        with pytest.raises(GraphError, match=f"process {writer.pid}"):
            OxigraphStore.open(path, read_only=False)
        writer.send_signal(signal.SIGKILL)
    OxigraphStore.open(path, read_only=False).close()


def test_a_read_only_folder_can_be_read_and_copied(store: OxigraphStore, tmp_path: Path) -> None:
    store.publish()
    expected = dump(store)
    store.close()
    copy = shutil.copytree(store.path, tmp_path / "copy")
    for place in [copy, *copy.rglob("*")]:
        place.chmod(0o555 if place.is_dir() else 0o444)
    assert dump(OxigraphStore.open(copy)) == expected
    for place in [copy, *copy.rglob("*")]:
        place.chmod(0o755)


# -- contents ---------------------------------------------------------------------------------


def test_claims_by_condition(store: OxigraphStore) -> None:
    def found(**conditions: object) -> set[str]:
        return {claim.id for claim in store.claims(**conditions)}

    ids = {claim.id for claim in CLAIMS + OTHERS}
    assert found() == ids
    assert found(entity=ENTITY + "OpenAI") == {CLAIMS[0].id, OTHERS[0].id}
    assert found(subject=ENTITY + "OpenAI") == {OTHERS[0].id}
    assert found(relation="investorOf", object=ENTITY + "Anthropic") == {CLAIMS[1].id}
    assert found(status=Status.DENIED) == {OTHERS[1].id}
    assert found(article=NEWS.hash) == {claim.id for claim in CLAIMS}
    assert found(article=NEWS.hash, status=Status.CONFIRMED) == {CLAIMS[1].id}
    assert found(entity=ENTITY + "nobody") == set()
    assert next(iter(store.claims(entity=ENTITY + "OpenAI"))) in CLAIMS + OTHERS
    assert store.claim(CLAIMS[0].id) == CLAIMS[0]
    with pytest.raises(GraphError, match="no claim"):
        store.claim("0" * 16)


def test_replacing_and_removing_an_article_touches_no_other(store: OxigraphStore) -> None:
    before = {graph: set(store.quads(ox.NamedNode(graph))) for graph in store.graphs()}
    graph = article_node(NEWS.hash)
    newer = StoredArticle.of(NEWS, "run2")
    store.replace({graph: list(article_quads(newer, CLAIMS[:1]))})
    assert {c.id for c in store.claims(article=NEWS.hash)} == {CLAIMS[0].id}
    store.replace({graph: []})
    after = {name: set(store.quads(ox.NamedNode(name))) for name in store.graphs()}
    assert after == {name: quads for name, quads in before.items() if name != graph.value}


def test_a_replacement_takes_place_as_a_whole_or_not(store: OxigraphStore) -> None:
    graph, other = article_node(NEWS.hash), article_node(OTHER.hash)
    before = dump(store)

    def broken() -> list[ox.Quad]:
        raise RuntimeError("stopped")

    class Stops(list):  # type: ignore[type-arg]
        def __iter__(self):  # type: ignore[no-untyped-def]
            broken()

    with pytest.raises(GraphError):
        store.replace({graph: [], other: Stops([1])})
    assert dump(store) == before


def test_leftovers_of_a_killed_replacement_are_removed(store: OxigraphStore) -> None:
    before = dump(store)
    for name in ("staging/0", "staging/1"):
        store.database.add(ox.Quad(kg("a"), kg("b"), kg("c"), kg(name)))
    assert dump(store) == before  # never public
    store.close()
    with OxigraphStore.open(store.path, read_only=False) as again:
        assert not [iri for iri in again.graphs() if "staging" in iri]


def test_a_dump_has_the_lines_that_the_engine_writes_sorted(tmp_path: Path) -> None:
    texts = ("plain", " .", "a .\nb", "\r\n .\n", '"\\', "é", "")
    literals = [ox.Literal(text) for text in texts]
    literals += [ox.Literal(text, language="pt") for text in texts]
    ends = (*literals, ox.Literal(2.5), kg("c"), kg("cc"))
    quads = [ox.Quad(kg("a"), kg("b"), end, graph) for end in ends for graph in (kg("x"), kg("y"))]
    with OxigraphStore.open(tmp_path / "graph", read_only=False) as store:
        store.add(quads)
        written = store.database.dump(format=ox.RdfFormat.N_QUADS).splitlines(keepends=True)
        by_graph = sorted(written, key=lambda line: (line.split()[-2], line))
        assert dump(store) == b"".join(by_graph)
        assert len(written) == len(quads)


def test_a_dump_does_not_depend_on_the_order_of_writing(
    tmp_path: Path, store: OxigraphStore
) -> None:
    with OxigraphStore.open(tmp_path / "other", read_only=False) as other:
        fill(other, (OTHER, reversed(OTHERS)), (NEWS, reversed(CLAIMS)))
        assert dump(other) == dump(store)
    parsed = rdflib.Dataset()
    parsed.parse(data=dump(store), format="nquads")
    assert len(set(parsed.quads())) == dump(store).count(b"\n") > 100


def test_edges_lie_in_the_graph_of_their_strongest_claim(store: OxigraphStore) -> None:
    def edges(graph: ox.NamedNode) -> set[tuple[str, str, str]]:
        return {
            tuple(str(t.value).rpartition("/")[2] for t in q.triple) for q in store.quads(graph)
        }  # type: ignore[misc]

    assert edges(GRAPHS.CONFIRMED) == {
        ("Amazon", "ns#investorOf", "Anthropic"),
        ("Anthropic", "ns#backedBy", "Amazon"),
        ("OpenAI", "ns#competitorOf", "Anthropic"),
        ("Anthropic", "ns#competitorOf", "OpenAI"),
    }
    assert edges(GRAPHS.PROSPECTIVE) == {
        ("Amazon", "ns#investorOf", "OpenAI"),
        ("OpenAI", "ns#backedBy", "Amazon"),
    }
    assert edges(GRAPHS.INFERRED) == set()


# -- SPARQL -----------------------------------------------------------------------------------

SELECT = "SELECT ?x ?y WHERE { GRAPH kg:confirmed { ?x kg:investorOf ?y } }"
CONSTRUCT = "CONSTRUCT { ?x kg:investorOf ?y } WHERE { GRAPH kg:confirmed { ?x kg:investorOf ?y } }"


def test_rows_truth_and_triples(store: OxigraphStore) -> None:
    assert rows(store, SELECT) == {(ENTITY + "Amazon", ENTITY + "Anthropic")}
    assert store.query("ASK { ?c a kg:Claim }")
    assert not store.query("ASK { ?c a kg:Nothing }")
    assert len(list(store.query(CONSTRUCT))) == 1
    assert list(store.query(f"DESCRIBE <{ENTITY}Amazon>"))
    with pytest.raises(QueryError, match="ASK"):
        bool(store.query(SELECT))


def test_from_picks_the_graphs(store: OxigraphStore) -> None:
    count = "SELECT (COUNT(*) AS ?n) {} WHERE {{ ?x kg:investorOf ?y }}"
    assert rows(store, count.format("")) == {(2,)}
    assert rows(store, count.format("FROM kg:confirmed")) == {(1,)}
    assert rows(
        store, 'SELECT (COUNT(*) AS ?n) WHERE { ?x kg:investorOf ?y FILTER("FROM" != "x") }'
    ) == {(2,)}


def test_bindings_are_terms_not_text(store: OxigraphStore) -> None:
    hostile = '" } DROP ALL ; ASK { "'
    query = "SELECT ?id WHERE { GRAPH ?g { ?g schema:identifier ?id } }"
    assert list(store.query(query, {"id": ox.Literal(hostile)}).rows()) == []
    assert list(store.query(query, {"id": ox.Literal("n1")}).rows()) == [("n1",)]


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("SELECT * WHERE {\n ?s ?p }", "line 2, column"),
        ("SELEKT", "line 1, column 7"),
        ("", "not SPARQL"),
        ("INSERT DATA { kg:a kg:b kg:c }", "not SPARQL"),
        ("SELECT * WHERE { ?x nobody:knows ?y }", "not SPARQL"),
    ],
)
def test_faults_of_a_query_have_a_place(store: OxigraphStore, query: str, part: str) -> None:
    with pytest.raises(QueryError, match=part) as caught:
        store.query(query)
    assert "\n" not in str(caught.value)


def test_formats_are_read_by_another_library(store: OxigraphStore) -> None:
    expected = {(rdflib.URIRef(ENTITY + "Amazon"), rdflib.URIRef(ENTITY + "Anthropic"))}
    for name in ("json", "xml", "tsv"):
        text = store.query(SELECT).serialize(name)
        result = rdflib.query.Result.parse(io.BytesIO(text), format=name)
        assert {tuple(row) for row in result} == expected, name
    assert store.query(SELECT).serialize("csv").splitlines()[0] == b"x,y"
    for name, parser in (("ttl", "turtle"), ("nt", "nt"), ("nq", "nquads"), ("jsonld", "json-ld")):
        data = store.query(CONSTRUCT).serialize(name)
        parsed = rdflib.Dataset(default_union=True)
        parsed.parse(data=data, format=parser)
        assert {(s, o) for s, _, o in parsed.triples((None, None, None))} == expected, name


@pytest.mark.parametrize(("query", "name"), [(SELECT, "ttl"), (CONSTRUCT, "csv"), (SELECT, "pdf")])
def test_a_format_that_does_not_fit_is_refused(store: OxigraphStore, query: str, name: str) -> None:
    with pytest.raises(QueryError, match="is not one of"):
        store.query(query).serialize(name)


# -- named queries ----------------------------------------------------------------------------

VALUES = {
    "entity": "Amazon",
    "relation": "investorOf",
    "class": "Organization",
    "status": "confirmed",
    "article": "n1",
    "date": "2025-12-17",
    "month": "2025-12",
    "number": "1",
    "text": "USD",
}


@pytest.mark.parametrize("name", sorted(named_queries()))
def test_each_named_query_runs_in_order(store: OxigraphStore, name: str) -> None:
    query = named_queries()[name]
    assert query.text.endswith(".")
    given = {p.name: VALUES[p.type] for p in query.parameters}
    list(run_named(store, name, given, load_ontology()))
    assert "ORDER BY" in query.sparql


def test_named_queries_answer(store: OxigraphStore) -> None:
    def answer(name: str, *columns: str, **values: str) -> list[tuple[object, ...]]:
        results = run_named(store, name, values, load_ontology())
        places = [results.variables.index(column) for column in columns]
        return [tuple(row[place] for place in places) for row in results.rows()]

    pair = (ENTITY + "Anthropic", ENTITY + "OpenAI")
    assert answer("investors-of-rivals", "name", "one", "other") == [("Amazon", *pair)]
    assert answer("deals-over", "amount", least="5000000000") == [(10_000_000_000,)]
    assert answer("deals-over", "amount", least="50000000000") == []
    assert answer("stakes", "name", company="OpenAI") == [("Amazon",)]
    assert len(answer("article", "quote", article="n1")) == 2
    assert set(answer("what-changed", "subject", month="2026-01")) == {
        (ENTITY + "OpenAI",),
        (ENTITY + "Nvidia",),
    }


@pytest.mark.parametrize(
    ("name", "values", "part"),
    [
        ("nothing", {}, "there are: @"),
        ("stakes", {"firm": "x"}, "has no parameter 'firm'; it has: company"),
        ("stakes", {"company": "OpanAI"}, "nearest: OpenAI"),
        ("article", {}, "needs article"),
        ("deals-over", {"least": "much"}, "is no number"),
        ("what-changed", {"month": "May"}, "is no month"),
    ],
)
def test_wrong_parameters_are_explained(
    store: OxigraphStore, name: str, values: dict[str, str], part: str
) -> None:
    from kg.errors import KgError

    with pytest.raises(KgError, match=part):
        run_named(store, name, values, load_ontology())


def test_every_parameter_type_has_a_test_value() -> None:
    assert set(VALUES) == set(TYPES)


def test_entities_are_found_by_name(store: OxigraphStore) -> None:
    assert find_entity(store, "openai").iri == find_entity(store, ENTITY + "OpenAI").iri
