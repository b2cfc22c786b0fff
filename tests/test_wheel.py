"""The wheel is all that a user needs: installed alone, it builds a graph from another folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.wheel


def _run(*command: str | Path, cwd: Path) -> str:
    ours = ("PYTHON", "KG_", "VIRTUAL_ENV")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_wheel_alone_builds_and_answers(tmp_path: Path) -> None:
    _run(sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path / "dist", ROOT, cwd=ROOT)
    [wheel] = (tmp_path / "dist").glob("*.whl")
    _run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    python, command = tmp_path / "venv" / "bin" / "python", tmp_path / "venv" / "bin" / "kg"
    constraints = ROOT / "constraints.txt"
    _run(python, "-m", "pip", "install", "--quiet", "-c", constraints, wheel, cwd=tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    built = _run(command, "build", ROOT / "data" / "articles", cwd=elsewhere)
    assert built.startswith(f"{len(list((ROOT / 'data' / 'articles').iterdir()))} read, ")
    answer = _run(command, "ask", "Which cloud providers back rival model labs?", cwd=elsewhere)
    assert "Amazon, Anthropic, OpenAI" in answer
    _run(command, "export", "graph.html", cwd=elsewhere)
    assert (elsewhere / "graph.html").stat().st_size > 100_000
    assert _run(command, "--version", cwd=elsewhere).startswith("kg, version ")
