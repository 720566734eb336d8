"""Segments of the columns: claims of a range of the ledger as arrays, written once and mapped from then on.

A segment is a folder of three Arrow IPC files. `claims` holds one row per claim, by `cid`; `links` holds the links in
compressed sparse rows, both ways (for each entity its slots, for each slot the other end and the claim's row);
`entities` holds the random ids and kinds of a range of entity numbers. A segment never changes: newer claims go into
further segments, and small ones are merged into larger ones.
"""

from __future__ import annotations

import mmap
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import DTypeLike, NDArray
from sqlalchemy import Connection

from graph.errors import StoreUnavailable
from graph.reading import batches

Array = NDArray[Any]

CLAIM_NUMBERS: dict[str, DTypeLike] = {
    "seq": np.int64,
    "subject": np.int32,
    "predicate": np.int32,
    "object": np.int32,
    "valid_from": np.int32,
    "valid_to": np.int32,
    "certain_from": np.int32,
    "certain_to": np.int32,
    "assertion": np.int8,
    "marking": np.int32,
    "source": np.int32,
    "report": np.int32,
    "category": np.int8,
}
"""Numeric columns of `claims`; -1 stands for no object and no report. `category` is a place in `CATEGORIES`."""
CATEGORIES = ("", "a", "b", "c", "d")
"""Whom a claim is about (LED 6); another word stands after them."""
_NUMBERS = len(CLAIM_NUMBERS)
LINK_NUMBERS: dict[str, DTypeLike] = {"start": np.int64, "neighbour": np.int32, "row": np.int32}
ENTITY_NUMBERS: dict[str, DTypeLike] = {"high": np.uint64, "low": np.uint64, "kind": np.int32}

_CLAIMS = (
    "SELECT seq, subject, predicate, ifnull(object, -1), valid_from, valid_to, certain_from, certain_to, assertion,"
    " marking, source, ifnull(report, -1), CASE ifnull(category, '') WHEN '' THEN 0 WHEN 'a' THEN 1 WHEN 'b' THEN 2"
    " WHEN 'c' THEN 3 WHEN 'd' THEN 4 ELSE 5 END, cid, CAST(value AS BLOB)"
    " FROM claim WHERE seq > ? AND seq <= ? ORDER BY seq"
)
_ENTITIES = "SELECT nid, kind, eid FROM entity WHERE nid > ? AND nid <= ? ORDER BY nid"


@dataclass(frozen=True, slots=True)
class Segment:
    """Claims of one range of the ledger and the entities that were new with them.

    Parameters
    ----------
    first, last : int
        Sequence numbers `first < seq <= last`.
    claims : mapping of str to array
        The columns of `CLAIM_NUMBERS`, and `cid` as bytes (n, 16).
    value : pyarrow.LargeStringArray
        Literal values, or the qualifiers of links.
    links : mapping of str to array
        Compressed sparse rows, see `LINK_NUMBERS`.
    entity_first : int
        Entity numbers begin after this one.
    entities : mapping of str to array
        `high` and `low` halves of the random id, and `kind` (0 where a number is not in use).
    """

    first: int
    last: int
    claims: Mapping[str, Array]
    value: pa.Array
    links: Mapping[str, Array]
    entity_first: int
    entities: Mapping[str, Array]

    @property
    def size(self) -> int:
        return len(self.claims["seq"])

    @property
    def entity_last(self) -> int:
        return self.entity_first + len(self.entities["kind"])


def numbers(values: Array) -> pa.Array:
    """Wrap an array as Arrow without copying. `pyarrow.array` would load pandas, which a server must not."""
    values = np.ascontiguousarray(values)
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, pa.py_buffer(values)])


def texts(values: list[bytes | None]) -> pa.Array:
    """Make an Arrow string array of encoded texts."""
    offsets = np.zeros(len(values) + 1, np.int64)
    np.cumsum(np.fromiter((len(v) if v is not None else 0 for v in values), np.int64, len(values)), out=offsets[1:])
    there = np.fromiter((v is not None for v in values), np.bool_, len(values))
    body = b"".join(v for v in values if v is not None)
    return pa.Array.from_buffers(
        pa.large_string(),
        len(values),
        [bitmap(there), pa.py_buffer(offsets), pa.py_buffer(body)],
        null_count=int(len(values) - there.sum()),
    )


