"""What the grammar gives: noun phrases with clauses, and the question around them."""

from __future__ import annotations

from dataclasses import dataclass, field

from kg.model import Status
from kg.questions.pattern import Filter, Form, Step

__all__ = ["Clause", "Noun", "Quantity", "Query"]

Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Quantity:
    """How many: ``NONE``, ``MOST``, ``SAME`` (one for all) or ``COUNT`` (a comparison)."""

    kind: str
    operator: str = ""
    value: int = 0


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun phrase.

    ``classes`` and ``entities`` restrict it; ``role`` is the relation that it bears to ``of``
    (None: to anything); ``pair`` a symmetric relation that makes it two; ``parts`` are coordinated
    phrases (``either``: any of them); ``own`` says that ``of`` is the clause's subject.
    """

    classes: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    role: Steps = ()
    of: Noun | None = None
    own: bool = False
    pair: Steps = ()
    parts: tuple[Noun, ...] = ()
    either: bool = False
    quantity: Quantity | None = None
    clauses: tuple[Clause, ...] = ()
    statuses: tuple[Status, ...] = ()
    number: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """What is said of a noun: ``steps`` lead from it to ``other`` (None: to each other)."""

    steps: Steps
    other: Noun | None
    negated: bool = False
    statuses: tuple[Status, ...] = ()
    filters: tuple[Filter, ...] = ()
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A whole question: ``head`` is asked for, or is the subject of a yes-or-no question."""

    form: Form
    head: Noun
    clauses: tuple[Clause, ...] = field(default=())
