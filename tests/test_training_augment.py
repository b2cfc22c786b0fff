"""Invented names, altered copies and templates: annotation stays sound, chance stays seeded."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
import spacy

from training.augment import Augmenter, name_spans, name_tree
from training.conllu import read_trees
from training.corpora import cutter, document, documents, pieces_of
from training.invent import Inventor
from training.layers import with_names
from training.surface import Sentence, grouped, surface
from training.templates import fill_templates

TREE = """\
1\tA\to\tDET\t_\t_\t2\tdet\t_\t_
2\tKora\tKora\tPROPN\t_\tGender=Fem|Number=Sing\t4\tnsubj\t_\t_
3\tLabs\tLabs\tPROPN\t_\tNumber=Sing\t2\tflat:name\t_\t_
4\tcomprou\tcomprar\tVERB\t_\t_\t0\troot\t_\t_
5\ta\to\tDET\t_\t_\t6\tdet\t_\t_
6\tVelora\tVelora\tPROPN\t_\tNumber=Sing\t4\tobj\t_\t_
7\tem\tem\tADP\t_\t_\t8\tcase\t_\t_
8\tmaio\tmaio\tNOUN\t_\t_\t4\tobl\t_\tSpaceAfter=No
9\t.\t.\tPUNCT\t_\t_\t4\tpunct\t_\t_
"""
TAGS = ("O", "B-ORG", "I-ORG", "O", "O", "B-ORG", "O", "O", "O")


@pytest.fixture
def sentence(tmp_path: Path) -> Sentence:
    path = tmp_path / "t.conllu"
    path.write_text(TREE, "utf8")
    (tree,) = read_trees(path)
    cut = cutter(spacy.blank("pt"))
    return with_names(surface(tree, cut, Counter()), grouped(tree, cut), TAGS)


def augmenter(lang: str, seed: int) -> Augmenter:
    nlp = spacy.blank(lang)
    return Augmenter(lang, random.Random(seed), lambda text: pieces_of(nlp, text))


@pytest.mark.parametrize("seed", range(40))
def test_swapped_names_keep_the_tree(sentence: Sentence, seed: int) -> None:
    new = augmenter("pt", seed).swap_names(sentence)
    verb = next(i for i, token in enumerate(new.tokens) if token.form == "comprou")
    spans = list(name_spans(new.names))
    assert [label for _, _, label in spans] == ["ORG", "ORG"]
    for (first, end, _), relation in zip(spans, ("nsubj", "obj"), strict=True):
        tops = [i for i in range(first, end) if not first <= _head(new, i) < end]
        assert [(new.tokens[i].deprel, _head(new, i)) for i in tops] == [(relation, verb)]
    month = next(i for i, token in enumerate(new.tokens) if token.form == "maio")
    assert _head(new, month) == verb
    assert _head(new, month - 1) == month
    assert _head(new, verb) == verb
    doc = document(spacy.blank("pt"), [new])
    assert doc.text == new.text
    assert [t.text for t in doc if t.dep_ == "ROOT"] == ["comprou"]


def _head(sentence: Sentence, index: int) -> int:
    head = sentence.tokens[index].head
    assert head is not None
    return head


def test_same_seed_same_copy(sentence: Sentence) -> None:
    assert augmenter("pt", 3).copy(sentence) == augmenter("pt", 3).copy(sentence)
    assert len({augmenter("pt", seed).copy(sentence).text for seed in range(20)}) > 10


def test_name_trees() -> None:
    english = name_tree(["Bank", "of", "Velora"], "en", "ORG")
    assert [(b.head, b.deprel) for b in english] == [(None, ""), (2, "case"), (0, "nmod")]
    compound = name_tree(["D", "-", "Kora"], "en", "ORG")
    assert [(b.head, b.deprel) for b in compound] == [(2, "compound"), (2, "punct"), (None, "")]
    flat = name_tree(["Kora", "Labs"], "pt", "ORG")
    assert [(b.head, b.deprel) for b in flat] == [(None, ""), (0, "flat:name")]


@pytest.mark.parametrize("lang", ["pt", "en"])
def test_invented_names_differ_in_shape(lang: str) -> None:
    inventor = Inventor(lang, random.Random(1))
    for label in ("ORG", "PROD", "PER"):
        names = [inventor.name(label) for _ in range(400)]
        assert len(set(names)) > 250
        assert all(name == " ".join(name.split()) and name for name in names)
    organisations = [inventor.organisation() for _ in range(400)]
    assert any(name.isupper() for name in organisations)
    assert any(name[0].islower() for name in organisations)
    assert any(" " not in name for name in organisations)


@pytest.mark.parametrize("lang", ["pt", "en"])
def test_templates_are_filled_and_tagged(lang: str) -> None:
    nlp = spacy.blank(lang)
    filled = list(fill_templates(lang, 2, random.Random(2), lambda text: pieces_of(nlp, text)))
    again = list(fill_templates(lang, 2, random.Random(2), lambda text: pieces_of(nlp, text)))
    assert filled == again
    labels = Counter(label for s in filled for _, _, label in name_spans(s.names))
    assert set(labels) == {"ORG", "PROD", "PER", "LOC"}
    assert not any(mark in s.text for s in filled for mark in "{}[]#")


def test_runs_stay_within_a_document(sentence: Sentence) -> None:
    nlp = spacy.blank("pt")
    docs = list(documents(nlp, [sentence] * 20, random.Random(1), names=False))
    assert sum(sum(t.dep_ == "ROOT" for t in doc) for doc in docs) == 20
    assert max(sum(t.dep_ == "ROOT" for t in doc) for doc in docs) > 1
