"""What a rule of ``ontology/rules/`` joins: its SPARQL read into steps, for following changes.

Read are the rules that are conjunctions of strongest claims, or unions of such: ``?a kgs:R ?claim .
?claim kgo:R ?b``, each claim a premise or not; ``BIND`` of a relation; ``FILTER`` that compares two
variables, or ``STR`` of them; ``MINUS { ?a kgs:R/kgo:R ?b }``. A rule that says more is still a
rule: its conclusions are then drawn again from all claims when one changes.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

from kg.turtle import RDF, local_name
from kg.vocabulary import GIVES, GRAPHS, PREFIXES, PROV, SAYS

__all__ = ["Barrier", "Body", "Comparison", "Step", "rule_bodies"]

Binding: TypeAlias = Mapping[str, str]
_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}


@dataclass(frozen=True, slots=True)
class Step:
    """A strongest claim: local name of its relation, variables for its ends and itself."""

    relation: str
    subject: str
    claim: str
    object: str


@dataclass(frozen=True, slots=True)
class Barrier:
    """A triple that must not be there."""

    relation: str
    subject: str
    object: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A condition on the IRIs of two variables."""

    operator: str
    left: str
    right: str

    def holds(self, binding: Binding) -> bool:
        """Whether it is so."""
        return _OPERATORS[self.operator](binding[self.left], binding[self.right])


@dataclass(frozen=True, slots=True)
class Body:
    """One alternative of a rule: what it joins, and the variables of what it concludes."""

    steps: tuple[Step, ...]
    barriers: tuple[Barrier, ...]
    comparisons: tuple[Comparison, ...]
    subject: str
    relation: str
    object: str
    premises: tuple[str, ...]


class _NotRead(Exception):  # noqa: N818 - never leaves this module
    """The rule says what is not read here."""


@dataclass
class _Part:
    """An alternative while it is read: triples, bound variables, conditions."""

    triples: list[tuple[Any, Any, Any]] = field(default_factory=list)
    bound: dict[str, str] = field(default_factory=dict)
    barriers: list[Barrier] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)

    def joined(self, other: _Part) -> _Part:
        return _Part(
            [*self.triples, *other.triples],
            self.bound | other.bound,
            [*self.barriers, *other.barriers],
            [*self.comparisons, *other.comparisons],
        )


@cache
def rule_bodies(sparql: str) -> tuple[Body, ...] | None:
    """The alternatives of a rule; None where it says what is not read here.

    Parameters
    ----------
    sparql
        A CONSTRUCT query that the engine takes.
    """
    # in a thread of its own: the parser keeps exceptions with the frames of all that called it,
    # an open store among them
    with ThreadPoolExecutor(1) as alone:
        algebra = alone.submit(_algebra, sparql).result()
    try:
        template: dict[str, list[Any]] = {str(p): [] for _, p, _ in algebra.template}
        for _, predicate, term in algebra.template:
            template[str(predicate)].append(term)
        return tuple(_body(part, template) for part in _parts(algebra.p.p))
    except (_NotRead, KeyError, AttributeError, TypeError, ValueError):
        return None


def _algebra(sparql: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rdflib's parser uses what its own library deprecates
        from rdflib.plugins.sparql import prepareQuery

        return prepareQuery(sparql, initNs=dict(PREFIXES)).algebra


def _body(part: _Part, template: Mapping[str, list[Any]]) -> Body:
    (subject,), (relation,), (other,) = (template[RDF + n] for n in _ENDS)
    named = (
        part.bound.get(str(relation), str(relation)) if _is_variable(relation) else str(relation)
    )
    steps = _steps(part.triples)
    premises = tuple(_variable(term) for term in template[PROV + "wasDerivedFrom"])
    claims = {step.claim for step in steps}
    ends = {end for step in steps for end in (step.subject, step.object)}
    used = {v for c in part.comparisons for v in (c.left, c.right)}
    used |= {v for b in part.barriers for v in (b.subject, b.object)}
    if not (set(premises) == claims and used | {str(subject), str(other)} <= ends):
        raise _NotRead
    return Body(
        steps,
        tuple(part.barriers),
        tuple(part.comparisons),
        _variable(subject),
        local_name(named),
        _variable(other),
        premises,
    )


_ENDS = ("subject", "predicate", "object")


def _steps(triples: Iterable[tuple[Any, Any, Any]]) -> tuple[Step, ...]:
    says: dict[str, tuple[str, str]] = {}
    gives: dict[str, tuple[str, str]] = {}
    for one, predicate, other in triples:
        iri = str(predicate)
        if iri.startswith(SAYS):
            claim, end, side = other, one, says
        elif iri.startswith(GIVES):
            claim, end, side = one, other, gives
        else:
            raise _NotRead
        if str(claim) in side:
            raise _NotRead
        side[_variable(claim)] = local_name(iri), _variable(end)
    if not says or says.keys() != gives.keys():
        raise _NotRead
    if any(says[claim][0] != gives[claim][0] for claim in says):
        raise _NotRead
    return tuple(Step(r, subject, c, gives[c][1]) for c, (r, subject) in sorted(says.items()))


def _parts(node: Any) -> list[_Part]:
    readers: Mapping[str, Callable[[Any], list[_Part]]] = {
        "BGP": lambda n: [_Part(list(n.triples))],
        "Join": lambda n: [a.joined(b) for a in _parts(n.p1) for b in _parts(n.p2)],
        "Union": lambda n: [*_parts(n.p1), *_parts(n.p2)],
        "Graph": _graph,
        "Extend": lambda n: [
            p.joined(_Part(bound={str(n.var): _name(n.expr)})) for p in _parts(n.p)
        ],
        "Filter": lambda n: [p.joined(_Part(comparisons=_compared(n.expr))) for p in _parts(n.p)],
        "Minus": lambda n: [p.joined(_Part(barriers=[_barrier(n.p2)])) for p in _parts(n.p1)],
    }
    return readers[node.name](node)


def _graph(node: Any) -> list[_Part]:
    if str(node.term) != GRAPHS.STRONGEST.value:
        raise _NotRead
    return _parts(node.p)


def _compared(expression: Any) -> list[Comparison]:
    if expression.name == "ConditionalAndExpression":
        return [c for e in (expression.expr, *expression.other) for c in _compared(e)]
    ends = [_operand(expression.expr, expression.op), _operand(expression.other, expression.op)]
    if expression.name != "RelationalExpression" or expression.op not in _OPERATORS:
        raise _NotRead
    return [Comparison(expression.op, *ends)]


def _operand(term: Any, operation: str) -> str:
    """A variable; its order is that of its text, which ``STR`` must have asked for."""
    if getattr(term, "name", "") == "Builtin_STR":
        return _variable(term.arg)
    if operation not in ("=", "!="):
        raise _NotRead
    return _variable(term)


def _barrier(node: Any) -> Barrier:
    ((subject, path, other),) = node.triples
    says, gives = map(str, path.args)
    if not (says.startswith(SAYS) and gives.startswith(GIVES)):
        raise _NotRead
    if local_name(says) != local_name(gives):
        raise _NotRead
    return Barrier(local_name(says), _variable(subject), _variable(other))


def _is_variable(term: Any) -> bool:
    return type(term).__name__ == "Variable"


def _variable(term: Any) -> str:
    if not _is_variable(term):
        raise _NotRead
    return str(term)


def _name(term: Any) -> str:
    if type(term).__name__ != "URIRef":
        raise _NotRead
    return str(term)
