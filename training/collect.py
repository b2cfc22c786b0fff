"""Make the data folder from clones: ``python -m training.collect --clones DIR --data DIR``.

``collect.toml`` says which repositories to clone (``git clone`` them all into one folder, each under
its own name) and which of their files make which of ours. Files already there are left alone.
"""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from kg.errors import InputError, KgError

__all__ = ["Recipe", "collect", "main", "recipes"]

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Recipe:
    """One file of ours: the files of a repository's commit that are joined to make it."""

    name: str
    repository: str
    paths: tuple[str, ...]
    commit: str = "HEAD"
    documents: str = ""


def recipes() -> Iterator[Recipe]:
    """Yield the recipes of ``collect.toml``."""
    table = tomllib.loads((_HERE / "collect.toml").read_text("utf8"))
    for name, entry in table["files"].items():
        yield Recipe(name, **{**entry, "paths": tuple(entry["paths"])})


def collect(recipe: Recipe, clones: Path) -> str:
    """Give a file's text.

    Raises
    ------
    InputError
        If the clone, its commit or a file in it is missing.
    """
    clone = clones / recipe.repository.partition("/")[2]
    if not clone.is_dir():
        raise InputError(f"{clone}: no such clone; git clone {recipe.repository} from GitHub")
    listed = _git(clone, "ls-tree", "-r", "--name-only", recipe.commit).splitlines()
    wanted = [path for pattern in recipe.paths for path in listed if re.fullmatch(pattern, path)]
    if not wanted:
        raise InputError(f"{clone}: no file {recipe.paths[0]} at {recipe.commit}")
    text = "\n".join(_git(clone, "show", f"{recipe.commit}:{path}") for path in wanted)
    return _only(text, recipe.documents) if recipe.documents else text


def _git(clone: Path, *command: str) -> str:
    done = subprocess.run(["git", "-C", str(clone), *command], capture_output=True, check=False)
    if done.returncode:
        raise InputError(
            f"{clone}: {done.stderr.decode('utf8', 'replace').strip().splitlines()[0]}"
        )
    return done.stdout.decode("utf8")


def _only(text: str, documents: str) -> str:
    """Keep the CoNLL-U documents whose identifier matches."""
    pieces = re.split(r"^(?=# newdoc id)", text, flags=re.MULTILINE)
    return "".join(
        piece for piece in pieces if re.match(rf"# newdoc id = {documents}$", piece, re.M)
    )


@click.command(help=__doc__)
@click.option("--clones", type=click.Path(path_type=Path), required=True, help="Folder of clones.")
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder to fill.")
def main(clones: Path, data: Path) -> None:
    """Make the data folder."""
    try:
        for recipe in recipes():
            path = data / recipe.name
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(collect(recipe, clones), "utf8")
                click.echo(f"{path}: {path.stat().st_size} bytes")
    except KgError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
