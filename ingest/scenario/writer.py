"""Writes claims tables as they come: CSV that people can read, or Parquet where a table is big."""

from __future__ import annotations

import csv
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingest.scenario.draws import Ints

COLUMNS = (
    "subject subject_kind predicate object object_kind value valid grade assertion category marking source "
    "report locator note"
).split()
_SCHEMA = pa.schema([(name, pa.string()) for name in COLUMNS])
_RELATIONS = "object"
_FLUSH = 20_000

Column: TypeAlias = "str | pa.Array | None"


def ids(prefix: str, numbers: Ints, width: int = 7) -> pa.Array:
    """Delivered ids such as `person:0000123`."""
    digits = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width, "0")
    return pc.binary_join_element_wise(pa.scalar(prefix + ":"), digits, "")


class ClaimWriter:
    """One world's claims tables. Each part is one file; rows of a part keep their order."""

    def __init__(self, out: Path, *, big: frozenset[str] = frozenset()) -> None:
        self._out, self._big = out, big
        self._csv: dict[str, TextIO] = {}
        self._parquet: dict[str, pq.ParquetWriter] = {}
        self._pending: dict[str, list[tuple[str | None, ...]]] = {}
        self.claims = 0
        self.relations = 0
        self.files: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            for part in list(self._pending):
                self._flush(part)
        for handle in self._csv.values():
            handle.close()
        for writer in self._parquet.values():
            writer.close()

    def columns(self, part: str, count: int, **given: Column) -> None:
        """Add `count` rows; a column is an array, one text for all rows, or nothing."""
        if count == 0:
            return
        self._flush(part)
        arrays = [_expand(given.pop(name, None), count) for name in COLUMNS]
        if given:
            raise TypeError(f"expected the columns of a claims table, got {sorted(given)}")
        self._write(part, pa.table(arrays, schema=_SCHEMA))

    def row(self, part: str, **given: str | None) -> None:
        """Add one row."""
        pending = self._pending.setdefault(part, [])
        pending.append(tuple(given.pop(name, None) for name in COLUMNS))
        if given:
            raise TypeError(f"expected the columns of a claims table, got {sorted(given)}")
        if len(pending) >= _FLUSH:
            self._flush(part)

    def _flush(self, part: str) -> None:
        pending = self._pending.pop(part, [])
        if pending:
            self._write(part, pa.table([pa.array(c, pa.string()) for c in zip(*pending, strict=True)], schema=_SCHEMA))

    def _write(self, part: str, table: pa.Table) -> None:
        self.claims += table.num_rows
        self.relations += table.num_rows - table.column(_RELATIONS).null_count
        if part in self._big:
            if part not in self._parquet:
                name = f"{part}-claims.parquet"
                self.files.append(name)
                self._parquet[part] = pq.ParquetWriter(self._out / name, _SCHEMA, compression="zstd")
            self._parquet[part].write_table(table)
            return
        if part not in self._csv:
            name = f"{part}-claims.csv"
            self.files.append(name)
            self._csv[part] = (self._out / name).open("w", encoding="utf-8", newline="")
            csv.writer(self._csv[part], lineterminator="\n").writerow(COLUMNS)
        csv.writer(self._csv[part], lineterminator="\n").writerows(
            zip(*(c.to_pylist() for c in table.columns), strict=True)
        )


def _expand(value: Any, count: int) -> pa.Array:
    if value is None:
        return pa.nulls(count, pa.string())
    if isinstance(value, str):
        return pa.repeat(pa.scalar(value, pa.string()), count)
    if isinstance(value, pa.ChunkedArray):
        value = value.combine_chunks()
    if len(value) != count:
        raise ValueError(f"expected {count} rows, got {len(value)}")
    return value.cast(pa.string())


def texts(options: list[str], picks: Ints) -> pa.Array:
    """One text per pick."""
    return pa.array(options, pa.string()).take(pa.array(np.asarray(picks)))
