"""Prints the results of the queries of docs/sparql.md into it: ``python docs/sparql_page.py``.

The claims are those of the page's own table; below each query stands what the command line prints.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from click.testing import CliRunner

from kg.cli import main

PAGE = Path(__file__).parent / "sparql.md"
CLAIMS = re.compile(r"```csv\n(.*?)```", re.DOTALL)
QUERY = re.compile(r"```sparql\n(?P<query>.*?)```\n(?:\n```text\n.*?```\n)?", re.DOTALL)


def run(*words: str) -> str:
    """What ``kg`` prints."""
    done = CliRunner().invoke(main, words)
    if done.exit_code:
        raise RuntimeError(f"{' '.join(words)}: {done.output}")
    return done.stdout


def page(text: str, graph: Path) -> str:
    """*text* with the results of today below each query; makes the *graph* of its claims."""
    claims = graph.with_suffix(".csv")
    claims.write_text(CLAIMS.findall(text)[0], "utf8")
    run("import", str(claims), "--graph", str(graph))

    def answered(found: re.Match[str]) -> str:
        table = run("sparql", found["query"], "--graph", str(graph))
        return f"```sparql\n{found['query']}```\n\n```text\n{table}```\n"

    return QUERY.sub(answered, text)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(page(PAGE.read_text("utf8"), Path(folder) / "graph"), "utf8")
