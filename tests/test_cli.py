"""The commands on the sample corpus: contracts of what they print, for people and for programs."""

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import rdflib
from click.testing import CliRunner, Result

from kg.cli import main
from kg.ontology import load_ontology

ROOT = Path(__file__).parent.parent
ARTICLES = ROOT / "data" / "articles"
GOLD = ROOT / "tests" / "gold" / "articles.jsonl"
FLAGSHIP = {
    "en": "Which cloud providers back rival model labs?",
    "pt": "Que fornecedores de nuvem apoiam laboratórios rivais?",
}
CLAIM = [
    "article",
    "subject",
    "relation",
    "object",
    "status",
    "amount",
    "currency",
    "percent",
    "evidence",
    "trigger",
    "confidence",
]


def run(*arguments: str | Path, stdin: str | None = None) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def kg(*arguments: str | Path, stdin: str | None = None) -> str:
    result = run(*arguments, stdin=stdin)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def graph(demo_graph: Path) -> tuple[str, Path]:
    return ("--graph", demo_graph)


# -- extract ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def extracted() -> Result:
    return run("extract", ARTICLES, "--format", "jsonl")


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    lines = kg("articles", ARTICLES, "--format", "jsonl").splitlines()
    return {record["id"]: record["text"] for record in map(json.loads, lines)}


def test_extract_prints_a_claim_a_line(extracted: Result) -> None:
    ontology = load_ontology()
    claims = [json.loads(line) for line in extracted.stdout.splitlines()]
    assert len(claims) > 100
    for claim in claims:
        assert list(claim) == CLAIM
        assert claim["relation"] in ontology.relations
        assert claim["status"] in {"confirmed", "prospective", "denied"}
        assert 0 <= claim["confidence"] <= 1
        for end in ("subject", "object"):
            assert list(claim[end]) == ["name", "iri", "text", "start", "end"]
        assert (claim["amount"] is None) == (claim["currency"] is None)
    amounts = [claim["amount"] for claim in claims if claim["amount"] is not None]
    assert amounts
    assert all(isinstance(a, int) or not a.is_integer() for a in amounts)
    assert "\\u00" not in extracted.stdout, "text is written as it is"


def test_offsets_count_characters_of_the_clean_text(
    extracted: Result, texts: dict[str, str]
) -> None:
    for claim in map(json.loads, extracted.stdout.splitlines()):
        text = texts[claim["article"]]
        for part in ("subject", "object", "evidence", "trigger"):
            quote = claim[part]
            assert text[quote["start"] : quote["end"]] == quote["text"] != ""
        evidence, trigger = claim["evidence"], claim["trigger"]
        assert evidence["start"] <= trigger["start"] < trigger["end"] <= evidence["end"]


def test_claims_come_in_the_order_of_articles_and_text(
    extracted: Result, texts: dict[str, str]
) -> None:
    claims = [json.loads(line) for line in extracted.stdout.splitlines()]
    order = list(texts)
    places = [(order.index(c["article"]), c["evidence"]["start"]) for c in claims]
    assert places == sorted(places)


def test_extract_counts_on_standard_error(extracted: Result) -> None:
    claims = len(extracted.stdout.splitlines())
    last = extracted.stderr.splitlines()[-1]
    assert last == f"{len(list(ARTICLES.iterdir()))} read, 0 skipped, 0 failed; {claims} claims"


def test_gold_in_an_input_is_never_read(tmp_path: Path) -> None:
    line = {"id": "x", "lang": "en", "text": "Nothing is said here of any company at all."}
    gold = {
        "subject": "Amazon",
        "relation": "investorOf",
        "object": "OpenAI",
        "status": "confirmed",
    }
    (tmp_path / "a.jsonl").write_text(json.dumps({**line, "claims": [gold]}), "utf8")
    assert kg("extract", tmp_path / "a.jsonl", "--format", "jsonl") == ""


def test_min_confidence_leaves_out_the_rest(extracted: Result) -> None:
    sure = kg("extract", ARTICLES, "--format", "jsonl", "--min-confidence", "0.8").splitlines()
    lines = extracted.stdout.splitlines()
    assert sure == [line for line in lines if json.loads(line)["confidence"] >= 0.8]
    assert 0 < len(sure) < len(lines)


