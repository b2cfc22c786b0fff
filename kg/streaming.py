"""Claims of articles as they are read, without a graph.

Names are linked article by article, so that memory does not grow; a graph links all articles
together and may know more (a name that only another article explains).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kg.catalogue import Catalogue
from kg.linking import link
from kg.model import Article
from kg.running import Extracts, Outcome, extract_all

__all__ = ["stream_claims"]


def stream_claims(
    articles: Iterable[Article],
    extractor: Extracts,
    catalogue: Catalogue,
    *,
    jobs: int = 1,
    min_confidence: float = 0.0,
) -> Iterator[Outcome]:
    """Outcomes in the order of *articles*, the claims of each in text order.

    Parameters
    ----------
    jobs
        Processes that extract.
    min_confidence
        Claims below it are left out.
    """
    for outcome in extract_all(extractor, articles, jobs):
        linked = link(outcome.claims, catalogue)
        yield replace(outcome, claims=tuple(c for c in linked if c.confidence >= min_confidence))
