"""One or two entities: what was claimed when, and in what two of them differ."""

from __future__ import annotations

from collections import defaultdict

from kg.analyses.network import Network, Result

__all__ = ["compare", "timeline"]


def timeline(network: Network, entity: str) -> Result:
    """Stated claims about *entity* by date.

    A row each (``date``, ``relation``, ``subject``, ``object``); those without a date come last.
    """
    rows = []
    for start, end, key, data in network.claims.values():
        if entity in (start, end) and not data.get("inferred"):
            rows.append(
                network.row(
                    ((key,),), date=data.get("date") or "", relation=data["relation"],
                    subject=start, object=end,
                )
            )  # fmt: skip
    rows.sort(key=lambda row: (row.bindings[0][1] == "", *map(str, dict(row.bindings).values())))
    return Result("timeline", tuple(rows))


def compare(network: Network, first: str, second: str) -> Result:
    """What is claimed of two entities: a row for each relation, direction and counterpart.

    ``reading`` is the relation as read from the two (its inverse's name where they are objects),
    ``first`` and ``second`` are 1 where the claim exists for them. Shared counterparts come first.
    """
    found: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for start, end, key, data in network.claims.values():
        relation = network.ontology.properties[data["relation"]]
        back = network.ontology.inverse(relation.name)
        for one, other, reading in (
            (start, end, relation.name),
            (end, start, back.name if back else relation.name),
        ):
            if one in (first, second) and other not in (first, second):
                found[reading, other][one].append(key)
    rows = [
        network.row(
            sides.values(), reading=reading, counterpart=other,
            first=float(first in sides), second=float(second in sides),
        )
        for (reading, other), sides in found.items()
    ]  # fmt: skip
    rows.sort(
        key=lambda row: (
            -float(row.bindings[2][1]) - float(row.bindings[3][1]),
            -float(row.bindings[2][1]),
            str(row.bindings[0][1]),
            network.name(str(row.bindings[1][1])),
        )
    )
    return Result("compare", tuple(rows))
