"""Rows as columns, packed to travel: a table is filled from them many times faster than from tuples.

A packed column is a tuple of plain values, its form first. `graph.scribe_process`, which imports nothing of the house,
unpacks them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Packed = tuple[Any, ...]
Numbers = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]


def same(value: int | None) -> Packed:
    """Pack a column that says the same in every row."""
    return "same", value


def numbers(values: Numbers) -> Packed:
    """Pack whole numbers.

    Examples
    --------
    >>> numbers(np.array([7, 7]))
    ('same', 7)
    """
    if len(values) and bool((values == values[0]).all()):
        return same(int(values[0]))
    return "numbers", values.astype(np.int64, copy=False).tobytes()


def numbers_or_none(values: Numbers) -> Packed:
    """Pack whole numbers of which 0 stands for none."""
    if not values.any():
        return same(None)
    packed = numbers(values)
    return packed if values.all() else ("numbers or none", *packed[1:])


def blobs(values: Sequence[bytes]) -> Packed:
    """Pack texts of bytes that are all equally long."""
    return "blobs", len(values[0]) if values else 0, b"".join(values)


def texts(values: Sequence[str]) -> Packed:
    """Pack texts, one a row."""
    return "texts", list(values)


def words(said: Sequence[str], places: Places) -> Packed:
    """Pack texts as words and, for each row, the place of its word."""
    return "words", list(said), places.astype(np.int32, copy=False).tobytes()


def words_or_none(said: Sequence[str], places: Places) -> Packed:
    """Pack texts as `words` does; the empty one stands for none."""
    if list(said) == [""]:
        return same(None)
    form, *packed = words(said, places)
    return (f"{form} or none" if "" in said else form), *packed
