"""What is read off a query's text: other servers called, prefixes, variables bound."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import QueryError
from kg.query_text import form_of, names_its_graphs, refuse_service, with_prefixes, with_terms
from kg.vocabulary import PREFIXES

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

AWAY = "SERVICE <http://127.0.0.1:9/> { ?s ?p ?o }"
CALLS = [
    f"SELECT * {{ {AWAY} }}",
    "SELECT * { { SELECT * { OPTIONAL { service silent ?x { ?s ?p ?o } } } } }",
    f"ASK {{ FILTER EXISTS {{ {AWAY} }} }}",
    f"ASK {{ MINUS {{ {AWAY} }} }}",
    f"SELECT (EXISTS {{ {AWAY} }} AS ?x) {{}}",
    f"SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o }} GROUP BY (EXISTS {{ {AWAY} }})",
    f"SELECT * {{}} ORDER BY (EXISTS {{ {AWAY} }})",
    f"SELECT * {{}} HAVING (EXISTS {{ {AWAY} }})",
    f"SELECT * {{ BIND (IF(EXISTS {{ GRAPH ?g {{ {AWAY} }} }}, 1, 2) AS ?y) }}",
    f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {AWAY} }}",
    f"DESCRIBE ?s {{ {AWAY} }}",
    "ASK { SERVICEex:a { ?s ?p ?o } }",  # Oxigraph reads it as SERVICE ex:a
    f"ASK {{ # a comment ends here:\r{AWAY} }}",
    f"ASK {{ ?s ex:it\\'s ?o . {AWAY} ?x ex:b 'quoted' }}",
    f"ASK {{ S\\u0045RVICE {AWAY[8:]} }}",
    "this is no SPARQL but has the word service",
]
STAYS = [
    "SELECT * { ?s a kg:CloudService }",
    "ASK { ?s ?p 'SERVICE <http://x/> { ?s ?p ?o }' }",
    'ASK { ?s ?p """SERVICE <http://x/> { }""" }',
    f"ASK {{ # {AWAY}\n ?s ?p ?o }}",
    "ASK { ?service <http://example.org/service> ?o }",
    'ASK { ?s ?p "caf\\u00e9" }',
    "no query at all",
]


@pytest.mark.parametrize("query", CALLS)
def test_queries_that_call_other_servers_are_refused(query: str) -> None:
    with pytest.raises(QueryError, match="--allow-service"):
        refuse_service(query)


@pytest.mark.parametrize("query", STAYS)
def test_the_word_alone_is_no_call(query: str) -> None:
    refuse_service(query)


@pytest.mark.parametrize("query", [f"ASK {{ {AWAY} }}", CALLS[11], CALLS[12]])
def test_oxigraph_would_call(query: str) -> None:
    """Port 9 is one that its client does not call; that it says so shows that it meant to."""
    with pytest.raises(OSError, match="port 9"):
        ox.Store().query(query, prefixes={"ex": "http://127.0.0.1:9/"})


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("SELECT * { ?s ?p ?o }", "rows"),
        ("# ASK\nPREFIX ask: <http://x/>\nselect ?ask { ?ask ?p 'CONSTRUCT' }", "rows"),
        ("BASE <http://x/> ASK { ?s ?p ?o }", "truth"),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "triples"),
        ("DESCRIBE <http://x/>", "triples"),
    ],
)
def test_forms(query: str, form: str) -> None:
    assert form_of(query) == form


def test_no_form_is_no_query() -> None:
    with pytest.raises(QueryError, match="SELECT, ASK"):
        form_of("DROP ALL")


def test_from_outside_strings_names_graphs() -> None:
    assert names_its_graphs("SELECT * FROM kg:confirmed { ?s ?p ?o }")
    assert not names_its_graphs("SELECT * { ?s ?p 'FROM' } # FROM kg:confirmed")


def test_only_prefixes_that_are_missing_are_added() -> None:
    text = with_prefixes("PREFIX kg: <http://mine/> SELECT * { ?s kg:a kgd:b ; ?p 'oa:x' }")
    assert text.startswith(f"PREFIX kgd: <{PREFIXES['kgd']}>\nPREFIX kg: <http://mine/>")
    assert "oa: <" not in text


QUERIES = (
    "SELECT ?s ?o WHERE { ?s <http://x/p> ?o }",
    "SELECT ?s ?o { ?s <http://x/p> ?o } # { no }",
    "SELECT ?s (STR(?o) AS ?t) ?o WHERE { ?s <http://x/p> ?o FILTER (?o != 'WHERE {') }",
    "CONSTRUCT { ?s <http://x/q> ?o } WHERE { ?s <http://x/p> ?o }",
)


@given(value=st.text(st.characters(exclude_categories=("Cs",))), query=st.sampled_from(QUERIES))
def test_a_bound_term_is_the_term_and_nothing_else(value: str, query: str) -> None:
    store, node, term = ox.Store(), ox.NamedNode("http://x/s"), ox.Literal(value)
    for other in (term, ox.Literal(value + "!")):
        store.add(ox.Quad(node, ox.NamedNode("http://x/p"), other))
    found = list(store.query(with_terms(query, {"o": term})))
    assert len(found) == 1
    assert (found[0].object if isinstance(found[0], ox.Triple) else found[0]["o"]) == term


def test_a_blank_node_is_no_parameter() -> None:
    with pytest.raises(QueryError, match="blank node"):
        with_terms(QUERIES[0], {"s": ox.BlankNode()})
