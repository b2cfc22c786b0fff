"""``kg restore``: a graph from the file that ``kg backup`` wrote."""

from __future__ import annotations

from pathlib import Path

import click

from kg.backup import restore
from kg.cli.options import FILE, command, folder_option
from kg.cli.output import warn

__all__ = ["restore_command"]


@command("restore", example="kg restore graph-2026-01-05.tar.gz --graph restored")
@click.argument("file", type=FILE)
@folder_option
def restore_command(file: Path, graph_path: Path) -> None:
    """Make a graph from a file that `kg backup` wrote.

    Nothing is overwritten: the folder must be new or empty. The file is checked first, and the
    graph appears whole or not at all.
    """
    restore(file, graph_path)
    warn(f"{graph_path}: restored from {file}")
