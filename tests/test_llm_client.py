"""Requests to a real server on loopback that misbehaves in every way that servers do."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from model_server import Answer, Body, ModelServer, completion, serving

from kg.backends.llm.archive import Archive
from kg.backends.llm.budget import Budget, Usage, expected_tokens
from kg.backends.llm.client import MAX_BYTES, Client, Request
from kg.backends.llm.service import Service
from kg.errors import InputError, ServiceError

KEY = "sk-test-0123456789"
GOOD = completion({"claims": []})


def request(key: str = "k1", text: str = "A text.") -> Request:
    return Request(key, [{"role": "user", "content": text}], {"type": "object"}, 50, {"model": "m"})


class Waits:
    """Stands for `time.sleep`: keeps what it was asked for."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def client(server: ModelServer, folder: Path | None = None, **fields: Any) -> tuple[Client, Waits]:
    service = Service("m", server.url, **{"timeout": 5.0, **fields})
    waits = Waits()
    return Client(service, Archive(folder), Budget(service), waits), waits


def in_turn(*answers: Answer) -> Callable[[Body], Answer]:
    """Each answer once, then the last for ever."""
    rest: Iterator[Answer] = iter(answers)
    lock = threading.Lock()

    def answer(_: Body) -> Answer:
        with lock:
            return next(rest, answers[-1])

    return answer


def test_what_is_sent() -> None:
    with serving(GOOD) as server:
        client(server)[0].ask(request())
    (body,) = server.requests
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("m", 0, 50)
    assert isinstance(body["seed"], int)
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert "Authorization" not in server.headers[0]


@pytest.mark.parametrize(
    ("bad", "waits"),
    [
        (Answer(status=429), [0.5]),
        (Answer(status=429, headers={"Retry-After": "7"}), [7.0]),
        (Answer(status=503, headers={"Retry-After": "100000"}), [60.0]),
        (Answer(status=503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), [0.0]),
        (Answer(status=503, headers={"Retry-After": "soon"}), [0.5]),
        (Answer(status=500, body=b"oh no"), [0.5]),
        (Answer(GOOD.body, cut=20), [0.5]),
        (Answer(raw=b""), [0.5]),
        (Answer(raw=b"\x00\xff not HTTP at all\r\n\r\n"), [0.5]),
        (Answer(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), [0.5]),
        (Answer(b"x" * (MAX_BYTES + 1)), [0.5]),
        (Answer(GOOD.body, headers={"Content-Encoding": "gzip"}), [0.5]),
        (Answer(status=200, raw=b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000), [0.5]),
    ],
    ids=range(13),
)
def test_one_bad_answer_is_followed_by_another_try(
    bad: Answer, waits: list[float], tmp_path: Path
) -> None:
    with serving(in_turn(bad, GOOD)) as server:
        asking, slept = client(server, tmp_path)
        assert asking.ask(request()) == GOOD.body
        assert (server.calls, slept.seconds) == (2, waits)
    assert len(list((tmp_path / "replies" / "failed").iterdir())) == 1


def test_back_off_doubles_and_ends() -> None:
    with serving(Answer(status=500)) as server:
        asking, slept = client(server)
        with pytest.raises(ServiceError, match="no answer after 5 tries: HTTP 500"):
            asking.ask(request())
    assert slept.seconds == [0.5, 1.0, 2.0, 4.0]
    assert server.calls == 5


@pytest.mark.parametrize(
    "answer",
    [
        Answer(GOOD.body, delay=3.0),
        Answer(GOOD.body, pause=0.3),
        Answer(raw=b"HTTP/1.1 100 Continue\r\n\r\n" * 2000, pause=0.02),
    ],
    ids=["late", "drop by drop", "never to the point"],
)
def test_slow_servers_are_given_up(answer: Answer) -> None:
    with serving(answer) as server:
        asking, _ = client(server, timeout=0.6)
        began = time.monotonic()
        with pytest.raises(ServiceError, match="no answer after 3 tries"):
            asking.ask(request())
        assert time.monotonic() - began < 8


def test_a_server_that_fails_on_end_is_left_alone() -> None:
    with serving(Answer(status=500)) as server:
        asking, _ = client(server)
        for number in range(5):
            with pytest.raises(ServiceError):
                asking.ask(request(f"k{number}"))
    assert server.calls == 15


@pytest.mark.parametrize("status", [401, 402, 403, 404])
def test_a_refusal_ends_it_at_once(status: int) -> None:
    with serving(Answer(status=status)) as server:
        asking, _ = client(server)
        for number in range(3):
            with pytest.raises(ServiceError, match=f"HTTP {status}"):
                asking.ask(request(f"k{number}"))
    assert server.calls == 1


def test_nothing_listens() -> None:
    with serving(GOOD) as server:
        pass
    with pytest.raises(ServiceError, match="nothing listens there"):
        client(server)[0].ask(request())


def test_redirects_are_not_followed() -> None:
    with serving(GOOD) as other:
        away = Answer(status=307, headers={"Location": f"{other.url}/chat/completions"})
        with serving(away) as server, pytest.raises(ServiceError, match="HTTP 307"):
            client(server)[0].ask(request())
    assert other.calls == 0


def test_what_a_server_does_not_know_is_left_out_from_then_on() -> None:
    def knows_little(body: Body) -> Answer:
        return Answer(status=400) if {"response_format", "seed"} & set(body) else GOOD

    with serving(knows_little) as server:
        asking, slept = client(server)
        asking.ask(request("k1"))
        asking.ask(request("k2"))
    assert [set(body) & {"seed", "response_format"} for body in server.requests] == [
        {"seed", "response_format"}, {"seed", "response_format"}, {"seed"}, set(), set(),
    ]  # fmt: skip
    assert server.requests[-1]["max_completion_tokens"] == 50
    assert slept.seconds == []


