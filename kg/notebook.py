"""How graphs, answers and tables show themselves in Jupyter, and the ``%%sparql`` magic.

Jupyter puts what ``_repr_html_`` gives into the page as it is: every text is escaped
(:mod:`kg.fragments`), and a graph comes as a sandboxed frame with a content security policy of its
own. ``%load_ext kg`` adds the magic.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import networkx as nx

from kg.fragments import block, entity_head, escaped, phrase, said
from kg.interchange import plain_number
from kg.model import Answer, Entity, Fact, Row
from kg.ontology import Ontology
from kg.questions.fragility import Difference
from kg.turtle import KG

__all__ = ["AnswerView", "Card", "graph_html"]

_INLINE_LIMIT: Final = 2000  # nodes: larger graphs are files, not notebook cells
_PICTURE_LIMIT: Final = 40  # nodes of the picture of an answer
_ROWS_SHOWN: Final = 50
_QUOTES_SHOWN: Final = 3  # claims a step of a row; the rest are counted
_PARTS: Final = {"gone": "gone", "weaker": "weaker", "new": "instead"}
_CELL: Final = "text-align:left;vertical-align:top;padding:.2em .8em .2em 0"


class AnswerView(Answer):
    """An answer that shows itself: its rows, the claims under them, and their picture.

    It equals the plain :class:`~kg.model.Answer`, and is pickled as one.
    """

    network: nx.MultiDiGraph
    ontology: Ontology
    differences: tuple[Difference, ...] | None = None

    @classmethod
    def of(
        cls,
        answer: Answer,
        network: nx.MultiDiGraph,
        ontology: Ontology,
        differences: tuple[Difference, ...] | None = None,
    ) -> AnswerView:
        """*answer*, which was found in *network*; *differences*: what single articles carry."""
        view = cls(**_plain(answer))
        given = {"network": network, "ontology": ontology, "differences": differences}
        for name, value in given.items():
            object.__setattr__(view, name, value)  # past the freezing: they are no fields
        return view

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Answer) and _plain(self) == _plain(other)

    __hash__ = Answer.__hash__

    def __reduce__(self) -> tuple[Callable[..., Answer], tuple[Any, ...]]:
        return Answer, tuple(_plain(self).values())

    def _repr_html_(self) -> str:
        return answer_html(self)


def _plain(answer: Answer) -> dict[str, Any]:
    return {field.name: getattr(answer, field.name) for field in fields(Answer)}


# -- an answer --------------------------------------------------------------------------------


def answer_html(answer: AnswerView) -> str:
    """The question, a table with a row's claims under it, the picture of what it rests on."""
    question = f"<p><b><bdi>{escaped(answer.question)}</bdi></b></p>"
    if not answer.understood:
        return block(question, f"<p><i>{escaped(answer.hint)}</i></p>")
    writer = _Writer(answer.network, answer.ontology)
    shown = answer.rows[:_ROWS_SHOWN]
    names = list(dict.fromkeys(name for row in shown for name, _ in row.bindings))
    rows = "".join(writer.row(row, number, names) for number, row in enumerate(shown, 1))
    left = len(answer.rows) - len(shown)
    more = f"<p>{left:,} more rows: <code>answer.rows</code></p>" if left else ""
    hint = "" if answer.rows else f"<p><i>{escaped(answer.hint) or 'No claim says so.'}</i></p>"
    table = f"<table>{_head(names)}{rows}</table>" if shown else ""
    parts = (f"<p><small>{escaped(answer.pattern)}</small></p>", table, more, hint)
    return block(question, *parts, _differences(answer, writer), _picture(answer, writer))


def _head(names: Iterable[str]) -> str:
    texts = ("", *names, "status", "independent sources", "confidence")
    cells = (f'<th style="{_CELL}">{escaped(text)}</th>' for text in texts)
    return f"<tr>{''.join(cells)}</tr>"


def _differences(answer: AnswerView, writer: _Writer) -> str:
    """Which single articles carry the answer, where that was asked."""
    if answer.differences is None:
        return ""
    if not answer.differences:
        return "<p>No single article, if wrong, would change this answer.</p>"
    lines = "".join(writer.difference(item) for item in answer.differences)
    return f"<p>If one article is wrong:</p><ul>{lines}</ul>"


