"""Questions in words (English, Portuguese) → typed graph pattern → answer with its claims.

>>> from kg.questions import ask  # doctest: +SKIP
>>> ask("Which cloud providers back rival model labs?", graph, ontology)  # doctest: +SKIP
"""

from __future__ import annotations

import networkx as nx

from kg.ontology import Ontology
from kg.questions.answers import ask, to_json, understand
from kg.questions.examples import examples
from kg.questions.pattern import Pattern, picture
from kg.questions.sentences import sentence

__all__ = ["Pattern", "ask", "picture", "sentence", "suggestions", "to_json", "understand"]


def suggestions(graph: nx.MultiDiGraph, ontology: Ontology, lang: str) -> tuple[str, ...]:
    """Questions that can be asked of *graph* and have an answer, for ``kg ask --list``."""
    return tuple(
        text for text in examples(graph, ontology, lang) if ask(text, graph, ontology).rows
    )
