"""Frames and cues: how the words of a language carry the relations of the ontology.

The file format is described in ``ontology/lexicon/README.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import TypeAlias, TypeVar

from kg.errors import OntologyError
from kg.model import Status
from kg.turtle import KG, Description, local_name, read_turtle

__all__ = ["Cue", "Frame", "Lexicon", "Path", "Step", "SupportVerb", "read_lexicon"]

ROLES = frozenset({"subj", "obj", "iobj", "pp", "gen", "role", "mod", "comp", "self"})
SCOPES = frozenset(
    {
        "governor",
        "planner",
        "modifier",
        "marker",
        "source",
        "sequel",
        "lapsed",
        "outcome",
        "giving-way",
    }
)
POS = frozenset({"VERB", "NOUN", "ADJ"})
_STEP = re.compile(r"(?P<role>[a-z]+)(?::(?P<preps>[^=>]+))?(?:=(?P<lemmas>[^>]+))?")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: a role, its prepositions, and the lemmas that the word must have."""

    role: str
    preps: frozenset[str] = frozenset()
    lemmas: frozenset[str] = frozenset()

    def __str__(self) -> str:
        preps = ":" + "/".join(sorted(self.preps)) if self.preps else ""
        lemmas = "=" + "/".join(sorted(self.lemmas)[:3]) if self.lemmas else ""
        return f"{self.role}{preps}{lemmas}"


Path: TypeAlias = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """One wording of a relation; ``subject`` and ``object`` hold alternative paths, best first."""

    relation: str
    lemma: str
    lang: str
    pos: str
    subject: tuple[Path, ...]
    object: tuple[Path, ...]
    requires: tuple[Path, ...] = ()
    forbids: tuple[Path, ...] = ()
    status: Status | None = None
    confidence: float = 0.8

    @property
    def is_role(self) -> bool:
        """Whether the trigger is a noun that one of the arguments bears ("a client of X")."""
        return any(len(p) == 1 and p[0].role == "role" for p in (*self.subject, *self.object))

    def __str__(self) -> str:
        return f"{self.lemma}/{self.pos}→{self.relation}"


@dataclass(frozen=True, slots=True)
class Cue:
    """A word that decides a status; ``scope`` says where it must stand (see the README)."""

    lemma: str
    lang: str
    pos: str
    scope: str
    status: Status


