"""Periods read a block at a time are those read one by one."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graph.errors import BadInput
from graph.interval import interval_bounds
from ingest.arrow import strings
from ingest.periods import bounds_of

DAY = st.dates(date(1, 1, 1), date(9999, 12, 31)).map(date.isoformat)
LETTERS = st.text("0123456789-/.X?ø ", max_size=22)
NEAR = st.builds(lambda y, m, d: f"{y:04}-{m:02}-{d:02}", st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32))
END = st.one_of(DAY, NEAR)
TEXT = st.one_of(
    END,
    LETTERS,
    st.builds("{}/{}".format, END, END),
    END.map("{}/..".format),
    END.map("../{}".format),
    st.builds("{}{}{}".format, DAY, st.sampled_from("/-. "), DAY),
    st.builds("{}{}".format, DAY, st.sampled_from(["/", "/.", "/...", "-..", "/..?"])),
)


def one_by_one(text: str) -> tuple[int, ...] | str:
    try:
        return interval_bounds(text)
    except BadInput as error:
        return error.message


@given(st.lists(TEXT, max_size=30))
@example(["2016-02-29", "2015-02-29", "1900-02-29", "2000-02-29", "0000-01-01", "2016-13-01", "2016-00-10"])
@example(["2016-05-03/2016-05-02", "2016-05-03/2016-05-03", "0001-01-01/9999-12-31", "", "2016"])
def test_a_block_of_periods_is_read_as_each_of_them_is(texts: list[str]) -> None:
    bounds, refused = bounds_of(strings(texts))
    found = [refused[place].message if place in refused else tuple(row) for place, row in enumerate(bounds.tolist())]
    assert found == [one_by_one(text) for text in texts]


@pytest.mark.parametrize("cut", [1, 2])
def test_a_part_of_an_array_is_read_from_where_it_begins(cut: int) -> None:
    texts = ["2016-05", "2016-05-03/2016-05-04", "1970-01-02"]
    bounds, refused = bounds_of(strings(texts).slice(cut))
    assert not refused
    assert bounds.tolist() == [list(interval_bounds(text)) for text in texts[cut:]]
