"""``kg sparql``: a query in SPARQL 1.1, written out or by its name."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from kg.api import open as open_graph
from kg.cli.knowledge import read_ontology
from kg.cli.options import FILE, command, graph_option, ontology_option
from kg.cli.output import say, table
from kg.errors import InputError
from kg.locations import Location
from kg.named_queries import named_queries
from kg.results import RESULT_FORMATS, Results
from kg.vocabulary import PREFIXES

__all__ = ["sparql_command"]

_EXAMPLE = """kg sparql 'SELECT ?lab WHERE { kgd:Amazon kg:investorOf ?lab }'
kg sparql @stakes --company OpenAI
kg sparql --list
kg sparql --file query.rq --format csv > rows.csv"""


class _Parameters(click.Command):
    """Takes options that it does not know, ``--company OpenAI``, as parameters of a named query."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.allow_extra_args = ctx.ignore_unknown_options = True
        return super().parse_args(ctx, args)


@command("sparql", cls=_Parameters, example=_EXAMPLE)
@click.argument("query", required=False)
@graph_option
@click.option("--file", "file", type=FILE, help="Read the query from a file.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(("table", *RESULT_FORMATS)),
    default="table",
    show_default=True,
    help="How to print: json, xml, csv, tsv for rows; ttl, nt, nq, jsonld for triples.",
)
@click.option("--list", "listing", is_flag=True, help="List the queries that have a name.")
@click.option(
    "--allow-service",
    is_flag=True,
    help="Let the query have other servers called (SERVICE): it then goes out to the network.",
)
@ontology_option
@click.pass_context
def sparql_command(
    ctx: click.Context,
    query: str | None,
    graph_path: Location,
    file: Path | None,
    format_name: str,
    listing: bool,
    allow_service: bool,
    ontology: tuple[Path, ...],
) -> None:
    """Run a SPARQL query: SELECT, ASK, CONSTRUCT or DESCRIBE.

    QUERY is SPARQL, or @name of a query that comes with the program with its parameters as
    options, or - for standard input. Prefixes are bound. The default graph is the union of all;
    claims lie in GRAPH ?article { … }, edges that hold in GRAPH kg:confirmed { … }.
    """
    parameters = _parameters(ctx.args)
    if listing:
        for named in named_queries().values():
            words = (f"--{p.name} {p.type.upper()}" for p in named.parameters)
            say(" ".join([f"@{named.name}", *words]))
            say(f"    {named.text}")
        return
    text = _text(query, file)
    if parameters and not text.startswith("@"):
        raise click.UsageError(f"no such option: --{next(iter(parameters))}")
    with open_graph(graph_path, read_ontology(ontology)) as graph:
        results = graph.sparql(text, allow_service=allow_service, **parameters)
        _print(results, format_name)


def _parameters(words: Sequence[str]) -> dict[str, str]:
    """``--company OpenAI --min=5`` as names and values."""
    parameters: dict[str, str] = {}
    rest = list(words)
    while rest:
        name, given, value = rest.pop(0).partition("=")
        if not name.startswith("--") or not (given or rest):
            raise click.UsageError(f"{name!r}: write parameters as --name value")
        parameters[name[2:].replace("-", "_")] = value if given else rest.pop(0)
    return parameters


def _text(query: str | None, file: Path | None) -> str:
    if (query is None) == (file is None):
        raise click.UsageError("give one query: SPARQL, @name, - for standard input, or --file")
    if file is not None:
        try:
            return file.read_text("utf8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{file}: cannot be read as UTF-8 text: {error}") from None
    return sys.stdin.read() if query == "-" else str(query)


def _print(results: Results, format_name: str) -> None:
    if format_name != "table":
        results.write(sys.stdout.buffer, format_name)
    elif results.kind == "truth":
        say("yes" if results else "no")
    else:
        rows = [[_short(value) for value in row] for row in results.rows()]
        table(results.variables, rows)
        click.echo(f"{len(rows)} {'row' if len(rows) == 1 else 'rows'}", err=True)


def _short(value: object) -> object:
    """An IRI with its prefix."""
    for prefix, namespace in PREFIXES.items():
        if isinstance(value, str) and value.startswith(namespace):
            return f"{prefix}:{value.removeprefix(namespace)}"
    return value
