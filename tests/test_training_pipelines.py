"""The pipelines that are shipped: labels, size, offsets, names in our own sentences."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc

from kg.errors import InputError
from training.evaluate import (
    FRAME_RELATIONS,
    name_recall,
    report,
    runs_of_ten,
    score,
    write_card,
)
from training.surface import Sentence, Token

HERE = Path(__file__).parent
PIPELINES = HERE.parent / "pipelines"
LANGUAGES = ("en", "pt")
LARGEST = 25_000_000  # bytes
# Regression floors, a little below the figures in the model cards.
FLOORS = {"en": {"recall of the words": 80.0, "precision": 84.0},
          "pt": {"recall of the words": 90.0, "precision": 85.0}}  # fmt: skip
LOADED: dict[str, Language] = {}


def pipeline(lang: str) -> Language:
    if lang not in LOADED:
        LOADED[lang] = spacy.load(PIPELINES / lang)
    return LOADED[lang]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_labels_are_those_that_frames_use(lang: str) -> None:
    nlp = pipeline(lang)
    assert nlp.pipe_names == ["tok2vec", "morphologizer", "trainable_lemmatizer", "parser", "ner"]
    labels = nlp.get_pipe("parser").labels  # type: ignore[attr-defined]
    wanted = set(FRAME_RELATIONS) - {"flat", "compound"} | {"nsubj:pass", "aux:pass", "obl:agent"}
    assert wanted <= set(labels)
    assert not {"dobj", "pobj", "nsubjpass"} & set(labels)
    assert set(nlp.get_pipe("ner").labels) == {"LOC", "ORG", "PER", "PROD"}  # type: ignore[attr-defined]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_size(lang: str) -> None:
    files = [file for file in (PIPELINES / lang).rglob("*") if file.is_file()]
    assert 1_000_000 < sum(file.stat().st_size for file in files) <= LARGEST


PIECES = st.sampled_from(
    ["a", "É", "e\u0301", "\u00a0", "\r\n", "\n\n", "\t", " ", "🇵🇹", "👩‍💻", "«", "”", "’", "-", "—", ".",
     "U.S.", "S.A.", "3,5%", "€", "$", "x" * 300, "don't", "comprá-lo-á", "\u200b", "\ufeff", "中", "ﬁ"]
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(pieces=st.lists(PIECES, max_size=30), lang=st.sampled_from(LANGUAGES))
def test_tokens_map_back_to_the_characters(pieces: list[str], lang: str) -> None:
    text = "".join(pieces)
    doc = pipeline(lang).make_doc(text)
    assert doc.text == text
    assert all(text[token.idx : token.idx + len(token)] == token.text for token in doc)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_names_in_our_own_sentences(lang: str) -> None:
    figures = name_recall(pipeline(lang), HERE / "data" / f"names-{lang}.jsonl")
    assert {name: figures[name] >= floor for name, floor in FLOORS[lang].items()} == dict.fromkeys(
        FLOORS[lang], True
    ), figures


@pytest.mark.parametrize(
    ("lang", "text"),
    [("pt", "A Velora comprou a Kora."), ("en", "Yesterday Velora bought Kora.")],
)
def test_simple_clause(lang: str, text: str) -> None:
    relations = {token.text: token.dep_ for token in pipeline(lang)(text)}
    assert (relations["Velora"], relations["Kora"]) == ("nsubj", "obj")


def test_own_sentences_are_annotated_at_their_characters() -> None:
    for lang in LANGUAGES:
        lines = (HERE / "data" / f"names-{lang}.jsonl").read_text("utf8").splitlines()
        assert len(set(lines)) == 150


def test_bad_own_sentence_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "names-pt.jsonl"
    path.write_text('{"text": "a"}\n', "utf8")
    with pytest.raises(InputError, match=r"names-pt\.jsonl:1: no object with text and names"):
        name_recall(pipeline("pt"), path)


def test_an_unknown_head_costs_itself_alone() -> None:
    """Of 24 words in 12 documents one has no head; the trees found are those that were given."""
    known = (
        Token("Chove", True, head=0, deprel="ROOT"),
        Token("bem", True, head=0, deprel="advmod"),
    )
    open_head = (known[0], Token("bem", True))
    sentences = [
        Sentence(open_head if number == 0 else known, ("-", "-"), doc=f"d{number}")
        for number in range(12)
    ]
    nlp = spacy.blank("pt")
    nlp.add_pipe("kg_test_trees")
    figures = score(nlp, sentences)
    assert figures["LAS"] == pytest.approx(100 * 23 / 24)
    assert figures["sentences F1"] == 100


@Language.component("kg_test_trees")
def _trees(doc: Doc) -> Doc:
    """Hang every second word on the one before."""
    for second in list(doc)[1::2]:
        second.head = second.nbor(-1)
        second.dep_ = "advmod"
        second.head.dep_ = "ROOT"
    return doc


def test_runs_of_a_test_set_stay_within_a_document() -> None:
    word = (Token("Chove", True, head=0, deprel="ROOT"),)
    sentences = [Sentence(word, ("-",), doc=doc) for doc in ["a"] * 12 + ["b"] * 3]
    assert [len(run) for run in runs_of_ten(sentences)] == [10, 2, 3]


def test_card_takes_the_figures_between_its_markers(tmp_path: Path) -> None:
    card = tmp_path / "README.md"
    begin, end = "<!-- figures: make evaluate-pipelines -->", "<!-- end of figures -->"
    card.write_text(f"above\n{begin}\nold\n{end}\nbelow\n", "utf8")
    write_card(tmp_path, "| new |")
    assert card.read_text("utf8") == f"above\n{begin}\n\n| new |\n\n{end}\nbelow\n"
    card.write_text("no markers\n", "utf8")
    with pytest.raises(InputError, match="lacks the lines"):
        write_card(tmp_path, "x")


def test_report_asks_for_missing_test_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^pt/bosque-.*: in none of"):
        report(PIPELINES / "pt", [tmp_path], HERE / "data")
