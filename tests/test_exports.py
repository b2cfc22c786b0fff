from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import pyarrow.parquet as pq
import pyoxigraph as ox
import pytest
import rdflib
from store_samples import article, fill, said

import kg
from kg.api import Graph
from kg.disk_store import OxigraphStore
from kg.errors import InputError
from kg.exports import FORMATS
from kg.graph import Policy
from kg.model import Status
from kg.rdf import claims_from_quads, entities_from_quads

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")

HOSTILE = (
    "\"'); MATCH (n) DETACH DELETE n; // </script><script>alert(1)</script>\x0b\\ \u2028 😀 =1+1"
)
NEWS = article(
    "n",
    "Xai developerOf Grok.",
    "Inflection developerOf Pi.",
    "Grok competitorOf Pi.",
    source=HOSTILE,
    date="2025-01-01",
)
MORE = article(
    "m", "Amazon investorOf OpenAI.", "Meta investorOf OpenAI.", url="javascript:alert(1)"
)


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[Graph]:
    with OxigraphStore.open(tmp_path / "graph", read_only=False) as store:
        fill(
            store,
            (NEWS, [said(NEWS, f"{s}.") for s in NEWS.text.rstrip(".").split(". ")]),
            (
                MORE,
                [
                    said(
                        MORE,
                        "Amazon investorOf OpenAI.",
                        Status.PROSPECTIVE,
                        amount=10.5e9,
                        currency="USD",
                        attribution=HOSTILE,
                    ),
                    said(MORE, "Meta investorOf OpenAI.", Status.DENIED),
                ],
            ),
        )
        store.publish()
    with kg.open(tmp_path / "graph") as graph:
        yield graph


def edge_set(graph: Graph) -> set[tuple[str, str, str]]:
    return {(u, v, claim) for u, v, claim in graph.networkx().edges(keys=True)}


def test_the_explorer_holds_every_claim_that_counts(graph: Graph, tmp_path: Path) -> None:
    page = graph.export(tmp_path / "explorer.html").read_text("utf8")
    assert graph.export(tmp_path / "page.explorer").read_text("utf8") == page
    start = page.index('id="data">') + len('id="data">')
    data = page[start : page.index("</script>", start)]
    assert json.loads(data)
    missing = [claim for *_, claim in graph.networkx().edges(keys=True) if claim not in data]
    assert not missing


def test_every_format_is_tested() -> None:
    tests = Path(__file__).read_text("utf8")
    assert all(f'"{name}"' in tests or f".{name}" in tests for name in FORMATS)


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"html"}))
def test_the_same_bytes_in_another_process(graph: Graph, tmp_path: Path, name: str) -> None:
    here = graph.export(tmp_path / f"here.{name}").read_bytes()
    there = tmp_path / f"there.{name}"
    code = f"import kg; kg.open({str(tmp_path / 'graph')!r}).export({str(there)!r})"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONHASHSEED": "7"})
    assert there.read_bytes() == here
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    ("name", "parser"),
    [("ttl", "turtle"), ("nt", "nt"), ("trig", "trig"), ("nq", "nquads"), ("jsonld", "json-ld")],
)
def test_rdflib_reads_the_claims(graph: Graph, tmp_path: Path, name: str, parser: str) -> None:
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(graph.export(tmp_path / f"all.{name}"), format=parser)
    query = """SELECT ?claim ?subject ?object ?quote WHERE { ?claim a kg:Claim ;
        rdf:subject ?subject ; rdf:object ?object ; kg:evidence/oa:exact ?quote }"""
    names = {"kg": "https://kg.example/ns#", "oa": "http://www.w3.org/ns/oa#"}
    flat = rdflib.Graph()
    for triple in dataset.triples((None, None, None)):
        flat.add(triple)
    rows = {tuple(map(str, row)) for row in flat.query(query, initNs=names)}
    assert rows == {
        (
            f"https://kg.example/claim/{c.id}",
            c.subject.entity.iri,
            c.object.entity.iri,
            c.evidence.text,
        )
        for c in graph.claims()
    }


@pytest.mark.parametrize("name", ["ttl", "nt", "trig", "nq", "jsonld"])
def test_oxigraph_reads_equal_claims(graph: Graph, tmp_path: Path, name: str) -> None:
    file = graph.export(tmp_path / f"all.{name}")
    formats = {"jsonld": ox.RdfFormat.JSON_LD}
    quads = list(ox.parse(path=str(file), format=formats.get(name)))
    assert set(claims_from_quads(quads, entities_from_quads(quads))) == set(graph.claims())


@pytest.mark.parametrize("name", ["ttl", "nt", "ttl12"])
def test_without_graphs_no_rumour_looks_like_an_edge(
    graph: Graph, tmp_path: Path, name: str
) -> None:
    file = graph.export(tmp_path / f"all.{name}")
    rdf_format = ox.RdfFormat.N_TRIPLES if name == "nt" else ox.RdfFormat.TURTLE
    relations = {f"https://kg.example/ns#{relation}" for relation in graph.ontology.properties}
    plain = {
        q.triple
        for q in ox.parse(path=str(file), format=rdf_format)
        if q.predicate.value in relations
    }
    edges = {t.subject.value + t.predicate.value for t in plain}
    assert not any("Amazon" in edge or "Meta" in edge for edge in edges)
    assert bool(plain) is (name == "ttl12")


