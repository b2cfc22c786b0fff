"""The typed graph pattern that a question stands for, and the same in words and as a picture.

A pattern is a conjunction of edges between variables, as in a SPARQL basic graph pattern, plus
groups of edges that must not hold, counts, and the form of the answer that is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from kg.model import Status
from kg.ontology import Ontology

__all__ = [
    "Count", "Edge", "Filter", "Form", "Namer", "Pattern", "Step", "Variable", "class_words",
    "edge_words", "kind_words", "picture", "words",
]  # fmt: skip


class Form(StrEnum):
    """What kind of answer the question wants."""

    LIST = "which"
    COUNT = "how many"
    YESNO = "whether"
    PATH = "how connected"
    AMOUNT = "how much"
    PERCENT = "what stake"
    DATE = "since when"
    MOST = "most"
    LARGEST = "largest"
    KIND = "what kind"


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """A relation read from its subject (``forward``) or from its object."""

    relation: str
    forward: bool = True


@dataclass(frozen=True, slots=True)
class Variable:
    """A node of the pattern: constant where ``entities`` (IRIs, any of them) is not empty.

    It is of one of ``classes``, of one of each group of ``also``, and its seat is in one of
    ``places`` (keys of :class:`kg.question_words.PlaceWord`).
    """

    name: str
    classes: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    also: tuple[tuple[str, ...], ...] = ()
    places: tuple[str, ...] = ()

    @property
    def constant(self) -> bool:
        """Whether it stands for one given entity, so that it needs no column in the answer."""
        return len(self.entities) == 1

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Groups of classes; it is of one of each."""
        return (*((self.classes,) if self.classes else ()), *self.also)

    @property
    def restricted(self) -> bool:
        """Whether something is asked of it beyond its claims."""
        return bool(self.classes or self.also or self.places)


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on a claim: ``field`` is amount, percent or date, ``operator`` as in SPARQL."""

    field: str
    operator: str
    value: float | str
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """One claim that must exist from ``source`` to ``target`` by any of ``steps``."""

    source: str
    target: str
    steps: tuple[Step, ...]
    statuses: tuple[Status, ...] = ()
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """A condition on how many different ``counted`` there are for each ``group``."""

    group: tuple[str, ...]
    counted: str
    operator: str
    value: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """A question as understood.

    ``focus`` are the variables that are asked for, ``without`` groups of edges none of which may
    hold as a whole, ``unordered`` pairs of variables that may be swapped, ``counted`` the variable
    that a ranking or a count goes over, ``figure`` (amount or percent) what must be the largest.
    """

    form: Form
    variables: tuple[Variable, ...]
    edges: tuple[Edge, ...]
    focus: tuple[str, ...]
    without: tuple[tuple[Edge, ...], ...] = ()
    counts: tuple[Count, ...] = ()
    unordered: tuple[tuple[str, str], ...] = ()
    distinct: tuple[tuple[str, str], ...] = ()
    counted: str = ""
    figure: str = ""

    def variable(self, name: str) -> Variable:
        """The variable called *name*."""
        return next(v for v in self.variables if v.name == name)

    @property
    def bound(self) -> tuple[Variable, ...]:
        """Variables of the edges that must hold, of the focus and described, in order."""
        used = {name for edge in self.edges for name in (edge.source, edge.target)} | {*self.focus}
        absent = {n for group in self.without for e in group for n in (e.source, e.target)}
        return tuple(
            v
            for v in self.variables
            if v.name in used or (v.name not in absent and (v.restricted or self.form is Form.KIND))
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """Bound variables that have a column in the answer: neither constant nor only counted."""
        hidden = {count.counted for count in self.counts} | {self.counted}
        return tuple(v.name for v in self.bound if not v.constant and v.name not in hidden)


Namer = Callable[[str], str]


def class_words(classes: tuple[str, ...], ontology: Ontology) -> str:
    """The English names of *classes*, any of which may hold."""
    return " or ".join(ontology.classes[c].words.get("en", (c,))[0] for c in classes)


def kind_words(variable: Variable, ontology: Ontology) -> Iterator[str]:
    """What *variable* must be: ``is a model lab``, ``is based in France``."""
    for group in variable.groups:
        kind = class_words(group, ontology)
        yield f"is a{'n' * (kind[0] in 'aeiou')} {kind}"
    if variable.places:
        names = ontology.questions.place_names
        single = " or ".join(sorted(names.get((key,), key) for key in variable.places))
        yield f"is based in {names.get(variable.places, single)}"


def _reading(step: Step, ontology: Ontology) -> str:
    relation = ontology.properties[step.relation]
    inverse = relation if step.forward else ontology.inverse(step.relation)
    chosen = inverse or relation
    return chosen.labels.get("en", chosen.name) + ("" if inverse else " (read backwards)")


def _filter_words(edge: Edge) -> str:
    text = "".join(f", {' or '.join(edge.statuses)}" if edge.statuses else "")
    for item in edge.filters:
        value = f"{item.value:,.12g}" if isinstance(item.value, float) else item.value
        text += f", {item.field} {item.operator} {value}{' ' * bool(item.currency)}{item.currency}"
    return text


def edge_words(edge: Edge, show: Namer, ontology: Ontology) -> str:
    """*edge* in words; *show* names a variable."""
    reading = " or ".join(_reading(step, ontology) for step in edge.steps)
    return f"{show(edge.source)} {reading} {show(edge.target)}{_filter_words(edge)}"


def _conditions(pattern: Pattern, show: Namer, ontology: Ontology) -> Iterator[str]:
    for variable in pattern.variables:
        yield from (f"{show(variable.name)} {text}" for text in kind_words(variable, ontology))
    for edge in pattern.edges:
        yield edge_words(edge, show, ontology)
    for group in pattern.without:
        yield f"no claim that {' and '.join(edge_words(e, show, ontology) for e in group)}"
    for count in pattern.counts:
        yield f"number of {show(count.counted)} {count.operator} {count.value}"


def _head(pattern: Pattern, show: Namer) -> str:
    asked = ", ".join(pattern.focus)
    if pattern.form is Form.MOST:
        return f"which {asked} has most {show(pattern.counted)}"
    if pattern.form is Form.LARGEST:
        return (
            f"{pattern.figure} largest in {'its currency' if pattern.figure == 'amount' else 'all'}"
        )
    if pattern.form is Form.KIND:
        return f"what kind of thing is {show(pattern.variables[0].name)}"
    if pattern.form is Form.PATH:
        return f"how {' and '.join(show(v.name) for v in pattern.variables)} are connected"
    return f"{pattern.form.value} {asked}"


def words(pattern: Pattern, ontology: Ontology, label: Namer) -> str:
    """*pattern* as an English sentence; *label* names an IRI. The same for all paraphrases."""

    def show(name: str) -> str:
        variable = pattern.variable(name)
        return " or ".join(map(label, variable.entities)) if variable.entities else name

    head = _head(pattern, show).rstrip()
    conditions = "; ".join(_conditions(pattern, show, ontology))
    return f"{head}: {conditions}" if conditions else head


def picture(pattern: Pattern, label: Namer) -> str:
    """*pattern* as lines such as ``cloudProvider ──investorOf──▶ modelLab``."""

    def show(name: str) -> str:
        variable = pattern.variable(name)
        kind = "".join(f":{'|'.join(group)}" for group in variable.groups)
        kind += f"@{'|'.join(variable.places)}" if variable.places else ""
        return "|".join(map(label, variable.entities)) or f"?{name}{kind}"

    def draw(edge: Edge, sign: str) -> str:
        steps = "|".join(s.relation if s.forward else f"◀{s.relation}" for s in edge.steps)
        return f"{sign}{show(edge.source)} ──{steps}──▶ {show(edge.target)}{_filter_words(edge)}"

    lines = [draw(edge, "") for edge in pattern.edges]
    lines += [draw(edge, "✗ ") for group in pattern.without for edge in group]
    return "\n".join(lines)
