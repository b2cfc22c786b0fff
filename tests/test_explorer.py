"""The explorer in a real browser: filters, search, time, keys, deep links, hostile text."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import networkx as nx
import pytest
from page_cases import (
    ENTITY,
    hostile_graph,
    hostile_texts,
    keep,
    large_graph,
    opened,
    sample_graph,
    wait_until,
)

from kg.errors import InputError
from kg.exports import page
from kg.exports.explorer import explorer_html, write_explorer
from kg.exports.html import DASHES
from kg.model import Status
from kg.ontology import load_ontology

ONTOLOGY = load_ontology()
TEMPLATES = Path(page.__file__).parent / "templates"
browser_test = pytest.mark.browser


@pytest.fixture
def written(tmp_path):
    def write(graph=None, **options):
        path = tmp_path / "explorer.html"
        write_explorer(sample_graph() if graph is None else graph, path, ONTOLOGY, **options)
        return path

    return write


def fragment(**values) -> str:
    return "#" + urlencode(values)


def drawing_of(path: Path) -> dict:
    found = re.search(r'id="data">(.*?)</script>', path.read_text("utf8"), re.S)
    return json.loads(found[1])


def edge_number(path: Path, claim: str) -> int:
    edges = drawing_of(path)["edges"]
    return next(i for i, e in enumerate(edges) if claim in [c["id"] for c in e["claims"]])


def shown(browser) -> dict:
    """What the picture holds: counts and looks by claim id."""
    return browser.evaluate(
        """() => ({
            nodes: [...kgView.nodes].map((i) => kgView.drawing.nodes[i].name).sort(),
            looks: Object.fromEntries([...kgView.looks].map(
                ([i, look]) => [kgView.drawing.edges[i].claims[0].id, look])),
        })"""
    )


def click_node(browser, name: str) -> None:
    at = browser.evaluate(
        "n => kgView.place(kgView.drawing.nodes.findIndex((node) => node.name === n))", name
    )
    box = browser.locator("#graph").bounding_box()
    browser.mouse.click(box["x"] + at["x"], box["y"] + at["y"])


def click_edge(browser, number: int) -> None:
    at = browser.evaluate(
        """i => {
            const edge = kgView.drawing.edges[i], sheet = kgView.sheet;
            const [cx, cy] = controlPoint(sheet, edge, kgView.bends[i]);
            return { x: (sheet.xs[edge.from] + 2 * cx + sheet.xs[edge.to]) / 4,
                     y: (sheet.ys[edge.from] + 2 * cy + sheet.ys[edge.to]) / 4 };
        }""",
        number,
    )
    box = browser.locator("#graph").bounding_box()
    browser.mouse.click(box["x"] + at["x"], box["y"] + at["y"])


def test_same_bytes_each_time():
    assert explorer_html(sample_graph(), ONTOLOGY) == explorer_html(sample_graph(), ONTOLOGY)


def test_policy_allows_nothing_but_the_page_itself():
    text = explorer_html(sample_graph(), ONTOLOGY)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert "default-src &#39;none&#39;" in policy
    assert not re.search(r"unsafe|https?:|\*", policy)
    assert not re.search(r"<[a-z][^>]*\s(?:on\w+|src)=", text.split('id="data"')[0])


@pytest.mark.parametrize("script", sorted(TEMPLATES.glob("*.js")), ids=lambda path: path.name)
def test_our_scripts_make_no_html_from_text(script):
    text = script.read_text("utf8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(", text
    )
    assert "@param" in text or "@type" in text


def test_both_pages_have_the_same_dashes():
    text = (TEMPLATES / "scene.js").read_text("utf8")
    found = dict(re.findall(r"(solid|dashed|dotted): (\[.*?\])", text))
    assert {name: json.loads(value) or False for name, value in found.items()} == dict(DASHES)


def test_unwritable_path(tmp_path):
    with pytest.raises(InputError, match="choose a folder"):
        write_explorer(sample_graph(), tmp_path / "no" / "x.html", ONTOLOGY)


@browser_test
def test_click_on_an_edge_shows_every_quote(written):
    path = written(title="Sample")
    with opened(path) as browser:
        click_edge(browser, edge_number(path, "c01"))
        panel = browser.locator("#panel")
        assert panel.locator("blockquote").count() == 2
        assert panel.locator("mark").all_inner_texts() == ["put", "investiu"]
        text = panel.inner_text()
        parts = ("Two bets, one cloud", "2024-11-22", "Sample Wire", "confirmed", "8 billion USD")
        for part in parts:
            assert part in text
        link = panel.locator("a").first
        assert link.get_attribute("href") == "https://news.example/two-bets"
        assert link.get_attribute("rel") == "noopener noreferrer"


@browser_test
def test_click_on_a_node_shows_its_card_and_relations(written):
    with opened(written()) as browser:
        click_node(browser, "Microsoft")
        panel = browser.locator("#panel")
        assert panel.locator("h2").inner_text() == "Microsoft"
        assert "cloud provider · software company" in panel.inner_text()
        assert panel.locator(".edges li").count() == 2
        panel.locator(".edges button").first.click()
        assert panel.locator("blockquote").count() == 1
        browser.locator("#close").click()
        assert panel.is_hidden()


@browser_test
@pytest.mark.parametrize(
    ("box", "gone"),
    [
        ("competitorOf", {"c07", "c11"}),
        ("denied", {"c14"}),
        ("inferred", {"c11"}),
        ("Chip", {"c12", "c13"}),
    ],
)
def test_legend_filters(written, box, gone):
    with opened(written()) as browser:
        before = set(shown(browser)["looks"])
        browser.locator(f"#legend input[value={box}]").uncheck()
        assert before - set(shown(browser)["looks"]) == gone
        assert f"{len(before) - len(gone)} relations" in browser.locator("#counts").inner_text()
        assert box in browser.evaluate("location.hash")
        browser.locator(f"#legend input[value={box}]").check()
        assert set(shown(browser)["looks"]) == before


@browser_test
def test_hidden_status_changes_how_an_edge_looks(written):
    graph = sample_graph()
    pair = (ENTITY + "Amazon", ENTITY + "OpenAI")
    relation = graph.edges[(*pair, "c04")]["relation"]
    graph.add_edge(*pair, "c99", relation=relation, status=Status.DENIED, quote="No.", article="z")
    with opened(written(graph)) as browser:
        browser.locator("#legend input[value=prospective]").uncheck()
        (look,) = [v for k, v in shown(browser)["looks"].items() if k in {"c04", "c99"}]
        assert look["struck"] is True


@browser_test
def test_search_completes_without_accents(written):
    with opened(written()) as browser:
        browser.keyboard.press("/")
        browser.keyboard.type("ANTRÓP".replace("TR", "thr"))
        assert browser.locator("#matches li").all_inner_texts() == ["Anthropic"]
        browser.keyboard.press("Enter")
        assert browser.locator("#panel h2").inner_text() == "Anthropic"
        browser.locator("#search").fill("a")
        browser.keyboard.press("ArrowDown")
        second = browser.locator("#matches li").nth(1).inner_text()
        browser.keyboard.press("Enter")
        assert browser.locator("#panel h2").inner_text() == second
        browser.locator("#search").fill("zzz")
        assert browser.locator("#matches").inner_text() == "No such name"


@browser_test
def test_surroundings_and_neighbours_on_demand(written):
    with opened(written()) as browser:
        click_node(browser, "Apple")
        browser.get_by_role("button", name="Only its surroundings").click()
        assert shown(browser)["nodes"] == ["Apple", "xAI"]
        browser.locator("#hops").select_option("2")
        assert shown(browser)["nodes"] == ["Apple", "OpenAI", "xAI"]
        browser.locator("#hops").select_option("1")
        click_node(browser, "xAI")
        browser.get_by_role("button", name="Show neighbours").click()
        assert shown(browser)["nodes"] == ["Apple", "OpenAI", "xAI"]
        browser.locator("#all").click()
        assert len(shown(browser)["nodes"]) == 14


@browser_test
def test_time_slider_and_play(written):
    with opened(written()) as browser:
        slider = browser.locator("#until")
        slider.fill("1")
        assert browser.locator("#day").inner_text() == "2024-03-27"
        assert set(shown(browser)["looks"]) == {"c02", "c21"}  # c21 has no date: always there
        browser.locator("#play").click()
        wait_until(browser, "location.hash.includes('until=2025')")
        assert browser.locator("#play").inner_text() == "Pause"
        wait_until(browser, "!location.hash.includes('until')")
        assert len(shown(browser)["looks"]) == 20
        assert browser.locator("#play").inner_text() == "Play"


@browser_test
def test_inferred_edges_wait_for_their_premises(written):
    with opened(written(), fragment=fragment(until="2025-12-16")) as browser:
        assert "c11" not in shown(browser)["looks"]
        assert "c09" in shown(browser)["looks"]


@browser_test
def test_keyboard(written):
    with opened(written()) as browser:
        start = browser.evaluate("({ ...kgView.camera })")
        browser.keyboard.press("ArrowRight")
        browser.keyboard.press("+")
        moved = browser.evaluate("({ ...kgView.camera })")
        assert moved["x"] > start["x"]
        assert moved["scale"] > start["scale"]
        browser.keyboard.press("0")
        assert browser.evaluate("({ ...kgView.camera })") == start
        browser.keyboard.press("n")
        first = browser.locator("#panel h2").inner_text()
        browser.keyboard.press("n")
        assert browser.locator("#panel h2").inner_text() != first
        browser.keyboard.press("p")
        assert browser.locator("#panel h2").inner_text() == first
        browser.keyboard.press("Escape")
        assert browser.locator("#panel").is_hidden()
        browser.keyboard.press(" ")
        assert browser.locator("#play").inner_text() == "Pause"


@browser_test
def test_deep_link_and_back(written):
    path = written()
    link = fragment(
        focus=ENTITY + "Amazon", hops=1, open="claim:c04", lang="pt", theme="dark", status="denied"
    )
    with opened(path, fragment=link) as browser:
        assert shown(browser)["nodes"] == ["Amazon", "Anthropic", "OpenAI", "Trainium"]
        assert "Amazon investe em OpenAI" in browser.locator("#panel h2").inner_text()
        assert browser.locator("html").get_attribute("lang") == "pt"
        assert browser.locator("html").get_attribute("data-theme") == "dark"
        assert not browser.locator("#legend input[value=denied]").is_checked()
        browser.evaluate("location.hash = '#lang=en'")
        wait_until(browser, "kgView.nodes.size === 14")
        assert browser.locator("#panel").is_hidden()


@browser_test
def test_links_to_what_is_not_there_open_the_whole_graph(written):
    link = "#focus=nowhere&open=claim:none&relation=constructor&hops=-4&lang=constructor&until=x"
    with opened(written(), fragment=link) as browser:
        assert len(shown(browser)["nodes"]) == 14
        assert browser.locator("#panel").is_hidden()


@browser_test
def test_languages_and_themes(written):
    with opened(written(), color_scheme="dark") as browser:
        assert browser.locator("html").get_attribute("data-theme") == "dark"
        browser.locator("#language").click()
        assert "investe em" in browser.locator("#legend").inner_text()
        browser.locator("#theme").click()
        assert browser.locator("html").get_attribute("data-theme") == "light"
        assert "lang=pt" in browser.evaluate("location.hash")


@browser_test
def test_wheel_zooms_and_drag_moves(written):
    with opened(written()) as browser:
        box = browser.locator("#graph").bounding_box()
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        start = browser.evaluate("({ ...kgView.camera })")
        browser.mouse.move(*middle)
        browser.mouse.wheel(0, -200)
        wait_until(browser, f"kgView.camera.scale > {1.2 * start['scale']}")
        browser.mouse.down()
        browser.mouse.move(middle[0] + 100, middle[1], steps=4)
        browser.mouse.up()
        assert browser.evaluate("kgView.camera.x") < start["x"] - 20
        assert browser.locator("#panel").is_hidden()


@browser_test
def test_downloads(written, tmp_path):
    with opened(written(hostile_graph(next(iter(ONTOLOGY.relations))))) as browser:
        with browser.expect_download() as png:
            browser.locator("#png").click()
        png.value.save_as(tmp_path / "g.png")
        assert (tmp_path / "g.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        with browser.expect_download() as svg:
            browser.locator("#svg").click()
        svg.value.save_as(tmp_path / "g.svg")
        assert b"<script" not in (tmp_path / "g.svg").read_bytes()


@browser_test
def test_svg_holds_what_is_seen(written, tmp_path):
    with opened(written()) as browser:
        with browser.expect_download() as svg:
            browser.locator("#svg").click()
        svg.value.save_as(tmp_path / "g.svg")
    texts = {e.text for e in ET.parse(tmp_path / "g.svg").iter("{http://www.w3.org/2000/svg}text")}
    assert {node["name"] for node in drawing_of(tmp_path / "explorer.html")["nodes"]} <= texts


@browser_test
def test_hostile_text_is_text(written):
    graph = hostile_graph(next(iter(ONTOLOGY.relations)))
    path = written(graph, title=hostile_texts()[1])
    drawing = drawing_of(path)
    with opened(path) as browser:
        assert browser.locator("h1").inner_text() == hostile_texts()[1]
        for i, node in enumerate(drawing["nodes"]):
            browser.evaluate("i => kgView.actions.click(i, -1)", i)
            assert browser.locator("#panel h2").text_content() == node["name"]
        for i, edge in enumerate(drawing["edges"]):
            browser.evaluate("i => kgView.actions.click(-1, i)", i)
            quotes = browser.locator("#panel blockquote").all_text_contents()
            assert quotes == [claim["quote"] for claim in edge["claims"]][::-1]
        for text in hostile_texts()[:-2]:
            browser.locator("#search").fill(text)
        assert browser.locator("#panel :is(img, script, iframe)").count() == 0
        assert browser.locator("a[href^='javascript']").count() == 0
        assert browser.evaluate("document.documentElement.scrollWidth") <= 1280


@browser_test
def test_hostile_fragment_is_text(written):
    link = fragment(focus=hostile_texts()[0], open="node:" + hostile_texts()[2], lang="__proto__")
    with opened(written(), fragment=link) as browser:
        assert len(shown(browser)["nodes"]) == 14


@browser_test
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (768, 1024), (390, 844)])
def test_fits_the_window(written, width, height):
    with opened(written(), width, height, fragment(open="claim:c01")) as browser:
        assert browser.evaluate("document.documentElement.scrollWidth") <= width
        assert browser.locator("#graph").bounding_box()["height"] > 200
        for name in ("Amazon", "Apple", "Lagoa Dados"):
            at = browser.evaluate(
                "n => kgView.place(kgView.drawing.nodes.findIndex((x) => x.name === n))", name
            )
            box = browser.locator("#graph").bounding_box()
            assert 0 < at["x"] < box["width"]
            assert 0 < at["y"] < box["height"]
        keep(browser, f"explorer-{width}x{height}.png")


@browser_test
def test_two_fingers_zoom(written):
    with opened(written(), 390, 844, has_touch=True) as browser:
        box = browser.locator("#graph").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        start = browser.evaluate("kgView.camera.scale")
        touch = browser.context.new_cdp_session(browser)

        def fingers(kind: str, apart: float) -> None:
            points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
            given = {"type": kind, "touchPoints": points if kind != "touchEnd" else []}
            touch.send("Input.dispatchTouchEvent", given)

        fingers("touchStart", 30)
        for apart in (45, 60, 75, 90):
            fingers("touchMove", apart)
        fingers("touchEnd", 90)
        wait_until(browser, f"kgView.camera.scale > {2 * start}")
        assert browser.locator("#panel").is_hidden()


@browser_test
def test_the_trigger_is_marked_where_it_stands(written):
    graph = sample_graph()
    (data,) = (data for *_, key, data in graph.edges(keys=True, data=True) if key == "c01")
    data |= {"quote": "It put off talks, then put in $8 billion.", "trigger": "put"}
    data["trigger_at"] = data["quote"].rindex("put")
    path = written(graph)
    with opened(path) as browser:
        click_edge(browser, edge_number(path, "c01"))
        quote = browser.locator("#panel blockquote", has_text="It put off")
        before = quote.evaluate("(node) => node.firstChild.data")
        assert before == "It put off talks, then "
        assert quote.locator("mark").inner_text() == "put"


@browser_test
def test_print_leaves_the_picture_and_the_quotes(written):
    path = written()
    with opened(path, fragment=fragment(open="claim:c01")) as browser:
        browser.emulate_media(media="print")
        assert browser.locator("#panel blockquote").first.is_visible()
        assert browser.locator("#graph canvas").is_visible()
        assert browser.locator("header .tools").is_hidden()
        assert browser.locator("footer").is_hidden()


@browser_test
def test_empty_graph_says_so(written):
    with opened(written(nx.MultiDiGraph())) as browser:
        assert "Nothing to draw" in browser.locator("#empty").inner_text()


@browser_test
def test_large_graph_opens_and_filters(written):
    pytest.importorskip("igraph", reason="needs the analysis extra")
    relations, classes = list(ONTOLOGY.relations), list(ONTOLOGY.classes)
    with opened(written(large_graph(3000, 9000, relations, classes))) as browser:
        before = len(shown(browser)["looks"])
        browser.locator(f"#legend input[value={relations[0]}]").uncheck()
        assert 0 < len(shown(browser)["looks"]) < before
