"""The same graph on servers that nobody here wrote: what a folder answers, they answer."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from sparql_servers import SERVERS, Running, oxigraph, virtuoso
from store_samples import Reader, article, setting

from kg import ledger
from kg.build import build_articles
from kg.cli import main
from kg.disk_store import OxigraphStore
from kg.errors import GraphError, QueryError
from kg.ledger import Merge
from kg.locations import open_store
from kg.store import Store
from kg.vocabulary import GRAPHS, kg

pytestmark = [
    pytest.mark.servers,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

SAMPLES = Path(__file__).parent.parent / "data" / "articles"
ARTICLES = [
    article("a1", "Amazon investorOf OpenAI. Nvidia supplierTo Amazon.", date="2025-12-17"),
    article("a2", "OpenAI competitorOf Anthropic. AWS subsidiaryOf Amazon.", date="2026-01-05"),
    article("a3", 'Odd "quotes"\\ and \n lines é 中. Cerebras supplierTo AWS.', source="The Wire"),
]


@pytest.fixture(scope="module", params=SERVERS)
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    with SERVERS[request.param](tmp_path_factory.mktemp(request.param)) as server:
        yield server


@pytest.fixture
def server(running: Running, monkeypatch: pytest.MonkeyPatch) -> Running:
    """An empty dataset, and the right to write it."""
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with open_store(running.address, read_only=False) as store:
        store.replace({ox.NamedNode(iri): [] for iri in store.graphs()})
    return running


def dump(store: Store) -> bytes:
    buffer = io.BytesIO()
    store.dump(buffer)
    return buffer.getvalue()


def kg_says(*words: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == code, done.output
    return str(done.stdout if code == 0 else done.stderr)


# -- building ---------------------------------------------------------------------------------


def test_a_build_gives_the_bytes_that_a_folder_gives(server: Running, tmp_path: Path) -> None:
    for place in (tmp_path / "graph", server.address):
        report = build_articles(ARTICLES, place, setting(), Reader())
        assert (report.read, report.failed, report.totals.inferred > 0) == (3, 0, True)
        again = build_articles(ARTICLES, place, setting(), Reader())
        assert (again.read, again.unchanged, again.totals) == (0, 3, report.totals)
    with OxigraphStore.open(tmp_path / "graph") as folder, open_store(server.address) as remote:
        assert dump(remote) == dump(folder)
        assert list(remote.claims()) == list(folder.claims())
        assert remote.inferred() == folder.inferred()
        assert remote.entities() == folder.entities()


def test_a_changed_article_takes_the_place_of_what_it_said(server: Running, tmp_path: Path) -> None:
    changed = replace(ARTICLES[1], text="OpenAI competitorOf Mistral.")
    for place in (tmp_path / "graph", server.address):
        build_articles(ARTICLES, place, setting(), Reader())
        build_articles([changed], place, setting(), Reader())
    with OxigraphStore.open(tmp_path / "graph") as folder, open_store(server.address) as remote:
        assert dump(remote) == dump(folder)
        assert b"Mistral" in dump(remote)
        assert b"AWS subsidiaryOf" not in dump(remote)


def test_an_article_of_many_claims_is_one_update(server: Running) -> None:
    names = [f"Firm{number}" for number in range(300)]
    text = " ".join(f"{one} supplierTo {names[number - 1]}." for number, one in enumerate(names))
    report = build_articles([article("long", text)], server.address, setting(), Reader())
    assert report.totals.claims == 300
    with open_store(server.address) as store:
        assert len(list(store.claims())) == 300


def test_the_ledger_of_merges_stays_with_the_graph(server: Running) -> None:
    merge = Merge("https://kg.example/entity/A", "https://kg.example/entity/B", "spelling")
    with open_store(server.address, read_only=False) as store:
        assert ledger.read(store.book).entries == ()
        (entry,) = ledger.record(store.book, [merge])
        assert ledger.record(store.book, [merge]) == ()
        assert ledger.read(store.book).entries == (entry,)
        assert GRAPHS.LEDGER not in store.public_graphs()


def test_foreign_graphs_are_left_alone(server: Running) -> None:
    mine = ox.NamedNode("http://127.0.0.1/mine")
    quad = ox.Quad(mine, ox.NamedNode("http://127.0.0.1/p"), ox.Literal("kept"), mine)
    with open_store(server.address, read_only=False) as store:
        store.rewrite(mine, [quad])
        build_articles(ARTICLES[:1], server.address, setting(), Reader())
        assert mine.value not in store.graphs()
        assert b"kept" not in dump(store)
        assert list(store.quads(mine)) == [quad]
        store.rewrite(mine, [])


# -- asking -----------------------------------------------------------------------------------


@pytest.fixture
def copied(server: Running, demo_graph: Path) -> Running:
    """The sample corpus' graph on the server."""
    with (
        OxigraphStore.open(demo_graph) as folder,
        open_store(server.address, read_only=False) as remote,
    ):
        for graph in folder.public_graphs():
            remote.rewrite(graph, folder.quads(graph))
    return server


