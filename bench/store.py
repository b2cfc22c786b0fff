"""What the store costs: a synthetic graph with hubs, from a seeded generator.

    python bench/store.py [--claims N] [--articles N]

Writes the table docs/benchmarks.md and the plot docs/images/build-memory.svg. Every ratio is taken
in one run on one machine, of CPU seconds of all threads: they hold on a machine that others use at
the same time, seconds of the clock do not.

The world: names grow with the square root of the claims (Heaps' law), a few of them are in most
claims, relations are as frequent as in the sample articles, owners make a tree.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import matplotlib as mpl
import pyoxigraph as ox
import rdflib

from kg import __version__
from kg.build import build_articles
from kg.catalogue import load_catalogue
from kg.deriving import Setting
from kg.linking import new_entity
from kg.model import Argument, Article, Claim, Entity, Quote, Status
from kg.named_queries import named_queries, run_named
from kg.ontology import Ontology, load_ontology
from kg.rdf import StoredArticle, article_quads, entity_quads
from kg.rules import load_rules
from kg.store import OxigraphStore
from kg.views import VIEWS, Support, Supports, edge_quads, support_quads, undirected
from kg.vocabulary import PREFIXES

DOCS = Path(__file__).parent.parent / "docs"
NQUADS = ox.RdfFormat.N_QUADS
CLAIMS_PER_ARTICLE = 5
SAMPLE = 2_000  # claims that rdflib is asked about
PATIENCE = 60  # seconds for one of rdflib's answers
STEP = 500  # articles between two measurements of memory
# how often each is claimed in the sample articles, of a thousand
FREQUENCY = {
    "acquirerOf": 79, "competitorOf": 175, "developerOf": 144, "investorOf": 193,
    "litigantAgainst": 40, "partnerOf": 47, "subsidiaryOf": 70, "supplierTo": 219, "usesChip": 33,
}  # fmt: skip
QUERIES = named_queries()
STATUSES = (80, 16, 4)  # confirmed, prospective, denied, of a hundred


class World:
    """Made-up names and what articles say of them; also an extractor of exactly that."""

    name, version = "synthetic", "2"

    def __init__(self, ontology: Ontology, claims: int) -> None:
        chance = random.Random(0)
        letters = "abcdefghijklmnopqrstuvwxyz"  # unlike one another: linking is measured elsewhere
        size = max(40, 2 * int(20 * claims**0.5 / 2))
        words = ("".join(chance.choices(letters, k=12)).capitalize() for _ in range(size))
        self.entities = [new_entity(word, ()) for word in words]
        self.relations = sorted(FREQUENCY.keys() & ontology.relations.keys())
        self.weights = [FREQUENCY[relation] for relation in self.relations]

    def __call__(self, articles: Iterable[Article]) -> Iterator[tuple[Article, tuple[Claim, ...]]]:
        """Claims that depend on the article's identifier alone."""
        for article in articles:
            chance = random.Random(article.id)
            yield article, tuple(self._claim(article, n, chance) for n in range(CLAIMS_PER_ARTICLE))

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
            confidence=round(chance.uniform(0.5, 1), 2),
        )


def articles(count: int) -> Iterator[Article]:
    """Articles with dates over five years."""
    for number in range(count):
        date = f"{2021 + number % 5}-{1 + number % 12:02}-{1 + number % 28:02}"
        yield Article(f"a{number}", "en", f"Title {number}", f"text {number} " * 10, date)


def graph_quads(world: World, ontology: Ontology, claims: int) -> Iterator[ox.Quad]:
    """A graph as it is exported, but for what rules infer."""
    supports, count = Supports(), claims // CLAIMS_PER_ARTICLE
    for article, said in world(articles(count)):
        yield from article_quads(StoredArticle.of(article, "run"), said)
        supports.offer(_support(claim, ontology) for claim in said)
    for entity in world.entities:
        yield from entity_quads(entity)
    yield from support_quads((s for _, s in supports.having(*VIEWS)), ontology)
    for status, graph in VIEWS.items():
        yield from edge_quads((triple for triple, _ in supports.having(status)), graph, ontology)


