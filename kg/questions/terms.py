"""From a question's words to terms: the vocabulary of one language, inflected, over the tokens.

The vocabulary comes from the ontology (nouns of classes and roles, phrases of relations), from
the question words beside it and from the names that the graph holds. The result is a lattice:
at each place, all terms that start there, since words are ambiguous until the grammar decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kg.ontology import Ontology, Relation
from kg.question_words import QuestionLexicon, fold
from kg.questions.pattern import Step

__all__ = ["Lattice", "Term", "inverted", "lattice", "phrase_steps", "vocabulary_words"]

Tokens = tuple[str, ...]
Steps = tuple[Step, ...]


_MERGED = frozenset({"ADJECTIVE", "CLASS", "DEMONYM", "PLACE", "PREDICATE", "ROLE", "VERB"})


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase with its kind.

    The kind is a function of question words (``WHO``, ``SINCE`` …) or one of
    ``ENTITY`` (``names``: IRIs), ``CLASS`` (``names``: classes), ``PLACE`` and ``DEMONYM``
    (``names``: keys of places), ``ROLE``, ``ADJECTIVE``, ``VERB`` and ``PREDICATE`` (``steps``: the
    relation read from its bearer). ``form`` is the number or verb form, ``prep`` the preposition
    that the phrase needs before its argument.
    """

    kind: str
    tokens: Tokens
    names: Tokens = ()
    steps: Steps = ()
    form: str = ""
    prep: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Lattice:
    """Terms by start place; a term that starts at ``i`` ends at ``i + len(term.tokens)``."""

    tokens: Tokens
    starts: tuple[tuple[Term, ...], ...]
    lang: str

    def unknown(self) -> Tokens:
        """Words that no term covers, in order."""
        covered = {
            place + offset
            for place, terms in enumerate(self.starts)
            for term in terms
            for offset in range(len(term.tokens))
        }
        return tuple(
            token
            for place, token in enumerate(self.tokens)
            if place not in covered and not token[0].isdigit()
        )


def inverted(steps: Steps) -> Steps:
    """The same relations read from the other end."""
    return tuple(Step(step.relation, not step.forward) for step in steps)


def phrase_steps(relation: Relation) -> Steps:
    """The extracted relation that the words of *relation* stand for, and its direction."""
    return (Step(relation.inverse_of or relation.name, relation.inverse_of is None),)


class _Words:
    """Builds the terms of one language."""

    def __init__(self, ontology: Ontology, lang: str) -> None:
        self.ontology, self.lang, self.lexicon = ontology, lang, ontology.questions
        self.terms: dict[Term, None] = {}
        listed = self.lexicon.words.get(lang, ())
        self.functions = {
            kind: {self.tokens(w.text) for w in listed if w.function == kind}
            for kind in ("BE", "PREP", "DET", "SKIP")
        }
        self.merged: dict[tuple[str, Tokens, str, str], Term] = {}

    def tokens(self, text: str) -> Tokens:
        return self.lexicon.tokens(text, self.lang)

    def add(self, term: Term) -> None:
        """Merge with a term of the same words: the relations and classes become alternatives."""
        key = (term.kind, term.tokens, term.form, term.prep)
        known = self.merged.get(key)
        if known and term.kind in _MERGED:
            names = tuple(sorted({*known.names, *term.names}))
            steps = tuple(sorted({*known.steps, *term.steps}))
            term = Term(term.kind, term.tokens, names, steps, term.form, term.prep)
            del self.terms[known]
        self.merged[key] = term
        self.terms[term] = None

    def is_(self, function: str, *tokens: str) -> bool:
        return tuple(tokens) in self.functions[function]

    # nouns ---------------------------------------------------------------------------------

    def plurals(self, noun: Tokens) -> Iterator[Tokens]:
        """Head-final where the last word inflects, else all words before a preposition."""
        last = next((i for i, t in enumerate(noun) if self.is_("PREP", t)), len(noun))
        if not self.lexicon.inflections.get((self.lang, "ADJ")):  # only the last word inflects
            for form in self.plural(noun[-1]):
                yield (*noun[:-1], form)
            return
        for form in self.plural(noun[0]):
            yield (form, *noun[1:])
            heads = (f for word in noun[1:last] for f in self.plural(word)[:1])
            yield (form, *heads, *noun[last:])

    def plural(self, word: str) -> Tokens:
        return self.lexicon.forms(word, "NOUN", self.lang).get("plural", ())

    def noun(self, kind: str, text: str, names: Tokens, steps: Steps) -> None:
        tokens = self.tokens(text)
        self.add(Term(kind, tokens, names, steps, "singular"))
        for plural in self.plurals(tokens):
            self.add(Term(kind, plural, names, steps, "plural"))

    def adjective(self, text: str, steps: Steps) -> None:
        word = self.tokens(text)
        forms = self.lexicon.forms(word[0], "ADJ", self.lang)
        for form in {word[0]: None, **dict.fromkeys(f for fs in forms.values() for f in fs)}:
            self.add(Term("ADJECTIVE", (form, *word[1:]), (), steps))

    # phrases of relations ------------------------------------------------------------------

    def phrase(self, text: str, steps: Steps, heads: frozenset[str], *, label: bool) -> None:
        tokens = tuple(t for t in self.tokens(text) if not self.is_("SKIP", t)) or self.tokens(text)
        if self.is_("BE", tokens[0]) and len(tokens) > 1:
            self.predicate(tokens[1:], steps)
            return
        rest, prep = tokens[1:], ""
        if rest and self.is_("PREP", rest[-1]):
            rest, prep = rest[:-1], rest[-1]
        for lemma in self.lemmas(tokens[0], heads) if label else (tokens[0],):
            for middle in self.middles(rest):
                self.verb(lemma, middle, prep, steps)

    def lemmas(self, form: str, heads: frozenset[str]) -> Tokens:
        found = self.lexicon.lemmas(form, "VERB", self.lang, "singular")
        return tuple(lemma for lemma in found if lemma in heads) or found or (form,)

    def middles(self, rest: Tokens) -> Iterator[Tokens]:
        """The words between verb and preposition: with and without article, in the plural."""
        yield rest
        if len(rest) > 1 and self.is_("DET", rest[0]):
            yield rest[1:]
            yield from self.plurals(rest[1:])

    def verb(self, lemma: str, middle: Tokens, prep: str, steps: Steps) -> None:
        forms = {"infinitive": (lemma,), **self.lexicon.forms(lemma, "VERB", self.lang)}
        for form, variants in forms.items():
            for word in variants:
                self.add(Term("VERB", (word, *middle), (), steps, form, prep))

    def predicate(self, rest: Tokens, steps: Steps) -> None:
        """What follows "to be": "owned by", "an investor in", "part of"."""
        rest = rest[1:] if self.is_("DET", rest[0]) else rest
        prep = rest[-1] if len(rest) > 1 and self.is_("PREP", rest[-1]) else ""
        core = rest[:-1] if prep else rest
        for tokens in {core: None, **dict.fromkeys(self.plurals(core)), **self.genders(core)}:
            self.add(Term("PREDICATE", tokens, (), steps, "", prep))

    def genders(self, core: Tokens) -> dict[Tokens, None]:
        forms = self.lexicon.forms(core[0], "ADJ", self.lang)
        return {(form, *core[1:]): None for variants in forms.values() for form in variants}

    # all -----------------------------------------------------------------------------------

    def build(self) -> tuple[Term, ...]:
        for word in self.lexicon.words.get(self.lang, ()):
            self.add(Term(word.function, self.tokens(word.text), value=word.value))
        for place in self.lexicon.places.get(self.lang, ()):
            kind = "DEMONYM" if place.adjective else "PLACE"
            self.add(Term(kind, self.tokens(place.text), place.keys))
        for cls in self.ontology.classes.values():
            for text in cls.words.get(self.lang, ()):
                self.noun("CLASS", text, (cls.name,), ())
        for relation in self.ontology.properties.values():
            self.relation(relation)
        return tuple(self.terms)

    def relation(self, relation: Relation) -> None:
        steps = phrase_steps(relation)
        words = relation.words.get(self.lang, ())
        label = relation.labels.get(self.lang)
        heads = frozenset(self.tokens(text)[0] for text in words if text != label)
        for text in words:
            self.phrase(text, steps, heads, label=text == label)
        for text in relation.roles.get(self.lang, ()):
            self.noun("ROLE", text, (), steps)
        for text in relation.adjectives.get(self.lang, ()):
            self.adjective(text, steps)


