"""What a language model answered, kept for audit and so that nothing is asked twice.

::

    replies/
      prompts/<version>.json    system message and JSON schema that replies were asked with
      <kk>/<key>.json           one reply: model, prompt, and the body as it came
      failed/<key>-<n>.json     what came back and was no reply: status and body
      articles/<hash>.json      what was made of an article's replies: claims refused, and why

Articles' texts are not kept. A reply's key is a hash of model, prompt version and all that was said.
"""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kg.errors import InputError

__all__ = ["Archive"]

_FOLDER = "replies"


class Archive:
    """Replies of one graph.

    Parameters
    ----------
    folder
        Under it ``replies/`` is made with the first reply; None keeps replies in memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.path = folder / _FOLDER if folder else None
        self._memory: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """The reply under *key*; None where there is none, or none that can be read."""
        if self.path is None:
            return self._memory.get(key)
        try:
            record = json.loads(self._place(key).read_text("utf8"))
            return _body(record)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, key: str, body: bytes, **fields: str) -> None:
        """Keep a reply with what it answers: the model and the prompt's version."""
        if self.path is None:
            self._memory[key] = body
            return
        self._write(self._place(key), {**fields, **_encoded(body)})

    def fail(self, key: str, status: int | None, body: bytes) -> None:
        """Keep what came back and was no reply; *status* is HTTP's, None for a broken connection."""
        if self.path is None:
            return
        with self._lock:
            folder = self.path / "failed"
            number = len(list(folder.glob(f"{key}-*.json"))) + 1
            self._write(folder / f"{key}-{number}.json", {"status": status, **_encoded(body)})

    def describe_prompt(self, version: str, record: Mapping[str, Any]) -> None:
        """Keep what prompt *version* says."""
        if self.path is not None:
            self._write(self.path / "prompts" / f"{version}.json", record)

    def describe_article(self, article_hash: str, record: Mapping[str, Any]) -> None:
        """Keep what was made of the replies on one article."""
        if self.path is not None:
            self._write(self.path / "articles" / f"{article_hash}.json", record)

    def _place(self, key: str) -> Path:
        if self.path is None:
            raise ValueError("replies are kept in memory")
        return self.path / key[:2] / f"{key}.json"

    def _write(self, path: Path, record: Mapping[str, Any]) -> None:
        """Write a file whole or not at all, whenever the process is killed."""
        text = json.dumps(record, indent=1, sort_keys=True) + "\n"
        new = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(text, "utf8")
            new.replace(path)
        except OSError as error:
            raise InputError(f"{path}: a reply cannot be kept: {error.strerror}") from None


def _encoded(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode("utf8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _body(record: Mapping[str, str]) -> bytes:
    if "base64" in record:
        return base64.b64decode(record["base64"])
    return record["body"].encode("utf8")
