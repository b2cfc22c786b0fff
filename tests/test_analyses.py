"""Each analysis against an independent computation: by hand on the curated claims, and by brute
force on random small graphs."""

from __future__ import annotations

import itertools
import math

import networkx as nx
import pytest
from claim_graphs import add_claim, claims_graph, graph_of, iri
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.analyses import ANALYSES, Network, analyze
from kg.errors import UnknownNameError
from kg.model import Status
from kg.ontology import load_ontology

ONTOLOGY = load_ontology()
NAMES = [f"N{i}" for i in range(6)]
KINDS = ["CloudProvider", "ModelLab", "ChipDesigner", "Foundry", "ModelLab", "Investor"]
TYPES = dict(zip(NAMES, KINDS, strict=True))
RELATIONS = ["investorOf", "supplierTo", "competitorOf", "subsidiaryOf", "partnerOf"]

triples = st.sets(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(RELATIONS), st.sampled_from(NAMES)).filter(
        lambda t: t[0] != t[2]
    ),
    max_size=18,
)
quick = settings(max_examples=60, deadline=None)


def build(found):
    return graph_of(sorted(found), TYPES)


def holds(found, subject, relation, other):
    return (subject, relation, other) in found


def rivals(found):
    pairs = {frozenset((s, o)) for s, r, o in found if r == "competitorOf"}
    return sorted(tuple(sorted(pair)) for pair in pairs)


def bound(rows, *names):
    """The named bindings of *rows*, entity IRIs as names."""
    short = len(iri(""))
    return sorted(
        tuple(
            value[short:] if isinstance(value, str) and value.startswith(iri("")) else value
            for name, value in row.bindings
            if name in names
        )
        for row in rows
    )


def carried(graph, row, *wanted):
    """Whether the row's claims contain each wanted (subject, relation, object), either way."""
    edges = {
        (s, d["relation"], o) for s, o, k, d in graph.edges(keys=True, data=True) if k in row.claims
    }
    return all((iri(s), r, iri(o)) in edges or (iri(o), r, iri(s)) in edges for s, r, o in wanted)


@quick
@given(triples)
def test_rival_backers(found):
    graph = build(found)
    rows = analyze("rival-backers", graph, ONTOLOGY).rows
    expected = [
        (x, a, b)
        for a, b in rivals(found)
        for x in NAMES
        if x not in (a, b) and holds(found, x, "investorOf", a) and holds(found, x, "investorOf", b)
    ]
    assert bound(rows, "backer", "rival", "rival2") == sorted(expected)
    for row in rows:
        ((x, a, b),) = bound([row], "backer", "rival", "rival2")
        assert carried(
            graph, row, (x, "investorOf", a), (x, "investorOf", b), (a, "competitorOf", b)
        )


@quick
@given(triples)
def test_interlocks(found):
    rows = analyze("interlocks", build(found), ONTOLOGY).rows
    tie = {"Funding": ["investorOf"], "Supply": ["supplierTo"], "Partnership": ["partnerOf"]}

    def linked(x, part, y):
        (name,) = tie[part]
        return holds(found, x, name, y) or (part == "Partnership" and holds(found, y, name, x))

    expected = [
        (a, b, x, part)
        for a, b in rivals(found)
        for part in tie
        for x in NAMES
        if x not in (a, b) and linked(x, part, a) and linked(x, part, b)
    ]
    assert bound(rows, "rival", "rival2", "shared", "through") == sorted(expected)


@quick
@given(triples)
def test_common_investors(found):
    graph = build(found)
    for first, second in itertools.combinations(NAMES[:3], 2):
        rows = analyze("common-investors", graph, ONTOLOGY, first, second).rows
        expected = [
            (x,) for x in NAMES
            if x not in (first, second)
            and holds(found, x, "investorOf", first)
            and holds(found, x, "investorOf", second)
        ]  # fmt: skip
        assert bound(rows, "investor") == sorted(expected)


