"""``kg eval``: how good is the extraction, on articles that somebody annotated."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.articles import ReadReport, read_articles
from kg.cli.errors import NO
from kg.cli.knowledge import read_setting
from kg.cli.model import account, chosen_extractor, model_options, replies_option
from kg.cli.options import FILE, FOLDER, command, format_option, knowledge_options, pipeline_option
from kg.cli.output import clean, money, paragraph, progress, rule, say, table, warn
from kg.deriving import Setting
from kg.disagreement import Disagreement, disagreements
from kg.errors import InputError
from kg.evaluation import Accuracy, Evaluation, Score, evaluate
from kg.gold import GoldArticle, GoldClaim, read_gold
from kg.interchange import claim_record
from kg.linking_evaluation import evaluate_linking
from kg.model import Article, Claim
from kg.running import Extracts, Outcome, takes
from kg.streaming import stream_claims

if TYPE_CHECKING:
    from kg.deriving import Setting

__all__ = ["eval_command"]

_OURS = "frames"


@command("eval", example="kg eval --articles data/articles tests/gold/articles.jsonl --errors")
@click.argument("gold", nargs=-1, required=True, type=FILE)
@click.option("--articles", type=FOLDER, help="Where the files lie that gold lines name.")
@click.option("--errors", is_flag=True, help="List every miss and every spurious claim.")
@click.option("--min-f1", type=click.FloatRange(0, 1), help="Exit with 1 where F1 is below.")
@click.option("--linking", is_flag=True, help="Measure who is who instead: see below.")
@click.option(
    "--min-confidence", type=click.FloatRange(0, 1), default=0.0, help="Leave out claims below."
)
@click.option(
    "--compare",
    multiple=True,
    metavar="NAME",
    help="An extractor to set beside: cooccurrence, triples, llm, cascade.",
)
@model_options
@replies_option
@knowledge_options
@pipeline_option
@format_option("table", "json")
def eval_command(
    gold: tuple[Path, ...],
    articles: Path | None,
    errors: bool,
    min_f1: float | None,
    linking: bool,
    min_confidence: float,
    compare: tuple[str, ...],
    service: dict[str, Any],
    replies: Path,
    ontology: tuple[Path, ...],
    catalogue: tuple[Path, ...],
    format_name: str,
) -> None:
    """Measure extraction against annotated articles.

    GOLD files are JSON lines: articles with the claims that they make. A claim counts as right
    where relation and both names agree with gold; status, amount and stake are judged on those.
    With --linking: how many names lead to their entity, how many entities are doubled or wrongly
    merged, in these files or in files of mention cases.
    """
    if linking:
        _print_linking(gold, read_setting(ontology, catalogue), errors, format_name)
        return
    annotated = [
        item for path in gold for item in read_gold(path, _reader(articles or path.parent))
    ]
    setting = read_setting(ontology, catalogue)
    extractors = _extractors(compare, setting, service, replies)
    evaluations = {
        name: _evaluated(extractor, annotated, setting, min_confidence)
        for name, extractor in extractors.items()
    }
    if format_name == "json":
        record = _compared_record(evaluations, setting, errors)
        say(json.dumps(record, ensure_ascii=False, indent=2))
    else:
        _print(evaluations, annotated, setting, errors)
    for extractor in extractors.values():
        for line in account(extractor):
            warn(line)
    f1 = evaluations[_OURS].overall.f1
    if min_f1 is not None and f1 < min_f1:
        click.echo(f"F1 {f1:.3f} is below {min_f1:.3f}", err=True)
        raise SystemExit(NO)


def _extractors(
    compare: tuple[str, ...], setting: Setting, service: dict[str, Any], replies: Path
) -> dict[str, Extracts]:
    """Ours, then those to set beside it, by name."""
    asking = [name for name in compare if takes(name, "service")]
    if service and not asking:
        raise click.UsageError("options of a language model need --compare llm or cascade")
    return {
        name: chosen_extractor(name, setting, service if name in asking else {}, replies)
        for name in (_OURS, *compare)
    }


def _print(
    evaluations: Mapping[str, Evaluation],
    annotated: list[GoldArticle],
    setting: Setting,
    errors: bool,
) -> None:
    ours = evaluations[_OURS]
    _print_tables(ours)
    if len(evaluations) > 1:
        _print_comparison(evaluations)
    if errors:
        _print_errors(ours, annotated)
        for name, other in list(evaluations.items())[1:]:
            _print_disagreements(name, ours, other, setting)


def _compared_record(
    evaluations: Mapping[str, Evaluation], setting: Setting, errors: bool
) -> dict[str, Any]:
    ours, others = evaluations[_OURS], dict(list(evaluations.items())[1:])
    record = _record(ours, errors)
    if others:
        record["compared"] = {n: _score_record(e.overall) for n, e in others.items()}
    if others and errors:
        record["disagreements"] = [
            {"extractor": name, **_disagreement_record(found)}
            for name, other in others.items()
            for found in _disagreements(ours, other, setting)
        ]
    return record


def _print_linking(files: tuple[Path, ...], setting: Setting, errors: bool, form: str) -> None:
    scores = {path: evaluate_linking(path, setting.catalogue) for path in files}
    names = ("mentions", "entities", "accuracy", "doubled", "wrong_merges")
    rows = [
        {"file": str(path), **{name: getattr(score, name) for name in names}}
        for path, score in scores.items()
    ]
    if form == "json":
        wrong = {str(path): list(map(asdict, score.wrong)) for path, score in scores.items()}
        record = [{**row, "wrong": wrong[str(row["file"])]} if errors else row for row in rows]
        say(json.dumps(record, ensure_ascii=False, indent=2))
        return
    table(("file", *(name.replace("_", " ") for name in names)), [list(r.values()) for r in rows])
    for score in scores.values() if errors else ():
        for miss in score.wrong:
            say(clean(f"  {miss.kind}: {miss.name} → {miss.found}, not {miss.wanted}"))


def _evaluated(
    extractor: Extracts, annotated: list[GoldArticle], setting: Setting, min_confidence: float
) -> Evaluation:
    articles = (item.article for item in annotated)
    with progress(f"extracting ({extractor.name})", lambda: len(annotated)) as bar:
        outcomes = bar.over(
            stream_claims(articles, extractor, setting.catalogue, min_confidence=min_confidence)
        )
        claims = {outcome.article.id: _claims(outcome) for outcome in outcomes}
    return evaluate(annotated, claims, setting.ontology)


def _reader(folder: Path) -> Callable[[Path], Article]:
    def read(name: Path) -> Article:
        report = ReadReport()
        article = next(read_articles([folder / name], None, report), None)
        if article is None:
            raise InputError("; ".join(map(str, report.problems)))
        return article

    return read


def _claims(outcome: Outcome) -> tuple[Claim, ...]:
    if outcome.problem:  # an article without claims would be measured as one without merit
        raise InputError(outcome.problem)
    return outcome.claims


def _groups(evaluation: Evaluation) -> Iterator[tuple[str, str, Score]]:
    yield "all", "", evaluation.overall
    named = (
        ("relation", evaluation.by_relation),
        ("language", evaluation.by_language),
        ("status", evaluation.by_status),
    )
    for kind, scores in named:
        for name, score in scores.items():
            yield kind, name, score


def _accuracies(evaluation: Evaluation) -> Mapping[str, Accuracy]:
    return {
        "status": evaluation.status,
        "amount": evaluation.amount,
        "percent": evaluation.percent,
        "grounding": evaluation.grounded,
    }


def _print_tables(evaluation: Evaluation) -> None:
    header = ("of", "", "right", "spurious", "missed", "precision", "recall", "F1")
    rows = (
        (kind, name, s.right, s.spurious, s.missed, s.precision, s.recall, s.f1)
        for kind, name, s in _groups(evaluation)
    )
    table(header, rows)
    say()
    accuracies = _accuracies(evaluation)
    judged = ((name, a.right, a.total, a.share) for name, a in accuracies.items())
    table(("accuracy", "right", "of", "share"), judged)
    say(f"figures that gold does not have: {evaluation.unasked_figures}")
    say()
    bins = (
        (f"{b.low:.1f}–{b.high:.1f}", b.claims, b.mean, b.precision) for b in evaluation.reliability
    )
    table(("confidence", "claims", "mean", "precision"), bins)
    say(f"expected calibration error: {evaluation.calibration_error:.3f}")


def _print_comparison(evaluations: Mapping[str, Evaluation]) -> None:
    header = ("extractor", "right", "spurious", "missed", "precision", "recall", "F1", "status")
    rows = (
        (name, s.right, s.spurious, s.missed, s.precision, s.recall, s.f1, e.status.share)
        for name, e in evaluations.items()
        for s in [e.overall]
    )
    say()
    table(header, rows)


def _print_errors(evaluation: Evaluation, annotated: list[GoldArticle]) -> None:
    for item in annotated:
        misses = [miss.gold for miss in evaluation.missed if miss.article == item.article.id]
        spurious = [claim for claim in evaluation.spurious if claim.article == item.article.id]
        if misses or spurious:
            say()
            say(rule(f"{item.article.id} · {item.article.title}"))
        for gold in misses:
            _print_error("missed  ", _gold_line(gold), gold.evidence)
        for claim in spurious:
            _print_error("spurious", _claim_line(claim), claim.evidence.text)


def _disagreements(
    ours: Evaluation, other: Evaluation, setting: Setting
) -> tuple[Disagreement, ...]:
    """Where the two differ, whatever gold says."""
    one, two = ([*(p.claim for p in e.pairs), *e.spurious] for e in (ours, other))
    return disagreements(one, two, setting.ontology)


def _print_disagreements(name: str, ours: Evaluation, other: Evaluation, setting: Setting) -> None:
    """Each difference, with who has gold on his side."""
    right = {id(pair.claim) for evaluation in (ours, other) for pair in evaluation.pairs}
    say()
    say(rule(f"frames and {name} differ"))
    for found in _disagreements(ours, other, setting):
        for label, claim in (("frames", found.first), (name, found.second)):
            if claim is not None:
                verdict = "right" if id(claim) in right else "not in gold"
                say(f"  {label}: {clean(_claim_line(claim))} ({verdict})")
        claim = found.first or found.second
        say(paragraph(claim.evidence.text if claim else "", " " * 12))


def _disagreement_record(found: Disagreement) -> dict[str, Any]:
    sides = {"frames": found.first, "other": found.second}
    claims = {name: claim_record(claim) if claim else None for name, claim in sides.items()}
    return {"article": found.article, "what": found.what, **claims}


def _print_error(kind: str, line: str, sentence: str) -> None:
    say(f"  {kind}  {clean(line)}")
    say(paragraph(sentence, " " * 12))


def _gold_line(gold: GoldClaim) -> str:
    figures = money(gold.amount, gold.currency, gold.percent)
    return f"{gold.subject} {gold.relation} {gold.object} [{gold.status}] {figures}"


def _claim_line(claim: Claim) -> str:
    q = claim.qualifiers
    names = f"{claim.subject.entity.name} {claim.relation} {claim.object.entity.name}"
    return f"{names} [{claim.status}] {money(q.amount, q.currency, q.percent)}"


def _score_record(score: Score) -> dict[str, float]:
    counts = {"right": score.right, "spurious": score.spurious, "missed": score.missed}
    shares = {"precision": score.precision, "recall": score.recall, "f1": score.f1}
    return {**counts, **{name: round(value, 4) for name, value in shares.items()}}


def _record(evaluation: Evaluation, errors: bool) -> dict[str, Any]:
    record: dict[str, Any] = {"all": _score_record(evaluation.overall)}
    for kind, name, score in list(_groups(evaluation))[1:]:
        record.setdefault(kind, {})[name] = _score_record(score)
    record["accuracy"] = {
        name: {"right": a.right, "of": a.total, "share": round(a.share, 4)}
        for name, a in _accuracies(evaluation).items()
    }
    record["unasked_figures"] = evaluation.unasked_figures
    record["reliability"] = [
        {
            name: round(getattr(b, name), 4)
            for name in ("low", "high", "claims", "mean", "precision")
        }
        for b in evaluation.reliability
    ]
    record["calibration_error"] = round(evaluation.calibration_error, 4)
    if errors:
        record["missed"] = [_miss_record(miss.article, miss.gold) for miss in evaluation.missed]
        record["spurious"] = [claim_record(claim) for claim in evaluation.spurious]
    return record


def _miss_record(article: str, gold: GoldClaim) -> dict[str, Any]:
    names = ("subject", "relation", "object", "status", "amount", "currency", "percent", "evidence")
    return {"article": article, **{name: getattr(gold, name) for name in names}}
