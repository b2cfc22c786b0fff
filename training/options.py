"""Options that the commands of this folder share."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["data_option", "parts_option", "run_option", "start_option"]

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
parts_option = click.option(
    "--parts", type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Networks of training.antecedent_network, to choose antecedents unseen; default: the program's.",
)  # fmt: skip