def _support(claim: Claim, ontology: Ontology) -> tuple[tuple[str, str, str], Support]:
    triple = claim.subject.entity.iri, claim.relation, claim.object.entity.iri
    return undirected(triple, ontology), Support(triple, claim.id, claim.status, claim.confidence)


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


@dataclass
class Table:
    """Lines of the report: what, ours, theirs, their ratio, what is wanted."""

    lines: list[str] = field(default_factory=list)

    def add(self, what: str, ours: float, theirs: float, ratio: float, wanted: str) -> None:
        """Add a line, and show it."""
        self.lines.append(f"| {what} | {ours:.3f} | {theirs:.3f} | {ratio:.3f} | {wanted} |")
        print(self.lines[-1], flush=True)


# -- measurements -----------------------------------------------------------------------------


def measure_files(table: Table, folder: Path, file: Path) -> None:
    """Bulk load, named queries and export against pyoxigraph's own."""
    bare = ox.Store(folder / "bare")
    theirs = seconds(lambda: bare.bulk_load(path=str(file), format=NQUADS))
    with OxigraphStore.open(folder / "graph", read_only=False) as store:
        ours = seconds(lambda: store.load(file))
        table.add("bulk load, speed to `bulk_load`", ours, theirs, theirs / ours, "≥ 0.8")
        store.publish()
    with OxigraphStore.open(folder / "graph") as store, (folder / "out").open("wb") as output:
        ask(table, store)
        ours = seconds(lambda: store.dump(output))
        theirs = seconds(lambda: bare.dump((folder / "theirs").open("wb"), NQUADS))
        table.add("N-Quads export (sorted), speed to `dump`", ours, theirs, theirs / ours, "≥ 0.7")


def values(world: World) -> dict[str, str]:
    """A value for each type of parameter that has no default: hubs."""
    company, product = world.entities[0], world.entities[len(world.entities) // 2]
    return {"entity": company.iri, "month": "2025-01", "article": "a1", "product": product.iri,
            "date": "2025-01-01", "number": "1", "text": "USD", "status": "confirmed",
            "relation": "supplierTo", "class": "Organization"}  # fmt: skip


GIVEN: dict[str, str] = {}  # parameter's type → value, of the world that is measured


def needed(name: str) -> dict[str, str]:
    """Values for the parameters of a query that have no default."""
    return {p.name: GIVEN[p.type] for p in QUERIES[name].parameters if not p.default}


def ask(table: Table, store: OxigraphStore) -> None:
    """Each named query through the store and in pyoxigraph itself; the best of three each."""
    ontology = load_ontology()
    for name, query in sorted(QUERIES.items()):
        given = needed(name)
        bindings = bound(store, name, given)

        def ours(name: str = name, given: Mapping[str, str] = given) -> int:
            return sum(1 for _ in run_named(store, name, given, ontology))

        def theirs(
            sparql: str = query.sparql, terms: Mapping[ox.Variable, object] = bindings
        ) -> int:
            return sum(1 for _ in store.database.query(
                sparql, prefixes=dict(PREFIXES), use_default_graph_as_union=True, substitutions=terms,
            ))  # fmt: skip

        store.entities()  # read once in a session, not once a query
        mine, other = (min(seconds(action) for _ in range(3)) for action in (ours, theirs))
        table.add(f"`@{name}`", mine, other, mine / other, "≤ 1.2")


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
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(str(file), format="nquads")
    with OxigraphStore.open(folder / "sample", read_only=False) as store:
        store.load(file)
        for name, query in sorted(QUERIES.items()):
            terms = {
                v.value: rdflib.util.from_n3(str(t))
                for v, t in bound(store, name, needed(name)).items()
            }
            ours = seconds(lambda n=name: list(run_named(store, n, needed(n), load_ontology())))  # type: ignore[misc]
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

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(PATIENCE)
    start = time.process_time()
    try:
        action()
        return time.process_time() - start, True
    except TimeoutError:
        return time.process_time() - start, False
    finally:
        signal.alarm(0)


def measure_build(table: Table, folder: Path, setting: Setting, world: World, count: int) -> Curve:
    """Memory while *count* articles are built, and a second build with nothing changed."""
    curve = Curve()

    def build() -> None:
        build_articles(articles(count), folder / "built", setting, world, progress=curve.note)

    first = seconds(build)
    first_curve, curve = curve, Curve()
    second = seconds(build)
    table.add(
        f"second build of {count} articles to the first", second, first, second / first, "≤ 0.02"
    )
    early, late = first_curve.peak(count // 10), first_curve.peak(count)
    what = f"memory (MB) after {count} articles to the first {count // 10}"
    table.add(what, late, early, late / early, "flat")
    return first_curve


@dataclass
class Curve:
    """Memory by stage: articles done, resident megabytes."""

    points: dict[str, list[tuple[int, float]]] = field(default_factory=dict)

    def note(self, stage: str, done: int) -> None:
        """Measure now and then."""
        if done % STEP == 0 or stage not in self.points:
            pages = int(Path("/proc/self/statm").read_text("utf8").split()[1])
            self.points.setdefault(stage, []).append(
                (done, pages * os.sysconf("SC_PAGE_SIZE") / 2**20)
            )

    def peak(self, articles: int) -> float:
        """The most while articles were read and linked, up to the given number of them."""
        return max(size for own in self.points.values() for done, size in own if done <= articles)


# -- report -----------------------------------------------------------------------------------


def draw(curve: Curve, path: Path) -> None:
    """The plot, the same bytes for the same measurements."""
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "kg", "svg.fonttype": "none"})
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
    for stage, points in curve.points.items():
        axes.plot(*zip(*points, strict=True), label=stage, marker="." if len(points) < 3 else "")
    axes.set(xlabel="articles done", ylabel="resident memory, MB", ylim=(0, None))
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


