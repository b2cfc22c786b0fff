"""What all claims together say of each name: on disk, so that memory does not grow with them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import islice

from kg.clustering import Profile
from kg.model import Claim, Entity
from kg.scratch import Names, Row, Scratch

__all__ = ["Gathered"]

_CLAIMS = 2_000  # gathered at once
_TABLES = (
    "TABLE article (number INTEGER PRIMARY KEY, name TEXT UNIQUE)",
    "TABLE named (entity, name, article, PRIMARY KEY (entity, name, article)) WITHOUT ROWID",
    "TABLE typed (entity, type, article, PRIMARY KEY (entity, type, article)) WITHOUT ROWID",
    "TABLE against (entity, other, PRIMARY KEY (entity, other)) WITHOUT ROWID",
    "INDEX by_article ON named (article, entity)",
)
_NAMED = "SELECT entity, name, count(*) FROM named GROUP BY entity, name"
_TYPED = "SELECT entity, type, count(*) FROM typed GROUP BY entity, type"


class _Stored(AbstractSet[str]):
    """A set that is looked up where it lies."""

    def __init__(
        self, size: int, members: Callable[[], Iterator[str]], has: Callable[[str], bool]
    ) -> None:
        self._size, self._members, self._has = size, members, has

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[str]:
        return self._members()

    def __contains__(self, member: object) -> bool:
        return isinstance(member, str) and self._has(member)

    @classmethod
    def _from_iterable(cls, members: Iterable[str]) -> AbstractSet[str]:  # type: ignore[override]
        return frozenset(members)


class Gathered:
    """Names, types and neighbours of the entities of claims, in any order and number."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        self._names = Names()
        self._labels: dict[int, set[str]] = defaultdict(set)
        self._scratch = Scratch(*_TABLES)
        self._article: tuple[str | None, int] = (
            None,
            0,
        )  # the last one: claims of an article follow one another
        rest = iter(claims)
        while chunk := list(islice(rest, _CLAIMS)):
            self._add(chunk)

    def _add(self, claims: list[Claim]) -> None:
        named, typed, against = list[Row](), list[Row](), list[Row]()
        for claim in claims:
            article = self._number_of(claim.article)
            ends = (claim.subject.entity, claim.object.entity)
            for entity, other in (ends, ends[::-1]):
                number = self._names.number(entity.iri)
                self._labels[number].update(label.text for label in entity.labels)
                named.append((number, self._names.number(entity.name), article))
                typed += [(number, self._names.number(name), article) for name in entity.types]
                against.append((number, self._names.number(other.iri)))
        self._scratch.write("INSERT OR IGNORE INTO named VALUES (?, ?, ?)", named)
        self._scratch.write("INSERT OR IGNORE INTO typed VALUES (?, ?, ?)", typed)
        self._scratch.write(
            "INSERT OR IGNORE INTO against VALUES (?, ?)",
            (row for row in against if row[0] != row[1]),
        )

    def _number_of(self, article: str) -> int:
        if article != self._article[0]:
            self._scratch.write("INSERT OR IGNORE INTO article (name) VALUES (?)", [(article,)])
            find = "SELECT number FROM article WHERE name = ?"
            self._article = article, self._scratch.count(find, article)
        return self._article[1]

    def profiles(self, kinds: Callable[[Counter[str]], frozenset[str]]) -> dict[str, Profile]:
        """IRI → profile, sorted by IRI; *kinds* tells the top classes that types vote for."""
        found: dict[int, Profile] = {}
        for number in self._labels:
            iri = self._names.text(number)
            found[number] = Profile(
                iri,
                labels=self._labels[number],
                articles=self._articles(number),
                against=self._against(number),
            )
        for number, name, count in self._scratch.rows(_NAMED):
            found[number].names[self._names.text(name)] = count
        for number, kind, count in self._scratch.rows(_TYPED):
            found[number].types[self._names.text(kind)] = count
        for profile in found.values():
            profile.kinds = kinds(profile.types)
        return {profile.iri: profile for profile in sorted(found.values(), key=lambda p: p.iri)}

    def _articles(self, number: int) -> AbstractSet[str]:
        count = "SELECT count(DISTINCT article) FROM named WHERE entity = ?"
        members = """SELECT DISTINCT a.name FROM named n JOIN article a ON a.number = n.article
          WHERE n.entity = ? ORDER BY a.name"""
        has = """SELECT count(*) FROM named n JOIN article a ON a.number = n.article
          WHERE n.entity = ? AND a.name = ?"""
        return _Stored(
            self._scratch.count(count, number),
            lambda: (name for (name,) in self._scratch.rows(members, number)),
            lambda name: self._scratch.count(has, number, name) > 0,
        )

    def _against(self, number: int) -> AbstractSet[str]:
        count = "SELECT count(*) FROM against WHERE entity = ?"
        members = "SELECT other FROM against WHERE entity = ?"
        has = "SELECT count(*) FROM against WHERE entity = ? AND other = ?"
        return _Stored(
            self._scratch.count(count, number),
            lambda: (self._names.text(other) for (other,) in self._scratch.rows(members, number)),
            lambda iri: self._scratch.count(has, number, self._names.find(iri)) > 0,
        )

    def beside(self, article: str, settled: Mapping[str, Entity]) -> frozenset[str]:
        """IRIs in claims of *article*, and those of the entities that they are *settled* to be."""
        members = """SELECT DISTINCT n.entity FROM named n JOIN article a ON a.number = n.article
          WHERE a.name = ?"""
        iris = {self._names.text(number) for (number,) in self._scratch.rows(members, article)}
        return frozenset(iris | {settled[iri].iri for iri in iris if iri in settled})
