"""A knowledge graph of the tech industry, built from news: every edge with its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kg.api import Graph, open  # noqa: A004 - kg.open is what one expects to write

__all__ = ["Graph", "open"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Load the store's rooms when they are first asked for: ``import kg`` stays fast."""
    if name in __all__:
        from kg import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext kg``: adds the ``%%sparql`` magic to IPython and Jupyter."""
    from kg.magics import register

    register(shell)
