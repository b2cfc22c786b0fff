"""What an answer rests on besides claims: classes and seats, and who says so.

The catalogue gives both; the class of an entity that it does not know comes from the articles, whose
words for it are then the proof.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from kg.model import Fact, Row
from kg.ontology import Ontology
from kg.question_words import fold
from kg.questions.matching import Binding, ClaimEdge, Matcher
from kg.questions.pattern import Pattern
from kg.questions.proof import Proof, best_first
from kg.turtle import KG

__all__ = ["called", "facts_of", "kind_rows"]

_SHOWN = 3  # claims whose words are shown for one class


def facts_of(pattern: Pattern, matcher: Matcher) -> Callable[[Binding], tuple[Fact, ...]]:
    """What gives the facts that make the values of a binding what *pattern* says that they are."""
    ontology = matcher.ontology
    wanted = [
        (
            variable.name,
            [frozenset().union(*map(ontology.descendants, group)) for group in variable.groups],
            frozenset(variable.places),
        )
        for variable in pattern.bound
        if variable.restricted
    ]

    def of(binding: Binding) -> tuple[Fact, ...]:
        found: dict[Fact, None] = {}
        for name, groups, places in wanted:
            if name in binding:
                facts = _facts(binding[name], groups, places, matcher)
                found.update(dict.fromkeys(facts))
        return tuple(found)

    return of


def _facts(
    node: str, groups: Iterable[frozenset[str]], places: frozenset[str], matcher: Matcher
) -> Iterator[Fact]:
    known = matcher.known(node)
    for below in groups:
        yield from (Fact(node, "class", t, known) for t in matcher.types(node) if t in below)
    if places:
        yield from seats(matcher, node, places)


def seats(matcher: Matcher, node: str, places: frozenset[str]) -> Iterator[Fact]:
    """The seat of *node* as far as it is in one of *places* (keys)."""
    names = matcher.ontology.questions.place_names
    for key in sorted(matcher.places(node) & places):
        yield Fact(node, "place", names.get((key,), key), matcher.known(node))


def called(facts: Iterable[Fact], matcher: Matcher, proof: Proof) -> list[list[str]]:
    """For each class that articles give: the best claims whose quote has a word for it.

    A quote need not hold the word (the article may say it elsewhere): then there is none.
    """
    chains = []
    for fact in facts:
        if fact.kind == "class" and not fact.known:
            words = _class_words(fact.value, matcher.ontology)
            ids = [key for key, edge in matcher.claims.items() if _calls(edge, fact.entity, words)]
            if ids:
                chains.append(list(best_first(proof.claims, ids)[:_SHOWN]))
    return chains


def _class_words(name: str, ontology: Ontology) -> re.Pattern[str]:
    kinds = (ontology.classes[cls] for cls in sorted(ontology.descendants(name)))
    words = {fold(word) for kind in kinds for texts in kind.words.values() for word in texts}
    longest = "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))
    return re.compile(rf"(?<!\w)(?:{longest})")  # a plural begins with it


def _calls(edge: ClaimEdge, node: str, words: re.Pattern[str]) -> bool:
    return node in edge[:2] and bool(words.search(fold(edge[3].get("quote") or "")))


def kind_rows(
    pattern: Pattern,
    found: Iterable[tuple[Binding, tuple[tuple[str, ...], ...]]],
    matcher: Matcher,
    proof: Proof,
) -> Iterator[Row]:
    """A row for each class of what is asked about, with its seat among the facts."""
    (variable,) = pattern.variables
    names = matcher.ontology.questions.place_names
    everywhere = frozenset(key for keys in names for key in keys)
    for binding, _ in found:
        node = binding[variable.name]
        named = tuple((name, binding[name]) for name in pattern.columns)
        for kind in matcher.types(node):
            fact = Fact(node, "class", kind, matcher.known(node))
            row = proof.row((*named, ("class", KG + kind)), called([fact], matcher, proof))
            yield replace(row, facts=(fact, *seats(matcher, node, everywhere)))
