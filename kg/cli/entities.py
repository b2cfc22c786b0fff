"""``kg entities``: who is who, and the ledger of merges."""

from __future__ import annotations

from pathlib import Path

import click

from kg import ledger
from kg.api import open as open_graph
from kg.cli.knowledge import read_ontology, read_setting
from kg.cli.options import folder_option, knowledge_options, ontology_option
from kg.cli.output import clean, paragraph, rule, say, table, warn
from kg.curation import (
    add_alias,
    add_entity,
    merge_entities,
    search_entities,
    split_entities,
    undo_entry,
)
from kg.deriving import Totals
from kg.model import Entity
from kg.turtle import local_name

__all__ = ["entities_command"]


@click.group(
    "entities",
    epilog='\b\nExamples:\n  kg entities search soft\n  kg entities merge SoftBank "SoftBank Corp"',
)
def entities_command() -> None:
    """Look up entities; add, merge and split them.

    Merges are lines of a ledger in the graph's folder: the graph follows at once, a rebuild obeys
    them, and each can be undone.
    """


@entities_command.command("search", epilog="\b\nExample:\n  kg entities search soft")
@click.argument("words")
@folder_option
def search(words: str, graph_path: Path) -> None:
    """List entities whose names are like WORDS, best first."""
    with open_graph(graph_path) as graph:
        found = search_entities(graph.store, words)
        table(("name", "kinds", "known", "iri"), map(_row, found))
    if not found:
        warn(f"no name like {words!r}")


def _row(entity: Entity) -> tuple[object, ...]:
    return entity.name, ", ".join(entity.types), entity.known, entity.iri


@entities_command.command("show", epilog="\b\nExample:\n  kg entities show AWS")
@click.argument("name")
@folder_option
@ontology_option
def show(name: str, graph_path: Path, ontology: tuple[Path, ...]) -> None:
    """Show what is known of an entity apart from claims: names, kinds, background, merges."""
    with open_graph(graph_path, read_ontology(ontology)) as graph:
        entity = graph.entity(name)
        say(rule(entity.name))
        say(entity.iri)
        say(f"kinds: {', '.join(entity.types) or 'unknown'}")
        labels = (
            f"{label.text}@{label.lang}" if label.lang else label.text for label in entity.labels
        )
        say(paragraph(f"names: {', '.join(labels)}"))
        say(f"known: {'catalogue' if entity.known else 'articles only'}")
        for relation, iri in entity.facts:
            other = graph.entities().get(iri)
            say(f"background: {relation} {clean(other.name if other else local_name(iri))}")
    for entry in ledger.read(graph_path).entries:
        if entity.iri in entry.entities:
            _print_entry(entry)


@entities_command.command("ledger", epilog="\b\nExample:\n  kg entities ledger")
@folder_option
def log(graph_path: Path) -> None:
    """List merges and splits, with their reasons and identifiers."""
    with open_graph(graph_path):  # says what is wrong where there is no graph
        for entry in ledger.read(graph_path).entries:
            _print_entry(entry)


def _print_entry(entry: ledger.Entry) -> None:
    names = " ← ".join(local_name(iri) for iri in entry.entities)
    say(clean(f"{entry.id}  {entry.action}  {names}  ({entry.by}: {entry.reason})"))


@entities_command.command(
    "add", epilog='\b\nExample:\n  kg entities add "Acme Robotics" --type company --alias Acme'
)
@click.argument("name")
@click.option(
    "--type", "types", multiple=True, required=True, help="What it is (class or word); repeatable."
)
@click.option("--alias", "aliases", multiple=True, help="Another name; repeatable.")
@click.option("--parent", default="", help="Name of the known entity that it belongs to.")
@click.option("--country", default="", help="Code of its country, such as PT.")
@folder_option
@knowledge_options
def add(
    name: str,
    types: tuple[str, ...],
    aliases: tuple[str, ...],
    parent: str,
    country: str,
    graph_path: Path,
    ontology: tuple[Path, ...],
    catalogue: tuple[Path, ...],
) -> None:
    """Make NAME a known entity of the graph.

    It is written to entities.csv in the graph's folder, which every build of it reads. Claims
    about it follow at once; build again to find it in sentences where it was not seen before.
    """
    setting = read_setting(ontology, catalogue, graph_path)
    totals = add_entity(graph_path, setting, name, types, aliases, parent, country)
    _say_totals(graph_path, totals)


@entities_command.command(
    "alias", epilog='\b\nExample:\n  kg entities alias Microsoft MSFT "Big M"'
)
@click.argument("name")
@click.argument("aliases", nargs=-1, required=True)
@folder_option
@knowledge_options
def alias(
    name: str,
    aliases: tuple[str, ...],
    graph_path: Path,
    ontology: tuple[Path, ...],
    catalogue: tuple[Path, ...],
) -> None:
    """Give the entity NAME further names, ALIASES.

    They are written to entities.csv in the graph's folder, which every build of it reads.
    """
    setting = read_setting(ontology, catalogue, graph_path)
    totals = add_alias(graph_path, setting, name, *aliases)
    _say_totals(graph_path, totals)


_REASON = click.option("--reason", default="said by the user", help="Why, for the ledger.")


def _say_totals(graph_path: Path, totals: Totals) -> None:
    say(f"{graph_path}: {totals.claims} claims, {totals.inferred} inferred")


def _tell(entry: ledger.Entry, graph_path: Path, totals: Totals) -> None:
    _print_entry(entry)
    _say_totals(graph_path, totals)


@entities_command.command(
    "merge", epilog='\b\nExample:\n  kg entities merge SoftBank "SoftBank Corp"'
)
@click.argument("into")
@click.argument("others", nargs=-1, required=True)
@_REASON
@folder_option
@knowledge_options
def merge(
    into: str,
    others: tuple[str, ...],
    reason: str,
    graph_path: Path,
    ontology: tuple[Path, ...],
    catalogue: tuple[Path, ...],
) -> None:
    """Take OTHERS for INTO (names or IRIs) from now on."""
    setting = read_setting(ontology, catalogue, graph_path)
    entry, totals = merge_entities(graph_path, setting, into, *others, reason=reason)
    _tell(entry, graph_path, totals)


@entities_command.command("split", epilog="\b\nExample:\n  kg entities split Alphabet Google")
@click.argument("names", nargs=-1, required=True)
@_REASON
@folder_option
@knowledge_options
def split(
    names: tuple[str, ...],
    reason: str,
    graph_path: Path,
    ontology: tuple[Path, ...],
    catalogue: tuple[Path, ...],
) -> None:
    """Keep NAMES apart from now on (names, or IRIs that were merged away)."""
    setting = read_setting(ontology, catalogue, graph_path)
    entry, totals = split_entities(graph_path, setting, *names, reason=reason)
    _tell(entry, graph_path, totals)


@entities_command.command("undo", epilog="\b\nExample:\n  kg entities undo 4f1d2a90c3b7")
@click.argument("entry")
@_REASON
@folder_option
@knowledge_options
def undo(
    entry: str,
    reason: str,
    graph_path: Path,
    ontology: tuple[Path, ...],
    catalogue: tuple[Path, ...],
) -> None:
    """Take back a line of the ledger; ENTRY is its identifier."""
    line, totals = undo_entry(
        graph_path, read_setting(ontology, catalogue, graph_path), entry, reason=reason
    )
    _tell(line, graph_path, totals)
