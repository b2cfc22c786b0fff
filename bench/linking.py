"""How well names find their entities: our own cases, gold files, and a hundred thousand names.

    python bench/linking.py [--gold FILE ...] [--names N] [--list]

What is counted: :mod:`kg.linking_evaluation` (``kg eval --linking`` prints the same figures).
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from pathlib import Path

from kg.catalogue import load_catalogue
from kg.clustering import Profile, cluster
from kg.linking_evaluation import evaluate_linking
from kg.names import entity_iri
from kg.ontology import load_ontology

CASES = Path(__file__).parent.parent / "tests" / "cases" / "linking.jsonl"


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
    for path in (CASES, *options.gold):
        score = evaluate_linking(path, catalogue)
        print(f"{path.name}: {score.mentions} mentions, accuracy {score.accuracy:.3f}, ", end="")
        print(f"doubled {score.doubled:.3%}, wrong merges {score.wrong_merges:.3%}")
        for wrong in score.wrong if options.list else ():
            print("  wrong:", wrong.kind, wrong.name, "found", wrong.found, "wanted", wrong.wanted)
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
