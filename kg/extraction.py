"""Articles to claims: the built-in extractor, found under the entry point ``kg.extractors``.

It wires the rooms of one article: parse, names, frames on names, descriptions, frames again, claims.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kg.antecedent_scorer import load_antecedent_scorer
from kg.antecedents import ranker_for, ranker_version
from kg.articles import ignored_spans
from kg.claims import ClaimMaker
from kg.confidence import load_scorer, scored, scorer_version
from kg.discourse import Discourse
from kg.frames import FrameMatcher
from kg.model import Article, Claim, content_hash
from kg.name_finding import NameFinder
from kg.pair_scorer import load_pair_scorer
from kg.pipelines import languages, load_pipeline, parse, version, weights_folder
from kg.quantities import find_quantities
from kg.status import StatusReader
from kg.syntax import Tree

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from kg.antecedents import Chooser
    from kg.catalogue import Catalogue
    from kg.ontology import Ontology
    from kg.pair_scorer import PairScorer

__all__ = ["Extractor", "pair_scorer"]

_REVISION = "4"  # of the rules in code: raise it when they change what comes out


class Extractor:
    """Extracts claims from articles with frames over UD parses.

    Parameters
    ----------
    ontology
        Relations, frames and cues.
    catalogue
        Known entities.
    min_confidence
        Claims below it are left out.
    """

    name = "frames"

    def __init__(
        self, ontology: Ontology, catalogue: Catalogue, min_confidence: float = 0.0
    ) -> None:
        self.ontology, self.catalogue = ontology, catalogue
        self.min_confidence = min_confidence
        self._finders: dict[str, NameFinder] = {}

    def __getstate__(self) -> dict[str, Any]:
        """All but the name finders: in another process they must use that one's pipelines."""
        return {**self.__dict__, "_finders": {}}

    @cached_property
    def version(self) -> str:
        """Hash of everything that decides what is extracted: rules, ontology, catalogue, weights."""
        weights = [f"{lang}={version(lang)}" for lang in languages()]
        weights += [scorer_version(), ranker_version()]
        folders = [weights_folder(lang) for lang in languages()]
        networks = [load(f) for f in folders for load in (load_pair_scorer, load_antecedent_scorer)]
        weights += [network.version for network in networks if network is not None]
        return content_hash(_REVISION, self.ontology.version, self.catalogue.version, *weights)

    def __call__(self, articles: Iterable[Article]) -> Iterator[tuple[Article, tuple[Claim, ...]]]:
        """Claims of each article, in the order of the articles."""
        for article, doc in parse(articles):
            yield article, self.claims(article, doc)

    def claims(self, article: Article, doc: Doc) -> tuple[Claim, ...]:
        """Claims of one parsed article."""
        return self.claims_of(article, self.matcher(article, doc))

    def claims_of(self, article: Article, matcher: FrameMatcher) -> tuple[Claim, ...]:
        """Claims of an article whose names and descriptions are resolved."""
        maker = ClaimMaker(
            article,
            matcher.tree,
            self.ontology,
            StatusReader(matcher.tree, self.ontology),
            find_quantities(article.text, article.lang),
            ignored_spans(article),
        )
        made = maker.claims(scored(matcher, article.title, load_scorer(), pair_scorer(matcher)))
        return tuple(claim for claim in made if claim.confidence >= self.min_confidence)

    def matcher(self, article: Article, doc: Doc) -> FrameMatcher:
        """The frames over the names and the resolved descriptions of one parsed article."""
        tree = Tree(doc, self.ontology)
        mentions = self._finder(article.lang).find(doc, tree)
        matcher = FrameMatcher(tree, mentions, self.ontology, self.catalogue)
        chooser = self.chooser(article, doc)
        discourse = Discourse(tree, mentions, self.ontology, self.catalogue, article.title, chooser)
        discourse.type_names()
        discourse.resolve(matcher.matches())
        return matcher

    def chooser(self, article: Article, doc: Doc) -> Chooser:
        """What chooses antecedents in the parsed *article*: the ranker that comes with the program."""
        return ranker_for(doc, article.lang)

    def _finder(self, lang: str) -> NameFinder:
        if lang not in self._finders:
            self._finders[lang] = NameFinder(load_pipeline(lang), self.catalogue, self.ontology)
        return self._finders[lang]


def pair_scorer(matcher: FrameMatcher) -> PairScorer | None:
    """The network that reads the vectors of a document's words, if there is one."""
    scorer = load_pair_scorer(weights_folder(matcher.tree.lang))
    return scorer if scorer is not None and scorer.takes(matcher.tree.doc) else None
