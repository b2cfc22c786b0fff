"""Replies of a model, recorded in ``data/llm-replies.jsonl``: what of them becomes a claim, and why not.

An article in English and one in Portuguese, read once; ``expect`` lists the claims, ``refused`` the
reasons, ``fault`` what is wrong with a reply as a whole.
"""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from extraction_cases import knowledge
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_server import completion

from kg.backends.llm.grounding import Grounder, Reason, Refusal
from kg.backends.llm.locating import Folded
from kg.backends.llm.replies import Fault, Proposal, read_reply, read_usage
from kg.evaluation import is_grounded
from kg.model import Article, Claim, Span, Status
from kg.pipelines import languages, parse

pytestmark = pytest.mark.skipif(
    not {"pt", "en"} <= set(languages()), reason="no language pipelines installed"
)
DATA = Path(__file__).parent / "data" / "llm-replies.jsonl"
CASES = [json.loads(line) for line in DATA.read_text("utf8").splitlines()]
ARTICLE = next(c for c in CASES if c["name"] == "good")["text"]


@cache
def grounder(text: str, lang: str) -> Grounder:
    article = Article("one", lang, "A headline", text, date="2025-01-02")
    ((_, doc),) = parse([article])
    return Grounder(article, knowledge()[2].matcher(article, doc))


def grounded(text: str, lang: str, body: bytes) -> tuple[list[Claim], list[Refusal]]:
    checker = grounder(text, lang)
    everywhere = frozenset(range(len(checker.tree.bounds)))
    found = [checker.ground(p, everywhere) for p in read_reply(body).proposals]
    claims = [f for f in found if isinstance(f, Claim)]
    assert all(is_grounded(claim, text) for claim in claims)
    return claims, [f for f in found if isinstance(f, Refusal)]


def body_of(case: dict[str, Any]) -> bytes:
    finish = case.get("finish", "stop")
    return completion(case["reply"], finish, **case.get("message", {})).body


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_recorded_reply(case: dict[str, Any]) -> None:
    claims, refusals = grounded(case["text"], case["lang"], body_of(case))
    found = [[c.subject.entity.name, c.relation, c.object.entity.name, c.status] for c in claims]
    assert found == case["expect"]
    assert [r.reason.name for r in refusals] == case["refused"]
    fault = read_reply(body_of(case)).fault
    assert (fault.name if fault else None) == case.get("fault")
    for name, value in case.get("figures", {}).items():
        assert getattr(claims[0].qualifiers, name) == value
    if "evidence" in case:
        assert claims[0].evidence.text == case["evidence"]


def test_every_reason_but_those_of_other_tests_has_a_case() -> None:
    named = {name for case in CASES for name in case["refused"]}
    elsewhere = {"CLOSED", "BOILERPLATE"}
    assert named == {reason.name for reason in Reason} - elsewhere
    assert {c["fault"] for c in CASES if "fault" in c} == {fault.name for fault in Fault}


def test_sentences_that_were_not_asked_about_are_closed() -> None:
    checker = grounder(ARTICLE, "en")
    (proposal,) = read_reply(body_of(next(c for c in CASES if c["name"] == "good"))).proposals
    found = checker.ground(proposal, frozenset({1, 2}))
    assert isinstance(found, Refusal)
    assert found.reason is Reason.CLOSED


def test_what_is_printed_around_an_article_is_no_evidence() -> None:
    text = "Nvidia opened a laboratory.\n\nRead more: Microsoft bought GitHub for $7.5 billion."
    proposal = {"evidence": "Microsoft bought GitHub for $7.5 billion.", "trigger": "bought"}
    ends = {"subject": "Microsoft", "object": "GitHub", "relation": "acquirerOf"}
    claims, refusals = grounded(
        text, "en", completion({"claims": [{**proposal, **ends, "status": "confirmed"}]}).body
    )
    assert not claims
    assert [r.reason for r in refusals] == [Reason.BOILERPLATE]


# -- whatever comes ----------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)
WORDS = st.sampled_from([*ARTICLE.split(), "", "it", "acquirerOf", "Apple", "sued"]) | st.text()
SENTENCES = st.sampled_from(ARTICLE.split(". ")) | st.text()
RELATIONS = st.sampled_from(sorted(knowledge()[0].relations))
PROPOSALS = st.fixed_dictionaries(
    {"evidence": SENTENCES, "relation": RELATIONS | st.text()},
    optional={
        **dict.fromkeys(("trigger", "subject", "object", "subject_name", "object_name"), WORDS),
        "status": st.sampled_from([*Status, "sure"]) | JSON,
        **dict.fromkeys(("amount", "percent", "currency", "start"), JSON),
    },
)


@settings(deadline=None)
@given(st.binary(max_size=2_000))
def test_any_bytes_are_read_without_a_fault(body: bytes) -> None:
    reply = read_reply(body)
    assert not reply.proposals
    assert reply.fault
    read_usage(body)


