"""Tables as files: read in blocks of whole rows, texts only, and every row can be had back as its bytes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby, islice
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from graph.errors import BadDelivery
from graph.rows import OddQuotes, Span, as_utf8, parsed_rows, spans
from ingest.arrow import scalar, strings
from ingest.quarantine import Fault
from ingest.source import TableFile

BLOCK_ROWS = 20_000
COLUMN_LIMIT = 1_000
_LF = 10


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of rows.

    Parameters
    ----------
    table : pa.Table
        Rows that have as many cells as the header; all columns are texts.
    rows : list of int
        For each of them its row within the file.
    total : int
        Rows of the file in this stretch, those not in the table too.
    faults : dict
        Row within the file to fault, for rows that are not in the table.
    raw : callable
        Gives the bytes of a row within the file.
    line : callable
        Gives the number of a row as a person sees it in the file, from 1: the line at which it begins in a text, the
        sheet's own row in a workbook (the header is there), the row in a Parquet file.
    """

    table: pa.Table
    rows: list[int]
    total: int
    raw: Callable[[int], bytes]
    line: Callable[[int], int]
    faults: dict[int, Fault] = field(default_factory=dict)


def read_blocks(file: TableFile, content: bytes) -> Iterator[Block]:
    """Read a table block by block.

    Raises
    ------
    BadDelivery
        The file as a whole cannot be read: encoding, delimiter, header, damaged archive.
    """
    if file.form == "csv":
        return _read_csv(file, content)
    if file.form == "jsonl":
        return _read_jsonl(file, content)
    if file.form == "parquet":
        return _read_parquet(file, content)
    from ingest.sheets import read_xlsx

    return read_xlsx(file, content)


def check_header(file: TableFile, header: Sequence[str]) -> list[str]:
    """Return the names of the columns, or refuse the file."""
    names = [name.strip() for name in header]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadDelivery(f"{file.name} has the column {twice[0]!r} twice.", code="bad-header")
    if not all(names):
        raise BadDelivery(f"{file.name} has a column without a name.", code="bad-header")
    if len(names) > COLUMN_LIMIT:
        raise BadDelivery(f"{file.name} has {len(names)} columns; the limit is {COLUMN_LIMIT}.", code="bad-header")
    if len(names) == 1 and file.form == "csv":
        for other, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars"), (",", "commas")):
            if other != file.delimiter and other in names[0]:
                raise BadDelivery(
                    f"{file.name} is separated by {word}, not by {file.delimiter!r}. Save it with commas, or state "
                    f"delimiter: {other!r} in manifest.yaml.",
                    code="wrong-delimiter",
                )
    return names


def texts(columns: Sequence[Sequence[str]], names: Sequence[str]) -> pa.Table:
    """Return a table of text columns."""
    return pa.table([strings(column) for column in columns], names=list(names))


def _read_csv(file: TableFile, content: bytes) -> Iterator[Block]:
    content = as_utf8(content, file.name)
    head = next(parsed_rows(content, 0, file.delimiter), None)
    if head is None:
        raise BadDelivery(f"{file.path} is empty. Deliver it again.", code="empty-file")
    if not head[2]:
        raise BadDelivery(
            f"{file.name} ends its lines with carriage returns alone, or holds one in its header, so that its rows "
            "cannot be told apart. Save it with usual line ends.",
            code="bad-line-ends",
        )
    names = check_header(file, head[2])
    begin, row = head[1], 0
    try:
        for span in spans(content, head[1], file.delimiter):
            block = _csv_block(file, content, span, names, row, content[head[0] : head[1]].strip(b"\r\n"))
            row += block.total
            begin = int(span.ends[-1]) if len(span.ends) else begin
            yield block
    except OddQuotes:
        yield from _read_odd_csv(file, content, begin, names, row)


def _csv_block(file: TableFile, content: bytes, span: Span, names: list[str], first: int, header: bytes) -> Block:
    faults: dict[int, Fault] = {}
    good = span.commas == len(names) - 1
    for index in np.flatnonzero(~good).tolist():
        faults[first + index] = _ragged(int(span.commas[index]) + 1, len(names))
    for index in np.flatnonzero(good & span.broken).tolist():
        good[index] = False
        faults[first + index] = Fault("control-character", "The row holds a carriage return outside quotation marks.")
    lengths = span.ends - span.starts
    for index in np.flatnonzero(good & (lengths <= len(header) + 2) & (lengths >= len(header))).tolist():
        if content[span.starts[index] : span.ends[index]].strip(b"\r\n") == header:
            good[index] = False
            faults[first + index] = Fault("header-again", "The row repeats the header.")
    kept = np.flatnonzero(good)
    data = _joined(content, span, kept, len(good))
    table = _parse_csv(data, names, file.delimiter) if len(kept) else texts([[]] * len(names), names)
    if table.num_rows != len(kept):
        raise OddQuotes
    starts, ends = span.starts, span.ends

    def raw(row: int) -> bytes:
        return content[starts[row - first] : ends[row - first]]

    return Block(table, (kept + first).tolist(), len(good), raw, _lines(content, starts, first), faults)


def _lines(content: bytes, starts: Sequence[int] | npt.NDArray[np.int64], first: int) -> Callable[[int], int]:
    """Return what says at which line of a file a row begins; line ends are counted when it is first asked."""

    @cache
    def ends() -> tuple[int, int, npt.NDArray[np.int64]]:
        begin, stop = int(starts[0]), int(starts[-1])
        stretch = np.frombuffer(content, dtype=np.uint8, count=stop - begin, offset=begin)
        return begin, content.count(b"\n", 0, begin), np.flatnonzero(stretch == _LF)

    def line(row: int) -> int:
        begin, before, breaks = ends()
        return 1 + before + int(np.searchsorted(breaks, int(starts[row - first]) - begin))

    return line


