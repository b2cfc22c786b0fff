"""What several test modules share."""

from pathlib import Path

import pytest

from kg.build import build

ARTICLES = Path(__file__).parent.parent / "data" / "articles"


@pytest.fixture(scope="session")
def demo_graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a graph of the sample corpus, to read."""
    path = tmp_path_factory.mktemp("demo") / "graph"
    report = build([ARTICLES], path)
    assert report.read == len(list(ARTICLES.iterdir()))
    return path
