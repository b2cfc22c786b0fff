"""What shows itself in Jupyter: rows, quotes and pictures, and hostile text as text."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import networkx as nx
import pyoxigraph as ox
import pytest
from page_cases import hostile_graph, hostile_texts, opened, sample_graph, wait_until

import kg
from kg import fragments
from kg.exports.svg import svg
from kg.model import Answer as PlainAnswer
from kg.model import Argument, Claim, Entity, InferredClaim, Label, Qualifiers, Quote, Row, Status
from kg.notebook import AnswerView, Card, graph_html
from kg.ontology import load_ontology
from kg.questions.fragility import Difference
from kg.results import Results

ONTOLOGY = load_ontology()
TAGS = frozenset(
    [
        "a",
        "b",
        "bdi",
        "blockquote",
        "br",
        "code",
        "details",
        "div",
        "g",
        "i",
        "iframe",
        "li",
        "line",
        "mark",
        "p",
        "polygon",
        "rect",
        "small",
        "summary",
        "svg",
        "table",
        "td",
        "text",
        "th",
        "title",
        "tr",
        "ul",
    ]
)
ATTRIBUTES = frozenset(
    [
        "class",
        "colspan",
        "dir",
        "fill",
        "font-size",
        "height",
        "href",
        "open",
        "points",
        "rel",
        "role",
        "rx",
        "sandbox",
        "srcdoc",
        "stroke",
        "stroke-dasharray",
        "stroke-opacity",
        "stroke-width",
        "style",
        "target",
        "text-anchor",
        "text-decoration",
        "viewbox",
        "width",
        "x",
        "x1",
        "x2",
        "xmlns",
        "y",
        "y1",
        "y2",
    ]
)


class Parsed(HTMLParser):
    """Tags, attributes and text of a fragment."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def assert_harmless(text: str) -> Parsed:
    parsed = Parsed(text)
    assert parsed.tags <= TAGS
    assert {name for name, _ in parsed.attributes} <= ATTRIBUTES
    links = [value for name, value in parsed.attributes if name == "href"]
    assert all(link.startswith(("http://", "https://")) for link in links)
    assert "mathjax_ignore" in text[:60]
    return parsed


def hostile_claim(text: str) -> Claim:
    entity = Entity("https://kg.example/entity/x", text, (text,), (Label(text + "2"),))
    quote = Quote(7, 7 + len(text), text)
    argument = Argument(entity, quote)
    figures = Qualifiers(1e9, text, 12.5, text)
    return Claim(text, argument, text, argument, Status.DENIED, quote, quote, figures, text)


def hostile_answer() -> AnswerView:
    graph = hostile_graph(next(iter(ONTOLOGY.relations)))
    edges = sorted(graph.edges(keys=True))
    rows = tuple(
        Row(((key, one), ("n", 1.5), ("text", key)), Status.DENIED, 0.5, 1, (key,))
        for one, _, key in edges
    )
    wrong = Difference(hostile_texts()[0], gone=rows, weaker=rows, new=rows)
    text = "".join(hostile_texts())
    plain = PlainAnswer(text, understood=True, pattern=text, rows=rows)
    return AnswerView.of(plain, graph, ONTOLOGY, (wrong,))


def hostile_results() -> Results:
    store = ox.Store()
    node = ox.NamedNode("https://kg.example/entity/x")
    for text in hostile_texts()[:-1]:
        store.add(ox.Quad(node, ox.NamedNode("https://kg.example/p"), ox.Literal(text)))
    return Results(store.query("SELECT * { ?s ?p ?text } ORDER BY ?text"))


def hostile_fragments() -> Iterator[str]:
    answer, texts = hostile_answer(), hostile_texts()
    yield answer._repr_html_()
    hint = PlainAnswer(texts[1], understood=False, hint=texts[2])
    yield AnswerView.of(hint, answer.network, ONTOLOGY)._repr_html_()
    for text in texts:
        claim = hostile_claim(text)
        yield claim._repr_html_()
        yield claim.subject.entity._repr_html_()
        yield InferredClaim(text, text, text, Status.DENIED, 0.5, text, (text,))._repr_html_()
    for node in answer.network:
        entity = Entity(node, node, (node,), (Label(node + "2"),))
        yield Card.of((entity,), answer.network, ONTOLOGY)._repr_html_()
    yield graph_html(answer.network, ONTOLOGY, {texts[1]: 3}, texts[1])


