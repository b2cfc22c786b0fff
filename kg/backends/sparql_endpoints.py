"""Where a server's endpoints are: query and update (SPARQL 1.1 Protocol), graphs (Graph Store Protocol).

No standard says it, so the usual places are tried: those of Oxigraph, Fuseki, Virtuoso, RDF4J and
GraphDB. ``KG_SPARQL_QUERY``, ``KG_SPARQL_UPDATE`` and ``KG_SPARQL_STORE`` name others.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pyoxigraph as ox

from kg.backends.sparql_http import Connection, fault
from kg.errors import GraphError

__all__ = ["ROWS", "TRIPLES", "find_query", "find_store", "find_update"]

ROWS = "application/sparql-results+json, application/sparql-results+xml;q=0.9"
TRIPLES = "application/n-triples, text/turtle;q=0.9"

_PROBE = "ASK { ?s ?p ?o }"  # an empty pattern is more than Virtuoso parses
_NOTHING = "https://kg.example/ns#nothing"  # a graph that nobody writes
_NO_CHANGE = f"DROP SILENT GRAPH <{_NOTHING}>"
_OPERATIONS = frozenset({"query", "sparql", "sparql-auth"})  # the others stand beside these
_ABSENT = frozenset({404, 405})
_DENIED = frozenset({401, 403})


def find_query(connection: Connection) -> str:
    """The endpoint that answers queries.

    Raises
    ------
    GraphError
        Where there is none, or it wants credentials.
    """
    address = connection.address.rstrip("/")
    named = connection.setting("QUERY")
    guarded = ("/sparql-auth",) if connection.setting("USER") else ()  # Virtuoso's, for its users
    ends = ("", "/query", *guarded, "/sparql")
    denied = ""
    for url in (named,) if named else (f"{address}{end}" for end in ends):
        headers = {"Accept": ROWS}
        response = connection.send("POST", url, data={"query": _PROBE}, headers=headers)
        if response.is_success and _is_result(response):
            return url
        if response.status_code in _DENIED or response.is_redirect:
            denied = denied or fault(response)
        if response.status_code == httpx.codes.UNAUTHORIZED and connection.setting("USER"):
            break  # never go on as nobody in particular
    remedy = "name the endpoint itself, or set KG_SPARQL_QUERY"
    none = f"{named or address}: no SPARQL 1.1 endpoint here, nor under /query or /sparql; {remedy}"
    raise GraphError(denied or none)


def _is_result(response: httpx.Response) -> bool:
    media = response.headers.get("Content-Type", "")
    form = ox.QueryResultsFormat.from_media_type(media.partition(";")[0].strip())
    try:
        if form is not None:
            ox.parse_query_results(response.content, format=form)
    except (SyntaxError, ValueError):
        return False
    return form is not None


def find_store(connection: Connection, query: str) -> str | None:
    """The Graph Store endpoint: one exists where it refuses to name two graphs at once."""
    if named := connection.setting("STORE"):
        return named
    both = {"default": "", "graph": _NOTHING}
    for url in _store_places(query, bool(connection.setting("USER"))):
        response = connection.send("GET", url, params=both, headers={"Accept": TRIPLES})
        if response.is_error and response.status_code not in (_ABSENT | _DENIED):
            return url
    return None


def _store_places(query: str, known: bool) -> Iterator[str]:
    base, _, last = query.rpartition("/")
    if last not in _OPERATIONS:
        yield from (f"{query}/data", f"{query}/rdf-graphs/service")
        return
    yield from (f"{base}/store", f"{base}/data")
    if known:
        yield f"{base}/sparql-graph-crud-auth"
    yield f"{base}/sparql-graph-crud"


def find_update(connection: Connection, query: str) -> str:
    """The endpoint that takes updates, found by an update that changes nothing.

    Raises
    ------
    GraphError
        Where none does, with what the server says.
    """
    base, _, last = query.rpartition("/")
    named = connection.setting("UPDATE")
    faults: list[tuple[bool, str]] = []
    below = (f"{query}/update", f"{query}/statements", query)
    places = (f"{base}/update", query) if last in _OPERATIONS else below
    for url in (named,) if named else places:
        response = connection.send("POST", url, data={"update": _NO_CHANGE})
        if response.is_success:
            return url
        faults.append((response.status_code in _ABSENT, fault(response)))
    remedy = "is it read-only? if updates go elsewhere, set KG_SPARQL_UPDATE"
    raise GraphError(
        f"{connection.address}: the server takes no updates ({min(faults)[1]}); {remedy}"
    )
