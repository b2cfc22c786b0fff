"""Sentences that a teacher labelled, on disk: one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from training.conllu import read_objects
from training.surface import Sentence, Token

__all__ = ["read_silver", "write_silver"]


def write_silver(sentences: Iterable[Sentence], path: Path) -> int:
    """Write sentences as JSONL and count them."""
    count = 0
    with path.open("w", encoding="utf8") as file:
        for sentence in sentences:
            count += 1
            row = {
                "doc": sentence.doc,
                "tokens": [[t.form, t.space, t.head, t.deprel] for t in sentence.tokens],
                "names": sentence.names,
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return count


def read_silver(path: Path) -> Iterator[Sentence]:
    """Yield the sentences of a file that `write_silver` wrote.

    Raises
    ------
    InputError
        If the file is missing.
    """
    for row in read_objects(path):
        tokens = (Token(form, space, head=head, deprel=relation)
                  for form, space, head, relation in row["tokens"])  # fmt: skip
        yield Sentence(tuple(tokens), tuple(row["names"]), row["doc"])
