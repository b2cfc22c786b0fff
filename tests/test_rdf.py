from __future__ import annotations

import string

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import InputError
from kg.literals import date_literal, number_literal, text_literal
from kg.model import (
    Argument,
    Article,
    Claim,
    Entity,
    InferredClaim,
    Label,
    Qualifiers,
    Quote,
    Status,
)
from kg.rdf import (
    StoredArticle,
    article_quads,
    articles_from_quads,
    claims_from_quads,
    entities_from_quads,
    entity_quads,
    inferred_from_quads,
    inferred_quads,
)
from kg.records import claims_from_json, claims_to_json
from kg.vocabulary import CLAIM, ENTITY

HOSTILE = [
    '"',
    "'''",
    "\\",
    "\n",
    "\r",
    "\x00",
    "\x1f",
    "} DROP ALL ;",
    "<script>",
    "\u202e",
    "😀",
    "\ufffe",
]
texts = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(HOSTILE)
names = st.text(string.ascii_letters, min_size=1, max_size=8)
numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)
dates = st.none() | st.dates().map(lambda day: day.isoformat())
langs = st.none() | st.sampled_from(["en", "pt", "pt-BR"])
label_sets = st.sets(
    st.builds(Label, texts, langs.map(lambda tag: tag and tag.lower())), max_size=3
)


def _sorted_labels(labels: set[Label]) -> tuple[Label, ...]:
    return tuple(sorted(labels, key=lambda label: (label.text, label.lang or "")))


entities = st.builds(
    Entity,
    iri=names.map(lambda name: ENTITY + name),
    name=texts,
    types=st.sets(names, max_size=3).map(lambda types: tuple(sorted(types))),
    labels=label_sets.map(_sorted_labels),
    facts=st.sets(st.tuples(names, names.map(lambda n: ENTITY + n)), max_size=2).map(
        lambda facts: tuple(sorted(facts))
    ),
    places=label_sets.map(_sorted_labels),
    known=st.booleans(),
)
articles = st.builds(
    Article,
    id=texts.filter(bool),
    lang=st.sampled_from(["en", "pt"]),
    title=texts,
    text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=60),
    date=dates,
    source=st.none() | texts,
    url=st.none() | texts,
)


@st.composite
def quotes(draw: st.DrawFn, text: str) -> Quote:
    ends = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    return Quote(ends[0], ends[1], text[ends[0] : ends[1]])


@st.composite
def said_in(draw: st.DrawFn, article: Article) -> Claim:
    def quote() -> Quote:
        return draw(quotes(article.text))

    qualifiers = st.builds(Qualifiers, numbers, st.none() | texts, numbers, st.none() | texts)
    return Claim(
        article=article.id,
        subject=Argument(draw(entities), quote()),
        relation=draw(names),
        object=Argument(draw(entities), quote()),
        status=draw(st.sampled_from(Status)),
        evidence=quote(),
        trigger=quote(),
        qualifiers=draw(qualifiers),
        date=draw(dates),
        confidence=draw(st.floats(0, 1)),
        extractor=draw(texts),
        support=tuple(sorted(draw(st.sets(quotes(article.text), max_size=3)))),
        explanation=tuple(draw(st.lists(texts, max_size=12))),
    )


@st.composite
def contents(draw: st.DrawFn) -> tuple[Article, tuple[Claim, ...]]:
    article = draw(articles)
    claims = draw(st.lists(said_in(article), max_size=3, unique_by=lambda claim: claim.id))
    known = {}
    for claim in claims:  # one description for each IRI, as linking leaves them
        for argument in (claim.subject, claim.object):
            known.setdefault(argument.entity.iri, argument.entity)
    return article, tuple(_with(claim, known) for claim in claims)


def _with(claim: Claim, known: dict[str, Entity]) -> Claim:
    from dataclasses import replace

    ends = (replace(a, entity=known[a.entity.iri]) for a in (claim.subject, claim.object))
    return replace(claim, **dict(zip(("subject", "object"), ends, strict=True)))


def _entities(claims: tuple[Claim, ...]) -> dict[str, Entity]:
    found = {a.entity.iri: a.entity for c in claims for a in (c.subject, c.object)}
    return dict(sorted(found.items()))


@settings(max_examples=150, deadline=None)
@given(contents(), st.booleans())
def test_claims_come_back_as_they_were(
    content: tuple[Article, tuple[Claim, ...]], through_store: bool
) -> None:
    article, claims = content
    stored = StoredArticle.of(article, "run")
    quads = list(article_quads(stored, claims))
    described = [quad for e in _entities(claims).values() for quad in entity_quads(e)]
    if through_store:
        store = ox.Store()
        store.extend(quads + described)
        lines = ox.serialize(list(store), format=ox.RdfFormat.N_QUADS)
        quads = list(ox.parse(lines, format=ox.RdfFormat.N_QUADS))
        described = quads
    found = entities_from_quads(described)
    assert found == _entities(claims)
    back = claims_from_quads(quads, found)
    assert set(back) == set(claims)
    explanations = {claim.id: claim.explanation for claim in claims}
    assert {claim.id: claim.explanation for claim in back} == explanations
    assert articles_from_quads(quads) == (stored,)


@settings(max_examples=100, deadline=None)
@given(contents())
def test_extractions_come_back_as_they_were(content: tuple[Article, tuple[Claim, ...]]) -> None:
    _, claims = content
    text = claims_to_json(claims)
    back = claims_from_json(text, {iri: e for iri, e in _entities(claims).items() if e.known})
    assert back == claims
    assert [claim.explanation for claim in back] == [claim.explanation for claim in claims]
    assert claims_to_json(back) == text


def test_no_blank_nodes_and_shared_passages() -> None:
    article = Article("a", "en", "T", "Amazon backs OpenAI.")
    whole = Quote(0, 20, article.text)
    one = Entity(ENTITY + "A", "A"), Entity(ENTITY + "B", "B")
    claims = [
        Claim("a", Argument(s, whole), "p", Argument(o, whole), Status.DENIED, whole, whole)
        for s, o in (one, one[::-1])
    ]
    quads = set(article_quads(StoredArticle.of(article, "r"), claims))
    assert not any(isinstance(t, ox.BlankNode) for q in quads for t in (q.subject, q.object))
    passages = {q.subject.value for q in quads if "#char=" in q.subject.value}
    assert passages == {f"https://kg.example/article/{article.hash}#char=0,20"}


def test_inferred_claims_come_back() -> None:
    claim = InferredClaim(ENTITY + "A", "p", ENTITY + "B", Status.PROSPECTIVE, 0.5, "r", ("1", "2"))
    assert inferred_from_quads(inferred_quads(claim)) == (claim,)
    assert all(q.subject.value == CLAIM + claim.id for q in inferred_quads(claim))


@pytest.mark.parametrize(
    ("make", "part"),
    [
        (lambda: text_literal("a\ud800b"), "not Unicode"),
        (lambda: text_literal("a", "no language!"), "language tag"),
        (lambda: number_literal(float("nan")), "finite"),
        (lambda: number_literal(float("inf")), "finite"),
        (lambda: date_literal("2025-13-01"), "ISO 8601"),
        (lambda: date_literal("20250101"), "ISO 8601"),
        (lambda: list(entity_quads(Entity("no iri", "x"))), "IRI"),
    ],
)
def test_what_is_no_term_is_refused(make: object, part: str) -> None:
    with pytest.raises(InputError, match=part) as caught:
        make()  # type: ignore[operator]
    assert "\n" not in str(caught.value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_exact(value: float) -> None:
    assert float(number_literal(value).value) == value
    assert "e" not in number_literal(value).value.lower()
