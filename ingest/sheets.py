"""XLSX: the one filled sheet of a workbook as a table, with limits asked of the archive before anything is unpacked."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from graph.errors import BadDelivery
from ingest.readers import BLOCK_ROWS, COLUMN_LIMIT, Block, block_of, check_header, csv_line
from ingest.source import TableFile

UNPACKED_LIMIT = 512 << 20
RATIO_LIMIT = 200
MEMBER_LIMIT = 2_000
ROW_LIMIT = 1_048_576


def read_xlsx(file: TableFile, content: bytes) -> Iterator[Block]:
    """Read the first sheet; numbers, dates and truth values become the text that CSV would hold.

    Raises
    ------
    BadDelivery
        No workbook, beyond a limit, or more sheets than the first hold something.
    """
    check_archive(file.name, content)
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheet, *others = book.worksheets
    except Exception as error:  # openpyxl raises whatever its parsers raise
        raise _unreadable(file.name, error) from None
    rows = _rows(file.name, sheet.iter_rows(values_only=True, max_col=COLUMN_LIMIT))
    head = next(rows, None)
    filled_too = [other.title for other in others if any(map(any, _rows(file.name, other.iter_rows(values_only=True))))]
    if filled_too:
        raise BadDelivery(
            f"{file.name} has more than one filled sheet: {', '.join([sheet.title, *filled_too])}. Only the first is "
            "read: save each that is meant as a workbook of its own, or as CSV, and deliver again.",
            code="many-sheets",
        )
    if head is None or not any(head):
        raise BadDelivery(f"{file.name}: its first sheet is empty. Deliver it again.", code="empty-file")
    names = check_header(file, _trimmed([_text(cell) for cell in head]))
    first, numbered = 0, enumerate(rows, 2)
    while batch := list(islice(numbered, BLOCK_ROWS)):
        if first + len(batch) > ROW_LIMIT:
            raise BadDelivery(f"{file.name} has more than {ROW_LIMIT:,} rows.", code="too-long")
        cells = [(number, _padded(_trimmed([_text(cell) for cell in row]), len(names))) for number, row in batch]
        filled = [(number, row) for number, row in cells if any(row)]
        yield block_of([(row, csv_line(row)) for _, row in filled], names, first, _numbers(filled, first))
        first += len(filled)


def _numbers(filled: Sequence[tuple[int, list[str]]], first: int) -> Callable[[int], int]:
    return lambda row: filled[row - first][0]


def check_archive(name: str, content: bytes) -> None:
    """Refuse an archive that would unpack to too much, or whose members lie outside it.

    Raises
    ------
    BadDelivery
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise _unreadable(name, error) from None
    if len(members) > MEMBER_LIMIT:
        raise BadDelivery(f"{name} has {len(members):,} members; the limit is {MEMBER_LIMIT:,}.", code="archive-limit")
    unpacked = sum(member.file_size for member in members)
    if unpacked > UNPACKED_LIMIT or unpacked > RATIO_LIMIT * max(len(content), 1):
        raise BadDelivery(
            f"{name} would unpack from {len(content):,} to {unpacked:,} bytes. Save it again, or deliver CSV.",
            code="archive-limit",
        )
    for member in members:
        if member.filename.startswith(("/", "\\")) or ".." in member.filename.split("/"):
            raise BadDelivery(f"{name} has a member outside itself. It was not read.", code="archive-limit")


def _rows(name: str, rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Pass rows on; the sheet is parsed as they are asked for, so what is damaged shows here."""
    try:
        yield from rows
    except Exception as error:  # as above
        raise _unreadable(name, error) from None


def _unreadable(name: str, error: Exception) -> BadDelivery:
    return BadDelivery(
        f"{name} is damaged, or no XLSX workbook: {error}. Save it again as .xlsx, or deliver CSV.", code="bad-file"
    )


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _padded(cells: list[str], width: int) -> list[str]:
    return cells + [""] * (width - len(cells))