@pytest.mark.parametrize("text", hostile_texts())
def test_hostile_text_stays_text(text: str) -> None:
    shown = text.encode("utf8", "replace").decode()
    for one in (hostile_claim(text), hostile_claim(text).subject.entity):
        assert shown in assert_harmless(one._repr_html_()).text


def test_every_fragment_is_harmless() -> None:
    for text in hostile_fragments():
        assert_harmless(text)


def test_hostile_answer_shows_all_its_texts() -> None:
    parsed = assert_harmless(hostile_answer()._repr_html_())
    for text in hostile_texts():
        assert text.encode("utf8", "replace").decode() in parsed.text


def test_only_addresses_of_the_web_become_links() -> None:
    urls = ["https://news.example/a?b=1&c=2", "javascript:alert(1)", "data:text/html,x", "//x"]
    urls += ["HTTPS://news.example/", "https:nohost", "http://[bad", "file:///etc/passwd"]
    linked = [u for u in urls if "<a " in fragments.said("A", "b", "C", {"title": "t", "url": u})]
    assert linked == [urls[0], urls[4]]


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_runs_in_a_browser(tmp_path: Path, scheme: str) -> None:
    magics = pytest.importorskip("kg.magics", reason="needs IPython")
    table = magics.Table(hostile_results())._repr_html_()
    page = tmp_path / "cells.html"
    cells = "<hr>".join([*hostile_fragments(), table])
    text = f'<!doctype html><meta charset="utf8"><title>cells</title>{cells}'
    page.write_bytes(text.encode("utf8"))
    with opened(page, color_scheme=scheme) as browser:
        assert browser.locator("iframe").count() == 1
        frame = browser.frame_locator("iframe")
        frame.locator("canvas").first.wait_for()
        assert hostile_texts()[1] in frame.locator("h1").inner_text()
        assert browser.evaluate("document.querySelectorAll('img, script').length") == 0
        browser.locator("summary").first.click()


@pytest.mark.browser
def test_picture_in_a_frame_follows_its_size_until_it_is_moved(tmp_path: Path) -> None:
    page = tmp_path / "cells.html"
    page.write_text(f"<!doctype html>{graph_html(sample_graph(), ONTOLOGY, {})}", "utf8")
    with opened(page, 300, 700) as browser:
        browser.locator("iframe").wait_for()
        frame = browser.frames[1]
        frame.locator("canvas").first.wait_for()
        scale = "kgView.camera.scale"
        narrow = frame.evaluate(scale)
        browser.set_viewport_size({"width": 1200, "height": 700})
        wait_until(frame, f"{scale} > {2 * narrow}")
        frame.evaluate("kgView.zoom(1.5)")
        chosen = frame.evaluate(scale)
        browser.set_viewport_size({"width": 900, "height": 700})
        browser.wait_for_timeout(300)
        assert frame.evaluate(scale) == chosen


# -- what they say ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def graph(demo_graph: Path) -> Iterator[kg.Graph]:
    with kg.open(demo_graph) as opened_graph:
        yield opened_graph


def test_an_answer_shows_rows_quotes_and_picture(graph: kg.Graph) -> None:
    answer = graph.ask("Which cloud providers back rival model labs?", fragile=True)
    parsed = assert_harmless(answer._repr_html_())
    data = {key: d for _, _, key, d in graph.networkx().edges(keys=True, data=True)}
    assert answer.rows
    for row in answer.rows:
        quotes = [data[claim]["quote"] for claim in row.claims]
        assert any(quote in parsed.text for quote in quotes if quote)  # an inferred one has none
        assert f"{row.confidence:.2f}" in parsed.text
    assert "svg" in parsed.tags
    assert all(item.origin not in parsed.text for item in answer.differences)
    assert "If one article is wrong" in parsed.text


