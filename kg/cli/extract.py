"""``kg extract``: what articles claim, on standard output."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kg.articles import ReadReport, count_articles, read_articles
from kg.cli.knowledge import read_setting
from kg.cli.model import (
    account,
    chosen_extractor,
    dry_run_option,
    forecast,
    model_options,
    replies_option,
)
from kg.cli.options import (
    PATH,
    command,
    format_option,
    jobs_option,
    knowledge_options,
    pipeline_option,
)
from kg.cli.output import money, paragraph, progress, rule, say, warn
from kg.interchange import claim_record, json_line
from kg.model import Claim
from kg.running import Outcome
from kg.streaming import stream_claims

__all__ = ["extract_command"]


@command("extract", example="kg extract articles/ --format jsonl > claims.jsonl")
@click.argument("paths", nargs=-1, required=True, type=PATH)
@format_option("text", "jsonl")
@click.option("--explain", is_flag=True, help="Say which frame, path and cues gave each claim.")
@click.option(
    "--min-confidence", type=click.FloatRange(0, 1), default=0.0, help="Leave out claims below."
)
@click.option("--extractor", default="frames", show_default=True, help="Which extractor to use.")
@model_options
@dry_run_option
@replies_option
@jobs_option
@knowledge_options
@pipeline_option
def extract_command(
    paths: tuple[Path, ...],
    format_name: str,
    explain: bool,
    min_confidence: float,
    extractor: str,
    service: dict[str, Any],
    dry_run: bool,
    replies: Path,
    jobs: int,
    ontology: tuple[Path, ...],
    catalogue: tuple[Path, ...],
) -> None:
    """Print the claims of articles, without a graph.

    PATHS are articles (.txt, .md, .html, .jsonl) or folders of them. Claims come in the order of
    the articles and of their text; offsets count characters of the text that `kg articles --text`
    shows. What cannot be read is reported on standard error and counted in the last line there.
    """
    setting, report = read_setting(ontology, catalogue), ReadReport()
    extracts = chosen_extractor(extractor, setting, service, replies)
    if dry_run:
        for line in forecast(extracts, paths):
            say(line)
        return
    show = _print_jsonl if format_name == "jsonl" else _print_text
    claims = failed = 0
    with progress("extracting", lambda: count_articles(paths), prints=True) as bar:
        articles = read_articles(paths, lambda problem: warn(str(problem)), report)
        outcomes = stream_claims(
            articles, extracts, setting.catalogue, jobs=jobs, min_confidence=min_confidence
        )
        for outcome in bar.over(outcomes):
            if outcome.problem:
                warn(outcome.problem)
            failed += bool(outcome.problem)
            claims += len(outcome.claims)
            show(outcome, explain)
    for line in account(extracts):
        warn(line)
    read, failed = report.read - failed, report.failed + failed
    warn(f"{read} read, {report.skipped} skipped, {failed} failed; {claims} claims")


def _print_jsonl(outcome: Outcome, explain: bool) -> None:
    for claim in outcome.claims:
        record = claim_record(claim)
        say(json_line({**record, "explanation": claim.explanation} if explain else record))


def _print_text(outcome: Outcome, explain: bool) -> None:
    article = outcome.article
    if outcome.claims:
        heading = (article.date, article.source, article.title or article.id)
        say(rule(" · ".join(part for part in heading if part)))
    for claim in outcome.claims:
        say(paragraph(_headline(claim), "  "))
        say(paragraph(f"“{claim.evidence.text}”", "    "))
        for line in claim.explanation if explain else ():
            say(paragraph(line, "    · "))
    if outcome.claims:
        say()


def _headline(claim: Claim) -> str:
    values = claim.qualifiers
    figures = money(values.amount, values.currency, values.percent)
    facts = ", ".join(part for part in (claim.status.value, figures) if part)
    names = claim.subject.entity.name, claim.relation, claim.object.entity.name
    return f"{' '.join(names)} [{facts}] ({claim.confidence:.2f})"
