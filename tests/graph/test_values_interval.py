"""Intervals with uncertain ends."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import BadDate
from graph.interval import (
    NO_BEGINNING,
    NO_END,
    TIMELESS,
    Interval,
    certain_overlap,
    day_number,
    format_bounds,
    format_danish_date,
    format_day,
    interval_bounds,
    parse_danish_date,
    parse_interval,
    possible_overlap,
    to_date,
)

EMPTY = (NO_END, NO_BEGINNING)


def d(text: str) -> int:
    return day_number(date.fromisoformat(text))


days = st.dates(min_value=date(1, 1, 1), max_value=date(9999, 12, 31))


@st.composite
def dates(draw: st.DrawFn) -> str:
    """One EDTF date of any precision, doubted or not."""
    iso = draw(days).isoformat()
    written = draw(st.sampled_from([iso, iso[:7], iso[:4], iso[:7] + "-XX", iso[:4] + "-XX", iso[:3] + "X"]))
    return written.replace("000X", "001X") + draw(st.sampled_from(["", "", "", "?", "~", "%"]))


@st.composite
def intervals(draw: st.DrawFn) -> str:
    """A valid EDTF date or interval."""
    first, second = draw(dates()), draw(dates())
    if draw(st.booleans()):
        return first
    if parse_interval(first).valid_from > parse_interval(second).valid_to:
        first, second = second, first
    return draw(st.sampled_from([f"{first}/{second}", f"{first}/..", f"../{second}", f"{first}/", f"/{second}"]))


@pytest.mark.parametrize(
    ("text", "outer", "inner"),
    [
        ("2016-05-03", ("2016-05-03", "2016-05-03"), ("2016-05-03", "2016-05-03")),
        ("2016-05", ("2016-05-01", "2016-05-31"), ("2016-05-31", "2016-05-01")),
        ("2016-02", ("2016-02-01", "2016-02-29"), ("2016-02-29", "2016-02-01")),
        ("2016", ("2016-01-01", "2016-12-31"), ("2016-12-31", "2016-01-01")),
        ("201X", ("2010-01-01", "2019-12-31"), ("2019-12-31", "2010-01-01")),
        ("20XX", ("2000-01-01", "2099-12-31"), ("2099-12-31", "2000-01-01")),
        ("2016-XX", ("2016-01-01", "2016-12-31"), ("2016-12-31", "2016-01-01")),
        ("2016-05-XX", ("2016-05-01", "2016-05-31"), ("2016-05-31", "2016-05-01")),
        ("2016-XX-XX", ("2016-01-01", "2016-12-31"), ("2016-12-31", "2016-01-01")),
        ("2016-05-03T14:22", ("2016-05-03", "2016-05-03"), ("2016-05-03", "2016-05-03")),
        ("2016-05-03T14:22:01Z", ("2016-05-03", "2016-05-03"), ("2016-05-03", "2016-05-03")),
        ("2015-03-01/2015-04-02", ("2015-03-01", "2015-04-02"), ("2015-03-01", "2015-04-02")),
        ("2015/2016", ("2015-01-01", "2016-12-31"), ("2015-12-31", "2016-01-01")),
        ("2015-03/2016", ("2015-03-01", "2016-12-31"), ("2015-03-31", "2016-01-01")),
        ("2016/2016", ("2016-01-01", "2016-12-31"), ("2016-12-31", "2016-01-01")),
    ],
)
def test_bounds(text: str, outer: tuple[str, str], inner: tuple[str, str]) -> None:
    assert parse_interval(text) == Interval(d(outer[0]), d(outer[1]), d(inner[0]), d(inner[1]), text)


@pytest.mark.parametrize("text", ["2016?", "2016~", "2016%", "?2016", "2016-05?", "2016-05-03?", "2016?-05"])
def test_doubt_leaves_the_outer_bounds_and_empties_the_inner(text: str) -> None:
    plain = parse_interval(text.replace("?", "").replace("~", "").replace("%", ""))
    found = parse_interval(text)
    assert (found.valid_from, found.valid_to) == (plain.valid_from, plain.valid_to)
    assert (found.certain_from, found.certain_to) == EMPTY


def test_open_and_unknown_ends() -> None:
    assert parse_interval("2015-03-01/..") == Interval(
        d("2015-03-01"), NO_END, d("2015-03-01"), d("2015-03-01"), "2015-03-01/.."
    )
    assert parse_interval("2015-03/..") == Interval(
        d("2015-03-01"), NO_END, d("2015-03-31"), d("2015-03-31"), "2015-03/.."
    )
    assert parse_interval("2015-03/") == Interval(d("2015-03-01"), NO_END, d("2015-03-31"), d("2015-03-01"), "2015-03/")
    assert parse_interval("../2015") == Interval(
        NO_BEGINNING, d("2015-12-31"), d("2015-01-01"), d("2015-01-01"), "../2015"
    )
    assert parse_interval("/2015") == Interval(NO_BEGINNING, d("2015-12-31"), d("2015-12-31"), d("2015-01-01"), "/2015")


@pytest.mark.parametrize("text", ["", "  ", "../..", "/", "../", "/.."])
def test_nothing_said_of_when(text: str) -> None:
    found = parse_interval(text)
    assert (found.valid_from, found.valid_to) == (NO_BEGINNING, NO_END)
    assert found.is_timeless
    assert not found.has_certain_day
    assert possible_overlap(found, parse_interval("2016"))
    assert not certain_overlap(found, parse_interval("2016-05-03"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2015-02-30", "impossible-date"),
        ("2015-02-29", "impossible-date"),
        ("2015-04-31/2015-05-01", "impossible-date"),
        ("2016-01-01/2015-12-31", "reversed-date"),
        ("2016-05/2016-03", "reversed-date"),
        ("2015-13", "bad-date"),
        ("2015-00", "bad-date"),
        ("2015-00-10", "bad-date"),
        ("2015-05-00", "impossible-date"),
        ("0000", "bad-date"),
        ("15-05-03", "bad-date"),
        ("2015-5-3", "bad-date"),
        ("03.05.2015", "bad-date"),
        ("2015/2016/2017", "bad-date"),
        ("2015-XX-03", "bad-date"),
        ("201X-05", "bad-date"),
        ("XXXX", "bad-date"),
        ("open", "bad-date"),
        ("NaN", "bad-date"),
        ("2015...", "bad-date"),
        ("２０１５", "bad-date"),
        ("2015-05-03\n2016", "bad-date"),
    ],
)
def test_refused(text: str, code: str) -> None:
    with pytest.raises(BadDate) as refusal:
        parse_interval(text)
    assert refusal.value.reason_code == code
    assert repr(text) in str(refusal.value)


@given(intervals())
def test_outer_bounds_hold_the_inner_and_are_in_order(text: str) -> None:
    found = parse_interval(text)
    assert found.valid_from <= found.valid_to
    if found.has_certain_day:
        assert found.valid_from <= found.certain_from <= found.certain_to <= found.valid_to


@given(intervals())
def test_the_text_is_kept_and_reads_back_the_same(text: str) -> None:
    found = parse_interval(text)
    assert found.text == text
    assert parse_interval(f" {found.text} ") == found


@given(intervals())
def test_bounds_written_out_read_back(text: str) -> None:
    found = parse_interval(text)
    again = parse_interval(format_bounds(found.valid_from, found.valid_to))
    assert (again.valid_from, again.valid_to) == (found.valid_from, found.valid_to)


@given(days, days)
def test_days_out_of_order_are_refused(a: date, b: date) -> None:
    first, second = sorted((a, b))
    assert parse_interval(f"{first}/{second}").has_certain_day
    if first != second:
        with pytest.raises(BadDate):
            parse_interval(f"{second}/{first}")


def bounds_or_refusal(text: str) -> tuple[int, ...] | str:
    try:
        return interval_bounds(text)
    except BadDate as error:
        return error.message


@given(
    st.one_of(
        intervals(),
        st.text("0123456789-/.?~X W", max_size=22),
        st.tuples(days, days).map(lambda pair: f"{pair[0]}/{pair[1]}"),
    )
)
def test_the_fast_way_to_the_bounds_gives_the_same(text: str) -> None:
    try:
        held = parse_interval(text)
        said: tuple[int, ...] | str = (held.valid_from, held.valid_to, held.certain_from, held.certain_to)
    except BadDate as error:
        said = error.message
    assert bounds_or_refusal(text) == said


@given(intervals(), intervals())
def test_overlap(one: str, other: str) -> None:
    a, b = parse_interval(one), parse_interval(other)
    assert possible_overlap(a, b) == possible_overlap(b, a)
    assert certain_overlap(a, b) == certain_overlap(b, a)
    if certain_overlap(a, b):
        assert possible_overlap(a, b)


def test_overlap_of_an_unknown_day_in_a_month() -> None:
    some_day = parse_interval("2016-05")
    assert certain_overlap(some_day, parse_interval("2016-01-01/2016-12-31"))
    assert not certain_overlap(some_day, parse_interval("2016-05-02/2016-12-31"))
    assert possible_overlap(some_day, parse_interval("2016-05-02/2016-12-31"))
    assert not certain_overlap(some_day, some_day)
    assert not possible_overlap(some_day, parse_interval("2016-06"))


@given(days)
def test_day_numbers_go_to_and_fro(day: date) -> None:
    assert to_date(day_number(day)) == day
    assert format_day(day_number(day)) == day.isoformat()


def test_sentinels_fit_four_bytes_and_have_no_date() -> None:
    assert -(2**31) <= NO_BEGINNING < NO_END < 2**31
    assert to_date(NO_END) is None
    assert format_day(NO_BEGINNING) == ".."
    assert TIMELESS.text == ""
    with pytest.raises(BadDate):
        to_date(NO_END - 1)


@pytest.mark.parametrize(
    ("written", "edtf"),
    [
        ("23.11.2026", "2026-11-23"),
        ("3.1.2026", "2026-01-03"),
        ("23-11-2026", "2026-11-23"),
        ("23/11/2026", "2026-11-23"),
        ("23. november 2026", "2026-11-23"),
        ("23. Nov. 2026", "2026-11-23"),
        ("1 maj 2026", "2026-05-01"),
        ("maj 2026", "2026-05"),
        ("dec. 2024", "2024-12"),
        ("2026", "2026"),
    ],
)
def test_danish_dates(written: str, edtf: str) -> None:
    assert parse_danish_date(written) == edtf


@pytest.mark.parametrize(
    "written", ["23.11.26", "november", "23. nomember 2026", "31.2.2026", "2026-11-23", "23. ju 2026", ""]
)
def test_not_danish_dates(written: str) -> None:
    with pytest.raises(BadDate):
        parse_danish_date(written)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_danish_dates_go_to_and_fro(day: date) -> None:
    assert parse_danish_date(format_danish_date(day_number(day))) == day.isoformat()