def test_an_answer_that_rests_on_rules_shows_the_premises(graph: kg.Graph) -> None:
    network = graph.networkx()
    inferred = graph.inferred()[0]
    row = Row((("one", inferred.subject),), inferred.status, 0.5, 1, (inferred.id,))
    plain = PlainAnswer("?", understood=True, rows=(row,))
    parsed = assert_harmless(AnswerView.of(plain, network, graph.ontology)._repr_html_())
    premises = [graph.claim(premise) for premise in inferred.premises]
    stated = [claim for claim in premises if isinstance(claim, Claim)]
    assert stated
    assert all(claim.evidence.text in parsed.text for claim in stated)
    assert inferred.rule in parsed.text


def test_an_answer_equals_the_plain_one_and_is_pickled_as_it(graph: kg.Graph) -> None:
    answer = graph.ask("Who invests in OpenAI?")
    plain = pickle.loads(pickle.dumps(answer))
    assert type(plain) is PlainAnswer
    assert answer == plain
    assert plain == answer
    assert hash(plain) == hash(answer)
    assert answer != graph.ask("Who competes with OpenAI?")


def test_what_an_answer_takes_an_entity_to_be_is_said(graph: kg.Graph) -> None:
    answer = graph.ask("Which model labs compete with OpenAI?")
    facts = {fact for row in answer.rows for fact in row.facts}
    assert facts
    text = assert_harmless(answer._repr_html_()).text
    for fact in facts:
        name = graph.entities()[fact.entity].name
        kind = graph.ontology.classes[fact.value].words["en"][0]
        source = "catalogue" if fact.known else "articles"
        assert f"{name}: {kind} ({source})" in text


def test_an_analysis_shows_itself_as_an_answer(graph: kg.Graph) -> None:
    found = graph.analyze("circular-financing")
    assert {len(row.bindings) for row in found.rows} > {2}
    parsed = assert_harmless(found._repr_html_())
    named = graph.analyze("timeline", "OpenAI")
    relations = {dict(row.bindings)["relation"] for row in named.rows}
    text = Parsed(named._repr_html_()).text
    assert all(graph.ontology.properties[name].labels["en"] in text for name in relations)
    for row in found.rows:
        assert all(graph.entities()[iri].name in parsed.text for _, iri in row.bindings)


def test_what_was_not_understood_says_what_to_ask(graph: kg.Graph) -> None:
    answer = graph.ask("qwertyuiop asdf?")
    assert answer.hint in assert_harmless(answer._repr_html_()).text


def test_a_large_answer_shows_its_first_rows() -> None:
    graph = nx.MultiDiGraph()
    rows = []
    for i in range(120):
        graph.add_node(f"a{i}", name=f"Firm {i}", types=())
    for i in range(119):
        graph.add_edge(f"a{i}", f"a{i + 1}", f"k{i}", relation="r", status=Status.CONFIRMED)
        rows.append(Row((("x", f"a{i}"),), Status.CONFIRMED, 0.5, 1, (f"k{i}",)))
    plain = PlainAnswer("?", understood=True, rows=tuple(rows))
    parsed = assert_harmless(AnswerView.of(plain, graph, ONTOLOGY)._repr_html_())
    assert "69 more rows" in parsed.text
    assert "the picture shows the first rows" in parsed.text
    assert "Firm 49" in parsed.text


def test_a_claim_marks_its_trigger_where_it_stands(graph: kg.Graph) -> None:
    claim = next(iter(graph.claims()))
    text = claim._repr_html_()
    before = text.partition("<mark")[0]
    start = claim.trigger.start - claim.evidence.start
    assert Parsed(before).text.endswith(claim.evidence.text[:start])
    assert claim.subject.entity.name in Parsed(text).text


def test_show_one_and_show_two(graph: kg.Graph) -> None:
    name, other = "Amazon", "OpenAI"
    card = graph.show(name)
    iris = {e.iri for e in card.entities}
    assert all(iris & {s, o} for s, o, key in card.network.edges(keys=True) if key in card.claims)
    assert name in assert_harmless(card._repr_html_()).text
    both = graph.show(name, other)
    assert set(both.claims) < set(card.claims)
    assert both.claims