def bitmap(there: NDArray[np.bool_]) -> pa.Buffer:
    """Pack booleans the way Arrow lays out validity."""
    return pa.py_buffer(np.packbits(there, bitorder="little"))


def blocks(values: Array) -> pa.Array:
    """Wrap bytes of shape (n, 16) as fixed-size Arrow binary."""
    values = np.ascontiguousarray(values)
    return pa.Array.from_buffers(pa.binary(16), len(values), [None, pa.py_buffer(values)])


def view(array: pa.Array, dtype: DTypeLike) -> Array:
    """Look at the values of an Arrow array as numpy, without copying."""
    if not len(array):
        return np.zeros(0, dtype)
    flat = np.frombuffer(array.buffers()[-1], dtype)
    return flat[array.offset : array.offset + len(array)]


def halves(ids: Array) -> tuple[Array, Array]:
    """Split 16-byte ids into two numbers that order as the bytes do."""
    words = np.ascontiguousarray(ids).reshape(-1).view(">u8").reshape(-1, 2).astype(np.uint64)
    return words[:, 0], words[:, 1]


def order_of(ids: Array) -> Array:
    """Return the order of 16-byte ids."""
    high, low = halves(ids)
    order = np.argsort(high, kind="stable")
    if len(order) > 1 and (high[order][1:] == high[order][:-1]).any():
        return np.lexsort((low, high))
    return order


def read_segment(connection: Connection, first: int, last: int, entity_first: int, entity_last: int) -> Segment:
    """Read a range of the ledger."""
    parts: list[tuple[Array, bytes]] = []
    values: list[bytes | None] = []
    for rows in batches(connection, _CLAIMS, (first, last)):
        columns = list(zip(*rows, strict=True))
        parts.append((np.array(columns[:_NUMBERS], np.int64), b"".join(columns[_NUMBERS])))
        values.extend(columns[_NUMBERS + 1])
    table = np.concatenate([p[0] for p in parts], axis=1) if parts else np.zeros((_NUMBERS, 0), np.int64)
    ids = np.frombuffer(b"".join(p[1] for p in parts), np.uint8).reshape(-1, 16)
    claims = {name: table[i].astype(kind) for i, (name, kind) in enumerate(CLAIM_NUMBERS.items())}
    return _in_order(
        first, last, claims | {"cid": ids}, texts(values), _read_entities(connection, entity_first, entity_last)
    )


def merge(segments: list[Segment]) -> Segment:
    """Make one segment of neighbouring ones."""
    claims = {n: np.concatenate([s.claims[n] for s in segments]) for n in (*CLAIM_NUMBERS, "cid")}
    entities = {n: np.concatenate([s.entities[n] for s in segments]) for n in ENTITY_NUMBERS}
    value = pa.concat_arrays([s.value for s in segments])
    return _in_order(segments[0].first, segments[-1].last, claims, value, (segments[0].entity_first, entities))


def _in_order(
    first: int, last: int, claims: dict[str, Array], value: pa.Array, entities: tuple[int, dict[str, Array]]
) -> Segment:
    order = order_of(claims["cid"])
    claims = {name: column[order] for name, column in claims.items()}
    entity_first, entity_columns = entities
    most = int(
        max(
            claims["subject"].max(initial=0),
            claims["object"].max(initial=0),
            entity_first + len(entity_columns["kind"]),
        )
    )
    return Segment(
        first, last, claims, value.take(numbers(order)), _link_index(claims["subject"], claims["object"], most + 1),
        entity_first, entity_columns,
    )  # fmt: skip


def _link_index(subject: Array, target: Array, nodes: int) -> dict[str, Array]:
    """Lay links out in compressed sparse rows, both ways.

    A link of an entity to itself leads nowhere and has no slot.
    """
    rows = np.flatnonzero((target >= 0) & (target != subject)).astype(np.int32)
    ends = np.concatenate([subject[rows], target[rows]])
    others = np.concatenate([target[rows], subject[rows]])
    order = np.argsort(ends, kind="stable")
    start = np.zeros(nodes + 1, np.int64)
    np.cumsum(np.bincount(ends, minlength=nodes), out=start[1:])
    return {"start": start, "neighbour": others[order], "row": np.tile(rows, 2)[order]}


