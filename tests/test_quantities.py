"""Money and percentages: a case file of notations, and amounts written and read back."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import OntologyError
from kg.numerals import parse_number
from kg.quantities import Kind, Money, Percent, find_quantities, load_quantities

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "quantities.jsonl")
    .read_text("utf8")
    .splitlines()
]


def _seen(text, item):
    words = text[item.span.start : item.span.end]
    if isinstance(item, Percent):
        return {"text": words, "percent": item.value, "kind": str(item.kind)}
    row = {"text": words, "amount": item.amount, "currency": item.currency, "kind": str(item.kind)}
    return row | ({"inherited": item.inherited} if item.inherited else {})


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['lang']} {case['text']}")
def test_case(case):
    found = [_seen(case["text"], q) for q in find_quantities(case["text"], case["lang"])]
    assert found == case["found"]


def test_enough_cases():
    assert len(CASES) >= 120
    assert min(sum(case["lang"] == lang for case in CASES) for lang in ("pt", "en")) >= 60


def _digits(cents, lang, grouped):
    whole, rest = divmod(cents, 100)
    separator, decimal = (".", ",") if lang == "pt" else (",", ".")
    text = f"{whole:,}".replace(",", separator) if grouped else str(whole)
    return text + (f"{decimal}{rest:02}" if rest else "")


NOTATIONS = {
    "pt": [
        ("{} mil milhões de euros", 10**9, "EUR"),
        ("{} milhões de dólares", 10**6, "USD"),
        ("US$ {} bilhões", 10**9, "USD"),
        ("R$ {} mil", 10**3, "BRL"),
        ("R$ {} bi", 10**9, "BRL"),
        ("€{}M", 10**6, "EUR"),
        ("{} €", 1, "EUR"),
        ("{} biliões de ienes", 10**12, "JPY"),
    ],
    "en": [
        ("${} billion", 10**9, "USD"),
        ("£{}bn", 10**9, "GBP"),
        ("{} million euros", 10**6, "EUR"),
        ("{} trillion won", 10**12, "KRW"),
        ("€{}m", 10**6, "EUR"),
        ("HK${}", 1, "HKD"),
        ("USD {} million", 10**6, "USD"),
        ("{} billion-dollar", 10**9, "USD"),
    ],
}
WRITTEN = st.sampled_from([(lang, *notation) for lang in NOTATIONS for notation in NOTATIONS[lang]])


@given(WRITTEN, st.integers(1, 99_999_999), st.booleans())
def test_an_amount_written_is_read_back(written, cents, grouped):
    lang, notation, scale, currency = written
    words = notation.format(_digits(cents, lang, grouped))
    text = f"x {words}."
    (money,) = find_quantities(text, lang)
    assert isinstance(money, Money)
    assert text[money.span.start : money.span.end] == words
    assert (money.amount, money.currency) == (float(cents * scale / 100), currency)


@given(st.text(alphabet="0123456789.,  \nabkmn$€%-ãõéuilhtroés/", max_size=80))
def test_any_text_gives_ordered_spans_inside_it(text):
    for lang in ("pt", "en"):
        found = find_quantities(text, lang)
        spans = [item.span for item in found]
        assert spans == sorted(spans)
        assert all(0 <= span.start < span.end <= len(text) for span in spans)
        assert all(a.end <= b.start for a, b in pairwise(spans))
        assert found == find_quantities(text, lang)


@pytest.mark.parametrize(
    ("digits", "lang", "value"),
    [
        ("1.234,5", "pt", 1234.5),
        ("1,234.5", "pt", 1234.5),
        ("1.5", "pt", 1.5),
        ("1.500", "pt", 1500),
        ("1,500", "pt", 1.5),
        ("1,500", "en", 1500),
        ("1.500", "en", 1.5),
        ("1,5", "en", 1.5),
        ("1,00,000", "en", 100000),
        ("1.000.000", "en", 1000000),
    ],
)
def test_separators(digits, lang, value):
    assert parse_number(digits, lang) == value


def test_a_language_without_words_still_reads_symbols():
    (money,) = find_quantities("Bezahlte $5 M.", "de")
    assert (money.amount, money.currency, money.kind) == (5e6, "USD", Kind.AMOUNT)


@pytest.mark.parametrize(
    ("turtle", "message"),
    [
        ('[] a kg:Currency ; kg:word "x"@en .', "'x' needs kg:code"),
        ('[] a kg:Multiplier ; kg:factor "many" ; kg:word "x"@en .', "'x'"),
        ('[] a kg:Fraction ; kg:parts 0 ; kg:word "x"@en .', "'x'"),
        ('[] a kg:QuantityCue ; kg:kind "odd" ; kg:side "before" ; kg:word "x"@en .', "'odd'"),
        ("[] a kg:Currency", "not valid Turtle"),
    ],
)
def test_a_broken_file_names_file_and_entry(tmp_path, turtle, message):
    path = tmp_path / "q.ttl"
    path.write_text(f"@prefix kg: <https://kg.example/ns#> .\n{turtle}\n", "utf8")
    with pytest.raises(OntologyError, match=message) as caught:
        load_quantities(path)
    assert str(path) in str(caught.value)


def test_a_new_currency_is_a_line_of_turtle(tmp_path):
    path = tmp_path / "q.ttl"
    entry = '[] a kg:Currency ; kg:code "XTS" ; kg:symbol "T$" ; kg:word "test coins"@en .'
    path.write_text(f"@prefix kg: <https://kg.example/ns#> .\n{entry}\n", "utf8")
    found = find_quantities("It cost T$5 and 7 test coins.", "en", load_quantities(path))
    assert [(money.amount, money.currency) for money in found] == [(5, "XTS"), (7, "XTS")]
