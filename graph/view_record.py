"""A claim led back to the record it was received in: the row out of the delivered bytes, whatever form they have."""

from __future__ import annotations

import hmac
import io
import json
from typing import Final

from sqlalchemy import select

from graph import tables
from graph.answers import RecordView
from graph.errors import Refused, StoreUnavailable
from graph.home import Home
from graph.ledger import Delivered, Ledger
from graph.model import ClaimRow, Nid, RecordRef

WITHHELD: Final = (
    "The record as received holds more than this view may show, or names somebody whom it shows under a pseudonym. "
    "The claim itself stays readable; enter the person as a party, or ask for them to be unmasked, to see the record."
)


def withheld() -> Refused:
    """Return the one refusal of a record, whatever in it is not for this view."""
    return Refused(WITHHELD, code="record-withheld")


def record_claims(ledger: Ledger, claim: ClaimRow) -> tuple[set[bytes], set[Nid]]:
    """Return the ids of all claims of the claim's record, hidden ones among them, and the entities they state."""
    c, span = tables.claim.c, tables.claim_range.c
    query = (
        select(c.cid, c.subject, c.object, c.report)
        .select_from(tables.claim_range)
        .join(tables.claim, c.seq.between(span.first_seq, span.last_seq))
        .where(span.delivery == claim.delivery, span.first_row <= claim.row, span.last_row >= claim.row)
        .where(c.delivery == claim.delivery, c.row == claim.row)
    )
    with ledger.read() as connection:
        rows = connection.execute(query).all()
    return {bytes(r[0]) for r in rows}, {int(n) for r in rows for n in r[1:] if n is not None}


def read_record(home: Home, ledger: Ledger, claim: ClaimRow) -> RecordView:
    """Return the row that a claim was read from.

    Raises
    ------
    StoreUnavailable
        The delivered file is gone or damaged.
    """
    delivery = ledger.deliveries()[claim.delivery]
    name, digest, row = delivery.locate(claim.row)
    where = RecordRef(_delivery_name(home, delivery, name), name)
    columns, cells, raw = _row(home.kept(digest), name, row, delivery)
    return RecordView(where, columns, cells, raw)


def _delivery_name(home: Home, delivery: Delivered, file: str) -> str:
    """Return a name of a delivered file that says nothing of its content: the same for all its records."""
    about = f"{delivery.namespace}\0{delivery.received_at}\0{file}"
    return hmac.digest(home.secret("delivery-name"), about.encode(), "sha256")[:8].hex()


def _row(content: bytes, name: str, row: int, delivery: Delivered) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    suffix = name.rpartition(".")[2].lower()
    if suffix == "parquet":
        return _parquet(content, row)
    if suffix in ("jsonl", "ndjson"):
        return _json_line(content, row)
    if suffix == "xlsx":
        return _sheet(content, row)
    from graph.rows import as_utf8, csv_row

    header, cells, raw = csv_row(as_utf8(content, name), row, str(delivery.manifest.get("delimiter", ",")))
    return tuple(header), tuple(cells), raw.decode().rstrip("\r\n")


def _parquet(content: bytes, row: int) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    from pyarrow import parquet

    source = parquet.ParquetFile(io.BytesIO(content))
    for group in range(source.num_row_groups):
        size = source.metadata.row_group(group).num_rows
        if row < size:
            said = source.read_row_group(group).slice(row, 1).to_pylist()[0]
            return _shown(said)
        row -= size
    raise StoreUnavailable("The delivered file has fewer rows than the ledger says: one of them is damaged.")


def _json_line(content: bytes, row: int) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    lines = [line for line in content.decode("utf-8-sig").split("\n") if line.strip()]
    columns, cells, _ = _shown(json.loads(lines[row]))
    return columns, cells, lines[row].rstrip("\r")


def _sheet(content: bytes, row: int) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    from openpyxl import load_workbook

    sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
    rows = ([("" if c is None else str(c)) for c in cells] for cells in sheet.iter_rows(values_only=True))
    filled = (cells for cells in rows if any(cells))
    header = next(filled)
    for number, cells in enumerate(filled):
        if number == row:
            return tuple(header), tuple(cells), "\t".join(cells)
    raise StoreUnavailable("The delivered file has fewer rows than the ledger says: one of them is damaged.")


def _shown(said: dict[str, object]) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    cells = tuple(
        "" if v is None else v if isinstance(v, str) else json.dumps(v, ensure_ascii=False, default=str)
        for v in said.values()
    )
    return tuple(said), cells, json.dumps(said, ensure_ascii=False, default=str)
