"""What to say of a question that was not understood: why not, and the nearest that can be asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import networkx as nx
from rapidfuzz import fuzz, process

from kg.ontology import Ontology
from kg.question_words import fold
from kg.questions.examples import examples, examples_about
from kg.questions.terms import Lattice, lattice, vocabulary_words

__all__ = ["hint"]

_CLOSE, _LONGEST, _TRIED = 75.0, 14, 60
_SUPPLY = "Supply"  # the part that relations of deliveries play
_GOODS = "goods"  # the lexicon's set of words for things that are sold
_CONTENT = frozenset(
    {"ADJECTIVE", "CLASS", "DEMONYM", "ENTITY", "PLACE", "PREDICATE", "ROLE", "VERB"}
)
Names = Mapping[str, set[str]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as read in the language that knows most of its words."""

    text: str
    read: Lattice
    graph: nx.MultiDiGraph
    ontology: Ontology
    names: Names
    understands: Callable[[str], bool]


def hint(
    question: str,
    graph: nx.MultiDiGraph,
    ontology: Ontology,
    names: Names,
    understands: Callable[[str], bool],
) -> str:
    """Which words were not understood, or ask for what no claim holds; what can be asked instead."""
    read = [lattice(question, lang, ontology, names) for lang in ontology.questions.languages]
    chosen = min(read, key=lambda item: (len(item.unknown()), -len(_content(item)), item.lang))
    asked = _Asked(question, chosen, graph, ontology, names, understands)
    unknown, unheld = chosen.unknown(), _unheld(asked)
    reasons = [
        f"the graph does not hold {what}: {_quoted(words)}" for what, words in unheld.items()
    ]
    rest = [word for word in unknown if not any(word in words for words in unheld.values())]
    reasons += [f"not understood: {_quoted(rest)}"] if rest else []
    reason = "; ".join(reasons) or "each word is known, but not what they say together"
    if rest and (corrected := _corrected(asked)):
        return f"{reason}; did you mean: {corrected}"
    dropped = {word for words in unheld.values() for word in words} | set(rest)
    nearest = _nearest(asked, dropped)
    return f"{reason}; you can ask: {nearest}" if nearest else reason


def _quoted(words: list[str] | tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _unheld(asked: _Asked) -> dict[str, list[str]]:
    """What the question asks for and no claim holds → the words that ask for it."""
    found: dict[str, list[str]] = {}
    for terms in asked.read.starts:
        marked = [term for term in terms if term.kind == "UNHELD"]
        if marked and not any(term.kind == "ENTITY" for term in terms):
            longest = max(marked, key=lambda term: len(term.tokens))
            words = found.setdefault(longest.value, [])
            words += [token for token in longest.tokens if token not in words]
    if not found and (goods := _goods(asked)):
        found["what is delivered"] = goods
    return found


def _goods(asked: _Asked) -> list[str]:
    """Words for goods behind a verb or role: claims say who supplies whom, not with what."""
    lang, lexicon = asked.read.lang, asked.ontology.questions
    nouns = {fold(word) for word in asked.ontology.words(_GOODS, lang)}
    forms = {form for word in nouns for form in lexicon.forms(word, "NOUN", lang).get("plural", ())}
    supply = set(asked.ontology.playing(_SUPPLY))
    related = [
        i
        for i, terms in enumerate(asked.read.starts)
        if any(step.relation in supply for term in terms for step in term.steps)
    ]
    if not related:
        return []
    later = list(zip(asked.read.tokens, asked.read.starts, strict=True))[min(related) :]
    wanted = nouns | forms
    return [t for t, terms in later if t in wanted and not any(term.steps for term in terms)]


# -- the nearest question ---------------------------------------------------------------------


def _corrected(asked: _Asked) -> str:
    """The question with each unknown word replaced by the nearest known one, if that parses."""
    known = {fold(name): name for name in sorted(asked.names)}
    words = vocabulary_words(asked.ontology, asked.read.lang)
    known |= {word: word for word in sorted(words)}
    corrected = asked.text
    for word in asked.read.unknown():
        best = process.extractOne(word, list(known), scorer=fuzz.ratio, score_cutoff=_CLOSE)
        if best is None:
            return ""
        corrected = _replaced(corrected, word, known[best[0]])
    return corrected if corrected != asked.text and asked.understands(corrected) else ""


def _replaced(text: str, word: str, new: str) -> str:
    return re.sub(r"\w+", lambda m: new if fold(m[0]) == word else m[0], text)


def _nearest(asked: _Asked, dropped: set[str]) -> str:
    """Of the question with words left out, and of examples, what shares most with the question."""
    first = list(dict.fromkeys(_shortened(asked, dropped)))
    entities = {iri for kind, iri in _content(asked.read) if kind == "ENTITY"}
    lang, graph = asked.read.lang, asked.graph
    more = [
        *examples_about(entities, graph, asked.ontology, lang),
        *examples(graph, asked.ontology, lang),
    ]
    more.sort(key=lambda text: -fuzz.token_set_ratio(asked.text, text))
    known = [text for text in (*first, *more[:_TRIED]) if asked.understands(text)]
    wanted = _content(asked.read)

    def distance(text: str) -> tuple[int, int, float]:
        had = _content(lattice(text, lang, asked.ontology, asked.names))
        place = first.index(text) if dropped and text in first else len(first)
        alike = len(had - wanted) - fuzz.ratio(asked.text, text)
        return (-len(wanted & had), place, alike)

    return min(known, key=distance, default="")


def _content(read: Lattice) -> frozenset[tuple[str, str]]:
    """The entities, classes, places and relations that the words speak of."""
    found: set[tuple[str, str]] = set()
    for terms in read.starts:
        for term in terms:
            if term.kind in _CONTENT:
                found |= {(term.kind, name) for name in term.names}
                found |= {("STEP", f"{step.relation} {step.forward}") for step in term.steps}
    return frozenset(found)


def _shortened(asked: _Asked, dropped: set[str]) -> Iterator[str]:
    """The question without *dropped* and small words beside them; else without any one word."""
    lexicon, lang = asked.ontology.questions, asked.read.lang
    words = asked.text.split()
    if len(words) > _LONGEST:
        return
    gone = {i for i, w in enumerate(words) if dropped & set(lexicon.tokens(w, lang))}
    if gone:
        before, behind = gone | {min(gone) - 1}, gone | {max(gone) + 1}
        groups = [gone, before, before | behind, behind]
    else:
        groups = [{i, *more} for i in range(1, len(words)) for more in ((), (i + 1,))]
    for left_out in groups:
        kept = [word for i, word in enumerate(words) if i not in left_out]
        if len(kept) > 1:
            yield _asking(" ".join(kept), asked.text)


def _asking(text: str, original: str) -> str:
    """*text* with the sign that *original* ended with."""
    mark = "?" if original.rstrip().endswith("?") else ""
    return text[:1].upper() + text[1:].rstrip("?,; ") + mark
