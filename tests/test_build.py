from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from itertools import permutations
from pathlib import Path

import pytest
from store_samples import Reader, article, setting

from kg import ledger
from kg.build import BuildReport, build, build_articles, import_claims
from kg.changes import Changes
from kg.deriving import derive
from kg.disk_store import OxigraphStore
from kg.errors import GraphError, InputError
from kg.model import Article, Status
from kg.running import extract_all, load_extractor

SETTING = setting()
NEWS = [
    article("a", "Amazon investorOf Anthropic.", "Amazon investorOf OpenAI.", date="2025-01-01"),
    article("b", "OpenAI developerOf ChatGPT.", "Anthropic developerOf Claude.", date="2025-01-02"),
    article("c", "Claude competitorOf ChatGPT.", date="2025-01-03"),
    article("d", "Nothing of interest here today.", date="2025-01-04"),
]


def dump(path: Path) -> bytes:
    buffer = io.BytesIO()
    with OxigraphStore.open(path) as store:
        store.dump(buffer)
    return buffer.getvalue()


def read(articles: list[Article], path: Path, reader: Reader | None = None) -> BuildReport:
    return build_articles(articles, path, SETTING, reader or Reader())


def test_a_second_build_changes_nothing(tmp_path: Path) -> None:
    graph = tmp_path / "graph"
    first = read(NEWS, graph)
    assert (first.read, first.unchanged, first.failed) == (4, 0, 0)
    assert (first.totals.articles, first.totals.claims, first.totals.inferred) == (4, 5, 1)
    before, marker = dump(graph), (graph / "kg.json").read_bytes()
    second = read(NEWS, graph)
    assert (second.read, second.unchanged) == (0, 4)
    assert second.totals == first.totals
    assert dump(graph) == before
    assert (graph / "kg.json").read_bytes() == marker


def test_neither_order_nor_steps_change_the_graph(tmp_path: Path) -> None:
    dumps = set()
    for number, order in enumerate(list(permutations(NEWS))[::3]):
        graph = tmp_path / str(number)
        read(list(order[:2]), graph)
        read(list(order[1:]), graph)
        dumps.add(dump(graph))
        if number % 4 == 0:
            read(list(order), graph)
            dumps.add(dump(graph))
    assert len(dumps) == 1


