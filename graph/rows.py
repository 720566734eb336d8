"""Where the rows of a delivered CSV file lie: the loader cuts by it, and a claim is led back to its bytes by it."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.errors import BadDelivery

CHUNK = 512 << 10
ROW_LIMIT = 64 << 20
_LF, _CR, _QUOTE = 10, 13, 34

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of whole rows: `starts` and `ends` are offsets, `commas` counts the delimiters outside quotes.

    `broken` says which rows hold a carriage return outside quotes that ends no line, which parsers read differently.
    """

    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    commas: npt.NDArray[np.int64]
    broken: npt.NDArray[np.bool_]


class OddQuotes(Exception):
    """A quotation mark stands inside an unquoted cell: parity does not tell rows apart, a parser has to read them."""


def as_utf8(content: bytes, name: str) -> bytes:
    """Return delivered text as UTF-8 without a byte-order mark.

    Raises
    ------
    BadDelivery
        It is neither UTF-8 nor marked as UTF-16.
    """
    if content.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):  # the first begins with the mark of UTF-16
        raise BadDelivery(f"{name} is UTF-32. Save it as UTF-8.", code="bad-encoding")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return content.decode("utf-16").encode()
        except UnicodeDecodeError:
            raise BadDelivery(
                f"{name} begins like UTF-16 but is cut off or damaged. Save it as UTF-8.", code="bad-encoding"
            ) from None
    if content.startswith(codecs.BOM_UTF8):
        content = content[len(codecs.BOM_UTF8) :]
    try:
        content.decode()
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise BadDelivery(
            f"{name} is not UTF-8: line {row} has the byte 0x{content[error.start]:02X}, as Windows-1252 writes it. "
            "Save it as UTF-8 and load again.",
            code="bad-encoding",
        ) from None
    if content[:400].count(0) > 20:
        raise BadDelivery(f"{name} looks like UTF-16 without its mark. Save it as UTF-8.", code="bad-encoding")
    return content


def spans(content: bytes, start: int, delimiter: str = ",") -> Iterator[Span]:
    """Cut a file into stretches of whole rows, blank lines left out.

    Raises
    ------
    OddQuotes
        Quotation marks stand where parity cannot follow them.
    BadDelivery
        A quotation mark is never closed.
    """
    view = np.frombuffer(content, dtype=np.uint8)
    while start < len(view):
        size = CHUNK
        while True:
            chunk = view[start : start + size]
            span, used = _span(chunk, start, ord(delimiter), last=start + size >= len(view))
            if used:
                break
            size *= 4
            if size > ROW_LIMIT:
                raise BadDelivery(f"A row is longer than {ROW_LIMIT >> 20} MiB: is a quotation mark never closed?")
        yield span
        start += used


def _span(chunk: Bytes, base: int, delimiter: int, *, last: bool) -> tuple[Span, int]:
    breaks = chunk == _LF
    commas = chunk == delimiter
    quotes = chunk == _QUOTE
    returns = chunk == _CR
    returns[:-1] &= chunk[1:] != _LF
    if quotes.any():
        inside = np.logical_xor.accumulate(quotes)
        breaks &= ~inside
        commas &= ~inside
        returns &= ~inside
        cut = _cut(breaks, len(chunk), last=last)
        if last and len(inside) and inside[-1]:
            raise OddQuotes
        _check_quotes(chunk[:cut], quotes[:cut], inside[:cut], delimiter)
    else:
        cut = _cut(breaks, len(chunk), last=last)
    ends = np.flatnonzero(breaks[:cut]).astype(np.int64) + 1
    if cut and (not len(ends) or ends[-1] != cut):
        ends = np.append(ends, cut)
    starts = np.concatenate([np.zeros(min(1, len(ends)), dtype=np.int64), ends[:-1]])
    places = np.flatnonzero(commas[:cut])
    counts = np.searchsorted(places, ends) - np.searchsorted(places, starts)
    lone = np.flatnonzero(returns[:cut])
    broken = np.searchsorted(lone, ends) > np.searchsorted(lone, starts)
    first = chunk[starts] if len(starts) else chunk[:0]
    blank = (ends - starts <= 2) & ((first == _LF) | (first == _CR))
    kept = ~blank
    return Span(starts[kept] + base, ends[kept] + base, counts[kept], broken[kept]), cut


def _cut(breaks: npt.NDArray[np.bool_], length: int, *, last: bool) -> int:
    if last:
        return length
    found = np.flatnonzero(breaks)
    return int(found[-1]) + 1 if len(found) else 0


def _check_quotes(chunk: Bytes, quotes: npt.NDArray[np.bool_], inside: npt.NDArray[np.bool_], delimiter: int) -> None:
    fence = np.array([delimiter, _LF, _CR, _QUOTE], dtype=np.uint8)
    opening = np.flatnonzero(quotes & inside)
    closing = np.flatnonzero(quotes & ~inside)
    before = chunk[opening[opening > 0] - 1]
    after = chunk[closing[closing < len(chunk) - 1] + 1]
    if not (np.isin(before, fence).all() and np.isin(after, fence).all()):
        raise OddQuotes


def parsed_rows(content: bytes, start: int, delimiter: str = ",") -> Iterator[tuple[int, int, list[str]]]:
    """Read rows one by one: offset of the first byte, offset after the last, cells.

    Slower than `spans`, and never misled.

    Raises
    ------
    BadDelivery
        A quotation mark is never closed.
    """
    csv.field_size_limit(ROW_LIMIT)
    offset = start
    taken = 0

    def lines() -> Iterator[str]:
        nonlocal taken
        while start + taken < len(content):
            end = content.find(b"\n", start + taken) + 1 or len(content)
            line = content[start + taken : end]
            taken += len(line)
            yield line.decode()

    reader = csv.reader(lines(), delimiter=delimiter, strict=False)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = []  # no parser can tell its cells: a row with none, which is ragged
        end = start + taken
        if end == len(content) and content[offset:end].count(b'"') % 2 and b"\n" in content[offset : end - 1]:
            raise BadDelivery(f"The quotation mark in the row at byte {offset} is never closed.", code="open-quote")
        if end > offset and content[offset:end].strip(b"\r\n"):
            yield offset, end, cells
        offset = end


def csv_row(content: bytes, row: int, delimiter: str = ",") -> tuple[list[str], list[str], bytes]:
    """Return header, cells and raw bytes of one data row (0 is the first) of a CSV file given as UTF-8."""
    head = next(parsed_rows(content, 0, delimiter))
    try:
        left = row
        for span in spans(content, head[1], delimiter):
            if left < len(span.starts):
                raw = content[span.starts[left] : span.ends[left]]
                return head[2], next(parsed_rows(raw, 0, delimiter))[2], raw
            left -= len(span.starts)
    except OddQuotes:
        for number, (begin, end, cells) in enumerate(parsed_rows(content, head[1], delimiter)):
            if number == row:
                return head[2], cells, content[begin:end]
    raise BadDelivery(f"The file has no row {row}.")
