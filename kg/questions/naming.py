"""Names of a pattern's variables: from their classes, else from their part in the first relation.

They are English and the same for all paraphrases, since answers and SPARQL name their columns so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kg.ontology import Ontology
from kg.questions.pattern import Edge, Step, Variable

__all__ = ["named"]


def named(
    variables: Sequence[Variable],
    groups: Iterable[Iterable[Edge]],
    ontology: Ontology,
    *,
    in_order: bool,
) -> tuple[list[Variable], dict[str, str]]:
    """*variables* in the pattern's order, and number of a variable → its name.

    Constants come last, in the order of their IRIs unless *in_order*, whichever was named first.
    """
    edges = [edge for group in groups for edge in group]
    constant = [v for v in variables if len(v.entities) == 1]
    ordered = [v for v in variables if len(v.entities) != 1]
    ordered += constant if in_order else sorted(constant, key=lambda v: v.entities)
    used: dict[str, int] = {}
    names: dict[str, str] = {}
    for variable in ordered:
        label = _label(variable, edges, ontology)
        label = label if label.isidentifier() and label.isascii() else "entity"
        used[label] = used.get(label, 0) + 1
        names[variable.name] = label if used[label] == 1 else f"{label}{used[label]}"
    return ordered, names


def _label(variable: Variable, edges: Iterable[Edge], ontology: Ontology) -> str:
    if variable.entities:
        return "constant" if len(variable.entities) == 1 else "entity"
    if variable.classes:
        roots = sorted(ontology.roots(variable.classes)) or ["entity"]
        chosen = variable.classes[0] if len(variable.classes) == 1 else roots[0]
        return chosen[0].lower() + chosen[1:]
    edge = next((e for e in edges if variable.name in (e.source, e.target)), None)
    if edge is None or len(edge.steps) > 1:
        return "entity"
    subject = (edge.source == variable.name) == edge.steps[0].forward
    return _role(edge.steps[0], ontology, subject=subject)


def _role(step: Step, ontology: Ontology, *, subject: bool) -> str:
    relation = ontology.properties[step.relation]
    chosen = relation if subject else ontology.inverse(step.relation)
    nouns = chosen.roles.get("en", ()) if chosen else ()
    first, *rest = (nouns[0] if nouns else "entity").split()
    return first + "".join(word.capitalize() for word in rest)
