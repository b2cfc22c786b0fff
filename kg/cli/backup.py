"""``kg backup``: the graph as one file."""

from __future__ import annotations

from pathlib import Path

import click

from kg.backup import back_up
from kg.cli.options import FILE, command, graph_option
from kg.cli.output import warn
from kg.locations import Location

__all__ = ["backup_command"]


@command("backup", example="kg backup graph-2026-01-05.tar.gz")
@click.argument("file", type=FILE)
@graph_option
def backup_command(file: Path, graph_path: Location) -> None:
    """Write the whole graph to one file, to restore it from.

    FILE is a gzipped tar: claims, articles, merges and entities of yours, with checksums. The same
    graph gives the same bytes. A build may go on meanwhile: what it has not ended is left out.
    """
    size = back_up(graph_path, file)
    warn(f"{file}: {size:,} bytes")
