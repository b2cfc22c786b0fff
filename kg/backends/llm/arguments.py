"""Whom the words of a proposal stand for: names of the article, or what its discourse resolves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from kg.backends.llm.locating import Folded
from kg.discourse import Discourse
from kg.linking import new_entity
from kg.mentions import TokenMention
from kg.model import Entity, Mention, MentionKind, Span
from kg.names import fold

if TYPE_CHECKING:
    from kg.frames import FrameMatcher
    from kg.model import Article
    from kg.ontology import Relation

__all__ = ["Arguments"]

_NAMED = frozenset({MentionKind.NAME, MentionKind.CATALOGUE, MentionKind.ACRONYM})
_BY_MODEL = 0.7  # confidence of a description that only the model resolves
_FAR = 0.6  # of one whose name stands far off, or only later
_NEW_NAME = 0.8  # of a name that only the model takes for one
_REACH = 4  # sentences that a description may point back, as in kg.referents
_WORDS = 6  # of a name at most
_NO_NAMES = frozenset({"PER", "LOC"})  # labels of the name recogniser


class Arguments:
    """Finds subjects and objects of proposals in one article.

    Parameters
    ----------
    article, text
        The article, and its text folded.
    matcher
        Its tree, its names and its resolved descriptions.
    """

    def __init__(self, article: Article, text: Folded, matcher: FrameMatcher) -> None:
        self.article, self.text, self.matcher = article, text, matcher
        self.tree, self.mentions = matcher.tree, matcher.mentions
        self.ontology, self.catalogue = matcher.ontology, matcher.names.catalogue
        self.discourse = Discourse(
            self.tree, self.mentions, self.ontology, self.catalogue, article.title
        )

    def find(
        self, words: str, name: str, within: tuple[int, int], relation: Relation, subject: bool
    ) -> list[TokenMention]:
        """Mentions in the sentences *within* (first, last) that *words* or *name* may mean.

        The likeliest first; only those that may stand as *subject* (else object) of *relation*.
        """
        found = self._found(words, name, within)
        found = [m for m in found if m.mention.entity is not None]
        allowed = relation.domain if subject else relation.range
        fit = [m for m in found if self.matcher.names.stands(m, allowed)]
        makers = relation.through_maker if subject else ()
        return fit or self.matcher.names.makers(found, allowed, makers)

    def is_located(self, words: str, name: str, within: tuple[int, int]) -> bool:
        """Whether anybody at all is found, of whatever kind."""
        return any(m.mention.entity is not None for m in self._found(words, name, within))

    def _found(self, words: str, name: str, within: tuple[int, int]) -> list[TokenMention]:
        """Mentions by the words, else by the name where the words do not speak of another."""
        by_words = list(self._by_words(words, name, within))
        if by_words:
            return by_words
        spans = list(self.text.find(words, self._characters(within)))
        if any(self._mentions_at(self.tokens(span)) for span in spans):
            return []  # the words stand for somebody else
        if not words or (spans and name):
            return list(self._by_name(name, within))
        named, meant = self._entity(name), self._entity(words)
        same = meant is not None and named in (None, meant)
        return list(self._by_name(words, within)) if same else []

    def tokens(self, span: Span) -> range:
        """The tokens that *span* of the article's text touches."""
        doc = self.tree.doc
        touched = doc.char_span(span.start, span.end, alignment_mode="expand")
        return range(touched.start, touched.end) if touched is not None else range(0)

    def _characters(self, within: tuple[int, int]) -> Span:
        first = self.tree.doc[self.tree.bounds[within[0]][0]]
        last = self.tree.doc[self.tree.bounds[within[1]][1] - 1]
        return Span(first.idx, last.idx + len(last.text))

    # -- words that stand in the evidence ----------------------------------------------------------

    def _by_words(self, words: str, name: str, within: tuple[int, int]) -> Iterator[TokenMention]:
        for span in self.text.find(words, self._characters(within)):
            tokens = self.tokens(span)
            known = self._mentions_at(tokens)
            if known:
                yield from self._agreeing(known, name)
            elif self._is_description(tokens):
                yield from self._read_by_model(tokens, span, name)
            elif self._is_name(tokens, words):
                yield self._new_mention(tokens, span)

    def _mentions_at(self, tokens: range) -> list[TokenMention]:
        """Mentions on *tokens*, that of the phrase's head first."""
        heads = [i for i in tokens if self.tree.head[i] not in tokens or self.tree.head[i] == i]
        found = (self.mentions.at(i) for i in (*heads, *tokens))
        return list(dict.fromkeys(m for m in found if m is not None))[:1]

    def _agreeing(self, known: Iterable[TokenMention], name: str) -> Iterator[TokenMention]:
        """*known*, without descriptions that the model reads as somebody else of the article."""
        named = self._entity(name)
        for found in known:
            entity = found.mention.entity
            other = named is not None and entity is not None and named.iri != entity.iri
            if found.mention.kind in _NAMED or not other:
                yield found

    def _is_description(self, tokens: range) -> bool:
        return any(self.discourse.could_refer(i, of_known_kind=False) for i in tokens)

    def _read_by_model(self, tokens: range, span: Span, name: str) -> Iterator[TokenMention]:
        """A description that nothing else resolves, where *name* stands in the article."""
        near = self._entity(name, before=tokens[0])
        entity = near or self._entity(name)
        if entity is not None:
            why = f"description, read by the model: {entity.name}"
            sure = _BY_MODEL if near else _FAR
            yield self._mention(tokens, span, MentionKind.NOMINAL, entity, sure, why)

    def _is_name(self, tokens: range, words: str) -> bool:
        """Whether *words* look like a name that the recogniser has missed."""
        if not 0 < len(words.split()) <= _WORDS or not any(c.isalpha() for c in words):
            return False
        labels = {self.tree.doc[i].ent_type_ for i in tokens}
        plain = any(self.tree.is_word(i, "notName") for i in tokens)
        capital = all(w[0].isupper() or w[0].isdigit() for w in words.split() if len(w) > 3)
        opens = tokens[0] in {start for start, _ in self.tree.bounds} and len(tokens) == 1
        inner = any(c.isupper() or c.isdigit() for c in words[1:])
        place = self.catalogue.is_place(words, self.tree.lang)
        return (
            capital
            and (words[0].isupper() or inner)
            and (inner or not opens)
            and not (plain or place or labels & _NO_NAMES)
        )

    def _new_mention(self, tokens: range, span: Span) -> TokenMention:
        text = self.article.text[span.start : span.end]
        known = self.catalogue.lookup(text, self.tree.lang)
        entity = known[0] if known else new_entity(text, ())
        why = f"name, by the model: {entity.name}"
        return self._mention(tokens, span, MentionKind.NAME, entity, _NEW_NAME, why)

    def _mention(
        self, tokens: range, span: Span, kind: MentionKind, entity: Entity, sure: float, why: str
    ) -> TokenMention:
        head = next((i for i in tokens if self.tree.head[i] not in tokens), tokens[0])
        text = self.article.text[span.start : span.end]
        mention = Mention(span, text, kind, entity, why=why, confidence=sure)
        return TokenMention(tokens[0], tokens[-1] + 1, head, mention)

    # -- names that stand elsewhere ------------------------------------------------------------

    def _by_name(self, name: str, within: tuple[int, int]) -> Iterator[TokenMention]:
        """What the discourse model resolves, in the evidence, to the one who is called *name*."""
        entity = self._entity(name)
        if entity is not None:
            for found in self._all(within):
                if found.mention.entity is not None and found.mention.entity.iri == entity.iri:
                    yield found

    def _all(self, within: tuple[int, int]) -> Iterator[TokenMention]:
        start, end = self.tree.bounds[within[0]][0], self.tree.bounds[within[1]][1]
        for i in range(start, end):
            at, *rest = (self.mentions.at(i), self.mentions.dropped(i), self.mentions.implicit(i))
            members = (self._as_group(i, m) for m in self.mentions.members(i))
            yield from (m for m in (at if at and at.head == i else None, *rest, *members) if m)

    def _as_group(self, i: int, member: TokenMention) -> TokenMention:
        """*member* where the words at *i* stand for it among others: "both companies"."""
        token = self.tree.doc[i]
        span = Span(token.idx, token.idx + len(token.text))
        mention = replace(member.mention, span=span, text=token.text, kind=MentionKind.NOMINAL)
        return TokenMention(i, i + 1, i, mention)

    def _entity(self, name: str, before: int | None = None) -> Entity | None:
        """Who is called *name* in the article; *before* token so, within reach of it."""
        if not name:
            return None
        key = fold(name)
        iris = {entity.iri for entity in self.catalogue.lookup(name, self.tree.lang)}
        for found in self.mentions:
            entity = found.mention.entity
            if entity is None or found.mention.kind not in _NAMED:
                continue
            called = key in {fold(found.mention.text), fold(entity.name)} or entity.iri in iris
            if called and (before is None or self._is_near(found, before)):
                return entity
        return None

    def _is_near(self, found: TokenMention, i: int) -> bool:
        ago = self.tree.sentence[i] - self.tree.sentence[found.head]
        return 0 <= ago <= _REACH and found.start < i
