"""Where the files that come with the program lie: in the wheel, else in the source checkout."""

from __future__ import annotations

from pathlib import Path

__all__ = ["asset"]

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "_assets"


def asset(*parts: str) -> Path:
    """Path of a file or folder such as ``asset("ontology", "tech.ttl")``.

    The wheel carries ``ontology/``, ``data/`` and ``pipelines/`` under ``kg/_assets``; in a
    checkout (editable install) they are the folders beside the package.
    """
    root = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent
    return root.joinpath(*parts)
