"""Names in a parsed article: catalogue hits, recognised names, acronyms, names by shape.

Takes a ``Doc`` and gives :class:`~kg.mentions.Mentions`. A name is looked for in the catalogue first
(longest label), then in what the name recogniser found, then by the shape of its words. People and
places are left out (:mod:`kg.name_kinds`). Descriptions are :mod:`kg.discourse`'s part.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from kg.mentions import Mentions, TokenMention
from kg.model import Entity, Mention, MentionKind, Span
from kg.name_aliases import Aliases
from kg.name_kinds import HEAD_LAST, NameKinds
from kg.name_spans import JOINERS, NameSpans
from kg.names import fold

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import PhraseMatcher
    from spacy.tokens import Doc

    from kg.catalogue import Catalogue
    from kg.ontology import Ontology
    from kg.syntax import Tree

__all__ = ["NameFinder"]


@dataclass(frozen=True, slots=True)
class _Candidate:
    start: int
    end: int
    entity: Entity | None
    kind: MentionKind
    label: str = ""  # of the name recogniser


class NameFinder:
    """Finds the names of one language; built once, used for many documents.

    Parameters
    ----------
    nlp
        The pipeline, for its tokenizer and vocabulary.
    catalogue
        Known entities.
    ontology
        For word sets and class nouns.
    """

    def __init__(self, nlp: Language, catalogue: Catalogue, ontology: Ontology) -> None:
        from spacy.matcher import PhraseMatcher

        self.catalogue, self.ontology = catalogue, ontology
        self.lang = str(nlp.lang)
        self._labels: dict[str, tuple[str, tuple[Entity, ...]]] = {}
        self.class_words = frozenset(
            word.split()[-1 if self.lang in HEAD_LAST else 0]
            for word in ontology.class_nouns(self.lang)
        )
        self._matcher: PhraseMatcher = PhraseMatcher(nlp.vocab, attr="LOWER")
        self._fill(nlp)

    def _fill(self, nlp: Language) -> None:
        grouped: dict[str, dict[str, Entity]] = {}
        for label, entity in self.catalogue.labels():
            if label.lang in (None, self.lang, "en"):
                grouped.setdefault(label.text, {})[entity.iri] = entity
        for text, entities in sorted(grouped.items()):
            self._labels[text] = (text, tuple(entities[iri] for iri in sorted(entities)))
            self._matcher.add(text, [nlp.tokenizer(text)])

    # -- candidates ----------------------------------------------------------------------------

    def find(self, doc: Doc, tree: Tree) -> Mentions:
        """All names of *doc* that may be organisations or products."""
        names = _Names(self, doc, tree)
        return names.find()

    def hits(self, doc: Doc) -> list[tuple[int, int, tuple[Entity, ...], str]]:
        """Catalogue hits, longest first at each place: ``(start, end, entities, label)``."""
        found = []
        for match, start, end in self._matcher(doc):
            label, entities = self._labels[doc.vocab.strings[match]]
            written = doc[start:end].text
            if self._accepts(label, written):
                found.append((start, end, entities, label))
        found += self._before_full_stops(doc)
        return sorted(
            found,
            key=lambda hit: (hit[0] - hit[1], hit[0], hit[3] != doc[hit[0] : hit[1]].text, hit[3]),
        )

    def _before_full_stops(self, doc: Doc) -> Iterator[tuple[int, int, tuple[Entity, ...], str]]:
        """Names that one token holds with the full stop after them: "L40S."."""
        for token in doc:
            if token.text.endswith(".") and (known := self._labels.get(token.text[:-1])):
                label, entities = known
                yield token.i, token.i + 1, entities, label

    def _accepts(self, label: str, written: str) -> bool:
        """Any casing that a name may take, but exact casing where the label is also a word."""
        if written == label:
            return True
        if self.catalogue.is_ambiguous(label) or len(label) < 4:
            return False
        return written.isupper() or written[:1].isupper() or label.islower()


class _Names:
    """The names of one document."""

    def __init__(self, finder: NameFinder, doc: Doc, tree: Tree) -> None:
        self.finder, self.doc, self.tree = finder, doc, tree
        self.mentions = Mentions()
        self.taken: set[int] = set()
        self.spans = NameSpans(doc, tree, self.taken)
        self.labels = {
            i: (ent.label_, ent.start, ent.end)
            for ent in doc.ents
            for i in range(ent.start, ent.end)
        }

    @cached_property
    def hits(self) -> list[tuple[int, int, tuple[Entity, ...], str]]:
        """Catalogue hits of the document."""
        return self.finder.hits(self.doc)

    def find(self) -> Mentions:
        """All names that may be organisations' or products'."""
        known = list(self._catalogue())
        unknown = list(self._unknown())
        aliases = self._aliases(known, unknown)
        for candidate in [*known, *unknown]:
            self._add(candidate, aliases)
        return self.mentions

    def _aliases(self, known: list[_Candidate], unknown: list[_Candidate]) -> dict[str, Entity]:
        """Folded name → entity, for all names of the document."""
        finder, full = self.finder, dict[str, Entity]()
        for c in known:
            if c.entity is not None:
                full.setdefault(fold(self.doc[c.start : c.end].text), c.entity)
        aliases = Aliases(self.tree.article, finder.lang, finder.catalogue, finder.ontology)
        texts = Counter(self.spans.text(c.start, c.end) for c in unknown)
        introduced = {c.start: c.end for c in unknown if self.kinds.follows_class(c.start)}
        names = (fold(self.spans.text(start, end)) for start, end in introduced.items())
        return aliases.read(full, texts, frozenset(names))

    # -- catalogue -----------------------------------------------------------------------------

    def _catalogue(self) -> Iterator[_Candidate]:
        hits = self.hits
        sure = {
            e.iri
            for *_, entities, label in hits
            if not self.finder.catalogue.is_ambiguous(label)
            for e in entities
        }
        series: set[int] = set()  # letters after a known name: "Snapdragon X" is not X
        for start, end, entities, label in hits:
            if start in series or self.taken.intersection(range(start, end)):
                continue
            if self._is_part_of_word(start, end):
                continue
            ambiguous = self.finder.catalogue.is_ambiguous(label)
            if ambiguous and not self._has_evidence(start, end, entities, sure):
                continue
            stop = self._extended(end)
            begin = self._extended_left(start)
            if (begin, stop) != (start, end):
                entity = self._longer_name(begin, stop)
                if entity is None:
                    series.update(range(end, stop))
                    continue  # an unknown name that begins with a known one: see _unknown
                entities, start, end = (entity,), begin, stop
            self.taken.update(range(start, end))
            yield _Candidate(start, end, self._choose(entities, sure), MentionKind.CATALOGUE)

    def _choose(self, entities: tuple[Entity, ...], sure: set[str]) -> Entity:
        return next((e for e in entities if e.iri in sure), entities[0])

    def _is_part_of_word(self, start: int, end: int) -> bool:
        """Of "Meta-analysis" or "pre-Intel": glued by a hyphen to a word in lower case."""
        doc = self.doc
        after = doc[end : end + 2]
        return (len(after) == 2 and after[0].text in {"_", "@"}) or (
            start > 0 and doc[start - 1].text in {"@", "#"}
        )

    def _has_evidence(
        self, start: int, end: int, entities: tuple[Entity, ...], sure: set[str]
    ) -> bool:
        """Evidence that a label which is also a word, a place or a person is meant as the entity."""
        label, *_ = self.labels.get(start, ("",))
        if label == "PER" and self.labels[start][1:] != (start, end):
            return False  # part of a person's longer name
        related = {other for e in entities for _, other in e.facts}
        related |= {e.iri for e in entities}
        if sure & related or any(self._knows(entity, sure) for entity in entities):
            return True
        if label == "ORG" and self.labels[start][1:] == (start, end):
            return True
        name = self.doc[start:end].text
        inside = not self.spans.starts_sentence(start) and name[:1].isupper()
        return (
            inside
            and (self.tree.pos[start] == "PROPN" or len(name) > 3)
            and label not in {"PER", "LOC"}
        )

    def _knows(self, entity: Entity, sure: set[str]) -> bool:
        return any(
            other.iri in sure
            for relation in self.finder.ontology.relations
            for other in self.finder.catalogue.related(entity.iri, relation)
        )

    def _extended(self, end: int) -> int:
        """End of the longer name that a known one begins: "Altice Portugal", "Nvidia Inception"."""
        stop = end
        if self._is_plural_product(end):
            return end
        while stop < len(self.doc):
            step = 1 if self._continues(stop) else 2 if self._is_joined(stop) else 0
            if not step:
                break
            stop += step
        return stop

    def _is_plural_product(self, end: int) -> bool:
        """Of "on whose H100s | Tamarack runs": what follows is another name."""
        return re.search(r"[A-Z0-9]s$", self.doc[end - 1].text) is not None

    def _is_joined(self, i: int) -> bool:
        """Of "Box & Score", "Trillium-X": a joiner and a further part of one recognised name."""
        if i in self.taken or not self.spans.joins(i) or self.doc[i].text not in JOINERS:
            return False
        one = self.labels.get(i - 1, ("", -1, -1))[1:] == self.labels.get(i + 1, ("", -2, -2))[1:]
        return one and not self._is_catalogue_start(i + 1) and i + 1 not in self.taken

    def _extended_left(self, start: int) -> int:
        """Start of the longer name that a known one ends: "Grupo Vodafone" is not extended."""
        begin = start
        while (
            begin > 0
            and self.spans.is_part(begin - 1)
            and begin - 1 not in self.taken
            and self.labels.get(begin - 1, ("", -1, -1))[1:]
            == self.labels.get(start, ("", -2, -2))[1:]
            and (self.tree.pos[begin - 1] == "PROPN" or not self.spans.starts_sentence(begin - 1))
        ):
            if self._is_catalogue_start(begin - 1):
                break
            begin -= 1
        return begin

    def _continues(self, i: int) -> bool:
        if (
            i in self.taken
            or self.spans.closes(i - 1)
            or not self.spans.is_part(i)
            or self.spans.is_drawn(i)
            or self._is_catalogue_start(i)
        ):
            return False
        return self.tree.sentence[i] == self.tree.sentence[i - 1]

    def _is_catalogue_start(self, i: int) -> bool:
        """Whether a known name begins here; a letter after a name is rather of its series: "Snapdragon X"."""
        return i in self._starts and len(self.doc[i].text) > 1

    @cached_property
    def _starts(self) -> frozenset[int]:
        return frozenset(start for start, *_ in self.hits)

    def _longer_name(self, start: int, end: int) -> Entity | None:
        found = self.finder.catalogue.lookup(self.doc[start:end].text, self.finder.lang)
        return found[0] if found else None

    # -- unknown names -------------------------------------------------------------------------

    def _unknown(self) -> Iterator[_Candidate]:
        for start, stop in [*self.spans.recognised(), *self.spans.shaped()]:
            end = self._through_particle(start, self._through_number(stop))
            if self.taken.intersection(range(start, end)):
                continue
            if self.kinds.is_person(start, end) or self.kinds.is_place(start, end):
                continue
            if self._is_round(start, end):
                continue
            self.taken.update(range(start, end))
            yield _Candidate(start, end, None, MentionKind.NAME, self._label(start, end))

    def _is_round(self, start: int, end: int) -> bool:
        """Of "Series B", "Série A": a round of financing, by its letter."""
        letter = self.doc[end - 1].text.rstrip(".+")
        return end == start + 2 and len(letter) == 1 and self.tree.is_word(start, "round")

    def _through_number(self, end: int) -> int:
        """End of a name like "Lynx 4": no number of something, no price."""
        if end >= len(self.doc) or end in self.taken or not self.doc[end].text[:1].isdigit():
            return end
        counted = end + 1 < len(self.doc) and self.tree.pos[end + 1] in {
            "NOUN",
            "NUM",
            "SYM",
            "ADJ",
        }
        return end if counted or not self.spans.is_part(end) else end + 1

    def _through_particle(self, start: int, end: int) -> int:
        """End of a name like "Casa dos Ventos", "Frutas del Odiel": no owner follows the particle."""
        tree, last = self.tree, end + 1
        if last >= len(self.doc) or tree.lower[end] not in tree.words("nameParticle"):
            return end
        if {end, last} & self.taken or tree.sentence[last] != tree.sentence[start]:
            return end
        if not self.spans.is_part(last) or self._is_catalogue_start(last):
            return end
        stop = self._end_of_run(last)
        if tree.is_word(last, "organizationWord") and stop == last + 1:
            return stop  # "Dramaflix do Brasil"
        place = self.labels.get(last, ("", -1, -1))
        place_ahead = place[:2] == ("LOC", last) and tree.is_word(end, "placePrep")
        known = self.finder.catalogue.is_place(self.doc[last:stop].text, tree.lang)
        if known or place_ahead or self.labels.get(start, ("",))[0] == "PER":
            return end
        if tree.lang in HEAD_LAST or self._is_plural(end, last, stop):
            return stop
        return stop if self._is_one_name(start, end, stop) else end

    def _end_of_run(self, i: int) -> int:
        while i + 1 < len(self.doc) and i + 1 not in self.taken and self._continues(i + 1):
            i += 1
        return i + 1

    def _is_plural(self, end: int, last: int, stop: int) -> bool:
        """Of "Casa dos Ventos": a plural noun is no owner."""
        plural = self.tree.lower[end].endswith("s") and self.doc[last].text.endswith("s")
        return plural and stop == last + 1 and self.doc[last].text.istitle()

    def _is_one_name(self, start: int, end: int, stop: int) -> bool:
        """Of "a Turbinas do Lena": introduced like a name, and neither part stands for itself."""
        if any(self.labels.get(i, ("",))[0] == "ORG" for i in range(end + 1, stop)):
            return False
        whole = self._count(start, stop)
        return (
            self.kinds.is_introduced(start)
            and self._first(start, end) == self._first(start, stop)
            and self._count(end + 1, stop) == whole
        )

    def _first(self, start: int, end: int) -> int:
        return int(self.tree.article.find(self.doc[start:end].text))

    def _count(self, start: int, end: int) -> int:
        return int(self.tree.article.count(self.doc[start:end].text))

    @cached_property
    def kinds(self) -> NameKinds:
        """What the document shows of its names' kinds."""
        hits = [(start, end) for start, end, *_ in self.hits]
        spans = sorted({*self.spans.recognised(), *self.spans.shaped(), *hits})
        nouns = self.finder.class_words
        return NameKinds(self.doc, self.tree, self.finder.catalogue, nouns, spans)

    def _label(self, start: int, end: int) -> str:
        labels = Counter(self.labels[i][0] for i in range(start, end) if i in self.labels)
        return min(labels, key=lambda name: (-labels[name], name)) if labels else ""

    def _add(self, candidate: _Candidate, aliases: dict[str, Entity]) -> None:
        start, end = candidate.start, candidate.end
        text = self.spans.text(start, end)
        entity = candidate.entity or aliases[fold(text)]
        first = self.doc[start]
        span = Span(first.idx, first.idx + len(text))
        head = next((i for i in range(start, end) if not start <= self.tree.head[i] < end), start)
        kind = MentionKind.CATALOGUE if entity.known else candidate.kind
        types = () if entity.known else self._guess(candidate)
        if not entity.known and (kinds := self._of_series(start, end)):
            entity = replace(entity, types=kinds)
        mention = Mention(span, text, kind, entity, types, why=f"{kind.value} {entity.name!r}")
        self.mentions.add(TokenMention(start, end, head, mention))

    def _guess(self, candidate: _Candidate) -> tuple[str, ...]:
        """Kind of an unknown name: organisation by label or by its own words, or nothing certain."""
        sure = self.kinds.is_organization(candidate.start, candidate.end)
        return self.finder.ontology.recognised("ORG" if sure else candidate.label)

    def _of_series(self, start: int, end: int) -> tuple[str, ...]:
        """Kinds of a known product that a longer name begins with: "Jetson Orin" is a chip too."""
        ambiguous, company = (
            self.finder.catalogue.is_ambiguous,
            self.finder.ontology.recognised("ORG"),
        )
        known = (h for h in self.hits if h[0] == start and h[1] < end and not ambiguous(h[3]))
        kinds = {
            kind for _, _, entities, _ in known for entity in entities for kind in entity.types
        }
        if not kinds or self.finder.ontology.fits(kinds, company):
            return ()
        return tuple(sorted(kinds))