@dataclass(frozen=True, slots=True)
class SupportVerb:
    """A verb whose subject plays a role (``subject`` or ``object``) of the noun that it governs."""

    lemma: str
    lang: str
    plays: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything that the lexicon files say, by language and lemma."""

    frames: Mapping[tuple[str, str], tuple[Frame, ...]]
    cues: Mapping[tuple[str, str], tuple[Cue, ...]]
    supports: Mapping[tuple[str, str], SupportVerb]
    sets: Mapping[tuple[str, str], frozenset[str]]

    def frames_for(self, lemma: str, lang: str) -> tuple[Frame, ...]:
        """Frames that *lemma* may trigger."""
        return self.frames.get((lang, lemma), ())

    def cues_for(self, lemma: str, lang: str) -> tuple[Cue, ...]:
        """Status cues that *lemma* may be."""
        return self.cues.get((lang, lemma), ())

    def words(self, name: str, lang: str) -> frozenset[str]:
        """Lemmas of the word set *name*."""
        return self.sets.get((lang, name), frozenset())


def _fault(description: Description, message: str) -> OntologyError:
    lemma = description.text(KG + "lemma") or description.text(KG + "name") or description.iri
    return OntologyError(f"{description.path}: entry {lemma!r}: {message}")


def _status(description: Description, predicate: str) -> Status | None:
    names = [local_name(iri).lower() for iri in description.iris(predicate)]
    if not names:
        return None
    if names[0] not in set(Status):
        raise _fault(description, f"unknown status {names[0]!r}; one of {', '.join(Status)}")
    return Status(names[0])


class _Reader:
    """Reads the entries of several files, sets first, since paths refer to them."""

    def __init__(self, relations: Iterable[str]) -> None:
        self.relations = frozenset(relations)
        self.sets: dict[tuple[str, str], frozenset[str]] = {}

    def read_set(self, description: Description) -> None:
        name = description.text(KG + "name")
        if not name:
            raise _fault(description, "a word set needs kg:name")
        for lang, lemmas in description.by_language(KG + "lemma").items():
            key = (lang, name)
            self.sets[key] = self.sets.get(key, frozenset()) | frozenset(map(str.lower, lemmas))

    def _step(self, description: Description, text: str, lang: str) -> Step:
        match = _STEP.fullmatch(text.strip())
        if match is None or match["role"] not in ROLES:
            known = ", ".join(sorted(ROLES))
            raise _fault(description, f"step {text!r} of a path is none of {known}")
        preps = frozenset((match["preps"] or "").split("/")) - {""}
        return Step(match["role"], preps, self._lemmas(description, match["lemmas"] or "", lang))

    def _lemmas(self, description: Description, text: str, lang: str) -> frozenset[str]:
        lemmas: set[str] = set()
        for item in text.split("/"):
            if item.startswith("@"):
                if (lang, item[1:]) not in self.sets:
                    raise _fault(description, f"unknown word set {item!r} for language {lang!r}")
                lemmas |= self.sets[(lang, item[1:])]
            elif item:
                lemmas.add(item.lower())
        return frozenset(map(str.lower, lemmas))

    def _paths(self, description: Description, name: str, lang: str) -> tuple[Path, ...]:
        texts = [text for text, _ in description.literals(KG + name)]
        alternatives = [part for text in texts for part in text.split("|")]
        return tuple(
            tuple(self._step(description, step, lang) for step in path.split(">"))
            for path in alternatives
        )

    def read_frames(self, description: Description) -> Iterable[Frame]:
        relations = [local_name(iri) for iri in description.iris(KG + "evokes")]
        if not relations or not set(relations) <= self.relations:
            raise _fault(description, f"kg:evokes must name a relation, not {relations}")
        pos = description.text(KG + "pos")
        if pos not in POS:
            raise _fault(description, f"kg:pos {pos!r} is none of {', '.join(sorted(POS))}")
        for lemma, lang in description.literals(KG + "lemma"):
            for relation in relations:
                yield self._frame(description, relation, lemma.lower(), lang or "", pos)

    def _frame(self, desc: Description, relation: str, lemma: str, lang: str, pos: str) -> Frame:
        subject = self._paths(desc, "subjectArg", lang)
        object_ = self._paths(desc, "objectArg", lang)
        if not lang or not subject or not object_:
            raise _fault(desc, "a frame needs a lemma with a language, subjectArg and objectArg")
        return Frame(
            relation, lemma, lang, pos, subject, object_,
            self._paths(desc, "with", lang), self._paths(desc, "without", lang),
            _status(desc, KG + "status"), float(desc.text(KG + "confidence", "0.8")),
        )  # fmt: skip

    def read_cues(self, description: Description) -> Iterable[Cue]:
        scope, status = (
            description.text(KG + "scope", "governor"),
            _status(description, KG + "gives"),
        )
        if scope not in SCOPES or status is None:
            raise _fault(description, f"a cue needs kg:gives and a scope of {sorted(SCOPES)}")
        for lemma, lang in description.literals(KG + "lemma"):
            yield Cue(lemma.lower(), lang or "", description.text(KG + "pos"), scope, status)

    def read_supports(self, description: Description) -> Iterable[SupportVerb]:
        plays = description.text(KG + "subjectPlays")
        if plays not in {"subject", "object"}:
            raise _fault(description, "kg:subjectPlays must be 'subject' or 'object'")
        for lemma, lang in description.literals(KG + "lemma"):
            yield SupportVerb(lemma.lower(), lang or "", plays)


T = TypeVar("T")


def _group(items: Iterable[T], key: str = "lemma") -> dict[tuple[str, str], tuple[T, ...]]:
    grouped: dict[tuple[str, str], tuple[T, ...]] = {}
    for item in items:
        where = (getattr(item, "lang"), getattr(item, key))  # noqa: B009 (generic over entries)
        grouped[where] = (*grouped.get(where, ()), item)
    return grouped


def read_lexicon(paths: Iterable[FilePath], relations: Iterable[str]) -> Lexicon:
    """Read lexicon files (``ontology/lexicon/*.ttl``) for the *relations* known (local names).

    Raises
    ------
    OntologyError
        Naming the file and the entry that breaks the format.
    """
    reader = _Reader(relations)
    entries = [entry for path in paths for entry in read_turtle(path).values()]

    def of(kind: str) -> list[Description]:
        return [entry for entry in entries if KG + kind in entry.types]

    for entry in of("WordSet"):
        reader.read_set(entry)
    frames = [frame for entry in of("Frame") for frame in reader.read_frames(entry)]
    cues = [cue for entry in of("Cue") for cue in reader.read_cues(entry)]
    supports = [verb for entry in of("SupportVerb") for verb in reader.read_supports(entry)]
    return Lexicon(
        _group(frames), _group(cues), {(v.lang, v.lemma): v for v in supports}, reader.sets
    )
