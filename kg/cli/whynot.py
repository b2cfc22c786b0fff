"""``kg why-not``: where on the way from text to claim a pair of names got lost."""

from __future__ import annotations

from pathlib import Path

import click

from kg.articles import ReadReport, read_articles
from kg.cli.errors import NO
from kg.cli.knowledge import read_setting
from kg.cli.options import FILE, command, knowledge_options, pipeline_option
from kg.cli.output import paragraph, rule, say
from kg.errors import InputError
from kg.model import Article

__all__ = ["why_not_command"]

_SHOWN = 10  # identifiers listed in a message at most


@command("why-not", example='kg why-not article.txt "Nokia" "Vodafone"')
@click.argument("path", metavar="ARTICLE", type=FILE)
@click.argument("subject")
@click.argument("other", metavar="OBJECT")
@click.option("--id", "identifier", help="Which article, where the file holds several.")
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    default=0.0,
    help="What `kg extract` was given.",
)
@knowledge_options
@pipeline_option
def why_not_command(
    path: Path,
    subject: str,
    other: str,
    identifier: str | None,
    min_confidence: float,
    ontology: tuple[Path, ...],
    catalogue: tuple[Path, ...],
) -> None:
    """Say why an article yields no claim about two names.

    For each sentence with both names: which words could have carried a relation, and what kept
    them from it. Exit code 1 where there is no claim, 0 where there is one after all.
    """
    from kg.extraction import Extractor  # spaCy is slow to import
    from kg.whynot import Stage, why_not

    setting = read_setting(ontology, catalogue)
    extractor = Extractor(setting.ontology, setting.catalogue)
    findings = why_not(extractor, _article(path, identifier), subject, other, min_confidence)
    sentence = ""
    for finding in findings:
        if finding.sentence != sentence:
            sentence = finding.sentence
            say(paragraph(f"“{sentence}”"))
        say(f"  {rule(finding.stage)}")
        say(paragraph(finding.detail, "    "))
    if all(finding.stage is not Stage.CLAIMED for finding in findings):
        raise SystemExit(NO)


def _article(path: Path, identifier: str | None) -> Article:
    report = ReadReport()
    articles = list(read_articles([path], None, report))
    if not articles:
        raise InputError("; ".join(map(str, report.problems)) or f"{path}: holds no article")
    chosen = [a for a in articles if identifier in (None, a.id)]
    if len(chosen) != 1:
        listed = ", ".join(a.id for a in articles[:_SHOWN])
        raise InputError(f"{path}: choose one article with --id: {listed}")
    return chosen[0]
