"""Which of many new names are one: spellings, short forms, acronyms; a hundred thousand at a time.

Names that fold alike share an IRI before this (:func:`kg.names.entity_iri`). What is left are slips
of the pen (Damerau 1964: one insertion, deletion, substitution or transposition), names with and
without a descriptor, and acronyms. Candidates come from blocks of names that share a deletion, so
that no name is compared with all others. In doubt two names stay two.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from rapidfuzz.distance import OSA

from kg.names import acronym, compact, fold, name_words, strip_legal_form

__all__ = ["Pair", "Profile", "SlipIndex", "cluster", "slip_pairs", "typing_slip"]

DOUBLED_LENGTH = 6  # letters: a doubled, halved or swapped letter in a word at least as long
INSERTED_LENGTH = 7
SUBSTITUTED_LENGTH = 8
RARE = 2  # articles: a misspelling is not found in more
SHORT_FORM_LENGTH = 5  # letters: a shorter name is too common to be somebody's short form
ACRONYM_LENGTHS = range(3, 7)


@dataclass(slots=True)
class Profile:
    """What all articles together say of one new name.

    ``names`` counts articles per spelling, ``labels`` are all spellings, ``against`` holds entities that a claim sets beside it:
    two sides of one claim are two. ``kinds`` are top classes, empty where unknown.
    """

    iri: str
    names: Counter[str] = field(default_factory=Counter)
    labels: set[str] = field(default_factory=set)
    types: Counter[str] = field(default_factory=Counter)
    kinds: frozenset[str] = frozenset()
    articles: AbstractSet[str] = frozenset()
    against: AbstractSet[str] = frozenset()

    @property
    def name(self) -> str:
        """The commonest spelling, of equally common ones the first in the alphabet."""
        return min(self.names, key=lambda text: (-self.names[text], fold(text), text))


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """Two IRIs that may be one, the strongest kind of reason first."""

    rank: int
    first: str
    second: str
    reason: str


def typing_slip(first: str, second: str) -> str | None:
    """The name of the slip that makes one folded word of the other, None where there is none.

    Never at the first letter nor (but for doubled and swapped letters) at the last, where names
    inflect or differ on purpose; never where there are digits.
    """
    if first == second or OSA.distance(first, second, score_cutoff=1) != 1:
        return None
    if not (first.isalpha() and second.isalpha()) or first[0] != second[0]:
        return None
    short, long = sorted((first, second), key=len)
    if len(short) == len(long):
        return _changed(short, long)
    at = next((i for i, c in enumerate(short) if c != long[i]), len(short))
    if long[at] == long[at - 1]:
        return "doubled letter" if len(short) >= DOUBLED_LENGTH - 1 else None
    inner = at < len(short)
    return "letter left out" if inner and len(long) >= INSERTED_LENGTH else None


def _changed(first: str, second: str) -> str | None:
    places = [i for i, (a, b) in enumerate(zip(first, second, strict=True)) if a != b]
    if len(places) == 2:
        return "swapped letters" if len(first) >= DOUBLED_LENGTH else None
    inner = places[0] < len(first) - 1
    return "wrong letter" if inner and len(first) >= SUBSTITUTED_LENGTH else None


SURE = frozenset({"doubled letter", "swapped letters"})  # hardly ever two companies' names


def _slip(first: str, second: str) -> str | None:
    """A slip in exactly one word of two folded names with as many words."""
    ours, theirs = first.split(), second.split()
    if len(ours) != len(theirs):
        return None
    different = [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]]
    return typing_slip(*different[0]) if len(different) == 1 else None


def _plausible(slip: str, first: int, second: int) -> bool:
    """Whether names in so many articles each may be a name and its misspelling."""
    rare, frequent = sorted((first, second))
    return rare <= RARE and (frequent >= 2 * rare or (slip in SURE and rare == 1))


class SlipIndex:
    """Folded names, to be asked which of them a name is a slip of.

    Parameters
    ----------
    names
        Key → folded name.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._buckets: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for key, name in names.items():
            if len(name) >= DOUBLED_LENGTH - 1:
                for shortened in _shortened(name):
                    self._buckets[shortened].append((name, key))

    def near(self, name: str) -> Iterator[tuple[str, str]]:
        """Keys of the names that differ by one slip from folded *name*, with the slip, sorted."""
        if len(name) < DOUBLED_LENGTH - 1:
            return
        found = {entry for key in _shortened(name) for entry in self._buckets.get(key, ())}
        for other, key in sorted(found):
            if other[0] == name[0] and (slip := _slip(*sorted((name, other)))) is not None:
                yield key, slip


def _shortened(name: str) -> set[str]:
    """*name* and all that is left of it without one letter but the first."""
    return {name, *(name[:i] + name[i + 1 :] for i in range(1, len(name)))}


