"""Dates in words: a case file told against one date, and dates written and read back."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.dates import find_dates, load_dates
from kg.errors import OntologyError

TODAY = "2025-10-15"  # a Wednesday
CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "dates.jsonl").read_text("utf8").splitlines()
]
PRECISION = {4: "year", 7: "month", 10: "day"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['lang']} {case['text']}")
def test_case(case):
    text = case["text"]
    found = find_dates(text, case["lang"], TODAY)
    assert [[text[d.span.start : d.span.end], d.value] for d in found] == case["found"]
    assert all(d.precision == PRECISION[len(d.value)] for d in found)


def test_without_the_articles_date_only_full_dates_count():
    text = "Last month, on Monday, in May, yesterday; but 3 May 2024 and in 2023."
    assert [d.value for d in find_dates(text, "en", None)] == ["2024-05-03", "2023"]


DATES = st.dates(date(1950, 1, 1), date(2099, 12, 31))


def _names(lang):
    return {number: word for word, number in load_dates().months[lang].items()}


@given(DATES)
def test_a_date_written_is_read_back(day):
    english, portuguese = _names("en")[day.month].title(), _names("pt")[day.month]
    written = [
        ("en", f"{english} {day.day}, {day.year}"),
        ("en", f"{day.day} {english} {day.year}"),
        ("pt", f"{day.day} de {portuguese} de {day.year}"),
        ("pt", f"{day.day:02}/{day.month:02}/{day.year}"),
        ("en", day.isoformat()),
    ]
    for lang, words in written:
        assert [d.value for d in find_dates(f"x ({words}).", lang, TODAY)] == [day.isoformat()]


@given(DATES, st.integers(0, 6))
def test_a_weekday_is_the_latest_one(today, back):
    day = today - timedelta(days=back)
    (found,) = find_dates(f"It said {day:%A} that", "en", today.isoformat())
    assert found.value == day.isoformat()


@given(st.text(alphabet="0123456789/-., maeinstyMJulº", max_size=60))
def test_any_text_gives_ordered_spans_inside_it(text):
    for lang in ("en", "pt", "de"):
        spans = [d.span for d in find_dates(text, lang, TODAY)]
        assert spans == sorted(spans)
        assert all(0 <= span.start < span.end <= len(text) for span in spans)


@pytest.mark.parametrize(
    ("turtle", "message"),
    [
        ('[] a kg:Month ; kg:word "x"@en .', "'x' needs a whole kg:number"),
        ('[] a kg:RelativeDate ; kg:unit "eon" ; kg:offset 1 ; kg:word "x"@en .', "'eon' is none"),
    ],
)
def test_a_broken_file_names_file_and_entry(tmp_path, turtle, message):
    path = tmp_path / "d.ttl"
    path.write_text(f"@prefix kg: <https://kg.example/ns#> .\n{turtle}\n", "utf8")
    with pytest.raises(OntologyError, match=message):
        load_dates(path)
