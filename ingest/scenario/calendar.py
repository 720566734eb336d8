"""Days as whole numbers since 1970-01-01, and their EDTF texts."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.scenario.draws import Ints

_EPOCH = date(1970, 1, 1)


def day(year: int, month: int = 1, dom: int = 1) -> int:
    """Day number of a date."""
    return (date(year, month, dom) - _EPOCH).days


FIRST = day(2006)
"""Earliest day on which anything in the world is observed."""
TODAY = day(2026, 10, 31)
"""The last day the world's registers cover."""


def iso(number: int) -> str:
    """Write a day as EDTF."""
    return (_EPOCH + timedelta(days=int(number))).isoformat()


def year_of(number: int) -> int:
    """Year of a day."""
    return (_EPOCH + timedelta(days=int(number))).year


def span(start: int, end: int | None) -> str:
    """An interval; `None` is an open end."""
    return f"{iso(start)}/{'..' if end is None else iso(end)}"


_LOW = day(1940)
_DAYS = [iso(number) for number in range(_LOW, day(2028))]
_ISO = pa.array(_DAYS)
_MONTH = pa.array([text[:7] for text in _DAYS])
_MONTHS = np.array([int(text[5:7]) for text in _DAYS], dtype=np.int64)


def iso_array(days: Ints) -> pa.Array:
    """Days as EDTF."""
    return _ISO.take(pa.array(days - _LOW))


def month_array(days: Ints) -> Ints:
    """Month of each day, from 1."""
    return _MONTHS[days - _LOW]


def spans(
    starts: Ints, ends: Ints, vague_start: np.ndarray | None = None, vague_end: np.ndarray | None = None
) -> pa.Array:
    """Intervals as EDTF. An end after `TODAY` is open; a vague day is written to the month."""
    low, high = iso_array(starts), iso_array(np.minimum(ends, TODAY))
    if vague_start is not None:
        low = pc.if_else(pa.array(vague_start), _MONTH.take(pa.array(starts - _LOW)), low)
    if vague_end is not None:
        high = pc.if_else(pa.array(vague_end), _MONTH.take(pa.array(np.minimum(ends, TODAY) - _LOW)), high)
    high = pc.if_else(pa.array(ends > TODAY), "..", high)
    return pc.binary_join_element_wise(low, high, "/")
