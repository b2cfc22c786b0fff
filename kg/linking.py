"""Names in articles become entities: of the catalogue, or new ones that all articles share.

The result depends on the set of claims alone, not on their order: profiles are gathered over all
articles, merges are made in the order of their reasons and IRIs, canonical names are chosen by
frequency, then alphabet.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from rapidfuzz import fuzz, process

from kg.catalogue import Catalogue
from kg.clustering import Profile, SlipIndex, cluster, compatible
from kg.gathering import Gathered
from kg.ledger import Ledger, Merge
from kg.model import Argument, Claim, Entity, Label
from kg.names import acronym, display_name, entity_iri, fold, strip_legal_form, strip_possessive

__all__ = ["Linkage", "link", "linkage", "nearest_names", "new_entity"]

RARE = 2  # articles: a misspelling of a known name is not found in more


def new_entity(name: str, types: Iterable[str]) -> Entity:
    """An entity that only articles speak of, under a name as an article writes it.

    Spellings that fold alike, with or without legal form, get the same IRI: a readable slug and a
    hash of the folded name.
    """
    shown = display_name(name)
    labels = dict.fromkeys((shown, strip_possessive(name)))  # a legal form may tell what it is
    return Entity(entity_iri(name), shown, tuple(sorted(set(types))), tuple(map(Label, labels)))


@dataclass(frozen=True, slots=True)
class Linkage:
    """What :func:`linkage` decided.

    ``entities`` leads from (article, IRI) or, for all articles, ("", IRI) to the entity that the
    words stand for; ``merges`` are those made by rule, for the ledger.
    """

    entities: Mapping[tuple[str, str], Entity]
    merges: tuple[Merge, ...]

    def entity(self, article: str, entity: Entity) -> Entity:
        """What *entity*, as claims of *article* have it, stands for."""
        found = self.entities.get((article, entity.iri))
        return found or self.entities.get(("", entity.iri), entity)

    def apply(self, claims: Iterable[Claim]) -> tuple[Claim, ...]:
        """*claims* with linked entities, in their order.

        A claim of an entity with itself is left out, and of claims that have become one the most
        confident stays.
        """
        best: dict[str, Claim] = {}  # claim id → claim, in the order of first appearance
        for claim in map(self._apply, claims):
            if claim.subject.entity.iri != claim.object.entity.iri:
                key = claim.id
                best[key] = max(best[key], claim, key=_strength) if key in best else claim
        return tuple(best.values())

    def _apply(self, claim: Claim) -> Claim:
        def argument(old: Argument) -> Argument:
            return Argument(self.entity(claim.article, old.entity), old.quote)

        return replace(claim, subject=argument(claim.subject), object=argument(claim.object))


def _strength(claim: Claim) -> tuple[float, int, str]:
    return claim.confidence, -claim.trigger.start, repr(claim)


def link(
    claims: Iterable[Claim], catalogue: Catalogue, ledger: Ledger | None = None
) -> tuple[Claim, ...]:
    """Claims with the entities that their names stand for; see :func:`linkage`."""
    claims = tuple(claims)
    return linkage(claims, catalogue, ledger).apply(claims)


def linkage(claims: Iterable[Claim], catalogue: Catalogue, ledger: Ledger | None = None) -> Linkage:
    """Decide what every name in *claims* stands for, all articles together.

    Unknown names are looked up in the catalogue (an ambiguous label needs evidence from its
    article: a type that the words give, or a related entity beside it), then in it again for
    misspellings, then clustered among each other. Last come the merges of the ledger's users.
    """
    return _Linker(claims, catalogue, ledger or Ledger()).run()


@dataclass(frozen=True, slots=True)
class _Version:
    """A catalogue, told apart from others by its version alone."""

    version: str
    catalogue: Catalogue = field(compare=False)


@lru_cache(maxsize=4)
def _spellings(key: _Version) -> SlipIndex:
    """The labels of a catalogue that are sure, by ``IRI NUL label``."""
    return SlipIndex(
        {
            f"{entity.iri}\0{label.text}": fold(label.text)
            for label, entity in key.catalogue.labels()
            if not key.catalogue.is_ambiguous(label.text)
        }
    )


class _Linker:
    def __init__(self, claims: Iterable[Claim], catalogue: Catalogue, ledger: Ledger) -> None:
        self.catalogue, self.ledger = catalogue, ledger
        self.apart = ledger.kept_apart()
        self.gathered = Gathered(claims)
        self.profiles = self.gathered.profiles(self._majority)
        self.settled: Mapping[str, Entity] = {}  # IRI → what it surely stands for
        self.result: dict[tuple[str, str], Entity] = {}
        self.merges: list[Merge] = []

    def run(self) -> Linkage:
        self._refresh_known()
        self._look_up()
        self._known_misspelt()
        self._cluster()
        self._obey()
        return Linkage(self.result, tuple(sorted(set(self.merges))))

    # -- what the claims say -------------------------------------------------------------------

    def _majority(self, types: Counter[str]) -> frozenset[str]:
        """The top class that most articles give; several where one type has several."""
        votes: Counter[str] = Counter()
        for name, count in types.items():
            votes.update(dict.fromkeys(self.catalogue.kinds_of((name,)), count))
        return frozenset({min(votes, key=lambda kind: (-votes[kind], kind))} if votes else ())

    def _unknown(self) -> list[Profile]:
        done = {iri for article, iri in self.result if not article}
        return [profile for iri, profile in self.profiles.items() if iri not in done]

    # -- the catalogue -------------------------------------------------------------------------

    def _refresh_known(self) -> None:
        for iri in self.profiles:
            if iri in self.catalogue.entities:
                self.result[("", iri)] = self.catalogue.entities[iri]

    def _look_up(self) -> None:
        """Sure names first: they are the evidence for the ambiguous ones beside them."""
        unsure: list[tuple[Profile, list[Entity]]] = []
        for profile in self._unknown():
            found, sure = self._candidates(profile)
            if len(found) == 1 and sure:
                self._take(profile, found[0], "catalogue name")
            else:
                unsure.append((profile, found))
        self.settled = {iri: e for (article, iri), e in self.result.items() if not article}
        for profile, found in unsure:
            if found:
                self._by_evidence(profile, found)
            else:
                self._by_initials(profile)

    def _candidates(self, profile: Profile) -> tuple[list[Entity], bool]:
        """Known entities that the name or, with its legal form, a label may stand for, and whether surely."""
        found: list[Entity] = []
        for name in (profile.name, *sorted(profile.labels - {profile.name})):
            hits = [e for e in self.catalogue.lookup(name) if self._may_be(profile, e)]
            if len(hits) == 1 and not self.catalogue.is_ambiguous(name):
                return hits, True
            found = found or hits
        return found, False

    def _may_be(self, profile: Profile, entity: Entity) -> bool:
        return (
            frozenset((profile.iri, entity.iri)) not in self.apart
            and entity.iri not in profile.against
            and compatible(profile.kinds, self.catalogue.kinds_of(entity.types))
        )

    def _take(self, profile: Profile, entity: Entity, reason: str, article: str = "") -> None:
        self.result[(article, profile.iri)] = entity
        self.merges.append(Merge(entity.iri, profile.iri, reason))

    def _by_evidence(self, profile: Profile, found: list[Entity]) -> None:
        for article in sorted(profile.articles):
            sure = [e for e in found if self._is_likely(profile, e, article)]
            if len(sure) == 1:
                self._take(profile, sure[0], "ambiguous name with evidence", article)

    def _is_likely(self, profile: Profile, entity: Entity, article: str) -> bool:
        """A class of the catalogue's in the article's words, or a related entity beside it."""
        if set(profile.types) & set(entity.types):
            return True
        return bool(self.catalogue.connected(entity.iri) & self._beside(article))

    def _beside(self, article: str) -> frozenset[str]:
        return self.gathered.beside(article, self.settled)

    def _by_initials(self, profile: Profile) -> None:
        """Initials of one known entity that every article with the name speaks of."""
        if not (profile.name.isupper() and profile.name.isalpha() and len(profile.name) > 2):
            return
        beside = frozenset.intersection(*map(self._beside, profile.articles))
        known = (self.catalogue.entities.get(iri) for iri in sorted(beside))
        found = [
            entity
            for entity in known
            if entity is not None
            and any(acronym(label.text) == profile.name for label in entity.labels)
            and self._may_be(profile, entity)
        ]
        if len(found) == 1:
            self._take(profile, found[0], "acronym")

    def _known_misspelt(self) -> None:
        unknown = {p.iri: p for p in self._unknown() if len(p.articles) <= RARE}
        if not unknown:
            return
        index = _spellings(_Version(self.catalogue.version, self.catalogue))
        found: dict[str, set[str]] = defaultdict(set)
        slips: dict[tuple[str, str], str] = {}
        for mine, profile in unknown.items():
            for label, slip in index.near(fold(strip_legal_form(profile.name))):
                known = label.partition("\0")[0]
                found[mine].add(known)
                slips[(mine, known)] = slip
        for iri, known_iris in sorted(found.items()):
            entities = [self.catalogue.entities[known] for known in sorted(known_iris)]
            fitting = [entity for entity in entities if self._may_be(unknown[iri], entity)]
            if len(fitting) == 1:
                self._take(unknown[iri], fitting[0], slips[(iri, fitting[0].iri)])

    # -- new entities --------------------------------------------------------------------------

    def _cluster(self) -> None:
        profiles = {profile.iri: profile for profile in self._unknown()}
        groups, pairs = cluster(profiles, self.apart)
        for iri, members in groups.items():
            self.result[("", iri)] = self._merged([profiles[member] for member in members])
        for pair in pairs:
            into = self.result[("", pair.first)].iri
            for iri in (pair.first, pair.second):
                if iri != into:
                    self.merges.append(Merge(into, iri, pair.reason))

    def _merged(self, members: list[Profile]) -> Entity:
        names: Counter[str] = Counter()
        types: Counter[str] = Counter()
        for profile in members:
            names.update(profile.names)
            types.update(profile.types)
        kinds = self._majority(types)
        fitting = [t for t in types if compatible(kinds, self.catalogue.kinds_of((t,)))]
        ordered = sorted(names, key=lambda name: (-names[name], fold(name), name))
        return Entity(
            iri=entity_iri(ordered[0]),
            name=ordered[0],
            types=self.catalogue.most_specific(fitting),
            labels=tuple(Label(name) for name in ordered),
        )

    # -- the ledger ----------------------------------------------------------------------------

    def _obey(self) -> None:
        """Users' merges, oldest first: the first entity named stays."""
        for into, *others in self.ledger.merges():
            target = self.result.get(("", into)) or self.catalogue.entities.get(into)
            for other in others:
                source = self.result.get(("", other)) or self.catalogue.entities.get(other)
                if source is None or (target and source.iri == target.iri):
                    continue
                target = _named_as_well(target, source) if target else replace(source, iri=into)
                for key, entity in self.result.items():
                    if entity.iri in {source.iri, target.iri}:
                        self.result[key] = target
                self.result[("", other)] = self.result[("", into)] = target


def _named_as_well(target: Entity, source: Entity) -> Entity:
    """*target*, which now has the names of *source* too."""
    names = dict.fromkeys((*target.labels, Label(source.name), *source.labels))
    return replace(target, labels=tuple(names))


def nearest_names(text: str, catalogue: Catalogue, limit: int = 5) -> tuple[str, ...]:
    """Names of the catalogue that are most like *text*, best first: for hints and searching."""
    labels = {f"{label.text}\0{entity.iri}": entity for label, entity in catalogue.labels()}
    scored = process.extract(
        fold(text),
        {key: fold(key.partition("\0")[0]) for key in labels},
        scorer=fuzz.WRatio,
        limit=limit * 3,
        score_cutoff=60,
    )
    ranked = sorted(scored, key=lambda hit: (-hit[1], hit[2]))
    return tuple(dict.fromkeys(labels[key].name for _, _, key in ranked))[:limit]
