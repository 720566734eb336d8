"""Claims as Arrow: one shape, whichever engine read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from graph.columns_build import Array, bitmap, blocks, numbers, order_of, texts
from graph.store import SCAN


def scan_table(claims: Mapping[str, Array], words: Sequence[str], value: pa.Array) -> pa.Table:
    """Return a table with the columns of `SCAN`.

    Parameters
    ----------
    claims : mapping of str to array
        The numeric columns and `cid` (bytes, n by 16), rows by `cid`. `predicate` counts into `words`; -1 stands for
        no object and no report.
    words : sequence of str
        Predicates.
    value : pyarrow.LargeStringArray
    """
    count = len(claims["cid"])
    predicate = pa.DictionaryArray.from_arrays(numbers(claims["predicate"]), texts([word.encode() for word in words]))
    columns: dict[str, pa.Array] = {"predicate": predicate, "value": value, "cid": blocks(claims["cid"])}
    for name in ("object", "report"):
        buffers = [bitmap(claims[name] >= 0), pa.py_buffer(np.ascontiguousarray(claims[name]))]
        columns[name] = pa.Array.from_buffers(pa.int32(), count, buffers)
    arrays = [columns[name] if name in columns else numbers(claims[name]) for name in SCAN.names]
    return pa.Table.from_arrays(arrays, schema=SCAN)


def in_order(claims: Mapping[str, Array], value: pa.Array) -> tuple[dict[str, Array], pa.Array]:
    """Bring claims into the order of their random ids."""
    order = order_of(claims["cid"])
    return {name: column[order] for name, column in claims.items()}, value.take(numbers(order))
