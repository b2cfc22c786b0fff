"""Raw text for the teacher and what it says of it, on small texts of our own."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from zipfile import ZipFile

import pytest
import spacy

from kg.errors import InputError
from kg.pipelines import read_pipeline
from training import train
from training.collect import Recipe, collect, recipes
from training.corpora import document
from training.distill import completed, corrected, label
from training.raw import (
    claimed_names,
    contracted,
    passages,
    read_articles,
    read_tagged,
    shingles,
    suffixed,
)
from training.silver import read_silver, write_silver
from training.sources import LANGUAGES, raw_sources
from training.surface import MISSING, Sentence, Token

ACCURATE = Path(__file__).parent.parent / "pipelines" / "accurate"
TAGGED = """\
O_ART
lucro_N
de_PREP|+
a_ART
Velora_NPROP
cresceu_V
,_,
"_"
apesar_PREP
de_PREP|+
isso_PROSUB
"_"
._.
Em_PREP|+
as_ART
contas_N
fazer_V|+
la_PROPESS
-_-
diz_V
Ana_NPROP
de_PREP|+
Kora_NPROP

Fim_N
"""
CONTRACTIONS = [
    ("De", "as", "Das"), ("em", "um", "num"), ("a", "aquele", "àquele"), ("a", "os", "aos"),
    ("por", "a", "pela"), ("com", "mim", "comigo"), ("de", "entre", "dentre"),
    ("de", "Ana", None), ("para", "o", None), ("em", "outubro", None),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "whole"), CONTRACTIONS)
def test_contractions(first: str, second: str, whole: str | None) -> None:
    assert contracted(first, second) == whole


def test_pronouns_hang_on_verbs() -> None:
    assert [suffixed(*pair) for pair in (("dar", "las"), ("pôr", "lo"), ("deu", "lhe"))] == [
        "dá-las", "pô-lo", "deu-lhe",
    ]  # fmt: skip


def test_tagged_text_is_written_as_printed(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text(TAGGED, "utf8")
    assert list(read_tagged(path)) == [
        ['O lucro da Velora cresceu, "apesar disso".', "Nas contas fazê-la — diz Ana de Kora"],
        ["Fim"],
    ]


def test_apostrophes_close_up(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text("I_PRP ’m_VBP Kora_NNP ’_'' s_POS boss_NN ._. \n", "utf8")
    assert list(read_tagged(path)) == [["I’m Kora’s boss."]]


def test_passages_leave_out_what_is_measured() -> None:
    measured = "One two three four five six seven eight nine."
    paragraphs = [["Kept here.", f"But {measured.lower()}", "Kept too."], ["A headline"]]
    assert list(passages(paragraphs, shingles(measured))) == [
        "Kept here. Kept too.\n\nA headline",
    ]
    long = [[f"Sentence {number}." for number in range(14)]]
    assert [passage.count(".") for passage in passages(long, set())] == [6, 6, 2]


def test_articles_in_paragraphs(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "One.\n\nTwo\nlines."}) + "\n", "utf8")
    assert list(read_articles(path)) == [["One."], ["Two lines."]]


def test_teacher_gives_whole_trees_and_names() -> None:
    teacher = read_pipeline(ACCURATE / "pt")
    text = "A Microsoft comprou a Nokia em 2013. O negócio custou caro."
    first, second = label(teacher, [text], "t")
    assert (first.doc, second.doc) == ("t-0", "t-0")
    assert (first.text + second.text).strip() == text
    assert [name for name in first.names if name != "O"] == ["B-ORG", "B-ORG"]
    relations = {token.form: token.deprel for token in first.tokens}
    assert (relations["Microsoft"], relations["comprou"]) == ("nsubj", "ROOT")
    assert all(0 <= (t.head or 0) < len(s.tokens) for s in (first, second) for t in s.tokens)
    assert not any(token.upos or token.lemma for token in first.tokens)


def test_teacher_fills_in_only_what_is_open() -> None:
    forms = ["Microsoft", "bought", "Nokia", "in", "Finland", "."]
    names = (MISSING, "O", "B-PROD", "O", MISSING, "O")
    (filled,) = completed(
        read_pipeline(ACCURATE / "en"), [Sentence(tuple(map(Token, forms)), names)]
    )
    assert filled.names == ("B-ORG", "O", "B-PROD", "O", "B-LOC", "O")


def test_names_of_claims_are_what_the_claims_say(tmp_path: Path) -> None:
    claims = [
        {"relation": "developerOf", "subject": "Kora", "object": "Kora 2"},
        {"relation": "usesChip", "subject": "Kora 2", "object": "D-Tor"},
        {"relation": "competitorOf", "subject": "Bel", "object": "Cel"},
        {"relation": "investorOf", "subject": "Tir", "object": "Sal"},
        {"relation": "developerOf", "subject": "Sal", "object": "Tir"},
    ]
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"claims": claims}) + "\n", "utf8")
    known = claimed_names([path])
    assert known == {"Kora": "ORG", "Kora 2": "PROD", "D-Tor": "PROD", "Sal": "ORG"}
    forms = ["Kora", "and", "Kora", "2", "on", "D-Tor", "of", "Sal", "Boa"]
    names = ("B-PER", "O", "B-ORG", "O", "O", "O", "O", "B-LOC", "I-LOC")
    (found,) = corrected([Sentence(tuple(map(Token, forms)), names)], known, str.split)
    assert found.names == (
        "B-ORG", "O", "B-PROD", "I-PROD", "O", "B-PROD", "O", "B-LOC", "I-LOC",
    )  # fmt: skip
    last = Sentence((Token("by"), Token("Kora")), ("O", "O"))  # shorter than the longest name
    assert [s.names for s in corrected([last], known, str.split)] == [("O", "B-ORG")]


def test_silver_comes_back_from_disk(tmp_path: Path) -> None:
    tokens = (Token("Kora", False, head=1, deprel="nsubj"), Token("caiu", head=1, deprel="ROOT"))
    sentences = [Sentence(tokens, ("B-ORG", "O"), "d-0"), Sentence(tokens[1:], ("O",), "d-1")]
    assert write_silver(sentences, tmp_path / "s.jsonl") == 2
    assert list(read_silver(tmp_path / "s.jsonl")) == sentences
    with pytest.raises(InputError, match=r"none\.jsonl: no such file"):
        list(read_silver(tmp_path / "none.jsonl"))


def test_collecting_from_an_archive_in_a_clone(tmp_path: Path) -> None:
    clone = tmp_path / "data"
    clone.mkdir()
    with ZipFile(clone / "c.zip", "w") as archive:
        archive.writestr("c/b.txt", "dois".encode("latin-1"))
        archive.writestr("c/a.txt", "são".encode("latin-1"))
        archive.writestr("README", "none")
    commands = (["init", "-q"], ["add", "."],
                ["-c", "user.name=t", "-c", "user.email=t@t.example", "commit", "-qm", "t"])  # fmt: skip
    for command in commands:
        subprocess.run(["git", "-C", str(clone), *command], check=True)
    recipe = Recipe("x", "o/data", (r"c/.*\.txt",), archive="c.zip", encoding="latin-1")
    assert collect(recipe, tmp_path) == "são\ndois"


def test_every_raw_text_has_a_source() -> None:
    made = {recipe.name for recipe in recipes()}
    for lang in LANGUAGES:
        for raw in raw_sources(lang):
            assert bool(raw.tagged) != bool(raw.articles)
            assert raw.tagged in made | {""}


def test_silver_sentences_join_the_gold_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "sources", lambda *_: [])
    monkeypatch.setattr(train, "fill_templates", lambda *_: iter(()))
    tokens = (Token("Kora", head=1, deprel="nsubj"), Token("caiu", head=1, deprel="ROOT"))
    sentences = [Sentence(tokens, ("B-ORG", "O"), f"d-{number}") for number in range(20)]
    write_silver(sentences, tmp_path / "s.jsonl")
    nlp = spacy.blank("pt")
    counts: Counter[str] = Counter()
    for part in train.PARTS:
        found = list(train.training_sentences("pt", part, [], nlp, counts, tmp_path / "s.jsonl"))
        altered = [sentence for sentence in found[20:] if sentence.names[0] == "B-ORG"]
        assert found[:20] == sentences
        assert len(altered) == len(found) - 20
        assert bool(altered) == (part == "names")
    assert counts["tokens labelled by the teacher"] == 40
    doc = document(nlp, sentences[:1])  # taught: the tree; left open: tags, features and lemmas
    assert [token.dep_ for token in doc] == ["nsubj", "ROOT"]
    assert not any(token.pos_ or token.lemma_ or str(token.morph) for token in doc)
