"""Shell completion of entity names and of analyses: quick, and silent whatever goes wrong."""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from kg.question_words import fold

__all__ = ["complete_analysis", "complete_entity"]

_MOST = 50


def complete_entity(
    ctx: click.Context,
    param: click.Parameter,  # noqa: ARG001 - click hands it over
    incomplete: str,
) -> list[CompletionItem]:
    """Names of the graph's entities that begin with what is typed, whatever case and accents."""
    where = ctx.params.get("graph_path") or os.environ.get("KG_GRAPH") or "graph"
    try:
        names = _names(Path(str(where)))
    except Exception:  # a shell that waits for words wants no message
        return []
    wanted = fold(incomplete)
    found = sorted({name for name in names if fold(name).startswith(wanted)}, key=fold)
    return [CompletionItem(name) for name in found[:_MOST]]


def _names(where: Path) -> list[str]:
    from kg.disk_store import OxigraphStore

    if not where.is_dir():
        return []
    with OxigraphStore.open(where) as store:
        return [entity.name for entity in store.entities().values()]


def complete_analysis(
    ctx: click.Context,  # noqa: ARG001
    param: click.Parameter,  # noqa: ARG001
    incomplete: str,
) -> list[CompletionItem]:
    """Names of analyses."""
    from kg.analyses import ANALYSES

    found = (a for a in ANALYSES.values() if a.name.startswith(incomplete))
    return [CompletionItem(analysis.name, help=analysis.summary) for analysis in found]
