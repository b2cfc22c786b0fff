"""What the store costs: a synthetic graph with hubs, from a seeded generator.

    python bench/store.py [--claims N] [--articles N] [--until HH:MM] [--part build|files|rdflib]

Writes what it measures to docs/benchmarks.json, line by line, and from that the page
docs/benchmarks.md and the plot docs/images/build-memory.svg; a run of all parts begins them anew.
Every ratio is taken in one run on one machine, of CPU seconds of all threads: they hold on a
machine that others use at the same time, seconds of the clock do not. Builds run in processes of
their own, so that the memory measured is theirs. Where all that is asked for would not be done in
time (``--until``, UTC), there are fewer articles and claims.

The world: names grow with the square root of the claims (Heaps' law), a few of them are in most
claims, relations are as frequent as in the sample articles, owners make a tree.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from typing import IO, Any

import matplotlib as mpl
import pyoxigraph as ox
import rdflib

from kg import __version__
from kg.build import build_articles
from kg.catalogue import load_catalogue
from kg.deriving import Setting
from kg.disk_store import OxigraphStore
from kg.linking import new_entity
from kg.model import Argument, Article, Claim, Entity, Qualifiers, Quote, Status
from kg.named_queries import named_queries, run_named
from kg.ontology import Ontology, load_ontology
from kg.query_text import used_prefixes
from kg.rdf import StoredArticle, article_quads, entity_quads
from kg.rules import load_rules
from kg.views import (
    VIEWS,
    Support,
    Supports,
    edge_quads,
    ontology_quads,
    support_quads,
)
from kg.vocabulary import PREFIXES

DOCS = Path(__file__).parent.parent / "docs"
RECORD = DOCS / "benchmarks.json"
NQUADS = ox.RdfFormat.N_QUADS
CLAIMS_PER_ARTICLE = 5  # of the graph that is loaded
CLAIMS_PER_BUILT = 1  # of an article that is built: what rules draw grows faster than the claims
WORDS = 60  # of an article
SAMPLE = 2_000  # claims that rdflib is asked about
PATIENCE = 10  # seconds for one of rdflib's answers
LONG, TINY = 3.0, 0.01  # seconds of a query: from the one on not asked with values in its text, too
ROUNDS, MANY = 4, 400  # times that queries are asked; tiny ones
ENOUGH = 45.0  # seconds for the rounds of one query
RESTS = 2.0  # seconds: what takes less than a hundredth of them in as many is at rest
EARLY = 10_000  # articles after which memory should be flat
LEAST = 10_000  # articles or claims; where time is short there are multiples of it
GROWTH = (
    1.4  # time of an article in the largest build to one in the smallest, to be on the safe side
)
SHARE = 0.8  # time of a claim that is loaded, asked and exported, to that of an article of a build
STEP = 500  # articles between two measurements of memory
WATCH = 0.5  # seconds between two measurements where no articles are counted
# how often each is claimed in the sample articles, of a thousand
FREQUENCY = {
    "acquirerOf": 79, "competitorOf": 175, "developerOf": 144, "investorOf": 193,
    "litigantAgainst": 40, "partnerOf": 47, "subsidiaryOf": 70, "supplierTo": 219, "usesChip": 33,
}  # fmt: skip
DEALS = ("acquirerOf", "investorOf")
QUERIES = named_queries()
PARTS = ("rdflib", "build", "files")
STATUSES = (80, 16, 4)  # confirmed, prospective, denied, of a hundred


class World:
    """Made-up names and what articles say of them; also an extractor of exactly that."""

    name, version = "synthetic", "3"

    def __init__(self, ontology: Ontology, claims: int, each: int = CLAIMS_PER_ARTICLE) -> None:
        chance, self.each = random.Random(0), each
        size = max(40, 2 * int(20 * claims**0.5 / 2))
        kinds = ("Organization", "Product")
        self.entities = [
            new_entity(made_up(chance, 12).capitalize(), (kinds[2 * number // size],))
            for number in range(size)
        ]
        self.relations = sorted(FREQUENCY.keys() & ontology.relations.keys())
        self.weights = [FREQUENCY[relation] for relation in self.relations]

    def __call__(self, articles: Iterable[Article]) -> Iterator[tuple[Article, tuple[Claim, ...]]]:
        """Claims that depend on the article's identifier alone."""
        for article in articles:
            chance = random.Random(article.id)
            yield article, tuple(self._claim(article, n, chance) for n in range(self.each))

    def _ends(self, relation: str, chance: random.Random) -> tuple[Entity, Entity]:
        """Hubs first; the second half of the names are products, each of mostly one maker."""
        half = len(self.entities) // 2
        one, other = (int(half * chance.random() ** 2) for _ in range(2))
        if relation == "subsidiaryOf":
            unit = chance.randrange(1, half)
            return self.entities[unit], self.entities[unit // 10]
        if relation == "developerOf":
            return self.entities[other if chance.random() < 0.98 else one], self.entities[
                half + other
            ]
        if relation == "usesChip":
            return self.entities[one], self.entities[half + other]
        shift = half if relation == "competitorOf" and chance.random() < 0.3 else 0
        return self.entities[shift + one], self.entities[
            shift + (other if other != one else one + 1)
        ]

    def _claim(self, article: Article, number: int, chance: random.Random) -> Claim:
        start = 10 * number
        (relation,) = chance.choices(self.relations, self.weights)
        subject, other = self._ends(relation, chance)
        quote = Quote(start, start + 10, article.text[start : start + 10])
        return Claim(
            article=article.id,
            subject=Argument(subject, quote),
            relation=relation,
            object=Argument(other, quote),
            status=chance.choices(tuple(Status), STATUSES)[0],
            evidence=quote,
            trigger=quote,
            date=article.date,
            qualifiers=self._qualifiers(relation, chance),
            confidence=round(chance.uniform(0.5, 1), 2),
        )

    def _qualifiers(self, relation: str, chance: random.Random) -> Qualifiers:
        """A third of the deals have an amount, from a million to a hundred thousand million."""
        if relation not in DEALS or chance.random() > 1 / 3:
            return Qualifiers()
        return Qualifiers(amount=float(round(10 ** chance.uniform(6, 11))), currency="USD")


def made_up(chance: random.Random, length: int) -> str:
    """A word that is unlike any other: linking is measured elsewhere."""
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=length))


