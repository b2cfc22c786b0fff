"""The pyvis page: still, self-contained, the same bytes each time, and deaf to hostile text."""

from __future__ import annotations

import json
import math
import random
import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_cases import ENTITY, hostile_graph, hostile_texts, large_graph, opened, sample_graph

from kg.errors import InputError
from kg.exports import html, layout, page
from kg.model import Status
from kg.ontology import load_ontology

ONTOLOGY = load_ontology()


@pytest.fixture
def written(tmp_path):
    def write(graph, **options):
        path = tmp_path / "graph.html"
        html.write_pyvis(graph, path, ONTOLOGY, **options)
        return path

    return write


def data_of(text: str) -> dict:
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    return json.loads(block[1])


def edge_of(data: dict, claim: str) -> tuple[dict, dict]:
    return next(
        (edge, vis)
        for edge, vis in zip(data["edges"], data["vis"]["edges"], strict=True)
        if claim in [one["id"] for one in edge["claims"]]
    )


def shuffled(graph: nx.MultiDiGraph, seed: int) -> nx.MultiDiGraph:
    generator = random.Random(seed)
    nodes, edges = list(graph.nodes(data=True)), list(graph.edges(keys=True, data=True))
    generator.shuffle(nodes)
    generator.shuffle(edges)
    other = nx.MultiDiGraph()
    other.add_nodes_from(nodes)
    other.add_edges_from(edges)
    return other


def test_same_bytes_whatever_the_order():
    pages = {html.pyvis_html(shuffled(sample_graph(), seed), ONTOLOGY, "T") for seed in range(3)}
    assert len(pages) == 1


def test_same_bytes_in_another_process(written):
    path = written(sample_graph(), title="T")
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from page_cases import sample_graph\n"
        "from kg.exports.html import write_pyvis\n"
        "from kg.ontology import load_ontology\n"
        "write_pyvis(sample_graph(), sys.argv[2], load_ontology(), title='T')\n"
    )
    other = path.with_name("other.html")
    arguments = [sys.executable, "-c", program, str(Path(__file__).parent), str(other)]
    subprocess.run(arguments, check=True, env={"PYTHONHASHSEED": "7", "PATH": ""})
    assert other.read_bytes() == path.read_bytes()


def test_still_and_self_contained():
    text = html.pyvis_html(sample_graph(), ONTOLOGY, "T")
    vis = data_of(text)["vis"]
    assert vis["options"]["physics"] == {"enabled": False}
    assert vis["options"]["edges"]["smooth"] is False
    assert all({"x", "y"} <= set(node) for node in vis["nodes"])
    assert re.findall(r"<(?:link|img|iframe)|src=|@import|url\(", text.split("<script")[0]) == []
    assert "bootstrap" not in text


def test_drawn_as_the_ontology_says():
    data = data_of(html.pyvis_html(sample_graph(), ONTOLOGY))
    for node, vis in zip(data["nodes"], data["vis"]["nodes"], strict=True):
        cls = ONTOLOGY.classes[node["class"]]
        assert (vis["color"]["background"], vis["shape"]) == (cls.color, cls.shape)
    for edge, vis in zip(data["edges"], data["vis"]["edges"], strict=True):
        assert vis["color"] == ONTOLOGY.relations[edge["relation"]].color


@pytest.mark.parametrize(
    ("claim", "dashes", "struck"),
    [
        ("c01", html.DASHES[ONTOLOGY.styles[Status.CONFIRMED]], False),
        ("c04", html.DASHES[ONTOLOGY.styles[Status.PROSPECTIVE]], False),
        ("c14", html.DASHES[ONTOLOGY.styles[Status.DENIED]], True),
        ("c11", html.DASHES["dotted"], False),
    ],
)
def test_line_says_status(claim, dashes, struck):
    _, vis = edge_of(data_of(html.pyvis_html(sample_graph(), ONTOLOGY)), claim)
    assert vis["dashes"] == dashes
    assert vis["arrows"]["middle"]["enabled"] is struck


def test_parallel_claims_are_one_edge_with_all_quotes():
    data = data_of(html.pyvis_html(sample_graph(), ONTOLOGY))
    edge, vis = edge_of(data, "c01")
    assert [claim["id"] for claim in edge["claims"]] == ["c02", "c01"]
    assert all(claim["quote"] in vis["title"] for claim in edge["claims"])
    both_ways, _ = edge_of(data, "c07")
    assert [claim["id"] for claim in both_ways["claims"]] == ["c07", "c08"]
    assert len(data["edges"]) == 20


