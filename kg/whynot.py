"""Why an article yields no claim about two entities: where on the way the pair got lost.

The way is that of :mod:`kg.extraction`, walked once more with an eye on two names: found as names,
in one sentence, beside a word that triggers a frame, at the ends of the frame's paths, of kinds that
fit, not in boilerplate, not merged or below a confidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from kg.articles import ignored_spans
from kg.extraction import pair_scorer
from kg.model import Article, Claim
from kg.names import fold
from kg.pair_scorer import Judged, judged
from kg.pipelines import parse

if TYPE_CHECKING:
    from kg.extraction import Extractor
    from kg.frames import FrameMatcher, Match
    from kg.lexicon import Frame, Path
    from kg.mentions import TokenMention

__all__ = ["Finding", "Stage", "why_not"]


class Stage(StrEnum):
    """Where the pair was last seen, in the order of the way."""

    NAME = "not found as a name"
    SENTENCE = "not in one sentence"
    TRIGGER = "no word triggers a frame"
    CONDITION = "a condition of the frame does not hold"
    PATH = "the frame's paths lead elsewhere"
    KIND = "kinds do not fit"
    PAIR = "the two cannot stand together"
    UNLIKELY = "the network finds it unlikely"
    BOILERPLATE = "in boilerplate"
    MERGED = "matched, and left out afterwards"
    CONFIDENCE = "below the confidence asked for"
    CLAIMED = "claimed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer: the ``stage``, what was seen there, and the sentence (empty: the whole article)."""

    stage: Stage
    detail: str
    sentence: str = ""


def why_not(
    extractor: Extractor, article: Article, subject: str, other: str, min_confidence: float = 0.0
) -> tuple[Finding, ...]:
    """What became of the pair (*subject*, *other*), sentence by sentence, in text order.

    Names are looked up in the catalogue, else compared with those of the article after folding.
    Both directions are looked at, since a relation may have been read the other way round.
    """
    ((_, doc),) = parse([article])
    claims = extractor.claims(article, doc)
    search = _Search(article, extractor.matcher(article, doc), claims, min_confidence)
    return tuple(search.findings(_Sought.of(extractor, subject), _Sought.of(extractor, other)))


@dataclass(frozen=True, slots=True)
class _Sought:
    """A name that is looked for, with the entities that the catalogue knows by it."""

    name: str
    iris: frozenset[str]

    @classmethod
    def of(cls, extractor: Extractor, name: str) -> _Sought:
        return cls(name, frozenset(e.iri for e in extractor.catalogue.lookup(name)))

    def is_at(self, found: TokenMention) -> bool:
        entity = found.mention.entity
        names = [found.mention.text, *([entity.name] if entity else ())]
        known = entity is not None and entity.iri in self.iris
        return known or (entity is not None and fold(self.name) in map(fold, names))


