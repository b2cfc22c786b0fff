"""Options of extractors that ask a language model, and what is said of what they spend."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kg.articles import list_files, read_articles
from kg.cli.options import FOLDER
from kg.running import Extracts, Metered, load_extractor, takes

if TYPE_CHECKING:
    from kg.deriving import Setting

__all__ = [
    "account",
    "chosen_extractor",
    "dry_run_option",
    "forecast",
    "model_options",
    "replies_option",
]

Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--model", metavar="NAME", help="Language model (default: $KG_LLM_MODEL)."),
    click.option(
        "--model-url",
        "url",
        metavar="URL",
        help="Its server's address, up to /v1 (default: $KG_LLM_URL, else Ollama on this machine). "
        "A key is taken from $KG_LLM_API_KEY alone.",
    ),
    click.option(
        "--max-calls", type=click.IntRange(min=0), metavar="N", help="Requests sent at most."
    ),
    click.option(
        "--max-cost",
        type=click.FloatRange(min=0),
        metavar="SUM",
        help="Spent at most; needs --price.",
    ),
    click.option(
        "--price",
        nargs=2,
        type=click.FloatRange(min=0),
        metavar="IN OUT",
        help="Price of a million tokens sent and received.",
    ),
    click.option(
        "--concurrency", type=click.IntRange(min=1), metavar="N", help="Requests at once (4)."
    ),
    click.option(
        "--timeout", type=float, metavar="SECONDS", help="Longest wait for a reply (120)."
    ),
    click.option(
        "--max-tokens",
        type=click.IntRange(min=1),
        metavar="N",
        help="Tokens of a reply at most (default: by the length of what is asked).",
    ),
)
_NAMES = (
    "model",
    "url",
    "max_calls",
    "max_cost",
    "price",
    "concurrency",
    "timeout",
    "max_tokens",
)


def model_options(function: Function) -> Function:
    """The options of a language model; the function gets those given as ``service``, a dict."""

    @wraps(function)
    def gathered(*args: Any, **values: Any) -> Any:
        found = {name: values.pop(name) for name in _NAMES}
        given = {name: value for name, value in found.items() if value not in (None, ())}
        return function(*args, service=given, **values)

    for option in reversed(_OPTIONS):
        option(gathered)
    return gathered  # type: ignore[return-value]


def replies_option(function: Function) -> Function:
    """``--replies DIR``: where a command without a graph keeps what the model answers."""
    return click.option(
        "--replies",
        type=FOLDER,
        default=Path(),
        metavar="DIR",
        help="Folder in which replies/ of the language model is kept (default: this one).",
    )(function)


def dry_run_option(function: Function) -> Function:
    """``--dry-run``: say what a language model would be asked, and ask nothing."""
    return click.option(
        "--dry-run", is_flag=True, help="Say what the language model would be asked; ask nothing."
    )(function)


def chosen_extractor(
    name: str, setting: Setting, service: dict[str, Any], folder: Path
) -> Extracts:
    """The extractor *name*, with the options of a language model where it takes them."""
    settings: dict[str, Any] = {}
    if takes(name, "service"):
        settings["service"] = _service(**service)
    elif service:
        options = ", ".join("--model-url" if n == "url" else f"--{n}" for n in sorted(service))
        raise click.UsageError(
            f"extractor {name!r} asks no language model; leave out {options.replace('_', '-')}"
        )
    if takes(name, "folder"):
        settings["folder"] = folder
    return load_extractor(name, setting.ontology, setting.catalogue, **settings)


def _service(
    model: str = "", url: str = "", price: tuple[float, float] = (0.0, 0.0), **bounds: Any
) -> Any:
    from kg.backends.llm.service import Service  # needs the extra: loaded where it is used

    return Service.from_environment(model, url, price_in=price[0], price_out=price[1], **bounds)


def forecast(extractor: Extracts, paths: tuple[Path, ...]) -> tuple[str, ...]:
    """What reading *paths* would ask a language model, in lines."""
    if not isinstance(extractor, Metered):
        raise click.UsageError(f"--dry-run: extractor {extractor.name!r} asks nobody")
    return extractor.forecast(read_articles(sorted(list_files(paths))))


def account(extractor: Extracts) -> tuple[str, ...]:
    """What *extractor* has asked and spent, in lines; none where it asks nobody."""
    return extractor.account() if isinstance(extractor, Metered) else ()
