"""What the cases of ``mentions.jsonl`` and ``discourse.jsonl`` are run with."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest

from kg.catalogue import Catalogue, load_catalogue
from kg.discourse import Discourse
from kg.errors import LanguageError
from kg.frames import FrameMatcher
from kg.mentions import Mentions
from kg.name_finding import NameFinder
from kg.ontology import Ontology, load_ontology
from kg.pipelines import load_pipeline, parse_text
from kg.syntax import Tree

CASES = Path(__file__).parent / "cases"


def cases(name: str) -> list[dict[str, Any]]:
    """The cases of one file."""
    return [json.loads(line) for line in (CASES / name).read_text("utf-8").splitlines()]


@functools.cache
def background() -> tuple[Ontology, Catalogue]:
    """The ontology and the catalogue that come with the project."""
    ontology = load_ontology()
    return ontology, load_catalogue(ontology=ontology)


@functools.cache
def _finder(lang: str) -> NameFinder:
    ontology, catalogue = background()
    return NameFinder(load_pipeline(lang), catalogue, ontology)


def read(case: dict[str, Any], resolve: bool) -> tuple[Tree, Mentions]:
    """The parsed text of *case* with its names and, where wanted, what else was resolved."""
    ontology, catalogue = background()
    try:
        doc = parse_text(case["text"], case["lang"])
    except LanguageError as error:
        pytest.skip(f"needs a pipeline: {error}")
    tree = Tree(doc, ontology)
    mentions = _finder(case["lang"]).find(doc, tree)
    if resolve:
        discourse = Discourse(tree, mentions, ontology, catalogue, case.get("title", ""))
        discourse.type_names()
        discourse.resolve(FrameMatcher(tree, mentions, ontology, catalogue).matches())
    return tree, mentions


def stands_for(mentions: Mentions, i: int) -> str:
    """Names of the entities that token *i* stands for, joined by ``+``; empty for none."""
    members = mentions.members(i)
    found = mentions.at(i) or mentions.dropped(i) or mentions.implicit(i)
    group = members or ((found,) if found is not None else ())
    return "+".join(m.mention.entity.name for m in group if m.mention.entity is not None)
