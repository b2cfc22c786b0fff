"""From tokens to mentions: which entities a token stands for as an argument of a frame.

Coordination, transparent nouns ("a stake in X"), makers behind products, and, where trees fail, the
mention that word order puts beside a verb.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from kg.model import MentionKind

if TYPE_CHECKING:
    from kg.catalogue import Catalogue
    from kg.mentions import Mentions, TokenMention
    from kg.model import Entity
    from kg.ontology import Ontology
    from kg.syntax import Tree

__all__ = ["Arguments"]

_BY_MAKER = 0.8  # confidence left of a vendor that stands behind a product named in its place
_REACH = 12  # tokens between a verb and an argument found by word order


class Arguments:
    """Resolves tokens of one document to mentions that may stand as arguments."""

    def __init__(
        self, tree: Tree, mentions: Mentions, ontology: Ontology, catalogue: Catalogue
    ) -> None:
        self.tree, self.mentions = tree, mentions
        self.ontology, self.catalogue = ontology, catalogue
        self._fitting: dict[tuple[tuple[str, ...], tuple[str, ...]], bool] = {}

    def stands(self, found: TokenMention, allowed: tuple[str, ...]) -> bool:
        """Whether mention *found* may stand where *allowed* classes are asked for."""
        entity = found.mention.entity
        if entity is None:
            return False
        return self.fits(entity, allowed)

    def fits(self, entity: Entity, allowed: tuple[str, ...]) -> bool:
        """Whether *entity* may stand where *allowed* classes are asked for; unknown kinds may."""
        if entity.types:
            key = entity.types, allowed
            if key not in self._fitting:
                self._fitting[key] = self.ontology.fits(*key)
            return self._fitting[key]
        return bool(frozenset(allowed) & self._open_kinds)

    @cached_property
    def _open_kinds(self) -> frozenset[str]:
        """Kinds that a name of unknown kind may be: the top ones, not chips or models."""
        tops = {t for name in self.ontology.classes for t in self.ontology.roots((name,))}
        above = {parent for t in tops for parent in self.ontology.classes[t].parents}
        return frozenset(tops | above)

    def resolve(self, i: int) -> list[TokenMention]:
        """Mentions that token *i* stands for, with those coordinated with it."""
        own: list[TokenMention] = self.resolve_one(i, 0)
        beside = [m for k in self._true_conjuncts(i) for m in self.resolve_one(k, 0)]
        for mention in [*own, *beside]:
            beside += [m for m in self.listed(mention) if m not in (*own, *beside)]
        return list(dict.fromkeys([*own, *(m for m in beside if not self._opens_clause(m, i))]))

    def _opens_clause(self, found: TokenMention, i: int) -> bool:
        """Whether *found*, listed beside *i*, is the subject of a clause whose verb is left out.

        "X invests in A and Y in B", "X puts $5bn into A and Y up to $10bn": what the verb asks for
        stands behind it once more.
        """
        tree, at = self.tree, found.end
        if found.head <= i or at >= len(tree.text) or tree.sentence[at] != tree.sentence[i]:
            return False
        if tree.pos[at] == "ADP" and not tree.preps(i).isdisjoint(tree.forms(at)):
            return True
        about = tree.words("approximation")
        while at < len(tree.text) and not about.isdisjoint([tree.lower[at], *tree.forms(at)]):
            at += 1
        return at < len(tree.text) and tree.pos[at] in {"SYM", "NUM"}

    def _true_conjuncts(self, i: int) -> list[int]:
        """Conjuncts of *i* without a lone one behind a comma: "X, owned by Y, and Z" lists no Y, Z."""
        found = self.tree.coordinated(i)
        if len(found) == 1 and (linked := list(self.tree.kids_by(found[0], "cc"))):
            comma, own = linked[0] - 1, self.mentions.at(i)
            apposed = own is not None and own.end < comma and self.tree.text[own.end] == ","
            return [] if self.tree.text[comma] == "," and not apposed else found
        return found

    def resolve_one(self, i: int, depth: int) -> list[TokenMention]:
        """Mentions that token *i* alone stands for; *depth* counts transparent nouns passed."""
        at = self.mentions.at(i) or self.mentions.dropped(i)
        if at is not None:
            return [at] if at.mention.entity is not None else []
        if members := self.mentions.members(i):
            return list(members)
        if depth > 3:
            return []
        for k in [*self.tree.named(i), *self.tree.appositions(i)]:
            if (name := self.mentions.at(k)) is not None and name.mention.entity is not None:
                return [name]
        if found := self._product_before(i) or self._belonging(i):
            return found
        if self.tree.is_word(i, "transparent"):
            for k in self.tree.genitives(i, 1):  # not of nouns between: "thousands of X's chips"
                if found := self.resolve_one(k, depth + 1):
                    others = (m for c in self._true_conjuncts(k) for m in self.resolve_one(c, 4))
                    return [*found, *others]
            implied = self.mentions.implicit(i)
            return [implied] if implied is not None else []
        return []

    def _product_before(self, i: int) -> list[TokenMention]:
        """Of "the Maia 200 chip": the product that bears its kind behind its name."""
        found = self.mentions.at(i - 1) if i and self.tree.head[i - 1] == i else None
        if found is None or found.mention.entity is None or found.end != i:
            return []
        kinds = self.ontology.class_nouns(self.tree.lang).get(self.tree.lemma[i], ())
        products = self.ontology.roots(kinds) & frozenset(self.ontology.recognised("PROD"))
        return [found] if products & self.ontology.roots(found.mention.entity.types) else []

    def _belonging(self, i: int) -> list[TokenMention]:
        """Those that the article counts among *i*: "firms such as A and B", "a group led by A"."""
        for k in self.tree.members(i):
            found = self.mentions.at(k)
            if found is not None and self.tree.full[found.head] != "nmod:poss":  # "A's founder"
                return self.resolve(found.head)
        return []

    def listed(self, found: TokenMention) -> list[TokenMention]:
        """Further members of a list "A, B e C" that the parser did not coordinate.

        A comma alone may open an apposition, so the list must end in a conjunction.
        """
        members: list[TokenMention] = []
        at, closed = found.end, False
        while at < len(self.tree.text) and not closed:
            comma, conjunction, k = self._separator(at)
            following = (
                self.mentions.at(k) if (comma or conjunction) and k < len(self.tree.text) else None
            )
            if following is None or following.start != k:
                break
            if comma and conjunction and not members:
                break  # "X, owned by Y, and Z": no list of two is written so
            if not members and self.tree.opens_apposition(found.head, following.head):
                break
            members.append(following)
            at, closed = following.end, conjunction
        return members if closed and self._same_sentence(found, members) else []

    def _same_sentence(self, found: TokenMention, members: list[TokenMention]) -> bool:
        return all(self.tree.sentence[m.head] == self.tree.sentence[found.head] for m in members)

    def _separator(self, at: int) -> tuple[bool, bool, int]:
        """Whether a comma, a conjunction stand at *at*, and where the next name could begin."""
        text, pos, n = self.tree.text, self.tree.pos, len(self.tree.text)
        comma = conjunction = False
        if at < n and text[at] == ",":
            comma, at = True, at + 1
        if at < n and pos[at] == "CCONJ":
            conjunction, at = True, at + 1
        while at < n and pos[at] in {"DET", "ADP"} and self.mentions.at(at) is None:
            at += 1
        return comma, conjunction, at

    def makers(
        self, found: list[TokenMention], allowed: tuple[str, ...], kinds: tuple[str, ...]
    ) -> list[TokenMention]:
        """Makers of products that stand where only their vendor can: "services from Azure"."""
        return [
            replace(
                m,
                mention=replace(
                    m.mention, entity=maker, confidence=m.mention.confidence * _BY_MAKER, why=why
                ),
            )
            for m in found
            if m.mention.entity is not None and self.ontology.fits(m.mention.entity.types, kinds)
            for maker in self._owners_known(m.mention.entity)[:1]
            if self.fits(maker, allowed)
            for why in (f"maker of {m.mention.entity.name}",)
        ]

    def _owners_known(self, product: Entity) -> list[Entity]:
        """Who stands behind a product by the catalogue, through a relation that genitives carry."""
        inverses = {
            inverse.name
            for relation in self.ontology.relations.values()
            if relation.genitive and (inverse := self.ontology.inverse(relation.name))
        }
        return [
            self.catalogue.entities[iri]
            for name, iri in product.facts
            if name in inverses and iri in self.catalogue.entities
        ]

    def mention_before(self, i: int) -> TokenMention | None:
        """The mention right before the verb group, through its auxiliaries, adverbs and relative."""
        tree = self.tree
        start, _ = tree.bounds[tree.sentence[i]]
        i = min([i, *tree.kids_by(i, "aux")])  # "has by most accounts invested"
        for at in range(i - 1, start - 1, -1):
            if (found := self.mentions.at(at)) is not None:
                governed = any(True for _ in self._preps_before(found.start))
                free = not governed or self._relative_between(found.end, i)
                return found if free else None
            if tree.text[at] == "," and (outer := self._before_parenthesis(start, at)) is not None:
                return outer
            light = (
                tree.pos[at] in {"AUX", "ADV", "PART"}
                or tree.is_relative(at)
                or tree.text[at] == ","
            )
            if not light:
                return None
        return None

    def _before_parenthesis(self, start: int, comma: int) -> TokenMention | None:
        """The name that opens the clause in "X, whose …, agreed": set off by a comma, without a
        preposition, at the start or after a break.
        """
        for at in range(comma - 1, max(start, comma - 30) - 1, -1):
            found = self.mentions.at(at)
            if found is None or self.tree.text[found.end] != "," or found.end == comma:
                continue
            opener = found.start - 1
            while opener > start and self.tree.pos[opener] == "DET":
                opener -= 1
            opens = (
                opener < start
                or self.tree.text[opener] in {":", ";", "—", "–"}
                or self.tree.pos[opener] in {"CCONJ", "DET"}
            )
            return found if opens and not self.tree.preps(found.head) else None
        return None

    def _relative_between(self, start: int, end: int) -> bool:
        return any(self.tree.is_relative(k) for k in range(start, end))

    def mention_after(self, i: int, preps: frozenset[str]) -> TokenMention | None:
        """The first mention after the verb that stands with one of *preps* (none: without any)."""
        tree = self.tree
        _, end = tree.bounds[tree.sentence[i]]
        for at in range(i + 1, min(i + _REACH, end)):
            if (found := self.mentions.at(at)) is not None:
                if found.mention.kind is MentionKind.PRONOUN:
                    return None
                before = set(self._preps_before(at))
                return found if (before & preps if preps else not before) else None
            if tree.pos[at] in {"VERB", "AUX", "SCONJ"} or tree.text[at] in {
                ",",
                ";",
                ":",
                "(",
                ")",
            }:
                return None
        return None

    def _preps_before(self, at: int) -> Iterator[str]:
        """Preposition of the noun phrase that token *at* belongs to, by word order."""
        tree, k = self.tree, at - 1
        while k > 0 and tree.pos[k] in {"DET", "ADJ", "NUM"}:
            k -= 1
        if tree.pos[k] == "ADP" and tree.lower[k] not in tree.words("articleLikePrep"):
            yield from tree.forms(k)