@quick
@given(triples)
def test_circular_financing(found):
    rows = analyze("circular-financing", build(found), ONTOLOGY).rows
    money = {(s, o, "fund") for s, r, o in found if r == "investorOf"}
    money |= {(o, s, "buy") for s, r, o in found if r == "supplierTo"}
    money |= {(s, o, "own") for s, r, o in found if r == "subsidiaryOf"}
    cycles = set()
    for size in (2, 3, 4):
        for nodes in itertools.permutations(NAMES, size):
            if nodes[0] != min(nodes):
                continue
            hops = list(zip(nodes, (*nodes[1:], nodes[0]), strict=True))
            choices = [[k for k in ("fund", "buy", "own") if (*hop, k) in money] for hop in hops]
            if any({"fund", "buy"} <= set(kinds) for kinds in itertools.product(*choices)):
                cycles.add(nodes)
    got = set()
    for row in rows:
        members = [value for _, value in row.bindings]
        turn = members.index(min(members))
        got.add(tuple(m[len(iri("")) :] for m in members[turn:] + members[:turn]))
    assert got == cycles
    assert len(rows) == len(cycles)


def needs(found):
    return sorted({(o, s) for s, r, o in found if r == "supplierTo"})


@quick
@given(triples)
def test_exposure_is_the_chance_of_a_walk(found):
    """Against the distribution of a walk after 400 steps, and shortest distances."""
    rows = analyze("exposure", build(found), ONTOLOGY, "N0").rows
    ups = {n: [high for low, high in needs(found) if low == n] for n in NAMES}
    for node, tier, share in bound(rows, "dependent", "tier", "exposure"):
        mass, arrived = {node: 1.0}, 0.0
        for _ in range(400):
            fresh = dict.fromkeys(NAMES, 0.0)
            for place, weight in mass.items():
                for up in ups[place]:
                    fresh[up] += weight / len(ups[place])
            arrived += fresh.pop("N0")
            mass = fresh
        assert share == pytest.approx(arrived, abs=1e-6)
        chain = nx.DiGraph(needs(found))
        assert tier == nx.shortest_path_length(chain, node, "N0")
    reachable = (
        nx.ancestors(nx.DiGraph(needs(found)), "N0") if "N0" in nx.DiGraph(needs(found)) else set()
    )
    assert {name for (name,) in bound(rows, "dependent")} == reachable - {"N0"}


@quick
@given(triples)
def test_chokepoints_by_removal(found):
    rows = analyze("chokepoints", build(found), ONTOLOGY).rows
    chain = nx.DiGraph(sorted({(s, o) for s, r, o in found if r == "supplierTo"}))

    def tops(graph):
        return {n for n in graph if all(nx.has_path(graph, n, up) for up in nx.ancestors(graph, n))}

    def reached(graph, starts):
        return set(starts).union(*(nx.descendants(graph, s) for s in starts if s in graph))

    starts, expected = tops(chain), []
    for node in chain:
        rest = chain.copy()
        rest.remove_node(node)
        left = reached(rest, starts - {node})
        cutoff = len(set(chain) - {node} - left)
        pieces = nx.number_connected_components(chain.to_undirected())
        after = nx.number_connected_components(rest.to_undirected())
        if cutoff or after > pieces:
            expected.append((node, float(cutoff), float(after > pieces)))
    assert bound(rows, "company", "cutoff", "articulation") == sorted(expected)


@quick
@given(triples)
def test_single_supplier(found):
    rows = analyze("single-supplier", build(found), ONTOLOGY).rows
    expected = []
    for customer, kind in itertools.product(NAMES, sorted(set(KINDS))):
        vendors = [s for s in NAMES if holds(found, s, "supplierTo", customer) and TYPES[s] == kind]
        if len(vendors) == 1:
            expected.append((customer, vendors[0], kind))
    assert bound(rows, "customer", "supplier", "kind") == sorted(expected)


@quick
@given(triples)
def test_paths_are_the_cheapest_simple_ones(found):
    graph = build(found)
    plain = nx.Graph({frozenset((s, o)) and (s, o) for s, _, o in found})
    rows = analyze("path", graph, ONTOLOGY, "N0", "N5").rows
    paths = list(nx.all_simple_paths(plain, "N0", "N5")) if {"N0", "N5"} <= set(plain) else []
    # all claims here are confirmed and of one source: a step costs 2
    lengths = sorted(len(path) - 1 for path in paths)[:5]
    assert [dict(row.bindings)["length"] for row in rows] == lengths
    for row in rows:
        between = [value[len(iri("")) :] for name, value in row.bindings if name.startswith("node")]
        assert ["N0", *between, "N5"] in paths