_Index = dict[str, tuple[Term, ...]]
_BUILT: dict[tuple[str, str], _Index] = {}  # by the ontology's version (a hash) and language


def _index(ontology: Ontology, lang: str) -> _Index:
    """First token → terms; built once for an ontology and language."""
    key = (ontology.version, lang)
    if key not in _BUILT:
        index: _Index = {}
        for term in _Words(ontology, lang).build():
            if term.tokens:
                index[term.tokens[0]] = (*index.get(term.tokens[0], ()), term)
        _BUILT[key] = index
    return _BUILT[key]


def vocabulary_words(ontology: Ontology, lang: str) -> frozenset[str]:
    """The words for classes and relations that a question may use, inflected."""
    terms = (term for terms in _index(ontology, lang).values() for term in terms)
    return frozenset(t for term in terms if term.names or term.steps for t in term.tokens)


def _names(
    names: Mapping[str, Iterable[str]], lexicon: QuestionLexicon, lang: str, question: str
) -> dict[str, list[Term]]:
    """Terms for the names of *names* (name → IRIs) whose words the question holds."""
    first, text = frozenset(lexicon.tokens(question, lang)), fold(question)
    found: dict[Tokens, set[str]] = {}
    for name, iris in names.items():
        if all(
            word.strip(".,()'\"") in text for word in fold(name).split()
        ):  # before the costly part
            words = lexicon.tokens(name, lang)
            if words and words[0] in first:
                found.setdefault(words, set()).update(iris)
    terms: dict[str, list[Term]] = {}
    for words, known in sorted(found.items()):
        terms.setdefault(words[0], []).append(Term("ENTITY", words, tuple(sorted(known))))
    return terms


def lattice(
    question: str, lang: str, ontology: Ontology, names: Mapping[str, Iterable[str]]
) -> Lattice:
    """All terms that the words of *question* may be, read in the language *lang*.

    Parameters
    ----------
    question
        The words as typed.
    lang
        ISO 639-1 code, one of ``ontology.questions.languages``.
    ontology
        Classes, relations and question words.
    names
        Name of an entity → IRIs of all that bear it.
    """
    tokens = ontology.questions.tokens(question, lang)
    index, named = _index(ontology, lang), _names(names, ontology.questions, lang, question)
    starts = []
    for place, token in enumerate(tokens):
        terms = (*named.get(token, ()), *index.get(token, ()))
        starts.append(tuple(t for t in terms if tokens[place : place + len(t.tokens)] == t.tokens))
    return Lattice(tokens, tuple(starts), lang)
