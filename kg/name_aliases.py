"""One entity for all names of it in an article: short forms go to the name that they shorten."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kg.linking import new_entity
from kg.model import Entity
from kg.names import acronym, fold

if TYPE_CHECKING:
    from kg.catalogue import Catalogue
    from kg.ontology import Ontology

__all__ = ["Aliases"]


_SHORTEST_ENDING = 5  # characters of a name's last word, with the space before it


class Aliases:
    """Folded name → entity, for the unknown names of one article.

    Parameters
    ----------
    article
        Its text.
    lang
        ISO 639-1.
    """

    def __init__(self, article: str, lang: str, catalogue: Catalogue, ontology: Ontology) -> None:
        self.article, self.lang = article, lang
        self.introduced: frozenset[str] = frozenset()
        self.catalogue, self.ontology = catalogue, ontology
        self.common = ontology.words("organizationWord", lang)  # end many a name

    def read(
        self,
        known: Mapping[str, Entity],
        texts: Counter[str],
        introduced: frozenset[str] = frozenset(),
    ) -> dict[str, Entity]:
        """*known* and, for the names *texts* with their counts, what each stands for.

        Folded names that somewhere follow a noun for their kind are *introduced*.
        """
        self.introduced = introduced
        full = dict(known)
        names = frozenset(map(fold, texts)) | frozenset(known)
        for text in sorted(texts, key=lambda t: (-len(t.split()), -texts[t], t)):
            key = fold(text)
            if key not in full:
                full[key] = (
                    self._longer(text, full) or self._ended(text, full, names) or self._new(text)
                )
        return full

    def _comes_first(self, text: str, longer: str) -> bool:
        """Whether *text* stands before *longer*, and oftener: "Revo … Revo Pay" are two.

        A name is given in full where it is introduced, and shortened after.
        """
        places = {name: self._places(name) for name in (text, longer)}
        alone = [place for place in places[text] if place not in places[longer]]
        return bool(
            alone
            and places[longer]
            and alone[0] < places[longer][0]
            and len(alone) > len(places[longer])
        )

    def _meet(self, text: str, longer: str) -> bool:
        """Whether a sentence holds both: "the fund Nordgau Invest of the carmaker Nordgau"."""
        both = set(self._places(longer))
        alone = [place for place in self._places(text) if place not in both]
        stops = {found.start() for found in re.finditer(r"[.!?]\s|\n", self.article)}
        spans = ((min(a, b), max(a, b)) for a in alone for b in both)
        return any(stops.isdisjoint(range(*span)) for span in spans)

    def _places(self, name: str) -> list[int]:
        """Where *name* begins in the article, in order."""
        pattern = rf"(?<!\w){re.escape(name)}(?!\w)"
        return [found.start() for found in re.finditer(pattern, self.article, re.IGNORECASE)]

    def _new(self, text: str) -> Entity:
        found = self.catalogue.lookup(text, self.lang)
        if not found and text.endswith("s") and not text.endswith("ss"):  # "iPhones"
            singular = self.catalogue.lookup(text[:-1], self.lang)
            organization = self.ontology.recognised("ORG")
            found = tuple(e for e in singular if not self.ontology.fits(e.types, organization))
        return found[0] if found else new_entity(text, ())

    def _longer(self, text: str, full: Mapping[str, Entity]) -> Entity | None:
        """The one longer name in the article that *text* shortens, by first words or initials."""
        key = fold(text)
        longer = {
            entity.iri: entity
            for name, entity in full.items()
            if (
                name.startswith(key + " ")
                and not self._is_unit(name[len(key) + 1 :])
                and not self._comes_first(text, entity.name)
                and not (key in self.introduced and self._meet(text, entity.name))
            )
            or (text.isupper() and len(text) > 1 and acronym(entity.name) == text)
        }
        return next(iter(longer.values())) if len(longer) == 1 else None

    def _ended(self, text: str, full: Mapping[str, Entity], names: frozenset[str]) -> Entity | None:
        """The one unknown name that *text* ends: "Capibaribe" after "Banco Capibaribe".

        None where what it leaves out is a name too ("Nordlys Lumen": a product of Nordlys).
        """
        ending = " " + fold(text)
        if len(ending) < _SHORTEST_ENDING or ending[1:] in self.common:
            return None
        longer = {
            entity.iri: entity
            for name, entity in full.items()
            if name.endswith(ending) and name.removesuffix(ending) not in names
        }
        found = next(iter(longer.values())) if len(longer) == 1 else None
        if found is None or found.known:
            return None
        places = self._places(found.name)
        return found if places and places[0] < min(self._places(text), default=0) else None

    def _is_unit(self, rest: str) -> bool:
        """Whether the further words make a version or a unit of its own ("2", "Portugal")."""
        return any(
            any(c.isdigit() for c in part) or self.catalogue.is_place(part, self.lang)
            for part in rest.split()
        )