def test_explain_says_which_frame_gave_a_claim() -> None:
    file = ARTICLES / "2025-09-09-asml-entra-na-mistral.md"
    for line in kg("extract", file, "--format", "jsonl", "--explain").splitlines():
        record = json.loads(line)
        assert list(record) == [*CLAIM, "explanation"]
        assert record["explanation"]
    assert "frame" in kg("extract", file, "--explain")


# -- ask --------------------------------------------------------------------------------------


def _ask(*arguments: str | Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(kg("ask", "--format", "json", *arguments))
    return record


def _names(record: dict[str, Any]) -> set[frozenset[str]]:
    return {frozenset(v["name"] for v in row["bindings"].values()) for row in record["rows"]}


@pytest.mark.parametrize("lang", FLAGSHIP)
def test_flagship_question(lang: str, graph: tuple[str, Path]) -> None:
    record = _ask(FLAGSHIP[lang], *graph)
    assert record["understood"] is True
    assert list(record) == ["question", "understood", "pattern", "sparql", "rows", "hint"]
    rows = {frozenset(v["name"] for v in r["bindings"].values()): r for r in record["rows"]}
    amazon = rows[frozenset({"Amazon", "Anthropic", "OpenAI"})]
    assert amazon["status"] == "prospective"
    backing = {
        (c["subject"]["name"], c["object"]["name"]): (c["status"], c["amount"], c["currency"])
        for c in amazon["claims"]
        if c["subject"]["name"] == "Amazon"
    }
    assert backing["Amazon", "OpenAI"] == ("prospective", 10_000_000_000, "USD")
    assert backing["Amazon", "Anthropic"][0] == "confirmed"
    for claim in _leaves(amazon["claims"]):
        assert claim["evidence"]["text"]
        assert claim["date"]
        assert claim["source"]


def _leaves(claims: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stated claims, those below inferred ones included."""
    leaves = []
    for claim in claims:
        leaves += _leaves(claim["premises"]) if claim.get("inferred") else [claim]
    return leaves


def test_confirmed_alone_leaves_amazon_out(graph: tuple[str, Path]) -> None:
    every, confirmed = (
        _ask(FLAGSHIP["en"], *graph),
        _ask(FLAGSHIP["en"], *graph, "--status", "confirmed"),
    )
    amazon = {row for row in _names(every) if "Amazon" in row}
    assert amazon
    assert _names(confirmed)
    assert not any("Amazon" in row for row in _names(confirmed))


def test_policy_options_narrow_an_answer(graph: tuple[str, Path]) -> None:
    question = "Who invests in OpenAI?"
    every = _names(_ask(question, *graph))
    early = _names(_ask(question, *graph, "--as-of", "2023-12-31"))
    backed = _names(_ask(question, *graph, "--min-sources", "2"))
    sure = _names(_ask(question, *graph, "--min-confidence", "0.99"))
    assert early == {frozenset({"Microsoft"})}
    assert frozenset({"Microsoft"}) in backed
    assert backed < every
    assert sure < every


def test_answer_for_people(graph: tuple[str, Path]) -> None:
    text = kg("ask", FLAGSHIP["en"], *graph)
    assert re.search(r"^\d\. Amazon, Anthropic, OpenAI \[prospective, ", text, re.MULTILINE)
    step = text.partition("Amazon invests in OpenAI · prospective · 10,000,000,000 USD\n")[2]
    quote, source = step.splitlines()[:2]
    assert re.fullmatch(r"     “.*Amazon.*”", quote)
    assert source.startswith("     2025-12-17 · Praça do Pixel · ")
    assert "SELECT" in kg("ask", FLAGSHIP["en"], *graph, "--explain")


def test_listed_questions_are_answered(graph: tuple[str, Path]) -> None:
    for lang in FLAGSHIP:
        questions = kg("ask", "--list", "--lang", lang, *graph).splitlines()
        assert len(questions) >= 5
        for question in questions[:3]:
            assert _ask(question, *graph)["rows"], question


# -- show, explain ----------------------------------------------------------------------------


def test_card_holds_microsoft_s_stake(graph: tuple[str, Path]) -> None:
    text = kg("show", "openai", *graph)
    assert text.startswith("OpenAI (model lab)")
    backed = text.partition("\nis backed by\n")[2]
    assert re.search(r"Microsoft invests in OpenAI · confirmed · .*27%", backed)
    record = json.loads(kg("show", "OpenAI", *graph, "--format", "json"))
    assert record["entities"][0]["name"] == "OpenAI"
    stakes = [c for c in record["claims"] if c.get("percent") == 27]
    assert {c["subject"]["name"] for c in stakes} == {"Microsoft"}


def test_history_of_two_is_by_relationship_and_day(graph: tuple[str, Path]) -> None:
    text = kg("show", "Microsoft", "OpenAI", *graph)
    assert text.startswith("Microsoft – OpenAI\n")
    days = [re.findall(r"^  (\d{4}-\d\d-\d\d) · ", part, re.M) for part in text.split("\n\n")]
    assert max(map(len, days)) > 2
    assert days == list(map(sorted, days))
    found = json.loads(kg("show", "Microsoft", "OpenAI", *graph, "--format", "json"))
    said = [c for r in found["relationships"] for event in r["history"] for c in event["claims"]]
    assert sorted(said) == sorted(c["id"] for c in found["claims"] if not c.get("inferred"))


def test_explain_goes_down_to_the_quotes(graph: tuple[str, Path]) -> None:
    rows = kg("sparql", "SELECT ?c { GRAPH kg:inferences { ?c a kg:InferredClaim } }", *graph,
              "--format", "csv").split()[1:]  # fmt: skip
    assert rows
    for claim in rows[:5]:
        text = kg("explain", claim, *graph)
        assert "inferred (" in text.splitlines()[0]
        assert text.count("“") >= 2
    stated = json.loads(kg("show", "OpenAI", *graph, "--format", "json"))["claims"][0]
    text = kg("explain", stated["id"], *graph)
    assert stated["trigger"]["text"] in text
    assert "confidence" in text


# -- sparql, export, import -------------------------------------------------------------------

SELECT = "SELECT ?a ?b { ?a kg:investorOf ?b } ORDER BY ?a ?b"


def test_sparql_formats_agree(graph: tuple[str, Path]) -> None:
    outputs = {
        f: kg("sparql", SELECT, *graph, "--format", f) for f in ("json", "xml", "csv", "tsv")
    }
    rows = [tuple(row) for row in csv.reader(io.StringIO(outputs["csv"]))][1:]
    assert len(rows) > 5
    data = json.loads(outputs["json"])["results"]["bindings"]
    assert [(row["a"]["value"], row["b"]["value"]) for row in data] == rows
    for name in ("xml", "tsv", "json"):  # read back by a parser that is not the store's
        parsed = rdflib.query.Result.parse(io.BytesIO(outputs[name].encode()), format=name)
        assert [(str(row[0]), str(row[1])) for row in parsed] == rows
    table = kg("sparql", SELECT, *graph).splitlines()
    assert table[0].split() == ["a", "b"]
    assert len(table) == len(rows) + 2
    assert table[2].split() == [f"kgd:{value.rpartition('/')[2]}" for value in rows[0]]


def test_sparql_kinds_and_places(graph: tuple[str, Path], tmp_path: Path) -> None:
    assert kg("sparql", "ASK { ?a kg:investorOf ?b }", *graph) == "yes\n"
    assert kg("sparql", "ASK { ?a kg:nothing ?b }", *graph) == "no\n"
    triples = kg("sparql", "CONSTRUCT { ?a kg:investorOf ?b } WHERE { ?a kg:investorOf ?b }",
                 *graph, "--format", "nt")  # fmt: skip
    assert len(rdflib.Graph().parse(data=triples, format="nt")) > 5
    (tmp_path / "q.rq").write_text(SELECT, "utf8")
    expected = kg("sparql", SELECT, *graph)
    assert kg("sparql", "-", *graph, stdin=SELECT) == expected
    assert kg("sparql", "--file", tmp_path / "q.rq", *graph) == expected


def test_named_query(graph: tuple[str, Path]) -> None:
    assert re.search(r"^@stakes --company ENTITY$", kg("sparql", "--list"), re.MULTILINE)
    for form in (("--company", "OpenAI"), ("--company=openai",)):
        rows = kg("sparql", "@stakes", *form, *graph, "--format", "csv")
        assert "Microsoft" in rows
        assert {row["company"].rpartition("/")[2] for row in csv.DictReader(io.StringIO(rows))} == {
            "OpenAI"
        }


def test_export_and_import_give_the_same_claims(graph: tuple[str, Path], tmp_path: Path) -> None:
    kg("export", tmp_path / "a.nq", *graph)
    copy = ("--graph", tmp_path / "copy")
    kg("import", tmp_path / "a.nq", *copy)
    count = "SELECT (COUNT(?c) AS ?n) { GRAPH ?g { ?c a kg:Claim ; kg:evidence/oa:exact ?q } }"
    assert kg("sparql", count, *copy) == kg("sparql", count, *graph)
    assert kg("sparql", SELECT, *copy) == kg("sparql", SELECT, *graph)


def test_curated_claims_are_imported(tmp_path: Path) -> None:
    text = "Nvidia said on Monday that it had bought 10% of Nokia for $5 million."
    claim = {"subject": "Nvidia", "relation": "investorOf", "object": "Nokia",
             "status": "confirmed", "amount": 5_000_000, "currency": "USD", "percent": 10,
             "evidence": "it had bought 10% of Nokia"}  # fmt: skip
    line = {"id": "c1", "lang": "en", "date": "2025-01-06", "title": "t", "text": text}
    (tmp_path / "c.jsonl").write_text(json.dumps({**line, "claims": [claim]}), "utf8")
    graph = ("--graph", tmp_path / "graph")
    assert "1 claims imported, 0 refused" in kg("import", tmp_path / "c.jsonl", *graph)
    assert "Nvidia invests in Nokia · confirmed · 5,000,000 USD, 10%" in kg("show", "Nokia", *graph)


def test_status_narrows_an_export(graph: tuple[str, Path], tmp_path: Path) -> None:
    kg("export", tmp_path / "all.csv", *graph)
    kg("export", tmp_path / "some.csv", *graph, "--status", "prospective")
    rows = list(csv.DictReader((tmp_path / "some.csv").read_text("utf8").splitlines()))
    assert {row["status"] for row in rows} == {"prospective"}
    assert len(rows) < len((tmp_path / "all.csv").read_text("utf8").splitlines())


# -- the others -------------------------------------------------------------------------------


def test_graph_conforms(graph: tuple[str, Path]) -> None:
    result = run("validate", *graph)
    assert (result.exit_code, result.stderr) == (0, "conforms\n"), result.output


def test_analyses_run_and_carry_claims(graph: tuple[str, Path]) -> None:
    names = re.findall(r"^([a-z-]+)((?: NAME)*)$", kg("analyze", "--list"), re.MULTILINE)
    assert len(names) >= 10
    for name, takes in names:
        entities = ("Microsoft", "OpenAI")[: takes.count("NAME")]
        record = json.loads(kg("analyze", name, *entities, *graph, "--format", "json"))
        assert record["analysis"] == name
        assert all(row["claims"] or name == "predict" for row in record["rows"]), name
    text = kg("analyze", "common-investors", "OpenAI", "Anthropic", *graph)
    assert "investor Microsoft" in text


def test_articles_shows_copies(texts: dict[str, str]) -> None:
    listed = kg("articles", ARTICLES)
    lines = (ROOT / "tests" / "gold" / "near_duplicates.jsonl").read_text("utf8").splitlines()
    assert listed.count("copies (") == len(lines)
    file = ARTICLES / "2025-09-09-asml-entra-na-mistral.md"
    assert any(text in kg("articles", file, "--text") for text in texts.values())


def test_entities(demo_graph: Path, tmp_path: Path) -> None:
    build = ("build", ARTICLES / "2025-06-16-meta-takes-half-of-scale.txt")
    graph = ("--graph", tmp_path / "graph")
    kg(*build, *graph)
    assert "Meta" in kg("entities", "search", "meta", *graph)
    assert "kinds: " in kg("entities", "show", "Meta", *graph)
    before = kg("export", tmp_path / "before.nq", *graph), (tmp_path / "before.nq").read_bytes()
    line = kg("entities", "merge", "Meta", "Scale AI", *graph, "--reason", "a test").split()[0]
    assert "a test" in kg("entities", "ledger", *graph)
    assert kg("show", "Scale AI", *graph).startswith("Meta")
    kg("entities", "undo", line, *graph)
    kg("export", tmp_path / "after.nq", *graph)
    assert (tmp_path / "after.nq").read_bytes() == before[1]


def test_eval_prints_and_judges() -> None:
    arguments = ("eval", "--articles", ARTICLES, GOLD)
    record = json.loads(kg(*arguments, "--format", "json", "--errors"))
    overall, counts = record["all"], ("right", "spurious", "missed")
    for kind in ("relation", "language", "status"):
        for count in counts:
            assert sum(score[count] for score in record[kind].values()) == overall[count]
    annotated = sum(len(json.loads(line)["claims"]) for line in GOLD.read_text("utf8").splitlines())
    assert overall["right"] + overall["missed"] == annotated
    assert len(record["missed"]) == overall["missed"]
    assert len(record["spurious"]) == overall["spurious"]
    assert record["accuracy"]["grounding"]["share"] == 1
    assert run(*arguments, "--min-f1", "0.999").exit_code == 1
    text = kg(*arguments, "--errors", "--min-f1", str(overall["f1"] - 0.001))
    assert text.count("\n  missed  ") == overall["missed"]


# -- the second time, another process, another folder ------------------------------------------

FILES = (
    "2025-06-16-meta-takes-half-of-scale.txt",
    "2025-09-09-asml-entra-na-mistral.md",
    "2025-12-17-amazon-negocia-aporte-na-openai.html",
)


def _process(folder: Path, seed: str, *arguments: str | Path) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "kg", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_same_bytes_in_two_processes_and_folders(tmp_path: Path) -> None:
    exports = []
    for seed, order in (("1", FILES), ("2", FILES[::-1])):
        folder = tmp_path / seed
        folder.mkdir()
        _process(folder, seed, "build", *(ARTICLES / name for name in order))
        _process(folder, seed, "export", "graph.nq")
        exports.append((folder / "graph.nq").read_bytes())
        again = _process(folder, seed, "build", *(ARTICLES / name for name in order))
        assert again.startswith("0 read, 3 unchanged, ")
        _process(folder, seed, "export", "again.nq")
        exports.append((folder / "again.nq").read_bytes())
    assert len(set(exports)) == 1


# -- terminal and pipe ------------------------------------------------------------------------


def _in_terminal(*arguments: str | Path, columns: int = 80) -> str:
    """What a command prints where a terminal of so many columns reads it."""
    leader, follower = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm", "PYTHONPATH": str(ROOT)}
    environment.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "kg", *map(str, arguments)]
    with subprocess.Popen(command, stdout=follower, stderr=follower, env=environment) as process:
        os.close(follower)
        chunks = []
        try:
            while chunk := os.read(leader, 65536):
                chunks.append(chunk)
        except OSError:  # the other end is closed: how Linux says that all was read
            pass
        assert process.wait() == 0
    os.close(leader)
    return b"".join(chunks).decode().replace("\r\n", "\n")


def test_terminal_has_colours_and_eighty_columns(graph: tuple[str, Path]) -> None:
    commands: list[tuple[str | Path, ...]] = [
        ("ask", FLAGSHIP["en"], *graph),
        ("show", "OpenAI", *graph),
        ("sparql", SELECT, *graph),
        ("articles", ARTICLES),
    ]
    for command in commands:
        shown = _in_terminal(*command)
        lines = re.split(r"[\r\n]", re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown))
        assert max(map(len, lines)) <= 80, command
        assert "\x1b[1m" in shown, "bold"


def test_pipe_has_neither_colours_nor_wrapping(graph: tuple[str, Path]) -> None:
    for arguments in (("ask", FLAGSHIP["en"]), ("show", "OpenAI"), ("sparql", SELECT)):
        text = kg(*arguments, *graph)
        assert "\x1b" not in text
        assert not re.search(r"[ \t]+$", text, re.MULTILINE)
    quotes = [line for line in kg("show", "OpenAI", *graph).splitlines() if "“" in line]
    assert max(map(len, quotes)) > 120
    assert all(line.rstrip().endswith("”") for line in quotes)


def test_closed_pipe_is_no_error(graph: tuple[str, Path]) -> None:
    command = f"{sys.executable} -m kg extract {ARTICLES} --format jsonl | head -1"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert len(done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert "Broken pipe" not in done.stderr


def test_text_from_articles_cannot_steer_the_terminal(tmp_path: Path) -> None:
    text = "Amazon has \x1b]0;evil\x07invested $8 billion in \u202eAnthropic, it said on Monday."
    line = {"id": "x", "lang": "en", "date": "2025-01-06", "title": "T\x1b[31m", "text": text}
    (tmp_path / "a.jsonl").write_text(json.dumps(line), "utf8")
    shown = kg("extract", tmp_path / "a.jsonl")
    assert "\x1b" not in shown
    assert "\u202e" not in shown
