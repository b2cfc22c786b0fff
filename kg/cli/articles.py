"""``kg articles``: what is read in files, before anything is extracted."""

from __future__ import annotations

from pathlib import Path

import click

from kg.articles import ReadReport, count_articles, find_duplicates, read_articles
from kg.cli.options import PATH, command, format_option
from kg.cli.output import progress, rule, say, table, warn
from kg.interchange import json_line
from kg.model import Article

__all__ = ["articles_command"]

_FIELDS = ("id", "lang", "date", "title", "source", "url", "text")


@command("articles", example="kg articles articles/ --text")
@click.argument("paths", nargs=-1, required=True, type=PATH)
@click.option("--text", is_flag=True, help="Print the clean text: what offsets count in.")
@format_option("table", "jsonl")
def articles_command(paths: tuple[Path, ...], text: bool, format_name: str) -> None:
    """List articles as they are read, without a graph.

    PATHS are articles (.txt, .md, .html, .jsonl) or folders of them. Shows identifier, date,
    language, length and title, and which articles are copies of another.
    """
    report = ReadReport()
    listing = format_name == "table" and not text
    with progress("reading", lambda: count_articles(paths), prints=not listing) as bar:
        read = bar.over(read_articles(paths, lambda problem: warn(str(problem)), report))
        listed = tuple(read) if listing else ()
        for article in read:
            if format_name == "jsonl":
                say(json_line({name: getattr(article, name) for name in _FIELDS}))
            else:
                _print_text(article)
    if listing:
        _print_list(listed)
    warn(str(report))


def _print_text(article: Article) -> None:
    say(rule(f"{article.id} · {article.title}"))
    say()
    click.echo(article.text)
    say()


def _print_list(articles: tuple[Article, ...]) -> None:
    rows = ((a.id, a.date, a.lang, len(a.text), a.source, a.title) for a in articles)
    table(("id", "date", "lang", "characters", "source", "title"), rows)
    for one, other, similarity in find_duplicates(articles):
        say(f"copies ({similarity:.0%} alike), one origin: {one} = {other}")
