"""What answers rest on besides claims: classes and seats, from the catalogue or from articles' words."""

from __future__ import annotations

import json

from claim_graphs import add_claim, claims_graph, graph_of, iri

from kg.model import Fact
from kg.ontology import load_ontology
from kg.questions import ask, to_json

ONTOLOGY = load_ontology()
GRAPH = claims_graph()


def test_a_seat_is_a_fact_of_the_catalogue():
    (row,) = ask("Which French labs are backed by Nvidia?", GRAPH, ONTOLOGY).rows
    assert Fact(iri("Mistral AI"), "place", "France", known=True) in row.facts
    assert Fact(iri("Mistral AI"), "class", "ModelLab", known=True) in row.facts
    assert [GRAPH.edges[e]["quote"] for e in GRAPH.edges(keys=True) if e[2] in row.claims]


def test_what_articles_call_an_unknown_company_is_shown_in_their_words():
    graph = graph_of([], {})
    graph.add_node(iri("Zeta"), name="Zeta", types=("ChipDesigner",), known=False)
    graph.add_node(iri("Fund"), name="Fund", types=("Investor",), known=True)
    words = "Fund put money into the chipmaker Zeta."
    said = add_claim(graph, "Fund", "investorOf", "Zeta", quote=words, article="a1")
    add_claim(graph, "Fund", "investorOf", "Zeta", quote="Fund bought more of Zeta.", article="a2")
    for question in (
        "Is Zeta a chip designer?",
        "What is Zeta?",
        "A Zeta é uma fabricante de chips?",
    ):
        (row,) = ask(question, graph, ONTOLOGY).rows
        assert row.claims == (said,), question
        assert row.facts[0] == Fact(iri("Zeta"), "class", "ChipDesigner", known=False)
    assert ask("Is Zeta a cloud provider?", graph, ONTOLOGY).rows == ()
    assert ask("Is Zeta French?", graph, ONTOLOGY).rows == ()


def test_a_seat_that_is_not_known_is_nowhere():
    rows = ask("Which companies based in the United States are owned by Google?", GRAPH, ONTOLOGY)
    assert rows.understood
    every = ask("List American companies", GRAPH, ONTOLOGY).rows
    assert iri("Wiz") not in {row.bindings[0][1] for row in every}


def test_facts_in_json_say_who_has_them():
    answer = ask("Is Amazon a cloud provider?", GRAPH, ONTOLOGY)
    (row,) = to_json(answer, GRAPH)["rows"]
    amazon = {"name": "Amazon", "iri": iri("Amazon")}
    assert row["facts"] == [{"entity": amazon, "class": "CloudProvider", "from": "catalogue"}]
    assert row["claims"] == []


def test_whole_amounts_are_integers_in_json():
    answer = ask("How much did Amazon invest in Anthropic?", GRAPH, ONTOLOGY)
    text = json.dumps(to_json(answer, GRAPH))
    assert '"amount": 8000000000,' in text
    assert "000.0" not in text


def test_the_largest_are_compared_within_a_currency():
    graph = graph_of([], dict.fromkeys(("A1", "B2", "C3"), "ModelLab"))
    figures = ((5.0, "USD", "a"), (7.0, "USD", "b"), (6.0, "EUR", "c"), (9.0, None, "d"))
    for amount, currency, article in figures:
        add_claim(
            graph, "A1", "investorOf", "B2", amount=amount, currency=currency, article=article
        )
    add_claim(graph, "C3", "investorOf", "B2", amount=7.0, currency="USD", article="e")
    rows = ask("Who is the largest investor in B2?", graph, ONTOLOGY).rows
    found = sorted((str(row.bindings[0][1]), row.bindings[1][1]) for row in rows)
    assert found == [(iri("A1"), 6.0), (iri("A1"), 7.0), (iri("C3"), 7.0)]
