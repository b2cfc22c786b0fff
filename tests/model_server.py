"""A server on loopback that speaks the chat completions protocol and answers what a test says."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

Body: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What is sent: an HTTP answer, cut after so many bytes, or *raw* bytes in place of one."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: int | None = None
    raw: bytes | None = None
    pause: float = 0.0  # between one byte and the next


def completion(content: Any, finish: str = "stop", **message: Any) -> Answer:
    """A chat completion with *content*: text, or what is sent as JSON."""
    text = content if isinstance(content, str) or content is None else json.dumps(content)
    choice = {"index": 0, "finish_reason": finish, "message": {"content": text, **message}}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    record = {"object": "chat.completion", "choices": [choice], "usage": usage}
    return Answer(json.dumps(record).encode())


class ModelServer:
    """Answers with what *answer* gives for the body of a request; keeps the requests."""

    def __init__(self, answer: Callable[[Body], Answer]) -> None:
        self.answer = answer
        self.requests: list[Body] = []
        self.headers: list[dict[str, str]] = []
        self.busy = self.busiest = 0
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    @property
    def calls(self) -> int:
        return len(self.requests)


@contextmanager
def serving(answer: Callable[[Body], Answer] | Answer) -> Iterator[ModelServer]:
    """A server that runs while the block does."""
    chosen = answer if callable(answer) else lambda _: answer
    model = ModelServer(chosen)
    thread = threading.Thread(target=model.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield model
    finally:
        model.server.shutdown()
        model.server.server_close()
        thread.join()


def _handler(model: ModelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with model.lock:
                model.requests.append(body)
                model.headers.append(dict(self.headers))
                model.busy += 1
                model.busiest = max(model.busiest, model.busy)
            try:
                self.send(model.answer(body))
            except (BrokenPipeError, ConnectionResetError):
                pass  # the client has had enough
            finally:
                with model.lock:
                    model.busy -= 1

        def send(self, answer: Answer) -> None:
            time.sleep(answer.delay)
            self.close_connection = True
            if answer.raw is not None:
                self.drip(answer.raw, answer.pause)
                return
            self.send_response_only(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.drip(answer.body[: answer.cut], answer.pause)

        def drip(self, data: bytes, pause: float) -> None:
            if not pause:
                self.wfile.write(data)
                return
            for place in range(len(data)):
                self.wfile.write(data[place : place + 1])
                time.sleep(pause)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler
