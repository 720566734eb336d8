"""Claims as columns: what every table becomes before it is checked, each distinct text held once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import BadDelivery
from ingest.readers import Block
from ingest.source import COLUMNS, REQUIRED, Defaults

Index = npt.NDArray[np.int32]
Bounds = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Coded:
    """A column as distinct words and, for each claim, the place of its word."""

    words: pa.StringArray
    index: Index

    def texts(self) -> list[str]:
        """Return the distinct words."""
        found: list[str] = self.words.to_pylist()
        return found


@dataclass(frozen=True, slots=True)
class Batch:
    """Claims of one block.

    Parameters
    ----------
    columns : dict
        The fifteen columns of a claims table.
    row : array
        For each claim the row within the file it comes from, ascending.
    slot : array
        Its place among the claims of that row.
    bounds : array, optional
        Its period as four days a claim, as far as the inspection has read them.
    """

    columns: dict[str, Coded]
    row: npt.NDArray[np.int64]
    slot: npt.NDArray[np.int64]
    bounds: Bounds | None = None

    def __len__(self) -> int:
        return len(self.row)


def check_claims_header(file: str, names: Sequence[str], defaults: Defaults) -> list[str]:
    """Return what to warn of in the header of a claims table, or refuse it.

    Raises
    ------
    BadDelivery
        A column is missing that a claim cannot do without.
    """
    missing = [name for name in REQUIRED if name not in names]
    if "object" not in names and "value" not in names:
        missing.append("object or value")
    if "source" not in names and not defaults.source:
        missing.append("source")
    if missing:
        raise BadDelivery(
            f"{file} lacks the column {', '.join(missing)}. A claims table has {', '.join(COLUMNS)}; "
            "grade, assertion, category, marking and source may come from defaults in manifest.yaml.",
            code="missing-columns",
        )
    notes = [
        f"column {name} is none of a claims table: kept in the record, not read"
        for name in names
        if name not in COLUMNS
    ]
    if "marking" not in names and not defaults.marking:
        notes.append("no marking column and no default marking: every claim takes the most restrictive marking")
    return notes


def from_claims_table(block: Block, defaults: Defaults) -> Batch:
    """Turn a block of a claims table into claims, one per row."""
    stated: dict[str, str] = defaults.model_dump()
    columns = {name: _column(block.table, name, stated.get(name, "")) for name in COLUMNS}
    row = np.array(block.rows, dtype=np.int64)
    return Batch(columns, row, np.zeros(len(row), dtype=np.int64))


def from_lists(cells: Sequence[Sequence[str]], row: Sequence[int], slot: Sequence[int]) -> Batch:
    """Turn claims given as rows of fifteen cells into a batch."""
    columns = {
        name: coded(pa.array([claim[place] for claim in cells], type=pa.string())) for place, name in enumerate(COLUMNS)
    }
    return Batch(columns, np.array(row, dtype=np.int64), np.array(slot, dtype=np.int64))


def coded(column: Any) -> Coded:
    """Hold a text column by distinct words, each composed (NFC) and without blanks at its ends."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    encoded = column.dictionary_encode()
    words, index = encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32)
    plain = pc.utf8_trim_whitespace(words)
    if not pc.all(pc.string_is_ascii(plain)).as_py():
        plain = pc.utf8_normalize(plain, form="NFC")
    if len(plain) and not pc.all(pc.equal(plain, words)).as_py():
        merged = plain.dictionary_encode()
        return Coded(merged.dictionary, merged.indices.to_numpy(zero_copy_only=False).astype(np.int32)[index])
    return Coded(words, index)


def contents(batch: Batch, markings: Sequence[str]) -> list[bytes]:
    """Return for each claim all that it says, as bytes.

    Markings stand in it by their content, so that a changed one makes a changed claim.

    Parameters
    ----------
    batch : Batch
        Without control characters, so that the separator cannot stand in a cell.
    markings : sequence of str
        For each distinct word of the marking column what stands for its content.
    """
    parts = [
        (pa.array(markings, type=pa.string()) if name == "marking" else column.words).take(pa.array(column.index))
        for name, column in batch.columns.items()
    ]
    joined = pc.binary_join_element_wise(*parts, "\x1f")
    found: list[bytes] = joined.cast(pa.binary()).to_pylist()
    return found


def _column(table: pa.Table, name: str, default: str) -> Coded:
    if name not in table.column_names:
        return Coded(pa.array([default], type=pa.string()), np.zeros(table.num_rows, dtype=np.int32))
    column = coded(table.column(name))
    if not default:
        return column
    filled = pc.if_else(pc.equal(column.words, ""), default, column.words).dictionary_encode()
    return Coded(filled.dictionary, filled.indices.to_numpy(zero_copy_only=False).astype(np.int32)[column.index])
