"""The program of a scribe: carries out, in a process of its own, the statements that another process sends.

It reads commands from its standard input and ends with it; what was not committed by then is not in the ledger. It
imports nothing of the house, so that it starts at once. Arguments: the ledger, seconds to wait for its lock, the
descriptors of the file with the rows and of the pipe for answers, and the pragmas of the connection.
"""

from __future__ import annotations

import gc
import marshal
import os
import signal
import sqlite3
import sys
from array import array
from collections.abc import Iterable, Mapping
from itertools import chain, islice, repeat
from typing import Any, BinaryIO

_TOGETHER = 8
"""Rows written by one step of a statement."""


def fill(connection: sqlite3.Connection, table: str, count: int, columns: Mapping[str, tuple[Any, ...]]) -> None:
    """Insert rows given as packed columns (`graph.packed`), at least one of which differs from row to row.

    The driver looks for an adapter for every None and every `bytes`, which takes longer than writing the row: texts,
    numbers and `bytearray` go straight through, and SQLite itself makes NULL of what stands for it.
    """
    marks, values = zip(*(_unpacked(column, count) for column in columns.values()), strict=True)
    row = f"({', '.join(marks)})"
    statement = f"INSERT OR FAIL INTO {table} ({', '.join(columns)}) VALUES "
    varying = [value for value in values if value is not None]
    rows = zip(*varying, strict=True)
    flat = chain.from_iterable(islice(rows, count - count % _TOGETHER))
    connection.executemany(
        statement + ", ".join([row] * _TOGETHER), zip(*[flat] * (len(varying) * _TOGETHER), strict=True)
    )
    connection.executemany(statement + row, rows)


def _unpacked(column: tuple[Any, ...], count: int) -> tuple[str, Iterable[Any] | None]:
    """Return what stands for a column in the statement, and its values where they are not written out there."""
    form, *packed = column
    if form == "same":
        return "NULL" if packed[0] is None else str(int(packed[0])), None
    if form == "blobs":
        size, body = packed
        return "?", [bytearray(body[begin : begin + size]) for begin in range(0, size * count, size)]
    if form == "texts":
        return "?", packed[0]
    if form.startswith("numbers"):
        return "NULLIF(?, 0)" if form.endswith("or none") else "?", array("q", packed[0]).tolist()
    said, places = packed
    found = repeat(said[0], count) if len(said) == 1 else map(said.__getitem__, array("i", places))
    return "NULLIF(?, '')" if form.endswith("or none") else "?", found


def serve(connection: sqlite3.Connection, commands: BinaryIO, rows: int, answers: BinaryIO) -> None:
    """Carry out commands until there are no more."""
    failed: sqlite3.Error | None = None
    while True:
        try:
            name, statement, detail = marshal.load(commands)
        except EOFError:
            return
        if name != "ask":
            try:
                if failed is None:
                    sent = marshal.loads(os.pread(rows, detail[1], detail[0]))
                    if name == "fill":
                        fill(connection, statement, *sent)
                    else:
                        connection.executemany(statement, sent)
            except sqlite3.Error as error:
                failed = error  # told when the next answer is due; until the rollback nothing more is written
            continue
        if statement == "ROLLBACK":
            failed = None
        marshal.dump(_answer(connection, statement, detail, failed), answers)
        answers.flush()


def _answer(
    connection: sqlite3.Connection, statement: str, parameters: tuple[Any, ...], failed: sqlite3.Error | None
) -> tuple[bool, Any]:
    try:
        if failed is not None:
            raise failed
        return True, connection.execute(statement, parameters).fetchall()
    except sqlite3.Error as error:
        return False, (type(error).__name__, str(error))


def main() -> None:
    """Open the ledger and serve."""
    path, seconds, rows, answers, *pragmas = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever was interrupted closes the pipe
    gc.disable()
    connection = sqlite3.connect(path, timeout=float(seconds), isolation_level=None)
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")
    with open(int(answers), "wb") as told:
        serve(connection, sys.stdin.buffer, int(rows), told)
    connection.close()


if __name__ == "__main__":
    main()
