"""The data sets of ``sources.toml``, found in the user's folders and read."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kg.errors import InputError, LanguageError
from training.conllu import read_trees
from training.layers import gum_names, read_columns, read_core, read_iob2, with_names
from training.surface import Cut, Sentence, grouped, surface

__all__ = ["LANGUAGES", "Raw", "Source", "find_file", "raw_sources", "read_source", "sources"]

LANGUAGES = ("en", "pt")
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Source:
    """One data set; exactly one of ``trees``, ``columns`` and ``core`` names its main file.

    ``style`` numbers the treebank by its conventions; 0 is the one that the language's trees follow.
    """

    origin: str
    licence: str
    trees: str = ""
    names: str = ""
    entities: str = ""
    columns: str = ""
    core: str = ""
    title: str = ""
    use: Sequence[str] = ()
    copies: tuple[int, int] = (0, 0)
    style: int = 0


@dataclass(frozen=True, slots=True)
class Raw:
    """Text for the teacher to label: a tagged corpus, or a folder of articles beside this file."""

    origin: str
    licence: str
    tagged: str = ""
    articles: str = ""


def sources(lang: str, part: str) -> list[Source]:
    """List a language's data sets for a part: ``train``, ``dev`` or ``test``.

    Raises
    ------
    LanguageError
        If there is no data for the language.
    """
    return [Source(**entry) for entry in _entries(lang, part)]


def raw_sources(lang: str) -> list[Raw]:
    """List the texts that a language's teacher labels.

    Raises
    ------
    LanguageError
        If there is no data for the language.
    """
    return [Raw(**entry) for entry in _entries(lang, "raw")]


def _entries(lang: str, part: str) -> list[dict[str, Any]]:
    if lang not in LANGUAGES:
        raise LanguageError(f"{lang}: no training data; known: {', '.join(LANGUAGES)}")
    table = tomllib.loads((_HERE / "sources.toml").read_text("utf8"))
    entries: list[dict[str, Any]] = table[lang][part]
    return entries


def find_file(folders: Sequence[Path], name: str) -> Path:
    """Give the first folder's file of this name.

    Raises
    ------
    InputError
        If none of the folders holds it.
    """
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    places = ", ".join(map(str, folders))
    raise InputError(f"{name}: in none of {places}; training/README.md says where it is from")


def read_source(
    source: Source, folders: Sequence[Path], cut: Cut, counts: Counter[str]
) -> Iterator[Sentence]:
    """Yield a data set's sentences; ``counts`` is told what was merged, mended or left out."""
    if source.core:
        yield from read_core(find_file(folders, source.core))
    elif source.columns:
        yield from read_columns(find_file(folders, source.columns))
    else:
        yield from _read_trees(source, folders, cut, counts)


def _read_trees(
    source: Source, folders: Sequence[Path], cut: Cut, counts: Counter[str]
) -> Iterator[Sentence]:
    layer = _layer(source, folders)
    for tree in read_trees(find_file(folders, source.trees)):
        sentence = replace(surface(tree, cut, counts), style=source.style)
        if source.use == ["trees"]:
            bare = (replace(t, upos="", lemma="", feats="") for t in sentence.tokens)
            sentence = replace(sentence, tokens=tuple(bare))
        tags = layer.get(tuple(word.form for word in tree.words))
        counts["sentences without names"] += tags is None and bool(layer)
        yield with_names(sentence, grouped(tree, cut), tags) if tags else sentence


def _layer(source: Source, folders: Sequence[Path]) -> dict[tuple[str, ...], tuple[str, ...]]:
    if source.names:
        return read_iob2(find_file(folders, source.names))
    if source.entities:
        trees = read_trees(find_file(folders, source.entities))
        return {tuple(word.form for word in tree.words): gum_names(tree) for tree in trees}
    return {}
