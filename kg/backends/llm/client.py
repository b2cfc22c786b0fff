"""Requests to a language model: one place where bytes leave this machine and come back.

Protocol: "chat completions" as OpenAI describes it and Ollama, vLLM, LM Studio and llama.cpp's
server speak it, without streaming. A server is not trusted: a reply is read up to a size and for a
time, redirects are not followed, compressed bodies are not unpacked, and no message repeats the key.
"""

from __future__ import annotations

import email.utils
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx

from kg.backends.llm.archive import Archive
from kg.backends.llm.budget import Budget, Usage
from kg.backends.llm.replies import read_usage
from kg.backends.llm.service import KEY, Service, hidden
from kg.errors import ServiceError

__all__ = ["Client", "Message", "Request"]

Message: TypeAlias = dict[str, str]

MAX_BYTES = 1_000_000  # of one reply, headers aside: some hundred times the longest honest one
_TRIES = 5  # of one request
_LONGEST_WAIT = 60.0  # seconds that a server may ask to be left alone
_WAIT = 0.5  # seconds before the second try, doubled each time
_ENOUGH = 3  # requests in succession that fail for good before no more are sent
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
_REFUSED = frozenset({401, 402, 403, 404})
_SEED = 7
_SHAPES = ("json_schema", "json_object", "text", "bare")  # what servers know, the most first


@dataclass(frozen=True, slots=True)
class Request:
    """Messages with the JSON schema of the reply and the most tokens that it may have.

    ``key`` identifies all that the reply depends on, ``labels`` is kept beside it.
    """

    key: str
    messages: Sequence[Message]
    schema: Mapping[str, Any]
    max_tokens: int
    labels: Mapping[str, str]

    @property
    def ceiling(self) -> Usage:
        """Tokens that it can use at most."""
        words = json.dumps([self.messages, self.schema], ensure_ascii=False)
        return Usage(len(words.encode("utf8", "replace")), self.max_tokens)


@dataclass(frozen=True, slots=True)
class _Response:
    """``status`` is None where no whole answer came, for the reason in ``fault``."""

    status: int | None
    body: bytes = b""
    retry_after: str = ""
    fault: str = ""


class Client:
    """Asks one server; may be used by many threads at once.

    Parameters
    ----------
    service
        Whom to ask.
    archive
        Where replies are kept; what is there is not asked again.
    budget
        What is spent is booked there.
    sleep
        Waits so many seconds.
    """

    def __init__(
        self,
        service: Service,
        archive: Archive,
        budget: Budget,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.service, self.archive, self.budget = service, archive, budget
        self.cached = 0
        self._sleep = sleep
        self._shape = 0
        self._failures = 0
        self._hopeless = ""
        self._lock = threading.Lock()
        self._asking: dict[str, threading.Lock] = {}

    def ask(self, request: Request) -> bytes:
        """The body of the reply to *request*, kept or fresh.

        Raises
        ------
        ServiceError
            Where the server does not answer, refuses, or the budget is used up.
        """
        with self._lock:
            only_one = self._asking.setdefault(request.key, threading.Lock())
        with only_one:  # two copies of one text are asked about once
            kept = self.archive.get(request.key)
            if kept is not None:
                with self._lock:
                    self.cached += 1
                return kept
            body = self._fetch(request)
            self.archive.put(request.key, body, **request.labels)
            return body

    def _fetch(self, request: Request) -> bytes:
        fault, tries, worth, shape = "", 0, _TRIES, self._shape
        while worth > 0:
            if self._hopeless:
                raise ServiceError(self._hopeless)
            response = self._post(request, _SHAPES[shape])
            if response.status == 200:
                self._failures, self._shape = 0, shape
                return response.body
            self.archive.fail(request.key, response.status, response.body)
            if _is_misunderstood(response.status) and shape + 1 < len(_SHAPES):
                shape += 1  # in words that more servers know
                continue
            fault, tries = self._fault(response), tries + 1
            worth -= 1 if response.status else 2  # who is busy says so; who is silent stays so
            if worth > 0:
                self._sleep(_wait(tries, response.retry_after))
        raise self._given_up(fault, tries)

    def _fault(self, response: _Response) -> str:
        """What is wrong, in words.

        Raises
        ------
        ServiceError
            Where trying again cannot help.
        """
        if response.status is None:
            return response.fault
        if response.status in _BUSY:
            return f"HTTP {response.status}"
        hint = {
            401: f"; is the key in {KEY} right?",
            403: f"; is the key in {KEY} right?",
            404: "; is there such a model, and does --model-url end in /v1?",
        }
        message = f"{self._where()}: HTTP {response.status}{hint.get(response.status, '')}"
        if response.status in _REFUSED:
            self._hopeless = message
        raise ServiceError(message)

    def _given_up(self, fault: str, tries: int) -> ServiceError:
        with self._lock:
            self._failures += 1
            if self._failures >= _ENOUGH:
                self._hopeless = (
                    f"{self._where()}: no answer to {_ENOUGH} requests in succession ({fault}); "
                    "no more are sent in this run"
                )
        return ServiceError(f"{self._where()}: no answer after {tries} tries: {fault}")

    def _where(self) -> str:
        return f"model {self.service.model!r} at {self.service.url}"

    # -- one request ---------------------------------------------------------------------------

    def _post(self, request: Request, shape: str) -> _Response:
        most = request.ceiling
        self.budget.reserve(most)
        used: Usage | None = None
        try:
            response = self._exchange(_body(self.service.model, request, shape))
            if response.status is not None:
                used = read_usage(response.body) if response.status == 200 else Usage()
        finally:  # what a connection that broke has cost is not known
            self.budget.settle(most, most if used is None else used)
        return response

    def _exchange(self, body: bytes) -> _Response:
        timeout = self.service.timeout
        # a client of its own: closing it, the watchdog ends whatever this request waits for
        http = httpx.Client(
            timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0)),
            trust_env=not self.service.is_local,
        )
        watchdog = threading.Timer(timeout, http.close)
        watchdog.daemon = True
        watchdog.start()
        try:
            with http.stream(
                "POST", self.service.endpoint, content=body, headers=self._headers()
            ) as response:
                return _read(response, time.monotonic() + timeout)
        except (httpx.HTTPError, httpx.StreamError, OSError, RuntimeError, ValueError) as error:
            return _Response(None, fault=_broken(error))  # its text may repeat what was sent
        finally:
            watchdog.cancel()
            http.close()

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        key = self.service.key
        return {**headers, "Authorization": f"Bearer {key}"} if key else headers


