"""The dependency tree of a document as arrays, with the words and forms of its tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from spacy.tokens import Doc

    from kg.ontology import Ontology

__all__ = ["NAME_PARTS", "QUOTATION_MARKS", "TokenTree", "remembered", "unique"]

NAME_PARTS = frozenset({"flat", "appos", "compound", "nmod"})  # labels of what belongs to a name
QUOTATION_MARKS = frozenset('"“”«»')
_SIGN = 2**63  # from here on an unsigned 64-bit integer stands for a negative one
P = ParamSpec("P")
T = TypeVar("T")
TreeT = TypeVar("TreeT", bound="TokenTree")


@lru_cache(maxsize=4096)
def _features(morph: str) -> dict[str, str]:
    """UD features as ``{"Number": "Sing"}``; of several values the first."""
    pairs = (pair.partition("=") for pair in morph.split("|") if "=" in pair)
    return {name: values.partition(",")[0] for name, _, values in pairs}


def remembered(
    question: Callable[Concatenate[TreeT, P], T],
) -> Callable[Concatenate[TreeT, P], T]:
    """*question* of a tree, answered once: trees do not change. Who asks must not change the answer."""
    name = question.__qualname__

    @wraps(question)
    def answer(self: TreeT, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (name, args) if not kwargs else (name, args, tuple(kwargs.items()))
        memory = self._memory
        if key not in memory:
            memory[key] = question(self, *args, **kwargs)
        return cast("T", memory[key])

    return cast("Callable[Concatenate[TreeT, P], T]", answer)


def unique(indices: Iterable[int]) -> list[int]:
    """*indices* without repetitions, in their order."""
    return list(dict.fromkeys(indices))


class TokenTree:
    """A document's tokens: heads, labels, tags, lemmas, sentences."""

    def __init__(self, doc: Doc, ontology: Ontology) -> None:
        self.doc = doc
        self.lang = str(doc.lang_)
        self._ontology = ontology
        self.article = doc.text
        self._read(doc)
        self.dep: list[str] = [dep.partition(":")[0] for dep in self.full]
        self.kids: list[list[int]] = [[] for _ in self.text]
        for i, head in enumerate(self.head):
            if head != i:
                self.kids[head].append(i)
        self._sets: dict[str, frozenset[str]] = {}
        self._memory: dict[tuple[object, ...], Any] = {}
        self._retag()
        self._forms: list[tuple[str, ...] | None] = [None] * len(self.text)

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """The words' vectors in context (tokens, width), none of which the fast pipelines give.

        In 32 bits once and for all: NumPy is slow at turning 16 into 32.
        """
        return cast("NDArray[np.float32]", self.doc.tensor.astype(np.float32))

    def _read(self, doc: Doc) -> None:
        """Columns of *doc*, all at once: token by token spaCy is slow."""
        from spacy.attrs import DEP, HEAD, LEMMA, LOWER, MORPH, ORTH, POS, SENT_START
        from spacy.parts_of_speech import NAMES

        rows = doc.to_array([ORTH, LOWER, LEMMA, POS, DEP, MORPH, HEAD, SENT_START])
        orth, lower, lemma, pos, dep, morph, head, start = (rows[:, k].tolist() for k in range(8))
        strings = doc.vocab.strings
        self.text = [strings[key] for key in orth]
        self.lower = [strings[key] for key in lower]
        self.lemma = [
            strings[key].lower() or form for key, form in zip(lemma, self.lower, strict=True)
        ]
        self.pos: list[str] = [NAMES[key] for key in pos]
        self.full = [strings[key] for key in dep]
        self._features = [_features(strings[key]) for key in morph]
        self.head: list[int] = [
            i + (step if step < _SIGN else step - 2 * _SIGN) for i, step in enumerate(head)
        ]
        starts = [i for i, begins in enumerate(start) if i == 0 or begins == 1]
        ends = [*starts[1:], len(orth)][: len(starts)]  # no sentence in no text
        self.bounds = list(zip(starts, ends, strict=True))
        self.sentence = [n for n, (one, end) in enumerate(self.bounds) for _ in range(one, end)]

    def _retag(self) -> None:
        """Give third-person verbs after a name their tag back: "Foxconn assembles iPhones"."""
        endings = tuple(self._ontology.words("presentEnding", self.lang))
        for i in range(1, len(self.text) - 1):
            if self.pos[i] != "NOUN" or not endings or not self.lower[i].endswith(endings):
                continue
            after_name = self.pos[i - 1] == "PROPN" and self.sentence[i - 1] == self.sentence[i]
            opens = (
                self.pos[i + 1] in {"DET", "PROPN", "PRON", "NUM", "ADJ", "ADP", "NOUN"}
                and self.lower[i + 1] != "of"
            )
            if (
                after_name
                and opens
                and self.dep[i] not in {"compound", "obl"}
                and self._evokes_verb(i)
            ):
                self.pos[i] = "VERB"

    def _evokes_verb(self, i: int) -> bool:
        frames = self._ontology.frames_for(self.lemma[i], self.lang)
        return any(f.pos == "VERB" for f in frames) and not any(f.pos == "NOUN" for f in frames)

    def words(self, name: str) -> frozenset[str]:
        """Word set *name* of the lexicon in the document's language."""
        if name not in self._sets:
            self._sets[name] = self._ontology.words(name, self.lang)
        return self._sets[name]

    def forms(self, i: int) -> tuple[str, ...]:
        """What may stand as the lemma of token *i* in the lexicon: lemma, then lower-cased form."""
        if self._forms[i] is None:
            lemma, lower = self.lemma[i], self.lower[i]
            particles = [k for k in self.kids[i] if self.full[k] == "compound:prt"]
            phrasal = [f"{lemma} {self.lower[k]}" for k in particles]  # "take over"
            found = [*phrasal, lemma, lower, *(self._regular(lower) if self.is_verb(i) else ())]
            self._forms[i] = tuple(dict.fromkeys(found))
        return self._forms[i] or ()

    def _regular(self, lower: str) -> Iterator[str]:
        """Infinitives that a regular verb form may have: lemmatizers fail on rare verbs."""
        for rule in sorted(self.words("verbEnding")):
            ending, infinitive = rule.split(">")
            if lower.endswith(ending) and len(lower) > len(ending) + 1:
                yield lower[: -len(ending)] + infinitive

    def root(self, sentence: int) -> int:
        """The root of a sentence, the first of several; its first token where it has none."""
        start, end = self.bounds[sentence]
        return next((i for i in range(start, end) if self.head[i] == i), start)

    def is_quoted(self, i: int) -> bool:
        """Whether a quotation is open at token *i* that its sentence has opened."""
        start, _ = self.bounds[self.sentence[i]]
        return sum(text in QUOTATION_MARKS for text in self.text[start:i]) % 2 == 1

    def is_word(self, i: int, name: str) -> bool:
        """Whether token *i* belongs to word set *name*, by lemma or form."""
        words = self._sets.get(name) or self.words(name)
        return not words.isdisjoint(self._forms[i] or self.forms(i))

    def morph(self, i: int, feature: str) -> str:
        """Value of a UD feature of token *i*, empty where it has none."""
        return self._features[i].get(feature, "")

    def kids_by(self, i: int, *deps: str) -> Iterator[int]:
        """Children of *i* with one of the dependency labels (subtypes included)."""
        return (k for k in self.kids[i] if self.dep[k] in deps)

    def subtree(self, i: int) -> Iterator[int]:
        """*i* and everything below it."""
        stack = [i]
        while stack:
            at = stack.pop()
            yield at
            stack.extend(self.kids[at])

    @remembered
    def edges(self, i: int) -> tuple[int, int]:
        """First and last token of the phrase under *i*."""
        below = [k for k in self.subtree(i) if self.sentence[k] == self.sentence[i]]
        return min(below), max(below)

    @remembered
    def preps(self, i: int) -> frozenset[str]:
        """Plain prepositions of the phrase headed by *i*; contractions are undone."""
        found: set[str] = set()
        inner = [
            c
            for k in self.kids_by(i, "compound", "flat", "amod", "nummod")
            if k < i
            for c in self.kids_by(k, "case")
        ]
        for k in [*self.kids_by(i, "case", "mark"), *inner]:
            found.update(self.forms(k))
            fixed = [self.lower[f] for f in self.kids_by(k, "fixed")]
            if fixed:
                found.add(" ".join([self.lower[k], *fixed]))
        return frozenset(found)

    def is_verb(self, i: int) -> bool:
        """Whether *i* is a verb or a participle that still behaves as one."""
        return self.pos[i] in {"VERB", "AUX"} or self.morph(i, "VerbForm") != ""

    @remembered
    def is_passive(self, i: int) -> bool:
        """Whether verb *i* stands in the passive: auxiliary, passive subject or bare participle."""
        if any(
            self.full[k] == "nsubj:pass" or (self.full[k] == "aux:pass" and self.pos[k] != "PROPN")
            for k in self.kids[i]
        ):
            return True
        form = self.morph(i, "VerbForm")
        bare = form == "" and self.dep[i] == "amod" and self.pos[i] == "VERB"  # "Sony-backed"
        participle = form == "Part" or bare
        has_auxiliary = any(True for _ in self.kids_by(i, "aux", "cop"))
        if not participle or has_auxiliary or self._is_past(i):
            return False
        gerund = self.lower[i].endswith(tuple(self.words("activeParticipleEnding")))
        return not gerund and (self.morph(i, "Voice") == "Pass" or self.dep[i] in {"acl", "amod"})

    def _is_past(self, i: int) -> bool:
        """Of "CoreWeave acquired Weights": a past tense that was taken for a participle."""
        if not self.words("ambiguousPast") or i == 0 or i + 1 >= len(self.text):
            return False
        follows = self.is_name(i + 1) or self.pos[i + 1] in {"DET", "PRON", "SCONJ"}
        return (
            self.is_name(i - 1)
            and self.pos[i - 1] != "ADP"
            and follows
            and self.sentence[i + 1] == self.sentence[i]
        )

    def is_name(self, k: int) -> bool:
        """Whether token *k* looks like (part of) a name: tagged so, or with a capital in it."""
        return (
            self.pos[k] == "PROPN"
            or self.text[k][:1].isupper()
            or any(c.isupper() for c in self.text[k])
        )

    @remembered
    def comma_before(self, k: int) -> bool:
        """Whether a comma, bracket, dash or colon opens the phrase of *k*."""
        first, _ = self.edges(k)
        return first > 0 and self.text[first - 1] in {",", "(", "—", "–", ":"}
