"""Extractors over many articles: found by name, run in this process or in several.

An extractor is anything callable with articles that gives each back with its claims; the entry
point group ``kg.extractors`` names classes that are made with an ontology and a catalogue.
"""

from __future__ import annotations

import itertools
import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import Protocol

from kg.catalogue import Catalogue
from kg.errors import InputError, KgError
from kg.model import Article, Claim
from kg.ontology import Ontology

__all__ = ["Extracts", "Outcome", "extract_all", "load_extractor"]

GROUP = "kg.extractors"
_BUILT_IN = {
    "frames": "kg.extraction:Extractor",
    "cooccurrence": "kg.baselines:CoOccurrence",
    "triples": "kg.baselines:VerbTriples",
}
_CHUNK = 16  # articles handed over at once: a pipeline is faster on several
_AHEAD = 4  # chunks in flight for each process, so that memory stays flat


class Extracts(Protocol):
    """What every extractor is; ``version`` changes when what it gives may change."""

    name: str

    @property
    def version(self) -> str:
        """Hash of all that decides what is extracted."""
        ...

    def __call__(self, articles: Iterable[Article]) -> Iterator[tuple[Article, tuple[Claim, ...]]]:
        """Claims of each article, in the order of the articles."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """One article with its claims, or with the ``problem`` that kept it from being read."""

    article: Article
    claims: tuple[Claim, ...] = ()
    problem: str = ""


def load_extractor(name: str, ontology: Ontology, catalogue: Catalogue) -> Extracts:
    """The extractor that an installed package registers as *name*.

    Raises
    ------
    InputError
        Where none is called so; lists those there are.
    """
    if name in _BUILT_IN:  # these work from a checkout that is not installed, too
        module, _, own = _BUILT_IN[name].partition(":")
        made: Extracts = getattr(import_module(module), own)(ontology, catalogue)
        return made
    known = {point.name: point for point in entry_points(group=GROUP)}
    if name not in known:
        names = ", ".join(sorted({*known, *_BUILT_IN}))
        raise InputError(f"no extractor {name!r}; there are: {names}")
    extractor: Extracts = known[name].load()(ontology, catalogue)
    return extractor


def _outcomes(extractor: Extracts, articles: tuple[Article, ...]) -> list[Outcome]:
    """Outcomes of a chunk; where it fails as a whole each article is tried alone."""
    try:
        return [Outcome(article, claims) for article, claims in extractor(articles)]
    except Exception as error:
        if len(articles) > 1:
            return [one for article in articles for one in _outcomes(extractor, (article,))]
        known = str(error) if isinstance(error, KgError) else f"{type(error).__name__}: {error}"
        article = articles[0]
        place = article.origin or article.id
        problem = known if known.startswith(place) else f"{place}: {known}"
        return [Outcome(article, problem=" ".join(problem.split()))]


def _chunks(articles: Iterable[Article]) -> Iterator[tuple[Article, ...]]:
    rest = iter(articles)  # itertools.batched is there from Python 3.12 on
    while chunk := tuple(itertools.islice(rest, _CHUNK)):
        yield chunk


def extract_all(
    extractor: Extracts, articles: Iterable[Article], jobs: int = 1
) -> Iterator[Outcome]:
    """Outcomes in the order of *articles*, with *jobs* processes; memory does not grow with them."""
    chunks = _chunks(articles)
    if jobs <= 1:
        for chunk in chunks:
            yield from _outcomes(extractor, chunk)
        return
    # spawned, not forked: a fork would share the store's threads and locks
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _start, (extractor,)) as pool:
        waiting: list[Future[list[Outcome]]] = []
        for chunk in chunks:
            waiting.append(pool.submit(_work, chunk))
            if len(waiting) >= jobs * _AHEAD:
                yield from waiting.pop(0).result()
        for future in waiting:
            yield from future.result()


_extractor: Extracts | None = None  # of a worker process


def _start(extractor: Extracts) -> None:
    global _extractor
    _extractor = extractor


def _work(articles: tuple[Article, ...]) -> list[Outcome]:
    if _extractor is None:
        raise RuntimeError("a worker was given articles before its extractor")
    return _outcomes(_extractor, articles)