def test_a_changed_article_replaces_what_it_said(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    changed = article("b", "OpenAI developerOf ChatGPT.", date="2025-01-02")
    read(NEWS, one)
    report = read([NEWS[0], changed], one)
    assert (report.read, report.unchanged, report.totals.inferred) == (1, 1, 0)
    read([NEWS[0], changed, *NEWS[2:]], two)
    assert dump(one) == dump(two)


def test_a_removed_article_takes_its_inferences_along(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    read(NEWS, one)
    with OxigraphStore.open(one, read_only=False) as store:
        changes = Changes(store)
        changes.remove(NEWS[2].hash)
        assert derive(store, SETTING, changes=changes).inferred == 0
    read([NEWS[0], NEWS[1], NEWS[3]], two)
    assert dump(one) == dump(two)


def test_another_version_of_the_extractor_reads_again(tmp_path: Path) -> None:
    read(NEWS, tmp_path / "graph")
    report = read(NEWS[:1], tmp_path / "graph", Reader(version="2"))
    assert (report.read, report.unchanged) == (1, 0)
    with OxigraphStore.open(tmp_path / "graph") as store:
        assert len({stored.run for stored in store.articles()}) == 2


@pytest.mark.parametrize("turn", [1, -1])
def test_of_two_articles_with_one_identifier_the_later_stays(tmp_path: Path, turn: int) -> None:
    twins = [article("a", "Meta investorOf OpenAI.", date=f"2025-0{n}-01") for n in (1, 2)]
    report = read([*twins, twins[0]][::turn], tmp_path / "graph")
    assert (report.read, report.skipped) == (1, 2)
    assert len(report.problems) == 2
    with OxigraphStore.open(tmp_path / "graph") as store:
        assert [stored.date for stored in store.articles()] == ["2025-02-01"]


class Fails(Reader):
    def __call__(self, articles):  # type: ignore[no-untyped-def]
        for text in articles:
            if text.id == "b":
                raise InputError("b: cannot be read")
            if text.id == "c":
                raise ZeroDivisionError("a\nbug")
            yield from super().__call__([text])


def test_a_bad_article_is_counted_and_not_fatal(tmp_path: Path) -> None:
    report = read(NEWS, tmp_path / "graph", Fails())
    assert (report.read, report.failed) == (2, 2)
    assert report.problems == ("b: cannot be read", "c: ZeroDivisionError: a bug")
    again = read(NEWS, tmp_path / "graph", Fails())
    assert (again.unchanged, again.failed) == (2, 2)
    fixed = read(NEWS, tmp_path / "graph")
    assert (fixed.unchanged, fixed.read, fixed.failed) == (2, 2, 0)


def test_several_processes_give_the_same(tmp_path: Path) -> None:
    many = [article(f"m{n}", f"Firm{n} investorOf OpenAI.") for n in range(40)]
    alone = list(extract_all(Reader(), many))
    assert list(extract_all(Reader(), many, jobs=2)) == alone
    assert [outcome.article.id for outcome in alone] == [text.id for text in many]


def test_an_unknown_extractor_lists_the_known() -> None:
    with pytest.raises(InputError, match=r"there are: .*frames"):
        load_extractor("nobody", SETTING.ontology, SETTING.catalogue)


def test_a_new_ledger_line_is_obeyed_and_taken_back(tmp_path: Path) -> None:
    graph = tmp_path / "graph"
    read(
        [article("n", "Acmesoft investorOf Widgetron.", "Acmesys supplierTo Widgetron.")],
        graph,
        Reader(known=False),
    )
    before = dump(graph)
    with OxigraphStore.open(graph) as store:
        names = sorted({claim.subject.entity.iri for claim in store.claims()})
    assert len(names) == 2
    line = ledger.merge(graph, *names, reason="test")
    with OxigraphStore.open(graph, read_only=False) as store:
        derive(store, SETTING)
        assert {claim.subject.entity.iri for claim in store.claims()} == {names[0]}
    ledger.undo(graph, line.id)
    with OxigraphStore.open(graph, read_only=False) as store:
        derive(store, SETTING)
    assert dump(graph) == before


KILLED = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from store_samples import Reader, article, setting
from kg.build import build_articles
class Slow(Reader):
    def __call__(self, articles):
        for text in articles:
            yield from super().__call__([text])
many = [article(f"m{{n}}", f"Firm{{n}} investorOf OpenAI.", f"Firm{{n}} developerOf Thing{{n}}.",
        "Amazon investorOf OpenAI.") for n in range(60)]
ready = setting()
print("go", flush=True)
build_articles(many, Path({graph!r}), ready, Slow())
"""


def test_a_killed_build_is_completed_by_the_next(tmp_path: Path) -> None:
    tests = str(Path(__file__).parent)
    many = [
        article(
            f"m{n}",
            f"Firm{n} investorOf OpenAI.",
            f"Firm{n} developerOf Thing{n}.",
            "Amazon investorOf OpenAI.",
        )
        for n in range(60)
    ]
    whole = tmp_path / "whole"
    start = time.monotonic()
    read(many, whole)
    lasts = time.monotonic() - start
    graph, chance = tmp_path / "killed", random.Random(7)
    for _ in range(6):
        code = KILLED.format(tests=tests, graph=str(graph))
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0, lasts))
            os.kill(process.pid, signal.SIGKILL)
        if not (graph / "kg.json").exists():
            continue
        with OxigraphStore.open(graph, read_only=False) as store:
            claims = list(store.claims())
            assert len(store.articles()) <= 60
            assert len(claims) % 3 == 0
    read(many, graph)
    assert dump(graph) == dump(whole)


def test_a_foreign_folder_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(GraphError, match="not a graph folder"):
        read(NEWS, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_no_articles_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError):
        build([tmp_path / "empty"], tmp_path / "graph", extractor=Reader())
    assert not (tmp_path / "graph").exists()


# -- import -----------------------------------------------------------------------------------

GOLD = {
    "id": "g",
    "lang": "pt",
    "date": "2025-12-17",
    "title": "T",
    "text": "A Amazon já é investidora da Anthropic.\n\nA Microsoft detém 27% da OpenAI.",
    "claims": [
        {
            "subject": "Microsoft",
            "relation": "investorOf",
            "object": "OpenAI",
            "status": "confirmed",
            "percent": 27,
            "evidence": "A Microsoft detém 27% da OpenAI.",
        },
        {
            "subject": "Amazon",
            "relation": "investorOf",
            "object": "Anthropic",
            "status": "confirmed",
            "evidence": "a Amazon investe",
        },
        {
            "subject": "Amazon",
            "relation": "marriedTo",
            "object": "Anthropic",
            "status": "confirmed",
            "evidence": "A Amazon",
        },
    ],
}


def test_annotated_articles_are_imported_with_places(tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_text(json.dumps(GOLD) + "\n", "utf8")
    report = import_claims([file], tmp_path / "graph", setting=SETTING)
    assert (report.articles, report.claims, report.refused) == (1, 1, 2)
    assert "its evidence is not in the text" in report.problems[0]
    assert "no relation 'marriedTo'" in report.problems[1]
    with OxigraphStore.open(tmp_path / "graph") as store:
        (claim,) = store.claims()
    text = str(GOLD["text"])
    assert (claim.extractor, claim.qualifiers.percent, claim.date) == ("import", 27, "2025-12-17")
    assert claim.subject.entity.known
    for quote in (claim.evidence, claim.trigger, claim.subject.quote, claim.object.quote):
        assert text[quote.start : quote.end] == quote.text
    assert (claim.subject.quote.text, claim.object.quote.text) == ("Microsoft", "OpenAI")


def test_import_and_extraction_of_one_article_live_together(tmp_path: Path) -> None:
    file, text = tmp_path / "gold.jsonl", "Amazon investorOf OpenAI. Amazon, a partner of OpenAI."
    claim = {
        "subject": "Amazon",
        "relation": "partnerOf",
        "object": "OpenAI",
        "status": "confirmed",
    }
    line = {"id": "g", "lang": "en", "title": "T", "text": text}
    line |= {"claims": [{**claim, "evidence": "Amazon, a partner of OpenAI."}]}
    file.write_text(json.dumps(line), "utf8")
    same = Article("g", "en", "T", text)
    one, two = tmp_path / "one", tmp_path / "two"
    read([same], one)
    import_claims([file], one, setting=SETTING)
    import_claims([file], two, setting=SETTING)
    read([same], two)
    assert dump(one) == dump(two)
    with OxigraphStore.open(one) as store:
        assert {c.relation for c in store.claims()} == {"investorOf", "partnerOf"}


CSV_HEAD = "article,lang,date,subject,relation,object,status,evidence,amount,currency,confidence\n"


def test_csv_is_imported(tmp_path: Path) -> None:
    file = tmp_path / "claims.csv"
    rows = [
        'x,en,2025-01-01,Amazon,investorOf,OpenAI,prospective,"Amazon may invest, say ""sources"", in OpenAI.",1e10,USD,0.5',
        "x,en,2025-01-01,Newco,supplierTo,Amazon,denied,Newco never sold to Amazon.,,,",
    ]
    file.write_text(CSV_HEAD + "\n".join(rows), "utf8")
    report = import_claims([file], tmp_path / "graph", setting=SETTING)
    assert (report.articles, report.claims, report.refused) == (1, 2, 0)
    with OxigraphStore.open(tmp_path / "graph") as store:
        one, two = sorted(store.claims(), key=lambda claim: claim.relation)
    assert (one.status, one.confidence, one.qualifiers.amount) == (Status.PROSPECTIVE, 0.5, 10e9)
    assert 'say "sources"' in one.evidence.text
    assert (two.subject.entity.name, two.subject.entity.known) == ("Newco", False)
    assert two.subject.entity.types == ("Organization",)


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("a.csv", "article,lang\n", "header lacks subject"),
        ("a.csv", CSV_HEAD.strip() + ",colour\n", "unknown colour"),
        ("a.csv", CSV_HEAD + "x,en\n", "a.csv:2: not as many cells"),
        ("a.csv", CSV_HEAD + "x,en,,A,investorOf,B,maybe,e,,,\n", "a.csv:2: 'maybe'"),
        (
            "a.csv",
            CSV_HEAD + "x,en,,A,investorOf,B,denied,e,much,,\n",
            "a.csv:2: could not convert",
        ),
        ("a.ttl", "<a> <b>", "a.ttl:1"),
        ("a.ttl", "<http://a/a> <http://a/b> 1 .", "holds no articles"),
        ("a.pdf", "", "must end in"),
        ("a.jsonl", "{}", "a.jsonl:1"),
    ],
)
def test_files_that_cannot_be_imported_are_named(
    tmp_path: Path, name: str, text: str, part: str
) -> None:
    (tmp_path / name).write_text(text, "utf8")
    with pytest.raises(InputError, match=part) as caught:
        import_claims([tmp_path / name], tmp_path / "graph", setting=SETTING)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "graph").exists()


@pytest.mark.parametrize("ending", ["ttl", "trig", "nt", "nq", "jsonld"])
def test_what_is_exported_can_be_imported(tmp_path: Path, ending: str) -> None:
    import kg

    read(NEWS, tmp_path / "graph")
    with kg.open(tmp_path / "graph") as graph:
        file = graph.export(tmp_path / f"all.{ending}")
        claims = {claim.id: claim for claim in graph.claims()}
        inferred = [(c.subject, c.relation, c.object) for c in graph.inferred()]
    import_claims([file], tmp_path / "copy", setting=SETTING)
    with kg.open(tmp_path / "copy") as copy:
        back = {claim.id: claim for claim in copy.claims()}
        assert [(c.subject, c.relation, c.object) for c in copy.inferred()] == inferred
    assert back.keys() == claims.keys()
    assert all(back[name].evidence == claims[name].evidence for name in claims)
    assert {claim.extractor for claim in back.values()} == {"import"}


def test_a_graph_that_was_loaded_can_be_built_on(tmp_path: Path) -> None:
    one, two, file = tmp_path / "one", tmp_path / "two", tmp_path / "all.nq"
    read(NEWS, one)
    file.write_bytes(dump(one))
    with OxigraphStore.open(two, read_only=False) as store:
        store.load(file)
        store.publish()
    assert dump(two) == dump(one)
    more = [article("e", "AWS subsidiaryOf Amazon.", "AWS supplierTo Anthropic.")]
    for graph in (one, two):
        assert read(more, graph).totals.articles == 5
    assert dump(two) == dump(one)


def test_what_is_no_nquads_is_not_loaded(tmp_path: Path) -> None:
    file = tmp_path / "all.nq"
    file.write_text("<http://a/a> <http://a/b> .\n", "utf8")
    with (
        OxigraphStore.open(tmp_path / "graph", read_only=False) as store,
        pytest.raises(InputError, match=r"all\.nq:1"),
    ):
        store.load(file)
