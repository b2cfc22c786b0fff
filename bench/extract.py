"""What extraction costs beside parsing: time in one run, memory on a long stream, two processes.

    python bench/extract.py [PATH ...] [--rounds 5] [--stream 2000] [--profile]

PATHS are articles or folders of them (default: the sample corpus).

- ratio: seconds of the processor for all of extraction (names, frames, discourse, status, figures,
  linking) over those for bare ``nlp.pipe`` on the same texts, the median of *rounds* in which the
  two take turns; reading files is in neither.
- memory: resident set after a tenth of a stream of that many articles, and its peak at the end.
- two processes: seconds on the clock of `kg extract` with one process over those with two,
  loading included; the same claims must come out.
"""

from __future__ import annotations

import argparse
import cProfile
import itertools
import os
import pstats
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from kg.articles import read_articles  # noqa: E402
from kg.catalogue import Catalogue, load_catalogue  # noqa: E402
from kg.extraction import Extractor  # noqa: E402
from kg.model import Article  # noqa: E402
from kg.ontology import load_ontology  # noqa: E402
from kg.pipelines import load_pipeline  # noqa: E402
from kg.streaming import stream_claims  # noqa: E402

BATCH = 8  # articles, as kg.pipelines hands them to the pipeline
TARGETS = {"ratio": 1.35, "speed-up": 1.7}
CHARACTERS = 25_000  # of each language at least: below, a round is over before it can be timed


def corpus(paths: Iterable[Path]) -> list[Article]:
    """The articles, by language, repeated until there is enough to time."""
    read = sorted(read_articles(list(paths)), key=lambda article: article.lang)
    found: list[Article] = []
    for _, group in groupby(read, key=lambda article: article.lang):
        articles = list(group)
        size = sum(len(article.text) for article in articles)
        for n in range(max(1, -(-CHARACTERS // size))):
            found += [replace(article, id=f"{article.id}/{n}") for article in articles]
    return found


def bare(articles: list[Article]) -> int:
    """Tokens that the pipelines give, nothing else done."""
    tokens = 0
    for lang, group in groupby(articles, key=lambda article: article.lang):
        texts = (article.text for article in group)
        tokens += sum(len(doc) for doc in load_pipeline(lang).pipe(texts, batch_size=BATCH))
    return tokens


def whole(articles: Iterable[Article], extractor: Extractor, catalogue: Catalogue) -> int:
    """Claims that `kg extract` would print."""
    return sum(len(o.claims) for o in stream_claims(articles, extractor, catalogue))


def seconds(call: Callable[[], int]) -> tuple[float, int]:
    """Processor seconds of *call*, and what it gave."""
    start = time.process_time()
    value = call()
    return time.process_time() - start, value


def ratios(
    articles: list[Article], extractor: Extractor, catalogue: Catalogue, rounds: int
) -> None:
    """Print the ratio and the speeds."""
    bare(articles[:1]), whole(articles, extractor, catalogue)  # all is loaded and warm
    parsing, extracting = [], []
    for _ in range(rounds):
        parsing.append(seconds(lambda: bare(articles)))
        extracting.append(seconds(lambda: whole(articles, extractor, catalogue)))
    each = [b[0] / a[0] for a, b in zip(parsing, extracting, strict=True)]
    tokens, claims = parsing[0][1], extracting[0][1]
    words = sum(len(article.text.split()) for article in articles)
    took = [statistics.median(s for s, _ in runs) for runs in (parsing, extracting)]
    print(f"{len(articles)} articles, {words} words, {tokens} tokens, {claims} claims")
    print(f"bare nlp.pipe        {took[0]:8.2f} s  {words / took[0]:8.0f} words/s")
    print(f"extraction           {took[1]:8.2f} s  {words / took[1]:8.0f} words/s")
    low, middle, high = min(each), statistics.median(each), max(each)
    print(
        f"ratio                {middle:8.2f}    ({low:.2f} to {high:.2f}; {_verdict('ratio', middle)})"
    )


def _verdict(name: str, value: float) -> str:
    target = TARGETS[name]
    good = value <= target if name == "ratio" else value >= target
    return f"target {target}, {'reached' if good else 'missed'}"


def _resident() -> float:
    """Megabytes in memory now (Linux; elsewhere the peak so far)."""
    path = Path("/proc/self/statm")
    if path.exists():
        return int(path.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def stream(articles: list[Article], size: int) -> Iterator[Article]:
    """*size* articles, one after the other, no two with the same identifier."""
    for n, article in enumerate(itertools.islice(itertools.cycle(articles), size)):
        yield replace(article, id=f"stream/{n}")


def memory(articles: list[Article], extractor: Extractor, catalogue: Catalogue, size: int) -> None:
    """Print memory after a tenth of a long stream and at its end."""
    early = 0.0
    for n, _ in enumerate(stream_claims(stream(articles, size), extractor, catalogue)):
        if n == size // 10:
            early = _resident()
    late, peak = _resident(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory               {early:8.0f} MB after {size // 10} articles, {late:.0f} MB after")
    print(f"                     {size} ({late - early:+.0f} MB), peak {peak:.0f} MB")


def speed_up(articles: list[Article], extractor: Extractor, catalogue: Catalogue) -> None:
    """Print how much faster two processes are, on the clock."""
    many = list(stream(articles, max(400, len(articles))))
    took, found = [], []
    for jobs in (1, 2):
        start = time.perf_counter()
        outcomes = list(stream_claims(many, extractor, catalogue, jobs=jobs))
        took.append(time.perf_counter() - start)
        if problems := [o.problem for o in outcomes if o.problem]:
            raise SystemExit("\n".join(problems[:5]))
        found.append([(o.article.id, o.claims) for o in outcomes])
    if found[0] != found[1]:
        raise SystemExit("two processes gave other claims than one")
    value = took[0] / took[1]
    print(f"one process          {took[0]:8.2f} s for {len(many)} articles")
    print(
        f"two processes        {took[1]:8.2f} s: {value:.2f} times ({_verdict('speed-up', value)})"
    )


def profile(articles: list[Article], extractor: Extractor, catalogue: Catalogue) -> None:
    """Print where extraction spends its time."""
    whole(articles, extractor, catalogue)
    with cProfile.Profile() as running:
        whole(articles, extractor, catalogue)
    pstats.Stats(running).sort_stats("tottime").print_stats(40)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("paths", nargs="*", type=Path, default=[ROOT / "data" / "articles"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--stream", type=int, default=2000, help="articles; 0 leaves it out")
    parser.add_argument("--no-jobs", action="store_true", help="leave the two processes out")
    parser.add_argument("--profile", action="store_true", help="print a profile instead")
    options = parser.parse_args()
    ontology = load_ontology()
    catalogue = load_catalogue(ontology=ontology)
    extractor, articles = Extractor(ontology, catalogue), corpus(options.paths)
    if options.profile:
        profile(articles, extractor, catalogue)
        return
    ratios(articles, extractor, catalogue, options.rounds)
    if options.stream:
        memory(articles, extractor, catalogue, options.stream)
    if not options.no_jobs:
        speed_up(articles, extractor, catalogue)


if __name__ == "__main__":  # spawned processes import this file again
    main()
