"""Rows of a CSV file are found by their bytes exactly where a parser finds them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import rows
from graph.errors import BadDelivery

cells = st.text(st.sampled_from('ab ",\nø;'), max_size=6)
tables = st.lists(st.lists(cells, min_size=3, max_size=3).filter(any), min_size=1, max_size=30)


def written(table: list[list[str]], quoting: int, end: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator=end, quoting=quoting).writerows(table)  # type: ignore[arg-type]
    return out.getvalue().encode()


@given(tables, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.sampled_from(["\n", "\r\n"]), st.integers(4, 60))
def test_every_row_is_led_back_to_its_bytes(table: list[list[str]], quoting: int, end: str, chunk: int) -> None:
    content = written([["a", "b", "c"], *table], quoting, end)
    was, rows.CHUNK = rows.CHUNK, chunk
    try:
        for number, row in enumerate(table):
            names, found, raw = rows.csv_row(content, number)
            assert names == ["a", "b", "c"]
            assert found == row
            assert next(csv.reader(io.StringIO(raw.decode(), newline=""))) == row
    finally:
        rows.CHUNK = was
    with pytest.raises(BadDelivery):
        rows.csv_row(content, len(table))


@given(tables, st.integers(4, 60))
def test_spans_cover_the_file_without_gap_or_overlap(table: list[list[str]], chunk: int) -> None:
    content = written(table, csv.QUOTE_ALL, "\n")
    was, rows.CHUNK = rows.CHUNK, chunk
    try:
        found = [content[a:b] for span in rows.spans(content, 0) for a, b in zip(span.starts, span.ends, strict=True)]
        commas = [int(n) for span in rows.spans(content, 0) for n in span.commas]
    finally:
        rows.CHUNK = was
    assert b"".join(found) == content
    assert commas == [2] * len(table)


def test_quotation_marks_inside_a_cell_are_left_to_the_parser() -> None:
    content = b'a,b\n1,x"y\n2,z\n'
    with pytest.raises(rows.OddQuotes):
        list(rows.spans(content, 4))
    assert rows.csv_row(content, 0)[1] == ["1", 'x"y']
    assert rows.csv_row(content, 1)[1] == ["2", "z"]


def test_a_lone_carriage_return_marks_its_row() -> None:
    content = b'a,b\r\n1,x\r\n2,y\rz\r\n3,"y\rz"\r\n'
    (span,) = rows.spans(content, 5)
    assert span.broken.tolist() == [False, True, False]
    assert [cells for _, _, cells in rows.parsed_rows(content, 5)] == [["1", "x"], [], ["3", "y\rz"]]


def test_blank_lines_are_no_rows() -> None:
    content = b"a,b\n\n1,x\n\r\n\n2,y\n\n"
    assert [content[a:b] for s in rows.spans(content, 4) for a, b in zip(s.starts, s.ends, strict=True)] == [
        b"1,x\n",
        b"2,y\n",
    ]
    assert rows.csv_row(content, 1) == (["a", "b"], ["2", "y"], b"2,y\n")
    assert [cells for _, _, cells in rows.parsed_rows(content, 4)] == [["1", "x"], ["2", "y"]]
