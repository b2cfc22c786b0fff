"""Names of persons, organisations, places and products, from the formats that data sets use.

- Universal NER layers (Mayhew et al., NAACL 2024): IOB2 over the words of a treebank.
- Columns: a token and its tag a line, IOB1 or IOB2 (CoNLL 2003 and its followers).
- GUM's ``Entity`` brackets in the MISC column (Zeldes, LREV 2017): all mentions, of which those
  with a proper noun as head are names.
- CORE (Borchert et al., EMNLP 2023): two companies marked a sentence, the rest unmarked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from kg.errors import InputError
from training.conllu import Tree, read_lines
from training.spacing import spaced
from training.surface import MISSING, OUTSIDE, Group, Sentence, Token

__all__ = ["gum_names", "read_columns", "read_core", "read_iob2", "with_names"]

# How the labels of each data set read in ours; a label that is absent here is no name for us.
LABELS = {
    "PER": "PER", "ORG": "ORG", "LOC": "LOC",
    "person": "PER", "politician": "PER", "writer": "PER", "musicalartist": "PER",
    "scientist": "PER", "researcher": "PER",
    "organisation": "ORG", "politicalparty": "ORG", "university": "ORG", "band": "ORG",
    "corporation": "ORG", "group": "ORG", "organization": "ORG",
    "location": "LOC", "country": "LOC", "place": "LOC",
}  # fmt: skip
# Labels under which names of products hide among other things: neither taught nor punished.
OPENERS = {"The", "In", "It", "A", "On", "This", "Its", "As", "He", "She", "They", "Their", "His"}
NAME_TAGS = ("PROPN", "NUM", "PUNCT", "ADP", "SYM", "CCONJ")
PRONOUNS = {"We", "Our", "I"}
UNSURE = {"OTH", "MISC", "misc", "product", "creative-work", "programlang", "object"}


def read_iob2(path: Path) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Read a Universal NER layer: a sentence's words → one tag each.

    Some layers number the sentences otherwise than their treebanks do, hence the words as key.

    Raises
    ------
    InputError
        If the file is missing or a line has fewer than three columns.
    """
    layer: dict[tuple[str, ...], tuple[str, ...]] = {}
    rows: list[tuple[str, str]] = []
    for number, line in read_lines(path):
        if line.strip() and not line.startswith("#"):
            columns = line.split("\t")
            if len(columns) < 3:
                raise InputError(f"{path}:{number}: {len(columns)} columns; a name layer has 3")
            rows.append((columns[1], _label(columns[2])))
        elif rows:
            layer[tuple(form for form, _ in rows)] = tuple(tag for _, tag in rows)
            rows = []
    return layer


def _label(tag: str) -> str:
    prefix, _, label = tag.partition("-")
    if label in LABELS:
        return f"{prefix}-{LABELS[label]}"
    return MISSING if label in UNSURE else OUTSIDE


def with_names(sentence: Sentence, groups: list[Group], tags: tuple[str, ...]) -> Sentence:
    """Put the tags of a tree's words onto its surface tokens; a merged one takes the first name."""
    names = tuple(_first_name([tags[i - 1] for i in group.words]) for group in groups)
    return replace(sentence, names=names)


def _first_name(tags: list[str]) -> str:
    return next((tag for tag in tags if tag not in (OUTSIDE, MISSING)), tags[0])


def gum_names(tree: Tree) -> tuple[str, ...]:
    """Give the tags of one GUM sentence: the longest mentions that are names, outermost first."""
    tags = [OUTSIDE] * len(tree.words)
    for first, last, kind in sorted(_mentions(tree), key=lambda m: (m[0] - m[1], m[0])):
        if any(tag != OUTSIDE for tag in tags[first : last + 1]):
            continue
        label = _label(f"B-{kind}")
        if label != OUTSIDE and _is_name(tree, first, last):
            inside = label if label == MISSING else f"I-{label[2:]}"
            tags[first : last + 1] = [label] + [inside] * (last - first)
    return tuple(tags)


