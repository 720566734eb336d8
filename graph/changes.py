"""Whether anything in the ledger changed, asked at every request: some microseconds, whoever wrote it."""

from __future__ import annotations

import sqlite3
import threading
import weakref

from graph.home import Home
from graph.ledger import BUSY_SECONDS, store_errors


class Changes:
    """Tells states of a ledger apart.

    SQLite counts, for each connection, what other connections committed (`PRAGMA data_version`); this one never writes.

    Parameters
    ----------
    home : Home
    """

    def __init__(self, home: Home) -> None:
        with store_errors():
            self._connection = sqlite3.connect(
                home.ledger_path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        self._lock = threading.Lock()
        weakref.finalize(self, self._connection.close)

    def version(self) -> int:
        """Return a number that differs after any process wrote anything.

        Raises
        ------
        StoreUnavailable
            The ledger does not answer; nobody can say whether rights still hold.
        """
        with self._lock, store_errors():
            row: tuple[int] = self._connection.execute("PRAGMA data_version").fetchone()
            return row[0]