@quick
@given(triples)
def test_central(found):
    rows = analyze("central", build(found), ONTOLOGY).rows
    if not found:
        assert rows == ()
        return
    pairs = {frozenset((s, o)) for s, _, o in found}
    plain = nx.Graph([tuple(pair) for pair in pairs])
    plain.add_nodes_from(NAMES)
    ranks = []
    for row in rows:
        values = dict(row.bindings)
        name = values["entity"][len(iri("")) :]
        assert values["degree"] == sum(name in pair for pair in pairs)
        assert values["betweenness"] == pytest.approx(_betweenness(plain, name), abs=1e-6)
        ranks.append(values["pagerank"])
    assert sum(ranks) == pytest.approx(1, abs=1e-6)


def _betweenness(plain, node):
    """Share of shortest paths through *node*, by listing them all."""
    total = 0.0
    others = [n for n in plain if n != node]
    for a, b in itertools.combinations(others, 2):
        if nx.has_path(plain, a, b):
            paths = list(nx.all_shortest_paths(plain, a, b))
            total += sum(node in path for path in paths) / len(paths)
    return total / (len(others) * (len(others) - 1) / 2)


def test_pagerank_satisfies_its_equation():
    graph = claims_graph()
    rank = {
        dict(r.bindings)["entity"]: dict(r.bindings)["pagerank"]
        for r in analyze("central", graph, ONTOLOGY).rows
    }
    links = {(s, o) for s, o, d in graph.edges(data=True) if d["status"] != Status.DENIED}
    # a symmetric or parallel claim counts once in its stored direction
    out = {n: [o for s, o in links if s == n] for n in rank}
    dangling = sum(rank[n] for n in rank if not out[n])
    for node in rank:
        given = sum(rank[s] / len(out[s]) for s, o in links if o == node)
        expected = (0.15 + 0.85 * dangling) / len(rank) + 0.85 * given
        assert rank[node] == pytest.approx(expected, abs=1e-7)


@quick
@given(triples)
def test_communities_partition_and_do_not_lose_modularity(found):
    rows = analyze("communities", build(found), ONTOLOGY).rows
    pairs = sorted({tuple(sorted((s, o))) for s, _, o in found})
    weight = {p: sum({s, o} == set(p) for s, _, o in found) for p in pairs}
    nodes = {n for p in pairs for n in p}
    assert sorted(name for (name,) in bound(rows, "entity")) == sorted(nodes)
    groups = {}
    for row in rows:
        values = dict(row.bindings)
        groups.setdefault(values["community"], set()).add(values["entity"][len(iri("")) :])
    if pairs:
        total = sum(weight.values())
        degree = {n: sum(w for p, w in weight.items() if n in p) for n in nodes}

        def modularity(parts):
            return sum(
                sum(w for p, w in weight.items() if set(p) <= part) / total
                - (sum(degree[n] for n in part) / (2 * total)) ** 2
                for part in parts
            )

        # two groups may bear one name only if they were one
        assert modularity(groups.values()) >= modularity([{n} for n in nodes]) - 1e-9
        assert modularity(groups.values()) >= modularity([nodes]) - 1e-9


@quick
@given(triples)
def test_predict(found):
    rows = analyze("predict", build(found), ONTOLOGY, "N0").rows
    near = {n: {o if s == n else s for s, _, o in found if n in (s, o)} for n in NAMES}
    expected = []
    for other in NAMES[1:]:
        shared = near["N0"] & near[other]
        if shared and other not in near["N0"]:
            score = sum(1 / math.log(len(near[n])) for n in shared)
            expected.append(
                (
                    other,
                    pytest.approx(score),
                    pytest.approx(len(shared) / len(near["N0"] | near[other])),
                )
            )
    assert sorted(bound(rows, "other", "adamicAdar", "jaccard")) == expected


