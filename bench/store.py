"""What the store costs: a synthetic graph with hubs, from a seeded generator.

    python bench/store.py [CLAIMS]

Prints one line a measurement: seconds, and the ratio to pyoxigraph's own where there is one.
Ratios are taken in one run on one machine; the absolute figures are this machine's.
"""

from __future__ import annotations

import io
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import pyoxigraph as ox

from kg.build import build_articles
from kg.catalogue import load_catalogue
from kg.deriving import Setting
from kg.graph import build_graph
from kg.linking import new_entity
from kg.model import Argument, Article, Claim, Quote, Status
from kg.named_queries import named_queries
from kg.ontology import Ontology, load_ontology
from kg.rules import load_rules
from kg.store import OxigraphStore
from kg.vocabulary import PREFIXES

T = TypeVar("T")

CLAIMS_PER_ARTICLE = 5


class Synthetic:
    """An extractor of claims between made-up names: a few of them are in most claims."""

    name, version = "synthetic", "1"

    def __init__(self, ontology: Ontology, names: int) -> None:
        self.relations = sorted(ontology.relations)
        chance = random.Random(0)
        letters = "abcdefghijklmnopqrstuvwxyz"  # unlike one another: linking is measured elsewhere
        words = ("".join(chance.choices(letters, k=12)).capitalize() for _ in range(names))
        self.names = list(words)

    def __call__(self, articles: Iterable[Article]) -> Iterator[tuple[Article, tuple[Claim, ...]]]:
        """Claims that depend on the article's identifier alone."""
        for article in articles:
            chance = random.Random(article.id)
            yield article, tuple(self._claim(article, n, chance) for n in range(CLAIMS_PER_ARTICLE))

    def _ends(self, relation: str, chance: random.Random) -> tuple[str, str]:
        """Two names, hubs first; owners make a tree of ten units each, as in the world."""
        size = len(self.names)
        if relation == "subsidiaryOf":
            unit = chance.randrange(1, size // 2)
            return self.names[unit], self.names[unit // 10]
        one, other = (int(size / 2 * chance.random() ** 2) for _ in range(2))
        if relation in ("developerOf", "usesChip"):  # the second half of the names are products
            return self.names[one], self.names[size // 2 + other]
        half = size // 2 if relation == "competitorOf" and chance.random() < 0.5 else 0
        return self.names[half + one], self.names[half + (other if other != one else one + 1)]

    def _claim(self, article: Article, number: int, chance: random.Random) -> Claim:
        start = 10 * number
        relation = chance.choice(self.relations)
        subject, other = self._ends(relation, chance)
        quote = Quote(start, start + 10, article.text[start : start + 10])
        return Claim(
            article=article.id,
            subject=Argument(new_entity(subject, ()), quote),
            relation=relation,
            object=Argument(new_entity(other, ()), quote),
            status=chance.choice((Status.CONFIRMED, Status.CONFIRMED, Status.PROSPECTIVE)),
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


def timed(name: str, action: Callable[[], T]) -> tuple[T, float]:
    """Run *action* and print how long it took."""
    start = time.perf_counter()
    result = action()
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{name:44} {seconds:9.3f} s   peak {memory} MB", flush=True)
    return result, seconds


def main(claims: int) -> None:
    """Build, build again, read, query and dump."""
    ontology = load_ontology()
    setting = Setting(ontology, load_catalogue(ontology=ontology), load_rules())
    count, extractor = claims // CLAIMS_PER_ARTICLE, Synthetic(ontology, claims // 10)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph"

        def build() -> None:
            print(build_articles(articles(count), path, setting, extractor).totals)

        _, first = timed(f"build of {count} articles", build)
        _, second = timed("second build, nothing changed", build)
        print(f"{'second build / first':44} {second / first:9.4f}")
        with OxigraphStore.open(path) as store:
            read(store)


def read(store: OxigraphStore) -> None:
    """Measurements on a graph that is there."""
    timed("all claims read", lambda: sum(1 for _ in store.claims()))
    timed("networkx graph", lambda: build_graph(store).number_of_edges())
    _, ours = timed("dump, sorted", lambda: store.dump(io.BytesIO()))
    nquads = ox.RdfFormat.N_QUADS
    _, theirs = timed("pyoxigraph's dump", lambda: store.database.dump(io.BytesIO(), nquads))
    print(f"{'speed of dump / pyoxigraph':44} {theirs / ours:9.3f}")
    for query in named_queries().values():
        if all(parameter.default for parameter in query.parameters):
            compare(store, query.name, query.sparql)


def compare(store: OxigraphStore, name: str, sparql: str) -> None:
    """One query through the store and in pyoxigraph itself."""

    def direct() -> int:
        options = {"prefixes": dict(PREFIXES), "use_default_graph_as_union": True}
        return sum(1 for _ in store.database.query(sparql, **options))

    _, theirs = timed(f"@{name} in pyoxigraph", direct)
    _, ours = timed(f"@{name}", lambda: sum(1 for _ in store.query(sparql)))
    print(f"{'ratio':44} {ours / theirs:9.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
