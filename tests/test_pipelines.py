"""Pipelines: text kept exactly, sentence starts at paragraphs, white space without children."""

import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kg.pipelines
from kg.errors import InputError, LanguageError
from kg.model import Article
from kg.paragraphs import paragraphs
from kg.pipelines import languages, load_pipeline, parse, parse_text, version

needs_pipelines = pytest.mark.skipif(
    not {"pt", "en"} <= set(languages()), reason="no pipelines installed (set KG_PIPELINES)"
)

WRAPPED = (
    "The company said on Monday that it\nwould buy the maker of the chips for\nabout $2 billion."
)
LAYOUTS = [
    ("One.\n\nTwo.", ["One.", "Two."]),
    ("A headline without a stop\nThe body follows here.", None),
    ("Menu\nHome | Industry\n\nBody text.", ["Menu", "Home | Industry", "Body text."]),
    (WRAPPED, [WRAPPED]),
    ("First.\r\n\r\nSecond.\r\nThird.", ["First.", "Second.", "Third."]),
    ("  \n \n  indented  \n", ["indented"]),
    ("", []),
    (" \n\t\n", []),
]


@pytest.mark.parametrize(("text", "expected"), LAYOUTS)
def test_paragraphs(text, expected):
    found = [text[span.start : span.end] for span in paragraphs(text)]
    assert found == (text.split("\n") if expected is None else expected)


@given(st.text(alphabet="aB. \n\r\t", max_size=60))
def test_paragraphs_hold_all_that_is_not_white_space(text):
    spans = paragraphs(text)
    assert "".join("".join(text[s.start : s.end].split()) for s in spans) == "".join(text.split())
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert all(text[s.start : s.end] == text[s.start : s.end].strip() for s in spans)


def test_unknown_language_lists_the_known(tmp_path, monkeypatch):
    (tmp_path / "eo").mkdir()
    (tmp_path / "eo" / "meta.json").write_text("{}")
    monkeypatch.setenv("KG_PIPELINES", str(tmp_path))
    with pytest.raises(LanguageError, match=r"'xx'; known: eo"):
        load_pipeline("xx")
    with pytest.raises(LanguageError, match="cannot be loaded"):
        load_pipeline("eo")


def test_version_follows_the_meta_data(tmp_path, monkeypatch):
    (tmp_path / "eo").mkdir()
    meta = tmp_path / "eo" / "meta.json"
    monkeypatch.setenv("KG_PIPELINES", str(tmp_path))
    meta.write_text('{"version": "1"}')
    before = version("eo")
    meta.write_text('{"version": "2"}')
    assert len(before) == 12
    assert version("eo") != before


def test_importing_does_not_load_spacy():
    code = "import sys, kg.pipelines; sys.exit('spacy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@needs_pipelines
def test_headlines_are_sentences_of_their_own():
    text = "Google Invests in Rival Model Maker\n\nThe deal closed on Friday. It is large."
    sentences = [sent.text.strip() for sent in parse_text(text, "en").sents]
    assert sentences[0] == "Google Invests in Rival Model Maker"
    assert sentences[-1].endswith("large.")


@needs_pipelines
@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "\n\n A  empresa", "A Amazon  Web \n Services.\n"]
)
def test_white_space_hangs_on_words_and_has_no_children(text):
    doc = parse_text(text, "pt")
    assert doc.text == text
    assert "".join(sent.text_with_ws for sent in doc.sents) == text
    words = [token for token in doc if not token.is_space]
    assert all(not token.head.is_space for token in words)


@needs_pipelines
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="aeB1,. \n\t\u00a0«»", max_size=80))
def test_text_survives(text):
    assert parse_text(text, "pt").text == text


@needs_pipelines
def test_no_sentence_begins_inside_a_clause():
    doc = parse_text("Por que a Amazon Está a Circundar Agora\nO interesse é outro.", "pt")
    assert len(list(doc.sents)) == 2


def _article(name, text, lang="pt"):
    return Article(id=name, lang=lang, title="", text=text, origin=f"{name}.txt")


@needs_pipelines
def test_stream_keeps_order_and_languages():
    articles = [
        _article("a", "A Nvidia comprou a Arm."),
        _article("b", "A Nvidia comprou a Arm."),
        _article("b", "A Nvidia comprou a Arm."),
        _article("c", "Nvidia bought Arm.", "en"),
        _article("d", ""),
    ]
    parsed = list(parse(articles))
    assert [article for article, _ in parsed] == articles
    assert all(doc.text == article.text for article, doc in parsed)


@needs_pipelines
def test_neighbours_do_not_change_a_doc():
    texts = ["A Sonae vendeu a sua fatia.", "Foi ontem. Era esperado.", "PUB", "A EDP comprou."]
    together = [doc for _, doc in parse([_article(str(i), t) for i, t in enumerate(texts)])]
    alone = [parse_text(text, "pt") for text in texts]
    assert [d.to_json() for d in together] == [d.to_json() for d in alone]


@needs_pipelines
def test_long_articles_are_parsed_in_pieces(monkeypatch):
    monkeypatch.setattr(kg.pipelines, "_PIECE", 200)
    text = "\n\n".join(f"A empresa {i} comprou a sua rival em Lisboa." for i in range(40))
    text += "\n\n" + "palavra " * 200 + "\n\n" + "x" * 900
    ((_, doc),) = parse([_article("long", text)])
    assert doc.text == text
    starts = {sent.start_char for sent in doc.sents}
    assert {span.start for span in paragraphs(text)} <= starts


@needs_pipelines
def test_an_archive_is_no_article(monkeypatch):
    monkeypatch.setattr(kg.pipelines, "MAX_CHARACTERS", 10)
    with pytest.raises(InputError, match=r"a\.txt: 11 characters .* split it"):
        list(parse([_article("a", "x" * 11)]))