def articles(count: int) -> Iterator[Article]:
    """Articles of a hundred outlets with dates over five years; no two have the same words."""
    own = random.Random(1)
    words = [made_up(own, 6) for _ in range(5_000)]
    for number in range(count):
        date = f"{2021 + number % 5}-{1 + number % 12:02}-{1 + number % 28:02}"
        text = " ".join(random.Random(number).choices(words, k=WORDS))
        yield Article(f"a{number}", "en", f"Title {number}", text, date, f"Outlet {number % 100}")


def graph_quads(world: World, ontology: Ontology, claims: int) -> Iterator[ox.Quad]:
    """A graph as it is exported, but for what rules infer."""
    supports, count = Supports(), claims // CLAIMS_PER_ARTICLE
    for article, said in world(articles(count)):
        yield from article_quads(StoredArticle.of(article, "run"), said)
        supports.offer(_support(claim, ontology) for claim in said)
    for entity in world.entities:
        yield from entity_quads(entity)
    yield from ontology_quads(ontology)
    yield from support_quads((s for _, s in supports.having(*VIEWS)), ontology)
    for status, graph in VIEWS.items():
        yield from edge_quads((triple for triple, _ in supports.having(status)), graph, ontology)


def _support(claim: Claim, ontology: Ontology) -> tuple[tuple[str, str, str], Support]:
    triple = claim.subject.entity.iri, claim.relation, claim.object.entity.iri
    return ontology.undirected(triple), Support(triple, claim.id, claim.status, claim.confidence)


def write(path: Path, quads: Iterator[ox.Quad]) -> int:
    """Write *quads* as N-Quads; gives how many."""
    count = 0
    with path.open("wb") as file:
        while chunk := list(islice(quads, 100_000)):
            file.write(ox.serialize(chunk, format=NQUADS) or b"")
            count += len(chunk)
    return count


