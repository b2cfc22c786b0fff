"""What the processes of test_safety.py run; loaded once, by the process that they are forked from."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from store_samples import setting

from kg.build import import_claims
from kg.disk_store import OxigraphStore
from kg.errors import KgError

SETTING = setting()
NOBODY = 65534


def take_in(file: str, graph: str) -> None:
    """Import *file*."""
    import_claims([Path(file)], Path(graph), setting=SETTING)


def try_to_take_in(answer: Connection, file: str, graph: str, limit: int) -> None:
    """Import *file* with a *limit* of bytes a file; send the error."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    _answer(answer, lambda: take_in(file, graph))


def try_to_write(answer: Connection, graph: str) -> None:
    """Open the graph to write, as a user without rights; send the error."""
    if os.getuid() == 0:
        os.setuid(NOBODY)
    _answer(answer, lambda: OxigraphStore.open(Path(graph), read_only=False))


def _answer(answer: Connection, action: Callable[[], object]) -> None:
    try:
        action()
        answer.send("")
    except KgError as error:
        answer.send(str(error))
