"""A graph is a folder or an address."""

from __future__ import annotations

from pathlib import Path

import pytest

import kg
from kg.disk_store import OxigraphStore
from kg.errors import GraphError
from kg.locations import is_address, open_store


@pytest.mark.parametrize(
    ("location", "address"),
    [
        ("graph", False),
        (Path("http:/odd/folder"), False),
        ("C:\\graph", False),
        ("http://127.0.0.1:7878", True),
        ("https://example.org/ds", True),
    ],
)
def test_addresses_have_a_scheme(location: Path | str, address: bool) -> None:
    assert is_address(location) is address


def test_a_folder_opens_as_a_text_or_a_path(tmp_path: Path) -> None:
    OxigraphStore.open(tmp_path / "graph", read_only=False).close()
    for location in (tmp_path / "graph", str(tmp_path / "graph")):
        with open_store(location) as store, kg.open(location) as graph:
            assert store.articles() == graph.articles() == ()


def test_an_address_that_nobody_knows_lists_those_known() -> None:
    with pytest.raises(GraphError, match="no store for 'ftp'; there are: http, https, and folders"):
        open_store("ftp://example.org/graph")
    assert not Path("ftp:").exists()
