"""The second process that writes: what it commits is there, what it does not is not, and its errors are told."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.errors import StoreUnavailable
from graph.home import Home
from graph.ledger import PRAGMAS, Ledger
from graph.scribe import Scribe


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with one table."""
    found = tmp_path / "some.sqlite"
    connection = sqlite3.connect(found)
    connection.execute("CREATE TABLE word (nid INTEGER PRIMARY KEY, text TEXT NOT NULL, raw BLOB)")
    connection.commit()
    connection.close()
    return found


@pytest.fixture
def scribe(path: Path) -> Iterator[Scribe]:
    with Scribe(path, PRAGMAS, 5) as found:
        yield found


def words(path: Path) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT nid, text, raw FROM word ORDER BY nid").fetchall()
    finally:
        connection.close()


def test_rows_arrive_as_they_were_and_in_order(path: Path, scribe: Scribe) -> None:
    scribe.ask("BEGIN IMMEDIATE")
    rows = [(number, f"ø{number}\0", bytes([number % 256]) * 3 if number % 2 else None) for number in range(30_000)]
    scribe.many("INSERT INTO word VALUES (?, ?, ?)", rows[:20_000])
    scribe.many("INSERT INTO word VALUES (?, ?, ?)", iter(rows[20_000:]))
    assert scribe.ask("SELECT count(*), ? FROM word", ("asked",)) == [(30_000, "asked")]
    scribe.many("UPDATE word SET text = ? WHERE nid = ?", [("last", 0)])
    assert words(path) == []
    scribe.ask("COMMIT")
    assert words(path) == [(0, "last", None), *rows[1:]]


def test_what_is_not_committed_is_gone_with_the_process(path: Path) -> None:
    with Scribe(path, PRAGMAS, 5) as scribe:
        scribe.ask("BEGIN IMMEDIATE")
        scribe.many("INSERT INTO word VALUES (?, ?, ?)", [(1, "a", None)])
        scribe.ask("SELECT 1")
    assert words(path) == []


def test_an_error_of_what_was_sent_is_raised_before_the_commit(path: Path, scribe: Scribe) -> None:
    scribe.ask("BEGIN IMMEDIATE")
    scribe.many("INSERT INTO word VALUES (?, ?, ?)", [(1, "a", None), (1, "b", None)])
    scribe.many("INSERT INTO word VALUES (?, ?, ?)", [(2, "c", None)])
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        scribe.ask("COMMIT")
    scribe.ask("ROLLBACK")
    assert words(path) == []
    scribe.ask("BEGIN IMMEDIATE")
    scribe.many("INSERT INTO word VALUES (?, ?, ?)", [(3, "d", None)])
    scribe.ask("COMMIT")
    assert words(path) == [(3, "d", None)]


def test_a_locked_file_is_told(path: Path) -> None:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with Scribe(path, PRAGMAS[1:], 0.1) as scribe, pytest.raises(sqlite3.OperationalError, match="locked"):
        scribe.ask("BEGIN IMMEDIATE")
    holder.close()


def test_a_process_that_was_killed_is_told(path: Path, scribe: Scribe) -> None:
    os.kill(scribe.pid, signal.SIGKILL)
    with pytest.raises(sqlite3.OperationalError, match="has ended"):
        scribe.ask("SELECT 1")


def refuse_one(ledger: Ledger, delivery: int, error: BaseException | None) -> None:
    with ledger.bulk() as writers, writers() as writer:
        writer.quarantine(delivery, [("a.csv", 0, "missing", "", "", b"")])
        if error is not None:
            raise error


def test_an_exception_of_the_caller_leaves_nothing(tmp_path: Path) -> None:
    with Ledger(Home.init(tmp_path / "home")) as ledger:
        with pytest.raises(KeyError):
            refuse_one(ledger, 1, KeyError())
        refuse_one(ledger, 2, None)
        assert ledger.quarantined(1) == []
        assert len(ledger.quarantined(2)) == 1


def test_an_error_of_the_store_is_one_of_ours(tmp_path: Path) -> None:
    with Ledger(Home.init(tmp_path / "home")) as ledger, pytest.raises(StoreUnavailable):
        refuse_one(ledger, 1, sqlite3.OperationalError("disk I/O error"))
