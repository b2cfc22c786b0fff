"""What extraction is measured against: two ways that tutorials build graphs from text.

Both are given the name finder of this program and the words of its lexicon; what they lack is
syntax beyond direct children, status, figures and reference. They are extractors like any other
(:mod:`kg.running`), so that `kg eval --compare` runs them on the same articles.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from kg.claims import merge
from kg.model import Argument, Article, Claim, MentionKind, Quote, Status, content_hash
from kg.name_finding import NameFinder
from kg.pipelines import load_pipeline, parse
from kg.syntax import Tree

if TYPE_CHECKING:
    from kg.catalogue import Catalogue
    from kg.mentions import Mentions, TokenMention
    from kg.ontology import Ontology

__all__ = ["Baseline", "CoOccurrence", "VerbTriples"]


class Baseline(ABC):
    """An extractor without frames: pairs of names with a relation and the token that gave it."""

    name: str

    def __init__(self, ontology: Ontology, catalogue: Catalogue) -> None:
        self.ontology, self.catalogue = ontology, catalogue
        self._finders: dict[str, NameFinder] = {}

    @property
    def version(self) -> str:
        """Hash of what decides what is extracted."""
        return content_hash(self.name, self.ontology.version, self.catalogue.version)

    def __call__(self, articles: Iterable[Article]) -> Iterator[tuple[Article, tuple[Claim, ...]]]:
        """Claims of each article, in the order of the articles."""
        for article, doc in parse(articles):
            tree = Tree(doc, self.ontology)
            mentions = self._finder(article.lang).find(doc, tree)
            made = (self._claim(article, tree, *found) for found in self.pairs(tree, mentions))
            yield article, merge((claim for claim in made if claim), self.ontology)

    @abstractmethod
    def pairs(
        self, tree: Tree, mentions: Mentions
    ) -> Iterator[tuple[str, int, TokenMention, TokenMention]]:
        """(relation, token, subject, object) of what the article is taken to say."""

    def relations_of(self, tree: Tree, i: int) -> list[str]:
        """Relations that the lexicon has token *i* for, each once, those without conditions first."""
        forms = (tree.lemma[i], tree.lower[i])
        frames = [f for form in forms for f in self.ontology.frames_for(form, tree.lang)]
        frames.sort(key=lambda frame: (bool(frame.requires), -frame.confidence))
        return list(dict.fromkeys(frame.relation for frame in frames))

    def _finder(self, lang: str) -> NameFinder:
        if lang not in self._finders:
            self._finders[lang] = NameFinder(load_pipeline(lang), self.catalogue, self.ontology)
        return self._finders[lang]

    def _claim(
        self, article: Article, tree: Tree, relation: str, i: int, *ends: TokenMention
    ) -> Claim | None:
        one, other = (end.mention for end in ends)
        if one.entity is None or other.entity is None or one.entity.iri == other.entity.iri:
            return None
        start, end = tree.bounds[tree.sentence[i]]
        last = tree.doc[end - 1]
        token = tree.doc[i]
        return Claim(
            article=article.id,
            subject=Argument(one.entity, _quote(article, one.span.start, one.span.end)),
            relation=relation,
            object=Argument(other.entity, _quote(article, other.span.start, other.span.end)),
            status=Status.CONFIRMED,
            evidence=_quote(article, tree.doc[start].idx, last.idx + len(last.text)),
            trigger=_quote(article, token.idx, token.idx + len(token.text)),
            date=article.date,
            extractor=self.name,
        )


def _quote(article: Article, start: int, end: int) -> Quote:
    return Quote(start, end, article.text[start:end])


class CoOccurrence(Baseline):
    """Two catalogue names in a sentence with a word of a relation: the first named is the subject."""

    name = "cooccurrence"

    def pairs(
        self, tree: Tree, mentions: Mentions
    ) -> Iterator[tuple[str, int, TokenMention, TokenMention]]:
        """Every pair of every sentence, for every relation that a word of it may mean."""
        for number, (start, end) in enumerate(tree.bounds):
            known = [
                found
                for found in mentions
                if found.mention.kind is MentionKind.CATALOGUE
                and tree.sentence[found.head] == number
            ]
            words = (i for i in range(start, end) if mentions.at(i) is None)
            cues = {relation: i for i in words for relation in self.relations_of(tree, i)}
            for relation, i in cues.items() if len(known) > 1 else ():
                for one, other in combinations(known, 2):
                    yield relation, i, one, other


class VerbTriples(Baseline):
    """Subject–verb–object: a verb's direct subject and its direct or prepositional object."""

    name = "triples"

    def pairs(
        self, tree: Tree, mentions: Mentions
    ) -> Iterator[tuple[str, int, TokenMention, TokenMention]]:
        """Every subject with every object of every verb of the lexicon; the first relation counts."""
        for i, pos in enumerate(tree.pos):
            if pos != "VERB" or mentions.at(i) is not None:
                continue
            subjects = [m for k in tree.kids_by(i, "nsubj") if (m := mentions.at(k))]
            objects = [m for k in tree.kids_by(i, "obj", "obl") if (m := mentions.at(k))]
            for relation in self.relations_of(tree, i)[:1]:
                for subject in subjects:
                    for other in objects:
                        yield relation, i, subject, other
