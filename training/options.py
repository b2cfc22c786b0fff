"""Options that the commands of this folder share."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["data_option", "run_option", "start_option"]

data_option = click.option(
    "--data", multiple=True, type=click.Path(path_type=Path), required=True,
    help="Folder that holds files of sources.toml; may be given again.",
)  # fmt: skip
run_option = click.option(
    "--run", type=click.Path(path_type=Path), required=True, help="What training.encoder wrote."
)
start_option = click.option(
    "--start", type=click.Path(path_type=Path), required=True,
    help="The package's file e5-small-enpt-q4.bin.",
)  # fmt: skip
