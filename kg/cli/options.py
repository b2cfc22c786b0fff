"""Options that commands share, each defined once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from kg.locations import Location, is_address
from kg.model import Status
from kg.pipelines import CHOICE, PIPELINES, choose_pipeline

__all__ = [
    "FILE",
    "FOLDER",
    "PATH",
    "command",
    "day",
    "folder_option",
    "format_option",
    "graph_option",
    "jobs_option",
    "knowledge_options",
    "ontology_option",
    "pipeline_option",
    "policy_options",
]

Function = TypeVar("Function", bound=Callable[..., Any])

PATH = click.Path(path_type=Path)  # the library says what is wrong with it, in one way
FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)


def command(name: str, *, example: str, **settings: Any) -> Callable[[Function], click.Command]:
    """A command whose help ends with *example*, one line or several."""
    word = "Examples" if "\n" in example else "Example"
    lines = "\n".join(f"  {line}" for line in example.splitlines())
    return click.command(name, epilog=f"\b\n{word}:\n{lines}", **settings)


def _location(_ctx: click.Context, _param: click.Parameter, value: str) -> Location:
    return value if is_address(value) else Path(value)


def graph_option(function: Function) -> Function:
    """``--graph WHERE``, else ``KG_GRAPH``, else ``./graph``; the function gets ``graph_path``."""
    return click.option(
        "--graph",
        "graph_path",
        callback=_location,
        envvar="KG_GRAPH",
        default="graph",
        metavar="WHERE",
        help="The graph's folder, or a SPARQL server's address (default: $KG_GRAPH, else ./graph).",
    )(function)


def _folder(_ctx: click.Context, param: click.Parameter, value: str) -> Path:
    if is_address(value):
        raise click.BadParameter(f"{value}: this needs a graph in a folder", param=param)
    return Path(value)


def folder_option(function: Function) -> Function:
    """As :func:`graph_option`, for what only a graph on disk can do."""
    return click.option(
        "--graph",
        "graph_path",
        callback=_folder,
        envvar="KG_GRAPH",
        default="graph",
        metavar="DIR",
        help="The graph's folder (default: $KG_GRAPH, else ./graph).",
    )(function)


def jobs_option(function: Function) -> Function:
    """``--jobs N``: processes that extract."""
    return click.option(
        "--jobs",
        type=click.IntRange(min=1),
        default=1,
        show_default=True,
        metavar="N",
        help="Processes to extract with.",
    )(function)


def _pipeline(_ctx: click.Context, _param: click.Parameter, value: str) -> None:
    choose_pipeline(value)


def pipeline_option(function: Function) -> Function:
    """``--pipeline accurate|fast``, else ``KG_PIPELINE``: which language pipelines read the text."""
    return click.option(
        "--pipeline",
        type=click.Choice(PIPELINES),
        callback=_pipeline,
        expose_value=False,
        envvar=CHOICE,
        default=PIPELINES[0],
        show_default=True,
        help="Which language pipelines read the text.",
    )(function)


def ontology_option(function: Function) -> Function:
    """``--ontology FILE``, any number of times."""
    return click.option(
        "--ontology",
        type=FILE,
        multiple=True,
        metavar="FILE",
        help="Further classes, relations and frames (Turtle).",
    )(function)


def knowledge_options(function: Function) -> Function:
    """``--ontology`` and ``--catalogue``: further files of the user's, each any number of times."""
    catalogue = click.option(
        "--catalogue",
        type=FILE,
        multiple=True,
        metavar="FILE",
        help="Further known entities (Turtle or CSV).",
    )
    return ontology_option(catalogue(function))


def day(_ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Reads an ISO 8601 day; a callback of options."""
    if value is None:
        return None
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is no day; write it as 2025-12-17", param=param
        ) from None


_POLICY = (
    click.option(
        "--status",
        "statuses",
        multiple=True,
        type=click.Choice([status.value for status in Status]),
        help="Only claims of this status; repeat for several (default: all but denied).",
    ),
    click.option(
        "--min-confidence",
        type=click.FloatRange(0, 1),
        default=0.0,
        metavar="0..1",
        help="Only claims of at least this confidence.",
    ),
    click.option(
        "--as-of",
        callback=day,
        metavar="DATE",
        help="Only what was so on this day (2025-12-17).",
    ),
    click.option(
        "--known-at",
        callback=day,
        metavar="DATE",
        help="Only what had been reported by this day.",
    ),
    click.option(
        "--min-sources",
        type=click.IntRange(min=1),
        default=1,
        metavar="N",
        help="Only what at least N independent sources say.",
    ),
)


def policy_options(function: Function) -> Function:
    """The five options that say which claims count; the function gets them as ``policy``, a dict."""

    @wraps(function)
    def gathered(*args: Any, **values: Any) -> Any:
        names = ("statuses", "min_confidence", "as_of", "known_at", "min_sources")
        policy = {name: values.pop(name) for name in names}
        if not policy["statuses"]:
            del policy["statuses"]
        else:
            policy["statuses"] = tuple(Status(name) for name in policy["statuses"])
        return function(*args, policy=policy, **values)

    for option in reversed(_POLICY):
        option(gathered)
    return gathered  # type: ignore[return-value]


def format_option(*formats: str) -> Callable[[Function], Function]:
    """``--format``, the first of *formats* unless said; the function gets ``format_name``."""
    return click.option(
        "--format",
        "format_name",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="How to print.",
    )
