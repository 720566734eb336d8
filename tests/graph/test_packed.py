"""Rows that travel as columns are the rows that tuples would have made."""

from __future__ import annotations

import sqlite3
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import packed
from graph.scribe_process import fill

ROW = st.tuples(
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 3),
    st.binary(min_size=4, max_size=4),
    st.text(max_size=8),
    st.sampled_from(["", "a", "'; --", "ø\0"]),
)


def table() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute(
        "CREATE TABLE held (place INTEGER PRIMARY KEY, number INTEGER NOT NULL, some INTEGER, raw BLOB NOT NULL, "
        "text TEXT NOT NULL, word TEXT, again TEXT NOT NULL, none TEXT, delivery INTEGER NOT NULL) STRICT"
    )
    return connection


def columns(rows: list[tuple[int, int, bytes, str, str]]) -> dict[str, packed.Packed]:
    number, some, raw, text, word = map(list, zip(*rows, strict=True))
    said = sorted(set(word))
    places = np.array([said.index(each) for each in word], dtype=np.int32)
    return {
        "place": packed.numbers(np.arange(len(rows))),
        "number": packed.numbers(np.array(number, dtype=np.int64)),
        "some": packed.numbers_or_none(np.array(some, dtype=np.int64)),
        "raw": packed.blobs(raw),
        "text": packed.texts(text),
        "word": packed.words_or_none(said, places),
        "again": packed.words(said, places),
        "none": packed.same(None),
        "delivery": packed.same(7),
    }


@given(st.lists(ROW, min_size=1, max_size=40))
def test_columns_give_the_rows_that_they_were_packed_from(rows: list[tuple[int, int, bytes, str, str]]) -> None:
    connection = table()
    fill(connection, "held", len(rows), columns(rows))
    expected: list[tuple[Any, ...]] = [
        (place, number, some or None, raw, text, word or None, word, None, 7)
        for place, (number, some, raw, text, word) in enumerate(rows)
    ]
    assert connection.execute("SELECT * FROM held ORDER BY place").fetchall() == expected


@pytest.mark.parametrize("taken", [0, 5, 8, 17])
def test_a_row_that_is_there_already_is_an_error_and_a_rollback_leaves_nothing(taken: int) -> None:
    connection = table()
    rows = [(number, 1, b"rawr", "text", "a") for number in range(18)]
    connection.execute("INSERT INTO held VALUES (?, 0, 0, x'', '', '', '', '', 0)", (taken,))
    connection.execute("BEGIN")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        fill(connection, "held", len(rows), columns(rows))
    connection.execute("ROLLBACK")
    assert connection.execute("SELECT count(*) FROM held").fetchone() == (1,)


@pytest.mark.parametrize("count", [3, 9])
def test_columns_of_unequal_length_are_refused(count: int) -> None:
    connection = table()
    uneven = {**columns([(1, 1, b"rawr", "text", "a")] * count), "text": packed.texts(["text"] * (count - 1))}
    with pytest.raises(ValueError, match="shorter"):
        fill(connection, "held", count, uneven)
