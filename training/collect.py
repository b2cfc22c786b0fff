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
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import click

from kg.errors import InputError, KgError

__all__ = ["Recipe", "collect", "main", "recipes"]

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Recipe:
    """One file of ours: the files of a repository's commit that are joined to make it.

    Where ``archive`` names a ZIP file in the repository, they lie in that.
    """

    name: str
    repository: str
    paths: tuple[str, ...]
    commit: str = "HEAD"
    documents: str = ""
    archive: str = ""
    encoding: str = "utf8"


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
    files = _archived(recipe, clone) if recipe.archive else _committed(recipe, clone)
    text = "\n".join(content.decode(recipe.encoding) for content in files)
    return _only(text, recipe.documents) if recipe.documents else text


def _committed(recipe: Recipe, clone: Path) -> list[bytes]:
    listed = _git(clone, "ls-tree", "-r", "--name-only", recipe.commit).decode("utf8").splitlines()
    wanted = _wanted(recipe, clone, listed)
    return [_git(clone, "show", f"{recipe.commit}:{path}") for path in wanted]


def _archived(recipe: Recipe, clone: Path) -> list[bytes]:
    content = BytesIO(_git(clone, "show", f"{recipe.commit}:{recipe.archive}"))
    with ZipFile(content) as archive:
        return [archive.read(n) for n in _wanted(recipe, clone, sorted(archive.namelist()))]


def _wanted(recipe: Recipe, clone: Path, listed: list[str]) -> list[str]:
    wanted = [path for pattern in recipe.paths for path in listed if re.fullmatch(pattern, path)]
    if not wanted:
        raise InputError(f"{clone}: no file {recipe.paths[0]} at {recipe.commit}")
    return wanted


def _git(clone: Path, *command: str) -> bytes:
    done = subprocess.run(["git", "-C", str(clone), *command], capture_output=True, check=False)
    if done.returncode:
        raise InputError(
            f"{clone}: {done.stderr.decode('utf8', 'replace').strip().splitlines()[0]}"
        )
    return done.stdout


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
