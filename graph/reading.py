"""Read-only access to the ledger's file for the engines: connections that cannot write, many rows at a time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import SingletonThreadPool

from graph.home import Home
from graph.ledger import BUSY_SECONDS, store_errors

BATCH = 100_000


def open_reader(home: Home) -> Engine:
    """Return an engine with one read-only connection per thread.

    The driver is the same SQLite library that the ledger writes with: two copies of the library in one process drop
    each other's file locks.
    """
    engine = create_engine("sqlite://", creator=lambda: _connect(home), poolclass=SingletonThreadPool, pool_size=64)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _connect(home: Home) -> sqlite3.Connection:
    place = f"file:{home.ledger_path.as_posix().replace('?', '%3f').replace('#', '%23')}?mode=ro"
    connection = sqlite3.connect(
        place, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=512
    )
    for pragma in ("cache_size=-32768", "mmap_size=1073741824"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


class Statements:
    """Single statements on the ledger, each on its thread's own connection: no pool and no transaction around them.

    Parameters
    ----------
    home : Home
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._local = threading.local()

    def all(self, statement: str, parameters: Mapping[str, Any]) -> list[Any]:
        """Return all rows of a statement."""
        with store_errors():
            connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
            if connection is None:
                connection = self._local.connection = _connect(self._home)
            return connection.execute(statement, parameters).fetchall()

    def close(self) -> None:
        """Let go of the connections; each is closed with its thread, or when nothing runs on it."""
        self._local = threading.local()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees one state of the ledger for as long as the block lasts."""
    with store_errors(), engine.connect() as connection:
        yield connection


def batches(connection: Connection, statement: str, parameters: tuple[Any, ...]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a statement in lists of at most `BATCH`, as plain tuples."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement, parameters)
        while rows := list(cursor.fetchmany(BATCH)):
            yield rows
    finally:
        cursor.close()