def report(table: Table, claims: int, quads: int, count: int) -> str:
    """The page for docs/."""
    lines = "\n".join(table.lines)
    return f"""# Benchmarks of the store

Written by `make bench` (`bench/store.py`), one run, version {__version__}, pyoxigraph {ox.__version__}, rdflib {rdflib.__version__}.
A synthetic graph from a seeded generator: {claims:,} claims in {claims // CLAIMS_PER_ARTICLE:,} articles, {quads:,} quads; names grow with
the square root of the claims, a few of them are in most claims. Figures are CPU seconds of all
threads, memory aside. rdflib is asked about {SAMPLE:,} claims, since its own engine makes cross products; an
answer that takes more than {PATIENCE} s is stopped.

| what | this program | the other | ratio | wanted |
| --- | ---: | ---: | ---: | --- |
{lines}

![Memory of a build of {count:,} articles](images/build-memory.svg)

Memory while {count:,} articles of {CLAIMS_PER_ARTICLE} claims are built, by stage.
"""


def main(claims: int, count: int) -> None:
    """Measure and write the report."""
    ontology, table = load_ontology(), Table()
    setting = Setting(ontology, load_catalogue(ontology=ontology), load_rules())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        curve = measure_build(table, folder, setting, World(ontology, 5 * count), count)
        world = World(ontology, claims)
        GIVEN.update(values(world))
        quads = write(folder / "graph.nq", graph_quads(world, ontology, claims))
        print(f"{quads} quads", flush=True)
        measure_files(table, folder, folder / "graph.nq")
        sample = World(ontology, SAMPLE)
        GIVEN.update(values(sample))
        write(folder / "sample.nq", graph_quads(sample, ontology, SAMPLE))
        measure_rdflib(table, folder, folder / "sample.nq")
    draw(curve, DOCS / "images" / "build-memory.svg")
    (DOCS / "benchmarks.md").write_text(report(table, claims, quads, count), "utf8")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--claims", type=int, default=1_000_000)
    arguments.add_argument("--articles", type=int, default=100_000)
    given = arguments.parse_args()
    main(given.claims, given.articles)
