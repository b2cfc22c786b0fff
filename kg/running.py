"""Extractors over many articles: found by name, run in this process or in several.

An extractor is anything callable with articles that gives each back with its claims; the entry
point group ``kg.extractors`` names classes that are made with an ontology and a catalogue.
"""

from __future__ import annotations

import inspect
import itertools
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Protocol, runtime_checkable

from kg.catalogue import Catalogue
from kg.errors import InputError, KgError
from kg.model import Article, Claim
from kg.ontology import Ontology

__all__ = ["Extracts", "Metered", "Outcome", "details", "extract_all", "load_extractor", "takes"]

GROUP = "kg.extractors"
_BUILT_IN = {
    "frames": "kg.extraction:Extractor",
    "cooccurrence": "kg.baselines:CoOccurrence",
    "triples": "kg.baselines:VerbTriples",
    "llm": "kg.backends.llm:LanguageModel",
    "cascade": "kg.backends.llm:Cascade",
}
_MODULES_OF = {"httpx": "llm"}  # what an extra of this package brings
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


@runtime_checkable
class Metered(Protocol):
    """An extractor that asks a service: it says what that takes, in lines for people."""

    def forecast(self, articles: Iterable[Article]) -> tuple[str, ...]:
        """What reading *articles* would ask and cost; nothing is sent."""
        ...

    def account(self) -> tuple[str, ...]:
        """What has been asked and spent so far, what was kept and refused."""
        ...


def details(extractor: Extracts) -> Mapping[str, str]:
    """What a run records of *extractor* beside name and version: property → value."""
    found: Mapping[str, str] = getattr(extractor, "details", {})
    return found


def load_extractor(
    name: str, ontology: Ontology, catalogue: Catalogue, **settings: Any
) -> Extracts:
    """The extractor that an installed package registers as *name*.

    Parameters
    ----------
    settings
        What this extractor takes beside ontology and catalogue; see its class.

    Raises
    ------
    InputError
        Where none is called so (lists those there are), where it does not take one of the
        *settings*, or where a package that it needs is not installed.
    """
    for setting in settings:
        if not takes(name, setting):
            raise InputError(f"extractor {name!r} takes no {setting!r}")
    made: Extracts = _factory(name)(ontology, catalogue, **settings)
    return made


def takes(name: str, setting: str) -> bool:
    """Whether the extractor *name* is made with *setting* beside ontology and catalogue."""
    return setting in inspect.signature(_factory(name)).parameters


def _factory(name: str) -> Callable[..., Extracts]:
    try:
        if name in _BUILT_IN:  # these work from a checkout that is not installed, too
            module, _, own = _BUILT_IN[name].partition(":")
            made: Callable[..., Extracts] = getattr(import_module(module), own)
            return made
        known = {point.name: point for point in entry_points(group=GROUP)}
        if name not in known:
            names = ", ".join(sorted({*known, *_BUILT_IN}))
            raise InputError(f"no extractor {name!r}; there are: {names}")
        found: Callable[..., Extracts] = known[name].load()
    except ModuleNotFoundError as error:
        extra = _MODULES_OF.get(error.name or "")
        remedy = f"pip install 'kg[{extra}]'" if extra else f"install {error.name}"
        raise InputError(f"extractor {name!r} needs {error.name}: {remedy}") from None
    return found


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
