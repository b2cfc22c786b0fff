"""The command line: a command parses, calls one library function and prints.

Commands are imported when they are called: ``kg --help`` loads click and rich's names alone, and
``kg ask`` only what an answer needs.
"""

from __future__ import annotations

from importlib import import_module

import click
from click.shell_completion import CompletionItem

from kg import __version__
from kg.cli.errors import speaking

__all__ = ["main"]

_SUMMARIES = {
    "build": "Read articles into the graph.",
    "ask": "Answer a question in English or Portuguese, with quotes.",
    "show": "Show what the graph says of a name, or of two.",
    "conflicts": "List where articles disagree, with both quotes.",
    "diff": "List relationships that are new, changed, denied or ended between two days.",
    "analyze": "Run a named analysis of the graph.",
    "explain": "Show what a claim rests on, down to the quotes.",
    "sparql": "Run a SPARQL query: SELECT, ASK, CONSTRUCT or DESCRIBE.",
    "export": "Write the graph as a page or for another tool.",
    "import": "Add curated claims to the graph.",
    "entities": "Look up entities; add, merge and split them.",
    "backup": "Write the whole graph to one file, to restore it from.",
    "restore": "Make a graph from a file that `kg backup` wrote.",
    "validate": "Check the graph against its SHACL shapes, and the ontology itself.",
    "articles": "List articles as they are read, without a graph.",
    "extract": "Print the claims of articles, without a graph.",
    "why-not": "Say why an article yields no claim about two names.",
    "eval": "Measure extraction against annotated articles.",
}
_MODULES = {"import": "curate", "eval": "evaluate", "why-not": "whynot"}
_EXAMPLE = """\b
Completion of commands and names, for this shell (bash; zsh and fish alike):
  eval "$(_KG_COMPLETE=bash_source kg)"

\b
Example:
  kg build articles/
  kg ask "Which cloud providers back rival model labs?"
"""


class _Commands(click.Group):
    """Finds a command in the module of its name (or as ``_MODULES`` says) when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _SUMMARIES:
            return None
        module = import_module(f"kg.cli.{_MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_") + "_command")
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands by their names, without importing any; options as ever."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        found = ((n, text) for n, text in _SUMMARIES.items() if n.startswith(incomplete))
        return [CompletionItem(name, help=text) for name, text in found]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_SUMMARIES.items()))

    def invoke(self, ctx: click.Context) -> object:
        with speaking():
            return super().invoke(ctx)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog=_EXAMPLE,
)
@click.version_option(__version__, prog_name="kg")
def main() -> None:
    """Build a knowledge graph of the tech industry from news, and ask it.

    Every answer comes with the words of the articles that support it.
    """
