"""The accurate pipelines: trees, names and lemma rules by themselves; the whole on any text."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import spacy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from spacy.language import Language

import kg.encoder.component
from kg.encoder.lemmas import Lemmas, apply_rule, rule_of
from kg.encoder.names import best_names
from kg.encoder.trees import best_heads
from kg.errors import InputError, LanguageError
from kg.model import Article
from kg.paragraphs import paragraphs
from kg.pipelines import choose_pipeline, languages, load_pipeline, parse, parse_text, version
from training.evaluate import name_recall

HERE = Path(__file__).parent
ACCURATE = HERE.parent / "pipelines" / "accurate"
LANGUAGES = ("en", "pt")
LARGEST = 60_000_000  # bytes
TAGS = ["O", *(f"{place}-{label}" for label in ("ORG", "PER") for place in "BILU")]
# Regression floors, a little below the figures in the model card.
FLOORS = {"en": {"recall of the words": 91.0, "precision": 88.0},
          "pt": {"recall of the words": 94.0, "precision": 88.0}}  # fmt: skip


def _why_not() -> str:
    if not (ACCURATE / "encoder" / "model.onnx").is_file():
        return "no weights of the accurate pipelines"
    try:
        import onnxruntime
        import sentencepiece
    except ImportError as error:
        return f"{error.name} is not installed"
    del onnxruntime, sentencepiece
    return ""


needs_weights = pytest.mark.skipif(bool(_why_not()), reason=_why_not() or "-")


@pytest.fixture
def accurate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KG_PIPELINES", raising=False)
    monkeypatch.setenv("KG_PIPELINE", "accurate")


LETTERS = st.text(alphabet="aAbBéÉſßİ|=- 1", max_size=8)


@given(LETTERS, LETTERS)
def test_a_lemma_rule_gives_the_lemma_that_it_was_made_from(form: str, lemma: str) -> None:
    assert apply_rule(rule_of(form, lemma), form) == lemma


@pytest.mark.parametrize(
    ("form", "lemma", "other", "expected"),
    [
        ("comprou", "comprar", "vendeu-o", "vendeuar"),
        ("Compraram", "comprar", "Financiaram", "financiar"),
        ("foi", "ser", "Foi", "ser"),
        ("Chips", "chip", "Phones", "phone"),
        ("Nvidia", "Nvidia", "OpenAI", "OpenAI"),
        ("companies", "company", "es", "es"),
    ],
)
def test_lemma_rules_carry_over(form: str, lemma: str, other: str, expected: str) -> None:
    rule = rule_of(form, lemma)
    assert apply_rule(rule, form) == lemma
    assert apply_rule(rule, other) == expected


SCORES = st.integers(1, 5).flatmap(
    lambda size: arrays.arrays(
        np.float32, (size, size + 1), elements=st.integers(-8, 8).map(float), fill=st.nothing()
    )
)


def _is_tree(heads: tuple[int, ...]) -> bool:
    def reaches(word: int) -> bool:
        for _ in heads:
            word = heads[word - 1]
            if not word:
                return True
        return False

    return heads.count(0) == 1 and all(reaches(word) for word in range(1, len(heads) + 1))


@settings(max_examples=200, deadline=None)
@given(SCORES)
def test_trees_have_one_root_no_cycle_and_are_the_best_under_that_root(scores: np.ndarray) -> None:
    heads = tuple(best_heads(scores))
    assert _is_tree(heads)
    size = len(scores)
    every = filter(_is_tree, itertools.product(range(size + 1), repeat=size))
    weight = {tree: sum(scores[i, head] for i, head in enumerate(tree)) for tree in every}
    same_root = [w for tree, w in weight.items() if tree.index(0) == heads.index(0)]
    assert weight[heads] == max(same_root)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 4).flatmap(
        lambda size: arrays.arrays(
            np.float32, (size, len(TAGS)), elements=st.integers(-4, 4).map(float)
        )
    )
)
def test_names_are_the_best_sequence_that_is_one(scores: np.ndarray) -> None:
    def allowed(path: tuple[str, ...]) -> bool:
        pairs = zip(("O", *path), (*path, "O"), strict=True)
        return all(
            (b[0] in "IL" and a[1:] == b[1:]) if a[0] in "BI" else b[0] not in "IL"
            for a, b in pairs
        )

    def names(path: tuple[str, ...]) -> list[tuple[int, int, str]]:
        starts = [i for i, tag in enumerate(path) if tag[0] in "BU"]
        ends = [i + 1 for i, tag in enumerate(path) if tag[0] in "LU"]
        return [(a, b, path[a][2:]) for a, b in zip(starts, ends, strict=True)]

    paths = filter(allowed, itertools.product(TAGS, repeat=len(scores)))
    weight = {p: sum(scores[i, TAGS.index(t)] for i, t in enumerate(p)) for p in paths}
    best = [names(path) for path, w in weight.items() if w == max(weight.values())]
    assert best_names(scores, TAGS) in best


def test_lemmas_choose_among_the_rules_of_the_form_else_of_its_longest_ending() -> None:
    rules = ["l|0||0|", "l|0||1|", "l|0||2|ar", "=ser", "=ir"]
    table = {"VERB ^foi": ["=ir", "=ser"], "VERB ou": ["l|0||2|ar"], "NOUN s": ["l|0||1|"],
             "NOUN ^mês": ["l|0||0|"], "ADJ ^rara": ["l|0||1|o"]}  # fmt: skip
    lemmas = Lemmas(table, rules)

    def lemma(form: str, pos: str, best: int) -> str:
        return lemmas.lemma(form, pos, np.eye(len(rules), dtype=np.float32)[best])

    assert [lemma("Foi", "VERB", best) for best in (2, 3, 4)] == ["ir", "ser", "ir"]
    assert lemma("Financiou", "VERB", 0) == "financiar"
    assert (lemma("chips", "NOUN", 0), lemma("Mês", "NOUN", 1)) == ("chip", "mês")
    assert lemma("rara", "ADJ", 0) == "raro"  # a rule too rare for the network to know
    assert lemma("xyz", "X", 0) == "xyz"


def test_the_chosen_pipelines_are_taken_where_a_language_has_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, versions in (("accurate/pt", "a"), ("pt", "b"), ("es", "c")):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "meta.json").write_text(versions)
    monkeypatch.setenv("KG_PIPELINES", str(tmp_path))
    monkeypatch.setenv("KG_PIPELINE", "")
    by_default = [version(lang) for lang in languages()]
    choose_pipeline("accurate")
    assert [version(lang) for lang in languages()] == by_default
    choose_pipeline("fast")
    assert languages() == ("es", "pt")
    assert [
        version(lang) == other for lang, other in zip(languages(), by_default, strict=True)
    ] == [
        True,
        False,
    ]
    with pytest.raises(InputError, match="there are: accurate, fast"):
        choose_pipeline("best")


def test_importing_does_not_load_the_runtime() -> None:
    code = (
        "import sys, kg.encoder.component; "
        "sys.exit(bool({'onnxruntime', 'sentencepiece'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _accurate_copy(tmp_path: Path, model: bytes) -> Path:
    """A pipeline of another folder, with ``model`` for its network."""
    nlp = spacy.blank("pt")
    nlp.add_pipe("kg_encoder")
    nlp.to_disk(tmp_path / "pt")
    (tmp_path / "pt" / "kg_encoder").mkdir()
    (tmp_path / "encoder").mkdir()
    (tmp_path / "encoder" / "model.onnx").write_bytes(model)
    return tmp_path


def test_what_is_missing_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KG_PIPELINES", str(_accurate_copy(tmp_path, b"no model")))
    monkeypatch.setenv("KG_PIPELINE", "fast")
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "onnxruntime", None)
        with pytest.raises(LanguageError, match=r"onnxruntime is not installed.*--pipeline fast"):
            load_pipeline("pt")
    if _why_not().endswith("installed"):
        pytest.skip(_why_not())
    with pytest.raises(LanguageError, match=r"model\.onnx: cannot be loaded by ONNX Runtime"):
        load_pipeline("pt")


def pipeline(lang: str) -> Language:
    return load_pipeline(lang)


@needs_weights
def test_size() -> None:
    files = [file for file in ACCURATE.rglob("*") if file.is_file()]
    assert 1_000_000 < sum(file.stat().st_size for file in files) <= LARGEST


PIECES = st.sampled_from(
    ["a", "É", "e\u0301", "\u00a0", "\r\n", "\n\n", "\t", " ", "🇵🇹", "👩‍💻", "«", "”", "’", "-", "—", ".",
     "U.S.", "S.A.", "3,5%", "€", "$", "x" * 300, "don't", "comprá-lo-á", "\u200b", "\ufeff", "中", "ﬁ",
     "A Velora comprou a Kora.", "Mr. Bean sold it", "<s>", "▁"]
)  # fmt: skip


@needs_weights
@pytest.mark.usefixtures("accurate")
@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pieces=st.lists(PIECES, max_size=30), lang=st.sampled_from(LANGUAGES))
def test_tokens_map_back_and_sentences_are_trees(pieces: list[str], lang: str) -> None:
    text = "".join(pieces)
    doc = parse_text(text, lang)
    assert doc.text == text
    assert all(text[token.idx : token.idx + len(token)] == token.text for token in doc)
    assert "".join(sent.text_with_ws for sent in doc.sents) == text
    for sent in doc.sents:
        words = [token for token in sent if not token.is_space]
        assert sum(token.head == token for token in words) == bool(words)
        assert all(sent.start <= token.head.i < sent.end for token in words)
        assert all(token.pos_ and token.dep_ for token in words)
    first = {next((t.idx for t in sent if not t.is_space), None) for sent in doc.sents}
    inside = {token.idx for token in doc if not token.is_space}
    assert {span.start for span in paragraphs(text)} & inside <= first


@needs_weights
@pytest.mark.usefixtures("accurate")
def test_long_paragraphs_are_read_in_windows_that_keep_sentences_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = " ".join(f"A empresa {i} comprou a sua rival em Lisboa." for i in range(40))
    whole = parse_text(text, "pt")
    assert len(list(whole.sents)) == 40
    monkeypatch.setattr(kg.encoder.component, "WINDOW", 40)
    cut = parse_text(text, "pt")
    assert [s.text for s in cut.sents] == [s.text for s in whole.sents]
    assert cut.text == text


@needs_weights
@pytest.mark.usefixtures("accurate")
def test_a_sentence_longer_than_a_window_is_seen_whole() -> None:
    names = ", ".join(f"a Velora{number}" for number in range(90))
    doc = parse_text(f"A Kora comprou {names} e a Dorix. Foi ontem.", "pt")
    assert [len(sent) > 100 for sent in doc.sents] == [True, False]


@needs_weights
@pytest.mark.usefixtures("accurate")
def test_a_sentence_longer_than_the_longest_window_is_read() -> None:
    text = "A Kora comprou a Dorix e " + "peças e " * 700 + "mais."
    doc = parse_text(text, "pt")
    assert doc.text == text
    assert all(token.dep_ for token in doc)


@needs_weights
@pytest.mark.usefixtures("accurate")
def test_a_word_longer_than_a_window_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kg.encoder.component, "WINDOW", 3)
    monkeypatch.setattr(kg.encoder.component, "LONGEST_WINDOW", 3)
    text = "Um " + "inconstitucional" * 9 + " fim. Outro."
    assert parse_text(text, "pt").text == text


@needs_weights
@pytest.mark.usefixtures("accurate")
def test_neighbours_do_not_change_a_doc() -> None:
    texts = ["A Sonae vendeu a sua fatia.", "Foi ontem. Era esperado.", "PUB", "", "A EDP comprou."]
    articles = [Article(id=str(i), lang="pt", title="", text=t) for i, t in enumerate(texts)]
    together = [doc.to_json() for _, doc in parse(articles)]
    assert together == [parse_text(text, "pt").to_json() for text in texts]


@needs_weights
@pytest.mark.usefixtures("accurate")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_names_in_our_own_sentences(lang: str) -> None:
    figures = name_recall(pipeline(lang), HERE / "data" / f"names-{lang}.jsonl")
    assert {name: figures[name] >= floor for name, floor in FLOORS[lang].items()} == dict.fromkeys(
        FLOORS[lang], True
    ), figures


@needs_weights
@pytest.mark.usefixtures("accurate")
@pytest.mark.parametrize(
    ("lang", "text", "lemma"),
    [("pt", "A Velora comprou a Kora.", "comprar"), ("en", "Yesterday Velora bought Kora.", "buy")],
)
def test_simple_clause(lang: str, text: str, lemma: str) -> None:
    doc = parse_text(text, lang)
    words = {token.text: token for token in doc}
    assert (words["Velora"].dep_, words["Kora"].dep_) == ("nsubj", "obj")
    assert [ent.text for ent in doc.ents] == ["Velora", "Kora"]
    assert doc.ents[0].label_ == "ORG"  # what it bought may be a product
    verb = words["Velora"].head
    assert (verb.lemma_, verb.pos_, verb.morph.get("VerbForm")) == (lemma, "VERB", ["Fin"])
