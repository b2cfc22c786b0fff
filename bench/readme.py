"""Run the demo and the evaluation on the sample corpus, and paste what they print into README.md."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
QUESTION = "Which cloud providers back rival model labs?"
LINES = 22  # of the answer: the rest is more of the same


def run(*arguments: str) -> str:
    """What ``kg`` prints."""
    command = [sys.executable, "-m", "kg", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def demo() -> str:
    """The first lines of the demo's answer, as a code block."""
    with tempfile.TemporaryDirectory() as folder:
        run("build", "--graph", f"{folder}/graph", "data/articles")
        answer = run("ask", "--graph", f"{folder}/graph", QUESTION).splitlines()
    more = ["    …"] if len(answer) > LINES else []
    return "\n".join(
        [f'    $ kg ask "{QUESTION}"', *(f"    {line}".rstrip() for line in answer[:LINES]), *more]
    )


def figures() -> str:
    """The tables of ``kg eval`` on the sample corpus, as a code block."""
    arguments = ["eval", "--articles", "data/articles", "tests/gold/articles.jsonl"]
    table = run(*arguments).splitlines()
    block = "\n".join(f"    {line}".rstrip() for line in [f"$ kg {' '.join(arguments)}", *table])
    text = "On the sample corpus, which was written for this project and is no independent test (`make readme` measures again):"
    return f"{text}\n\n{block}"


def paste(text: str, name: str, content: str) -> str:
    """*text* with *content* between the comments called *name*."""
    pattern = rf"(<!-- {name}: begin[^>]*-->\n).*?(<!-- {name}: end -->)"
    return re.sub(pattern, lambda m: f"{m[1]}\n{content}\n\n{m[2]}", text, flags=re.DOTALL)


def main() -> None:
    """Rewrite README.md."""
    path = ROOT / "README.md"
    text = paste(path.read_text("utf8"), "demo", demo())
    path.write_text(paste(text, "eval", figures()), "utf8")


if __name__ == "__main__":
    main()
