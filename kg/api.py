"""The graph from Python: the same words as on the command line.

>>> import kg
>>> graph = kg.open("graph")  # doctest: +SKIP
>>> graph.ask("Which cloud providers back rival model labs?").rows  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.locations import Location, open_store
from kg.model import Claim, Entity, InferredClaim, Status
from kg.ontology import Ontology, load_ontology
from kg.rdf import StoredArticle
from kg.results import Results
from kg.store import Store

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    import rdflib

    from kg.columns import Columns
    from kg.conflicts import Conflict
    from kg.graph import Policy
    from kg.history import Change, Relationship
    from kg.notebook import AnswerView, Card
    from kg.questions.fragility import Difference

__all__ = ["Graph", "open"]


def open(  # noqa: A001 - kg.open is what one expects to write
    location: Location = "graph", ontology: Ontology | None = None
) -> Graph:
    """Open the graph at *location*, a folder or the address of a SPARQL 1.1 server, to read.

    Raises
    ------
    GraphError
        Where there is none, with what to do about it.
    """
    return Graph(open_store(location), ontology or load_ontology())


class Graph:
    """A graph that was built: the last whole state of it, whatever a build does meanwhile."""

    def __init__(self, store: Store, ontology: Ontology) -> None:
        self.store, self.ontology = store, ontology
        self._networks: dict[Policy, nx.MultiDiGraph] = {}
        self._columns: tuple[Columns | None] | None = None  # once it was looked for
        self._past: dict[tuple[str | None, str | None], Graph] = {}

    def __enter__(self) -> Graph:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the folder, or of the connection."""
        self.store.close()

    def sparql(
        self, query: str, *, allow_service: bool = False, **parameters: str | float
    ) -> Results:
        """The result of a SPARQL query, or of a named one: ``sparql("@stakes", company="OpenAI")``.

        Raises
        ------
        QueryError
            Where the query is not SPARQL, there is no query of that name, a parameter is wrong, or
            it would have other servers called (``SERVICE``) without *allow_service*.
        """
        from kg.named_queries import run_named

        if query.startswith("@"):
            given = {name: str(value) for name, value in parameters.items()}
            return run_named(self.store, query[1:], given, self.ontology)
        return self.store.query(query, allow_service=allow_service)

    def rdf(self) -> rdflib.Dataset:
        """All public graphs as an rdflib ``Dataset`` in memory, one graph an article."""
        import pyoxigraph as ox
        import rdflib

        dataset = rdflib.Dataset()
        for name in self.store.public_graphs():
            triples = (quad.triple for quad in self.store.quads(name))
            data = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
            dataset.graph(rdflib.URIRef(name.value)).parse(data=data, format="nt")
        return dataset

    def at(self, as_of: str | None = None, known_at: str | None = None) -> Graph:
        """The graph as it was: what was so on the day *as_of*, what was known on *known_at*.

        Days are ISO 8601; what no article dates is left out. Views and inferences are derived
        again from what is left (:mod:`kg.rewinding`). The graph itself where no day is given.
        """
        if as_of is None and known_at is None:
            return self
        from kg.rewinding import rewind

        if (as_of, known_at) not in self._past:
            past = rewind(self.store, self.ontology, as_of, known_at)
            self._past[as_of, known_at] = Graph(past, self.ontology)
        return self._past[as_of, known_at]

    def relationships(self, **conditions: Any) -> tuple[Relationship, ...]:
        """Claims that meet *conditions*, grouped by pair and relation, with their history."""
        from kg.agreement import Sources
        from kg.history import relationships

        return relationships(self.claims(**conditions), Sources.of(self.store), self.ontology)

    def conflicts(self) -> tuple[Conflict, ...]:
        """Where claims disagree: figures, confirmed against denied, two parents."""
        from kg.conflicts import conflicts

        return conflicts(self.relationships(), self.ontology, self.entities())

    def changes(self, first: str, last: str) -> tuple[Change, ...]:
        """New, changed, denied and ended relationships after the day *first* and up to *last*."""
        from kg.agreement import Sources
        from kg.history import changes

        return changes(self.claims(), first, last, Sources.of(self.store), self.ontology)

    def networkx(self, policy: Policy | None = None) -> nx.MultiDiGraph:
        """The claims that *policy* allows as edges; see :func:`kg.graph.build_graph`."""
        from kg.graph import Policy, build_graph

        policy = policy or Policy()
        if policy.as_of or policy.known_at:
            today = replace(policy, as_of=None, known_at=None)
            return self.at(policy.as_of, policy.known_at).networkx(today)
        if policy not in self._networks:
            self._networks[policy] = build_graph(self.store, policy, self.ontology)
        return self._networks[policy]

    def claims(self, **conditions: Any) -> Iterator[Claim]:
        """Claims that meet *conditions*; see :meth:`kg.store.Store.claims`."""
        return self.store.claims(**conditions)

    def claim(self, identifier: str) -> Claim | InferredClaim:
        """One claim, asserted or inferred."""
        return self.store.claim(identifier)

    def inferred(self) -> tuple[InferredClaim, ...]:
        """What rules drew from the claims."""
        return self.store.inferred()

    def articles(self) -> tuple[StoredArticle, ...]:
        """What was read, without the texts."""
        return self.store.articles()

    def entities(self) -> dict[str, Entity]:
        """IRI → organisation or product that some claim speaks of."""
        return self.store.entities()

    def entity(self, name: str) -> Entity:
        """The entity that is called *name*, whatever its case and accents.

        Raises
        ------
        UnknownNameError
            Where none is, or several are; names the nearest.
        """
        from kg.named_queries import find_entity

        return find_entity(self.store, name)

    def show(self, name: str, other: str | None = None, policy: Policy | None = None) -> Card:
        """What the graph says of an entity, or of two; shows itself in Jupyter.

        Denied claims are in it unless *policy* says otherwise.

        Raises
        ------
        UnknownNameError
            Where no entity, or several, are called *name* or *other*.
        """
        from kg.graph import Policy
        from kg.notebook import Card

        entities = tuple(self.entity(called) for called in (name, other) if called)
        counting = policy or Policy(statuses=tuple(Status))
        return Card.of(entities, self.networkx(counting), self.ontology)

    def ask(
        self, question: str, policy: Policy | None = None, *, fragile: bool = False
    ) -> AnswerView:
        """The answer to a question in words, each row with its claims; shows itself in Jupyter.

        With *fragile* it shows, too, which single articles carry it (see :meth:`fragile`).
        """
        from kg import questions
        from kg.graph import Policy
        from kg.notebook import AnswerView

        policy = policy or Policy()
        network = self.network_for(question, policy)
        answer = questions.ask(question, network, self.ontology, policy)
        differences = self.fragile(question, policy) if fragile else None
        return AnswerView.of(answer, network, self.ontology, differences)

    def analyze(self, name: str, *entities: str, policy: Policy | None = None) -> AnswerView:
        """A named analysis (:data:`kg.analyses.ANALYSES`) of *entities*; shows itself in Jupyter.

        The answer's ``pattern`` says what a reader must know of how its rows came about.

        Raises
        ------
        UnknownNameError
            Where no analysis or no entity is called so, or their number is wrong.
        """
        from kg import asking
        from kg.analyses import analyze
        from kg.graph import Policy
        from kg.model import Answer
        from kg.notebook import AnswerView

        tables, counting = self._tables(), policy or Policy()
        network = asking.network_of_analysis(self, name, entities, counting, tables)
        found = analyze(name, network, self.ontology, *entities)
        asked = " ".join((name, *entities))
        answer = Answer(asked, understood=True, pattern=found.note, rows=found.rows)
        return AnswerView.of(answer, network, self.ontology)

    def network_for(self, question: str, policy: Policy | None = None) -> nx.MultiDiGraph:
        """The graph that *question* is asked of: of a large one (:mod:`kg.columns`) a part."""
        from kg import asking
        from kg.graph import Policy

        return asking.network_for(self, question, policy or Policy(), self._tables())

    def _tables(self) -> Columns | None:
        """The tables of a large graph, looked for once; None where it is small."""
        if self._columns is None:
            from kg import asking

            self._columns = (asking.columns_of(self.store, self.ontology),)
        return self._columns[0]

    def fragile(self, question: str, policy: Policy | None = None) -> tuple[Difference, ...]:
        """Which single articles, if wrong, would change the answer, and how."""
        from kg import asking
        from kg.graph import Policy

        policy = policy or Policy()
        past = self.at(policy.as_of, policy.known_at)
        network = past.network_for(question, policy)
        return asking.differences(past, question, policy, network)

    def without(self, *sources: str) -> Graph:
        """The graph had *sources* (outlets, or articles by identifier, hash, URL or title) not been read.

        Raises
        ------
        UnknownNameError
            Where one of them names no article.
        """
        from kg.omission import articles_of, leave_out

        left_out = {article for name in sources for article in articles_of(self.store, name)}
        return Graph(leave_out(self.store, self.ontology, left_out), self.ontology)

    def export(
        self, path: Path | str, policy: Policy | None = None, format_name: str | None = None
    ) -> Path:
        """Write the graph to *path*, in the format of its ending; see :func:`kg.exports.export`."""
        from kg.exports import export

        return export(self, path, policy, format_name)

    def dataframe(self, policy: Policy | None = None) -> pd.DataFrame:
        """One row a claim, with the columns of ``kg export claims.csv`` (needs pandas)."""
        import pandas as pd

        from kg.exports.tables import COLUMNS, claim_rows

        return pd.DataFrame(claim_rows(self.networkx(policy)), columns=list(COLUMNS))

    def _repr_html_(self) -> str:
        from kg.notebook import graph_html

        network = self.networkx()
        counts = {
            "articles": len(self.articles()),
            "entities that some claim binds": len(network),
            "claims that count": network.number_of_edges(),
        }
        return graph_html(network, self.ontology, counts)