def test_rdf12_reifies_triples(graph: Graph, tmp_path: Path) -> None:
    file = graph.export(tmp_path / "all.ttl12")
    quads = ox.parse(path=str(file), format=ox.RdfFormat.TURTLE)
    terms = {(q.subject.value, q.object) for q in quads if isinstance(q.object, ox.Triple)}
    said_so = [(c.id, c.subject.entity.iri, c.object.entity.iri) for c in graph.claims()]
    drawn = [(c.id, c.subject, c.object) for c in graph.inferred()]
    assert {(node, t.subject.value, t.object.value) for node, t in terms} == {
        (f"https://kg.example/claim/{name}", s, o) for name, s, o in said_so + drawn
    }


def test_rdf_is_a_dataset(graph: Graph) -> None:
    dataset = graph.rdf()
    buffer = io.BytesIO()
    graph.store.dump(buffer)
    assert len(set(dataset.quads())) == buffer.getvalue().count(b"\n")


def test_graphml_is_read_by_networkx(graph: Graph, tmp_path: Path) -> None:
    back = nx.read_graphml(graph.export(tmp_path / "g.graphml"), force_multigraph=True)
    assert set(back.edges(keys=True)) == edge_set(graph)
    _check_values(graph, {c: d for *_, c, d in back.edges(keys=True, data=True)}, xml=True)


def test_gexf_is_read_by_networkx(graph: Graph, tmp_path: Path) -> None:
    file = graph.export(tmp_path / "g.gexf")
    back = nx.read_gexf(file)
    assert {(u, v, d["id"]) for u, v, d in back.edges(data=True)} == edge_set(graph)
    assert {d["label"] for _, d in back.nodes(data=True)} >= {"Amazon", "Grok"}
    assert b"lastmodified" not in file.read_bytes()


def test_cytoscape_is_read_by_networkx(graph: Graph, tmp_path: Path) -> None:
    data = json.loads(graph.export(tmp_path / "g.cyjs").read_text("utf8"))
    back = nx.cytoscape_graph(data)
    assert set(back.edges(keys=True)) == edge_set(graph)
    _check_values(graph, {c: d for *_, c, d in back.edges(keys=True, data=True)}, xml=False)


def _check_values(graph: Graph, back: dict[str, dict[str, Any]], *, xml: bool) -> None:
    for *_, claim, data in graph.networkx().edges(keys=True, data=True):
        assert back[claim]["status"] == data["status"].value
        assert back[claim].get("amount") == data["amount"]
        source = data["source"]
        assert back[claim].get("publisher") == (source and source.replace("\x0b", "\ufffd"))


def test_csv_is_read_back(graph: Graph, tmp_path: Path) -> None:
    with graph.export(tmp_path / "g.csv").open(encoding="utf8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(r["subject"], r["object"], r["claim"]) for r in rows} == edge_set(graph)
    assert {r["source"] for r in rows} == {HOSTILE, ""}
    (inferred,) = (row for row in rows if row["inferred"] == "True")
    assert set(inferred["premises"].split()) < {row["claim"] for row in rows}


def test_parquet_is_read_by_arrow(graph: Graph, tmp_path: Path) -> None:
    rows = pq.read_table(graph.export(tmp_path / "g.parquet")).to_pylist()
    assert {(r["subject"], r["object"], r["claim"]) for r in rows} == edge_set(graph)
    assert {r["amount"] for r in rows} == {None, 10.5e9}
    assert {r["attribution"] for r in rows} == {None, HOSTILE}


def test_cypher_keeps_texts_as_literals(graph: Graph, tmp_path: Path) -> None:
    text = graph.export(tmp_path / "g.cypher").read_text("utf8")
    literal = re.compile(r'"(?:[^"\\]|\\.)*"')
    values = {json.loads(found) for found in literal.findall(text)}
    claims = {claim for *_, claim in edge_set(graph)}
    assert claims < values
    bare = literal.sub("''", text)
    assert "DETACH" not in bare
    assert bare.count(";") == bare.count(";\n") == len(bare.splitlines())
    assert text.isascii()


def test_html_is_written(graph: Graph, tmp_path: Path) -> None:
    page = graph.export(tmp_path / "g.html").read_text("utf8")
    assert "Amazon" in page
    assert "<script>alert(1)" not in page


def test_a_policy_holds_for_edges(graph: Graph, tmp_path: Path) -> None:
    policy = Policy(statuses=(Status.DENIED,), include_inferred=False)
    rows = pq.read_table(graph.export(tmp_path / "g.parquet", policy)).to_pylist()
    assert [row["subject_name"] for row in rows] == ["Meta"]


def test_faults_are_named_and_leave_nothing(graph: Graph, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no format 'pdf'; there are: html, explorer, ttl"):
        graph.export(tmp_path / "g.pdf")
    with pytest.raises(InputError, match="cannot be written"):
        graph.export(tmp_path / "none" / "g.ttl")
    (tmp_path / "old.csv").write_text("old")
    with pytest.raises(InputError):
        graph.export(tmp_path / "old.csv", format_name="nothing")
    assert (tmp_path / "old.csv").read_text() == "old"
