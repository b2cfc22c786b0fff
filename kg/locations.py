"""Where a graph is: a folder, or the address of a SPARQL 1.1 server; whoever opens it need not know.

Servers are reached by a store that the entry point group ``kg.stores`` names for the scheme of
the address (``http``, ``https``).
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, TypeAlias

from kg.disk_store import OxigraphStore
from kg.errors import GraphError
from kg.store import Store

__all__ = ["Location", "is_address", "open_store"]

Location: TypeAlias = Path | str
"""A folder as a path or a text, or an address such as ``https://example.org/dataset``."""

GROUP = "kg.stores"
_SPARQL = "kg.backends.sparql:SparqlStore"
_BUILT_IN = {"http": _SPARQL, "https": _SPARQL}


def is_address(location: Location) -> bool:
    """Whether *location* is no folder of this machine."""
    return isinstance(location, str) and "://" in location


def open_store(location: Location, *, read_only: bool = True) -> Store:
    """Open the graph at *location*; with ``read_only=False`` a folder is made if it is not there.

    Raises
    ------
    GraphError
        Where there is none, it cannot be opened so, or no store is known for such an address.
    """
    if not is_address(location):
        return OxigraphStore.open(location, read_only=read_only)
    store: Store = _store_class(str(location)).open(location, read_only=read_only)
    return store


def _store_class(address: str) -> Any:
    scheme = address.partition("://")[0].lower()
    try:
        if scheme in _BUILT_IN:
            module, _, name = _BUILT_IN[scheme].partition(":")
            return getattr(import_module(module), name)
        points = {point.name: point for point in entry_points(group=GROUP)}
        if scheme in points:
            return points[scheme].load()
    except ModuleNotFoundError as error:
        raise GraphError(
            f"{address}: needs the package {error.name}: pip install 'kg[remote]'"
        ) from None
    known = ", ".join(sorted({*_BUILT_IN, *points}))
    raise GraphError(f"{address}: no store for {scheme!r}; there are: {known}, and folders")