def _read_entities(connection: Connection, first: int, last: int) -> tuple[int, dict[str, Array]]:
    columns = {name: np.zeros(last - first, kind) for name, kind in ENTITY_NUMBERS.items()}
    for rows in batches(connection, _ENTITIES, (first, last)):
        nids, kinds, eids = zip(*rows, strict=True)
        at = np.array(nids, np.int64) - first - 1
        columns["high"][at], columns["low"][at] = halves(np.frombuffer(b"".join(eids), np.uint8).reshape(-1, 16))
        columns["kind"][at] = kinds
    return first, columns


# files


def save(segment: Segment, folder: Path) -> dict[str, dict[str, int]]:
    """Write a segment's files, durable; return length and CRC-32 of each by name."""
    folder.mkdir(parents=True)
    claims = {name: numbers(segment.claims[name]) for name in CLAIM_NUMBERS}
    claims |= {"cid": blocks(segment.claims["cid"]), "value": segment.value}
    about = {"claims": _write(folder / "claims", pa.record_batch(claims))}
    for name, columns in (("links", segment.links), ("entities", segment.entities)):
        about[name] = _write(folder / name, pa.record_batch({n: _listed(column) for n, column in columns.items()}))
    _sync_folder(folder)
    _sync_folder(folder.parent)
    return about


def load(folder: Path, about: Mapping[str, Any]) -> Segment:
    """Map a segment's files.

    Raises
    ------
    StoreUnavailable
        A file is missing or is not what was written.
    """
    try:
        claims, links, entities = (
            _open(folder / name, about["files"][name]) for name in ("claims", "links", "entities")
        )
        columns = {name: view(claims.column(name), kind) for name, kind in CLAIM_NUMBERS.items()}
        cid = np.frombuffer(claims.column("cid").buffers()[1], np.uint8)[: claims.num_rows * 16].reshape(-1, 16)
        return Segment(
            about["first"], about["last"], columns | {"cid": cid}, claims.column("value"), {name:
            view(links.column(name).values, kind) for name, kind in LINK_NUMBERS.items()}, about["entity_first"],
            {name: view(entities.column(name).values, kind) for name, kind in ENTITY_NUMBERS.items()},
        )  # fmt: skip
    except (OSError, KeyError, TypeError, ValueError, IndexError, pa.ArrowException) as error:
        raise StoreUnavailable(
            f"The columns in {folder.name} are damaged ({error}). They are rebuilt from the ledger."
        ) from error


def _listed(values: Array) -> pa.Array:
    """Wrap an array as one list, so that arrays of different lengths share a record batch."""
    offsets = pa.py_buffer(np.array([0, len(values)], np.int64))
    return pa.Array.from_buffers(
        pa.large_list(pa.from_numpy_dtype(values.dtype)), 1, [None, offsets], children=[numbers(values)]
    )


def _write(place: Path, batch: pa.RecordBatch) -> dict[str, int]:
    with place.open("wb") as file:
        with pa.ipc.new_file(file, batch.schema) as writer:
            writer.write_batch(batch)
        file.flush()
        os.fsync(file.fileno())
    return {"bytes": place.stat().st_size, "crc32": _checksum(place)}


def _open(place: Path, about: Mapping[str, int]) -> pa.RecordBatch:
    if place.stat().st_size != about["bytes"] or _checksum(place) != about["crc32"]:
        raise ValueError(f"{place.name} is not what was written")
    batch = pa.ipc.open_file(pa.memory_map(str(place))).get_batch(0)
    return batch


def _checksum(place: Path) -> int:
    with place.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        total = 0
        for part in _slices(content):
            total = zlib.crc32(part, total)
        return total


def _slices(content: mmap.mmap) -> Iterator[bytes]:
    step = 1 << 22
    for begin in range(0, len(content), step):
        yield content[begin : begin + step]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
