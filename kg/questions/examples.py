"""Questions that can be asked, made from what the graph holds by the templates of a language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import networkx as nx

from kg.model import Status
from kg.ontology import Ontology, Relation
from kg.question_words import fold

__all__ = ["examples", "examples_about"]

_EXAMPLES = 40
Edge = tuple[str, str, str]


def examples(graph: nx.MultiDiGraph, ontology: Ontology, lang: str) -> list[str]:
    """At most 40 questions about what most claims are about."""
    return _filled(_fillings(_edges(graph), graph, ontology, lang), ontology, lang)


def examples_about(
    entities: Iterable[str], graph: nx.MultiDiGraph, ontology: Ontology, lang: str
) -> list[str]:
    """At most 40 questions about each of *entities* (IRIs) for which some claim has an answer."""
    found: list[str] = []
    for entity in sorted(entities):
        edges = [edge for edge in _edges(graph) if entity in edge[:2]]
        named = {"entity": str(graph.nodes[entity]["name"])} if entity in graph else {}
        fillings = ({**slots, **named} for slots in _fillings(edges, graph, ontology, lang))
        found += _filled(fillings, ontology, lang)
    return found


def _edges(graph: nx.MultiDiGraph) -> list[Edge]:
    """Subject, object and relation of each claim that an article makes and does not deny."""
    return [
        (s, o, d["relation"]) for s, o, d in graph.edges(data=True)
        if not d.get("inferred") and d["status"] != Status.DENIED
    ]  # fmt: skip


def _filled(fillings: Iterable[dict[str, str]], ontology: Ontology, lang: str) -> list[str]:
    templates = ontology.questions.templates.get(lang, ())
    found: dict[str, None] = {}
    for slots in fillings:
        for template in templates:
            try:
                found[template.format_map(slots)] = None
            except KeyError:  # the relation has no such word in this language
                continue
    return list(found)[:_EXAMPLES]


def _fillings(
    edges: list[Edge], graph: nx.MultiDiGraph, ontology: Ontology, lang: str
) -> Iterator[dict[str, str]]:
    """Fillings of the templates: for each relation its most claimed-about object."""
    counts = Counter((relation, o) for _, o, relation in edges)
    for relation in sorted({relation for _, _, relation in edges}):
        target = max(
            (o for r, o in counts if r == relation), key=lambda o: (counts[relation, o], o)
        )
        source = min(s for s, o, r in edges if r == relation and o == target)
        slots = _relation_slots(ontology.properties[relation], ontology, lang)
        slots |= {"subject": graph.nodes[source]["name"], "object": graph.nodes[target]["name"]}
        slots |= _class_slots(graph, source, target, ontology, lang)
        yield {"entity": slots["object"], **slots}


def _relation_slots(relation: Relation, ontology: Ontology, lang: str) -> dict[str, str]:
    slots: dict[str, str] = {}
    copulas = {fold(w.text) for w in ontology.questions.words.get(lang, ()) if w.function == "BE"}
    phrases = [
        text
        for text in relation.words.get(lang, ())
        if text != relation.labels.get(lang) and fold(text).split()[0] not in copulas
    ]
    if phrases:
        head, _, rest = phrases[0].partition(" ")
        forms = ontology.questions.forms(fold(head), "VERB", lang)
        for slot, form in (("verb", "plural"), ("singularVerb", "singular")):
            if forms.get(form):
                slots[slot] = f"{_graft(head, forms[form][0])} {rest}".strip()
    if relation.roles.get(lang):
        slots["role"] = _plural(relation.roles[lang][0], ontology, lang)
    return slots


def _class_slots(
    graph: nx.MultiDiGraph, source: str, target: str, ontology: Ontology, lang: str
) -> dict[str, str]:
    slots: dict[str, str] = {}
    for slot, node in (("class", source), ("other", target)):
        for name in graph.nodes[node].get("types", ())[:1]:
            if name in ontology.classes and ontology.classes[name].words.get(lang):
                slots[slot] = _plural(ontology.classes[name].words[lang][0], ontology, lang)
    adjectives = [w for r in ontology.properties.values() for w in r.adjectives.get(lang, ())]
    if adjectives:
        forms = ontology.questions.forms(fold(adjectives[0]), "ADJ", lang).get("plural", ())
        slots["adjective"] = _graft(adjectives[0], forms[0]) if forms else adjectives[0]
    return slots


def _plural(noun: str, ontology: Ontology, lang: str) -> str:
    """The plural for showing: first word where the language inflects adjectives, else the last."""
    words = noun.split()
    place = 0 if ontology.questions.inflections.get((lang, "ADJ")) else len(words) - 1
    forms = ontology.questions.forms(fold(words[place]), "NOUN", lang).get("plural", ())
    words[place] = _graft(words[place], forms[0]) if forms else words[place]
    return " ".join(words)


def _graft(word: str, form: str) -> str:
    """*form*, with the accents and capitals of *word* where the two agree."""
    folded, same = fold(word), 0
    if len(folded) != len(word):
        return form
    while same < min(len(folded), len(form)) and folded[same] == form[same]:
        same += 1
    return word[:same] + form[same:]