def seconds(action: Callable[[], object]) -> float:
    """CPU seconds of all threads that *action* takes."""
    start = time.process_time()
    action()
    return time.process_time() - start


def settled(action: Callable[[], object]) -> float:
    """CPU seconds of all threads until what *action* left to those in the background is done, too."""
    start = time.process_time()
    action()
    while True:
        before = time.process_time()
        time.sleep(RESTS)
        if time.process_time() - before < RESTS / 100:
            return before - start


def compared(*actions: Callable[[], object]) -> list[float]:
    """CPU seconds of each of *actions*, which take turns, in the opposite order each round.

    The least of some rounds once all is warm, of what is tiny the median of many; of what takes
    long there are fewer rounds, at worst one.
    """
    found = [_round(actions, 0)]
    if max(found[0]) < TINY:
        many = [_round(actions, number) for number in range(MANY)]
        return [median(own) for own in zip(*many, strict=True)]
    while len(found) <= ROUNDS and sum(map(sum, found)) < ENOUGH:
        found.append(_round(actions, len(found)))
    return [min(own) for own in zip(*(found[1:] or found), strict=True)]


def _round(actions: tuple[Callable[[], object], ...], number: int) -> list[float]:
    turn = -1 if number % 2 else 1
    return [seconds(action) for action in actions[::turn]][::turn]


@dataclass
class Table:
    """One part of the report: lines of what, ours, theirs, their ratio, what is wanted."""

    part: str
    lines: list[str] = field(default_factory=list)

    def add(self, what: str, ours: float, theirs: float, ratio: float, wanted: str) -> None:
        """Add a line, show it and write the page as far as it goes."""
        ours_shown, theirs_shown = f"{ours:.3g}", f"{theirs:.3g}"
        self.lines.append(f"| {what} | {ours_shown} | {theirs_shown} | {ratio:.3f} | {wanted} |")
        print(time.strftime("%H:%M:%S"), self.lines[-1], flush=True)
        self.keep("lines", self.lines)

    def keep(self, name: str, value: object) -> None:
        """Put *value* into the record of measurements, and write the page."""
        record = read_record()
        record.setdefault(self.part, {})[name] = value
        RECORD.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", "utf8")
        (DOCS / "benchmarks.md").write_text(page(record), "utf8")


def read_record() -> dict[str, Any]:
    """All that was measured: part → name → value."""
    found: dict[str, Any] = json.loads(RECORD.read_text("utf8")) if RECORD.exists() else {}
    return found


# -- measurements -----------------------------------------------------------------------------


def measure_files(table: Table, folder: Path, file: Path) -> None:
    """Bulk load, export and named queries against pyoxigraph's own."""
    bare = ox.Store(folder / "bare")
    theirs = settled(lambda: bare.bulk_load(path=str(file), format=NQUADS))
    with OxigraphStore.open(folder / "graph", read_only=False) as store:
        ours = settled(lambda: (store.load(file), store.publish()))
        table.add("bulk load, speed to `bulk_load`", ours, theirs, theirs / ours, "≥ 0.8")
    file.unlink()  # room for what is exported
    with OxigraphStore.open(folder / "graph") as store:
        ours = seconds(lambda: _export(folder, store.dump))
        theirs = seconds(lambda: _export(folder, lambda output: bare.dump(output, NQUADS)))
        table.add("N-Quads export (sorted), speed to `dump`", ours, theirs, theirs / ours, "≥ 0.7")
        ask(table, store)


def _export(folder: Path, dump: Callable[[IO[bytes]], object]) -> None:
    """Write to a file that is not kept."""
    with (folder / "out").open("wb") as output:
        dump(output)


