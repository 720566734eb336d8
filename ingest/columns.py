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
from ingest.arrow import Index, index_of, places, scalar, sizes, strings
from ingest.readers import Block
from ingest.source import COLUMNS, REQUIRED, Defaults

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

    def filled(self) -> npt.NDArray[np.bool_]:
        """Say which of the distinct words are not empty."""
        found: npt.NDArray[np.bool_] = sizes(self.words) > 0
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

    def words(self) -> pa.StringArray:
        """Return the distinct words of all columns, one after another."""
        return pa.concat_arrays([column.words for column in self.columns.values()])


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
    held = _coded_together([block.table.column(name) for name in COLUMNS if name in block.table.column_names])
    given = dict(zip([name for name in COLUMNS if name in block.table.column_names], held, strict=True))
    columns = {name: _column(given.get(name), stated.get(name, ""), len(block.rows)) for name in COLUMNS}
    row = np.array(block.rows, dtype=np.int64)
    return Batch(columns, row, np.zeros(len(row), dtype=np.int64))


def from_lists(cells: Sequence[Sequence[str]], row: Sequence[int], slot: Sequence[int]) -> Batch:
    """Turn claims given as rows of fifteen cells into a batch."""
    columns = {name: coded(strings([claim[place] for claim in cells])) for place, name in enumerate(COLUMNS)}
    return Batch(columns, np.array(row, dtype=np.int64), np.array(slot, dtype=np.int64))


def coded(column: Any) -> Coded:
    """Hold a text column by distinct words, each composed (NFC) and without blanks at its ends."""
    return _tidied(_encoded(column))


def _encoded(column: Any) -> Coded:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    encoded = column.dictionary_encode()
    return Coded(encoded.dictionary, index_of(encoded.indices))


def _tidied(column: Coded) -> Coded:
    plain = _tidy(column.words)
    if not len(plain) or pc.all(pc.equal(plain, column.words)).as_py():
        return column
    merged = plain.dictionary_encode()
    return Coded(merged.dictionary, index_of(merged.indices)[column.index])


def _tidy(words: pa.StringArray) -> pa.StringArray:
    plain = pc.utf8_trim_whitespace(words)
    return plain if pc.all(pc.string_is_ascii(plain)).as_py() else pc.utf8_normalize(plain, form="NFC")


def _coded_together(columns: Sequence[Any]) -> list[Coded]:
    """Hold columns as `coded` does; most need no tidying, and all together are asked whether they do."""
    found = [_encoded(column) for column in columns]
    words = pa.concat_arrays([column.words for column in found])
    tidy = not len(words) or pc.all(pc.equal(_tidy(words), words)).as_py()
    return found if tidy else [_tidied(column) for column in found]


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
    keyed = {**{name: column.words for name, column in batch.columns.items()}, "marking": strings(markings)}
    parts = [
        words[0] if len(words) == 1 and name != "subject" else words.take(places(batch.columns[name].index))
        for name, words in keyed.items()
    ]
    joined = pc.binary_join_element_wise(*parts, scalar("\x1f"))
    found: list[bytes] = joined.cast(pa.binary()).to_pylist()
    return found


def _column(column: Coded | None, default: str, rows: int) -> Coded:
    if column is None:
        return Coded(strings([default]), np.zeros(rows, dtype=np.int32))
    if not default or column.filled().all():
        return column
    filled = strings([word or default for word in column.texts()]).dictionary_encode()
    return Coded(filled.dictionary, index_of(filled.indices)[column.index])
