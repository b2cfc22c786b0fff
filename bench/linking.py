"""How well names find their entities: our own cases, the gold names, and a hundred thousand names.

    python bench/linking.py [--gold FILE ...] [--names N] [--list]

Cases (``tests/cases/linking.jsonl``) are of two forms. ``name`` with ``types`` that its words give
and names ``beside`` it in the article must lead to the catalogue's ``entity`` (null: to a new one).
``names`` with the number of articles that each stands in must fall into ``groups``.

- accuracy: mentions that lead to the right entity, or to exactly the right group
- doubled: entities found beyond those that there are, per entity that there is
- wrong merges: mentions that share an entity with one that they should not, per mention
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kg.catalogue import Catalogue, load_catalogue
from kg.clustering import Profile, cluster
from kg.linking import linkage, new_entity
from kg.model import Argument, Claim, Quote, Status
from kg.names import entity_iri
from kg.ontology import load_ontology

CASES = Path(__file__).parent.parent / "tests" / "cases" / "linking.jsonl"
HERE = Quote(0, 1, "x")


def read_cases(path: Path = CASES) -> list[dict[str, Any]]:
    """All cases, in file order."""
    return [json.loads(line) for line in path.read_text("utf8").splitlines()]


def claim(article: str, name: str, types: Iterable[str], other: str) -> Claim:
    """A claim of *article* between two names."""
    subject, object_ = (Argument(new_entity(n, t), HERE) for n, t in ((name, types), (other, ())))
    return Claim(article, subject, "partnerOf", object_, Status.CONFIRMED, HERE, HERE)


def claims_of(case: Mapping[str, Any], number: int) -> Iterator[tuple[str, Claim]]:
    """(name of the case, claim) for each mention of one case."""
    if "name" in case:
        for other in case.get("beside", ["Tolvera"]):
            yield case["name"], claim(f"{number}", case["name"], case.get("types", ()), other)
        return
    for name, count in case["names"]:
        types = case.get("types", {}).get(name, ())
        for n in range(count):
            yield name, claim(f"{number}-{name}-{n}", name, types, "Tolvera")


def resolve(
    case: Mapping[str, Any], number: int, catalogue: Catalogue
) -> dict[str, tuple[str, str]]:
    """Name → (IRI, preferred name) of the entity found, each case linked on its own."""
    made = list(claims_of(case, number))
    result = linkage([c for _, c in made], catalogue)
    found = {}
    for name, value in made:
        entity = result.entity(value.article, value.subject.entity)
        found[name] = (entity.iri, entity.name if entity.known else "")
    return found


def score(cases: Sequence[Mapping[str, Any]], catalogue: Catalogue) -> dict[str, Any]:
    """Figures over all cases and the cases that failed."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    extra = merged = there = 0
    failed = []
    for number, case in enumerate(cases):
        found = resolve(case, number, catalogue)
        groups = case.get("groups") or [[case["name"]]]
        by_iri: dict[str, set[str]] = defaultdict(set)
        for name, (iri, _) in found.items():
            by_iri[iri].add(name)
        there += len(groups)
        for group in groups:
            extra += len({found[name][0] for name in group}) - 1
            for name in group:
                total[case["kind"]] += 1
                iri, known = found[name]
                foreign = by_iri[iri] - set(group)
                wrong = bool(foreign) or ("name" in case and known not in {"", case["entity"]})
                merged += wrong
                extra += "name" in case and case["entity"] is not None and known == ""
                ok = by_iri[iri] == set(group) and not wrong
                ok = ok and ("name" not in case or (case["entity"] or "") == known)
                right[case["kind"]] += ok
                if not ok:
                    failed.append((case["kind"], name, found[name], case.get("entity", group)))
    mentions = sum(total.values())
    return {
        "mentions": mentions,
        "accuracy": sum(right.values()) / mentions,
        "doubled": extra / there,
        "wrong": merged / mentions,
        "kinds": {kind: (right[kind], total[kind]) for kind in sorted(total)},
        "failed": failed,
    }


def gold_names(paths: Iterable[Path]) -> Counter[str]:
    """How often each name stands as an argument in annotated claims."""
    names: Counter[str] = Counter()
    for path in paths:
        for line in path.read_text("utf8").splitlines():
            for value in json.loads(line)["claims"]:
                names.update((value["subject"], value["object"]))
    return names


def synthetic_profiles(size: int, seed: int = 7) -> tuple[dict[str, Profile], int]:
    """*size* different invented names, one in twenty with a slip; and the number of slips."""
    rng = random.Random(seed)
    syllables = [a + b for a in "bcdfglmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er")]
    words = ["Robotics", "Capital", "Energy", "Cloud", "Labs", "Pay", "Semiconductors", "Ventures"]
    profiles: dict[str, Profile] = {}
    slips = 0
    while len(profiles) < size:
        name = "".join(rng.choices(syllables, k=rng.randint(2, 5))).capitalize()
        name = rng.choice((name, f"{name} {rng.choice(words)}"))
        made = [(name, rng.choice((1, 2, 6)))]
        if rng.random() < 0.05 and len(name) > 8:
            at = rng.randrange(2, 6)
            made = [(name, 6), (name[:at] + name[at] + name[at:], 1)]
            slips += 1
        for text, count in made:
            articles = {f"{text}{n}" for n in range(count)}
            iri = entity_iri(text)
            profiles[iri] = Profile(iri, Counter({text: count}), articles=articles)
    return profiles, slips


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gold", nargs="*", type=Path, default=[])
    parser.add_argument("--names", type=int, default=100_000)
    parser.add_argument("--list", action="store_true", help="list the cases that failed")
    options = parser.parse_args()
    ontology = load_ontology()
    start = time.perf_counter()
    catalogue = load_catalogue(ontology=ontology)
    seconds = time.perf_counter() - start
    print(f"catalogue: {len(catalogue.entities)} entities read in {seconds:.3f} s")
    result = score(read_cases(), catalogue)
    print(f"cases: {result['mentions']} mentions, accuracy {result['accuracy']:.3f}, ", end="")
    print(f"doubled {result['doubled']:.3%}, wrong merges {result['wrong']:.3%}")
    print("  " + ", ".join(f"{k} {a}/{b}" for k, (a, b) in result["kinds"].items()))
    for case in result["failed"] if options.list else ():
        print("  failed:", *case)
    if names := gold_names(options.gold):
        known = sum(n for name, n in names.items() if catalogue.lookup(name))
        same = sum(
            n for name, n in names.items() if any(e.name == name for e in catalogue.lookup(name))
        )
        total = sum(names.values())
        print(
            f"gold names: {known / total:.3f} in the catalogue, {same / total:.3f} under that name"
        )
    profiles, slips = synthetic_profiles(options.names)
    start, cpu = time.perf_counter(), time.process_time()
    groups, pairs = cluster(profiles)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(f"clustering: {len(profiles)} names in {seconds:.1f} s ({cpu:.1f} s CPU), ", end="")
    print(
        f"{slips} made slips, {len(pairs)} merges, {len({g[0] for g in groups.values()})} entities"
    )


if __name__ == "__main__":
    main()