def values(world: World) -> dict[str, str]:
    """A value for each type of parameter that has no default: hubs."""
    company, product = world.entities[0], world.entities[len(world.entities) // 2]
    return {"entity": company.iri, "month": "2025-01", "article": "a1", "product": product.iri,
            "date": "2025-01-01", "number": "1", "text": "USD", "status": "confirmed",
            "relation": "supplierTo", "class": "Organization",
            "company of owners": world.entities[len(world.entities) // 2 - 1].iri}  # fmt: skip


GIVEN: dict[str, str] = {}  # parameter's type → value, of the world that is measured


def needed(name: str) -> dict[str, str]:
    """Values for the parameters of a query that have no default."""
    return {
        p.name: GIVEN.get(f"{p.name} of {name}", GIVEN[p.type])
        for p in QUERIES[name].parameters
        if not p.default
    }


def ask(table: Table, store: OxigraphStore) -> None:
    """Each named query through the store and in pyoxigraph itself; both give all rows as terms."""
    ontology = load_ontology()
    store.entities()  # read once in a session, not once a query
    for turn, (name, query) in enumerate(sorted(QUERIES.items())):
        given = needed(name)
        terms = bound(store, name, given)

        def ours(name: str = name, given: Mapping[str, str] = given) -> int:
            return len(list(run_named(store, name, given, ontology)))

        theirs, in_text = (
            direct(store, query.sparql, terms),
            direct(store, as_text(query.sparql, terms), {}),
        )
        if turn % 2:  # what is asked only once is asked of one first, then of the other
            other, mine = compared(theirs, ours)
        else:
            mine, other = compared(ours, theirs)
        table.add(f"`@{name}`", mine, other, mine / other, "≤ 1.2")
        if terms and max(mine, other) < LONG:
            (plain,) = compared(in_text)
            what = f"`@{name}`, its values written into the text"
            table.add(what, mine, plain, mine / plain, "–")


def direct(
    store: OxigraphStore, sparql: str, terms: Mapping[ox.Variable, object]
) -> Callable[[], int]:
    """A query put to pyoxigraph as one would without this program, with the prefixes it uses."""
    prefixes = used_prefixes(sparql)

    def run() -> int:
        return len([tuple(solution) for solution in store.database.query(
            sparql, prefixes=prefixes, use_default_graph_as_union=True, substitutions=terms,
        )])  # fmt: skip

    return run


def as_text(sparql: str, terms: Mapping[ox.Variable, object]) -> str:
    """*sparql* with *terms* in the places of their variables, and not among what is selected."""
    code = "\n".join(line for line in sparql.splitlines() if not line.startswith("#"))
    head, opening, rest = code.partition("{")
    body, closing, tail = rest.rpartition("}")
    for variable, term in terms.items():
        name = re.compile(rf"\?{variable.value}\b")
        head, tail = name.sub("", head), name.sub("", tail)
        body = name.sub(lambda _, term=term: str(term), body)  # type: ignore[misc]
    return head + opening + body + closing + tail


def bound(store: OxigraphStore, name: str, given: Mapping[str, str]) -> dict[ox.Variable, object]:
    """What :func:`run_named` binds, caught on its way to the engine."""
    caught: dict[ox.Variable, object] = {}
    real = store.query

    def query(sparql: str, bindings: Mapping[str, object] | None = None, **more: object) -> object:
        caught.update({ox.Variable(n): term for n, term in (bindings or {}).items()})
        return real(sparql, bindings, **more)  # type: ignore[arg-type]

    store.query = query  # type: ignore[method-assign, assignment]
    try:
        run_named(store, name, given, load_ontology())
    finally:
        del store.query
    return caught


def measure_rdflib(table: Table, folder: Path, file: Path) -> None:
    """The same queries on a sample in rdflib's own engine."""
    dataset, ontology = rdflib.Dataset(default_union=True), load_ontology()
    dataset.parse(str(file), format="nquads")
    with OxigraphStore.open(folder / "sample", read_only=False) as store:
        store.load(file)
        for name, query in sorted(QUERIES.items()):
            terms = {
                v.value: rdflib.util.from_n3(str(t))
                for v, t in bound(store, name, needed(name)).items()
            }
            (ours,) = compared(lambda n=name: list(run_named(store, n, needed(n), ontology)))  # type: ignore[misc]
            theirs, ended = patiently(
                lambda q=query, t=terms: list(
                    dataset.query(q.sparql, initNs=dict(PREFIXES), initBindings=t)
                )
            )  # type: ignore[misc]
            what = f"`@{name}` in rdflib, {SAMPLE} claims" + ("" if ended else " (stopped)")
            table.add(what, ours, theirs, theirs / ours, "–")


def patiently(action: Callable[[], object]) -> tuple[float, bool]:
    """CPU seconds, and whether it ended before it was stopped."""

    def stop(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)  # of the processor, not of the clock
    start = time.process_time()
    try:
        action()
        return time.process_time() - start, True
    except TimeoutError:
        return time.process_time() - start, False
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def measure_builds(table: Table, folder: Path, count: int, until: datetime | None) -> Curve:
    """Memory of a build of *count* articles and of its beginning, and a second build of the same."""
    early = min(EARLY, count // 10)
    small = built(folder / "small", early)
    count = in_time(small.clock / early * GROWTH, count, until)
    table.keep("articles", count)
    large = built(folder / "built", count)
    again = built(folder / "built", count)
    what = f"second build of {count:,} articles to the first"
    table.add(what, again.seconds, large.seconds, again.seconds / large.seconds, "≤ 0.02")
    for stage in ("reading", "linking"):
        first, last = large.peak(stage, early), large.peak(stage, count)
        what = f"{stage}: memory (MB) up to article {count:,}, to that up to {early:,}"
        table.add(what, last, first, last / first, "flat")
    first, last = small.highest, large.highest
    what = f"peak memory (MB) of a build of {count:,} articles to one of {early:,}"
    table.add(what, last, first, last / first, "flat")
    return large


def in_time(each: float, count: int, until: datetime | None) -> int:
    """How many, at most *count*, at *each* seconds of the clock for one."""
    if until is None:
        return count
    left = (until - datetime.now(UTC)).total_seconds()
    return min(count, max(LEAST, int(left / each) // LEAST * LEAST))


def built(path: Path, count: int) -> Curve:
    """What a process of its own says of building *count* articles at *path*."""
    command = [sys.executable, __file__, "--articles", str(count), "--build", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return Curve(**json.loads(done.stdout))


def build_here(path: Path, count: int) -> None:
    """Build, and print what it took as JSON: see `Curve`."""
    ontology = load_ontology()
    setting = Setting(ontology, load_catalogue(ontology=ontology), load_rules())
    world, curve = World(ontology, CLAIMS_PER_BUILT * count, CLAIMS_PER_BUILT), Curve()
    made_up_in = seconds(lambda: deque(articles(count), maxlen=0))  # which is no part of a build
    start = time.monotonic()
    with curve.watched(count):
        curve.seconds = seconds(
            lambda: build_articles(articles(count), path, setting, world, progress=curve.note)
        )
    curve.seconds -= made_up_in
    curve.clock = time.monotonic() - start
    print(json.dumps(vars(curve)))


@dataclass
class Curve:
    """Resident megabytes by stage and articles done, the most there was, seconds of CPU and clock.

    CPU seconds are those of the build alone, without what making up the articles takes.
    """

    points: dict[str, list[list[float]]] = field(default_factory=dict)
    highest: float = 0
    seconds: float = 0
    clock: float = 0

    def note(self, stage: str, done: int) -> None:
        """Measure now and then."""
        if done % STEP == 0 or stage not in self.points:
            self.points.setdefault(stage, []).append([done, self._measure()])

    def _measure(self) -> float:
        pages = int(Path("/proc/self/statm").read_text("utf8").split()[1])
        size = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
        self.highest = max(self.highest, size)
        return size

    @contextmanager
    def watched(self, count: int) -> Iterator[None]:
        """Measure all the time; once all articles are linked, of which no part is told, too."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(WATCH):
                size = self._measure()
                if "deriving" in self.points:
                    self.points["deriving"].append([count, size])

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()

    def peak(self, stage: str, articles: int) -> float:
        """The most in a stage up to the given number of articles."""
        return max(size for done, size in self.points[stage] if done <= articles)


# -- report -----------------------------------------------------------------------------------


def draw(curve: Curve, path: Path) -> None:
    """The plot, the same bytes for the same measurements."""
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "kg", "svg.fonttype": "none"})
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
    for stage, points in curve.points.items():
        drawn = [max(points, key=lambda point: point[1])] if stage == "deriving" else points
        axes.plot(*zip(*drawn, strict=True), label=stage, marker="." if len(drawn) < 3 else "")
    axes.set(xlabel="articles done", ylabel="resident memory, MB", ylim=(0, None))
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


HEAD = """| what | this program | the other | ratio | wanted |
| --- | ---: | ---: | ---: | --- |
"""


def page(record: Mapping[str, Any]) -> str:
    """The page for docs/."""
    graphs = sorted((own for own in record.values() if "quads" in own), key=lambda g: -g["claims"])
    return "\n".join(
        [_introduction(record.get("run", {})), *map(_graph_section, graphs), _rest(record)]
    )


def _introduction(run: Mapping[str, Any]) -> str:
    return f"""# Benchmarks of the store

Written by `make bench` (`bench/store.py`), version {__version__}, pyoxigraph {ox.__version__}, rdflib {rdflib.__version__}.
{_when(run)}Figures are CPU seconds of all threads (memory aside), on a virtual machine of
{os.cpu_count()} cores that did other work at the same time; what counts is the ratio of two figures of one run.

The graphs are synthetic, from a seeded generator: names grow with the square root of the claims, a
few of them are in most claims. They hold the strongest claims and plain edges that a build derives,
but nothing that rules infer.

- **Bulk load, export**: the other is `bulk_load` and `dump` of the same quads; the ratio is of speeds. Loading
  is counted until RocksDB's threads in the background are at rest on either side.
- **Named queries**: the other is `Store.query` of pyoxigraph on the same database with the same text,
  the prefixes it uses and the same terms (`substitutions`); both give every row as terms. Where a
  query has parameters and takes less than {LONG:.0f} s, the other is also asked with the values written into
  the text, as one would by hand: its optimizer knows them then. Both take turns, in the opposite order
  each round; of queries of less than {TINY * 1000:.0f} ms the figure is the median of {MANY}, of others the least of {ROUNDS},
  or of as many as there are in {ENOUGH:.0f} s, at least one (of one or the other first by turns).
"""


def _when(run: Mapping[str, Any]) -> str:
    """Date, commit and load of the machine, where all is of one run."""
    if not run.get("load"):
        return ""
    loads, asked = ", ".join(f"{load:.1f}" for load in run["load"]), run["asked"]
    again = "".join(
        f"Measured again since, by itself: the part `{part}` ({when}).\n"
        for part, when in sorted(run.get("again", {}).items())
    )
    return (
        f"All is of one run that began {run['began']} (UTC) at commit {run['commit']} and ended "
        f"{run['ended']};\nthe load of the machine was {loads} at its beginning and after each part. "
        f"It was asked for a\ngraph of {asked[0]:,} claims and a build of {asked[1]:,} articles: "
        f"where there are fewer, there was no time for more.\n{again}\n"
    )


def _graph_section(graph: Mapping[str, Any]) -> str:
    claims, lines = graph["claims"], "\n".join(graph.get("lines", ()))
    whole = all(text in lines for text in ("export", *(f"`@{name}`" for name in QUERIES)))
    short = "" if whole else " The run was stopped before all was measured."
    return f"""## A graph of {claims:,} claims

In {claims // CLAIMS_PER_ARTICLE:,} articles: {graph["quads"]:,} quads.{short}

{HEAD}{lines}
"""


def _rest(record: Mapping[str, Any]) -> str:
    sections = {"build": _build_section, "rdflib": _engine_section}
    return "\n".join(own(record[part]) for part, own in sections.items() if record.get(part))


def _build_section(build: Mapping[str, Any]) -> str:
    count, lines = build["articles"], "\n".join(build.get("lines", ()))
    return f"""## A build of {count:,} articles

Articles of {WORDS} words and {CLAIMS_PER_BUILT} claim each, since what rules draw from a random graph grows faster than
its claims. Memory is what is resident, of a process that does nothing but build. Making up the
articles is not counted.

{HEAD}{lines}

![Memory of a build of {count:,} articles](images/build-memory.svg)

Memory by stage and articles done; of the last stage, in which no articles are counted, the most.
"""


def _engine_section(engine: Mapping[str, Any]) -> str:
    lines = "\n".join(engine.get("lines", ()))
    return f"""## rdflib's own engine

The same queries of {SAMPLE:,} claims, since it makes cross products; what takes more than {PATIENCE} s is stopped.

{HEAD}{lines}
"""


def build_part(count: int, folder: Path, until: datetime | None) -> float:
    """Measure builds; gives seconds of the clock an article."""
    curve = measure_builds(Table("build"), folder, count, until)
    draw(curve, DOCS / "images" / "build-memory.svg")
    return curve.clock / max(done for done, _ in curve.points["linking"])


def files_part(claims: int, folder: Path) -> None:
    """Measure loading, asking and exporting."""
    world, table = World(load_ontology(), claims), Table(f"files {claims}")
    GIVEN.update(values(world))
    quads = write(folder / "graph.nq", graph_quads(world, load_ontology(), claims))
    table.keep("claims", claims)
    table.keep("quads", quads)
    measure_files(table, folder, folder / "graph.nq")


def rdflib_part(folder: Path) -> None:
    """Measure rdflib's answers."""
    sample = World(load_ontology(), SAMPLE)
    GIVEN.update(values(sample))
    write(folder / "sample.nq", graph_quads(sample, load_ontology(), SAMPLE))
    measure_rdflib(Table("rdflib"), folder, folder / "sample.nq")


def main(parts: Iterable[str], claims: int, count: int, until: datetime | None = None) -> None:
    """Measure and write the report."""
    for part in parts:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
            folder = Path(name)
            if part == "build":
                half = until and until - (until - datetime.now(UTC)) / 2
                claims = in_time(SHARE * build_part(count, folder, half), claims, until)
            elif part == "files":
                files_part(claims, folder)
            else:
                rdflib_part(folder)
        note_run([part] if [*parts] == [part] else [])


def begin_run(claims: int, count: int) -> None:
    """Forget what earlier runs measured; note date, commit, load of the machine, what is asked for."""
    RECORD.unlink(missing_ok=True)
    Table("run").keep("asked", [claims, count])
    Table("run").keep("commit", commit())
    Table("run").keep("began", f"{datetime.now(UTC):%Y-%m-%d %H:%M}")
    note_run()


def commit() -> str:
    """What is measured."""
    command = ["git", "-C", str(DOCS), "rev-parse", "--short", "HEAD"]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return told or "unknown"


def note_run(again: Iterable[str] = ()) -> None:
    """Note the time and the load of the machine; of parts that are measured *again* when and what."""
    run = read_record().get("run")
    if not run:
        return
    if since := {part: f"{datetime.now(UTC):%Y-%m-%d %H:%M}, commit {commit()}" for part in again}:
        Table("run").keep("again", {**run.get("again", {}), **since})
        return
    Table("run").keep("ended", f"{datetime.now(UTC):%H:%M}")
    Table("run").keep("load", [*run.get("load", ()), os.getloadavg()[0]])


def moment(text: str) -> datetime:
    """The next time that it is HH:MM, UTC."""
    now = datetime.now(UTC)
    hour, minute = map(int, text.split(":"))
    then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return then if then > now else then + timedelta(days=1)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--claims", type=int, default=1_000_000)
    arguments.add_argument("--articles", type=int, default=100_000)
    arguments.add_argument("--part", choices=PARTS, help="measure only this; default: all")
    arguments.add_argument("--until", type=moment, help="HH:MM, UTC: smaller builds where need be")
    arguments.add_argument(
        "--build", type=Path, help="only build, in this folder; say what it takes"
    )
    given = arguments.parse_args()
    if given.build:
        build_here(given.build, given.articles)
    else:
        if not given.part:
            begin_run(given.claims, given.articles)
        main([given.part] if given.part else PARTS, given.claims, given.articles, given.until)