@quick
@given(triples)
def test_compare_and_timeline_show_every_claim_once(found):
    graph = build(found)
    rows = analyze("timeline", graph, ONTOLOGY, "N0").rows
    assert bound(rows, "relation", "subject", "object") == sorted(
        (r, s, o) for s, r, o in found if "N0" in (s, o)
    )
    expected = set()
    for s, r, o in found:
        back = ONTOLOGY.inverse(r).name
        for one, other, reading in ((s, o, r), (o, s, back)):
            if one in ("N0", "N1") and other not in ("N0", "N1"):
                expected.add((reading, other, one))
    got = set()
    for reading, other, first, second in bound(
        analyze("compare", graph, ONTOLOGY, "N0", "N1").rows,
        "reading",
        "counterpart",
        "first",
        "second",
    ):
        got |= {(reading, other, name) for name, there in (("N0", first), ("N1", second)) if there}
    assert got == expected


# -- by hand ----------------------------------------------------------------------------------


def test_stakes_say_where_claims_disagree():
    graph = graph_of([], TYPES)
    add_claim(graph, "N0", "investorOf", "N1", percent=27.0, article="a", date="2025-10-28")
    add_claim(graph, "N0", "investorOf", "N1", percent=49.0, article="b", date="2024-01-01")
    add_claim(graph, "N5", "investorOf", "N1", percent=11.0, article="a")
    add_claim(graph, "N3", "investorOf", "N1", percent=10.0, article="a", status=Status.DENIED)
    rows = analyze("stakes", graph, ONTOLOGY, "N1").rows
    assert bound(rows, "holder", "percent", "disagrees") == [
        ("N0", 27.0, 1.0), ("N0", 49.0, 1.0), ("N5", 11.0, 0.0),
    ]  # fmt: skip


def test_parallel_claims_are_one_link_with_more_support():
    graph = graph_of([("N0", "investorOf", "N1"), ("N1", "competitorOf", "N4")], TYPES)
    add_claim(graph, "N0", "investorOf", "N4", article="b", source="B", status=Status.PROSPECTIVE)
    add_claim(graph, "N0", "investorOf", "N4", article="c", source="C")
    (row,) = analyze("rival-backers", graph, ONTOLOGY).rows
    assert row.status is Status.CONFIRMED
    assert len(row.claims) == 4
    assert row.support == 1  # the weakest step has one source


def test_denied_claims_carry_nothing():
    graph = claims_graph()
    links = Network(graph, ONTOLOGY).links("Funding")
    assert (iri("TSMC"), iri("Intel")) not in links
    assert (iri("Nvidia"), iri("Intel")) in links


def test_money_returns_through_a_company_that_the_investor_owns():
    rows = analyze("circular-financing", claims_graph(), ONTOLOGY).rows
    members = [tuple(v for _, v in row.bindings) for row in rows]
    assert (iri("Amazon"), iri("Anthropic"), iri("Amazon Web Services")) in members
    assert (iri("Nvidia"), iri("CoreWeave")) in members


def test_unknown_names_list_the_nearest():
    graph = claims_graph()
    with pytest.raises(UnknownNameError, match="OpenAI"):
        analyze("exposure", graph, ONTOLOGY, "OpenIA")
    with pytest.raises(UnknownNameError, match="rival-backers"):
        analyze("rival-backer", graph, ONTOLOGY)
    with pytest.raises(UnknownNameError, match="takes 2"):
        analyze("path", graph, ONTOLOGY, "OpenAI")


def test_every_row_of_every_analysis_rests_on_claims_of_the_graph():
    graph = claims_graph()
    known = {key for _, _, key in graph.edges(keys=True)}
    for analysis in ANALYSES.values():
        result = analyze(analysis.name, graph, ONTOLOGY, *["OpenAI", "Anthropic"][: analysis.takes])
        assert result.rows, analysis.name
        assert all(row.claims and known.issuperset(row.claims) for row in result.rows)
        again = analyze(analysis.name, graph, ONTOLOGY, *["OpenAI", "Anthropic"][: analysis.takes])
        assert again == result
        assert analysis.summary


def test_one_link_that_is_investment_and_purchase_closes_no_cycle_alone():
    found = [("N0", "investorOf", "N1"), ("N1", "supplierTo", "N0"), ("N1", "subsidiaryOf", "N0")]
    assert analyze("circular-financing", graph_of(found, TYPES), ONTOLOGY).rows == ()
    back = [*found, ("N0", "supplierTo", "N1")]
    assert len(analyze("circular-financing", graph_of(back, TYPES), ONTOLOGY).rows) == 1
