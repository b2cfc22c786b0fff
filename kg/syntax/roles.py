"""Who bears a role noun: apposition, copula, names beside it, examples, "as" phrases."""

from __future__ import annotations

from kg.syntax.clauses import ClauseTree
from kg.syntax.tokens import NAME_PARTS, remembered, unique

__all__ = ["Tree"]

_ENDS = {".", ";", ":", "(", ")"}  # of what a noun introduces


class Tree(ClauseTree):
    """The tree of one document with all the questions that frames and discourse ask of it."""

    @remembered
    def bearers(self, i: int) -> list[int]:
        """Who bears the role noun *i*: "A is a client of B", "B, client of A", "the client A"."""
        asserted = any(True for _ in self.kids_by(i, "cop")) or self.is_word(self.head[i], "copula")
        copular = self.copular(i)
        return unique(
            [
                *(copular if asserted else ()),
                *self._joined_names(i),
                *self._next_name(i),
                *self.appositions(i),
                *copular,
                *self._examples(i),
                *self._secondary(i),
                *self._partitive(i),
                *self._announced(i),
                *self._apposed_list(i),
            ]
        )

    def _next_name(self, i: int) -> list[int]:
        """Of "X and its rival Y both fell", "chipmaker X fell": the name right behind the noun.

        Where the noun has an owner, or the parser gave one verb both in the same place.
        """
        k = i + 1
        if k >= self.bounds[self.sentence[i]][1] or self.pos[k] != "PROPN":
            return []
        whole = self._whole_name(k)
        place = self.head[whole], self.dep[whole]
        twice = self.pos[i] == "NOUN" and place == (self.head[i], self.dep[i])
        return [k] if (self._is_owned(i) or twice) and self.full[k] != "nmod:poss" else []

    def _is_owned(self, i: int) -> bool:
        """Whether a possessive says whose noun *i* is: "its rival", "X's rival"."""
        return any(self.full[k] == "nmod:poss" for k in self.kids[i])

    def _whole_name(self, k: int) -> int:
        """The word that the name beginning with *k* hangs by: "Semiconductor" of "X Semiconductor"."""
        while self.dep[k] == "compound" and self.head[k] > k and self.pos[self.head[k]] == "PROPN":
            k = self.head[k]
        return k

    def _apposed_list(self, i: int) -> list[int]:
        """Of "dois dos clientes da X, a Y e a Z": the list, parsed as one with the genitive."""
        if self.morph(i, "Number") != "Plur":
            return []
        joined = ((g, k) for g in self.genitives(i, 1) for k in self.kids_by(g, "conj"))
        return next(([k] for g, k in joined if self.opens_apposition(g, k)), [])

    def _partitive(self, i: int) -> list[int]:
        """Of "X, the largest of Y's rivals", "X, um dos fornecedores da Y"."""
        head = self.head[i]
        partial = self.dep[i] == "nmod" and self.pos[head] in {"ADJ", "NUM", "PRON", "DET"}
        if not partial or not self.preps(i) & self.words("genitivePrep"):
            return []
        return [*self.copular(head), *self.appositions(head)]

    def _called_so(self, i: int) -> list[int]:
        """Of "considers X its main rival": the name before, parsed as if it modified the noun."""
        if self.dep[i] not in {"obj", "xcomp"} or not self._is_owned(i):
            return []
        before = [k for k in self.kids_by(i, "nmod", "compound") if k < self.noun_phrase_start(i)]
        return [k for k in before if self.is_name(k) and not self.preps(k)]

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
                while k < end and self.pos[k] in {"DET", "ADP"} and not self.is_name(k):
                    k += 1
                return [k] if k < end and self.is_name(k) else []
        return []

    def copular(self, i: int) -> list[int]:
        """Who is said to be, become or remain what predicate noun *i* says."""
        found: list[int] = []
        if any(True for _ in self.kids_by(i, "cop")):
            found += self.direct_subjects(i) or self._inherited_subjects(i, 0)
        head = self.head[i]
        if self.dep[i] in {"xcomp", "obj", "obl"} and self.is_word(head, "copula"):
            made = self.is_word(head, "making") and list(self.kids_by(head, "obj", "iobj")) == [i]
            found += [] if made else self.subjects(head)  # "X makes chips" is none
        if self.dep[i] == "nsubj" and any(True for _ in self.kids_by(head, "cop")):
            found.append(head)  # "its largest customer is X"
        found += (k for k in self.kids[i] if k > i and any(True for _ in self.kids_by(k, "cop")))
        if self.dep[i] == "nsubj" and self.is_word(head, "copula"):
            found += list(self.kids_by(head, "xcomp", "obj"))
        if self.dep[i] == "conj" and not found:
            found += self.copular(head) if any(True for _ in self.kids_by(head, "cop")) else []
        return found

    @remembered
    def named(self, i: int) -> list[int]:
        """Names that noun *i* introduces: "a startup Anthropic", "a empresa, a Stone,", "a chip called X"."""
        apposed = self.kids_by(i, "appos")
        return unique([*self._joined_names(i), *self._next_name(i), *apposed, *self._called(i)])

    def _called(self, i: int) -> list[int]:
        """Of "a chip called Maia", "um modelo batizado de Sabiá", "X's program is known as Y": the name."""
        _, end = self.bounds[self.sentence[i]]
        said = [self.head[i]] if self.full[i] == "nsubj:pass" else []
        for k in [*self.kids_by(i, "acl"), *said]:
            if self.is_word(k, "naming") and k > i:
                return self.first_name(k + 1, min(k + 4, end))
        return []

    def _joined_names(self, i: int) -> list[int]:
        under = [
            k
            for k in self.kids_by(i, *NAME_PARTS)
            if k > i and not self.preps(k) and self.is_name(k)
        ]
        head = self.head[i]
        above = (
            [head]
            if self.dep[i] in NAME_PARTS | {"amod"} and head > i and self.is_name(head)
            else []
        )
        before = [
            k
            for k in self.kids_by(i, "compound")
            if k == i - 1 and self.is_name(k) and self._is_owned(i)
        ]
        return [k for k in under if not self.comma_before(k)] + before + above  # "its Talkie app"

    @remembered
    def appositions(self, i: int) -> list[int]:
        """Nouns in apposition to *i* on either side of it."""
        found = self._before_comma(i)  # the name next to it: trees take the head of a whole list
        found += [k for k in self.kids_by(i, "appos") if self.comma_before(k)]
        if self.dep[i] == "appos":
            found.append(self.head[i])
        return unique(found) or self._shared_apposition(i)

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
            if found and not self.is_name(at):
                return found
        return []

    def _before_comma(self, i: int) -> list[int]:
        """The name right before the comma that opens the phrase of *i*, parsed as it may be."""
        first = self.noun_phrase_start(i)
        owner = self.full[i] == "nmod:poss"  # "X, the owner's next chip"
        if owner or first < 2 or self.text[first - 1] not in {",", "(", "—", "–"}:
            return []
        before = first - 2
        if self.text[before] in {")", '"', "”", "»"}:
            before -= 1
        same = before >= 0 and self.sentence[before] == self.sentence[i]
        return [before] if same and self.is_name(before) else []

    def _examples(self, i: int) -> list[int]:
        """Names after "such as", "including", ":" behind a plural role noun, or before "among them"."""
        _, end = self.bounds[self.sentence[i]]
        for at in range(i + 1, min(i + 20, end - 1)):
            if " ".join(self.lower[at : at + 2]) in self.words("amongThem"):
                commas = [k for k in range(i + 1, at) if self.text[k] == ","]
                return self.first_name(commas[0], at) if commas else []
        for at in range(i + 1, min(i + 9, end)):
            if width := self._exemplifies(at):
                return self.first_name(at + width, min(at + width + 4, end))
            if self.pos[at] == "VERB" or self.text[at] in {".", ";"}:
                break
        return []

    def _exemplifies(self, at: int) -> int:
        """How many words "such as" or "including" has at token *at*; 0 where none stands there."""
        for width in (2, 1):
            if " ".join(self.lower[at : at + width]) in self.words("exemplifier"):
                return width
        return 0

    @remembered
    def members(self, i: int) -> list[int]:
        """The first name of those that *i* counts: "firms such as A", "a consortium led by A"."""
        _, end = self.bounds[self.sentence[i]]
        collective = self.is_word(i, "collective")
        if self.pos[i] != "NOUN" or not (collective or self.morph(i, "Number") == "Plur"):
            return []
        for at in range(i + 1, min(i + (9 if collective else 4), end - 1)):
            width = self._exemplifies(at) or (self._composes(at) if collective else 0)
            if width:
                return self.first_name(at + width, min(at + width + 3, end))
            if self.text[at] in _ENDS or self.is_name(at):
                return []
        return []

    def _composes(self, at: int) -> int:
        """How many words "led by", "made up of" or "that includes" ends after, from token *at* on."""
        if self.is_word(at, "comprising"):
            return 1
        if not self.is_word(at, "composed"):
            return 0
        ahead = range(at + 1, min(at + 3, len(self.text)))
        preps = (k for k in ahead if self.pos[k] == "ADP" and self.full[k] != "compound:prt")
        return next((k - at + 1 for k in preps), 0)

    def _secondary(self, i: int) -> list[int]:
        """Of "tem a Microsoft como cliente", "counts Apple among its customers", "calls X its rival"."""
        if found := self._called_so(i):
            return found
        start = self.noun_phrase_start(i)
        before = {self.lower[start - 1]} if start else set()
        if not ((self.preps(i) | before) & (self.words("rolePrep") | self.words("amongPrep"))):
            return []
        verb = self.governing_verb(i)
        if verb is None:
            return []
        objects = [
            k for k in self.objects(verb) if i not in set(self.subtree(k)) and self.is_name(k)
        ]
        if self.preps(i) & self.words("amongPrep"):
            objects = [*self.name_after(i), *objects]
        return objects or [s for s in self.subjects(verb) if i not in set(self.subtree(s))]
