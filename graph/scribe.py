"""A second process that writes to the ledger while this one prepares what comes next.

Rows travel through a file without a name, commands and answers through pipes. Only what is asked waits for an answer;
an error of a statement that was only sent is raised at the next question, a commit at the latest. When this process
ends, however it ends, the other one ends with it and its open transaction is rolled back.
"""

from __future__ import annotations

import marshal
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from graph.packed import Packed

_PROGRAM = Path(__file__).with_name("scribe_process.py")
_PLAIN = 2
"""The marshal version without references between values: rows have none worth looking for."""
_ENDED = "the process that writes has ended"


class Scribe:
    """Carries statements to a connection in a process of its own.

    Parameters
    ----------
    ledger : Path
    pragmas : sequence of str
        Of the connection.
    seconds : float
        How long to wait for the lock of the file.

    Raises
    ------
    sqlite3.Error
        From any method: what the connection answered, or that the process has ended.
    """

    def __init__(self, ledger: Path, pragmas: Sequence[str], seconds: float) -> None:
        self._rows = tempfile.TemporaryFile(dir=ledger.parent)  # noqa: SIM115 - closed by `close`
        self._end = 0
        answers, told = os.pipe()
        self._answers = os.fdopen(answers, "rb")
        arguments = [str(ledger), str(seconds), str(self._rows.fileno()), str(told), *pragmas]
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_PROGRAM), *arguments],
                stdin=subprocess.PIPE,
                pass_fds=(self._rows.fileno(), told),
            )
        finally:
            os.close(told)

    @property
    def pid(self) -> int:
        """The process that writes."""
        return self._process.pid

    def __enter__(self) -> Scribe:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process; an open transaction is rolled back."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        self._answers.close()
        self._rows.close()

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Send one statement for many rows."""
        self._send_rows("many", statement, list(rows))

    def fill(self, table: str, count: int, columns: Mapping[str, Packed]) -> None:
        """Send rows for a table as packed columns."""
        self._send_rows("fill", table, (count, columns))

    def _send_rows(self, name: str, statement: str, rows: Any) -> None:
        body = marshal.dumps(rows, _PLAIN)
        try:
            self._rows.seek(self._end)
            self._rows.write(body)
            self._rows.flush()
        except OSError as error:  # the rows wait in a file beside the record: no room for it is no room for them
            raise sqlite3.OperationalError("database or disk is full") from error
        self._send(name, statement, (self._end, len(body)))
        self._end += len(body)

    def ask(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement after all that was sent, and return its rows."""
        self._send("ask", statement, tuple(parameters))
        try:
            done, answer = marshal.load(self._answers)
        except (EOFError, ValueError):
            raise sqlite3.OperationalError(_ENDED) from None
        self._end = 0  # whatever was sent has been read
        if not done:
            kind, text = answer
            raise getattr(sqlite3, kind, sqlite3.DatabaseError)(text)
        rows: list[tuple[Any, ...]] = answer
        return rows

    def _send(self, *command: Any) -> None:
        assert self._process.stdin is not None
        try:
            marshal.dump(command, self._process.stdin)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise sqlite3.OperationalError(_ENDED) from None
