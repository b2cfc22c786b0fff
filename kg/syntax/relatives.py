"""Antecedents of relative pronouns, conjuncts, and where noun phrases begin."""

from __future__ import annotations

from kg.syntax.tokens import TokenTree, remembered

__all__ = ["RelativeTree"]


class RelativeTree(TokenTree):
    """A tree that sees through relative pronouns and coordination."""

    @remembered
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

    def antecedents(self, k: int) -> list[int]:
        """*k*, or, for a relative pronoun, its antecedent and the nouns above that.

        "empresa de Londres nascida à sombra da mineração, que instalará …": parsers hang the clause
        on the nearest noun, so those further up are candidates too.
        """
        found = [self.past_relative(k)]
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

    def past_relative(self, k: int) -> int:
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
        if before >= 0 and self.is_name(before):
            last = above is not None and before in self.conjuncts(above)  # "A and B, which is …"
            plural = self.morph(self._clause_of(k), "Number") == "Plur"
            if above is None or not self.is_name(above) or (last and not plural):
                return before
        return k if above is None else above

    def _clause_of(self, k: int) -> int:
        """The finite word that agrees with relative pronoun *k* as its subject."""
        verb = self.head[k]
        auxiliaries = [a for a in self.kids_by(verb, "aux", "cop") if self.morph(a, "Number")]
        return auxiliaries[0] if auxiliaries else verb

    @remembered
    def direct_subjects(self, i: int) -> list[int]:
        """Subjects that hang on *i* itself, antecedents in place of relative pronouns."""
        kids = list(self.kids_by(i, "nsubj", "csubj", "expl"))
        kids = [
            k
            for k in kids
            if self.dep[k] != "expl" or (k < i and self.is_word(k, "subjectPronoun"))
        ]
        kids = [k for k in kids if not self.is_word(k, "reflexive")]  # "quando se aliou ao X"
        # "de que dependem a TSMC e a Intel": a relative behind a preposition is no subject
        kids = [k for k in kids if not (self.is_relative(k) and k and self.pos[k - 1] == "ADP")]
        return [a for k in kids for a in self.antecedents(k)]

    def coordinated(self, i: int) -> list[int]:
        """Conjuncts of noun *i* that follow it, if a conjunction joins at least the last of them."""
        found = self.conjuncts(i)
        joined = any(True for k in found for _ in self.kids_by(k, "cc"))
        return found if joined else []

    def conjuncts(self, i: int) -> list[int]:
        """What the parser coordinated with noun *i*, joined by a conjunction or not."""
        found: list[int] = []
        for k in self.kids_by(i, "conj"):
            copular = any(True for _ in self.kids_by(k, "cop"))
            if not copular and (not self.is_verb(k) or self.is_name(k)):
                found += [k, *self.conjuncts(k)]
        return [] if found and self.opens_apposition(i, found[0]) else found

    def opens_apposition(self, i: int, k: int) -> bool:
        """Whether *k* opens an apposed list of names: "dois rivais da X, a Y e a Z" lists no X.

        Where preposition and article of the first are one word, a list repeats both.
        """
        contracted = any(
            self.pos[c] == "ADP" and self.lemma[c] != self.lower[c] for c in self.kids_by(i, "case")
        )
        first = self.noun_phrase_start(k)
        comma = first > 0 and self.text[first - 1] == ","
        return contracted and comma and self.pos[first] == "DET" and not self.preps(k)

    def name_after(self, i: int) -> list[int]:
        """The name right after noun *i*: "tem entre os seus clientes a OpenAI"."""
        _, end = self.bounds[self.sentence[i]]
        at = i + 1
        while (
            at < end
            and (self.pos[at] in {"DET", "ADP", "AUX"} or self.text[at] == ",")
            and not self.is_name(at)
        ):
            at += 1
        return [at] if at < end and self.is_name(at) else []

    def first_name(self, start: int, end: int) -> list[int]:
        """The first token of a name in ``[start, end)``."""
        return next(([k] for k in range(start, end) if self.is_name(k)), [])

    @remembered
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
            hyphen = self.text[before] == "-" or self.text[at] == "-"  # "the Nvidia-backed firm"
            if light or hyphen or self.full[before] == "nmod:poss":
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
