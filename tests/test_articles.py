"""Reading articles: formats, boilerplate, languages, duplicates and every kind of bad input."""

import builtins
import json
import textwrap
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kg.articles
from kg.articles import (
    Problem,
    ReadReport,
    count_articles,
    find_duplicates,
    format_article,
    ignored_spans,
    read_articles,
)
from kg.cleaning import clean_text, load_boilerplate
from kg.errors import InputError, OntologyError
from kg.languages import detect_language
from kg.model import Article

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "boilerplate.jsonl")
    .read_text("utf8")
    .splitlines()
]
EN = "The chip maker said on Monday that it had bought a rival in the north of the country. The price was not disclosed by either side."
PT = "A fabricante de chips disse na segunda-feira que comprou uma rival no norte do país. O preço não foi divulgado por nenhuma das partes."
DE = "Der Chiphersteller teilte am Montag mit, dass er einen Konkurrenten im Norden des Landes gekauft habe. Über den Preis schwiegen beide Seiten."


@pytest.fixture(autouse=True)
def pipelines(tmp_path_factory, monkeypatch):
    """Two languages have a pipeline, whatever is installed here."""
    folder = tmp_path_factory.mktemp("pipelines")
    for lang in ("en", "pt"):
        (folder / lang).mkdir()
        (folder / lang / "meta.json").write_text("{}")
    monkeypatch.setenv("KG_PIPELINES", str(folder))


def _read(*paths):
    report = ReadReport()
    told = []
    articles = list(read_articles(paths, told.append, report))
    assert told == report.problems
    assert report.read == len(articles)
    return articles, report


