"""A pattern as SPARQL 1.1 over reified claims, to run on a store whose default graph is the union.

Every IRI comes from the ontology or from an entity of the graph and is checked against SPARQL's
IRIREF production (SPARQL 1.1, 19.8, rule 139); words of the question never reach the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from kg.model import Status
from kg.ontology import Ontology
from kg.questions.pattern import Count, Edge, Filter, Form, Pattern, Step, Variable
from kg.turtle import KG, RDF

__all__ = ["to_sparql"]

_BAD_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_PREFIXES = (
    f"PREFIX kg: <{KG}>\nPREFIX rdf: <{RDF}>\nPREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
)


def _iri(iri: str) -> str:
    return "<" + _BAD_IRI.sub(lambda m: f"%{ord(m[0]):02X}", iri) + ">"


def _literal(text: str) -> str:
    """A string literal (SPARQL 1.1, 19.7: quotes, backslashes and line ends escaped)."""
    for char, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(char, escape)
    return f'"{text}"'


def _name(name: str) -> str:
    return _iri(KG + name)


class _Writer:
    """Writes one query; claim variables are numbered in the order of the edges."""

    def __init__(self, pattern: Pattern, ontology: Ontology, statuses: tuple[Status, ...]) -> None:
        self.pattern, self.ontology, self.statuses = pattern, ontology, statuses
        self.number = 0

    def node(self, name: str) -> str:
        variable = self.pattern.variable(name)
        return _iri(variable.entities[0]) if variable.constant else f"?{name}"

    def kind(self, variable: Variable) -> Iterator[str]:
        if len(variable.entities) > 1:
            yield f"VALUES ?{variable.name} {{ {' '.join(map(_iri, variable.entities))} }}"
        node, kinds = self.node(variable.name), f"?{variable.name}Type"
        for group in variable.groups:
            below = {c for name in group for c in self.ontology.descendants(name)}
            names = ", ".join(_name(name) for name in sorted(below))
            yield f"FILTER EXISTS {{ {node} a {kinds} . FILTER({kinds} IN ({names})) }}"
        if variable.places:
            place, keys = f"?{variable.name}Place", ", ".join(map(_literal, variable.places))
            yield f"FILTER EXISTS {{ {node} kg:place {place} . FILTER(STR({place}) IN ({keys})) }}"

    def step(self, edge: Edge, step: Step, claim: str) -> str:
        source, target = self.node(edge.source), self.node(edge.target)
        ways = [(source, target) if step.forward else (target, source)]
        if self.ontology.properties[step.relation].symmetric:
            ways.append(ways[0][::-1])
        predicate = _name(step.relation)
        return " UNION ".join(
            f"{{ {claim} rdf:subject {s} ; rdf:predicate {predicate} ; rdf:object {o} }}"
            for s, o in ways
        )

    def edge(self, edge: Edge) -> Iterator[str]:
        self.number += 1
        claim = f"?claim{self.number}"
        yield " UNION ".join(self.step(edge, step, claim) for step in edge.steps)
        source, target = self.node(edge.source), self.node(edge.target)
        if source.startswith("?") or target.startswith("?"):
            yield f"FILTER({source} != {target})"
        allowed = ", ".join(_name(s.capitalize()) for s in edge.statuses or self.statuses)
        yield f"{claim} kg:status {claim}Status . FILTER({claim}Status IN ({allowed}))"
        for item in edge.filters:
            yield self.condition(item, claim)

    def condition(self, item: Filter, claim: str) -> str:
        if item.field == "date":
            value = f'"{item.value}"'
            return f"{claim} kg:reportedOn {claim}Date . FILTER(STR({claim}Date) {item.operator} {value})"
        value = f"{claim}{item.field.capitalize()}"
        text = (
            f"{claim} kg:{item.field} {value} . FILTER({value} {item.operator} {item.value:.12g})"
        )
        if item.currency:
            text += f' {claim} kg:currency "{item.currency}" .'
        return text

    def count(self, count: Count) -> str:
        inner = self.where(counts=False)
        group = " ".join(f"?{name}" for name in count.group)
        return (
            f"{{ SELECT {group} (COUNT(DISTINCT {self.node(count.counted)}) AS ?number) WHERE {{\n"
            f"{inner}\n}} GROUP BY {group} }}\nFILTER(?number {count.operator} {count.value})"
        )

    def where(self, *, counts: bool = True) -> str:
        lines = [line for edge in self.pattern.edges for line in self.edge(edge)]
        lines += [line for variable in self.pattern.bound for line in self.kind(variable)]
        if not self.pattern.edges:  # a variable that only stands in what must not hold
            names = [v.name for v in self.pattern.bound]
            lines = [f"{self.node(n)} a ?{n}Any ." for n in names] + lines
        for group in self.pattern.without:
            lines.append(f"FILTER NOT EXISTS {{ {self.absent(group)} }}")
        for first, second in self.pattern.unordered:
            lines.append(f"FILTER(STR(?{first}) < STR(?{second}))")
        for first, second in self.pattern.distinct:
            lines.append(f"FILTER({self.node(first)} != {self.node(second)})")
        if counts:
            lines += [self.count(count) for count in self.pattern.counts]
        return "\n".join(f"  {line}" for line in lines)

    def absent(self, group: tuple[Edge, ...]) -> str:
        bound = {v.name for v in self.pattern.bound}
        names = {name for edge in group for name in (edge.source, edge.target)} - bound
        lines = [line for edge in group for line in self.edge(edge)]
        lines += [line for n in sorted(names) for line in self.kind(self.pattern.variable(n))]
        return "\n    ".join(lines)


def _ranking(writer: _Writer) -> str:
    pattern = writer.pattern
    group = " ".join(f"?{name}" for name in pattern.focus)
    count = f"COUNT(DISTINCT {writer.node(pattern.counted)})"

    def grouped(name: str) -> str:
        return f"{{ SELECT {group} ({count} AS ?{name}) WHERE {{\n{writer.where()}\n}} GROUP BY {group} }}"

    return (
        f"SELECT {group} ?count WHERE {{\n{grouped('count')}\n"
        f"{{ SELECT (MAX(?each) AS ?count) WHERE {{ {grouped('each')} }} }}\n}}"
    )


def _largest(writer: _Writer) -> str:
    """The bindings whose claim has the largest figure: of amounts, in its currency."""
    pattern, field = writer.pattern, writer.pattern.figure
    money = field == "amount"

    def measured(name: str) -> str:
        claim = f"?claim{writer.number + 1}"
        figure = f"  {claim} kg:{field} ?{name} ." + f" {claim} kg:currency ?currency ." * money
        return f"{writer.where()}\n{figure}"

    columns = " ".join(f"?{name}" for name in pattern.columns)
    group, by = ("?currency ", " GROUP BY ?currency") if money else ("", "")
    outer = measured(field)
    inner = f"{{ SELECT {group}(MAX(?each) AS ?most) WHERE {{\n{measured('each')}\n}}{by} }}"
    return f"SELECT DISTINCT {columns} ?{field} WHERE {{\n{outer}\n{inner}\n  FILTER(?{field} = ?most)\n}}"


def _selection(writer: _Writer) -> str:
    pattern = writer.pattern
    columns = " ".join(f"?{name}" for name in pattern.columns)
    if pattern.form is Form.COUNT:
        focus = pattern.counted or pattern.focus[0]
        return f"SELECT (COUNT(DISTINCT {writer.node(focus)}) AS ?count) WHERE {{\n{writer.where()}\n}}"
    if pattern.form is Form.AMOUNT or pattern.form is Form.PERCENT:
        field = "amount" if pattern.form is Form.AMOUNT else "percent"
        asked = f"{writer.where()}\n  ?claim1 kg:{field} ?{field} ."
        return f"SELECT DISTINCT {columns} ?{field} WHERE {{\n{asked}\n}}"
    if pattern.form is Form.DATE:
        group = f" GROUP BY {columns}" if columns else ""
        asked = f"{writer.where()}\n  ?claim1 kg:reportedOn ?reported ."
        return f"SELECT {columns} (MIN(?reported) AS ?date) WHERE {{\n{asked}\n}}{group}"
    if pattern.form is Form.KIND:
        node = writer.node(pattern.variables[0].name)
        asked = (
            f"{writer.where()}\n  {node} a ?class . FILTER(STRSTARTS(STR(?class), {_literal(KG)}))"
        )
        return f"SELECT DISTINCT {columns} ?class WHERE {{\n{asked}\n}}"
    if not columns:
        return f"ASK {{\n{writer.where()}\n}}"
    return f"SELECT DISTINCT {columns} WHERE {{\n{writer.where()}\n}} ORDER BY {columns}"


def _path(pattern: Pattern, length: int, statuses: tuple[Status, ...]) -> str:
    first, last = (_iri(v.entities[0]) for v in pattern.variables)
    nodes = [first, *(f"?node{i}" for i in range(1, length)), last]
    allowed = ", ".join(_name(s.capitalize()) for s in statuses)
    lines = []
    for i, (a, b) in enumerate(pairwise(nodes), 1):
        lines.append(f"  ?claim{i} rdf:subject|rdf:object {a}, {b} ; kg:status ?status{i} .")
        lines.append(f"  FILTER(?status{i} IN ({allowed})) FILTER({a} != {b})")
    columns = " ".join(nodes[1:-1] + [f"?claim{i}" for i in range(1, length + 1)])
    body = "\n".join(lines)
    return f"SELECT DISTINCT {columns} WHERE {{\n{body}\n}}"


def to_sparql(
    pattern: Pattern, ontology: Ontology, statuses: tuple[Status, ...], length: int = 1
) -> str:
    """The query that gives the same bindings as the pattern does.

    Parameters
    ----------
    pattern, ontology
        The pattern and the ontology that its names come from.
    statuses
        Statuses that a claim may have where the question names none.
    length
        For a question about a path: its number of claims.
    """
    writer = _Writer(pattern, ontology, statuses)
    if pattern.form is Form.PATH:
        return _PREFIXES + _path(pattern, max(length, 1), statuses)
    if pattern.form is Form.MOST:
        return _PREFIXES + _ranking(writer)
    if pattern.form is Form.LARGEST:
        return _PREFIXES + _largest(writer)
    return _PREFIXES + _selection(writer)