def test_edges_between_the_same_two_lie_apart():
    data = data_of(html.pyvis_html(sample_graph(), ONTOLOGY))
    investment, supply = (edge_of(data, claim)[1] for claim in ("c01", "c03"))
    assert investment["smooth"] != supply["smooth"]
    assert "smooth" not in edge_of(data, "c19")[1]


def test_support_widens_the_line():
    data = data_of(html.pyvis_html(sample_graph(), ONTOLOGY))
    assert edge_of(data, "c01")[1]["width"] > edge_of(data, "c04")[1]["width"]


@pytest.mark.parametrize(
    ("claim", "lang", "text"),
    [
        ({"amount": 1e10, "currency": "USD"}, "en", "USD 10 B"),
        ({"amount": 1e10, "currency": "USD"}, "pt", "10\u00a0000 M USD"),
        ({"amount": 2.5e6, "currency": "EUR"}, "pt", "2,5 M EUR"),
        ({"amount": 1.2e12}, "en", "1.2 T"),
        ({"amount": 950.0, "currency": "BRL"}, "en", "BRL 950"),
        ({"percent": 27.5}, "pt", "27,5%"),
        ({"amount": 1e9, "currency": "USD", "percent": 27.0}, "en", "USD 1 B · 27%"),
        ({}, "en", ""),
    ],
)
def test_money(claim, lang, text):
    assert html.money(claim, lang) == text


def test_inferred_claim_is_as_old_as_its_latest_premise():
    edge, _ = edge_of(data_of(html.pyvis_html(sample_graph(), ONTOLOGY)), "c11")
    assert edge["claims"][0]["since"] == "2025-12-17"


def test_premises_in_a_circle_end():
    graph = sample_graph()
    for key, premise in (("p", "q"), ("q", "p")):
        graph.add_edge(
            f"{ENTITY}xAI", f"{ENTITY}Apple", key, relation="r", inferred=True, premises=(premise,)
        )
    edge, _ = edge_of(data_of(html.pyvis_html(graph, ONTOLOGY)), "p")
    assert [claim["since"] for claim in edge["claims"]] == ["", ""]


@given(st.recursive(st.text() | st.integers() | st.booleans() | st.none(), st.lists, max_leaves=9))
def test_json_for_html_keeps_values_and_cannot_leave_its_block(value):
    text = page.json_for_html([value, *hostile_texts()[:-1]])
    assert json.loads(text) == [value, *hostile_texts()[:-1]]
    assert not set(text) & set("<>&\u2028\u2029")


def test_numbers_that_json_lacks_are_left_out():
    graph = sample_graph()
    graph.add_edge(f"{ENTITY}xAI", f"{ENTITY}Apple", "n", relation="r", amount=math.nan)
    edge, _ = edge_of(data_of(html.pyvis_html(graph, ONTOLOGY)), "n")
    assert "amount" not in edge["claims"][0]


def test_unwritable_path_is_one_line(tmp_path):
    missing = tmp_path / "nowhere" / "graph.html"
    with pytest.raises(InputError, match=r"graph\.html: No such file") as caught:
        html.write_pyvis(sample_graph(), missing, ONTOLOGY)
    assert "\n" not in str(caught.value)


def test_failing_export_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "graph.html"
    path.write_text("old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(InputError):
        html.write_pyvis(sample_graph(), path, ONTOLOGY)
    assert (path.read_text(), [p.name for p in tmp_path.iterdir()]) == ("old", ["graph.html"])


def test_names_do_not_overlap():
    where = layout.positions(sample_graph())
    for (ax, ay), (bx, by) in combinations(where.values(), 2):
        apart = abs(ax - bx) >= layout.LABEL_WIDTH - 1 or abs(ay - by) >= layout.LABEL_HEIGHT - 1
        assert apart


def test_components_do_not_overlap():
    graph = nx.disjoint_union_all([nx.path_graph(n) for n in (1, 2, 5, 9, 30)])
    where = layout.positions(graph)
    boxes = []
    for nodes in nx.connected_components(graph):
        xs, ys = zip(*(where[node] for node in nodes), strict=True)
        boxes.append((min(xs), min(ys), max(xs), max(ys)))
    for a, b in combinations(boxes, 2):
        assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]


