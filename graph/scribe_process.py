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
from typing import Any, BinaryIO


def serve(connection: sqlite3.Connection, commands: BinaryIO, rows: int, answers: BinaryIO) -> None:
    """Carry out commands until there are no more."""
    failed: sqlite3.Error | None = None
    while True:
        try:
            name, statement, detail = marshal.load(commands)
        except EOFError:
            return
        if name == "many":
            try:
                if failed is None:
                    connection.executemany(statement, marshal.loads(os.pread(rows, detail[1], detail[0])))
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
