"""The one place where errors become messages and exit codes.

0: done · 1: the answer is no (does not conform, gold not reached, not understood) · 2: usage or
bad input · 130: interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from kg.errors import KgError

__all__ = ["NO", "speaking"]

NO = 1  # the answer is no
_INTERRUPTED = 130


class _Failure(click.ClickException):
    exit_code = 2


@contextmanager
def speaking() -> Iterator[None]:
    """Turn this package's errors into one line on standard error, and a closed pipe into silence."""
    try:
        yield
        sys.stdout.flush()
    except KgError as error:
        raise _Failure(" ".join(str(error).split("\n"))) from error
    except BrokenPipeError:
        # what is still buffered has no reader: let the interpreter's last flush go nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        raise SystemExit(_INTERRUPTED) from None