def test_a_graph_shows_itself(graph: kg.Graph) -> None:
    parsed = assert_harmless(graph._repr_html_())
    assert f"{graph.networkx().number_of_edges():,} claims that count" in parsed.text
    assert ("sandbox", "allow-scripts") in parsed.attributes


def test_a_graph_too_large_for_a_cell_says_what_to_do() -> None:
    large = nx.MultiDiGraph()
    large.add_nodes_from(range(3000))
    assert "explorer.html" in graph_html(large, ONTOLOGY, {"nodes": 3000})


def test_picture_is_the_same_whatever_the_order() -> None:
    graph = sample_graph()
    other = nx.MultiDiGraph()
    other.add_nodes_from(reversed(list(graph.nodes(data=True))))
    other.add_edges_from(reversed(list(graph.edges(keys=True, data=True))))
    pictures = {svg(one, ONTOLOGY, "t") for one in (graph, other)}
    assert len(pictures) == 1
    text = pictures.pop()
    assert text.count("<g>") == len(graph) + 20
    assert 'stroke-dasharray="9 6"' in text
    assert 'text-decoration="line-through"' in text


# -- the magic --------------------------------------------------------------------------------


@pytest.fixture
def shell(graph: kg.Graph) -> Iterator[object]:
    interactive = pytest.importorskip("IPython.core.interactiveshell", reason="needs IPython")
    made = interactive.InteractiveShell()
    made.run_line_magic("load_ext", "kg")
    made.user_ns["graph"] = graph
    yield made
    made.history_manager.end_session()


QUERY = "SELECT ?who ?share WHERE { ?c rdf:subject ?who ; kg:percent ?share } ORDER BY ?share"


def test_sparql_magic_gives_a_table(shell) -> None:
    table = shell.run_cell_magic("sparql", "", QUERY)
    assert table.columns == ("who", "share")
    assert all(who.startswith("kgd:") for who, _ in table)
    assert len(table) == len(list(shell.user_ns["graph"].sparql(QUERY)))
    parsed = assert_harmless(table._repr_html_())
    assert f"{len(table)} rows" in parsed.text
    assert repr(table).startswith("who\tshare\n")


def test_sparql_magic_keeps_a_table_and_asks_by_name(shell) -> None:
    assert shell.run_cell_magic("sparql", "--into kept", QUERY) is None
    assert len(shell.user_ns["kept"]) > 0
    named = shell.run_line_magic("sparql", '@stakes company="OpenAI"')
    assert "investor" in named.columns
    assert shell.run_cell_magic("sparql", "", "ASK { ?c a kg:Claim }") is True
    triples = shell.run_cell_magic("sparql", "", "CONSTRUCT WHERE { ?c kg:percent ?p }")
    assert triples.columns == ("subject", "predicate", "object")


@pytest.mark.parametrize(
    ("line", "cell", "said"),
    [
        ("", "SELECT nonsense", "SPARQL"),
        ("--graph nothing", QUERY, "'nothing'"),
        ("@nosuch", None, "no query @nosuch"),
        ("@stakes OpenAI", None, "parameter=value"),
        ("--strange", QUERY, "--strange"),
    ],
)
def test_sparql_magic_says_what_is_wrong_in_a_line(shell, line, cell, said) -> None:
    from IPython.core.error import UsageError

    run = shell.run_line_magic if cell is None else shell.run_cell_magic
    with pytest.raises(UsageError) as caught:
        run("sparql", *([line] if cell is None else [line, cell]))
    assert said in str(caught.value)


def test_table_of_hostile_cells_is_harmless() -> None:
    magics = pytest.importorskip("kg.magics", reason="needs IPython")
    parsed = assert_harmless(magics.Table(hostile_results())._repr_html_())
    for text in hostile_texts()[:-1]:
        assert text in parsed.text
    assert "kgd:x" in parsed.text