class _Search:
    """The search in one article."""

    def __init__(
        self, article: Article, matcher: FrameMatcher, claims: Iterable[Claim], least: float
    ) -> None:
        self.article, self.matcher, self.least = article, matcher, least
        self.claims = tuple(claims)
        self.tree, self.mentions = matcher.tree, matcher.mentions
        self.ignored = ignored_spans(article)

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """All that frames find in the article."""
        return tuple(self.matcher.matches())

    def findings(self, one: _Sought, other: _Sought) -> Iterator[Finding]:
        """What became of the pair."""
        claimed = [c for c in self.claims if _is_between(c, one, other)]
        if claimed:
            yield from map(self._claimed, claimed)
            return
        missing = [self._missing(s) for s in (one, other) if not self._places(s)]
        if missing:
            yield from missing
            return
        shared = sorted(set(self._places(one)) & set(self._places(other)))
        if not shared:
            yield self._apart(one, other)
        for number in shared:
            yield from self._in_sentence(number, one, other)

    def _claimed(self, claim: Claim) -> Finding:
        names = f"{claim.subject.entity.name} {claim.relation} {claim.object.entity.name}"
        detail = f"{names} ({claim.status}, confidence {claim.confidence:.2f})"
        stage = Stage.CONFIDENCE if claim.confidence < self.least else Stage.CLAIMED
        return Finding(stage, detail, claim.evidence.text)

    # -- names and sentences -------------------------------------------------------------------

    def _places(self, sought: _Sought) -> dict[int, list[TokenMention]]:
        """Sentence → mentions in it, left-out subjects and possessors included."""
        found: dict[int, list[TokenMention]] = {}
        for mention in self._all():
            if sought.is_at(mention):
                found.setdefault(self.tree.sentence[mention.head], []).append(mention)
        return found

    def _all(self) -> Iterator[TokenMention]:
        yield from self.mentions
        for i in range(len(self.tree.text)):
            for found in (self.mentions.dropped(i), self.mentions.implicit(i)):
                if found is not None:
                    yield found

    def _missing(self, sought: _Sought) -> Finding:
        place = self.article.text.casefold().find(sought.name.casefold())
        if place < 0:
            return Finding(Stage.NAME, f"{sought.name!r} does not stand in the article")
        here = [i for i in range(len(self.tree.text)) if self._covers(i, place)]
        found = self.mentions.at(here[0]) if here else None
        entity = found.mention.entity if found else None
        if found is None:
            seen = "is not taken for a name"
        elif entity is None:
            seen = f"is a name that stands for nothing: {found.mention.why or found.mention.text!r}"
        else:
            seen = f"is taken for {entity.name!r} ({found.mention.text!r})"
        sentence = self._text(self.tree.sentence[here[0]]) if here else ""
        return Finding(Stage.NAME, f"{sought.name!r} {seen}", sentence)

    def _covers(self, i: int, place: int) -> bool:
        token = self.tree.doc[i]
        return bool(token.idx <= place < token.idx + len(token.text))

    def _apart(self, one: _Sought, other: _Sought) -> Finding:
        ours, theirs = self._places(one), self._places(other)
        near, far = min(((a, b) for a in ours for b in theirs), key=lambda p: (abs(p[0] - p[1]), p))
        words = (ours[near][0].mention.text, theirs[far][0].mention.text)
        apart = f"nearest: {words[0]!r} and {words[1]!r}, {abs(near - far)} sentences apart"
        both = " … ".join(self._text(n) for n in sorted((near, far)))
        return Finding(Stage.SENTENCE, apart, both)

    def _text(self, number: int) -> str:
        start, end = self.tree.bounds[number]
        first, last = self.tree.doc[start], self.tree.doc[end - 1]
        return self.article.text[first.idx : last.idx + len(last.text)].strip()

    # -- frames --------------------------------------------------------------------------------

    def _in_sentence(self, number: int, one: _Sought, other: _Sought) -> Iterator[Finding]:
        """What each frame of the sentence made of the pair, those that came nearest first."""
        start, end = self.tree.bounds[number]
        triggers = [i for i in range(start, end) if not self.matcher.paths.is_name(i)]
        tried = [(i, frame) for i in triggers for frame in self.matcher.paths.frames_at(i)]
        if not tried:
            yield Finding(Stage.TRIGGER, "no word of the lexicon", self._text(number))
        attempts = [self._attempt(i, frame, one, other) for i, frame in tried]
        nearest = max((attempt.reached for attempt in attempts), default=0)
        near = [a for a in attempts if a.reached == nearest]
        yield from dict.fromkeys(Finding(a.stage, a.detail, self._text(number)) for a in near)
        yield from self._unlikely(number, one, other)

    def _unlikely(self, number: int, one: _Sought, other: _Sought) -> Iterator[Finding]:
        """What the network thinks of the pair in sentence *number*, the likeliest first."""
        here = [found for (at, _), found in self.judged.items() if at == number]
        for found in sorted(here, key=lambda f: (-f.probability, f.pair.relation.name)):
            pair = found.pair
            ends = pair.subject.found, pair.object.found
            if any(one.is_at(a) and other.is_at(b) for a, b in (ends, ends[::-1])):
                words = " ".join((ends[0].mention.text, pair.relation.name, ends[1].mention.text))
                detail = (
                    f"{words}, by {self.tree.text[pair.trigger.token]!r}: {found.probability:.2f}"
                )
                yield Finding(Stage.UNLIKELY, detail, self._text(number))

    @cached_property
    def judged(self) -> dict[tuple[int, tuple[str, str, str]], Judged]:
        """What the network thinks of all candidates; nothing where there is no network."""
        scorer = pair_scorer(self.matcher)
        return judged(self.matcher, scorer) if scorer is not None else {}

    def _attempt(self, i: int, frame: Frame, one: _Sought, other: _Sought) -> _Attempt:
        ends = [self._reached(i, paths) for paths in (frame.subject, frame.object)]
        reached = sum(any(s.is_at(m) for end in ends for m in end) for s in (one, other))
        head = f"{self.tree.text[i]!r} ({frame})"
        if any(
            _is_match(m, one, other) for m in self.matches if (m.trigger, m.frame) == (i, frame)
        ):
            stage = Stage.BOILERPLATE if self._is_ignored(i) else Stage.MERGED
            return _Attempt(2, stage, head)
        if broken := self._broken_condition(i, frame):
            return _Attempt(reached, Stage.CONDITION, f"{head}: {broken}")
        if unfit := self._unfit(frame, ends, one, other):
            return _Attempt(reached, Stage.KIND, f"{head}: {unfit}")
        stage = Stage.PAIR if reached == 2 else Stage.PATH
        sides = zip(("subject", "object"), (frame.subject, frame.object), ends, strict=True)
        led = "; ".join(self._led(i, side, paths, end) for side, paths, end in sides)
        return _Attempt(reached, stage, f"{head}: {led}")

    def _is_ignored(self, i: int) -> bool:
        place = self.tree.doc[i].idx
        return any(span.start <= place < span.end for span in self.ignored)

    def _broken_condition(self, i: int, frame: Frame) -> str:
        for path in frame.requires:
            if not self.matcher.paths.follow(i, path):
                return f"nothing at {_words(path)}"
        for path in frame.forbids:
            if self.matcher.paths.follow(i, path):
                return f"something at {_words(path)}"
        return ""

    def _unfit(
        self, frame: Frame, ends: Iterable[list[TokenMention]], one: _Sought, other: _Sought
    ) -> str:
        relation = self.matcher.ontology.properties[frame.relation]
        asked = zip(("subject", "object"), (relation.domain, relation.range), ends, strict=True)
        for side, allowed, end in asked:
            wanted = [m for m in end if one.is_at(m) or other.is_at(m)]
            if wanted and not any(self.matcher.names.stands(m, allowed) for m in wanted):
                return f"{_kinds(wanted[0])}, a {side} must be {' or '.join(allowed)}"
        return ""

    def _reached(self, i: int, paths: Iterable[Path]) -> list[TokenMention]:
        """Mentions at the ends of all *paths*, each once."""
        found = (m for k in self._ends(i, paths) for m in self.matcher.names.resolve(k))
        return list(dict.fromkeys(found))

    def _ends(self, i: int, paths: Iterable[Path]) -> list[int]:
        return list(dict.fromkeys(k for path in paths for k in self.matcher.paths.follow(i, path)))

    def _led(self, i: int, side: str, paths: Iterable[Path], found: list[TokenMention]) -> str:
        """Where the paths of one side led."""
        if found:
            return f"{side} → {', '.join(repr(m.mention.text) for m in found)}"
        words = ", ".join(repr(self.tree.text[k]) for k in self._ends(i, paths))
        tried = " | ".join(map(_words, paths))
        return f"{side} → {words} (no name)" if words else f"{side} → nothing at {tried}"


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What one frame made of the pair; ``reached`` counts the names of the pair it came to."""

    reached: int
    stage: Stage
    detail: str


def _words(path: Path) -> str:
    return ">".join(map(str, path))


def _kinds(found: TokenMention) -> str:
    entity = found.mention.entity
    kinds = " or ".join(entity.types) if entity else ""
    return f"{found.mention.text!r} is {kinds or 'of unknown kind'}"


def _is_between(claim: Claim, one: _Sought, other: _Sought) -> bool:
    ends = [_names(claim.subject.entity.iri, claim.subject.entity.name, s) for s in (one, other)]
    rest = [_names(claim.object.entity.iri, claim.object.entity.name, s) for s in (other, one)]
    return any(a and b for a, b in zip(ends, rest, strict=True))


def _names(iri: str, name: str, sought: _Sought) -> bool:
    return iri in sought.iris or fold(name) == fold(sought.name)


def _is_match(match: Match, one: _Sought, other: _Sought) -> bool:
    pairs = ((match.subject, match.object), (match.object, match.subject))
    return any(one.is_at(a) and other.is_at(b) for a, b in pairs)
