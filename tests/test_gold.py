"""The sample corpus and its gold annotation hold what tests, demo and notebooks assume of them."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from rapidfuzz import fuzz
from rdflib import RDF, Graph, Literal, Namespace
from rdflib.namespace import OWL

ROOT = Path(__file__).parent.parent
ARTICLES = ROOT / "data" / "articles"
GOLD = ROOT / "tests" / "gold"
FRONT_MATTER = re.compile(r"---\n((?:\w+: .+\n)+)---\n\n", re.ASCII)
META = {"og:title": "title", "article:published_time": "date", "og:site_name": "source"}
BODY_CLASSES = {"", "article-body", "corpo"}


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


GOLD_ARTICLES = _lines(GOLD / "articles.jsonl")
NEAR_DUPLICATES = _lines(GOLD / "near_duplicates.jsonl")
FILES = sorted(path.name for path in ARTICLES.iterdir())


class _Page(HTMLParser):
    """Metadata of a page, and its body paragraphs, each as the list of its text nodes."""

    VOID = ("meta", "img", "input", "br", "link", "hr")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.meta: dict[str, str] = {}
        self.paragraphs: list[list[str]] = []
        self.stack: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.meta["language"] = values["lang"]
        if tag == "meta" and values.get("property") in META:
            self.meta[META[values["property"]]] = values["content"]
        if tag in self.VOID:
            return
        if tag == "p" and "class" not in values and self._in_body():
            self.paragraphs.append([])
            self.stack.append((tag, "body text"))
            return
        self.stack.append((tag, values.get("class", "")))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop()[0] == tag, f"{tag} closes another element"

    def handle_data(self, data: str) -> None:
        if ("p", "body text") in self.stack:
            self.paragraphs[-1].append(data)

    def _in_body(self) -> bool:
        tag, css_class = self.stack[-1]
        return any(name == "article" for name, _ in self.stack) and (
            tag == "article" or (tag == "div" and css_class in BODY_CLASSES)
        )


def _read(name: str) -> tuple[dict[str, str], list[str]]:
    """The metadata of an article and its runs of text that no tag interrupts."""
    text = (ARTICLES / name).read_text(encoding="utf-8")
    if name.endswith(".html"):
        page = _Page()
        page.feed(text)
        page.meta["date"] = page.meta["date"][:10]
        unique = {"".join(nodes): nodes for nodes in page.paragraphs}
        return page.meta, [node for nodes in unique.values() for node in nodes]
    match = FRONT_MATTER.match(text)
    assert match, f"{name}: no front matter"
    meta = dict(line.split(": ", 1) for line in match[1].splitlines())
    return meta, [text[match.end() :]]


def _words(name: str) -> int:
    return len(" ".join(_read(name)[1]).split())


def test_every_file_is_annotated_or_a_declared_duplicate() -> None:
    annotated = [article["file"] for article in GOLD_ARTICLES]
    assert sorted(annotated + [row["file"] for row in NEAR_DUPLICATES]) == FILES
    assert [article["id"] for article in GOLD_ARTICLES] == [Path(f).stem for f in annotated]


def test_the_corpus_has_the_languages_and_formats_it_promises() -> None:
    languages = [article["lang"] for article in GOLD_ARTICLES]
    pages = [article["lang"] for article in GOLD_ARTICLES if article["file"].endswith(".html")]
    assert (languages.count("pt"), languages.count("en")) == (14, 14)
    assert pages.count("pt") >= 3
    assert pages.count("en") >= 3
    assert {Path(name).suffix for name in FILES} == {".txt", ".md", ".html"}


@pytest.mark.parametrize("name", FILES)
def test_metadata_and_length(name: str) -> None:
    meta, _ = _read(name)
    assert sorted(meta) == ["date", "language", "source", "title"]
    assert meta["date"] == name[:10]
    assert meta["language"] in {"pt", "en"}
    assert 150 <= _words(name) <= 400


@pytest.mark.parametrize("article", GOLD_ARTICLES, ids=lambda article: article["id"])
def test_evidence_is_an_exact_substring(article: dict[str, Any]) -> None:
    meta, runs = _read(article["file"])
    assert article["lang"] == meta["language"]
    for claim in article["claims"]:
        assert any(claim["evidence"] in run for run in runs), claim["evidence"]


def test_relations_and_statuses_are_those_of_the_ontology() -> None:
    graph = Graph().parse(ROOT / "ontology" / "tech.ttl")
    kg = Namespace(dict(graph.namespaces())["kg"])
    relations = {
        str(relation).removeprefix(str(kg))
        for relation in graph.subjects(kg.extracted, Literal(True))
        if (relation, RDF.type, OWL.ObjectProperty) in graph
    }
    statuses = {
        str(status).removeprefix(str(kg)).lower() for status in graph.subjects(RDF.type, kg.Status)
    }
    claims = [claim for article in GOLD_ARTICLES for claim in article["claims"]]
    assert {claim["relation"] for claim in claims} == relations
    assert {claim["status"] for claim in claims} == statuses


@pytest.mark.parametrize("article", GOLD_ARTICLES, ids=lambda article: article["id"])
def test_claims_are_well_formed_and_unique(article: dict[str, Any]) -> None:
    required = {"subject", "relation", "object", "status", "evidence"}
    optional = {"subject_alt", "object_alt", "amount", "currency", "percent"}
    triples = [(c["subject"], c["relation"], c["object"]) for c in article["claims"]]
    assert len(set(triples)) == len(triples)
    for claim in article["claims"]:
        assert required <= set(claim) <= required | optional
        assert claim["subject"] != claim["object"]
        assert ("amount" in claim) == ("currency" in claim)
        assert 0 < claim.get("percent", 1) <= 100


@pytest.mark.parametrize("row", NEAR_DUPLICATES, ids=lambda row: row["file"])
def test_near_duplicates_are_near_but_not_equal(row: dict[str, str]) -> None:
    copy, original = ("\n".join(_read(row[key])[1]) for key in ("file", "of"))
    assert 85 < fuzz.ratio(copy, original) < 100


def test_sources_name_every_article() -> None:
    text = (ROOT / "data" / "SOURCES.md").read_text(encoding="utf-8")
    assert [name for name in FILES if f"`{name}`" not in text] == []
