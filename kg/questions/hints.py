"""What to say of a question that was not understood, and examples of what can be asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import networkx as nx
from rapidfuzz import fuzz, process

from kg.model import Status
from kg.ontology import Ontology, Relation
from kg.question_words import fold
from kg.questions.terms import Lattice, lattice, vocabulary_words

__all__ = ["examples", "hint"]

_CLOSE, _EXAMPLES = 75.0, 40
Names = Mapping[str, set[str]]


def hint(
    question: str,
    graph: nx.MultiDiGraph,
    ontology: Ontology,
    names: Names,
    understands: Callable[[str], bool],
) -> str:
    """Which words were not understood and the nearest question that can be asked."""
    read = [lattice(question, lang, ontology, names) for lang in ontology.questions.languages]
    chosen = min(read, key=lambda item: (len(item.unknown()), item.lang))
    unknown = chosen.unknown()
    reason = "not understood: " + ", ".join(f"'{word}'" for word in unknown)
    if not unknown:
        reason = "each word is known, but not what they say together"
    nearest = _corrected(question, chosen, ontology, names, understands)
    if nearest:
        return f"{reason}; did you mean: {nearest}"
    known = [e for e in examples(graph, ontology, chosen.lang) if understands(e)]
    best = process.extractOne(question, known, scorer=fuzz.token_set_ratio)
    return f"{reason}; you can ask: {best[0]}" if best else reason


def _corrected(
    question: str,
    chosen: Lattice,
    ontology: Ontology,
    names: Names,
    understands: Callable[[str], bool],
) -> str:
    """The question with each unknown word replaced by the nearest known one, if that parses."""
    known = {fold(name): name for name in sorted(names)}
    known |= {word: word for word in sorted(vocabulary_words(ontology, chosen.lang))}
    corrected = question
    for word in chosen.unknown():
        best = process.extractOne(word, list(known), scorer=fuzz.ratio, score_cutoff=_CLOSE)
        if best is None:
            return ""
        corrected = _replaced(corrected, word, known[best[0]])
    return corrected if corrected != question and understands(corrected) else ""


def _replaced(text: str, word: str, new: str) -> str:
    return re.sub(r"\w+", lambda m: new if fold(m[0]) == word else m[0], text)


# -- examples ---------------------------------------------------------------------------------


def examples(graph: nx.MultiDiGraph, ontology: Ontology, lang: str) -> list[str]:
    """Questions made from what the graph holds, by the templates of the language."""
    templates = ontology.questions.templates.get(lang, ())
    found: dict[str, None] = {}
    for slots in _fillings(graph, ontology, lang):
        for template in templates:
            try:
                found[template.format_map(slots)] = None
            except KeyError:  # the relation has no such word in this language
                continue
    return list(found)[:_EXAMPLES]


def _fillings(graph: nx.MultiDiGraph, ontology: Ontology, lang: str) -> Iterator[dict[str, str]]:
    """Fillings of the templates: for each relation its most claimed-about object."""
    edges = [
        (s, o, d) for s, o, _, d in graph.edges(keys=True, data=True)
        if not d.get("inferred") and d["status"] != Status.DENIED
    ]  # fmt: skip
    counts = Counter((d["relation"], o) for _, o, d in edges)
    for relation in sorted({d["relation"] for _, _, d in edges}):
        target = max(
            (o for r, o in counts if r == relation), key=lambda o: (counts[relation, o], o)
        )
        source = min(s for s, o, d in edges if d["relation"] == relation and o == target)
        slots = _relation_slots(ontology.properties[relation], ontology, lang)
        slots |= {"subject": graph.nodes[source]["name"], "object": graph.nodes[target]["name"]}
        slots |= _class_slots(graph, source, target, ontology, lang)
        yield slots


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
