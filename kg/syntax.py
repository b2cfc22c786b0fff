"""What languages share of syntax, on Universal Dependencies: logical subjects, objects, genitives.

A :class:`Tree` wraps one parsed document. Its methods answer with token indices, the likeliest
first; they follow the UD guidelines (https://universaldependencies.org/u/dep/) and make up for
what parsers get wrong most: the attachment of prepositional phrases and of appositions.
Function words come from ``ontology/lexicon/syntax.ttl``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from kg.ontology import Ontology

__all__ = ["Tree"]

_CLAUSAL = frozenset({"xcomp", "ccomp", "advcl", "parataxis"})
_NOMINAL_ARGUMENTS = frozenset(
    {"nsubj", "obj", "obl", "nmod", "iobj", "appos", "conj", "dislocated"}
)
_AHEAD = 14  # tokens within which a phrase may follow the word that it belongs to
_BREAKS = frozenset({",", ";", ":", "(", ")", "—", "–", "."})
_TOP = 3  # nouns deep that a genitive may lie
_NAME_PARTS = frozenset({"flat", "appos", "compound", "nmod"})


def _unique(indices: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(indices))


class Tree:
    """The dependency tree of a document with the questions that frames ask of it."""

    def __init__(self, doc: Doc, ontology: Ontology) -> None:
        self.doc = doc
        self.lang = str(doc.lang_)
        self._ontology = ontology
        self.text = [token.text for token in doc]
        self.lower = [token.lower_ for token in doc]
        self.pos = [token.pos_ for token in doc]
        self.full = [token.dep_ for token in doc]
        self.dep: list[str] = [dep.partition(":")[0] for dep in self.full]
        self.head: list[int] = [token.head.i for token in doc]
        self.kids: list[list[int]] = [[] for _ in self.text]
        for i, head in enumerate(self.head):
            if head != i:
                self.kids[head].append(i)
        self.sentence = [0] * len(self.text)
        self.bounds: list[tuple[int, int]] = []
        for number, span in enumerate(doc.sents):
            self.bounds.append((span.start, span.end))
            self.sentence[span.start : span.end] = [number] * (span.end - span.start)
        self.lemma = [token.lemma_.lower() or token.lower_ for token in doc]
        self._sets: dict[str, frozenset[str]] = {}
        self._retag()
        self._forms: list[tuple[str, ...] | None] = [None] * len(self.text)

    def _retag(self) -> None:
        """Give third-person verbs after a name their tag back: "Foxconn assembles iPhones"."""
        endings = tuple(self._ontology.words("presentEnding", self.lang))
        for i in range(1, len(self.text) - 1):
            if self.pos[i] != "NOUN" or not endings or not self.lower[i].endswith(endings):
                continue
            after_name = self.pos[i - 1] == "PROPN" and self.sentence[i - 1] == self.sentence[i]
            opens = self.pos[i + 1] in {"DET", "PROPN", "PRON", "NUM", "ADJ", "ADP", "NOUN"} and self.lower[i + 1] != "of"
            if after_name and opens and self.dep[i] not in {"compound", "obl"} and self._evokes_verb(i):
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

    def is_word(self, i: int, name: str) -> bool:
        """Whether token *i* belongs to word set *name*, by lemma or form."""
        return not self.words(name).isdisjoint(self.forms(i))

    def morph(self, i: int, feature: str) -> str:
        """Value of a UD feature of token *i*, empty where it has none."""
        values = self.doc[i].morph.get(feature)
        return str(values[0]) if values else ""

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

    def edges(self, i: int) -> tuple[int, int]:
        """First and last token of the phrase under *i*."""
        below = [k for k in self.subtree(i) if self.sentence[k] == self.sentence[i]]
        return min(below), max(below)

    def preps(self, i: int) -> frozenset[str]:
        """Plain prepositions of the phrase headed by *i*; contractions are undone."""
        found: set[str] = set()
        inner = [c for k in self.kids_by(i, "compound", "flat", "amod", "nummod") if k < i for c in self.kids_by(k, "case")]
        for k in [*self.kids_by(i, "case", "mark"), *inner]:
            found.update(self.forms(k))
            fixed = [self.lower[f] for f in self.kids_by(k, "fixed")]
            if fixed:
                found.add(" ".join([self.lower[k], *fixed]))
        return frozenset(found)

    # -- clauses -------------------------------------------------------------------------------

    def is_verb(self, i: int) -> bool:
        """Whether *i* is a verb or a participle that still behaves as one."""
        return self.pos[i] in {"VERB", "AUX"} or self.morph(i, "VerbForm") != ""

    def is_passive(self, i: int) -> bool:
        """Whether verb *i* stands in the passive: auxiliary, passive subject or bare participle."""
        if any(self.full[k] in {"aux:pass", "nsubj:pass"} for k in self.kids[i]):
            return True
        participle = self.morph(i, "VerbForm") == "Part"
        has_auxiliary = any(True for _ in self.kids_by(i, "aux", "cop"))
        if not participle or has_auxiliary or self._is_past(i):
            return False
        gerund = self.lower[i].endswith(tuple(self.words("activeParticipleEnding")))
        return not gerund and (self.morph(i, "Voice") == "Pass" or self.dep[i] in {"acl", "amod"})

    def _is_past(self, i: int) -> bool:
        """Of "CoreWeave acquired Weights": a past tense that was taken for a participle."""
        if not self.words("ambiguousPast") or i == 0 or i + 1 >= len(self.text):
            return False
        follows = self._is_name(i + 1) or self.pos[i + 1] in {"DET", "PRON"}
        return (
            self._is_name(i - 1)
            and self.pos[i - 1] != "ADP"
            and follows
            and self.sentence[i + 1] == self.sentence[i]
        )

    def is_relative(self, i: int) -> bool:
        """Whether *i* is a relative pronoun or determiner."""
        return self.morph(i, "PronType") == "Rel" or self.is_word(i, "relative")

    def antecedent(self, i: int) -> int | None:
        """The noun that a relative clause around token *i* modifies."""
        at = i
        for _ in range(12):
            if self.full[at] == "acl:relcl" or (self.dep[at] == "acl" and at != i):
                return self.head[at]
            if self.head[at] == at:
                return None
            at = self.head[at]
        return None

    def _direct_subjects(self, i: int) -> list[int]:
        kids = [k for k in self.kids_by(i, "nsubj", "csubj", "expl")]
        kids = [
            k
            for k in kids
            if self.dep[k] != "expl" or (k < i and self.is_word(k, "subjectPronoun"))
        ]
        # "de que dependem a TSMC e a Intel": a relative behind a preposition is no subject
        kids = [k for k in kids if not (self.is_relative(k) and k and self.pos[k - 1] == "ADP")]
        return [a for k in kids for a in self._antecedents(k)]

    def _antecedents(self, k: int) -> list[int]:
        """*k*, or, for a relative pronoun, its antecedent and the nouns above that.

        "empresa de Londres nascida à sombra da mineração, que instalará …": parsers hang the clause
        on the nearest noun, so those further up are candidates too.
        """
        found = [self._past_relative(k)]
        if found[0] != k:
            at = found[0]
            for _ in range(5):
                if self.head[at] == at or self.dep[at] not in {
                    "nmod",
                    "obl",
                    "acl",
                    "appos",
                    "amod",
                    "conj",
                }:
                    break
                at = self.head[at]
                if not self.is_verb(at):
                    found.append(at)
        return found

    def _past_relative(self, k: int) -> int:
        """The antecedent where *k* is a relative pronoun, else *k*.

        A name right before the relative ("Informatica, whose tools …") beats an antecedent further
        off that is none: parsers attach relative clauses too high.
        """
        if not self.is_relative(k):
            return k
        above = self.antecedent(k)
        before = k - 1
        while before > 0 and (
            self.pos[before] in {"ADP", "DET"} or self.text[before] in {",", "—", "–"}
        ):
            before -= 1
        if before >= 0 and self._is_name(before):
            last = above is not None and before in self._conjuncts(above)  # "A and B, which is …"
            plural = self.morph(self._clause_of(k), "Number") == "Plur"
            if above is None or not self._is_name(above) or (last and not plural):
                return before
        return k if above is None else above

    def _clause_of(self, k: int) -> int:
        """The finite word that agrees with relative pronoun *k* as its subject."""
        verb = self.head[k]
        auxiliaries = [a for a in self.kids_by(verb, "aux", "cop") if self.morph(a, "Number")]
        return auxiliaries[0] if auxiliaries else verb

    def subjects(self, i: int, depth: int = 0) -> list[int]:
        """Logical subjects of verb *i*, the likeliest first."""
        if depth > 6:
            return []
        if self.is_passive(i):
            return self.agents(i)
        own = self._direct_subjects(i)
        if own:
            return own
        found = self._inherited_subjects(i, depth) or self._inverted_subject(i)
        if self.morph(i, "VerbForm") in {"Inf", "Ger"}:
            found = _unique([*found, *self._subjects_above(i)])
        return found

    def _inverted_subject(self, i: int) -> list[int]:
        """The name right after the verb of a fronted relative: "de que dependem a TSMC e …"."""
        fronted = any(self.is_relative(k) and self.pos[k - 1] == "ADP" for k in range(max(i - 2, 1), i))
        return self._name_after(i) if fronted else []

    def _subjects_above(self, i: int) -> Iterator[int]:
        """Subjects of what a non-finite verb depends on, however far up the parser hung it."""
        at = i
        for _ in range(5):
            if self.full[at] == "acl:relcl" or self.head[at] == at:
                return
            at = self.head[at]
            yield from self._direct_subjects(at)

    def agents(self, i: int) -> list[int]:
        """Agent phrases of a passive verb or of a noun ("by X", "por X")."""
        marked = [k for k in self.kids[i] if self.full[k] == "obl:agent"]
        phrases = self.phrases(i, self.words("agentPrep"))
        joined = [
            k for k in self.kids_by(i, "compound", "obl") if self.text[k + 1 : k + 2] == ["-"]
        ]
        return _unique([*marked, *joined, *phrases])

    def _inherited_subjects(self, i: int, depth: int) -> list[int]:
        head, dep = self.head[i], self.dep[i]
        if head == i:
            return []
        if self.full[i] == "acl:relcl" and self.morph(i, "VerbForm") != "Inf":
            return [head] if self._gap_is_subject(i) else []
        if dep == "acl":
            return self._subjects_of_complement(i, head, depth)
        if dep in _CLAUSAL or dep in {"conj", "aux"}:
            if self.is_verb(head):
                return self._controller(i, head, depth)
            bearers = self._direct_subjects(head)  # "é capaz de comprar", "is about to buy"
            return bearers or (self.bearers(head) if dep == "conj" else [])
        return []

    def _gap_is_subject(self, i: int) -> bool:
        return not any(True for _ in self.kids_by(i, "nsubj"))

    def _subjects_of_complement(self, i: int, noun: int, depth: int) -> list[int]:
        """Of "plans to buy", "negociações para investir", "a company making chips"."""
        infinitive = self.morph(i, "VerbForm") == "Inf" or any(
            True for _ in self.kids_by(i, "mark")
        )
        if not infinitive:
            return [noun]
        return _unique(
            [*self._copular(noun), *self.genitives(noun), *self.governing_subjects(noun, depth + 1)]
        )

    def _controller(self, i: int, head: int, depth: int) -> list[int]:
        """Subject that verb *i* shares with the verb above it (object control included)."""
        if self.dep[i] == "xcomp" and self.is_word(head, "objectControl"):
            objects = self.objects(head)
            if objects:
                return objects
        if self.is_passive(head) and not self.is_passive(i):
            return _unique(
                [*self._direct_subjects(head), *self._inherited_subjects(head, depth + 1)]
            )
        return self.subjects(head, depth + 1)

    def clause_head(self, i: int) -> int:
        """The verb whose subject verb *i* shares: the top of its complement chain."""
        at = i
        while (
            self.dep[at] in {"xcomp", "aux", "advcl", "ccomp"}
            and self.head[at] != at
            and self.is_verb(self.head[at])
        ):
            if any(True for _ in self.kids_by(at, "nsubj")):
                break
            at = self.head[at]
        return at

    def governing_verb(self, i: int) -> int | None:
        """The verb that noun *i* depends on, through coordination and nouns above it."""
        at = i
        for _ in range(6):
            head = self.head[at]
            if head == at:
                return None
            if self.is_verb(head) and self.dep[at] in {
                "obj",
                "obl",
                "nsubj",
                "xcomp",
                "advcl",
                "ccomp",
            }:
                return head
            if self.dep[at] not in {"nmod", "conj", "appos", "obl", "compound"}:
                return None
            at = head
        return None

    def governing_subjects(self, i: int, depth: int = 0) -> list[int]:
        """Subject of the verb that governs noun *i*, where *i* is not that subject itself."""
        verb = self.governing_verb(i)
        if verb is None or depth > 6:
            return []
        inside = set(self.subtree_of_argument(i, verb))
        return [s for s in self.subjects(verb, depth + 1) if s not in inside]

    def subtree_of_argument(self, i: int, verb: int) -> Iterator[int]:
        """The argument of *verb* that holds *i*."""
        at = i
        while self.head[at] != verb and self.head[at] != at:
            at = self.head[at]
        return self.subtree(at)

    def objects(self, i: int) -> list[int]:
        """Logical objects of verb *i*, the likeliest first."""
        if self.is_passive(i):
            return self._passive_objects(i)
        own = [self._past_relative(k) for k in self.kids_by(i, "obj")]
        # "abastece a Samsung": an article that is spelt like a preposition is tagged as one
        article = self.words("articleLikePrep")
        own += [
            k
            for k in self.kids_by(i, "obl", "iobj")
            if k > i and any(self.lower[c] in article for c in self.kids_by(k, "case"))
        ]
        if not own and self.full[i] == "acl:relcl" and not self._gap_is_subject(i):
            own = [self.head[i]]  # "the stake that Microsoft holds" without a pronoun
        if any(self.pos[k] in {"NUM", "SYM"} or self.is_word(k, "moneyNoun") for k in own):
            own += self.phrases(
                i, self.words("valuePrep")
            )  # "buy $5bn worth of chips", "em serviços"
        return own or self._noun_after(i)

    def _noun_after(self, i: int) -> list[int]:
        """The bare noun right after a verb whose object the parser hung elsewhere."""
        _, end = self.bounds[self.sentence[i]]
        for k in range(i + 1, min(i + 6, end)):
            if self.pos[k] == "NOUN" and not self._is_name(k):
                subject = self.dep[k] == "nsubj" and self.head[k] != i
                return [] if subject else [k]
            if self.pos[k] not in {"DET", "ADJ", "NUM", "ADV"}:
                return []
        return []

    def _passive_objects(self, i: int) -> list[int]:
        own = self._direct_subjects(i)
        if own:
            return own
        if self.dep[i] in {"acl", "amod"}:
            return [self.head[i]]
        if self.dep[i] in {"conj", "xcomp", "advcl", "parataxis"} and self.is_verb(self.head[i]):
            head = self.head[i]
            return self._passive_objects(head) if self.is_passive(head) else self.subjects(head, 1)
        return []

    # -- phrases -------------------------------------------------------------------------------

    def _is_phrase(self, k: int, preps: frozenset[str]) -> bool:
        return self.dep[k] in {
            "obl",
            "nmod",
            "iobj",
            "advmod",
            "obj",
            "xcomp",
            "appos",
            "conj",
        } and bool(self.preps(k) & preps)

    def phrases(self, i: int, preps: frozenset[str]) -> list[int]:
        """Heads of the phrases with one of *preps* at *i*, wherever a parser may have hung them.

        First those right at *i*, then those under its objects and modifiers, then, for a noun, those
        beside it that follow it; fronted relatives ("à qual", "in which") lead to the antecedent.
        """
        own = [k for k in self.kids[i] if self._is_phrase(k, preps)]
        below = [
            k
            for middle in self.kids[i]
            if self.dep[middle] in {"obj", "obl", "nsubj", "nmod", "xcomp", "appos"}
            for k in self._phrases_below(middle, preps, 2)
            if k > i
        ]
        beside = [] if self.is_verb(i) else self._phrases_beside(i, preps)
        below.sort(key=lambda k: abs(k - i))
        fronted = self._fronted(i, preps) if self.is_verb(i) else ()
        found = _unique([*own, *fronted, *below, *beside, *self._phrases_ahead(i, preps)])
        return [self._past_relative(k) for k in found]

    def _fronted(self, i: int, preps: frozenset[str]) -> Iterator[int]:
        """The relative of "a start-up in which Uber has agreed to invest", hung where it may be."""
        start, _ = self.bounds[self.sentence[i]]
        for k in range(i - 1, max(i - 12, start), -1):
            if self.text[k] in {";", ":", "."}:
                return
            if self.is_relative(k):
                if self.pos[k - 1] == "ADP" and not preps.isdisjoint(self.forms(k - 1)):
                    yield k
                return

    def _phrases_ahead(self, i: int, preps: frozenset[str]) -> Iterator[int]:
        """Phrases that follow *i* in its clause, however the parser hung them."""
        _, end = self.bounds[self.sentence[i]]
        for k in range(i + 1, min(i + _AHEAD, end)):
            if self.text[k] in _BREAKS or self.morph(k, "VerbForm") == "Fin":
                return
            if (
                self.pos[k] in {"NOUN", "PROPN", "PRON", "SYM", "X", "ADJ"}
                and self.preps(k) & preps
            ):
                yield k

    def _phrases_below(self, i: int, preps: frozenset[str], depth: int) -> Iterator[int]:
        for k in self.kids[i]:
            if self.dep[k] in {"nmod", "obl", "appos"}:
                if self._is_phrase(k, preps):
                    yield k
                if depth > 1:
                    yield from self._phrases_below(k, preps, depth - 1)

    def _phrases_beside(self, i: int, preps: frozenset[str]) -> list[int]:
        head = self.head[i]
        if head == i or self.dep[i] not in _NOMINAL_ARGUMENTS:
            return []
        siblings = [k for k in self.kids[head] if k > i and self._is_phrase(k, preps)]
        further = self._phrases_beside(head, preps) if self.dep[i] in {"nmod", "conj"} else []
        return [*siblings, *(k for k in further if k > i)]

    def genitives(self, i: int, depth: int = _TOP) -> list[int]:
        """Whose *i* is: "of/de" phrases, possessives, compounds; then those of nouns in between."""
        preps = self.words("genitivePrep")
        near: list[int] = []
        for k in self.kids[i]:
            case = self.preps(k)
            possessive = self.full[k] in {"nmod:poss", "det:poss"} or (
                self.dep[k] in {"det", "nmod", "amod"} and self.is_word(k, "possessive")
            )
            if possessive or (self.dep[k] in {"nmod", "obl", "compound"} and (case & preps)):
                near.append(self._past_relative(k))
            elif self.dep[k] in {"compound", "amod", "nmod"} and not case and k < i:
                near.append(k)
        beside: list[int] = []
        head = self.head[i]
        if self.dep[i] in _NAME_PARTS | {"amod"} and head > i and self._is_name(head):
            beside += [
                k
                for k in self.kids_by(head, "nmod", "det")
                if k < i and self.preps(k) & preps or self.is_word(k, "possessive")
            ]
        if self.pos[head] in {"SYM", "NUM"} and head != i and depth > 1:  # "X's $5bn purchase of Y"
            beside += self.genitives(head, 1)
        if (
            not near and depth > 1
        ):  # "investidora e parceira da X": coordinated nouns share what follows
            further = [k for k in self.kids_by(i, "conj") if not self._is_name(k)]
            beside += [g for k in further for g in self.genitives(k, depth - 1)]
        figures = [
            k for k in self.kids[i] if self.pos[k] in {"SYM", "NUM"}
        ]  # "o investimento de $10 da X"
        nested = (
            [g for k in [*near, *figures] for g in self.genitives(k, depth - 1)]
            if depth > 1
            else []
        )
        if depth == _TOP:
            beside += self._phrases_ahead(i, preps)
        return _unique([*near, *nested, *beside])

    # -- roles ---------------------------------------------------------------------------------

    def bearers(self, i: int) -> list[int]:
        """Who bears the role noun *i*: "A is a client of B", "B, client of A", "the client A"."""
        asserted = any(True for _ in self.kids_by(i, "cop")) or self.is_word(self.head[i], "copula")
        copular = self._copular(i)
        return _unique(
            [
                *(copular if asserted else ()),
                *self._joined_names(i),
                *self.appositions(i),
                *copular,
                *self._examples(i),
                *self._secondary(i),
                *self._partitive(i),
                *self._announced(i),
            ]
        )

    def _partitive(self, i: int) -> list[int]:
        """Of "X, the largest of Y's rivals", "X, um dos fornecedores da Y"."""
        head = self.head[i]
        partial = self.dep[i] == "nmod" and self.pos[head] in {"ADJ", "NUM", "PRON", "DET"}
        if not partial or not self.preps(i) & self.words("genitivePrep"):
            return []
        return [*self._copular(head), *self.appositions(head)]

    def _announced(self, i: int) -> list[int]:
        """Of "Maior adversária da Nvidia, a Huawei cresce": a description that opens the sentence."""
        start, end = self.bounds[self.sentence[i]]
        opening = [
            k
            for k in range(start, i)
            if self.pos[k] not in {"DET", "ADJ", "ADV", "PUNCT", "NUM", "ADP", "SPACE"}
        ]
        if opening:
            return []
        for at in range(i + 1, min(i + 12, end - 1)):
            if self.pos[at] in {"VERB", "AUX"}:
                return []
            if self.text[at] == ",":
                k = at + 1
                while k < end and self.pos[k] in {"DET", "ADP"} and not self._is_name(k):
                    k += 1
                return [k] if k < end and self._is_name(k) else []
        return []

    def _copular(self, i: int) -> list[int]:
        found: list[int] = []
        if any(True for _ in self.kids_by(i, "cop")):
            found += self._direct_subjects(i) or self._inherited_subjects(i, 0)
        head = self.head[i]
        if self.dep[i] in {"xcomp", "obj", "obl"} and self.is_word(head, "copula"):
            found += self.subjects(head)
        if self.dep[i] == "nsubj" and any(True for _ in self.kids_by(head, "cop")):
            found.append(head)  # "its largest customer is X"
        if self.dep[i] == "nsubj" and self.is_word(head, "copula"):
            found += [k for k in self.kids_by(head, "xcomp", "obj")]
        if self.dep[i] == "conj" and not found:
            found += self._copular(head) if any(True for _ in self.kids_by(head, "cop")) else []
        return found

    def named(self, i: int) -> list[int]:
        """Names that noun *i* introduces: "a startup Anthropic", "a empresa, a Stone,"."""
        return _unique([*self._joined_names(i), *self.kids_by(i, "appos")])

    def _joined_names(self, i: int) -> list[int]:
        under = [
            k
            for k in self.kids_by(i, *_NAME_PARTS)
            if k > i and not self.preps(k) and self._is_name(k)
        ]
        head = self.head[i]
        above = (
            [head]
            if self.dep[i] in _NAME_PARTS | {"amod"} and head > i and self._is_name(head)
            else []
        )
        return [k for k in under if not self._comma_before(k)] + above

    def _is_name(self, k: int) -> bool:
        return (
            self.pos[k] == "PROPN"
            or self.text[k][:1].isupper()
            or any(c.isupper() for c in self.text[k])
        )

    def _comma_before(self, k: int) -> bool:
        first, _ = self.edges(k)
        return first > 0 and self.text[first - 1] in {",", "(", "—", "–", ":"}

    def appositions(self, i: int) -> list[int]:
        """Nouns in apposition to *i* on either side of it."""
        found = self._before_comma(i)  # the name next to it: trees take the head of a whole list
        found += [k for k in self.kids_by(i, "appos") if self._comma_before(k)]
        if self.dep[i] == "appos":
            found.append(self.head[i])
        return _unique(found) or self._shared_apposition(i)

    def _shared_apposition(self, i: int) -> list[int]:
        """Of "X, maior fornecedora da Y e rival da Z": the second role of one apposition."""
        at = i
        if self.dep[i] != "conj" or any(True for _ in self.kids_by(i, "det")):
            return []
        for _ in range(5):
            if self.head[at] == at or self.dep[at] not in {"conj", "nmod", "appos"}:
                return []
            at = self.head[at]
            found = [self.head[at]] if self.dep[at] == "appos" else self._before_comma(at)
            if found and not self._is_name(at):
                return found
        return []

    def _before_comma(self, i: int) -> list[int]:
        """The name right before the comma that opens the phrase of *i*, parsed as it may be."""
        first = self.noun_phrase_start(i)
        if first < 2 or self.text[first - 1] not in {",", "(", "—", "–"}:
            return []
        before = first - 2
        if self.text[before] in {")", '"', "”", "»"}:
            before -= 1
        same = before >= 0 and self.sentence[before] == self.sentence[i]
        return [before] if same and self._is_name(before) else []

    def noun_phrase_start(self, i: int) -> int:
        """First token of the determiners, adjectives and possessors right before noun *i*."""
        at = i
        while at > 0 and self.text[at - 1] not in {",", "("}:
            before = at - 1
            light = self.pos[before] in {"DET", "ADJ", "NUM", "ADV"} or self.dep[before] in {
                "det",
                "amod",
                "compound",
            }
            if light or self.full[before] == "nmod:poss":
                at = before
            elif (
                self.dep[before] == "case"
                and self.full[self.head[before]] == "nmod:poss"
                and self.head[before] < before
            ):
                at = max(min(self.edges(self.head[before])[0], before), self.head[before] - 5)
            else:
                break
        return at

    def _examples(self, i: int) -> list[int]:
        """Names after "such as", "including", ":" behind a plural role noun, or before "among them"."""
        _, end = self.bounds[self.sentence[i]]
        for at in range(i + 1, min(i + 20, end - 1)):
            if " ".join(self.lower[at : at + 2]) in self.words("amongThem"):
                commas = [k for k in range(i + 1, at) if self.text[k] == ","]
                return self._first_name(commas[0], at) if commas else []
        for at in range(i + 1, min(i + 9, end)):
            two = " ".join(self.lower[at : at + 2])
            for phrase, width in ((two, 2), (self.lower[at], 1)):
                if phrase in self.words("exemplifier"):
                    return self._first_name(at + width, min(at + width + 4, end))
            if self.pos[at] == "VERB" or self.text[at] in {".", ";"}:
                break
        return []

    def _first_name(self, start: int, end: int) -> list[int]:
        return next(([k] for k in range(start, end) if self._is_name(k)), [])

    def _secondary(self, i: int) -> list[int]:
        """Of "tem a Microsoft como cliente", "counts Apple among its customers"."""
        start = self.noun_phrase_start(i)
        before = {self.lower[start - 1]} if start else set()
        if not ((self.preps(i) | before) & (self.words("rolePrep") | self.words("amongPrep"))):
            return []
        verb = self.governing_verb(i)
        if verb is None:
            return []
        objects = [
            k for k in self.objects(verb) if i not in set(self.subtree(k)) and self._is_name(k)
        ]
        if self.preps(i) & self.words("amongPrep"):
            objects = [*self._name_after(i), *objects]
        return objects or [s for s in self.subjects(verb) if i not in set(self.subtree(s))]

    def _name_after(self, i: int) -> list[int]:
        """The name right after noun *i*: "tem entre os seus clientes a OpenAI"."""
        _, end = self.bounds[self.sentence[i]]
        at = i + 1
        while (
            at < end
            and (self.pos[at] in {"DET", "ADP", "AUX"} or self.text[at] == ",")
            and not self._is_name(at)
        ):
            at += 1
        return [at] if at < end and self._is_name(at) else []

    # -- coordination --------------------------------------------------------------------------

    def coordinated(self, i: int) -> list[int]:
        """Conjuncts of noun *i* that follow it, if a conjunction joins at least the last of them."""
        found = self._conjuncts(i)
        joined = any(True for k in found for _ in self.kids_by(k, "cc"))
        return found if joined else []

    def _conjuncts(self, i: int) -> list[int]:
        found: list[int] = []
        for k in self.kids_by(i, "conj"):
            copular = any(True for _ in self.kids_by(k, "cop"))
            if not copular and (not self.is_verb(k) or self._is_name(k)):
                found += [k, *self._conjuncts(k)]
        return found