COMMANDS = [
    ("ask", "Which cloud providers back rival model labs?", "--format", "json"),
    ("ask", "Quem investe na OpenAI?"),
    ("show", "OpenAI"),
    ("show", "Microsoft", "OpenAI", "--format", "json"),
    ("sparql", "@investors-of-rivals"),
    ("sparql", "@supply-chain", "--company", "OpenAI"),
    ("sparql", "@what-changed", "--month", "2025-10"),
    ("sparql", "SELECT ?a ?b { ?a kg:investorOf ?b } ORDER BY ?a ?b", "--format", "csv"),
    ("sparql", "SELECT ?a ?b FROM kg:confirmed { ?a kg:investorOf ?b } ORDER BY ?a ?b"),
    ("sparql", "ASK { ?a kg:investorOf ?b }"),
    ("sparql", "ASK { ?a kg:nothing ?b }"),
    ("validate",),
]


def test_commands_say_of_a_server_what_they_say_of_a_folder(
    copied: Running, demo_graph: Path
) -> None:
    for words in COMMANDS:
        expected = kg_says(*words, "--graph", demo_graph)
        assert kg_says(*words, "--graph", copied.address) == expected, words


def test_an_export_is_the_same_to_the_byte(
    copied: Running, demo_graph: Path, tmp_path: Path
) -> None:
    for name in ("graph.nq", "claims.csv", "graph.ttl"):
        places = {"folder": demo_graph, "server": copied.address}
        written = []
        for place, graph in places.items():
            (tmp_path / place).mkdir(exist_ok=True)
            kg_says("export", tmp_path / place / name, "--graph", graph)
            written.append((tmp_path / place / name).read_bytes())
        assert written[0] == written[1], name


def test_a_command_builds_from_files(server: Running, tmp_path: Path) -> None:
    chosen = sorted(SAMPLES.iterdir())[0]
    told = kg_says("build", chosen, "--graph", server.address)
    assert told.startswith("1 read, 0 unchanged")
    kg_says("build", chosen, "--graph", tmp_path / "graph")
    for graph, name in ((server.address, "s.nq"), (tmp_path / "graph", "f.nq")):
        kg_says("export", tmp_path / name, "--graph", graph)
    assert (tmp_path / "s.nq").read_bytes() == (tmp_path / "f.nq").read_bytes()


def test_faults_are_one_line(server: Running) -> None:
    said = kg_says("sparql", "SELEKT", "--graph", server.address, code=2)
    assert "line 1, column" in said
    assert "--allow-service" in kg_says(
        "sparql",
        "ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "--graph",
        server.address,
        code=2,
    )
    assert "graph in a folder" in kg_says(
        "entities", "merge", "A", "B", "--reason", "x", "--graph", server.address, code=2
    )


# -- what servers refuse ----------------------------------------------------------------------


def test_a_read_only_server_refuses_before_anything_is_read(tmp_path: Path) -> None:
    with oxigraph(tmp_path):
        pass  # makes the database
    with oxigraph(tmp_path, read_only=True) as server:
        with pytest.raises(GraphError, match="takes no updates"):
            build_articles(ARTICLES, server.address, setting(), Reader())
        with open_store(server.address) as store:
            assert store.articles() == ()


def test_virtuoso_asks_who_writes_and_names_the_setting(tmp_path: Path) -> None:
    with virtuoso(tmp_path, rows=5) as server:
        with pytest.raises(GraphError, match="takes no updates"):
            open_store(server.address, read_only=False)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("KG_SPARQL_USER", "dba")
            patch.setenv("KG_SPARQL_PASSWORD", "wrong")
            with pytest.raises(GraphError, match="KG_SPARQL_PASSWORD"):
                open_store(server.address, read_only=False)
            patch.setenv("KG_SPARQL_PASSWORD", "dba")
            quads = [ox.Quad(kg("a"), kg("b"), ox.Literal(n), GRAPHS.RUNS) for n in range(9)]
            with open_store(server.address, read_only=False) as store:
                store.rewrite(GRAPHS.RUNS, quads)
                with pytest.raises(QueryError, match="5 rows at most"):
                    list(store.quads(GRAPHS.RUNS))  # never a part for the whole