def _picture(answer: AnswerView, writer: _Writer) -> str:
    from kg.exports.svg import svg

    part = writer.part(row.claims for row in answer.rows)
    if not part:
        return ""
    note = ""
    if len(part) < len(writer.part([[claim for row in answer.rows for claim in row.claims]], None)):
        note = "<p><small>the picture shows the first rows</small></p>"
    return f"<div>{svg(part, answer.ontology, answer.question)}</div>{note}"


class _Writer:
    """Writes rows and claims of one graph of claims as HTML."""

    def __init__(self, network: nx.MultiDiGraph, ontology: Ontology) -> None:
        self.network, self.ontology = network, ontology
        self.edges = {key: (s, o, key) for s, o, key in network.edges(keys=True)}

    def name(self, value: str | float | None) -> str:
        """The name of an entity, the words of a class or relation, else the value itself."""
        if not isinstance(value, str):
            return "" if value is None else f"{plain_number(round(value, 4)):,}"
        if value in self.network:
            return str(self.network.nodes[value]["name"])
        name = value.removeprefix(KG)
        relation, kind = self.ontology.properties.get(name), self.ontology.classes.get(name)
        if relation:
            return relation.labels.get("en", name)
        return kind.words.get("en", (name,))[0] if kind else value

    def row(self, row: Row, number: int, names: Iterable[str]) -> str:
        """Two rows of a table: the values of the variables *names*, then the claims under them."""
        bound = dict(row.bindings)
        values = [self.name(bound.get(name)) for name in names]
        texts = (f"{number}", *values, row.status, row.support, f"{row.confidence:.2f}")
        cells = (f'<td style="{_CELL}"><bdi>{escaped(text)}</bdi></td>' for text in texts)
        proof = f'<td></td><td style="{_CELL}" colspan="{len(texts) - 1}">{self.proof(row)}</td>'
        return f"<tr>{''.join(cells)}</tr><tr>{proof}</tr>"

    def proof(self, row: Row) -> str:
        """The claims of *row*, behind a line to open; of those that say the same the first."""
        steps: dict[tuple[str, ...], list[str]] = {}
        for claim in row.claims:
            if claim in self.edges:
                subject, other, _ = edge = self.edges[claim]
                triple = (subject, self.network.edges[edge]["relation"], other)
                steps.setdefault(triple, []).append(claim)
        facts = "; ".join(self.fact(fact) for fact in row.facts)
        lines = "".join(self.step(claims) for claims in steps.values())
        lines += f"<div><small>{escaped(facts)}</small></div>" if facts else ""
        summary = " · ".join(self.sentence(claims[0]) for claims in steps.values()) or facts
        return f"<details><summary>{escaped(summary)}</summary>{lines}</details>" if lines else ""

    def fact(self, fact: Fact) -> str:
        """What an entity is taken to be, and who says so: ``OpenAI: model lab (catalogue)``."""
        kind = self.ontology.classes.get(fact.value) if fact.kind == "class" else None
        words = kind.words.get("en", (fact.value,))[0] if kind else fact.value
        source = "catalogue" if fact.known else "articles"
        return f"{self.name(fact.entity)}: {words} ({source})"

    def step(self, claims: list[str]) -> str:
        """Claims that say the same."""
        left = len(claims) - _QUOTES_SHOWN
        more = f"<div><small>{left} more say so</small></div>" if left > 0 else ""
        return "".join(map(self.claim, claims[:_QUOTES_SHOWN])) + more

    def claim(self, claim: str, above: frozenset[str] = frozenset()) -> str:
        """One claim with its quote, an inferred one with its premises."""
        if claim not in self.edges or claim in above:
            return ""
        data = self.network.edges[self.edges[claim]]
        premises = (self.claim(premise, above | {claim}) for premise in data.get("premises") or ())
        inner = "".join(premises)
        below = f'<div style="margin-left:1.5em">{inner}</div>' if inner else ""
        return said(*self.words(claim), data) + below

    def words(self, claim: str) -> tuple[str, str, str]:
        """Subject, relation and object in words."""
        subject, other, _ = edge = self.edges[claim]
        name = self.network.edges[edge]["relation"]
        relation = self.ontology.properties.get(name)
        label = relation.labels.get("en", relation.name) if relation else phrase(name)
        return self.name(subject), label, self.name(other)

    def sentence(self, claim: str) -> str:
        """``Amazon invests in OpenAI``."""
        return " ".join(self.words(claim))

    def difference(self, item: Difference) -> str:
        """What changes without one article, as an item of a list."""
        parts = []
        for part, words in _PARTS.items():
            rows = [", ".join(self.name(v) for _, v in r.bindings) for r in getattr(item, part)]
            parts += [f"{words}: {'; '.join(rows)}"] if rows else []
        where = f"<bdi>{escaped(self.article(item.origin))}</bdi>"
        return f"<li>{where}<br>{'<br>'.join(map(escaped, parts))}</li>"

    def article(self, origin: str) -> str:
        """Date, outlet and title of the first article of that origin."""
        for _, _, data in self.network.edges(data=True):
            if origin in {data.get("origin"), data.get("article")}:
                return " · ".join(filter(None, map(data.get, ("date", "source", "title"))))
        return origin

    def part(
        self, rows: Iterable[Iterable[str]], limit: int | None = _PICTURE_LIMIT
    ) -> nx.MultiDiGraph:
        """The claims of the first *rows* with their premises, of at most *limit* entities."""
        taken: dict[str, tuple[str, str, str]] = {}
        for claims in rows:
            more = {c: self.edges[c] for c in self._with_premises(claims)} | taken
            if limit and len({end for s, o, _ in more.values() for end in (s, o)}) > limit:
                break
            taken = more
        return self.network.edge_subgraph(sorted(taken.values()))

    def _with_premises(self, claims: Iterable[str]) -> set[str]:
        waiting, found = [claim for claim in claims if claim in self.edges], set[str]()
        while waiting:
            claim = waiting.pop()
            if claim not in found and claim in self.edges:
                found.add(claim)
                waiting += self.network.edges[self.edges[claim]].get("premises") or ()
        return found


