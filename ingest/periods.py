"""Periods of validity, read for a whole block at once where their days are written in full."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph.errors import BadInput
from graph.interval import NO_END, interval_bounds
from ingest.arrow import bytes_of, ends_of

Bounds = npt.NDArray[np.int64]
Digits = npt.NDArray[np.int64]
_DAY = 10
"""Letters of a day written in full."""
_PARTS = (
    (slice(0, 4), np.array([1000, 100, 10, 1])),
    (slice(4, 6), np.array([10, 1])),
    (slice(6, 8), np.array([10, 1])),
)
"""Which digits are the year, the month and the day, and what each counts."""


def bounds_of(words: pa.StringArray) -> tuple[Bounds, dict[int, BadInput]]:
    """Return the four bounds of each period as `graph.interval.interval_bounds` reads them, and what it refuses.

    Examples
    --------
    >>> from ingest.arrow import strings
    >>> bounds_of(strings(["1970-01-01/1970-01-03", "1970-01-02"]))[0].tolist()
    [[0, 2, 0, 2], [1, 1, 1, 1]]
    """
    begins, ends = ends_of(words)[:-1], ends_of(words)[1:]
    size, body = ends - begins, bytes_of(words)
    bounds = np.zeros((len(words), 4), dtype=np.int64)
    read = np.zeros(len(words), dtype=bool)
    for letters in (_DAY, _DAY + 3, 2 * _DAY + 1):
        places = np.flatnonzero(size == letters)
        if len(places):
            cells = body[begins[places][:, None] + np.arange(letters)]
            bounds[places], read[places] = _read(cells)
    faults: dict[int, BadInput] = {}
    for place in np.flatnonzero(~read).tolist():
        try:
            bounds[place] = interval_bounds(words[place].as_py())
        except BadInput as error:
            faults[place] = error
    return bounds, faults


def _read(cells: npt.NDArray[np.uint8]) -> tuple[Bounds, npt.NDArray[np.bool_]]:
    """Read `day`, `day/..` or `day/day`, all of one kind; say which of them are what they look like."""
    begin, good = _days(cells[:, :_DAY])
    end = begin
    if cells.shape[1] == 2 * _DAY + 1:
        end, fine = _days(cells[:, _DAY + 1 :])
        good &= fine & (cells[:, _DAY] == ord("/")) & (begin <= end)
    elif cells.shape[1] > _DAY:
        end = np.full(len(cells), NO_END, dtype=np.int64)
        good &= np.logical_and.reduce(cells[:, _DAY:] == np.frombuffer(b"/..", dtype=np.uint8), axis=1)
        return np.stack([begin, end, begin, begin], axis=1), good
    return np.stack([begin, end, begin, end], axis=1), good


def _days(cells: npt.NDArray[np.uint8]) -> tuple[Digits, npt.NDArray[np.bool_]]:
    """Return the number of each day written as `2016-05-03`; say which of them a calendar has."""
    digits = cells[:, [0, 1, 2, 3, 5, 6, 8, 9]].astype(np.int64) - ord("0")
    good: npt.NDArray[np.bool_] = np.logical_and.reduce((digits >= 0) & (digits <= 9), axis=1)
    good &= (cells[:, 4] == ord("-")) & (cells[:, 7] == ord("-"))
    year, month, day = (digits[:, part] @ scale for part, scale in _PARTS)
    good &= (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    months = (np.where(good, year, 1970) - 1970) * 12 + np.where(good, month, 1) - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    after = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    good &= day <= after - first
    return first + day - 1, good
