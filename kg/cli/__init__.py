"""The command line: a command parses, calls one library function and prints.

Commands are imported when they are called: ``kg --help`` loads click and rich's names alone, and
``kg ask`` only what an answer needs.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

from kg import __version__
from kg.cli.errors import speaking
from kg.cli.help import EXAMPLES, SUMMARIES

__all__ = ["main"]

_MODULES = {"import": "curate", "eval": "evaluate", "why-not": "extract"}


class _Commands(click.Group):
    """Finds a command in the module of its name (or as ``_MODULES`` says) when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SUMMARIES:
            return None
        module = import_module(f"kg.cli.{_MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_") + "_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))

    def invoke(self, ctx: click.Context) -> object:
        with speaking():
            return super().invoke(ctx)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog=EXAMPLES["kg"],
)
@click.version_option(__version__, prog_name="kg")
def main() -> None:
    """Build a knowledge graph of the tech industry from news, and ask it.

    Every answer comes with the words of the articles that support it.
    """


if __name__ == "__main__":
    sys.exit(main())
