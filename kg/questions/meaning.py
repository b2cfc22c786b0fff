"""From a parsed question to its pattern: variables get classes, phrases become edges."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise

from kg.model import Status
from kg.ontology import Ontology
from kg.questions.naming import named
from kg.questions.nodes import Clause, Noun, Quantity, Query
from kg.questions.pattern import Count, Edge, Form, Pattern, Step, Variable
from kg.questions.terms import inverted

__all__ = ["UnreadableError", "to_pattern"]

Steps = tuple[Step, ...]
Types = Callable[[str], Iterable[str]]
_FIGURES = ("amount", "percent")
_MISFIT = 4.0  # cost of an edge that no relation named can have between such entities


class UnreadableError(Exception):
    """A reading that has no meaning as a pattern; another reading may have one."""


@dataclass(slots=True)
class _Builder:
    """Collects variables and edges of one reading; variables are numbered, named at the end."""

    ontology: Ontology
    types: Types
    variables: list[Variable]
    edges: list[Edge]
    without: list[tuple[Edge, ...]]
    counts: list[Count]
    unordered: list[tuple[str, str]]
    distinct: list[tuple[str, str]]
    ranking: tuple[Form, str] | None = None
    largest: tuple[str, int] | None = None  # what must be the largest, of which edge
    misfits: int = 0
    stack: list[tuple[str, ...]] = field(default_factory=list)  # subjects, innermost last

    # variables -----------------------------------------------------------------------------

    def fresh(
        self,
        classes: tuple[str, ...] = (),
        entities: tuple[str, ...] = (),
        places: tuple[str, ...] = (),
    ) -> str:
        if classes and entities:
            fitting = tuple(i for i in entities if self.ontology.fits(self.types(i), classes))
            self.misfits += not fitting
            classes, entities = (), fitting or entities
        name = str(len(self.variables))
        self.variables.append(Variable(name, classes, entities, places=places))
        return name

    def describe(self, names: tuple[str, ...], clause: Clause) -> None:
        """Make the variables *names* what the clause says that they are."""
        noun = clause.other
        if noun is None or clause.negated:
            raise UnreadableError  # that a class or seat is not known does not mean that it is another
        for name in names:
            variable = self.variables[int(name)]
            if variable.places and noun.places:
                raise UnreadableError
            described = self.narrowed(variable, noun.classes) if noun.classes else variable
            places = variable.places or noun.places
            self.variables[int(name)] = replace(described, places=places)
        for inner in noun.clauses:
            self.clause(names, inner)

    def narrowed(self, variable: Variable, classes: tuple[str, ...]) -> Variable:
        """*variable*, which must also be of one of *classes*."""
        below = {c for name in variable.classes for c in self.ontology.descendants(name)}
        if not variable.entities and (not variable.classes or below.issuperset(classes)):
            return replace(variable, classes=classes)
        return replace(variable, also=(*variable.also, classes))

    def symmetric(self, steps: Steps) -> bool:
        return all(self.ontology.properties[step.relation].symmetric for step in steps)

    def link(
        self,
        source: str,
        target: str,
        steps: Steps,
        statuses: tuple[Status, ...],
        clause: Clause | None,
    ) -> Edge:
        """An edge in its normal form: single relations are read forward."""
        fitting = self.fitting(source, target, steps)
        if not fitting:
            raise UnreadableError  # what is of these classes cannot be so related
        steps = fitting
        if self.symmetric(steps):
            steps = tuple(sorted({Step(s.relation) for s in steps}))
            ends = [self.variables[int(name)].entities for name in (source, target)]
            if all(ends) and ends[1] < ends[0]:  # the same pattern whichever was named first
                source, target = target, source
        elif not any(step.forward for step in steps):
            source, target, steps = target, source, inverted(steps)
        filters = clause.filters if clause else ()
        return Edge(source, target, steps, statuses, filters)

    def fitting(self, source: str, target: str, steps: Steps) -> Steps:
        return tuple(s for s in steps if self.fits(source, target, s))

    def fits(self, source: str, target: str, step: Step) -> bool:
        relation = self.ontology.properties[step.relation]
        subject, other = (source, target) if step.forward else (target, source)
        if relation.same_kind and not self.alike(subject, other):
            return False
        return self.allows(subject, relation.domain) and self.allows(other, relation.range)

    def kinds(self, name: str) -> tuple[str, ...]:
        variable = self.variables[int(name)]
        return (*variable.classes, *(t for iri in variable.entities for t in self.types(iri)))

    def alike(self, first: str, second: str) -> bool:
        """Whether both may be organisations, or both products."""
        roots = [self.ontology.roots(self.kinds(name)) for name in (first, second)]
        return not all(roots) or bool(roots[0] & roots[1])

    def allows(self, name: str, allowed: tuple[str, ...]) -> bool:
        variable = self.variables[int(name)]
        kinds = [variable.classes] if variable.classes else []
        kinds += [tuple(self.types(iri)) for iri in variable.entities]
        if not any(kinds):
            return True
        below = {c for a in allowed for c in self.ontology.descendants(a)}
        return any(self.ontology.fits(k, allowed) or below & set(k) for k in kinds)

    # nouns ---------------------------------------------------------------------------------

    def noun(
        self,
        noun: Noun,
        subjects: tuple[str, ...] = (),
        said: Steps = (),
        *,
        quantified: bool = False,
    ) -> tuple[str, ...]:
        """Variables of *noun*; ``said``: relations that its clause says of it anyway."""
        top = noun.quantity is not None and noun.quantity.kind == "LARGEST"
        if noun.quantity and not (quantified or top or self.says_two(noun)):
            raise UnreadableError
        if noun.parts:
            return self.parts(noun, subjects, said)
        names = self.heads(noun)
        for name in names:
            self.roles(noun, name, subjects, said)
        if top and noun.quantity:
            if len(names) > 1 or not noun.role or noun.of is None:
                raise UnreadableError  # the largest by what?
            self.measure(noun.quantity.operator)
        for clause in noun.clauses:
            self.clause(names, clause)
        return names

    def says_two(self, noun: Noun) -> bool:
        """``two rival labs`` are no count: a pair is two anyway."""
        return bool(noun.quantity and noun.quantity.value == 2 and self.is_pair(noun))

    def is_pair(self, noun: Noun) -> bool:
        bare = noun.role and noun.of is None and not noun.own and self.symmetric(noun.role)
        return bool(noun.pair or bare)

    def heads(self, noun: Noun) -> tuple[str, ...]:
        """One variable, or two that a symmetric relation joins."""
        first = self.fresh(noun.classes, noun.entities, noun.places)
        if not self.is_pair(noun):
            return (first,)
        if noun.entities:
            raise UnreadableError
        second = self.fresh(noun.classes, (), noun.places)
        steps = noun.pair or noun.role
        self.edges.append(self.link(first, second, steps, noun.statuses, None))
        self.unordered.append((first, second))
        return first, second

    def roles(self, noun: Noun, name: str, subjects: tuple[str, ...], said: Steps) -> None:
        if not noun.role or (self.is_pair(noun) and not noun.pair):
            return
        if noun.own:
            others: tuple[str, ...] = self.owner(name, noun.role, subjects)
        elif noun.of is not None:
            others = self.noun(noun.of)
        elif set(noun.role) & set(said):
            return  # "which investors back X": who backs X is an investor
        else:
            others = (self.fresh(),)
        for other in others:
            self.edges.append(self.link(name, other, noun.role, noun.statuses, None))

    def owner(self, name: str, role: Steps, subjects: tuple[str, ...]) -> tuple[str, ...]:
        """Whom "its" stands for: the nearest subject that can have such a role beside it."""
        for candidates in (subjects, *reversed(self.stack)):
            if candidates and all(self.fitting(name, other, role) for other in candidates):
                return candidates
        raise UnreadableError

    def parts(self, noun: Noun, subjects: tuple[str, ...], said: Steps) -> tuple[str, ...]:
        if not noun.either:
            return tuple(n for part in noun.parts for n in self.noun(part, subjects, said))
        simple = all(not (p.role or p.clauses or p.pair or p.quantity) for p in noun.parts)
        classes = tuple(sorted({c for part in noun.parts for c in part.classes}))
        entities = tuple(sorted({i for part in noun.parts for i in part.entities}))
        if not simple or (classes and entities) or any(part.places for part in noun.parts):
            raise UnreadableError
        return (self.fresh(classes, entities),)

    # clauses -------------------------------------------------------------------------------

    def clause(self, subjects: tuple[str, ...], clause: Clause) -> None:
        if not clause.steps:
            self.describe(subjects, clause)
            return
        if clause.other is None:
            self.reciprocal(subjects, clause)
            return
        other = clause.other
        if other.own and not other.role:  # "is a rival of its own": nothing to relate
            raise UnreadableError
        quantity = other.quantity
        if clause.negated or (quantity and quantity.kind == "NONE"):
            self.negation(subjects, clause, other)
            return
        same = quantity is not None and quantity.kind == "SAME"
        shared = clause.shared or same
        if shared and len(subjects) < 2:
            raise UnreadableError  # the same as what?
        fixed = all(self.variables[int(name)].entities for name in subjects)
        groups = [subjects] if shared or len(subjects) == 1 or fixed else [(s,) for s in subjects]
        self.stack.append(subjects)
        for group in groups:
            self.relate(group, clause, other, quantity)
        self.stack.pop()

    def relate(
        self, subjects: tuple[str, ...], clause: Clause, other: Noun, quantity: Quantity | None
    ) -> None:
        counted = quantity is not None and quantity.kind != "SAME" and not self.says_two(other)
        targets = self.noun(other, subjects, inverted(clause.steps), quantified=bool(quantity))
        for subject in subjects:
            for target in targets:
                edge = self.link(subject, target, clause.steps, clause.statuses, clause)
                self.edges.append(edge)
        if counted and quantity:
            self.count(subjects, targets, quantity)
        if clause.largest:
            if len(subjects) > 1 or len(targets) > 1:
                raise UnreadableError
            self.measure(clause.largest)

    def measure(self, figure: str) -> None:
        """The edge made last is the one whose *figure* must be the largest."""
        if self.largest or figure not in _FIGURES:
            raise UnreadableError
        self.largest = (figure, len(self.edges) - 1)

    def count(
        self, subjects: tuple[str, ...], targets: tuple[str, ...], quantity: Quantity
    ) -> None:
        if len(subjects) != 1 or len(targets) != 1 or self.variables[int(targets[0])].entities:
            raise UnreadableError
        if quantity.kind == "COUNT":
            if quantity.operator in ("<", "<="):
                raise UnreadableError  # those with none at all have no claim to be found by
            self.counts.append(Count(subjects, targets[0], quantity.operator, quantity.value))
            return
        if self.ranking or subjects != ("0",):
            raise UnreadableError
        self.ranking = (Form.MOST, targets[0])

    def negation(self, subjects: tuple[str, ...], clause: Clause, other: Noun) -> None:
        if len(other.parts) > 1 and not other.either:
            raise UnreadableError  # "does not back A and B": neither, or not both?
        outside, self.edges = self.edges, []
        plain = replace(other, quantity=None)
        targets = self.noun(plain, subjects, inverted(clause.steps))
        inside = self.edges
        self.edges = outside
        for subject in subjects:
            links = [self.link(subject, t, clause.steps, clause.statuses, clause) for t in targets]
            self.without.append((*links, *inside))
            self.restrict(subject, links)

    def restrict(self, subject: str, links: list[Edge]) -> None:
        """Give an open subject of a negation the kinds that its relation allows."""
        variable = self.variables[int(subject)]
        if variable.classes or variable.entities or not links:
            return
        allowed: set[str] = set()
        for step in links[0].steps:
            relation = self.ontology.properties[step.relation]
            forward = step.forward == (links[0].source == subject)
            allowed |= set(relation.domain if forward else relation.range)
        self.variables[int(subject)] = replace(variable, classes=tuple(sorted(allowed)))

    def reciprocal(self, subjects: tuple[str, ...], clause: Clause) -> None:
        if len(subjects) < 2 or not self.symmetric(clause.steps):
            raise UnreadableError
        for first, second in pairwise(subjects):
            edge = self.link(first, second, clause.steps, clause.statuses, clause)
            if clause.negated:
                self.without.append((edge,))
            else:
                self.edges.append(edge)


def _head(query: Query) -> Query:
    """Reciprocal predicates make one noun a pair: "which labs are rivals"."""
    for clause in query.clauses:
        if clause.other is None and not query.head.parts and not query.head.entities:
            if clause.negated or clause.filters or query.head.pair:
                raise UnreadableError
            rest = tuple(c for c in query.clauses if c is not clause)
            return replace(query, head=replace(query.head, pair=clause.steps), clauses=rest)
    return query


def _renamed(builder: _Builder, query: Query, focus: tuple[str, ...], measured: int) -> Pattern:
    edges_by_group = [builder.edges, *builder.without]
    ordered, names = named(
        builder.variables, edges_by_group, builder.ontology, in_order=query.form is Form.PATH
    )

    def rename(edge: Edge) -> Edge:
        return replace(edge, source=names[edge.source], target=names[edge.target])

    form, counted = builder.ranking or (query.form, "")
    if query.form is Form.COUNT:
        counted = focus[0]
    figure, measured = builder.largest or ("", measured)
    form = Form.LARGEST if figure else form
    edges = [*builder.edges[measured:], *builder.edges[:measured]]
    edges.sort(key=lambda edge: (edge.source, edge.target) in builder.unordered)  # they come last
    return Pattern(
        form=form,
        variables=tuple(replace(v, name=names[v.name]) for v in ordered),
        edges=tuple(dict.fromkeys(map(rename, edges))),
        focus=tuple(names[f] for f in focus if len(builder.variables[int(f)].entities) != 1),
        without=tuple(tuple(map(rename, group)) for group in builder.without),
        counts=tuple(
            replace(c, group=tuple(names[g] for g in c.group), counted=names[c.counted])
            for c in builder.counts
        ),
        unordered=tuple((names[a], names[b]) for a, b in builder.unordered),
        counted=names[counted] if counted else "",
        figure=figure,
    )


def to_pattern(query: Query, ontology: Ontology, types: Types) -> tuple[Pattern, float]:
    """The pattern of a parsed question and what its kinds of entities cost.

    Parameters
    ----------
    query
        A reading of the question.
    ontology
        Says which relations may hold between which classes.
    types
        IRI of an entity → its classes.

    Raises
    ------
    UnreadableError
        Where the reading makes no sense as a pattern.
    """
    query = _head(query)
    builder = _Builder(ontology, types, [], [], [], [], [], [])
    said = tuple(step for clause in query.clauses for step in clause.steps)
    focus = builder.noun(query.head, said=said)
    measured = len(builder.edges)
    for clause in query.clauses:
        builder.clause(focus, clause)
    if query.form in (Form.AMOUNT, Form.PERCENT, Form.DATE):
        if len(builder.edges) != measured + 1 or builder.without or builder.counts:
            raise UnreadableError
    else:
        measured = 0
    if (builder.ranking or builder.largest) and query.form is not Form.LIST:
        raise UnreadableError
    if builder.ranking and builder.largest:
        raise UnreadableError
    if query.form is Form.COUNT and len(focus) != 1:
        raise UnreadableError
    if query.form is Form.PATH and any(len(v.entities) != 1 for v in builder.variables):
        raise UnreadableError
    return _renamed(builder, query, focus, measured), builder.misfits * _MISFIT
