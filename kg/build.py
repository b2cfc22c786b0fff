"""The only place that knows the order: articles → claims → store, then all that follows from them.

What is read in an article is stored at once, whole or not at all; :func:`kg.deriving.derive` makes
the rest of it. Hence a second build changes nothing, the order of the files does not matter, and a
killed build is completed by the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kg import __version__
from kg.articles import ReadReport, list_files, read_articles
from kg.catalogue import Catalogue, graph_catalogue
from kg.changes import EXTRACTED, IMPORTED, Changes, Totals, describe_run
from kg.deriving import RELAXED, Progress, Setting, derive
from kg.duplicates import fingerprint
from kg.imports import read_curated
from kg.inventory import inventory
from kg.locations import Location, open_store
from kg.model import Article, content_hash
from kg.ontology import Ontology, load_ontology
from kg.rdf import StoredArticle
from kg.running import Extracts, Outcome, details, extract_all, load_extractor, takes
from kg.scratch import Scratch
from kg.store import Store

__all__ = ["BuildReport", "ImportReport", "build", "build_articles", "import_claims"]

_NOTHING = Totals()
# articles of this build by identifier: the date and hash of the chosen one, where it is from
_CHOSEN = """TABLE chosen (id PRIMARY KEY, date TEXT, hash TEXT, origin TEXT, fate TEXT,
  problem TEXT)"""
_FIND = "SELECT date, hash, origin, fate FROM chosen WHERE id = ?"
_CHOOSE = """INSERT INTO chosen VALUES (?, ?, ?, ?, ?, '') ON CONFLICT (id) DO UPDATE SET
  date = excluded.date, hash = excluded.hash, origin = excluded.origin, fate = excluded.fate,
  problem = excluded.problem"""
_DECIDE = "UPDATE chosen SET fate = ?, problem = ? WHERE id = ?"


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
                progress("reading", reading.done)
        return reading.report(derive(store, setting, progress, reading.changes))


class _Reading:
    """Keeps what is read, one transaction an article, and counts."""

    def __init__(self, store: Store, extractor: Extracts) -> None:
        self.run = content_hash(__version__, extractor.name, extractor.version)
        self.store, self._kept = store, 0
        self.stored, self.changes = inventory(store), Changes(store)
        self.skipped: list[str] = []
        self.done = 0
        self._chosen = Scratch(_CHOSEN)
        describe_run(store, self.run, extractor.name, extractor.version, details(extractor))

    def new_articles(self, articles: Iterable[Article]) -> Iterator[Article]:
        """Those that this run has not read yet.

        Of two articles under one identifier the one of the later date, then of the greater hash,
        is kept, whichever comes first.
        """
        for article in articles:
            rank, origin = (article.date or "", article.hash), article.origin or article.id
            if not self._takes_place(article, rank, origin):
                continue
            unchanged = self.stored.holds(article.id, rank[1], self.run)
            self._chosen.write(
                _CHOOSE, [(article.id, *rank, origin, "unchanged" if unchanged else None)]
            )
            self.done += unchanged
            if not unchanged:
                yield article

    def _takes_place(self, article: Article, rank: tuple[str, str], origin: str) -> bool:
        """Whether it is the first under its identifier or takes the place of the one before."""
        chosen = self._chosen.row(_FIND, article.id)
        if not chosen:
            return True
        other, place = chosen[:2], chosen[2]
        what = "the same article" if other == rank else "another article with this id"
        self.skipped.append(f"{origin}: {what} as {place}")
        self.done -= rank > other and chosen[3] is not None
        return rank > other

    def keep(self, outcome: Outcome) -> None:
        """Store an article with its claims in the place of what it said before."""
        article = outcome.article
        chosen = self._chosen.row(_FIND, article.id)
        if not chosen or chosen[1] != article.hash:  # one that takes its place came since
            return
        if outcome.problem:
            self._decide(article, "failed", outcome.problem)
            return
        new = StoredArticle.of(article, self.run)
        old, words = self.stored.get(article.id), fingerprint(article)
        self.changes.keep(new, EXTRACTED, outcome.claims, old, words)
        self.stored.note(new)
        self._decide(article, "read")

    def _decide(self, article: Article, fate: str, problem: str = "") -> None:
        self.done += 1
        self._kept += 1
        if self._kept % RELAXED == 0:
            self.store.relax()
        self._chosen.write(_DECIDE, [(fate, problem, article.id)])

    def report(self, totals: Totals) -> BuildReport:
        """Counts, once all is read."""
        fates: dict[str, int] = dict(
            self._chosen.rows("SELECT fate, count(*) FROM chosen GROUP BY fate")
        )
        failed = self._chosen.rows("SELECT problem FROM chosen WHERE problem <> '' ORDER BY rowid")
        return BuildReport(
            read=fates.get("read", 0),
            unchanged=fates.get("unchanged", 0),
            skipped=len(self.skipped),
            failed=fates.get("failed", 0),
            problems=(*self.skipped, *(problem for (problem,) in failed)),
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
        stored, changes = inventory(store), Changes(store)
        for file in curated:
            for article, claims in file.articles:
                old = stored.get(article.id)
                same = old if old and old.hash == article.hash else None
                kept = same or article.with_run(run)
                changes.keep(kept, IMPORTED, claims, old)
                stored.note(kept)
        totals = derive(store, setting, changes=changes)
    return ImportReport(
        articles=sum(len(file.articles) for file in curated),
        claims=sum(len(claims) for file in curated for _, claims in file.articles),
        refused=sum(len(file.problems) for file in curated),
        problems=tuple(problem for file in curated for problem in file.problems),
        totals=totals,
    )