def _file(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


# -- formats ---------------------------------------------------------------------------------


def test_text_with_front_matter(tmp_path):
    head = '---\ntitle: "A: deal"\ndate: 2025-01-02\nsource: The Post\nlanguage: en-GB\nurl: https://a.example/x\nmood: glad\n---\n'
    (article,), report = _read(_file(tmp_path, "a.txt", f"{head}\n{EN}\n"))
    assert (article.title, article.date, article.source) == ("A: deal", "2025-01-02", "The Post")
    assert (article.lang, article.url, article.text) == ("en", "https://a.example/x", EN)
    assert str(report) == "1 read, 0 skipped, 0 failed"


def test_text_without_front_matter_takes_its_headline(tmp_path):
    (article,), _ = _read(_file(tmp_path, "a.txt", f"Compra no norte\n\n{PT}"))
    assert (article.title, article.lang, article.date) == ("Compra no norte", "pt", None)


def test_wrapped_lines_become_paragraphs(tmp_path):
    wrapped = textwrap.fill(EN, 60)
    (article,), _ = _read(_file(tmp_path, "a.txt", wrapped))
    assert article.text == EN


def test_markdown_is_plain_text_at_the_end(tmp_path):
    text = f"# Deal *signed*\n\n![chart](a.png)\n\n{EN.replace('rival', '[rival](https://a.example)')}\n\n---\n\n> A **quote** of `code`.\n"
    (article,), _ = _read(_file(tmp_path, "a.md", text))
    assert article.text == f"Deal signed\n\n{EN}\n\nA quote of code."


def test_html_keeps_paragraphs_and_metadata_only(tmp_path):
    page = f"""<html lang="pt-PT"><head><meta charset="utf-8"><title>Compra | Diário</title>
    <meta property="og:title" content="Compra no norte"><meta property="og:site_name" content="Diário">
    <meta property="article:published_time" content="2025-03-04T10:00:00Z"></head><body>
    <nav><a href="#">Início</a> <a href="#">Empresas</a></nav><article><h1>Compra no norte</h1>
    <p>{PT}</p><p>PUB</p><p>Os acionistas aprovaram a operação, que avança em maio.</p></article>
    <section id="comments" class="comments"><p>zeca21: a Tesla devia comprar isto tudo</p></section>
    <script>alert(1)</script></body></html>"""
    (article,), _ = _read(_file(tmp_path, "a.html", page))
    assert (article.title, article.source) == ("Compra no norte", "Diário")
    assert (article.date, article.lang) == ("2025-03-04", "pt")
    body = [part for part in article.text.split("\n\n") if part != article.title]
    assert body == [PT, "Os acionistas aprovaram a operação, que avança em maio."]


def test_jsonl_text_is_kept_character_by_character(tmp_path):
    text = f"PUB\n\n{PT}\u00a0e\u0301 \r\n\nPartilhar | Guardar"
    row = {
        "id": 7,
        "lang": "pt",
        "date": "2025-01-02T10:00",
        "title": "T",
        "text": text,
        "claims": 3,
    }
    (article,), _ = _read(_file(tmp_path, "a.jsonl", json.dumps(row) + "\n"))
    assert (article.id, article.text, article.date) == ("7", text, "2025-01-02")
    ignored = [text[span.start : span.end] for span in ignored_spans(article)]
    assert ignored == ["PUB", "Partilhar | Guardar"]


def test_claims_are_never_read(tmp_path):
    rows = [{"id": "a", "lang": "en", "text": EN, "claims": claims} for claims in ([], [{"x": 1}])]
    read = [
        _read(_file(tmp_path, f"{i}.jsonl", json.dumps(row)))[0][0] for i, row in enumerate(rows)
    ]
    assert read[0].hash == read[1].hash


def test_folders_are_read_recursively_in_order(tmp_path):
    for name in ("b.txt", "a/z.txt", "a/.hidden/x.txt", "c/d/e.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        _file(tmp_path, name, f"{EN}\n\nThis is {name}.")
    _file(tmp_path, "a/picture.png", b"\x89PNG\x00")
    articles, report = _read(tmp_path)
    assert [Path(article.origin).name for article in articles] == ["z.txt", "b.txt", "e.md"]
    assert [problem.kind for problem in report.problems] == ["skipped"]
    assert [article.id for article in _read(tmp_path)[0]] == [article.id for article in articles]


def test_the_path_is_no_part_of_the_article(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        _file(tmp_path, f"{name}/a.txt", EN)
    (one,), _ = _read(tmp_path / "one")
    (two,), _ = _read(tmp_path / "two")
    assert (one.id, one.hash) == (two.id, two.hash)


# -- bad input -------------------------------------------------------------------------------

GOOD = json.dumps({"id": "good", "lang": "en", "text": EN})
BAD = [
    ("empty.txt", b"", "skipped", "empty file"),
    ("blank.md", b" \n\t\n", "skipped", "empty file"),
    ("empty.jsonl", b"\n\n", "skipped", "empty file"),
    ("binary.txt", b"PK\x03\x04\x00\x00\x01", "failed", "binary file"),
    ("binary.jsonl", b"\x00\x01\x02\n", "failed", "binary file"),
    ("undecodable.txt", b"caf\x81 \x8d\xff", "failed", "neither UTF-8 nor Windows-1252"),
    ("latin.jsonl", '{"text": "é"}'.encode("cp1252"), "failed", "not UTF-8"),
    (
        "page.html",
        b"<html><body><nav><a href='#'>x</a></nav></body></html>",
        "skipped",
        "no article text",
    ),
    ("menu.txt", b"Home | Industry\n\nAdvertisement\n", "skipped", "no article text"),
    ("german.txt", DE.encode(), "skipped", "language 'de' has no pipeline; known: en, pt"),
    ("given.txt", f"---\nlanguage: fr\n---\n{EN}".encode(), "skipped", "language 'fr'"),
    ("notes.docx", b"x", "skipped", "files must end in"),
    ("open.txt", b"---\ntitle: x\n", "failed", "front matter without a closing"),
    ("odd.txt", b"---\nno colon here\n---\nText.", "failed", "front matter takes lines"),
    ("broken.jsonl", b'{"text": \n', "failed", "not valid JSON"),
    ("deep.jsonl", b"[" * 100_000, "failed", "not valid JSON"),
    ("list.jsonl", b"[1]\n", "failed", "no field 'text'"),
    ("missing.jsonl", b'{"id": "a"}\n', "failed", "no field 'text'"),
    ("number.jsonl", b'{"text": 5}\n', "failed", "no field 'text'"),
    ("void.jsonl", b'{"text": " ", "lang": "en"}\n', "skipped", "no article text"),
    ("half.jsonl", b'{"text": "a\\ud800b", "lang": "en"}\n', "failed", "surrogate"),
]


@pytest.mark.parametrize(("name", "content", "kind", "message"), BAD, ids=[row[0] for row in BAD])
def test_a_bad_file_is_one_line_and_the_others_go_on(tmp_path, name, content, kind, message):
    bad = _file(tmp_path, name, content)
    good = _file(tmp_path, "good.jsonl", GOOD)
    articles, report = _read(bad, good)
    assert [article.id for article in articles] == ["good"]
    (problem,) = report.problems
    assert problem.kind == kind
    assert str(problem).startswith(str(bad))
    assert message in str(problem)
    assert "\n" not in str(problem)
    assert (report.skipped, report.failed) == ((1, 0) if kind == "skipped" else (0, 1))


def test_a_bad_line_names_its_number_and_the_others_are_read(tmp_path):
    path = _file(
        tmp_path, "a.jsonl", f'{GOOD}\n\nnot json\n{{"id": "b", "lang": "en", "text": "B."}}\n'
    )
    articles, report = _read(path)
    assert [article.id for article in articles] == ["good", "b"]
    assert [problem.place for problem in report.problems] == [f"{path}:3"]


def test_a_50_megabyte_line_is_passed_over(tmp_path):
    path = tmp_path / "a.jsonl"
    with path.open("wb") as stream:
        stream.write(b'{"text": "' + b"x" * 50_000_000 + b'"}\n' + GOOD.encode() + b"\n")
    articles, report = _read(path)
    assert [article.id for article in articles] == ["good"]
    assert str(report.problems[0]).startswith(f"{path}:1: a line of more than 10000000 bytes")


def test_a_file_too_large_for_one_article(tmp_path, monkeypatch):
    monkeypatch.setattr(kg.articles, "MAX_BYTES", 50)
    _, report = _read(_file(tmp_path, "a.txt", EN))
    assert "split it into articles" in str(report.problems[0])


def test_an_article_too_long_to_be_one(tmp_path, monkeypatch):
    monkeypatch.setattr(kg.articles, "MAX_CHARACTERS", 50)
    _, report = _read(_file(tmp_path, "a.txt", EN))
    assert "more than 50 characters" in str(report.problems[0])


def test_an_unreadable_file_is_reported(tmp_path, monkeypatch):
    path, good = _file(tmp_path, "a.txt", EN), _file(tmp_path, "good.jsonl", GOOD)
    monkeypatch.setattr(Path, "read_bytes", _refuse)
    articles, report = _read(path, good)
    assert [article.id for article in articles] == ["good"]
    assert (
        str(report.problems[0])
        == f"{path}: cannot be read: Permission denied; check its permissions"
    )


def _refuse(path):
    raise PermissionError(13, "Permission denied", str(path))


def test_another_encoding_is_read_with_a_note(tmp_path):
    (article,), report = _read(_file(tmp_path, "a.txt", PT.encode("cp1252")))
    assert article.text == PT
    assert [problem.kind for problem in report.problems] == ["note"]
    (bom,), report = _read(_file(tmp_path, "b.txt", PT.encode("utf-8-sig")))
    assert (bom.text, report.problems) == (PT, [])
    (wide,), report = _read(_file(tmp_path, "c.txt", PT.encode("utf-16")))
    assert (wide.text, report.problems) == (PT, [])


def test_a_bad_date_is_left_out_with_a_note(tmp_path):
    text = f"---\ndate: 2025-13-40\n---\n{EN}"
    (article,), report = _read(_file(tmp_path, "a.txt", text))
    assert article.date is None
    assert "'2025-13-40' is not YYYY-MM-DD" in str(report.problems[0])


def test_an_identifier_counts_once(tmp_path):
    articles, report = _read(_file(tmp_path, "a.jsonl", f"{GOOD}\n{GOOD}\n"))
    assert len(articles) == 1
    assert "the same identifier 'good'" in str(report.problems[0])
    assert report.skipped == 1


def test_paths_that_cannot_be_input_are_errors(tmp_path):
    with pytest.raises(InputError, match="no such file or folder"):
        read_articles([tmp_path / "nowhere"])
    _file(tmp_path, "a.png", b"x")
    with pytest.raises(InputError, match=r"no articles; files must end in .*\.txt"):
        read_articles([tmp_path])


def test_reading_is_a_stream(tmp_path, monkeypatch):
    path = _file(
        tmp_path,
        "a.jsonl",
        "".join(f'{{"id": "{i}", "lang": "en", "text": "x"}}\n' for i in range(5)),
    )
    stream = read_articles([path])
    assert next(stream).id == "0"
    monkeypatch.setattr(builtins, "open", _refuse)
    assert [article.id for article in stream] == ["1", "2", "3", "4"]


# -- cleaning --------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_boilerplate_case(case):
    article = Article(id="x", lang=case["lang"], title=case.get("title", ""), text=case["text"])
    kept, start = [], 0
    for span in ignored_spans(article):
        kept.append(article.text[start : span.start])
        start = span.end
    kept.append(article.text[start:])
    lines = [line.strip() for part in kept for line in part.split("\n") if line.strip()]
    assert lines == case["kept"]


@given(st.text(alphabet="Share PUB|\n.aeé:0Foto()", max_size=120), st.text(max_size=20))
def test_ignored_spans_lie_in_the_text_in_order(text, title):
    spans = ignored_spans(Article(id="x", lang="en", title=title, text=text))
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(a.end < b.start for a, b in pairwise(spans))


@given(st.text(alphabet="ab .\n|", max_size=80))
def test_cleaning_twice_changes_nothing(text):
    assert clean_text(clean_text(text)) == clean_text(text)


def test_an_unknown_place_of_a_cue_is_an_error(tmp_path):
    path = tmp_path / "b.ttl"
    path.write_text(
        '@prefix kg: <https://kg.example/ns#> . [] a kg:BoilerplateCue ; kg:where "top" .'
    )
    with pytest.raises(OntologyError, match="'top' is none of whole"):
        load_boilerplate(path)


# -- front matter, language, duplicates --------------------------------------------------------

PRINTED = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P"), exclude_characters='"'),
    min_size=1,
    max_size=30,
)
ARTICLES = st.builds(
    Article,
    id=PRINTED,
    lang=st.sampled_from(["en", "pt"]),
    title=PRINTED,
    text=st.just(EN),
    date=st.none() | st.dates().map(str),
    source=st.none() | PRINTED,
    url=st.none() | st.just("https://a.example/?q=1#x"),
)


@settings(max_examples=60, deadline=None)
@given(ARTICLES)
def test_front_matter_round_trip(tmp_path_factory, article):
    path = tmp_path_factory.mktemp("articles") / "a.txt"
    path.write_text(format_article(article), "utf8")
    (again,), report = _read(path)
    assert report.problems == []
    fields = ("lang", "text", "date", "url")
    assert [getattr(again, name) for name in fields] == [getattr(article, name) for name in fields]
    for name in ("id", "title", "source"):
        assert getattr(again, name) == _composed(getattr(article, name))


def _composed(value):
    return unicodedata.normalize("NFC", value) if value else value


@pytest.mark.parametrize(
    ("text", "lang"), [(EN, "en"), (PT, "pt"), (DE, "de"), ("A empresa.", "pt")]
)
def test_language(text, lang):
    assert detect_language(text, ("en", "pt")) == lang


def _numbered(name, *sentences):
    return Article(id=name, lang="en", title="", text=" ".join(sentences))


def test_duplicates_exact_and_near():
    base = [
        f"Company number {i} bought its rival number {i + 1} for cash on day {i}."
        for i in range(30)
    ]
    other = [f"Nothing is like the other text in sentence {i} of this one." for i in range(30)]
    articles = [
        _numbered("a", *base),
        _numbered("exact", *base),
        _numbered("near", *base[:27], "A new end was written for it by the other paper."),
        _numbered("other", *other),
    ]
    found = find_duplicates(articles)
    assert [(one, two) for one, two, _ in found] == [
        ("a", "exact"),
        ("a", "near"),
        ("exact", "near"),
    ]
    assert found[0][2] == 1.0
    assert 0.6 <= found[1][2] < 1.0
    assert found == find_duplicates(iter(articles))


def test_boilerplate_makes_no_duplicates():
    notice = "We use cookies to improve this page. Accept all | Settings"
    one = _numbered("a", f"{notice}\n\n{EN}")
    two = _numbered(
        "b", f"{notice}\n\nA wholly different story stands here, about trains and their timetables."
    )
    assert find_duplicates([one, two]) == ()


def test_a_problem_is_one_line():
    assert str(Problem("failed", "a.txt:3", "broken; mend it")) == "a.txt:3: broken; mend it"


def test_articles_are_counted_before_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("An article of its own.")
    (tmp_path / "two.jsonl").write_text('{"text": "a"}\n\n{"text": "b"}\n')
    assert count_articles([tmp_path]) == 3
    assert count_articles([tmp_path / "one.txt"]) == 1