def _is_misunderstood(status: int | None) -> bool:
    """Whether the server may not know a field of the request."""
    return status is not None and status not in _BUSY | _REFUSED


def _read(response: httpx.Response, deadline: float) -> _Response:
    """The whole answer, unless it is too long, takes too long or is packed."""
    packed = response.headers.get("content-encoding", "identity").strip().lower()
    if packed not in {"", "identity"}:
        return _Response(None, fault="a packed body, which was not asked for")
    body = bytearray()
    for part in response.iter_raw():
        body += part
        if len(body) > MAX_BYTES:
            return _Response(None, fault=f"a body of more than {MAX_BYTES} bytes")
        if time.monotonic() > deadline:
            return _Response(None, hidden(bytes(body)), fault="a body that does not end")
    waits = response.headers.get("retry-after", "")
    return _Response(response.status_code, hidden(bytes(body)), waits)


def _broken(error: Exception) -> str:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return "nothing listens there"
    return "too slow" if isinstance(error, httpx.TimeoutException) else "the connection broke"


def _body(model: str, request: Request, shape: str) -> bytes:
    """The request as JSON; from shape to shape it asks for less that a server may not know."""
    body: dict[str, Any] = {"model": model, "messages": list(request.messages)}
    if shape == "bare":  # models that reason take neither temperature nor the older name
        body["max_completion_tokens"] = request.max_tokens
    else:
        body |= {"temperature": 0, "seed": _SEED, "max_tokens": request.max_tokens}
    if shape == "json_schema":
        schema = {"name": "claims", "strict": True, "schema": request.schema}
        body["response_format"] = {"type": shape, "json_schema": schema}
    elif shape == "json_object":
        body["response_format"] = {"type": shape}
    return json.dumps(body).encode()


def _wait(tries: int, retry_after: str) -> float:
    """Seconds before the next try: what the server asks for (RFC 9110 §10.2.3), else twice as long."""
    asked = _seconds(retry_after)
    return min(asked if asked is not None else _WAIT * 2 ** (tries - 1), _LONGEST_WAIT)


def _seconds(text: str) -> float | None:
    if text.strip().isdecimal():
        return float(text.strip()[:6])
    try:
        when = email.utils.parsedate_to_datetime(text)
        return max(0.0, when.timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None
