"""Reading treebanks and name layers, on small hand-written files."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest
import spacy

from kg.errors import InputError, KgError, LanguageError
from training.collect import Recipe, collect, recipes
from training.conllu import read_trees
from training.corpora import cutter, document
from training.layers import gum_names, read_columns, read_core, read_iob2, with_names
from training.sources import LANGUAGES, find_file, sources
from training.surface import Sentence, grouped, surface

PORTUGUESE = """\
# newdoc_id = d1
# sent_id = d1-1
# text = A Velora investe no Porto.
1\tA\to\tDET\t_\tGender=Fem\t2\tdet\t_\t_
2\tVelora\tVelora\tPROPN\t_\t_\t3\tnsubj\t_\t_
3\tinveste\tinvestir\tVERB\t_\t_\t0\troot\t_\t_
4-5\tno\t_\t_\t_\t_\t_\t_\t_\t_
4\tem\tem\tADP\t_\t_\t6\tcase\t_\t_
5\to\to\tDET\t_\t_\t6\tdet\t_\t_
6\tPorto\tPorto\tPROPN\t_\t_\t3\tobl\t_\tSpaceAfter=No
7\t.\t.\tPUNCT\t_\t_\t3\tpunct\t_\t_

# sent_id = d1-2
# text = Tornou-se rival.
1-2\tTornou-se\t_\t_\t_\t_\t_\t_\t_\t_
1\tTornou\ttornar\tVERB\t_\t_\t0\troot\t_\t_
2\tse\tse\tPRON\t_\t_\t1\texpl\t_\t_
3\trival\trival\tNOUN\t_\t_\t1\txcomp\t_\tSpaceAfter=No
4\t.\t.\tPUNCT\t_\t_\t1\tpunct\t_\t_
"""
ENGLISH = """\
# sent_id = e1
1-2\tdon't\t_\t_\t_\t_\t_\t_\t_\t_
1\tdo\tdo\tAUX\t_\t_\t3\taux\t_\t_
2\tn't\tnot\tPART\t_\t_\t3\tadvmod\t_\t_
3\tgo\tgo\tVERB\t_\t_\t0\troot\t_\t_
"""
GUM_ROW = "{}\t{}\t_\t{}\t_\t_\t{}\t{}\t_\t{}"


def write(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, "utf8")
    return path


def read(tmp_path: Path, text: str, lang: str) -> tuple[list[Sentence], Counter[str]]:
    counts: Counter[str] = Counter()
    cut = cutter(spacy.blank(lang))
    trees = read_trees(write(tmp_path, "t.conllu", text))
    return [surface(tree, cut, counts) for tree in trees], counts


def test_contraction_becomes_its_outward_part(tmp_path: Path) -> None:
    (first, second), counts = read(tmp_path, PORTUGUESE, "pt")
    assert [t.form for t in first.tokens] == ["A", "Velora", "investe", "no", "Porto", "."]
    no = first.tokens[3]
    assert (no.lemma, no.upos, no.deprel, no.head) == ("em", "ADP", "case", 4)
    assert first.text == "A Velora investe no Porto. "
    assert [t.form for t in second.tokens] == ["Tornou-se", "rival", "."]
    assert (second.tokens[0].lemma, second.tokens[0].deprel) == ("tornar", "ROOT")
    assert second.tokens[0].head == 0
    assert counts["multiword tokens merged"] == 2
    assert (first.doc, first.sent_id) == ("d1", "d1-1")


def test_parts_stay_where_the_tokenizer_parts_too(tmp_path: Path) -> None:
    (sentence,), counts = read(tmp_path, ENGLISH, "en")
    assert [(t.form, t.space, t.head) for t in sentence.tokens] == [
        ("do", False, 2),
        ("n't", True, 2),
        ("go", True, 2),
    ]
    assert counts["multiword tokens merged"] == 0


def test_cycle_after_merging_is_counted_and_dropped(tmp_path: Path) -> None:
    rows = [
        "1-2\tdele\t_\t_\t_\t_\t_\t_\t_\t_",
        "1\tde\tde\tADP\t_\t_\t3\tcase\t_\t_",
        "2\tele\tele\tPRON\t_\t_\t4\tnsubj\t_\t_",
        "3\tlivro\tlivro\tNOUN\t_\t_\t2\tnmod\t_\t_",
        "4\tcai\tcair\tVERB\t_\t_\t0\troot\t_\t_",
    ]
    (sentence,), counts = read(tmp_path, "\n".join(rows) + "\n", "pt")
    assert counts["heads dropped for a cycle"] == 2
    assert [t.head for t in sentence.tokens] == [None, None, 2]


BAD_TREES = [
    ("1\tA\to\tDET\t_\t_\t0\troot\t_\n", ":1: 9 columns; a CoNLL-U line has 10"),
    ("# text = A\nA A A\n", ":2: 1 columns"),
    ("1\tA\to\tDET\t_\t_\tx\troot\t_\t_\n", ":1: identifier or head is no running number"),
    ("2\tA\to\tDET\t_\t_\t0\troot\t_\t_\n", ":1: identifier or head is no running number"),
    ("1\tA\to\tDET\t_\t_\t7\tdet\t_\t_\n", ":1: head 7 lies outside the sentence"),
]


@pytest.mark.parametrize(("text", "message"), BAD_TREES)
def test_bad_tree_names_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, "bad.conllu", text)
    with pytest.raises(InputError) as caught:
        list(read_trees(path))
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_and_unknown_language_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.conllu: no such file"):
        list(read_trees(tmp_path / "nowhere.conllu"))
    with pytest.raises(InputError, match=r"^pt/none\.conllu: in none of"):
        find_file([tmp_path], "pt/none.conllu")
    with pytest.raises(LanguageError, match="xx: no training data; known: en, pt"):
        sources("xx", "train")
    assert issubclass(InputError, KgError)


def test_name_layer_goes_onto_merged_tokens(tmp_path: Path) -> None:
    layer = read_iob2(
        write(
            tmp_path,
            "n.iob2",
            "# sent_id = other-1\n1\tA\tO\t-\t-\n2\tVelora\tB-ORG\t-\t-\n3\tinveste\tO\t-\t-\n"
            "4\tem\tO\t-\t-\n5\to\tO\t-\t-\n6\tPorto\tB-LOC\t-\t-\n7\t.\tB-OTH\t-\t-\n",
        )
    )
    tree = next(read_trees(write(tmp_path, "t.conllu", PORTUGUESE)))
    cut = cutter(spacy.blank("pt"))
    tags = layer[tuple(word.form for word in tree.words)]
    named = with_names(surface(tree, cut, Counter()), grouped(tree, cut), tags)
    assert named.names == ("O", "B-ORG", "O", "O", "B-LOC", "-")
    doc = document(spacy.blank("pt"), [named], names=True)
    assert [(e.text, e.label_) for e in doc.ents] == [("Velora", "ORG"), ("Porto", "LOC")]
    assert [token.ent_iob for token in doc][-1] == 0  # left open, not taught as no name


def test_name_layer_with_too_few_columns(tmp_path: Path) -> None:
    path = write(tmp_path, "n.iob2", "1\tA\n")
    with pytest.raises(InputError, match=r"n\.iob2:1: 2 columns; a name layer has 3"):
        read_iob2(path)


def test_columns_of_both_kinds(tmp_path: Path) -> None:
    text = "The O\nVelora I-ORG\nLabs I-ORG\n( O\nOslo I-LOC\n) O\n\nKora\tB-person\n \tO\n,\tO\n"
    first, second = read_columns(write(tmp_path, "c.conll", text))
    assert first.names == ("O", "B-ORG", "I-ORG", "O", "B-LOC", "O")
    assert first.text == "The Velora Labs (Oslo) "
    assert second.names == ("B-PER", "O")
    with pytest.raises(InputError, match=r"d\.conll:1: one column"):
        list(read_columns(write(tmp_path, "d.conll", "Velora\n")))


def test_core_marks_companies_and_leaves_other_capitals_open(tmp_path: Path) -> None:
    words = ["It", "supplies", "Velora", "Labs", "and", "Kora", "in", "Oslo", "."]
    record = {
        "context": words, "relation": "client_of", "invert_relation": 0,
        "e1_start": 0, "e1_end": 0, "e2_start": 2, "e2_end": 3,
    }  # fmt: skip
    (sentence,) = read_core(write(tmp_path, "core.json", json.dumps([record])))
    assert sentence.names == ("O", "O", "B-ORG", "I-ORG", "O", "-", "O", "-", "O")
    with pytest.raises(InputError, match="not a list of CORE records"):
        list(read_core(write(tmp_path, "bad.json", '[{"context": []}]')))


def test_gum_mentions_that_are_names(tmp_path: Path) -> None:
    rows = [
        (1, "Kora", "PROPN", 2, "compound", "Entity=(1-organization-new-x-Kora"),
        (2, "Labs", "PROPN", 3, "nsubj", "Entity=1)"),
        (3, "hired", "VERB", 0, "root", "_"),
        (4, "the", "DET", 5, "det", "Entity=(2-person-new"),
        (5, "engineer", "NOUN", 3, "obj", "_"),
        (6, "from", "ADP", 7, "case", "_"),
        (7, "Oslo", "PROPN", 5, "nmod", "Entity=(3-place-new)2)"),
    ]
    text = "\n".join(GUM_ROW.format(*row) for row in rows) + "\n"
    (tree,) = read_trees(write(tmp_path, "g.conllu", text))
    assert gum_names(tree) == ("B-ORG", "I-ORG", "O", "O", "O", "O", "B-LOC")


def test_collecting_joins_files_of_a_clone(tmp_path: Path) -> None:
    clone = tmp_path / "Bank"
    (clone / "d").mkdir(parents=True)
    (clone / "d" / "b.conllu").write_text("# newdoc id = GUM_bio_b\n2\n", "utf8")
    (clone / "d" / "a.conllu").write_text("# newdoc id = GUM_news_a\n1\n", "utf8")
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=t", "-c", "user.email=t@t.example", "commit", "-qm", "t"],
    ):
        subprocess.run(["git", "-C", str(clone), *command], check=True)
    whole = Recipe("x", "Uni/Bank", (r"d/[ab]\.conllu",))
    assert collect(whole, tmp_path).split() == [
        "#",
        "newdoc",
        "id",
        "=",
        "GUM_news_a",
        "1",
        "#",
        "newdoc",
        "id",
        "=",
        "GUM_bio_b",
        "2",
    ]
    news = Recipe("x", "Uni/Bank", (r"d/.*",), documents="GUM_news_.*")
    assert "GUM_bio" not in collect(news, tmp_path)
    with pytest.raises(InputError, match="no such clone; git clone Uni/Other from GitHub"):
        collect(Recipe("x", "Uni/Other", ("a",)), tmp_path)
    with pytest.raises(InputError, match=r"no file c\.txt at HEAD"):
        collect(Recipe("x", "Uni/Bank", (r"c.txt",)), tmp_path)


def test_every_source_has_a_recipe() -> None:
    made = {recipe.name for recipe in recipes()}
    for lang in LANGUAGES:
        for part in ("train", "dev", "test"):
            for source in sources(lang, part):
                files = {source.trees, source.names, source.entities, source.columns} - {""}
                assert files <= made