def slip_pairs(names: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Keys of *names* whose folded names differ by one slip, with the slip; each pair once."""
    blocks: dict[tuple[str, int], list[tuple[str, str]]] = defaultdict(list)
    for key, name in names.items():
        if len(name) >= DOUBLED_LENGTH - 1:
            blocks[(name[0], name.count(" "))].append((name, key))
    for block in sorted(blocks):
        yield from _in_block(sorted(blocks[block]))


def _in_block(block: list[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    buckets: dict[str, list[int]] = defaultdict(list)
    for n, (name, _) in enumerate(block):
        for shortened in _shortened(name):
            buckets[shortened].append(n)
    pairs = {pair for members in buckets.values() for pair in combinations(members, 2)}
    for first, second in sorted(pairs):
        slip = _slip(block[first][0], block[second][0])
        if slip is not None:
            yield block[first][1], block[second][1], slip


def cluster(
    profiles: Mapping[str, Profile], apart: Collection[frozenset[str]] = frozenset()
) -> tuple[Mapping[str, tuple[str, ...]], tuple[Pair, ...]]:
    """Group new names that are one.

    Parameters
    ----------
    profiles
        IRI → profile.
    apart
        Pairs of IRIs that must stay two.

    Returns
    -------
    Each IRI → the sorted IRIs of its group, and the pairs that were merged.
    """
    groups = _Groups(profiles, apart)
    made = tuple(pair for pair in sorted(_pairs(profiles)) if groups.unite(pair))
    return groups.members(), made


class _Groups:
    """Union of pairs, as long as no two members speak against it."""

    def __init__(self, profiles: Mapping[str, Profile], apart: Collection[frozenset[str]]) -> None:
        self.profiles, self.apart = profiles, apart
        self.of: dict[str, list[str]] = {iri: [iri] for iri in profiles}

    def unite(self, pair: Pair) -> bool:
        first, second = self.of[pair.first], self.of[pair.second]
        if first is second or not all(self._may(a, b) for a in first for b in second):
            return False
        first.extend(second)
        for iri in second:
            self.of[iri] = first
        return True

    def _may(self, first: str, second: str) -> bool:
        ours, theirs = self.profiles[first], self.profiles[second]
        if frozenset((first, second)) in self.apart:
            return False
        if second in ours.against or first in theirs.against:
            return False
        return compatible(ours.kinds, theirs.kinds)

    def members(self) -> dict[str, tuple[str, ...]]:
        return {iri: tuple(sorted(group)) for iri, group in self.of.items()}


def compatible(first: frozenset[str], second: frozenset[str]) -> bool:
    """Whether things of these top classes may be one: a product is never its maker."""
    return not first or not second or bool(first & second)


def _pairs(profiles: Mapping[str, Profile]) -> Iterator[Pair]:
    folded = {iri: fold(strip_legal_form(p.name)) for iri, p in sorted(profiles.items())}
    yield from _spaced(folded)
    yield from _short_forms(folded)
    yield from _acronyms(profiles)
    for first, second, slip in slip_pairs(folded):
        counts = (len(profiles[first].articles), len(profiles[second].articles))
        if _plausible(slip, *counts):
            low, high = sorted((first, second))
            yield Pair(3, low, high, slip)


def _spaced(folded: Mapping[str, str]) -> Iterator[Pair]:
    """Names that differ in spaces alone."""
    spellings: dict[str, list[str]] = defaultdict(list)
    for iri, name in folded.items():
        spellings[compact(name)].append(iri)
    for iris in spellings.values():
        for first, second in pairwise(sorted(iris)):
            yield Pair(0, first, second, "spelling")


def _short_forms(folded: Mapping[str, str]) -> Iterator[Pair]:
    """A name and the same with a descriptor, where only one longer name claims the short one."""
    by_name = {name: iri for iri, name in folded.items()}
    claimed: dict[str, list[str]] = defaultdict(list)
    for iri, name in folded.items():
        words = name.split()
        if len(words) > 1 and words[-1] in name_words("descriptor"):
            claimed[" ".join(words[:-1])].append(iri)
    for short, longer in claimed.items():
        if short in by_name and len(longer) == 1 and len(short) >= SHORT_FORM_LENGTH:
            yield Pair(1, by_name[short], longer[0], "short form")


def _acronyms(profiles: Mapping[str, Profile]) -> Iterator[Pair]:
    """A name of initials and the one long name beside it in its articles that they stand for."""
    by_initials: dict[str, list[str]] = defaultdict(list)
    for iri, profile in sorted(profiles.items()):
        by_initials[acronym(profile.name)].append(iri)
    for iri, profile in sorted(profiles.items()):
        name = profile.name
        if len(name) not in ACRONYM_LENGTHS or not (name.isupper() and name.isalpha()):
            continue
        full = [
            other
            for other in by_initials[name]
            if other != iri and profiles[other].articles & profile.articles
        ]
        if len(full) == 1:
            yield Pair(2, full[0], iri, "acronym")
