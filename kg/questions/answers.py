"""Question → answer: the cheapest reading that makes sense, matched on the graph, with proofs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import Any, Protocol

import networkx as nx

from kg.interchange import plain_number
from kg.model import Answer, Claim, Fact, Row, Status
from kg.ontology import Ontology
from kg.questions.facts import called, facts_of, kind_rows
from kg.questions.grammar import parse
from kg.questions.hints import hint
from kg.questions.matching import Binding, Matcher
from kg.questions.meaning import UnreadableError, to_pattern
from kg.questions.pattern import Form, Pattern, words
from kg.questions.proof import Proof, strength
from kg.questions.sparql import to_sparql
from kg.questions.terms import lattice
from kg.turtle import KG, local_name

__all__ = ["ask", "entity_names", "to_json", "understand"]

_PATHS = 5
Found = list[tuple[Binding, tuple[tuple[str, ...], ...]]]


class StatusPolicy(Protocol):
    """What a question needs of a policy: the statuses that count."""

    @property
    def statuses(self) -> tuple[Status, ...]: ...


@dataclass(frozen=True, slots=True)
class _Default:
    statuses: tuple[Status, ...] = (Status.CONFIRMED, Status.PROSPECTIVE)


def entity_names(graph: nx.MultiDiGraph) -> dict[str, set[str]]:
    """Name or label of an entity → IRIs of the nodes that bear it."""
    names: dict[str, set[str]] = {}
    for iri, data in graph.nodes(data=True):
        labels = (getattr(label, "text", label) for label in data.get("labels", ()))
        for name in (data.get("name", ""), *labels):
            if name:
                names.setdefault(str(name), set()).add(iri)
    return names


def understand(question: str, graph: nx.MultiDiGraph, ontology: Ontology) -> Pattern | None:
    """The pattern that *question* stands for, None where its words give none.

    All words must be used: a question is never answered in part. Of several readings the cheapest
    wins (fewest terms, fitting classes); languages are tried in the order of their codes.
    """
    names = entity_names(graph)

    def types(iri: str) -> Iterable[str]:
        return graph.nodes[iri].get("types", ()) if iri in graph else ()

    best: tuple[float, Pattern] | None = None
    for lang in ontology.questions.languages:
        for cost, query in parse(lattice(question, lang, ontology, names), ontology):
            if best and cost >= best[0]:
                break
            try:
                pattern, more = to_pattern(query, ontology, types)
            except UnreadableError:
                continue
            if best is None or cost + more < best[0]:
                best = (cost + more, pattern)
    return best[1] if best else None


def ask(
    question: str,
    graph: nx.MultiDiGraph,
    ontology: Ontology,
    policy: StatusPolicy | None = None,
) -> Answer:
    """Answer a question put in words (any language of ``ontology.questions``).

    Parameters
    ----------
    question
        For example "Which cloud providers back rival model labs?".
    graph
        As :func:`kg.graph.build_graph` gives it; nodes may carry ``labels`` besides ``name``.
    ontology
        Its vocabulary is what a question may use.
    policy
        Statuses that count where the question names none; default: confirmed and prospective.

    Returns
    -------
    Answer
        With ``understood`` False and a ``hint`` where some word could not be used.
    """
    pattern = understand(question, graph, ontology)
    if pattern is None:
        text = hint(question, graph, ontology, entity_names(graph), _understands(graph, ontology))
        return Answer(question, understood=False, hint=text)
    return answer(question, pattern, graph, ontology, (policy or _Default()).statuses)


def _understands(graph: nx.MultiDiGraph, ontology: Ontology) -> Any:
    return lambda text: understand(text, graph, ontology) is not None


def answer(
    question: str,
    pattern: Pattern,
    graph: nx.MultiDiGraph,
    ontology: Ontology,
    statuses: tuple[Status, ...],
) -> Answer:
    """The rows of *pattern*; a yes-or-no question that only denials answer shows them."""
    rows = _rows(pattern, Matcher(graph, ontology, statuses))
    if pattern.form is Form.YESNO and not rows and Status.CONFIRMED in statuses:
        denied = _rows(pattern, Matcher(graph, ontology, (Status.DENIED,))) if pattern.edges else ()
        rows, statuses = (denied, (Status.DENIED,)) if denied else (rows, statuses)

    def label(iri: str) -> str:
        return str(graph.nodes[iri].get("name", iri)) if iri in graph else iri

    length = len(rows[0].bindings) + 1 if pattern.form is Form.PATH and rows else 1
    return Answer(
        question=question,
        understood=True,
        pattern=words(pattern, ontology, label),
        sparql=to_sparql(pattern, ontology, statuses, length),
        rows=_ranked(rows, label),
    )


def _ranked(rows: Iterable[Row], label: Any) -> tuple[Row, ...]:
    """By status, support, confidence, then names; a date or an amount stays last."""

    def key(row: Row) -> tuple[object, ...]:
        values = (label(v) if isinstance(v, str) else f"{v:030.6f}" for _, v in row.bindings)
        return (-strength(row.status), -row.support, -row.confidence, *values)

    return tuple(sorted(rows, key=key))


# -- rows by form -----------------------------------------------------------------------------


def _rows(pattern: Pattern, matcher: Matcher) -> tuple[Row, ...]:
    proof = Proof(matcher.claims)
    if pattern.form is Form.PATH:
        return _paths(pattern, matcher, proof)
    found = matcher.bindings(pattern)
    if pattern.form is Form.COUNT:
        return (_total(pattern, found, proof),)
    if pattern.form is Form.MOST:
        return _winners(pattern, found, proof)
    if pattern.form in (Form.AMOUNT, Form.PERCENT, Form.DATE):
        return _measures(pattern, found, matcher, proof)
    if pattern.form is Form.LARGEST:
        return _largest(pattern, found, matcher, proof)
    if pattern.form is Form.KIND:
        return tuple(kind_rows(pattern, found, matcher, proof))
    return tuple(_grouped(pattern, found, matcher, proof))


def _by(columns: tuple[str, ...], found: Found) -> dict[tuple[str, ...], Found]:
    groups: dict[tuple[str, ...], Found] = defaultdict(list)
    for binding, steps in found:
        groups[tuple(binding[name] for name in columns)].append((binding, steps))
    return groups


def _grouped(pattern: Pattern, found: Found, matcher: Matcher, proof: Proof) -> Iterable[Row]:
    columns = pattern.columns
    facts_for = facts_of(pattern, matcher)
    for values, group in _by(columns, found).items():
        facts = facts_for(group[0][0])
        chains = _chains(group) if pattern.edges else called(facts, matcher, proof)
        row = proof.row(tuple(zip(columns, values, strict=True)), chains)
        yield replace(row, facts=facts) if facts else row


def _chains(group: Found) -> list[list[str]]:
    """One binding: its steps; several: every edge of every binding is a step."""
    if len(group) == 1:
        return [list(step) for step in group[0][1]]
    distinct = dict.fromkeys(step for _, steps in group for step in steps)
    return [list(step) for step in distinct]


def _total(pattern: Pattern, found: Found, proof: Proof) -> Row:
    number = len({binding[pattern.counted] for binding, _ in found})
    return proof.row((("count", float(number)),), _chains(found) if found else [])


def _winners(pattern: Pattern, found: Found, proof: Proof) -> tuple[Row, ...]:
    groups = _by(pattern.focus, found)
    sizes = {v: len({b[pattern.counted] for b, _ in group}) for v, group in groups.items()}
    if not sizes:
        return ()
    best = max(sizes.values())
    return tuple(
        proof.row(
            (*zip(pattern.focus, values, strict=True), ("count", float(best))), _chains(group)
        )
        for values, group in groups.items()
        if sizes[values] == best
    )


def _measures(pattern: Pattern, found: Found, matcher: Matcher, proof: Proof) -> tuple[Row, ...]:
    """A row for each amount or stake that a claim gives; for dates the first one alone."""
    field = {Form.AMOUNT: "amount", Form.PERCENT: "percent"}.get(pattern.form, "date")
    columns = pattern.columns
    rows = []
    for values, group in _by(columns, found).items():
        given: dict[tuple[Any, Any], list[list[str]]] = defaultdict(list)
        for _, steps in group:
            for claim in steps[0]:
                data = matcher.claims[claim][3]
                if data.get(field) is not None:
                    given[data[field], data.get("currency")].append([claim])
        chosen = [min(given)] if given and field == "date" else list(given)
        for value, currency in chosen:
            measured = [claim for step in given[value, currency] for claim in step]
            rest = [list(step) for _, steps in group for step in steps[1:]]
            pairs = (*zip(columns, values, strict=True), (field, value))
            rows.append(proof.row(pairs, [measured, *rest]))
    return tuple(rows)


def _largest(pattern: Pattern, found: Found, matcher: Matcher, proof: Proof) -> tuple[Row, ...]:
    """A row for each binding with the largest figure: of amounts in each currency."""
    given: dict[tuple[str, float], dict[tuple[str, ...], list[list[str]]]] = defaultdict(dict)
    for values, group in _by(pattern.columns, found).items():
        for _, steps in group:
            for claim in steps[0]:
                data = matcher.claims[claim][3]
                currency = data.get("currency") if pattern.figure == "amount" else ""
                if data.get(pattern.figure) is not None and currency is not None:
                    chains = given[currency, float(data[pattern.figure])]
                    chain = chains.setdefault(values, [[], *(list(step) for step in steps[1:])])
                    chain[0].append(claim)
    largest = {currency: max(v for c, v in given if c == currency) for currency, _ in given}
    return tuple(
        proof.row((*zip(pattern.columns, values, strict=True), (pattern.figure, value)), chain)
        for (currency, value), chains in given.items()
        if value == largest[currency]
        for values, chain in chains.items()
    )


def _paths(pattern: Pattern, matcher: Matcher, proof: Proof) -> tuple[Row, ...]:
    """The shortest chains of claims between two entities, whatever their direction."""
    ways: dict[frozenset[str], list[str]] = defaultdict(list)
    for start, end, key, data in matcher.claims.values():
        if start != end and data["status"] in matcher.statuses:
            ways[frozenset((start, end))].append(key)
    plain = nx.Graph()
    plain.add_edges_from(sorted(tuple(sorted(pair)) for pair in ways))
    first, last = (v.entities[0] for v in pattern.variables)
    if first not in plain or last not in plain or not nx.has_path(plain, first, last):
        return ()
    rows = []
    for path in islice(nx.all_shortest_paths(plain, first, last), 200):
        steps = [ways[frozenset(pair)] for pair in pairwise(path)]
        names = tuple((f"node{i}", iri) for i, iri in enumerate(path[1:-1], 1))
        rows.append(proof.row(names, steps))
    rows.sort(key=lambda r: (-strength(r.status), -r.support, -r.confidence, r.bindings))
    return tuple(rows[:_PATHS])


# -- as data ----------------------------------------------------------------------------------


def to_json(
    answer: Answer, graph: nx.MultiDiGraph, spans: Mapping[str, Claim] | None = None
) -> dict[str, Any]:
    """The object that ``kg ask --format json`` prints (see DESIGN.md, "Command line").

    Parameters
    ----------
    answer
        What :func:`ask` gave.
    graph
        The graph that it was asked of.
    spans
        Claim id → claim, for the words of subject and object and all character offsets, which
        the graph does not hold; they are None without it.
    """
    edges = {key: (s, o, key, data) for s, o, key, data in graph.edges(keys=True, data=True)}
    writer = _Json(graph, edges, spans or {})
    rows = [
        {
            "bindings": {name: writer.value(value) for name, value in row.bindings},
            "status": row.status.value,
            "confidence": row.confidence,
            "support": row.support,
            "claims": [writer.claim(claim) for claim in row.claims],
            **({"facts": [writer.fact(fact) for fact in row.facts]} if row.facts else {}),
        }
        for row in answer.rows
    ]
    return {
        "question": answer.question,
        "understood": answer.understood,
        "pattern": answer.pattern,
        "sparql": answer.sparql,
        "rows": rows,
        "hint": answer.hint,
    }


@dataclass(slots=True)
class _Json:
    graph: nx.MultiDiGraph
    edges: Mapping[str, tuple[str, str, str, dict[str, Any]]]
    spans: Mapping[str, Claim]

    def entity(self, iri: str) -> dict[str, Any]:
        return {"name": str(self.graph.nodes[iri].get("name", iri)), "iri": iri}

    def value(self, value: str | float) -> Any:
        if isinstance(value, str):
            if value.startswith(KG):
                return {"name": local_name(value), "iri": value}
            return self.entity(value) if value in self.graph else value
        return plain_number(value)

    def fact(self, fact: Fact) -> dict[str, Any]:
        """A class or place that the row rests on, and who says so."""
        source = "catalogue" if fact.known else "articles"
        return {"entity": self.entity(fact.entity), fact.kind: fact.value, "from": source}

    def claim(self, key: str) -> dict[str, Any]:
        """One claim; an inferred one carries its premises, as far as the graph holds them."""
        subject, other, _, data = self.edges[key]
        stated = self.spans.get(key)
        if stated and stated.subject.entity.iri == other:  # a symmetric one, stored turned round
            subject, other = other, subject
        kept = {
            "amount": plain_number(data.get("amount")),
            "currency": data.get("currency"),
            "percent": plain_number(data.get("percent")),
        }
        result = {
            "id": key,
            "article": stated.article if stated else data.get("article"),
            "subject": {**self.entity(subject), **_place(stated and stated.subject.quote)},
            "relation": data["relation"],
            "object": {**self.entity(other), **_place(stated and stated.object.quote)},
            "status": Status(data["status"]).value,
            **kept,
            "evidence": _place(stated and stated.evidence, data.get("quote")),
            "trigger": _place(stated and stated.trigger, data.get("trigger")),
            "confidence": data.get("confidence"),
            "date": data.get("date"),
            "source": data.get("source"),
            "title": data.get("title"),
        }
        if data.get("inferred"):
            premises = [p for p in data.get("premises", ()) if p in self.edges]
            result |= {"inferred": True, "rule": data.get("rule")}
            result["premises"] = [self.claim(premise) for premise in premises]
        return result


def _place(quote: Any, text: str | None = None) -> dict[str, Any]:
    if quote:
        return {"text": quote.text, "start": quote.start, "end": quote.end}
    return {"text": text, "start": None, "end": None}
