"""Read-only access to the ledger's file for the engines: connections that cannot write, many rows at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry, SingletonThreadPool

from graph.home import Home
from graph.ledger import BUSY_SECONDS, store_errors

BATCH = 100_000


def open_reader(home: Home) -> Engine:
    """Return an engine with one read-only connection per thread.

    The driver is the same SQLite library that the ledger writes with: two copies of the library in one process drop
    each other's file locks.
    """
    place = f"file:{home.ledger_path.as_posix().replace('?', '%3f').replace('#', '%23')}?mode=ro"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(place, uri=True, timeout=BUSY_SECONDS, check_same_thread=False, cached_statements=512)

    engine = create_engine("sqlite://", creator=connect, poolclass=SingletonThreadPool, pool_size=64)

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        for pragma in ("cache_size=-32768", "mmap_size=1073741824"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


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
