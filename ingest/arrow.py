"""Arrow arrays made from, and read as, what Python and numpy have.

Arrow's own ways in and out (`pa.array`, `to_numpy`, bare values in `pyarrow.compute`) look for pandas first, and
importing it takes as long as loading twenty thousand claims.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Index = npt.NDArray[np.int32]


def strings(values: Sequence[str]) -> pa.StringArray:
    """Return texts as an array.

    Examples
    --------
    >>> strings(["a", "", "ø"]).to_pylist()
    ['a', '', 'ø']
    """
    encoded = [value.encode() for value in values]
    ends = np.fromiter(accumulate(map(len, encoded), initial=0), dtype=np.int32, count=len(encoded) + 1)
    return pa.StringArray.from_buffers(len(encoded), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded)))


def scalar(value: str) -> pa.StringScalar:
    """Return one text."""
    return strings([value])[0]


def places(index: npt.NDArray[Any]) -> pa.Int32Array:
    """Return whole numbers as an array.

    Examples
    --------
    >>> strings(["a", "b"]).take(places(np.array([1, 1, 0]))).to_pylist()
    ['b', 'b', 'a']
    """
    plain = np.ascontiguousarray(index, dtype=np.int32)
    return pa.Array.from_buffers(pa.int32(), len(plain), [None, pa.py_buffer(plain)])


def index_of(numbers: pa.Int32Array) -> Index:
    """Return an array of 32-bit numbers, none of them missing."""
    assert numbers.null_count == 0, "an index has a place for everything"
    if not len(numbers):
        return np.zeros(0, dtype=np.int32)
    return np.frombuffer(numbers.buffers()[1], dtype=np.int32, count=len(numbers), offset=4 * numbers.offset)


def ends_of(words: pa.StringArray) -> Index:
    """Return where in the array's bytes each text begins, and where the last one ends."""
    if not len(words):
        return np.zeros(1, dtype=np.int32)
    return np.frombuffer(words.buffers()[1], dtype=np.int32, count=len(words) + 1, offset=4 * words.offset)


def sizes(words: pa.StringArray) -> Index:
    """Return how many bytes each text has."""
    found: Index = np.diff(ends_of(words))
    return found


def bytes_of(words: pa.StringArray) -> npt.NDArray[np.uint8]:
    """Return the bytes that `ends_of` counts in."""
    body = words.buffers()[2] if len(words) else None
    return np.frombuffer(body, dtype=np.uint8) if body is not None and body.size else np.zeros(0, dtype=np.uint8)
