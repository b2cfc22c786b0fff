"""Extraction beside two baselines: sentence co-occurrence and subject-verb-object triples.

    python bench/baselines.py [GOLD ...]

GOLD are annotated articles (default: our own, over the sample corpus). The baselines are
`kg/baselines.py`; this runs `kg eval --compare` for both and prints its tables.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from kg.cli import main  # noqa: E402

OURS = [
    "--articles",
    str(ROOT / "data" / "articles"),
    str(ROOT / "tests" / "gold" / "articles.jsonl"),
]

if __name__ == "__main__":
    main(["eval", *(sys.argv[1:] or OURS), "--compare", "cooccurrence", "--compare", "triples"])
