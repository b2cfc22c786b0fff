"""How well names find their entities, on mention cases and on the names of annotated articles.

A line of a case file has one of two forms. ``name``, with ``types`` that its words give and names
``beside`` it in the article, must lead to the catalogue's ``entity`` (null: to a new one).
``names`` with the number of articles that each stands in must fall into ``groups``. A line of a
gold file has ``claims``: each preferred name is one entity in all lines, that bears it or one of
the other names that are right (``subject_alt``, ``object_alt``); two names are two, unless one is
right for the other. Cases are linked each on its own, gold lines together.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from kg.catalogue import Catalogue
from kg.errors import InputError
from kg.linking import linkage, new_entity
from kg.model import Argument, Claim, Entity, Quote, Status
from kg.names import fold

__all__ = ["LinkingScore", "Wrong", "evaluate_linking"]

_HERE = Quote(0, 1, "x")
_OTHER = "Tolvera"  # stands beside a name that the case gives no company
Line: TypeAlias = Mapping[str, Any]
Mention: TypeAlias = tuple[str, str]  # article, name


@dataclass(frozen=True, slots=True)
class Wrong:
    """A mention that was linked wrongly: its kind, its name, the entity found and the one wanted."""

    kind: str
    name: str
    found: str
    wanted: str


@dataclass(frozen=True, slots=True)
class LinkingScore:
    """Counts over mentions (different names of a case, or of an article) and entities.

    ``extra`` are entities found beyond those that there are, ``merged`` mentions that share an
    entity with one that they should not, or lead to another known one.
    """

    mentions: int
    entities: int
    extra: int
    merged: int
    wrong: tuple[Wrong, ...]

    @property
    def accuracy(self) -> float:
        """Share of mentions that lead to their entity, and to no one else's; 1 without mentions."""
        return 1 - len(self.wrong) / self.mentions if self.mentions else 1.0

    @property
    def doubled(self) -> float:
        """Entities found beyond those that there are, per entity that there is."""
        return self.extra / self.entities if self.entities else 0.0

    @property
    def wrong_merges(self) -> float:
        """Wrong merges per mention."""
        return self.merged / self.mentions if self.mentions else 0.0


def evaluate_linking(path: Path, catalogue: Catalogue) -> LinkingScore:
    """Link what stands in *path* and compare.

    Raises
    ------
    InputError
        Where the file cannot be read, or a line is neither a case nor a gold line.
    """
    lines = list(_lines(path))
    gold = [(place, line) for place, line in lines if "claims" in line]
    try:
        parts = [_case(place, line, catalogue) for place, line in lines if "claims" not in line]
        parts += [_gold(gold, catalogue)] if gold else []
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(f"{path}: neither mention cases nor a gold file ({error!r})") from None
    return LinkingScore(
        mentions=sum(part.mentions for part in parts),
        entities=sum(part.entities for part in parts),
        extra=sum(part.extra for part in parts),
        merged=sum(part.merged for part in parts),
        wrong=tuple(wrong for part in parts for wrong in part.wrong),
    )


def _lines(path: Path) -> Iterator[tuple[str, Line]]:
    try:
        texts = path.read_text("utf8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None
    for number, text in enumerate(texts, 1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
        except ValueError as error:
            raise InputError(f"{path}:{number}: not JSON: {error}") from None
        if not isinstance(line, dict) or not {"name", "names", "claims"} & line.keys():
            raise InputError(f"{path}:{number}: needs 'name', 'names' or 'claims'")
        yield str(number), line


def _claim(article: str, name: str, types: Iterable[str], other: str) -> Claim:
    subject, beside = (Argument(new_entity(n, t), _HERE) for n, t in ((name, types), (other, ())))
    return Claim(article, subject, "", beside, Status.CONFIRMED, _HERE, _HERE)


def _linked(made: Mapping[Mention, list[Claim]], catalogue: Catalogue) -> dict[Mention, Entity]:
    links = linkage([claim for claims in made.values() for claim in claims], catalogue)
    return {
        mention: links.entity(claims[0].article, claims[0].subject.entity)
        for mention, claims in made.items()
    }


def _case(place: str, line: Line, catalogue: Catalogue) -> LinkingScore:
    made: dict[Mention, list[Claim]] = {}
    if "name" in line:
        beside, types = line.get("beside", [_OTHER]), line.get("types", ())
        made[place, line["name"]] = [_claim(place, line["name"], types, o) for o in beside]
        groups = [[(place, line["name"])]]
    else:
        for name, count in line["names"]:
            types, article = line.get("types", {}).get(name, ()), f"{place}-{name}-"
            made[place, name] = [_claim(f"{article}{n}", name, types, _OTHER) for n in range(count)]
        groups = [[(place, name) for name in group] for group in line["groups"]]
    wanted = {groups[0][0]: line["entity"] or ""} if "name" in line else {}
    return _judge(line["kind"], groups, _linked(made, catalogue), wanted)


def _gold(lines: Iterable[tuple[str, Line]], catalogue: Catalogue) -> LinkingScore:
    """All preferred names of all articles."""
    made: dict[Mention, list[Claim]] = {}
    groups: dict[str, dict[Mention, None]] = defaultdict(dict)
    right: dict[str, set[str]] = defaultdict(set)
    for place, line in lines:
        for value in line["claims"]:
            sides = [_names(value, side) for side in ("subject", "object")]
            for own, others in (sides, sides[::-1]):
                made.setdefault((place, own[0]), []).append(_claim(place, own[0], (), others[0]))
                groups[fold(own[0])][place, own[0]] = None
                right[fold(own[0])].update(map(fold, own))
    joined = list(map(list, groups.values()))
    return _judge("gold", joined, _linked(made, catalogue), {}, [right[name] for name in groups])


def _names(value: Line, side: str) -> list[str]:
    others = value.get(f"{side}_alt") or ()
    return [value[side], *([others] if isinstance(others, str) else others)]


def _judge(
    kind: str,
    groups: list[list[Mention]],
    found: Mapping[Mention, Entity],
    wanted: Mapping[Mention, str],
    right: list[set[str]] | None = None,
) -> LinkingScore:
    """Compare *found* with *groups* of mentions that are one.

    *wanted* names a known entity for a mention, *right* the folded names that each group may bear.
    """
    names = right or [set() for _ in groups]
    owners: dict[str, set[int]] = defaultdict(set)
    for number, group in enumerate(groups):
        for mention in group:
            owners[found[mention].iri].add(number)
    wrong: list[Wrong] = []
    extra = merged = 0
    for number, group in enumerate(groups):
        iris = [found[mention].iri for mention in group]
        main = max(sorted(set(iris)), key=iris.count)
        extra += len(set(iris)) - 1
        for mention in group:
            entity, want = found[mention], wanted.get(mention)
            known = entity.name if entity.known else ""
            others = owners[entity.iri] - {number}
            strangers = {n for n in others if not names[n] & names[number]}
            blurred = bool(strangers) or (bool(known) and want not in {None, known})
            borne = {fold(text) for text in (entity.name, *(x.text for x in entity.labels))}
            lost = want != known if want is not None else bool(right and not borne & names[number])
            merged += blurred
            extra += bool(want) and not known
            if blurred or lost or entity.iri != main:
                wrong.append(Wrong(kind, mention[1], entity.name, want or group[0][1]))
    count = sum(map(len, groups))
    return LinkingScore(count, len(groups), extra, merged, tuple(wrong))
