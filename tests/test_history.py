"""Histories, conflicts, changes between days, and the graph of a day, on a small story."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest
from click.testing import CliRunner
from store_samples import article, fill, said

from kg.agreement import Sources
from kg.api import Graph
from kg.cli import main
from kg.conflicts import ConflictKind, conflicts
from kg.disk_store import OxigraphStore
from kg.graph import Policy, build_graph
from kg.history import ChangeKind, Relationship, Stage, changes, relationships
from kg.model import Article, Claim, Quote, Status
from kg.ontology import load_ontology
from kg.rewinding import day_of, rewind
from kg.views import Triple
from kg.vocabulary import ENTITY

ONTOLOGY = load_ontology()
DEAL, RIVALS, OWNED = "Amazon investorOf OpenAI.", "Zoom competitorOf Adobe.", "Waymo subsidiaryOf"


def news(day: str, source: str, *sentences: str) -> Article:
    return article(f"{day}-{source}", *sentences, date=day, source=source)


def reported(
    text: Article, sentence: str, status: Status, words: str = "", **figures: float
) -> Claim:
    """A claim whose evidence is a longer sentence than the three words."""
    claim = said(text, sentence, status, **figures)
    if not words:
        return claim
    start = claim.evidence.start
    evidence = Quote(start, start + len(words), words)
    return Claim(**{**{f: getattr(claim, f) for f in claim.__slots__}, "evidence": evidence})


C, P, D = Status.CONFIRMED, Status.PROSPECTIVE, Status.DENIED
RUMOUR = news("2025-01-10", "A", f"{DEAL} reportedly so.", RIVALS)
PLAN = news("2025-02-10", "B", DEAL)
DONE = news("2025-03-10", "C", DEAL)
OTHER = news("2025-03-12", "D", DEAL, f"{OWNED} Alphabet.")
NO = news("2025-06-01", "B", DEAL, f"{OWNED} Google.", f"{OWNED} Tesla.", RIVALS)
STORY = [
    (RUMOUR, [reported(RUMOUR, DEAL, P, f"{DEAL} reportedly so."), said(RUMOUR, RIVALS, D)]),
    (PLAN, [said(PLAN, DEAL, P, amount=1e10, currency="USD")]),
    (DONE, [said(DONE, DEAL, C, percent=27.0)]),
    (OTHER, [said(OTHER, DEAL, C, percent=28.0), said(OTHER, f"{OWNED} Alphabet.")]),
    (
        NO,
        [
            said(NO, DEAL, D),
            said(NO, f"{OWNED} Google."),
            said(NO, f"{OWNED} Tesla."),
            said(NO, RIVALS, C),
        ],
    ),
]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history") / "graph"
    with OxigraphStore.open(folder, read_only=False) as store:
        fill(store, *STORY)
        store.publish()
    return folder


@pytest.fixture
def graph(path: Path) -> Iterator[Graph]:
    with Graph(OxigraphStore.open(path), ONTOLOGY) as graph:
        yield graph


def triple(sentence: str) -> Triple:
    subject, relation, other = sentence.rstrip(".").split()
    return ENTITY + subject, relation, ENTITY + other


def named(graph: Graph, sentence: str) -> Relationship:
    return next(r for r in graph.relationships() if r.triple == triple(sentence))


def test_a_relationship_has_its_history(graph: Graph) -> None:
    deal = named(graph, DEAL)
    assert [(event.date, event.stage) for event in deal.events] == [
        ("2025-01-10", Stage.RUMOURED),
        ("2025-02-10", Stage.PLANNED),
        ("2025-03-10", Stage.ANNOUNCED),
        ("2025-03-12", Stage.ANNOUNCED),
        ("2025-06-01", Stage.ENDED),
    ]
    assert (deal.stage, deal.agreement.origins) == (Stage.ENDED, 4)
    assert (deal.amount, deal.percent) == ((1e10, "USD"), 28.0)
    rivals = named(graph, "Adobe competitorOf Zoom.")
    assert [event.stage for event in rivals.events] == [Stage.DENIED, Stage.ANNOUNCED]
    assert rivals.stage is Stage.ANNOUNCED


def test_histories_do_not_depend_on_the_order_of_claims(graph: Graph) -> None:
    claims = [claim for claim in graph.claims() if claim.relation == "investorOf"]
    sources = Sources.of(graph.store)
    assert len({relationships(order, sources, ONTOLOGY) for order in permutations(claims)}) == 1


STAGES = [
    ("C", Stage.ANNOUNCED),
    ("CP", Stage.ANNOUNCED),
    ("PC", Stage.ANNOUNCED),
    ("PD", Stage.DENIED),
    ("CD", Stage.ENDED),
    ("CDD", Stage.ENDED),
    ("CPD", Stage.ENDED),
    ("CDC", Stage.ANNOUNCED),
    ("CDP", Stage.PLANNED),
    ("DP", Stage.PLANNED),
    ("D", Stage.DENIED),
]


@pytest.mark.parametrize(("said_by_day", "stage"), STAGES)
def test_the_last_word_counts(said_by_day: str, stage: Stage) -> None:
    statuses = {"C": C, "P": P, "D": D}
    texts = [news(f"2025-01-0{n}", "A", DEAL) for n in range(1, len(said_by_day) + 1)]
    pairs = zip(texts, said_by_day, strict=True)
    claims = [said(text, DEAL, statuses[letter]) for text, letter in pairs]
    (found,) = relationships(claims, Sources((), {}), ONTOLOGY)
    assert found.stage is stage


def test_disagreements_come_with_both_sides(graph: Graph) -> None:
    found = [(c.kind, *(says for says, _ in c.sides)) for c in graph.conflicts()]
    assert found == [
        (ConflictKind.STATUS, "confirmed", "denied"),
        (ConflictKind.PERCENT, "27%", "28%"),
        (ConflictKind.PARENTS, "Alphabet", "Google"),
        (ConflictKind.PARENTS, "Alphabet", "Tesla"),
    ]
    first, second = graph.conflicts()[1].sides
    assert (first[1][0].date, second[1][0].date) == ("2025-03-10", "2025-03-12")


@pytest.mark.parametrize(
    ("one", "other", "days", "disagree"),
    [
        ((27.0, "2025-03-01"), (28.0, "2025-03-02"), 0, True),
        ((27.5, "2025-03-01"), (28.0, "2025-03-02"), 0, False),
        ((27.4, "2025-03-01"), (28.0, "2025-03-02"), 0, True),
        ((30.0, "2025-03-01"), (28.0, "2025-03-02"), 0, False),
        ((27.0, "2025-03-01"), (28.0, "2025-09-02"), 0, False),
        ((27.0, "2025-03-01"), (27.0, "2025-03-02"), 0, False),
    ],
)
def test_figures_disagree(
    one: tuple[float, str], other: tuple[float, str], days: int, disagree: bool
) -> None:
    texts = [news(day, source, DEAL) for (_, day), source in ((one, "A"), (other, "B"))]
    claims = [said(t, DEAL, C, percent=v[0]) for t, v in zip(texts, (one, other), strict=True)]
    found = conflicts(relationships(claims, Sources((), {}), ONTOLOGY), ONTOLOGY, {})
    assert bool(found) == disagree


def test_a_parent_of_the_parent_is_no_disagreement(graph: Graph) -> None:
    text = news("2025-06-02", "A", "Google subsidiaryOf Alphabet.")
    claims = [*graph.claims(), said(text, "Google subsidiaryOf Alphabet.")]
    histories = relationships(claims, Sources.of(graph.store), ONTOLOGY)
    found = conflicts(histories, ONTOLOGY, {})
    parents = [{says for says, _ in c.sides} for c in found if c.kind is ConflictKind.PARENTS]
    assert parents == [{"Alphabet", "Tesla"}, {"Google", "Tesla"}] or parents == [
        {"Alphabet", "Tesla"}
    ]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2024-12-31", "2025-02-28", {DEAL: ChangeKind.NEW, RIVALS: ChangeKind.DENIED}),
        ("2025-01-31", "2025-02-28", {DEAL: ChangeKind.CHANGED}),
        ("2025-02-28", "2025-03-11", {DEAL: ChangeKind.CHANGED}),
        ("2025-03-11", "2025-03-31", {DEAL: ChangeKind.CHANGED, OWNED: ChangeKind.NEW}),
        ("2025-03-31", "2025-06-30", {DEAL: ChangeKind.ENDED, RIVALS: ChangeKind.CHANGED,
                                      OWNED: ChangeKind.NEW}),
        ("2025-06-30", "2025-12-31", {}),
        ("2025-06-01", "2025-06-01", {}),
    ],
)  # fmt: skip
def test_what_changed(graph: Graph, first: str, last: str, expected: dict[str, ChangeKind]) -> None:
    found = graph.changes(first, last)
    kinds = {}
    for change in found:
        words = {change.after.subject, change.after.object}
        names = [s for s in (DEAL, RIVALS, OWNED) if ENTITY + s.split()[0] in words]
        kinds[names[0]] = change.kind
        assert all(first < str(claim.date) <= last for claim in change.claims)
    assert kinds == expected


def test_changes_need_days_in_order(graph: Graph) -> None:
    with pytest.raises(ValueError, match="before"):
        changes((), "2025-02-01", "2025-01-01", Sources.of(graph.store), ONTOLOGY)


def statuses(graph: Graph, **days: str) -> list[str]:
    network = build_graph(graph.store, Policy(statuses=tuple(Status), **days), ONTOLOGY)
    edges = network.get_edge_data(ENTITY + "Amazon", ENTITY + "OpenAI") or {}
    return sorted(data["status"].value for data in edges.values())


def test_the_graph_of_a_day(graph: Graph) -> None:
    assert statuses(graph, known_at="2025-02-28") == ["prospective"] * 2
    assert statuses(graph, as_of="2025-03-31") == ["confirmed"] * 2 + ["prospective"] * 2
    assert statuses(graph, known_at="2025-12-31").count("confirmed") == 2
    assert statuses(graph, as_of="2025-12-31") == ["denied"], "what was so has ended"
    assert statuses(graph, as_of="2025-12-31", known_at="2025-05-01").count("confirmed") == 2
    assert graph.at() is graph
    past = graph.at(known_at="2025-03-11")
    assert past.networkx(Policy(known_at="2025-03-11")).number_of_edges() == 3
    assert {a.date for a in past.articles()} == {"2025-01-10", "2025-02-10", "2025-03-10"}
    assert ENTITY + "Waymo" not in past.entities()
    assert rewind(past.store, ONTOLOGY, known_at="2025-03-11") is past.store


def test_what_is_told_later_was_so_before(tmp_path: Path) -> None:
    text = news("2025-05-01", "A", f"{DEAL} It was bought in 2019.")
    words = f"{DEAL} It was bought in 2019."
    claim = reported(text, DEAL, C, words)
    assert day_of(claim, "en") == "2019-12-31"
    assert day_of(reported(text, DEAL, P, words), "en") == "2025-05-01"
    assert day_of(reported(text, DEAL, C, f"{DEAL} In 2019 and in 2021."), "en") == "2025-05-01"
    assert day_of(reported(text, DEAL, C, f"{DEAL} In 2031."), "en") == "2025-05-01"
    with OxigraphStore.open(tmp_path / "g", read_only=False) as store:
        fill(store, (text, [claim]))
        today = Graph(store, ONTOLOGY)
        assert len(list(today.at(as_of="2020-01-01").claims())) == 1
        assert not list(today.at(as_of="2020-01-01", known_at="2024-01-01").claims())
        assert not list(today.at(as_of="2018-01-01").claims())


def test_conclusions_are_those_of_the_day(tmp_path: Path) -> None:
    """The best premise is later; an earlier one carries the conclusion on the earlier day."""
    facts = ("Xai developerOf Grok.", "Inflection developerOf Pi.", "Grok competitorOf Pi.")
    early, late = news("2024-01-01", "A", *facts), news("2025-01-01", "B", *facts)
    with OxigraphStore.open(tmp_path / "g", read_only=False) as store:
        fill(
            store,
            (early, [said(early, fact, confidence=0.5) for fact in facts]),
            (late, [said(late, fact) for fact in facts]),
        )
        today = Graph(store, ONTOLOGY)
        (now,), (then,) = today.inferred(), today.at(known_at="2024-06-01").inferred()
    assert (now.subject, now.object) == (then.subject, then.object)
    assert (now.confidence, then.confidence) == (1.0, 0.125)


def test_on_the_command_line(path: Path, tmp_path: Path) -> None:
    def kg(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(main, [*words, "--graph", str(path)])
        assert result.exit_code == code, result.output
        return result.output

    shown = kg("show", "Amazon", "OpenAI")
    assert "Amazon invests in OpenAI · ended · 4 independent origins" in shown
    assert "2025-01-10 · rumoured" in shown
    record = json.loads(kg("show", "Amazon", "OpenAI", "--format", "json"))
    assert record["relationships"][0]["voices"] == {"outlet": 4, "unnamed": 1}
    listed = kg("conflicts", "OpenAI")
    assert "27% against 28%" in listed
    assert listed.count("“") == 4
    assert [
        c["kind"] for c in json.loads(kg("conflicts", "--kind", "parents", "--format", "json"))
    ] == [
        "parents",
        "parents",
    ]
    changed = kg("diff", "--from", "2025-02-28", "--to", "2025-06-30")
    assert "ended\n  Amazon invests in OpenAI · planned → ended · 10,000,000,000 USD → " in changed
    (ended, *_) = (
        c for c in json.loads(kg("diff", "--from", "2025-02-28", "--to", "2025-06-30", "--format", "json"))
        if c["kind"] == "ended"
    )  # fmt: skip
    assert (ended["before"]["stage"], ended["after"]["percent"]) == ("planned", 28)
    assert "swap them" in kg("diff", "--from", "2025-02-28", "--to", "2025-01-01", code=2)
    file = tmp_path / "then.nq"
    kg("export", str(file), "--known-at", "2025-02-28")
    text = file.read_text("utf8")
    assert "2025-02-10" in text
    assert "2025-03-10" not in text
    assert "Waymo" not in text