def test_a_request_that_no_form_helps_does_not_spoil_the_others() -> None:
    def too_long(body: Body) -> Answer:
        return Answer(status=400) if "long" in body["messages"][0]["content"] else GOOD

    with serving(too_long) as server:
        asking, _ = client(server)
        with pytest.raises(ServiceError, match="HTTP 400"):
            asking.ask(request("k1", "long"))
        asking.ask(request("k2", "short"))
    assert "response_format" in server.requests[-1]


# -- kept --------------------------------------------------------------------------------------


def test_a_reply_is_asked_for_once(tmp_path: Path) -> None:
    with serving(Answer(b"\xff not even text")) as server:
        assert client(server, tmp_path)[0].ask(request()) == b"\xff not even text"
        again, _ = client(server, tmp_path)
        assert again.ask(request()) == b"\xff not even text"
        assert (again.cached, again.budget.calls, server.calls) == (1, 0, 1)


def test_a_damaged_reply_is_asked_for_again(tmp_path: Path) -> None:
    with serving(GOOD) as server:
        client(server, tmp_path)[0].ask(request())
        (file,) = (tmp_path / "replies" / "k1").iterdir()
        file.write_text("{", "utf8")
        assert client(server, tmp_path)[0].ask(request()) == GOOD.body
        assert server.calls == 2


def test_copies_are_asked_about_once() -> None:
    with serving(Answer(GOOD.body, delay=0.2)) as server:
        asking, _ = client(server)
        threads = [threading.Thread(target=asking.ask, args=(request(),)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (server.calls, asking.cached) == (1, 3)


# -- bounds ------------------------------------------------------------------------------------


def test_calls_are_bounded() -> None:
    with serving(in_turn(Answer(status=500), GOOD)) as server:
        asking, _ = client(server, max_calls=2)
        asking.ask(request("k1"))
        with pytest.raises(ServiceError, match="budget of 2 calls"):
            asking.ask(request("k2"))
        assert server.calls == 2


def test_cost_is_bounded_before_it_is_spent() -> None:
    with serving(GOOD) as server:
        ceiling = request().ceiling
        most = Service("m", server.url, price_in=1.0, price_out=2.0).cost(
            ceiling.tokens_in, ceiling.tokens_out
        )
        asking, _ = client(server, price_in=1.0, price_out=2.0, max_cost=1.5 * most)
        asking.ask(request("k1"))
        assert asking.budget.used == Usage(100, 20)
        assert asking.budget.cost == pytest.approx(140 / 1e6)
        with pytest.raises(ServiceError, match="--max-cost"):
            list(map(asking.ask, (request(f"k{number}") for number in range(2, 100))))
        assert asking.budget.cost == pytest.approx(server.calls * 140 / 1e6)
        assert asking.budget.cost <= 1.5 * most


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": -5, "completion_tokens": 1}, "x"])
def test_a_server_that_does_not_count_is_counted_at_the_most(usage: object) -> None:
    record = {**json.loads(GOOD.body), "usage": usage}
    with serving(Answer(json.dumps(record).encode())) as server:
        asking, _ = client(server)
        asking.ask(request())
        assert asking.budget.used == request().ceiling


def test_bytes_bound_tokens() -> None:
    text = "Ação " * 100
    assert expected_tokens(text) <= request(text=text).ceiling.tokens_in


# -- the key -----------------------------------------------------------------------------------


def test_the_key_is_sent_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KG_LLM_API_KEY", KEY)
    echo = Answer(json.dumps({"error": f"bad key {KEY}"}).encode(), status=500)
    kept = completion(f"your key is {KEY}")
    with serving(in_turn(echo, kept)) as server:
        asking, _ = client(server, tmp_path)
        assert KEY.encode() not in asking.ask(request())
        assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    refused = Answer(json.dumps({"error": f"bad key {KEY}"}).encode(), status=401)
    with serving(refused) as server, pytest.raises(ServiceError) as error:
        client(server, tmp_path)[0].ask(request("k2"))
    files = [path.read_text("utf8") for path in tmp_path.rglob("*.json")]
    assert len(files) == 3
    assert not any(KEY in text for text in (*files, str(error.value), *capfd.readouterr()))
    assert KEY not in repr(Service("m", server.url))


def test_a_key_that_is_no_header_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_LLM_API_KEY", "sk-é\nX: 1")
    with serving(GOOD) as server, pytest.raises(ServiceError) as error:
        client(server)[0].ask(request())
    assert "sk-" not in str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__context__ is None


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://example.org/v1", "not an http address"),
        ("http://", "not an http address"),
        ("http://127.0.0.1:port/v1", "not an http address"),
        ("https://user:secret@example.org/v1", "no key or query"),
        ("https://example.org/v1?key=secret", "no key or query"),
        ("http://example.org/v1", "without encryption"),
    ],
)
def test_an_address_that_is_wrong_or_unsafe(
    url: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KG_LLM_API_KEY", KEY)
    with pytest.raises(InputError, match=message) as error:
        Service("m", url)
    assert "secret" not in str(error.value)


def test_bounds_that_make_no_sense() -> None:
    for fields in ({"model": ""}, {"max_cost": 1.0}, {"concurrency": 0}, {"timeout": 0.0}):
        with pytest.raises(InputError):
            Service(**{"model": "m", **fields})


def test_the_environment_names_model_and_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_LLM_MODEL", "small")
    monkeypatch.setenv("KG_LLM_URL", "http://localhost:8080/v1/")
    service = Service.from_environment()
    assert (service.model, service.endpoint) == (
        "small",
        "http://localhost:8080/v1/chat/completions",
    )
    assert service.is_local
    assert Service.from_environment("large", max_calls=3).max_calls == 3