def _joined(content: bytes, span: Span, kept: Any, total: int) -> bytes:
    """Return the bytes of the rows that are kept, blank lines and refused rows cut out."""
    if not len(kept):
        return b""
    whole = content[span.starts[0] : span.ends[-1]]
    if len(kept) == total:
        return whole
    runs = []
    for _, run in groupby(enumerate(kept.tolist()), lambda pair: pair[1] - pair[0]):
        indices = [index for _, index in run]
        runs.append(content[span.starts[indices[0]] : span.ends[indices[-1]]])
    return b"".join(run if run.endswith(b"\n") else run + b"\n" for run in runs)


def _parse_csv(data: bytes, names: list[str], delimiter: str) -> pa.Table:
    return pyarrow.csv.read_csv(
        pa.BufferReader(data),
        read_options=pyarrow.csv.ReadOptions(column_names=names, use_threads=False, block_size=len(data) + 1),
        parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
        ),
    )


def _read_odd_csv(file: TableFile, content: bytes, begin: int, names: list[str], first: int) -> Iterator[Block]:
    """Read on from a place with quotation marks inside cells, row by row."""
    rows = parsed_rows(content, begin, file.delimiter)
    while batch := list(islice(rows, BLOCK_ROWS)):
        line = _lines(content, [a for a, _, _ in batch], first)
        yield block_of([(cells, content[a:b]) for a, b, cells in batch], names, first, line)
        first += len(batch)


def block_of(
    batch: Sequence[tuple[Sequence[str], bytes]], names: Sequence[str], first: int, line: Callable[[int], int]
) -> Block:
    """Return a block of rows given as cells and bytes."""
    faults: dict[int, Fault] = {}
    kept: list[int] = []
    for index, (cells, _) in enumerate(batch):
        if len(cells) != len(names):
            faults[first + index] = _ragged(len(cells), len(names))
        elif list(cells) == list(names):
            faults[first + index] = Fault("header-again", "The row repeats the header.")
        else:
            kept.append(index)
    columns = [[batch[index][0][place] for index in kept] for place in range(len(names))]
    raws = [raw for _, raw in batch]
    return Block(
        texts(columns, names),
        [first + index for index in kept],
        len(batch),
        lambda row: raws[row - first],
        line,
        faults,
    )


def _ragged(got: int, wanted: int) -> Fault:
    return Fault("ragged", f"The row has {got} cells, the header {wanted}.")


def _read_jsonl(file: TableFile, content: bytes) -> Iterator[Block]:
    lines = [(n, line) for n, line in enumerate(as_utf8(content, file.name).split(b"\n"), 1) if line.strip()]
    names: list[str] = []
    for _, line in lines:
        body = _json_row(line)
        if isinstance(body, dict):
            names.extend(name for name in body if name not in names)
    if lines and not names:
        number, line = lines[0]
        fault = _json_row(line)
        said = fault.reason if isinstance(fault, Fault) else "The line says nothing."
        raise BadDelivery(
            f"{file.name} has no line that is a JSON object with names. Line {number}: {said}", code="bad-file"
        )
    names = check_header(file, names)
    for first in range(0, len(lines), BLOCK_ROWS):
        yield _json_block(lines[first : first + BLOCK_ROWS], names, first)


def _json_block(lines: list[tuple[int, bytes]], names: list[str], first: int) -> Block:
    faults: dict[int, Fault] = {}
    kept: list[int] = []
    bodies: list[dict[str, Any]] = []
    for index, (_, line) in enumerate(lines):
        body = _json_row(line)
        if isinstance(body, Fault):
            faults[first + index] = body
        else:
            kept.append(first + index)
            bodies.append(body)
    columns = [[_cell(body.get(name)) for body in bodies] for name in names]
    table, (numbers, raws) = texts(columns, names), zip(*lines, strict=True)
    return Block(table, kept, len(lines), lambda row: raws[row - first], lambda row: numbers[row - first], faults)


def _json_row(line: bytes) -> dict[str, Any] | Fault:
    try:
        body = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Fault("bad-json", f"The line is not JSON: {error}.")
    if not isinstance(body, dict):
        return Fault("bad-json", "The line is not a JSON object.")
    return body


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _read_parquet(file: TableFile, content: bytes) -> Iterator[Block]:
    try:
        source = pyarrow.parquet.ParquetFile(pa.BufferReader(content))
        names = check_header(file, source.schema_arrow.names)
        first = 0
        for batch in source.iter_batches(batch_size=BLOCK_ROWS):
            yield _arrow_block(pa.Table.from_batches([batch]), names, first)
            first += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise BadDelivery(f"{file.name} is not a Parquet file that can be read: {error}.", code="bad-file") from None


def _arrow_block(table: pa.Table, names: list[str], first: int) -> Block:
    columns = []
    for column in table.columns:
        plain = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        if pa.types.is_nested(plain.type):
            columns.append(strings([_cell(value) for value in plain.to_pylist()]))
        else:
            columns.append(plain.cast(pa.string()).fill_null(scalar("")))
    shown = pa.table(columns, names=names)

    def raw(row: int) -> bytes:
        return json.dumps(shown.slice(row - first, 1).to_pylist()[0], ensure_ascii=False).encode()

    return Block(shown, list(range(first, first + table.num_rows)), table.num_rows, raw, lambda row: row + 1)


def csv_line(cells: Sequence[str]) -> bytes:
    """Return cells as one CSV line: the bytes of a row that comes from a form without lines."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue().encode()
