"""One request at a time to a SPARQL 1.1 server: credentials, time-outs, and waiting for a busy one.

Settings come from the environment: ``KG_SPARQL_USER`` and ``KG_SPARQL_PASSWORD`` (Basic or Digest,
as the server asks) or ``KG_SPARQL_TOKEN`` (Bearer), and ``KG_SPARQL_TIMEOUT`` (seconds).
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Generator, Mapping
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any

import httpx

from kg.errors import GraphError

__all__ = ["Connection", "fault"]

_TIMEOUT = 60.0  # seconds for an answer to begin, or to go on
_CONNECT = 10.0  # seconds for the server to be reached
_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds between tries of a server that is busy
_LONGEST_WAIT = 60.0  # whatever the server asks for
_BUSY = frozenset({429, 503})
_SHOWN = 200  # characters of what a server says of a fault
_TAG = re.compile(r"<(style|title)[^>]*>.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


class Connection:
    """Requests to one server; :meth:`close` it.

    Parameters
    ----------
    address
        What the user calls the server, for messages and for where credentials may go.
    environment
        Where settings are read (default: the process's).
    transport, sleep
        Other ways to send and to wait, for tests.

    Raises
    ------
    GraphError
        Where the address or a setting is none, or credentials would go out in the clear.
    """

    def __init__(
        self,
        address: str,
        environment: Mapping[str, str] = os.environ,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.address, self._environment, self._sleep = address, environment, sleep
        self._check_address()
        self._seconds = self._timeout()
        self.cuts_answers = False  # silently, where whole graphs are read; known from its name
        timeout = httpx.Timeout(self._seconds, connect=min(_CONNECT, self._seconds))
        self._client = httpx.Client(transport=transport, auth=self._auth(), timeout=timeout)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def setting(self, name: str) -> str | None:
        """The environment's ``KG_SPARQL_name``; None where it is empty."""
        return self._environment.get(f"KG_SPARQL_{name}") or None

    def send(self, method: str, url: str, **content: Any) -> httpx.Response:
        """The server's answer, whatever its status; a busy server is asked again, a little later.

        Raises
        ------
        GraphError
            Where there is no answer.
        """
        for wait in (*_WAITS, None):
            try:
                response = self._client.request(method, url, **content)
            except httpx.TimeoutException:
                raise GraphError(
                    f"{url}: no answer in {self._seconds:g} s; ask for less, or raise KG_SPARQL_TIMEOUT"
                ) from None
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise GraphError(
                    f"{url}: cannot be reached: {error or type(error).__name__}"
                ) from None
            if response.status_code not in _BUSY or wait is None:
                break
            self._sleep(_pause(response, wait))
        self.cuts_answers = response.headers.get("Server", "").startswith("Virtuoso")
        return response

    # -- settings -----------------------------------------------------------------------------

    def _timeout(self) -> float:
        text = self.setting("TIMEOUT")
        try:
            seconds = float(text) if text else _TIMEOUT
        except ValueError:
            seconds = 0.0
        if not 0 < seconds < float("inf"):
            raise GraphError(f"KG_SPARQL_TIMEOUT={text!r}: write a number of seconds, such as 60")
        return seconds

    def _auth(self) -> httpx.Auth | None:
        token, user = self.setting("TOKEN"), self.setting("USER")
        if token:
            return _Token(token)
        return _Password(user, self.setting("PASSWORD") or "") if user else None

    def _check_address(self) -> None:
        try:
            url = httpx.URL(self.address)
        except (httpx.InvalidURL, ValueError) as error:
            raise GraphError(f"{self.address}: no address of a server: {error}") from None
        if not url.host:
            raise GraphError(f"{self.address}: no address of a server; write http://HOST:PORT/…")
        if url.userinfo:
            raise GraphError(
                f"{url.host}: a password in an address ends up in logs; set KG_SPARQL_USER and "
                "KG_SPARQL_PASSWORD instead"
            )
        secret = self.setting("TOKEN") or self.setting("USER")
        if secret and url.scheme != "https" and not _is_loopback(url.host):
            raise GraphError(
                f"{self.address}: credentials go out over https, or to this machine, alone"
            )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Token(httpx.Auth):
    """Bearer (RFC 6750)."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._header
        yield request


class _Password(httpx.Auth):
    """Basic (RFC 7617) or Digest (RFC 7616), as the challenge asks: no password goes out unasked."""

    def __init__(self, user: str, password: str) -> None:
        self._ways = {
            "digest": httpx.DigestAuth(user, password),
            "basic": httpx.BasicAuth(user, password),
        }
        self._chosen: httpx.Auth | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._chosen is None:
            response = yield request
            asked = response.headers.get("WWW-Authenticate", "").lower()
            found = [way for name, way in self._ways.items() if name in asked]
            if response.status_code != httpx.codes.UNAUTHORIZED or not found:
                return
            self._chosen = found[0]
        yield from self._chosen.auth_flow(request)


# -- answers ----------------------------------------------------------------------------------


def _pause(response: httpx.Response, wait: float) -> float:
    """Seconds until the next try: what ``Retry-After`` asks for, else *wait*."""
    asked = response.headers.get("Retry-After", "").strip()
    try:
        if asked.isdigit():
            wait = float(asked)
        elif asked:  # a date; counted from the server's own clock
            start = parsedate_to_datetime(response.headers["Date"])
            wait = (parsedate_to_datetime(asked) - start).total_seconds()
    except (KeyError, TypeError, ValueError):
        pass
    return min(max(wait, 0.0), _LONGEST_WAIT)


def fault(response: httpx.Response) -> str:
    """What went wrong, as one line: address, status, the server's words, the remedy."""
    url, status = response.request.url.copy_with(query=None), response.status_code
    if status == httpx.codes.UNAUTHORIZED:
        remedy = "set KG_SPARQL_USER and KG_SPARQL_PASSWORD, or KG_SPARQL_TOKEN"
        return f"{url}: the server wants to know who asks, or does not know you (401); {remedy}"
    if response.is_redirect:
        return f"{url}: moved to {response.headers.get('Location')}; name that address"
    said = " ".join(_TAG.sub(" ", response.text).split())
    words = f": {said[:_SHOWN]}" if said else ""
    return f"{url}: the server answers {status} {response.reason_phrase}{words}"