# -- an entity with its claims ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Card:
    """What a graph says of an entity, or of two; ``claims`` are their ids, the oldest first.

    ``network`` holds the claims as edges, with both ends and the premises of what is inferred.
    """

    entities: tuple[Entity, ...]
    claims: tuple[str, ...]
    network: nx.MultiDiGraph
    ontology: Ontology

    @classmethod
    def of(cls, entities: tuple[Entity, ...], network: nx.MultiDiGraph, ontology: Ontology) -> Card:
        """The card of *entities*: the claims of *network* that bind all of them."""
        wanted = {entity.iri for entity in entities}
        edges = [(s, o, k) for s, o, k in network.edges(keys=True) if wanted <= {s, o}]
        dated = sorted(edges, key=lambda edge: (network.edges[edge].get("date") or "~", edge))
        claims = tuple(key for _, _, key in dated)
        part = _Writer(network, ontology).part([claims], None)
        return cls(entities, claims, part, ontology)

    def _repr_html_(self) -> str:
        from kg.exports.svg import svg

        writer = _Writer(self.network, self.ontology)
        heads = [entity_head(entity, self._kinds(entity)) for entity in self.entities]
        claims = [writer.claim(claim) for claim in self.claims] or ["<p>No claim that counts.</p>"]
        number = len(self.claims)
        summary = f"<summary>{number:,} claim{'s' * (number != 1)}</summary>"
        quotes = f"<details open>{summary}{''.join(claims)}</details>"
        small = 0 < len(self.network) <= _PICTURE_LIMIT
        title = " – ".join(entity.name for entity in self.entities)
        picture = f"<div>{svg(self.network, self.ontology, title)}</div>" if small else ""
        return block(*heads, picture, quotes)

    def _kinds(self, entity: Entity) -> Iterator[str]:
        for name in entity.types:
            known = self.ontology.classes.get(name)
            yield known.words.get("en", (name,))[0] if known else phrase(name)


# -- a graph ----------------------------------------------------------------------------------


def graph_html(
    network: nx.MultiDiGraph, ontology: Ontology, counts: Mapping[str, int], title: str = ""
) -> str:
    """*counts* in a line, then the explorer in a frame that may run its own scripts, no more.

    A graph of more than 2,000 nodes is told in the line alone.
    """
    line = ", ".join(f"{number:,} {what}" for what, number in counts.items())
    if len(network) > _INLINE_LIMIT:
        advice = "too large for a cell: <code>graph.export('explorer.html')</code>"
        return block(f"<p>{escaped(line)}; {advice}</p>")
    from kg.exports.explorer import explorer_html

    page = html.escape(explorer_html(network, ontology, title))
    style = "width:100%;height:600px;border:1px solid #8885"
    frame = f'<iframe sandbox="allow-scripts" srcdoc="{page}" style="{style}"></iframe>'
    return block(f"<p>{escaped(line)}</p>", frame)
