"""What may tell that an anaphor stands for an entity of its article, in numbers.

The features follow the mention-pair models of coreference (Soon, Ng and Lim, "A machine learning
approach to coreference resolution of noun phrases", Computational Linguistics, 2001): distance,
grammatical role, agreement, what the words say against what is known of the entity, and how it
compares with the other candidates. No word enters, so that what is learned holds in any article
and in both languages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from kg.assets import asset
from kg.names import fold
from kg.turtle import KG, SKOS, read_turtle

if TYPE_CHECKING:
    from kg.ontology import Ontology
    from kg.referents import Referent, Referents
    from kg.syntax import Tree

__all__ = ["Anaphor", "AnaphorKind", "Features", "candidate_features"]

Features: TypeAlias = dict[str, float]

_FAR = 60  # tokens from which distance no longer matters
_NEVER = 9  # sentences
_SHORT = 4  # letters: shorter words of a name tell nothing


class AnaphorKind(StrEnum):
    """What kind of words may stand for an entity, or what is left out."""

    DESCRIPTION = "description"  # "the chipmaker", "a norueguesa"
    POSSESSIVE = "possessive"  # "its", "sua"
    PRONOUN = "pronoun"  # "it", "lhe", "dela"
    SUBJECT = "subject"  # a subject that the verb's ending stands for
    POSSESSOR = "possessor"  # of "Customers include …": whose


@dataclass(slots=True)
class Anaphor:
    """Words at token *i* that may stand for an entity; ``noun`` heads their noun phrase.

    ``classes`` are what the words say of its kind, ``places`` and ``words`` folded ones of it,
    ``barred`` IRIs that it cannot mean. ``local`` is the IRI of the subject of its clause where that
    may be meant, ``holders`` are those who bear the role that the words name,
    ``asked`` the classes that frames of the verb ask for in its place, ``flags`` further features that
    do not depend on the candidate.
    """

    i: int
    kind: AnaphorKind
    noun: int
    why: str
    classes: tuple[str, ...] = ()
    generic: bool = True
    places: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    gender: str = ""
    barred: frozenset[str] = frozenset()
    local: str = ""
    holders: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    flags: Mapping[str, float] = field(default_factory=dict)


@cache
def _place_groups() -> dict[str, frozenset[str]]:
    """Folded place word → places of ``ontology/places.ttl`` that it is a word for."""
    groups: dict[str, set[str]] = {}
    for described in read_turtle(asset("ontology", "places.ttl")).values():
        around = {described.iri, *described.iris(f"{KG}within")}
        for key in (f"{SKOS}prefLabel", f"{SKOS}altLabel", f"{KG}demonym"):
            for text, _ in described.literals(key):
                groups.setdefault(fold(text), set()).update(around)
    return {word: frozenset(found) for word, found in groups.items()}


def _grouped(words: frozenset[str] | set[str]) -> set[str]:
    groups = _place_groups()
    return {place for word in words for place in groups.get(word, ())} | set(words)


def _differ(wanted: frozenset[str], places: set[str]) -> bool:
    """Whether both are known to be somewhere, and nowhere the same."""
    groups = _place_groups()
    one = {place for word in wanted for place in groups.get(word, ())}
    other = {place for word in places for place in groups.get(word, ())}
    return bool(one and other) and one.isdisjoint(other)


def candidate_features(
    anaphor: Anaphor, candidates: Sequence[Referent], referents: Referents
) -> list[Features]:
    """Features of each of *candidates* as the antecedent of *anaphor*."""
    view = _View(anaphor, candidates, referents)
    common = view.common()
    return [{**common, **view.pair(n)} for n in range(len(candidates))]


class _View:
    def __init__(
        self, anaphor: Anaphor, candidates: Sequence[Referent], referents: Referents
    ) -> None:
        self.anaphor, self.candidates, self.referents = anaphor, candidates, referents
        self.tree: Tree = referents.tree
        self.ontology: Ontology = referents.ontology
        self.sentence = self.tree.sentence[anaphor.i]
        self._found: dict[int, list[int]] = {}
        self.said = [self._said(r) for r in candidates]
        self.organizations = [referents.is_organization(r.entity) for r in candidates]
        self.by_last = self._ranks([-r.last for r in candidates])
        self.by_count = self._ranks([-r.count for r in candidates])
        self.by_weight = self._ranks(
            [-referents.weights.get(r.entity.iri, 0.0) for r in candidates]
        )
        self.salience = [referents.salience(r, anaphor.i) for r in candidates]
        self.possible = [
            bool(said["fits"]) if anaphor.classes and not anaphor.generic else organization
            for said, organization in zip(self.said, self.organizations, strict=True)
        ]
        self.matching = [self._is_match(n) for n in range(len(candidates))]

    @staticmethod
    def _ranks(keys: Sequence[float]) -> list[int]:
        return [sum(other < key for other in keys) for key in keys]

    # -- of the anaphor ------------------------------------------------------------------------

    def common(self) -> Features:
        """Features of the anaphor, whoever is meant."""
        a, tree = self.anaphor, self.tree
        start, end = tree.bounds[self.sentence]
        found: Features = {
            f"anaphor={a.kind.value}": 1,
            "portuguese" if tree.lang == "pt" else "english": 1,
            f"own role={self._role()}": 1,
            f"under={tree.pos[tree.head[a.noun]]}": 1,
            "into sentence": min(a.i - start, _FAR),
            "sentence length": min(end - start, _FAR),
            "sentence": min(self.sentence, 30),
            "opens paragraph": self._opens_paragraph(start),
            "quoted": tree.is_quoted(a.i),
            "generic": a.generic,
            "classed": bool(a.classes),
            "placed": bool(a.places),
            "words": len(a.words),
            "candidates": len(self.candidates),
            "organizations": sum(self.organizations),
            "matches": sum(self.matching),
            "here": sum(
                r.sentence == self.sentence and o
                for r, o in zip(self.candidates, self.organizations, strict=True)
            ),
            "before": sum(
                r.sentence == self.sentence - 1 and o
                for r, o in zip(self.candidates, self.organizations, strict=True)
            ),
            "barred": len(a.barred),
            "local": bool(a.local),
            "holders": len(a.holders),
            "asked": bool(a.asked),
            "possible": sum(self.possible),
        }
        found.update((f"wants={root}", 1) for root in self.ontology.roots(a.classes))
        return {**found, **a.flags}

    def _role(self) -> str:
        role: str = self.tree.full[self.anaphor.noun]
        return role

    def _opens_paragraph(self, start: int) -> bool:
        doc = self.tree.doc
        return (
            start == 0 or "\n" in doc[start - 1].text_with_ws or "\n" in doc[start - 1].whitespace_
        )

    # -- of anaphor and candidate --------------------------------------------------------------

    def _said(self, referent: Referent) -> Features:
        """What the anaphor's words say against what is known of *referent*."""
        a, entity = self.anaphor, referent.entity
        name = [word for word in fold(entity.name).split() if len(word) >= _SHORT]
        own = {w for w in a.words if len(w) >= _SHORT}
        places = self.referents.places(referent)
        gendered = sum(referent.genders.values())
        fits = bool(a.classes) and self.ontology.fits(entity.types, a.classes)
        return {
            "fits": fits and bool(entity.types),
            "misfits": bool(a.classes and entity.types) and not fits,
            "kind unknown": not entity.types,
            "place": bool(a.places) and not a.places.isdisjoint(places),
            "place about": bool(a.places) and not _grouped(a.places).isdisjoint(_grouped(places)),
            "place known": any(word in _place_groups() for word in places),
            "place differs": _differ(a.places, places),
            "described so": len(a.words & referent.words),
            "named so": any(w in name for w in own)
            or any(n[:_SHORT] == w[:_SHORT] or n in w for w in own for n in name),
            "gender known": gendered > 0,
            "gender agrees": a.gender != "" and referent.genders.get(a.gender, 0) * 2 > gendered,
            "gender differs": a.gender != ""
            and gendered > 0
            and referent.genders.get(a.gender, 0) == 0,
            "holds role": entity.iri in a.holders,
            "as asked": bool(a.asked and entity.types)
            and self.ontology.fits(entity.types, a.asked),
            "not as asked": bool(a.asked and entity.types)
            and not self.ontology.fits(entity.types, a.asked),
        }

    def _is_match(self, n: int) -> bool:
        said = self.said[n]
        tied = ("place", "place about", "described so", "named so", "holds role")
        specific = said["fits"] and not self.anaphor.generic
        return bool(specific or any(said[key] for key in tied))

    def pair(self, n: int) -> Features:
        """Features of candidate *n*."""
        r, a = self.candidates[n], self.anaphor
        said = self.said[n]
        others = sum(self.matching) - self.matching[n]
        return {
            **said,
            **self._distance(n),
            **self._standing(n),
            "organization": self.organizations[n],
            "may be": self.possible[n],
            "lead": self._lead(n, self.organizations),
            "lead of possible": self._lead(n, self.possible),
            "lead of matches": self._lead(n, self.matching),
            "possible later": sum(
                p and o.last > r.last for o, p in zip(self.candidates, self.possible, strict=True)
            ),
            "rivals match": others,
            "only match": self.matching[n] and not others,
            "local subject": a.local == r.entity.iri,
            "another local": a.local not in {"", r.entity.iri},
            **{f"type={root}": 1 for root in self.ontology.roots(r.entity.types)},
        }

    def _lead(self, n: int, among: Sequence[bool]) -> float:
        """By how much candidate *n* is more present than the best other one of *among*."""
        others = [s for k, s in enumerate(self.salience) if k != n and among[k]]
        return self.salience[n] - max(others, default=0.0)

    def _distance(self, n: int) -> Features:
        r, i = self.candidates[n], self.anaphor.i
        ago = self.sentence - r.sentence
        between = {
            o.entity.iri
            for o, organization in zip(self.candidates, self.organizations, strict=True)
            if organization and r.last < o.last < i
        }
        return {
            "ago": min(ago, _NEVER),
            "named ago": min(self.sentence - r.named_in, _NEVER),
            "subject ago": min(self.sentence - r.subject_in, _NEVER),
            "tokens": min(i - r.last, _FAR),
            "between": len(between),
            "by recency": self.by_last[n],
            "paragraphs": self._paragraphs(r.last, i) if ago else 0,
        }

    def _paragraphs(self, one: int, other: int) -> int:
        doc = self.tree.doc
        breaks: int = self.tree.article.count("\n\n", doc[one].idx, doc[other].idx)
        return min(breaks, 4)

    def _standing(self, n: int) -> Features:
        r = self.candidates[n]
        tree, i = self.tree, self.anaphor.i
        start, _ = tree.bounds[self.sentence]
        here = [k for k in r.tokens if k >= start]
        return {
            "salience": self.salience[n],
            "weight": self.referents.weights.get(r.entity.iri, 0.0),
            "count": min(r.count, 12),
            "by count": self.by_count[n],
            "by weight": self.by_weight[n],
            "by salience": n,
            "titled": r.entity.iri in self.referents.titled,
            "order": min(r.order, 12),
            "known": r.entity.known,
            "by name": r.named,
            f"role={r.role}": 1,
            "same role": r.role == self._role().partition(":")[0],
            "here": len(here),
            "opened last": self._opens(n),
            "governs": any(self._is_above(k, i) for k in here[-2:]),
            "same clause": any(tree.governing_verb(k) == tree.governing_verb(i) for k in here[-2:]),
            "number in sentence": self._number(n),
        }

    def _is_above(self, k: int, i: int) -> bool:
        """Whether token *i* stands in what hangs on *k*."""
        at = i
        for _ in range(12):
            at = self.tree.head[at]
            if at == k:
                return True
        return False

    def _opens(self, n: int) -> bool:
        """Whether candidate *n* is the first that the sentence before speaks of."""
        if self.sentence == 0:
            return False
        firsts = self._firsts(self.sentence - 1)
        return firsts[n] == min(firsts) < self.tree.bounds[self.sentence - 1][1]

    def _number(self, n: int) -> float:
        """Which of the organisations of its sentence candidate *n* was, from 1."""
        firsts = self._firsts(self.candidates[n].sentence)
        before = (first < firsts[n] for first in firsts)
        return 1 + sum(o and b for o, b in zip(self.organizations, before, strict=True))

    def _firsts(self, sentence: int) -> list[int]:
        """Each candidate's first token in a sentence; the sentence's end where it has none."""
        if sentence not in self._found:
            start, end = self.tree.bounds[sentence]
            self._found[sentence] = [
                min((k for k in r.tokens if start <= k < end), default=end) for r in self.candidates
            ]
        return self._found[sentence]
