"""What became of a deal that was planned, told after it: "explored buying X but let the idea go".

Looked for behind the deal's own words, in its sentence ("…, mas as conversas não prosperaram") and in
the next one of its paragraph ("The plan was shelved."). Words that name somebody or something else
("dropped a bid for Y") tell of another deal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kg.cues import CueReader, Found
from kg.model import Status

if TYPE_CHECKING:
    from kg.frames import Match

__all__ = ["OutcomeReader"]


class OutcomeReader(CueReader):
    """Reads how deals of one document ended."""

    def outcome(self, match: Match) -> Iterator[Found]:
        """Denied, with the word that says so, where the deal of *match* came to nothing."""
        tree, i = self.tree, match.trigger
        number = tree.sentence[i]
        _, end = tree.bounds[number]
        ends = [k for k in range(i + 1, end) if self._ends_it(k, match)]
        if not ends and number + 1 < len(tree.bounds) and not self._paragraph_between(number):
            start, last = tree.bounds[number + 1]
            roots = [k for k in range(start, last) if tree.head[k] == k]
            ends = [k for k in roots if self._of_the_deal(k) or self._gives_up(k, match)]
        if ends:
            yield Status.DENIED, f"outcome {tree.text[ends[0]]!r}"

    def reversed_by(self, match: Match) -> Iterator[Found]:
        """The same for a deal that was agreed, where "but" opens the clause that ends it."""
        tree, i = self.tree, match.trigger
        _, end = tree.bounds[tree.sentence[i]]
        clause = set(self._main_clause(i))
        for k in range(i + 1, end):
            but = any(tree.is_word(c, "adversative") for c in tree.kids_by(k, "cc", "advmod"))
            if but and tree.head[k] in clause and tree.dep[k] == "conj" and self._of_the_deal(k):
                yield Status.DENIED, f"outcome {tree.text[k]!r}"
                return

    def _main_clause(self, i: int) -> Iterator[int]:
        """*i* and what is above it, as long as no relative clause or apposition is left."""
        yield i
        while self.tree.head[i] != i and self.tree.dep[i] != "appos":
            if self.tree.full[i] == "acl:relcl":
                return
            i = self.tree.head[i]
            yield i

    def _paragraph_between(self, number: int) -> bool:
        """Whether sentence *number* ends its paragraph."""
        start, end = self.tree.bounds[number]
        last = next(
            (k for k in range(end - 1, start, -1) if not self.tree.text[k].isspace()), start
        )
        return any("\n" in self.tree.text[k] for k in range(last + 1, end))

    def _ends_it(self, k: int, match: Match) -> bool:
        return (
            self._of_the_deal(k)
            or self._gives_up(k, match)
            or self._turned_down(k, match)
            or self._is_untrue(k, match)
            or self._collapsed(k, match)
        )

    def _of_the_deal(self, k: int) -> bool:
        """Of "as conversas não prosperaram", "the talks collapsed", "abandonou a ideia"."""
        tree = self.tree
        if not (tree.is_verb(k) or tree.is_passive(k)):
            return False
        ends = self.has_cue(k, Status.DENIED, "sequel", "outcome", "giving-way")
        negated = self._is_negated(k)
        if any(self._is_deal(s) for s in tree.kids_by(k, "nsubj")):
            return not negated if ends else negated and tree.is_word(k, "succeed")
        if any(tree.is_word(c, "nothing") for c in tree.kids_by(k, "nsubj", "obl")):
            return tree.is_word(k, "succeed")  # "nothing came of it", "não deu em nada"
        objects = list(tree.kids_by(k, "obj", "obl"))
        objects += [c for o in objects for c in tree.kids_by(o, "compound")]  # "let the idea go"
        return any(map(self._is_deal, objects)) and ends and not negated

    def _is_deal(self, k: int) -> bool:
        """Whether *k* stands for a deal already spoken of: "the talks", "a ideia", naming nobody."""
        return self.tree.is_word(k, "dealNoun") and not any(
            map(self._is_named, self.tree.subtree(k))
        )

    def _is_named(self, k: int) -> bool:
        return self.tree.pos[k] == "PROPN"

    def _is_negated(self, k: int) -> bool:
        kids = self.tree.kids_by(k, "advmod", "mark", "det", "aux")
        return any(self.has_cue(c, Status.DENIED, "modifier", "marker") for c in kids)

    def _gives_up(self, k: int, match: Match) -> bool:
        """Of "before walking away", "até desistir", "acabou por desistir da ideia"."""
        tree = self.tree
        if not tree.is_verb(k) or not self.has_cue(k, Status.DENIED, "outcome"):
            return False
        if self._is_negated(k):
            return False
        own = range(match.subject.start, match.subject.end)
        return not any(self._is_named(s) and s not in own for s in self._clause(k))

    def _clause(self, k: int) -> Iterator[int]:
        """The words of the clause of verb *k* alone: neither conjuncts nor clauses below it."""
        yield k
        for c in self.tree.kids[k]:
            if self.tree.dep[c] not in {"conj", "advcl", "parataxis", "acl"}:
                yield from self._clause(c)

    def _turned_down(self, k: int, match: Match) -> bool:
        """Of "an offer for X, which rejected it", "uma oferta que o conselho recusou"."""
        tree = self.tree
        relatives = [s for s in tree.kids_by(k, "nsubj") if tree.is_relative(s)]
        places = {tree.past_relative(s) for s in relatives}
        places |= {tree.head[k]} if tree.full[k] == "acl:relcl" else set()
        offered = {match.trigger, *range(match.object.start, match.object.end)}
        if offered.isdisjoint(places) or not self.has_cue(k, Status.DENIED, "sequel"):
            return False
        return all(tree.pos[o] == "PRON" for o in tree.kids_by(k, "obj"))

    def _is_untrue(self, k: int, match: Match) -> bool:
        """Of "reports that A would buy B proved unfounded"."""
        tree = self.tree
        if tree.pos[k] not in {"ADJ", "NOUN"} or not self.has_cue(k, Status.DENIED, "outcome"):
            return False
        verb = tree.head[k]
        said_of = [*tree.copular(k), *tree.kids_by(verb, "nsubj")]
        said_of += tree.kids_by(tree.head[verb], "nsubj") if tree.dep[verb] == "conj" else ()
        return not self._above(match.trigger).isdisjoint(said_of)

    def _collapsed(self, k: int, match: Match) -> bool:
        """Of "A's attempt to buy B collapsed", whose verb parsers take for a participle."""
        tree = self.tree
        hung = tree.dep[k] in {"acl", "conj", "parataxis"} and tree.head[k] in self._above(
            match.trigger
        )
        bare = not any(True for _ in tree.kids_by(k, "nsubj", "obj"))
        return hung and bare and self.has_cue(k, Status.DENIED, "giving-way")

    def _above(self, i: int) -> set[int]:
        found = {i}
        while (
            self.tree.head[i] != i
            and self.tree.sentence[self.tree.head[i]] == self.tree.sentence[i]
        ):
            i = self.tree.head[i]
            found.add(i)
        return found