def _mentions(tree: Tree) -> Iterator[tuple[int, int, str]]:
    """Yield GUM's mentions as first and last word (0-based) and entity type."""
    waiting: dict[str, list[tuple[int, str]]] = {}
    for index, word in enumerate(tree.words):
        entity = next((m[7:] for m in word.misc.split("|") if m.startswith("Entity=")), "")
        for piece in re.findall(r"\([^()]*\)?|[^()]*\)", entity):
            group, _, rest = piece.strip("()").partition("-")
            if piece.startswith("("):
                waiting.setdefault(group, []).append((index, rest.partition("-")[0]))
            if piece.endswith(")") and waiting.get(group):
                first, kind = waiting[group].pop()
                yield first, index, kind


def _is_name(tree: Tree, first: int, last: int) -> bool:
    """Whether a mention is a bare name: headed by a proper noun, all in one noun phrase."""
    inside = range(first + 1, last + 2)
    words = [tree.words[number - 1] for number in inside]
    heads = [word for word in words if word.head not in inside]
    bare = all(
        (word.upos in NAME_TAGS or word.form[:1].isupper()) and word.form != "," for word in words
    )
    return bare and len(heads) == 1 and heads[0].upos == "PROPN"


def read_columns(path: Path) -> Iterator[Sentence]:
    """Yield the sentences of a column file: token first, tag last, a blank line between sentences.

    Raises
    ------
    InputError
        If the file is missing or a line has one column only.
    """
    rows: list[tuple[str, str]] = []
    for number, line in read_lines(path):
        if line.strip():
            columns = line.split("\t") if "\t" in line else line.split()
            if len(columns) < 2:
                raise InputError(f"{path}:{number}: one column; a token and its tag are needed")
            if columns[0].strip():  # a stray space counts as a token in some sets
                rows.append((columns[0], columns[-1].strip()))
        elif rows:
            yield _column_sentence(rows)
            rows = []
    if rows:
        yield _column_sentence(rows)


def _column_sentence(rows: list[tuple[str, str]]) -> Sentence:
    forms = [form for form, _ in rows]
    names = _iob2([_label(tag) for _, tag in rows])
    return Sentence(tuple(map(Token, forms, spaced(forms))), tuple(names))


def _iob2(tags: list[str]) -> list[str]:
    """Let every name begin with ``B-``: IOB1 does so only between neighbours."""
    fixed: list[str] = []
    for tag in tags:
        open_here = fixed and fixed[-1][2:] == tag[2:] and fixed[-1] not in (OUTSIDE, MISSING)
        fixed.append(tag if not tag.startswith("I-") or open_here else f"B-{tag[2:]}")
    return fixed


def read_core(path: Path) -> Iterator[Sentence]:
    """Yield CORE's sentences: its two companies marked, other capitalised words unknown.

    Raises
    ------
    InputError
        If the file is missing or is no list of CORE records.
    """
    text = "\n".join(line for _, line in read_lines(path))
    try:
        for record in json.loads(text):
            yield _core_sentence(record)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not a list of CORE records: {error}") from error


def _core_sentence(record: dict[str, object]) -> Sentence:
    forms = [str(form) for form in list(record["context"])]  # type: ignore[call-overload]
    names = [OUTSIDE if _is_plain(form) else MISSING for form in forms]
    product = None
    if record["relation"] == "product_or_service_of":
        product = "e2" if int(str(record["invert_relation"])) else "e1"
    for entity in ("e1", "e2"):
        first, last = int(str(record[f"{entity}_start"])), int(str(record[f"{entity}_end"]))
        if _is_plain(forms[first]) or forms[first] in PRONOUNS:
            continue  # a pronoun or "the company" stands for it here
        label = "PROD" if entity == product else "ORG"
        names[first : last + 1] = [f"B-{label}"] + [f"I-{label}"] * (last - first)
    return Sentence(tuple(map(Token, forms, spaced(forms))), tuple(names))


def _is_plain(form: str) -> bool:
    """Whether a form can be no name: nothing upper-case, or a sentence's commonest openers."""
    return form == form.lower() or form in OPENERS
