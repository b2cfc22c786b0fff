"""What a question costs: on a large synthetic graph, and with the start of the program.

    python bench/questions.py [CLAIMS] [--graph DIR]

1. "Which cloud providers back rival model labs?" on CLAIMS claims (default: 1,000,000; 0: none) from a
   seeded generator with hubs, against a query written by hand in DuckDB over an edge table of the
   same data. The question is read, matched, and answered with the claims under each row; the query
   gives the rows' names alone. The tables of the question (:mod:`kg.columns`) are made before.
2. With ``--graph``: ``kg ask`` as a process on a graph that was built (``make demo``), against
   ``python -c "import spacy, rdflib, networkx"``.

Medians of runs that alternate; ratios are taken in one run on one machine.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from kg.columns import Columns
from kg.model import Answer, Status
from kg.ontology import Ontology, load_ontology
from kg.questions import understand
from kg.questions.answers import answer

QUESTION = "Which cloud providers back rival model labs?"
STATUSES = (Status.CONFIRMED, Status.PROSPECTIVE)
CLOUDS, LABS, RUNS = 40, 400, 9
BY_HAND = """
SELECT DISTINCT one.subject, rivals.a, rivals.b
FROM (SELECT least(subject, object) AS a, greatest(subject, object) AS b FROM edges
      WHERE relation = 'competitorOf' AND status <> 'denied') rivals
JOIN edges one ON one.object = rivals.a JOIN edges two ON two.object = rivals.b
JOIN types backer ON backer.node = one.subject AND backer.class = 'CloudProvider'
JOIN types first ON first.node = rivals.a AND first.class = 'ModelLab'
JOIN types second ON second.node = rivals.b AND second.class = 'ModelLab'
WHERE one.subject = two.subject AND rivals.a < rivals.b
  AND one.relation = 'investorOf' AND two.relation = 'investorOf'
  AND one.status <> 'denied' AND two.status <> 'denied'
"""


def nodes(count: int) -> list[tuple[str, dict[str, Any]]]:
    """Entities: some cloud providers, some model labs, the rest companies of no special kind."""
    kinds = [("CloudProvider",)] * CLOUDS + [("ModelLab",)] * LABS
    kinds += [("Organization",)] * (count - len(kinds))
    return [
        (f"https://kg.example/entity/Firm_{n:06}", {"name": f"Firm {n:06}", "types": kind})
        for n, kind in enumerate(kinds)
    ]


def hub(chance: random.Random, low: int, high: int) -> int:
    """A number of ``[low, high)``; a few of them are in most claims."""
    return low + int((high - low) * chance.random() ** 4)


def edges(count: int, names: list[str], ontology: Ontology) -> Iterator[tuple[Any, ...]]:
    """Claims as edges; one in a hundred is between the classes that the question is about."""
    chance, relations = random.Random(7), sorted(ontology.relations)
    statuses = (Status.CONFIRMED, Status.CONFIRMED, Status.PROSPECTIVE, Status.DENIED)
    for number in range(count):
        relation = chance.choice(relations)
        ends = [hub(chance, CLOUDS + LABS, len(names)) for _ in "so"]
        if chance.random() < 0.01:
            ends[1] = hub(chance, CLOUDS, CLOUDS + LABS)
            first = (0, CLOUDS) if relation == "investorOf" else (CLOUDS, CLOUDS + LABS)
            ends[0] = hub(chance, *first)
        subject, other = (names[end] for end in ends)
        symmetric = ontology.properties[relation].symmetric
        if symmetric and other < subject:
            subject, other = other, subject
        article = f"a{number // 5:07}"
        yield subject, other, f"{number:016x}", {
            "relation": relation, "status": chance.choice(statuses), "confidence": 0.9,
            "quote": f"what article {article} says", "article": article, "origin": article,
            "source": f"outlet {number % 50}", "inferred": False, "premises": (),
            "symmetric": symmetric, "date": f"{2021 + number % 5}-06-01",
        }  # fmt: skip


def edge_table(columns: Columns) -> duckdb.DuckDBPyConnection:
    """The plain tables that one would make for the query by hand, from the same data."""
    database = duckdb.connect()
    rows = columns.database.sql(
        "SELECT s.iri AS subject, relation, o.iri AS object, status FROM claims "
        "JOIN nodes s ON s.id = subject JOIN nodes o ON o.id = object"
    ).to_arrow_table()
    kinds = columns.database.sql(
        "SELECT iri AS node, class FROM kinds JOIN nodes ON id = node"
    ).to_arrow_table()
    for name, table in (("edges", rows), ("types", kinds)):
        assert isinstance(table, pa.Table)
        database.register("given", table)
        database.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
        database.unregister("given")
    return database


def put(columns: Columns, ontology: Ontology) -> Answer:
    """Read the question, fetch the part of the graph that it needs, answer."""
    pattern = understand(QUESTION, columns.named(QUESTION), ontology)
    assert pattern is not None
    part = columns.part(pattern, STATUSES)
    return answer(QUESTION, pattern, part, ontology, STATUSES)


def alternating(*actions: Callable[[], object]) -> list[float]:
    """Median seconds of each action, run in turns."""
    taken: list[list[float]] = [[] for _ in actions]
    for _ in range(RUNS):
        for seconds, action in zip(taken, actions, strict=True):
            start = time.perf_counter()
            action()
            seconds.append(time.perf_counter() - start)
    return [statistics.median(seconds) for seconds in taken]


def on_large_graph(claims: int) -> None:
    ontology = load_ontology()
    entities = nodes(max(claims // 10, CLOUDS + LABS + 100))
    start = time.perf_counter()
    names = [iri for iri, _ in entities]
    columns = Columns.create(entities, edges(claims, names, ontology), ontology)
    print(f"tables of {claims:,} claims made in {time.perf_counter() - start:.1f} s", flush=True)
    database = edge_table(columns)
    found = {tuple(v for _, v in row.bindings) for row in put(columns, ontology).rows}
    assert found == set(database.execute(BY_HAND).fetchall()), "not the same rows"
    ours, theirs = alternating(
        lambda: put(columns, ontology), lambda: database.execute(BY_HAND).fetchall()
    )
    print(f"rows {len(found)}; question {ours:.3f} s, by hand {theirs:.3f} s")
    print(f"question / by hand {ours / theirs:.2f}", flush=True)


def of_the_program(graph: Path) -> None:
    program = Path(sys.executable).with_name("kg")
    ask = [str(program), "ask", "--graph", str(graph), QUESTION]
    load = [sys.executable, "-c", "import spacy, rdflib, networkx"]
    ours, theirs = alternating(
        *(lambda c=c: subprocess.run(c, check=True, capture_output=True) for c in (ask, load))
    )
    print(f"kg ask {ours:.2f} s, imports {theirs:.2f} s; kg ask / imports {ours / theirs:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("claims", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--graph", type=Path)
    arguments = parser.parse_args()
    if arguments.claims:
        on_large_graph(arguments.claims)
    if arguments.graph:
        of_the_program(arguments.graph)


if __name__ == "__main__":
    main()
