"""The extractors: ``llm`` reads whole articles, ``cascade`` what rules leave open.

The model's calls run at once, in threads; everything else runs in the order of the articles, so
that what comes out depends on the replies alone and not on which of them came first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.backends.llm.account import Estimate, Kept, account_lines
from kg.backends.llm.archive import Archive
from kg.backends.llm.budget import Budget, Usage, expected_tokens
from kg.backends.llm.client import Client, Request
from kg.backends.llm.comparing import combine
from kg.backends.llm.grounding import Grounder
from kg.backends.llm.passages import Passage, open_passages, whole_passages
from kg.backends.llm.prompt import Prompt
from kg.backends.llm.reading import Asked, Reading, Submit
from kg.backends.llm.service import Service
from kg.claims import merge
from kg.discourse import Discourse
from kg.errors import InputError
from kg.extraction import Extractor
from kg.model import Article, Claim, content_hash
from kg.pipelines import parse

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from kg.catalogue import Catalogue
    from kg.frames import FrameMatcher
    from kg.ontology import Ontology

__all__ = ["Cascade", "LanguageModel"]

_REVISION = "1"  # of passages and checks: raise it when they change what comes out
_TOGETHER = 16  # articles whose requests run at once


class LanguageModel:
    """Asks a language model for the claims of whole articles, and keeps those that stand.

    Parameters
    ----------
    ontology, catalogue
        What is asked for, and known entities.
    service
        Which model, where, within what bounds. Default: from the environment.
    folder
        Where ``replies/`` is kept, usually the graph's. Default: replies live as long as this.

    Raises
    ------
    InputError
        Where no model is named, or its address or bounds make no sense.
    """

    name = "llm"

    def __init__(
        self,
        ontology: Ontology,
        catalogue: Catalogue,
        service: Service | None = None,
        folder: Path | None = None,
    ) -> None:
        self.service = service or Service.from_environment()
        self.rules = Extractor(ontology, catalogue)
        self.prompt = Prompt(ontology)
        self.archive = Archive(folder)
        self.budget = Budget(self.service)
        self.client = Client(self.service, self.archive, self.budget)
        self._kept: dict[str, Kept] = {}  # article hash → what came of it

    def __getstate__(self) -> dict[str, Any]:
        """Not for other processes: each would have a budget of its own."""
        raise InputError(
            f"extractor {self.name!r} asks from one process; leave out --jobs, raise --concurrency"
        )

    @cached_property
    def version(self) -> str:
        """Hash of all that decides what is extracted, the server aside."""
        parts = (self.rules.version, self.service.model, self.prompt.version)
        return content_hash(self.name, _REVISION, *parts)

    @property
    def details(self) -> Mapping[str, str]:
        """What a run records beside name and version: local names of the ontology → values."""
        return {"languageModel": self.service.model, "promptVersion": self.prompt.version}

    def __call__(self, articles: Iterable[Article]) -> Iterator[tuple[Article, tuple[Claim, ...]]]:
        """Claims of each article, in the order of the articles.

        Raises
        ------
        ServiceError
            Where the server does not answer, refuses, or the budget is used up.
        """
        self.archive.describe_prompt(
            self.prompt.version, {"system": self.prompt.system, "schema": self.prompt.schema}
        )
        readings = self._readings(articles)
        with _threads(self.service.concurrency) as pool:

            def submit(request: Request) -> Future[bytes]:
                return pool.submit(self.client.ask, request)

            while group := list(islice(readings, _TOGETHER)):
                self._ask(group, submit)
                for reading in group:
                    yield reading.article, self._claims(reading)

    def estimate(self, articles: Iterable[Article]) -> Estimate:
        """What reading *articles* would ask; nothing is sent."""
        found = Estimate()
        for reading in self._readings(articles):
            fresh = [a for a in reading.asked if self.archive.get(a.request.key) is None]
            tokens = (
                Usage(sum(expected_tokens(m["content"]) for m in a.request.messages), most)
                for a in fresh
                for most in [a.request.max_tokens]
            )
            found = Estimate(
                articles=found.articles + 1,
                sentences=found.sentences + reading.sentences,
                sent=found.sent + reading.sent,
                calls=found.calls + len(fresh),
                cached=found.cached + len(reading.asked) - len(fresh),
                most=sum(tokens, found.most),
            )
        return found

    def forecast(self, articles: Iterable[Article]) -> tuple[str, ...]:
        """:meth:`estimate` in lines."""
        return tuple(self.estimate(articles).lines(self.service))

    def account(self) -> tuple[str, ...]:
        """What has been asked, spent, kept and refused so far, in lines."""
        kept = [self._kept[key] for key in sorted(self._kept)]
        numbers = (self.budget.calls, self.client.cached, self.budget.used)
        return tuple(account_lines(self.service, kept, *numbers))

    # -- one article ---------------------------------------------------------------------------

    def _readings(self, articles: Iterable[Article]) -> Iterator[Reading]:
        for article, doc in parse(articles):
            yield self._reading(article, doc)

    def _reading(self, article: Article, doc: Doc) -> Reading:
        matcher = self.rules.matcher(article, doc)
        ruled = self._ruled(article, matcher)
        why = (f"model {self.service.model}", f"prompt {self.prompt.version}")
        passages = self._passages(article, matcher, ruled)
        asked = tuple(self._asked(article, passage) for passage in passages)
        grounder = Grounder(article, matcher, why)
        return Reading(article, grounder, len(matcher.tree.bounds), ruled, asked)

    def _asked(self, article: Article, passage: Passage) -> Asked:
        model, bound = self.service.model, self.service.max_tokens
        wanted = len(passage.wanted)
        request = self.prompt.request(article, passage.text, wanted, model, bound)
        return Asked(passage, request, model)

    def _ask(self, group: list[Reading], submit: Submit) -> None:
        """Send all requests of *group*, then all second ones."""
        asked = [(reading, one) for reading in group for one in reading.asked]
        for _, one in asked:
            one.send(submit)
        for reading, one in asked:
            one.check(reading.grounder, self.prompt, submit)
        for reading, one in asked:
            one.finish(reading.grounder)

    def _claims(self, reading: Reading) -> tuple[Claim, ...]:
        claims, differences = self._combined(reading)
        article = reading.article
        self._kept[article.hash] = Kept(
            sentences=reading.sentences,
            sent=reading.sent,
            claims=len(reading.claims),
            mended=sum(asked.mended for asked in reading.asked),
            refused=reading.refused,
            differences=len(differences),
        )
        if reading.asked:
            self.archive.describe_article(article.hash, reading.record(differences))
        return claims

    # -- what the cascade does otherwise ---------------------------------------------------------

    def _ruled(self, article: Article, matcher: FrameMatcher) -> tuple[Claim, ...]:  # noqa: ARG002
        """Claims that rules make beforehand."""
        return ()

    def _passages(
        self,
        article: Article,  # noqa: ARG002
        matcher: FrameMatcher,
        ruled: tuple[Claim, ...],  # noqa: ARG002
    ) -> tuple[Passage, ...]:
        """What the model is shown."""
        return whole_passages(matcher.tree)

    def _combined(self, reading: Reading) -> tuple[tuple[Claim, ...], list[dict[str, Any]]]:
        """Claims of the article, and where rules and model differ."""
        return merge(reading.claims, self.rules.ontology), []


class Cascade(LanguageModel):
    """Rules read an article first; the model is asked about what they leave open."""

    name = "cascade"

    def _ruled(self, article: Article, matcher: FrameMatcher) -> tuple[Claim, ...]:
        return self.rules.claims_of(article, matcher)

    def _passages(
        self, article: Article, matcher: FrameMatcher, ruled: tuple[Claim, ...]
    ) -> tuple[Passage, ...]:
        parts = (matcher.tree, matcher.mentions, matcher.ontology, self.rules.catalogue)
        return open_passages(matcher, Discourse(*parts, article.title), ruled)

    def _combined(self, reading: Reading) -> tuple[tuple[Claim, ...], list[dict[str, Any]]]:
        made = merge(reading.claims, self.rules.ontology)
        tree = reading.grounder.tree
        judged = [tree.bounds[n] for n in sorted(reading.judged)]
        spans = [(tree.doc[start].idx, tree.doc[end - 1].idx) for start, end in judged]
        return combine(reading.ruled, made, spans, self.rules.ontology)


@contextmanager
def _threads(number: int) -> Iterator[ThreadPoolExecutor]:
    """Threads for requests; whatever ends the block ends those that have not begun."""
    pool = ThreadPoolExecutor(number, thread_name_prefix="kg-llm")
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
