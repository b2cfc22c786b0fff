"""Questions in words: data files of questions with their rows, the SPARQL that stands for them run
on a store, and what must be refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import networkx as nx
import pyoxigraph as ox
import pytest
from claim_graphs import FOLDER, add_claim, add_inferred, claims_graph, graph_of, iri
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.model import InferredClaim, Status
from kg.ontology import load_ontology
from kg.questions import ask, picture, sentence, suggestions, to_json, understand

ONTOLOGY = load_ontology()
GRAPH = claims_graph()
KG = "https://kg.example/ns#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


class Confirmed:
    statuses = (Status.CONFIRMED,)


def cases(name):
    lines = (FOLDER / f"{name}.jsonl").read_text("utf8").splitlines()
    return [json.loads(line) for line in lines]


ANSWERED = [*cases("en"), *cases("pt")]
REFUSED = cases("refused")


def name_of(value):
    return GRAPH.nodes[value]["name"] if value in GRAPH else value


def rows_of(answer):
    return [
        {"bindings": {k: name_of(v) for k, v in row.bindings}, "status": row.status.value}
        for row in answer.rows
    ]


def test_there_are_enough_questions():
    counts = Counter(case["lang"] for case in ANSWERED)
    assert min(counts["en"], counts["pt"]) >= 60
    assert len(REFUSED) >= 25


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case["question"])
def test_answered(case):
    answer = ask(case["question"], GRAPH, ONTOLOGY)
    assert answer.understood, answer.hint
    assert answer.pattern == case["pattern"]
    assert rows_of(answer) == case["rows"]


def test_paraphrases_give_one_pattern_in_both_languages():
    groups = defaultdict(set)
    languages = defaultdict(set)
    for case in ANSWERED:
        groups[case["group"]].add(understand(case["question"], GRAPH, ONTOLOGY))
        languages[case["group"]].add(case["lang"])
    assert {group: len(patterns) for group, patterns in groups.items()} == dict.fromkeys(groups, 1)
    assert all(found == {"en", "pt"} for found in languages.values())


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["question"])
def test_refused(case):
    answer = ask(case["question"], GRAPH, ONTOLOGY)
    assert not answer.understood
    assert answer.rows == ()
    for word in case["words"]:
        assert f"'{word}'" in answer.hint
    if "ask: " in answer.hint:  # what it proposes can indeed be asked
        assert ask(answer.hint.split("ask: ")[1], GRAPH, ONTOLOGY).understood
    else:
        assert ask(answer.hint.split("did you mean: ")[1], GRAPH, ONTOLOGY).understood


# -- SPARQL -----------------------------------------------------------------------------------


def store_of(graph: nx.MultiDiGraph) -> ox.Store:
    """The graph's claims as DESIGN.md's "A claim in RDF", a named graph each."""
    store = ox.Store()

    def put(subject: str, predicate: str, term: ox.NamedNode | ox.Literal, where: str) -> None:
        nodes = ox.NamedNode(subject), ox.NamedNode(predicate), term, ox.NamedNode(where)
        store.add(ox.Quad(*nodes))

    for node, data in graph.nodes(data=True):
        for kind in data["types"]:
            put(node, RDF + "type", ox.NamedNode(KG + kind), KG + "entities")
        for place in data.get("places", ()):
            put(node, KG + "place", ox.Literal(place, language="en"), KG + "entities")
    for subject, other, key, data in graph.edges(keys=True, data=True):
        claim, where = (
            f"https://kg.example/claim/{key}",
            f"https://kg.example/article/{data['article']}",
        )
        put(claim, RDF + "subject", ox.NamedNode(subject), where)
        put(claim, RDF + "predicate", ox.NamedNode(KG + data["relation"]), where)
        put(claim, RDF + "object", ox.NamedNode(other), where)
        put(claim, KG + "status", ox.NamedNode(KG + data["status"].capitalize()), where)
        for field in ("amount", "percent"):
            if data[field] is not None:
                put(claim, KG + field, ox.Literal(float(data[field])), where)
        if data["currency"]:
            put(claim, KG + "currency", ox.Literal(data["currency"]), where)
        if data["date"]:
            day = ox.Literal(
                data["date"], datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#date")
            )
            put(claim, KG + "reportedOn", day, where)
    return store


STORE = store_of(GRAPH)


def plain(term):
    if isinstance(term, ox.Literal):
        return term.value if "-" in term.value else float(term.value)
    return term.value


def rows_of_sparql(store, text):
    result = store.query(text, use_default_graph_as_union=True)
    if isinstance(result, ox.QueryBoolean):
        return bool(result)
    names = [variable.value for variable in result.variables]
    return sorted(
        tuple((n, plain(solution[n])) for n in names if solution[n] is not None)
        for solution in result
    )


@pytest.mark.parametrize(
    "question", sorted({case["group"]: case["question"] for case in ANSWERED}.values())
)
def test_sparql_gives_the_same_rows(question):
    answer = ask(question, GRAPH, ONTOLOGY)
    found = rows_of_sparql(STORE, answer.sparql)
    if isinstance(found, bool):
        assert found is bool(answer.rows)
        return
    if "?claim1 ?claim2" in answer.sparql.split("WHERE")[0]:  # a path: its nodes, each once
        found = sorted({tuple(p for p in row if p[0].startswith("node")) for row in found})
    expected = [
        tuple((k, float(v) if isinstance(v, int) else v) for k, v in row.bindings)
        for row in answer.rows
    ]
    assert [row for row in found if row] == sorted(expected)


# -- the flagship -----------------------------------------------------------------------------


def flagship_graph() -> nx.MultiDiGraph:
    graph = graph_of(
        [("Claude", "competitorOf", "ChatGPT"), ("Anthropic", "developerOf", "Claude"),
         ("OpenAI", "developerOf", "ChatGPT"), ("Amazon", "investorOf", "Anthropic")],
        {"Amazon": "CloudProvider", "Anthropic": "ModelLab", "OpenAI": "ModelLab",
         "Claude": "Model", "ChatGPT": "Model"},
    )  # fmt: skip
    add_claim(
        graph,
        "Amazon",
        "investorOf",
        "OpenAI",
        status=Status.PROSPECTIVE,
        amount=1e10,
        currency="USD",
    )
    premises = tuple(
        k for _, _, k, d in graph.edges(keys=True, data=True) if d["relation"] != "investorOf"
    )
    rivalry = InferredClaim(
        iri("Anthropic"), "competitorOf", iri("OpenAI"), Status.CONFIRMED, 0.9, "makers", premises
    )
    add_inferred(graph, rivalry)
    return graph


@pytest.mark.parametrize(
    "question",
    [
        "Which cloud providers back rival model labs?",
        "Que fornecedores de nuvem apoiam laboratórios rivais?",
    ],
)
def test_flagship_has_its_proof(question):
    graph = flagship_graph()
    result = to_json(ask(question, graph, ONTOLOGY), graph)
    (row,) = result["rows"]
    assert {k: v["name"] for k, v in row["bindings"].items()} == {
        "cloudProvider": "Amazon", "modelLab": "Anthropic", "modelLab2": "OpenAI",
    }  # fmt: skip
    assert row["status"] == "prospective"
    assert row["confidence"] == 0.9
    first, second, rivalry = row["claims"]
    assert [c["object"]["name"] for c in (first, second)] == ["Anthropic", "OpenAI"]
    assert (second["status"], second["amount"], second["currency"]) == ("prospective", 1e10, "USD")
    assert rivalry["inferred"]
    assert len(rivalry["premises"]) == 3
    for claim in (first, second, *rivalry["premises"]):
        assert claim["evidence"]["text"]
        assert claim["article"] == "a1"
    assert json.loads(json.dumps(result)) == result
    assert ask(question, graph, ONTOLOGY, Confirmed()).rows == ()


def test_json_of_a_refusal_keeps_the_contract():
    result = to_json(ask("Who founded OpenAI?", GRAPH, ONTOLOGY), GRAPH)
    assert list(result) == ["question", "understood", "pattern", "sparql", "rows", "hint"]
    assert result["understood"] is False
    assert result["rows"] == []


# -- properties -------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "pt"])
def test_suggestions_can_be_asked_and_have_answers(lang):
    found = suggestions(GRAPH, ONTOLOGY, lang)
    assert len(found) >= 10
    assert all(ask(question, GRAPH, ONTOLOGY).rows for question in found)


NAMES = ["A1", "B2", "C3", "D4"]
KINDS = ["CloudProvider", "ModelLab", "ModelLab", "ModelLab"]
edges = st.sets(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from(["investorOf", "competitorOf", "supplierTo"]),
        st.sampled_from(NAMES),
    )
)


@settings(max_examples=60, deadline=None)
@given(edges)
def test_answers_equal_sparql_and_brute_force_on_any_graph(found):
    kinds = dict(zip(NAMES, KINDS, strict=True))
    graph = graph_of(sorted(found), kinds)
    store = store_of(graph)
    for question in (
        "Which cloud providers back rival labs?",
        "Who backs no lab?",
        "Which lab has most investors?",
        "suppliers of the investors of B2",
        "Which labs have more than one supplier?",
    ):
        answer = ask(question, graph, ONTOLOGY)
        expected = sorted(row.bindings for row in answer.rows)
        assert [r for r in rows_of_sparql(store, answer.sparql) if r] == expected, question
    rows = ask("Which cloud providers back rival labs?", graph, ONTOLOGY).rows
    labs = [n for n in NAMES if kinds[n] == "ModelLab"]
    brute = {
        (x, a, b)
        for x in NAMES for a in labs for b in labs
        if a < b and kinds[x] == "CloudProvider" and {(x, "investorOf", a), (x, "investorOf", b)} <= found
        and ((a, "competitorOf", b) in found or (b, "competitorOf", a) in found)
    }  # fmt: skip
    short = len(iri(""))
    assert sorted(tuple(v[short:] for _, v in row.bindings) for row in rows) == sorted(brute)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(
    ["who", "which", "labs", "rival", "back", "Anthropic", "OpenAI", "and", "of", "the", "investors",
     "that", "no", "most", "zebra", "than", "more", "2", "$", "quem", "investe", "na", "é", "que"]
), max_size=9))  # fmt: skip
def test_any_words_give_an_answer_or_a_hint(words):
    answer = ask(" ".join(words), GRAPH, ONTOLOGY)
    assert answer.understood or answer.hint
    assert not (answer.understood and "zebra" in words)


def test_hostile_names_never_reach_sparql_as_syntax():
    graph = graph_of([], {})
    evil = 'https://kg.example/entity/x> } ; DROP ALL ; SELECT * { <y"\\'
    graph.add_node(evil, name="Evil Corp", types=("ModelLab",))
    graph.add_node(iri("Fund"), name="Fund", types=("Investor",))
    add_claim(graph, "Fund", "investorOf", "Other", source="s")
    text = ask("Who invests in Evil Corp?", graph, ONTOLOGY).sparql
    assert "DROP ALL" not in text
    assert rows_of_sparql(ox.Store(), text) == []


def test_a_relation_of_the_users_own_can_be_asked_about(tmp_path):
    more = tmp_path / "more.ttl"
    more.write_text(
        "@prefix kg: <https://kg.example/ns#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        "kg:Shipyard a owl:Class ; rdfs:subClassOf kg:Organization ; kg:shape 'dot' ;\n"
        " rdfs:label 'shipyard'@en , 'estaleiro'@pt .\n"
        "kg:lenderTo a owl:ObjectProperty ; kg:extracted true ; kg:roleLabel 'creditor'@en , 'credor'@pt ;\n"
        " rdfs:label 'lends to'@en , 'empresta a'@pt ; rdfs:domain kg:Organization ; rdfs:range kg:Organization .\n",
        "utf8",
    )
    ontology = load_ontology(None, more)
    graph = graph_of([("Bank", "lenderTo", "Yard")], {"Bank": "Bank", "Yard": "Shipyard"})
    questions = (
        "Which shipyards does Bank lend to?", "Who lends to shipyards?", "Who lent to Yard?",
        "Quem empresta a estaleiros?", "Quem são os credores da Yard?", "A Bank emprestou à Yard?",
    )  # fmt: skip
    for question in questions:
        assert len(ask(question, graph, ontology).rows) == 1, question


def test_the_picture_shows_edges_and_what_must_not_hold():
    pattern = understand("Which cloud providers back Anthropic but not OpenAI?", GRAPH, ONTOLOGY)
    lines = picture(pattern, name_of).splitlines()
    assert lines == [
        "?cloudProvider:CloudProvider ──investorOf──▶ Anthropic",
        "✗ ?cloudProvider:CloudProvider ──investorOf──▶ OpenAI",
    ]


SENTENCES = {
    "Which cloud providers back rival model labs?": "a cloud provider invests in a model lab and "
    "the cloud provider invests in a second model lab and the model lab competes with the second "
    "model lab",
    "Que fornecedores de nuvem não apoiam laboratórios?": "there is a cloud provider, and no claim "
    "says that the cloud provider invests in a model lab",
    "Which labs have more than three investors?": "an investor invests in a model lab, and "
    "counting each investor once there are more than 3",
    "Who owns Arm?": "Arm is a subsidiary of a parent",
    "How are SoftBank and TSMC connected?": "SoftBank and TSMC are connected",
}


@pytest.mark.parametrize("question", SENTENCES)
def test_sentences_name_no_variables(question):
    found = sentence(understand(question, GRAPH, ONTOLOGY), ONTOLOGY, name_of)
    assert found == SENTENCES[question]


def test_support_counts_sources_and_weakest_step():
    graph = graph_of([("A1", "investorOf", "B2")], {"A1": "CloudProvider", "B2": "ModelLab"})
    add_claim(graph, "A1", "investorOf", "B2", article="a2", source="Other", confidence=0.5)
    add_claim(graph, "A1", "investorOf", "B2", article="a3", source="S", status=Status.PROSPECTIVE)
    (row,) = ask("Who invests in B2?", graph, ONTOLOGY).rows
    assert (row.support, row.status, row.confidence, len(row.claims)) == (
        2,
        Status.CONFIRMED,
        1.0,
        3,
    )


def test_two_processes_give_the_same_bytes():
    program = (
        "import json, sys; sys.path[:0] = sys.argv[1:]\n"
        "from claim_graphs import claims_graph; from kg.ontology import load_ontology\n"
        "from kg.questions import ask, to_json, suggestions\n"
        "g, o = claims_graph(), load_ontology()\n"
        "qs = ['Which cloud providers back rival model labs?', 'Which labs are rivals?', 'Who founded X?']\n"
        "print(json.dumps([to_json(ask(q, g, o), g) for q in qs] + [suggestions(g, o, 'pt')]))"
    )
    here = Path(__file__).parent
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program, str(here), str(here.parent)],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(outputs) == 1


def test_an_inference_from_a_source_already_counted_is_no_further_support():
    graph = graph_of([("A1", "competitorOf", "B2")], {"A1": "ModelLab", "B2": "ModelLab"})
    premises = tuple(
        add_claim(graph, name, "developerOf", product, article=source, source=source)
        for name, product, source in (("A1", "P", "S"), ("B2", "Q", "Other"))
    )
    for rule, basis in (("one", premises), ("two", premises[1:])):
        claim = InferredClaim(
            iri("A1"), "competitorOf", iri("B2"), Status.CONFIRMED, 1.0, rule, basis
        )
        add_inferred(graph, claim)
    (row,) = ask("Who competes with B2?", graph, ONTOLOGY).rows
    assert (len(row.claims), row.support) == (3, 2)  # of "S" and of "Other", not of both again
