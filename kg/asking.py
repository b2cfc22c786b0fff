"""What a question is asked of: the graph under a policy, or of a large one the part it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import networkx as nx

from kg import questions
from kg.errors import UnknownNameError
from kg.graph import Policy, build_graph, graph_edges, node_attributes
from kg.model import Answer, Entity, Status
from kg.omission import leave_out
from kg.ontology import Ontology
from kg.questions.fragility import Difference, fragile, origins_under, pruned
from kg.questions.pattern import Form
from kg.store import Store
from kg.turtle import local_name

if TYPE_CHECKING:
    from kg.columns import Columns
    from kg.excerpts import Excerpts

__all__ = ["LARGE", "Network", "columns_of", "differences", "network_for", "network_of_analysis"]

LARGE = 100_000  # claims from which on tables pay: making the whole graph takes a second or more
DETOUR = 2  # claims that a well supported way may be longer than the shortest one
SCHEMA = 3  # of the tables; raise it when they change


class Network(Protocol):
    """A graph that can be asked (:class:`kg.api.Graph`)."""

    store: Store
    ontology: Ontology

    def networkx(self, policy: Policy | None = None) -> nx.MultiDiGraph:
        """The claims that a policy allows."""
        ...


# -- tables of a large graph ------------------------------------------------------------------


def columns_of(store: Store, ontology: Ontology) -> Columns | None:
    """The tables of a large graph, made once for a snapshot; None where it is small.

    None, too, where DuckDB or pyarrow (the ``analysis`` extra) is not installed. The file lies in
    the snapshot and goes with it; where it cannot be written, the tables are in memory.
    """
    path = store.snapshot / f"claims-{SCHEMA}-{ontology.version}.duckdb" if store.snapshot else None
    if not (path and path.exists()) and not _is_large(store):
        return None
    try:
        import duckdb
        import pyarrow  # noqa: F401 - loading needs it

        from kg.columns import Columns
    except ImportError:
        return None
    if path and path.exists():
        return Columns.open(path, ontology)
    nodes, edges = _everything(store, ontology)
    try:
        return Columns.create(nodes, edges, ontology, path)
    except (OSError, duckdb.IOException):
        return Columns.create(*_everything(store, ontology), ontology)


def _is_large(store: Store) -> bool:
    some = f"SELECT ?claim {{ GRAPH ?article {{ ?claim a kg:Claim }} }} LIMIT {LARGE}"
    counted = store.query(f"SELECT (COUNT(?claim) AS ?claims) {{ {{ {some} }} }}")
    return list(counted.rows()) == [(LARGE,)]


def _everything(
    store: Store, ontology: Ontology
) -> tuple[Iterator[tuple[str, dict[str, Any]]], Iterator[Any]]:
    edges = list(graph_edges(store, Policy(statuses=tuple(Status)), ontology))
    ends, known = {end for edge in edges for end in edge[:2]}, store.entities()
    nodes = ((iri, node_attributes(known.get(iri) or Entity(iri, local_name(iri)))) for iri in ends)
    return nodes, iter(edges)


# -- the graph of one question ----------------------------------------------------------------


def network_for(
    graph: Network, question: str, policy: Policy, columns: Columns | None
) -> nx.MultiDiGraph:
    """A graph in which *question* has the same answer as in the whole graph under *policy*.

    Claims of all statuses are in it, since a denial may answer; the question's policy chooses.
    """
    part = _part(graph, question, policy, columns) if columns else None
    return _whole(graph, policy) if part is None else part


def _part(
    graph: Network, question: str, policy: Policy, columns: Columns
) -> nx.MultiDiGraph | None:
    if not _plain(policy):
        return None
    named = columns.named(question)
    pattern = questions.understand(question, named, graph.ontology)
    if pattern is None:
        return None  # the hint looks at examples from everywhere
    if pattern.form is Form.PATH:
        ends = [variable.entities[0] for variable in pattern.variables]
        part = _excerpts(columns, policy).between(ends[0], ends[1])
    else:
        part = columns.part(pattern, policy.statuses, policy.min_confidence)
    return _with_names(part, named)


def _plain(policy: Policy) -> bool:
    """Whether tables can tell what counts: days, sources and inferences go over the whole graph."""
    return policy == Policy(policy.statuses, policy.min_confidence)


def _excerpts(columns: Columns, policy: Policy) -> Excerpts:
    from kg.excerpts import Excerpts

    return Excerpts(columns, policy.statuses, policy.min_confidence)


# -- the graph of one analysis ----------------------------------------------------------------


def network_of_analysis(
    graph: Network, name: str, entities: tuple[str, ...], policy: Policy, columns: Columns | None
) -> nx.MultiDiGraph:
    """A graph in which the analysis *name* of *entities* gives what it gives in the whole graph.

    Raises
    ------
    UnknownNameError
        Where no analysis, or no entity of a large graph, is called so.
    """
    from kg.analyses import Scope, analysis_called

    analysis = analysis_called(name, len(entities))
    if columns is None or not _plain(policy):
        return graph.networkx(policy)
    named, nodes = _named(columns, entities)
    excerpts, relations = _excerpts(columns, policy), analysis.relations(graph.ontology)
    if analysis.scope is Scope.BETWEEN:
        part = excerpts.between(nodes[0], nodes[1], slack=DETOUR)
    elif analysis.scope is Scope.NEAR:
        part = excerpts.around(nodes[0], 2)
    elif analysis.scope is Scope.TOUCHING:
        part = excerpts.touching(nodes, relations)
    else:
        part = excerpts.every(relations)
    return _with_names(part, named)


def _named(columns: Columns, entities: tuple[str, ...]) -> tuple[nx.MultiDiGraph, list[str]]:
    """The nodes of *entities*, and a graph of them without edges."""
    from kg.analyses import node_called

    named = columns.named(" ".join(entities))
    try:
        nodes = [node_called(named, entity) for entity in entities]
    except UnknownNameError:  # an IRI, or the message names the nearest of all names
        every = columns.add_nodes(nx.MultiDiGraph(), "SELECT id FROM nodes", [])
        nodes = [node_called(every, entity) for entity in entities]
        named = every.subgraph(nodes)
    return named.subgraph(nodes), nodes


def _whole(graph: Network, policy: Policy) -> nx.MultiDiGraph:
    network = graph.networkx(replace(policy, statuses=tuple(Status)))
    everyone = graph.networkx(Policy(statuses=tuple(Status)))
    # a name stays known where no claim about it counts
    return _with_names(network.copy(), everyone) if len(network) < len(everyone) else network


def _with_names(network: nx.MultiDiGraph, names: nx.MultiDiGraph) -> nx.MultiDiGraph:
    network.add_nodes_from((n, data) for n, data in names.nodes(data=True) if n not in network)
    return network


# -- what an answer rests on ------------------------------------------------------------------


def differences(
    graph: Network, question: str, policy: Policy, network: nx.MultiDiGraph
) -> tuple[Difference, ...]:
    """For each article that alone carries part of the answer, what would change without it.

    Tried are the articles under the answer; where the question says that something is not so,
    asks for the most or has no answer, all articles of *network*.
    """
    ontology = graph.ontology
    answer = questions.ask(question, network, ontology, policy)
    pattern = questions.understand(question, network, ontology)
    if pattern is None:
        return ()
    everywhere = pattern.without or pattern.form is Form.MOST or not answer.rows
    rows = None if everywhere else answer.rows

    def quick(origin: str) -> Answer | None:
        rest, exact = pruned(network, frozenset({origin}))
        if not exact or policy.min_sources > 1:
            return None
        return questions.ask(question, rest, ontology, policy)

    def exact(origin: str) -> Answer:
        rest = _without(graph, frozenset({origin}), policy)
        return questions.ask(question, _with_names(rest.copy(), network), ontology, policy)

    return tuple(fragile(answer, origins_under(rows, network), quick, exact))


def _without(graph: Network, articles: frozenset[str], policy: Policy) -> nx.MultiDiGraph:
    """The graph of all statuses under *policy*, had *articles* (hashes) never been read."""
    store = leave_out(graph.store, graph.ontology, articles)
    return build_graph(store, replace(policy, statuses=tuple(Status)), graph.ontology)