@pytest.mark.parametrize("with_igraph", [True, False])
def test_large_layout_is_fixed_and_finite(with_igraph, monkeypatch):
    if with_igraph:
        pytest.importorskip("igraph", reason="needs the analysis extra")
    monkeypatch.setattr(layout, "find_spec", lambda _: object() if with_igraph else None)
    graph = large_graph(1200, 2400, ["r"], ["t"])
    where = layout.positions(graph)
    assert set(where) == set(graph)
    assert where == layout.positions(shuffled(graph, 3))
    assert all(math.isfinite(value) for point in where.values() for value in point)
    assert len(set(where.values())) == len(graph)


def test_empty_graph_says_so():
    text = html.pyvis_html(nx.MultiDiGraph(), ONTOLOGY, "Empty")
    assert data_of(text)["nodes"] == []
    assert page.texts("en")["empty"] in json.dumps(data_of(text))


def test_texts_have_the_same_keys_in_every_language():
    assert page.texts("pt").keys() == page.texts("en").keys()
    assert page.texts("xx") == page.texts("en")


@pytest.mark.browser
def test_hostile_text_is_text(written):
    graph = hostile_graph(next(iter(ONTOLOGY.relations)))
    path = written(graph, title=hostile_texts()[1])
    with opened(path) as browser:
        assert browser.locator("h1").inner_text() == hostile_texts()[1]
        for index in range(len(graph)):
            browser.evaluate(f"i => {CLICK}({{ nodes: [i], edges: [] }})", index)
            assert browser.locator("#panel h2.name").count() == 1
        assert browser.locator("#panel img, #panel script, #panel svg").count() == 0
        assert browser.locator("a[href^='javascript']").count() == 0


CLICK = "(hit => kgNetwork.body.emitter.emit('click', hit))"


@pytest.mark.browser
def test_hover_shows_quotes_as_text(written):
    graph = nx.MultiDiGraph()
    text = hostile_texts()[2]
    graph.add_node("a", name=text, types=())
    graph.add_node("b", name="B", types=())
    graph.add_edge("a", "b", "k", relation="r", status=Status.CONFIRMED, quote=text, title=text)
    with opened(written(graph)) as browser:
        for between in ("kgNetwork.getPosition(0)", MIDDLE):
            at = browser.evaluate(f"kgNetwork.canvasToDOM({between})")
            box = browser.locator("#graph").bounding_box()
            browser.mouse.move(box["x"] + at["x"], box["y"] + at["y"])
            tooltip = browser.locator("div.vis-tooltip")
            tooltip.wait_for(state="visible")
            assert text in tooltip.inner_text()
            assert tooltip.locator("img").count() == 0
            browser.mouse.move(2, 2)
            tooltip.wait_for(state="hidden")


MIDDLE = (
    "(([a, b]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }))"
    "([0, 1].map(i => kgNetwork.getPosition(i)))"
)


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (768, 1024), (390, 844)])
def test_click_shows_every_quote(written, width, height):
    path = written(sample_graph(), title="Sample graph")
    data = data_of(path.read_text("utf8"))
    edge, _ = edge_of(data, "c19")
    with opened(path, width, height) as browser:
        ends = json.dumps([edge["from"], edge["to"]])
        at = browser.evaluate(f"kgNetwork.canvasToDOM({MIDDLE.replace('[0, 1]', ends)})")
        box = browser.locator("#graph").bounding_box()
        assert box["height"] > 250
        browser.mouse.click(box["x"] + at["x"], box["y"] + at["y"])
        browser.locator("#panel .claim").wait_for()
        panel = browser.locator("#panel").inner_text()
        for claim in edge["claims"]:
            assert claim["quote"] in panel
            assert claim["title"] in panel
            assert claim["date"] in panel
        assert browser.locator("#panel mark").inner_text() == edge["claims"][0]["trigger"]
        assert browser.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.browser
def test_premises_can_be_followed(written):
    path = written(sample_graph(), lang="pt")
    data = data_of(path.read_text("utf8"))
    _, vis = edge_of(data, "c11")
    with opened(path) as browser:
        browser.evaluate(f"i => {CLICK}({{ nodes: [], edges: [i] }})", vis["id"])
        browser.locator("#panel .premises button").first.click()
        assert "Claude" in browser.locator("#panel h2").inner_text()
        assert browser.locator("#panel blockquote").count() == 2
