"""The HTTP side of a SPARQL server, with servers played by functions."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs

import httpx
import pytest

from kg.backends.sparql import SparqlStore
from kg.backends.sparql_http import Connection
from kg.errors import GraphError, QueryError
from kg.vocabulary import GRAPHS

ADDRESS = "http://127.0.0.1:3030/ds"
YES = httpx.Response(
    200,
    headers={"Content-Type": "application/sparql-results+json"},
    content=b'{"head":{},"boolean":true}',
)
Handler = Callable[[httpx.Request], httpx.Response]


def connection(handler: Handler, waits: list[float] | None = None, **settings: str) -> Connection:
    environment = {f"KG_SPARQL_{name}": value for name, value in settings.items()}
    pause = (waits if waits is not None else []).append
    return Connection(ADDRESS, environment, httpx.MockTransport(handler), pause)


def sent(request: httpx.Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.content.decode()).items()}


def answers(*statuses: int, **headers: str) -> Handler:
    rest = iter(statuses)
    return lambda _: httpx.Response(next(rest), headers=headers, text="said")


# -- waiting ----------------------------------------------------------------------------------


def test_a_busy_server_is_asked_again_a_little_later_each_time() -> None:
    waits: list[float] = []
    response = connection(answers(503, 429, 503, 200), waits).send("GET", ADDRESS)
    assert response.status_code == 200
    assert waits == [0.5, 1.0, 2.0]


def test_a_server_that_stays_busy_is_left_in_peace() -> None:
    waits: list[float] = []
    response = connection(lambda _: httpx.Response(503), waits).send("GET", ADDRESS)
    assert response.status_code == 503
    assert waits == sorted(waits)
    assert 5 <= sum(waits) <= 60


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("7", 7.0),
        ("100000", 60.0),
        ("Sun, 22 Nov 2026 05:00:09 GMT", 9.0),
        ("Sun, 22 Nov 2026 04:00:00 GMT", 0.0),
        ("soon", 0.5),
        ("-3", 0.5),
    ],
)
def test_what_the_server_asks_for_is_waited(asked: str, wait: float) -> None:
    waits: list[float] = []
    headers = {"Retry-After": asked, "Date": "Sun, 22 Nov 2026 05:00:00 GMT"}
    connection(answers(429, 200, **headers), waits).send("GET", ADDRESS)
    assert waits == [wait]


@pytest.mark.parametrize("status", [400, 404, 500, 502])
def test_other_faults_are_not_tried_again(status: int) -> None:
    waits: list[float] = []
    assert connection(answers(status), waits).send("GET", ADDRESS).status_code == status
    assert not waits


def test_no_answer_in_time_names_the_setting() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    with pytest.raises(GraphError, match=r"no answer in 3 s; .*KG_SPARQL_TIMEOUT"):
        connection(silent, TIMEOUT="3").send("GET", ADDRESS)


def test_a_server_that_is_not_there_is_one_line() -> None:
    with pytest.raises(GraphError, match="cannot be reached") as caught:
        SparqlStore.open("http://127.0.0.1:1")  # nobody listens on port 1
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["soon", "0", "-1", "inf", "nan"])
def test_a_time_out_is_a_number_of_seconds(text: str) -> None:
    with pytest.raises(GraphError, match="KG_SPARQL_TIMEOUT"):
        connection(answers(), TIMEOUT=text)


# -- credentials ------------------------------------------------------------------------------


def test_a_password_goes_out_only_when_asked_for_and_as_asked_for() -> None:
    seen: list[str | None] = []

    def basic(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("Authorization"))
        if seen[-1] is None:
            return httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="graphs"'})
        return YES

    known = connection(basic, USER="ana", PASSWORD="secret")
    assert known.send("GET", ADDRESS).status_code == 200
    known.send("GET", ADDRESS)
    assert seen == [None, "Basic YW5hOnNlY3JldA==", "Basic YW5hOnNlY3JldA=="]


def test_digest_never_shows_the_password() -> None:
    seen: list[str] = []

    def digest(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("Authorization", ""))
        if not seen[-1]:
            challenge = 'Digest realm="g", nonce="1f", qop="auth", algorithm=MD5'
            return httpx.Response(401, headers={"WWW-Authenticate": challenge})
        return YES

    known = connection(digest, USER="ana", PASSWORD="secret")
    assert known.send("POST", ADDRESS, data={"query": "ASK {}"}).status_code == 200
    assert seen[-1].startswith('Digest username="ana"')
    assert not any("secret" in header for header in seen)


def test_a_token_is_sent_as_bearer() -> None:
    seen: list[str] = []
    handler = lambda request: seen.append(request.headers["Authorization"]) or YES  # noqa: E731
    connection(handler, TOKEN="t0k").send("GET", ADDRESS)
    assert seen == ["Bearer t0k"]


@pytest.mark.parametrize(
    ("address", "part"),
    [
        ("http://ana:secret@127.0.0.1/ds", "KG_SPARQL_PASSWORD"),
        ("http://graphs.example.org/ds", "over https"),
        ("http://", "no address"),
        ("http://127.0.0.1:port", "no address"),
    ],
)
def test_addresses_that_give_secrets_away_are_refused(address: str, part: str) -> None:
    with pytest.raises(GraphError, match=part) as caught:
        Connection(address, {"KG_SPARQL_USER": "ana"}, httpx.MockTransport(answers()))
    assert "secret" not in str(caught.value)


# -- endpoints --------------------------------------------------------------------------------

LAYOUTS = {  # what a user names → where query, update and graphs are
    "Oxigraph": ("http://127.0.0.1:3030", "/query", "/update", "/store"),
    "Fuseki": ("http://127.0.0.1:3030/ds", "/ds", "/ds/update", "/ds/data"),
    "Fuseki's query endpoint": (
        "http://127.0.0.1:3030/ds/sparql",
        "/ds/sparql",
        "/ds/update",
        "/ds/data",
    ),
    "RDF4J": (
        "http://127.0.0.1:3030/repositories/r/",
        "/repositories/r",
        "/repositories/r/statements",
        "/repositories/r/rdf-graphs/service",
    ),
    "Virtuoso": ("http://127.0.0.1:3030", "/sparql", "/sparql", "/sparql-graph-crud"),
    "without a graph store": ("http://127.0.0.1:3030/sparql", "/sparql", "/sparql", None),
}


def layout(query: str, update: str, store: str | None) -> Handler:
    """A server with these three endpoints and nothing else."""

    def handler(request: httpx.Request) -> httpx.Response:
        path, fields = request.url.path.rstrip("/"), sent(request)
        if path == query and "query" in fields:
            return YES
        if path == update and "update" in fields:
            return httpx.Response(204)
        if path == store and request.method == "GET":
            return httpx.Response(400 if {"default", "graph"} <= set(request.url.params) else 404)
        return httpx.Response(400 if path in (query, update) else 404)

    return handler


@pytest.mark.parametrize("server", LAYOUTS)
def test_endpoints_are_found_where_servers_have_them(server: str) -> None:
    address, *places = LAYOUTS[server]
    transport = httpx.MockTransport(layout(*places))
    store = SparqlStore(Connection(address, {}, transport), read_only=False)
    found = (store._query_url, store._update_url, store._store_url)
    assert [url and httpx.URL(url).path for url in found] == places


def test_endpoints_can_be_named() -> None:
    places = {
        name: f"http://127.0.0.1:3030/x/{name.lower()}" for name in ("QUERY", "UPDATE", "STORE")
    }
    handler = layout("/x/query", "/x/update", "/x/store")
    store = SparqlStore(connection(handler, **places), read_only=False)
    assert [store._query_url, store._update_url, store._store_url] == list(places.values())


def refusing(status: int) -> Handler:
    inner = layout("/ds", "/ds/update", "/ds/data")
    no = httpx.Response(status, text="<html><title>No</title><b>read-only\n dataset</b></html>")
    return lambda request: no if "update" in sent(request) else inner(request)


@pytest.mark.parametrize("status", [403, 405, 500])
def test_a_server_that_refuses_updates_says_so_before_anything_is_read(status: int) -> None:
    with pytest.raises(GraphError, match=r"takes no updates .*read-only dataset") as caught:
        SparqlStore(connection(refusing(status)), read_only=False)
    assert "\n" not in str(caught.value)
    assert "<" not in str(caught.value)
    reading = SparqlStore(connection(refusing(status)))
    with pytest.raises(GraphError, match="opened to read"):
        reading.rewrite(GRAPHS.RUNS, [])


@pytest.mark.parametrize(
    ("response", "part"),
    [
        (httpx.Response(401), "KG_SPARQL_USER"),
        (httpx.Response(404), "no SPARQL 1.1 endpoint here"),
        (httpx.Response(200, text="<html>"), "no SPARQL 1.1 endpoint here"),
        (
            httpx.Response(301, headers={"Location": "https://elsewhere/"}),
            "moved to https://elsewhere/",
        ),
    ],
)
def test_what_is_no_endpoint_is_explained(response: httpx.Response, part: str) -> None:
    with pytest.raises(GraphError, match=part):
        SparqlStore(connection(lambda _: response))


# -- requests ---------------------------------------------------------------------------------


def test_a_query_that_calls_others_or_is_none_never_leaves() -> None:
    requests: list[httpx.Request] = []
    inner = layout("/ds", "/ds/update", "/ds/data")
    store = SparqlStore(connection(lambda request: requests.append(request) or inner(request)))
    requests.clear()
    for query, part in (
        ("ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "--allow-service"),
        ("SELECT * WHERE {\n ?s ?p }", "line 2, column"),
        ("DROP ALL", "not SPARQL"),
    ):
        with pytest.raises(QueryError, match=part):
            store.query(query)
    assert not requests
    assert store.query("ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", allow_service=True)
    assert "SERVICE" in sent(requests[-1])["query"]


def test_rows_that_the_server_left_out_are_no_answer() -> None:
    inner = layout("/ds", "/ds/update", "/ds/data")
    headers = {"Content-Type": "application/sparql-results+json", "X-SPARQL-MaxRows": "5"}
    cut = httpx.Response(200, headers=headers, content=b'{"head":{},"results":{"bindings":[]}}')

    def handler(request: httpx.Request) -> httpx.Response:
        return cut if "SELECT" in sent(request).get("query", "") else inner(request)

    store = SparqlStore(connection(handler))
    with pytest.raises(QueryError, match="5 rows at most"):
        list(store.quads(GRAPHS.RUNS, GRAPHS.RUNS))
