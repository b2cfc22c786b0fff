"""SPARQL servers that nobody here wrote, started on loopback for a test and stopped after it."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

PATIENCE = 90.0  # seconds for a server to start: Virtuoso makes its database first
ASK = "ASK { ?s ?p ?o }"
INI = """[Database]
DatabaseFile = {folder}/v.db
ErrorLogFile = {folder}/v.log
LockFile = {folder}/v.lck
TransactionFile = {folder}/v.trx
xa_persistent_file = {folder}/v.pxa
[TempDatabase]
DatabaseFile = {folder}/t.db
TransactionFile = {folder}/t.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
DirsAllowed = {folder}
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerRoot = {folder}
ServerThreads = 4
[SPARQL]
ResultSetMaxRows = {rows}
"""


@dataclass(frozen=True)
class Running:
    """A server that answers at ``address``; ``environment`` lets this program write there."""

    name: str
    address: str
    environment: Mapping[str, str] = field(default_factory=dict)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _await(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.post(url, data={"query": ASK}, timeout=5, trust_env=False).is_success:
                return
        time.sleep(0.2)
    raise RuntimeError(
        f"{process.args}: does not answer: {log.read_text('utf8', 'replace')[-500:]}"
    )


@contextlib.contextmanager
def _serving(command: list[str], url: str, folder: Path) -> Iterator[None]:
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder)
    try:
        _await(process, url, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def oxigraph(folder: Path, *, read_only: bool = False) -> Iterator[Running]:
    """Oxigraph's own server (registry package ``oxigraph``)."""
    binary = Path(sys.executable).with_name("oxigraph")
    if not binary.exists():
        pytest.skip("Oxigraph's server is not installed: pip install oxigraph")
    address = f"http://127.0.0.1:{(port := _free_port())}"
    what = "serve-read-only" if read_only else "serve"
    command = [str(binary), what, "--location", str(folder / "db"), "--bind", f"127.0.0.1:{port}"]
    with _serving(command, f"{address}/query", folder):
        yield Running("oxigraph", address)


@contextlib.contextmanager
def virtuoso(folder: Path, rows: int = 10_000_000) -> Iterator[Running]:
    """Virtuoso of Debian's packages, which gives at most *rows* rows."""
    binary = shutil.which("virtuoso-t")
    if not binary:
        pytest.skip("Virtuoso is not installed: apt-get install virtuoso-opensource-7-bin")
    port, sql = _free_port(), _free_port()
    ini = folder / "virtuoso.ini"
    ini.write_text(INI.format(folder=folder, port=port, sql=sql, rows=rows), "utf8")
    address = f"http://127.0.0.1:{port}"
    user = {"KG_SPARQL_USER": "dba", "KG_SPARQL_PASSWORD": "dba"}  # of a new database
    with _serving([binary, "+foreground", "+configfile", str(ini)], f"{address}/sparql", folder):
        yield Running("virtuoso", address, user)


SERVERS = {"oxigraph": oxigraph, "virtuoso": virtuoso}
