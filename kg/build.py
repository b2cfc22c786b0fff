"""The only place that knows the order: articles → claims → store, then all that follows from them.

What is read in an article is stored at once, whole or not at all; :func:`kg.deriving.derive` makes
the rest of it. Hence a second build changes nothing, the order of the files does not matter, and a
killed build is completed by the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kg import __version__
from kg.articles import ReadReport, list_files, read_articles
from kg.catalogue import Catalogue, graph_catalogue
from kg.deriving import (
    EXTRACTED,
    IMPORTED,
    Progress,
    Setting,
    Totals,
    derive,
    describe_run,
    store_claims,
)
from kg.duplicates import fingerprint
from kg.imports import read_curated
from kg.locations import Location, open_store
from kg.model import Article, content_hash
from kg.ontology import Ontology, load_ontology
from kg.rdf import StoredArticle
from kg.running import Extracts, Outcome, details, extract_all, load_extractor, takes
from kg.store import Store

__all__ = ["BuildReport", "ImportReport", "build", "build_articles", "import_claims"]


_NOTHING = Totals()


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did: every article given is read, unchanged, skipped (said twice) or failed.

    ``problems`` holds a line for each one skipped or failed; ``totals`` is for the whole graph.
    """

    read: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0
    problems: tuple[str, ...] = ()
    totals: Totals = _NOTHING


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did; ``problems`` holds a line for each claim refused."""

    articles: int = 0
    claims: int = 0
    refused: int = 0
    problems: tuple[str, ...] = ()
    totals: Totals = _NOTHING


def build(
    paths: Iterable[Path],
    location: Location,
    *,
    jobs: int = 1,
    ontology: Ontology | None = None,
    catalogue: Catalogue | None = None,
    extractor: Extracts | str = "frames",
    progress: Progress | None = None,
) -> BuildReport:
    """Read the articles in *paths* into the graph at *location*.

    Parameters
    ----------
    paths
        Files and folders of articles.
    location
        A graph folder, made if it is not there, or the address of a SPARQL 1.1 server. What it
        holds of other articles stays.
    jobs
        Processes that extract.
    ontology, catalogue
        Default: those that come with the program, and what users added to the graph.
    extractor
        An extractor, or the name of one (entry point group ``kg.extractors``).
    progress
        Told how many articles are done.

    Raises
    ------
    InputError
        Where *paths* hold no article.
    GraphError
        Where the folder is foreign or locked, or the graph cannot be written.
    """
    ontology = ontology or load_ontology()
    catalogue = catalogue or graph_catalogue(location, ontology=ontology)
    setting = Setting.of(ontology, catalogue)
    if isinstance(extractor, str):
        own = isinstance(location, Path) and takes(extractor, "folder")
        folder = {"folder": location} if own else {}  # where it may keep what it was answered
        extractor = load_extractor(extractor, setting.ontology, setting.catalogue, **folder)
    reading = ReadReport()
    articles = read_articles(
        sorted(list_files(paths)), report=reading
    )  # whatever order they come in
    built = build_articles(articles, location, setting, extractor, jobs=jobs, progress=progress)
    return replace(
        built,
        skipped=built.skipped + reading.skipped,
        failed=built.failed + reading.failed,
        problems=(*map(str, reading.problems), *built.problems),
    )


def build_articles(
    articles: Iterable[Article],
    location: Location,
    setting: Setting,
    extractor: Extracts,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> BuildReport:
    """As :func:`build`, from articles in any order."""
    with open_store(location, read_only=False) as store:
        reading = _Reading(store, extractor)
        for outcome in extract_all(extractor, reading.new_articles(articles), jobs):
            reading.keep(outcome)
            if progress:
                progress("reading", len(reading.fates))
        return reading.report(derive(store, setting, progress))


class _Reading:
    """Keeps what is read, one transaction an article, and counts."""

    def __init__(self, store: Store, extractor: Extracts) -> None:
        self.store = store
        self.run = content_hash(__version__, extractor.name, extractor.version)
        self.stored = {article.id: article for article in store.articles()}
        self.chosen: dict[str, tuple[tuple[str, str], str]] = {}  # id → precedence, origin
        self.fates: dict[str, str] = {}  # id → read, unchanged or failed
        self.skipped: list[str] = []
        self.failed: dict[str, str] = {}
        describe_run(store, self.run, extractor.name, extractor.version, details(extractor))

    def new_articles(self, articles: Iterable[Article]) -> Iterator[Article]:
        """Those that this run has not read yet.

        Of two articles under one identifier the one of the later date, then of the greater hash,
        is kept, whichever comes first.
        """
        for article in articles:
            if not self._takes_place(article):
                continue
            stored = self.stored.get(article.id)
            if stored and (stored.hash, stored.run) == (article.hash, self.run):
                self.fates[article.id] = "unchanged"
            else:
                yield article

    def _takes_place(self, article: Article) -> bool:
        rank, origin = (article.date or "", article.hash), article.origin or article.id
        if article.id in self.chosen:
            other, place = self.chosen[article.id]
            what = "the same article" if other == rank else "another article with this id"
            self.skipped.append(f"{origin}: {what} as {place}")
            if rank <= other:
                return False
        self.chosen[article.id] = rank, origin
        return True

    def keep(self, outcome: Outcome) -> None:
        """Store an article with its claims in the place of what it said before."""
        article = outcome.article
        if self.chosen[article.id][0][1] != article.hash:  # one that takes its place came since
            return
        self.failed.pop(article.id, None)
        if outcome.problem:
            self.fates[article.id], self.failed[article.id] = "failed", outcome.problem
            return
        new = StoredArticle.of(article, self.run)
        old, words = self.stored.get(article.id), fingerprint(article)
        store_claims(self.store, new, EXTRACTED, outcome.claims, old, words)
        self.stored[article.id] = new
        self.fates[article.id] = "read"

    def report(self, totals: Totals) -> BuildReport:
        """Counts, once all is read."""
        fates = Counter(self.fates.values())
        return BuildReport(
            read=fates["read"],
            unchanged=fates["unchanged"],
            skipped=len(self.skipped),
            failed=fates["failed"],
            problems=(*self.skipped, *self.failed.values()),
            totals=totals,
        )


def import_claims(
    paths: Iterable[Path], location: Location, *, setting: Setting | None = None
) -> ImportReport:
    """Put curated claims into the graph at *location*, with the extractor ``import``.

    Formats by ending: the JSONL of annotated articles, CSV (columns in :mod:`kg.imports`), and
    Turtle, TriG or N-Quads as this program exports them. What was extracted from the same article
    stays beside them.

    Raises
    ------
    InputError
        Where a file is none of these; before anything is stored.
    """
    setting = setting or Setting.of()
    curated = [read_curated(path, setting.ontology, setting.catalogue) for path in paths]
    run = content_hash(__version__, "import")
    with open_store(location, read_only=False) as store:
        describe_run(store, run, "import", __version__)
        stored = {article.id: article for article in store.articles()}
        for file in curated:
            for article, claims in file.articles:
                old = stored.get(article.id)
                same = old if old and old.hash == article.hash else None
                kept = same or article.with_run(run)
                store_claims(store, kept, IMPORTED, claims, old)
                stored[article.id] = kept
        totals = derive(store, setting)
    return ImportReport(
        articles=sum(len(file.articles) for file in curated),
        claims=sum(len(claims) for file in curated for _, claims in file.articles),
        refused=sum(len(file.problems) for file in curated),
        problems=tuple(problem for file in curated for problem in file.problems),
        totals=totals,
    )