@settings(deadline=None)
@given(JSON)
def test_any_json_is_read_without_a_fault(value: Any) -> None:
    body = json.dumps({"choices": [{"message": value}], "usage": value}).encode()
    for reply in (read_reply(body), read_reply(json.dumps(value).encode())):
        assert all(isinstance(proposal, Proposal) for proposal in reply.proposals)
    read_usage(body)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(PROPOSALS, max_size=4))
def test_every_claim_of_any_reply_is_grounded(proposals: list[dict[str, Any]]) -> None:
    claims, _ = grounded(ARTICLE, "en", completion({"claims": proposals}).body)
    ontology = knowledge()[0]
    for claim in claims:
        assert claim.relation in ontology.relations
        assert claim.subject.entity.iri != claim.object.entity.iri
        assert 0 < claim.confidence <= 1


def deep(text: str) -> bytes:
    return completion(text).body


@pytest.mark.parametrize(
    "body",
    [
        deep("[" * 200_000),
        deep("{" * 200_000),
        deep('{"claims":' * 50_000),
        deep('{"claims": [' + "1" * 100_000 + "]}"),
        deep('{"claims": [' + '{"relation": "x"},' * 50_000 + "]}"),
        b"[" * 900_000,
        b"\xff\xfe" * 1000,
        b'{"choices": [{"message": {"content": "\\ud800"}}]}',
        b'{"choices": [{"message": {"content": [{"text": "{}"}, 3, {"text": null}]}}]}',
    ],
    ids=range(9),
)
def test_replies_that_are_deep_long_or_broken_are_read_in_time(body: bytes) -> None:
    claims, _ = grounded(ARTICLE, "en", body)
    assert not claims


# -- two hundred replies in which nothing is right ----------------------------------------------


def hostile() -> list[dict[str, Any]]:
    """Claims in good form, each false in one way or two that a seed chooses."""
    good = next(c for c in CASES if c["name"] == "good")["reply"]["claims"][0]
    denial = "OpenAI, the maker of ChatGPT, denied that it had sued Meta."
    dice = random.Random(20260)
    relations = sorted(set(knowledge()[0].relations) - {"acquirerOf"})
    names = ["Nvidia", "xAI", "OpenAI", "Meta", "ChatGPT", "Apple", "the chipmaker", "Zzyzx"]
    makers = [
        lambda: {"evidence": f"Microsoft bought GitHub for ${dice.randrange(9_999)} billion."},
        lambda: {"evidence": good["evidence"].replace("bought", dice.choice(names))},
        lambda: {"evidence": ARTICLE[dice.randrange(40) :], "amount": dice.random()},
        lambda: {"evidence": good["evidence"][: dice.randrange(8)]},
        lambda: {"evidence": denial, "status": dice.choice(list(Status))},
        lambda: {"relation": dice.choice(relations)},
        lambda: {"relation": dice.choice(["owns", "", "kg:acquirerOf", "DROP GRAPH", "a" * 3000])},
        lambda: {"trigger": dice.choice(["supply", "sued", "2018", "Microsoft", "$", "", "buy"])},
        lambda: {"subject": dice.choice(names), "subject_name": dice.choice(names)},
        lambda: {"object": dice.choice(names), "object_name": dice.choice([*names, "GitHub"])},
        lambda: {"subject": "GitHub", "subject_name": "", "object": "Microsoft", "object_name": ""},
        lambda: {"object": "Microsoft", "object_name": dice.choice(["", "Microsoft"])},
        lambda: {"status": dice.choice(["denied", "", None, 1, ["confirmed"], dice.random()])},
        lambda: {"evidence": {"text": good["evidence"]}, "trigger": ["bought"]},
    ]
    found: dict[str, dict[str, Any]] = {}
    while len(found) < 200:
        one, other = dice.choices(makers, k=2)
        claim = {**good, **one(), **other()}
        found.setdefault(json.dumps(claim), claim)
    return list(found.values())


def test_no_claim_comes_of_two_hundred_hostile_replies() -> None:
    for reply in hostile():
        claims, refusals = grounded(ARTICLE, "en", completion({"claims": [reply]}).body)
        assert not claims, reply
        assert len(refusals) == 1, reply


def test_the_reply_that_they_are_made_of_is_right() -> None:
    good = next(c for c in CASES if c["name"] == "good")
    assert len(grounded(ARTICLE, "en", body_of(good))[0]) == 1


# -- where words stand -------------------------------------------------------------------------


@settings(deadline=None)
@given(st.text(alphabet="ab \n\t“”\"'’«»\u00a0é", max_size=30), st.data())
def test_folded_words_are_found_where_they_stand(text: str, data: st.DataObject) -> None:
    folded = Folded(text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    words = text[start:end].replace("“", '"').replace("\n", "  ")
    for span in folded.find(words):
        assert 0 <= span.start < span.end <= len(text)
        assert Folded(text[span.start : span.end]).text.strip() == Folded(words).text.strip()


def test_words_are_found_whole_and_within_a_part() -> None:
    folded = Folded("Meta met Metabase, and Meta.")
    assert list(folded.find("Meta")) == [Span(0, 4), Span(23, 27)]
    assert list(folded.find("Meta", Span(5, 28))) == [Span(23, 27)]
    assert list(folded.find("")) == []
