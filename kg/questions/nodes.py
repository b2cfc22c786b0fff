"""What the grammar gives: noun phrases with clauses, and the question around them."""

from __future__ import annotations

from dataclasses import dataclass, field

from kg.model import Status
from kg.questions.pattern import Filter, Form, Step

__all__ = ["Clause", "Noun", "Quantity", "Query"]

Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Quantity:
    """How many: ``NONE``, ``MOST``, ``SAME`` (one for all) or ``COUNT`` (a comparison).

    ``LARGEST``: those with the largest figure, ``operator`` says which (amount, percent).
    """

    kind: str
    operator: str = ""
    value: int = 0


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun phrase.

    ``classes``, ``entities`` and ``places`` (of its seat) restrict it; ``role`` is the relation that it bears to ``of``
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
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """What is said of a noun: ``steps`` lead from it to ``other`` (None: to each other).

    Without steps it says what the noun is: all that ``other`` is. ``largest`` is the figure (amount,
    percent) that must be the largest.
    """

    steps: Steps
    other: Noun | None
    negated: bool = False
    statuses: tuple[Status, ...] = ()
    filters: tuple[Filter, ...] = ()
    shared: bool = False
    largest: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A whole question: ``head`` is asked for, or is the subject of a yes-or-no question."""

    form: Form
    head: Noun
    clauses: tuple[Clause, ...] = field(default=())
