"""``kg explain``: what a claim rests on."""

from __future__ import annotations

from pathlib import Path

import click

from kg.api import open as open_graph
from kg.cli.knowledge import read_ontology
from kg.cli.options import command, graph_option, ontology_option
from kg.cli.output import paragraph, say
from kg.cli.proof import Writer
from kg.locations import Location
from kg.model import Claim

__all__ = ["explain_command"]


@command("explain", example="kg explain 7f3a5c0d12e94b68")
@click.argument("claim")
@graph_option
@ontology_option
def explain_command(claim: str, graph_path: Location, ontology: tuple[Path, ...]) -> None:
    """Show what a claim rests on, down to the quotes.

    CLAIM is an identifier as `kg show` and the JSON of `kg ask` print it. For a claim that an
    article makes: the words, and which frame, path and cues gave it; for an inferred one: the
    rule and its premises.
    """
    with open_graph(graph_path, read_ontology(ontology)) as graph:
        found = graph.claim(claim.rpartition("/")[2])
        for line in Writer(graph).claim(found):
            say(line)
        if isinstance(found, Claim):
            say(
                f"  words: {found.subject.quote.text} | {found.trigger.text} | {found.object.quote.text}"
            )
            say(f"  by {found.extractor}, confidence {found.confidence:.2f}")
            for line in found.explanation:
                say(paragraph(line, "  · "))
