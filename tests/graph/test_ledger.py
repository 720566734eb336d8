"""The ledger: schema, time, digests, retraction, and what other processes see."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import schema, tables
from graph.errors import BadValue, Conflict, NoSpace, StoreUnavailable
from graph.home import Home
from graph.identity import MODULUS, Identity
from graph.ledger import Artefact, Ledger, marking_from, marking_text, store_errors
from graph.ledger_write import NewClaim
from graph.model import Marking
from graph.view_record import record_claims
from tests.factory import set_digests

PLAIN = Marking(level=0, sealed=False, regime="synthetic", case="unbound")
FILE = {"name": "claims.csv", "sha256": "0" * 64, "bytes": 1, "first_row": 0, "rows": 10}


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


def step(ledger: Ledger) -> str | None:
    """The step of the schema at which the file stands."""
    with ledger.read() as connection:
        return schema.current(connection)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    with Ledger(Home.init(tmp_path / "home"), clock=clock) as opened:
        yield opened


def write(ledger: Ledger, *claims: NewClaim) -> int:
    with ledger.writer() as writer:
        space = writer.namespace("test", "synthetic", "A test", public_labels=True)
        delivery, _ = writer.delivery(space, "digest", {"kind": "synthetic"}, [FILE])
        return writer.claims(space, delivery, claims)


def named(number: int, **changes: object) -> NewClaim:
    return replace(NewClaim(f"person:{number}", "Person", "name", PLAIN, "unit:1", value=f"Ada {number}"), **changes)  # type: ignore[arg-type]


def cid_of(ledger: Ledger, seq: int) -> bytes:
    with ledger.read() as connection:
        return bytes(connection.exec_driver_sql("SELECT cid FROM claim WHERE seq = ?", (seq,)).scalar_one())


def test_migrations_make_what_the_tables_say(ledger: Ledger) -> None:
    with ledger.read() as connection:
        made = {
            row[0]: {column[1:4] for column in connection.exec_driver_sql(f"PRAGMA table_info({row[0]})")}
            for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        strict = {row[1] for row in connection.exec_driver_sql("PRAGMA table_list") if row[5]}
        indexes = {row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index'")}
    for table in tables.metadata.sorted_tables:
        assert {name for name, _, _ in made[table.name]} == {column.name for column in table.columns}, table.name
        for name, _, required in made[table.name]:
            column = table.columns[name]
            assert bool(required) == (not column.nullable), f"{table.name}.{name}"
    assert {table.name for table in tables.metadata.sorted_tables} <= strict
    assert {index.name for table in tables.metadata.sorted_tables for index in table.indexes} <= indexes
    assert step(ledger) == schema.HEAD == schema.KNOWN[-1]


def test_the_file_syncs_every_commit(ledger: Ledger) -> None:
    with ledger.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_the_same_claim_is_written_once(ledger: Ledger) -> None:
    assert write(ledger, named(1), named(2)) == 2
    before = set_digests(ledger)
    assert write(ledger, named(1), named(2)) == 0
    assert write(ledger, named(1), named(3)) == 1
    assert before != set_digests(ledger)
    assert ledger.head() == 3


def test_every_number_points_somewhere(ledger: Ledger) -> None:
    write(
        ledger,
        named(1, object="g:1", object_kind="Group", predicate="member_of", value=None, report="r:1", valid="2016"),
    )
    with ledger.read() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def test_an_id_keeps_its_kind(ledger: Ledger) -> None:
    write(ledger, named(1))
    with pytest.raises(BadValue) as caught:
        write(ledger, named(2), named(1, subject_kind="Group"))
    assert caught.value.reason_code == "kind-conflict"
    assert ledger.head() == 1, "nothing of a batch that fails is kept"


def test_the_set_digest_is_the_sum_of_what_a_marking_holds(ledger: Ledger) -> None:
    secret = replace(PLAIN, level=3)
    write(ledger, named(1), named(2, marking=secret), named(3))
    identity = Identity(ledger.home)
    by_marking = {ledger.markings()[nid]: digest for nid, digest in set_digests(ledger).items()}
    held = sum(identity.held(cid_of(ledger, seq)) for seq in (1, 3)) % MODULUS
    assert by_marking[PLAIN] == held.to_bytes(32, "big")
    assert by_marking[secret] == identity.held(cid_of(ledger, 2)).to_bytes(32, "big")
    with ledger.writer() as writer:
        assert writer.retract([cid_of(ledger, 1)], reason="wrong", by="analyst") == 1
        assert writer.retract([cid_of(ledger, 1)], reason="wrong", by="analyst") == 0
    after = (held + identity.withdrawn(cid_of(ledger, 1))) % MODULUS
    assert {ledger.markings()[n]: d for n, d in set_digests(ledger).items()}[PLAIN] == after.to_bytes(32, "big")


def test_two_orders_of_one_content_have_one_digest(tmp_path: Path, ledger: Ledger) -> None:
    write(ledger, named(1), named(2))
    write(ledger, named(3))
    with Ledger(ledger.home) as again, again.begin_write() as connection:
        for table in ("name_text", "claim_range", "claim", "commit_time"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        connection.exec_driver_sql("UPDATE marking SET set_digest = zeroblob(32)")
    before = set_digests(ledger)
    write(ledger, named(3), named(2), named(1))
    assert before != set_digests(ledger)
    write(ledger, named(1))
    digests = set(set_digests(ledger).values())
    held = sum(Identity(ledger.home).held(cid_of(ledger, seq)) for seq in (1, 2, 3)) % MODULUS
    assert digests == {held.to_bytes(32, "big")}


def test_a_retraction_counts_from_its_own_number(ledger: Ledger) -> None:
    write(ledger, named(1), named(2))
    with ledger.writer() as writer:
        writer.retract([cid_of(ledger, 1)], reason="wrong", by="analyst", superseded_by=cid_of(ledger, 2))
        with pytest.raises(BadValue):
            writer.retract([b"\0" * 16], reason="wrong", by="analyst")
    with ledger.read() as connection:
        rows = connection.exec_driver_sql('SELECT claim, at, "by", superseded_by FROM retraction').all()
    assert [tuple(row) for row in rows] == [(1, 3, "analyst", 2)]
    assert ledger.head() == 3


def test_time_turns_into_numbers_and_back(ledger: Ledger, clock: Clock) -> None:
    start = clock.at
    write(ledger, named(1), named(2))
    clock.at = start + timedelta(days=1)
    write(ledger, named(3))
    assert ledger.seq_at(start - timedelta(seconds=1)) == 0
    assert ledger.seq_at(start) == 2
    assert ledger.seq_at(start + timedelta(hours=23)) == 2
    assert ledger.seq_at(start + timedelta(days=400)) == 3
    assert ledger.time_of(2) == start
    assert ledger.time_of(3) == clock.at


def test_names_are_found_folded_and_identifiers_are_not(ledger: Ledger) -> None:
    write(ledger, named(1, value="Søren Ågård"), named(2, predicate="identifier", value="Søren"))
    with ledger.read() as connection:
        found = connection.exec_driver_sql("SELECT rowid FROM name_text WHERE name_text MATCH 'soer* aaga*'").all()
        everything = connection.exec_driver_sql("SELECT count(*) FROM name_text").scalar()
    assert [row[0] for row in found] == [1]
    assert everything == 1


def test_what_raises_inside_a_writer_leaves_nothing(ledger: Ledger) -> None:
    def fail() -> None:
        with ledger.writer() as writer:
            writer.namespace("test", "synthetic", "A test", public_labels=False)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert ledger.namespaces() == {}


def test_readers_see_one_state_while_another_writes(ledger: Ledger) -> None:
    write(ledger, named(1))
    with Ledger(ledger.home) as other, other.read() as connection:
        count = "SELECT count(*) FROM claim"
        assert connection.exec_driver_sql(count).scalar() == 1
        write(ledger, named(2))
        assert connection.exec_driver_sql(count).scalar() == 1
    with Ledger(ledger.home) as other, other.read() as connection:
        assert connection.exec_driver_sql(count).scalar() == 2


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("database or disk is full", NoSpace),
        ("database is locked", StoreUnavailable),
        ("disk I/O error", StoreUnavailable),
    ],
)
def test_store_errors_say_run_it_again(message: str, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="run the same again"), store_errors():
        raise sqlite3.OperationalError(message)


def test_a_full_disk_is_told_and_the_ledger_goes_on(ledger: Ledger) -> None:
    write(ledger, named(1))

    def fill() -> None:
        with ledger.writer() as writer:
            pages = writer.ask("PRAGMA page_count")[0][0]
            writer.ask(f"PRAGMA max_page_count = {pages}")
            space = writer.namespace("test", "synthetic", "A test", public_labels=True)
            delivery, _ = writer.delivery(space, "digest", {}, [FILE])
            writer.claims(space, delivery, (named(n, note="x" * 500) for n in range(2, 3000)))

    with pytest.raises(NoSpace):
        fill()
    assert ledger.head() == 1
    ledger.engine.dispose()
    assert write(ledger, named(2)) == 1


def test_artefacts_never_change(ledger: Ledger) -> None:
    artefact = Artefact("f-1", "finding", "analyst", "case-1", "digest", "2026-01-01T00:00:00.000000+00:00", {"n": 1})
    ledger.put_artefact(artefact)
    ledger.put_artefact(artefact)
    with pytest.raises(Conflict):
        ledger.put_artefact(replace(artefact, body={"n": 2}))
    assert ledger.artefacts("finding", "case-1") == [artefact]
    assert ledger.artefacts("finding") == []
    assert ledger.artefact("f-1") == artefact
    assert ledger.artefact("f-2") is None


words = st.text(max_size=8)


@given(
    st.builds(
        Marking,
        level=st.integers(0, 3),
        compartments=st.lists(words, max_size=3).map(tuple),
        share=st.lists(words, max_size=3).map(tuple),
        case=st.none() | words,
        tlp=st.none() | words,
        sealed=st.booleans(),
    )
)
def test_a_marking_comes_back_from_its_text(marking: Marking) -> None:
    assert marking_from(marking_text(marking)) == marking


def rows_by_scan(ledger: Ledger, delivery: int, row: int) -> set[bytes]:
    query = "SELECT cid FROM claim WHERE delivery = ? AND row = ?"
    with ledger.read() as connection:
        return {bytes(found[0]) for found in connection.exec_driver_sql(query, (delivery, row))}


def rows_by_range(ledger: Ledger, delivery: int, row: int) -> set[bytes]:
    asked = SimpleNamespace(delivery=delivery, row=row)
    return record_claims(ledger, asked)[0]  # type: ignore[arg-type]


def in_rows(ledger: Ledger, count: int) -> None:
    """Two deliveries of claims out of order, three a row, several ranges each."""
    order = random.Random(7).sample(range(count), count)
    for digest in ("a", "b"):
        with ledger.writer() as writer:
            space = writer.namespace("world", "synthetic", "World", public_labels=True)
            nid, _ = writer.delivery(space, digest, {}, [])
            writer.claims(space, nid, (named(n, row=n // 3, slot=n % 3, note=digest) for n in order))


def test_claims_of_a_row_are_found_by_their_range(ledger: Ledger) -> None:
    in_rows(ledger, 2_500)
    for delivery, row in [(1, 0), (1, 333), (1, 833), (2, 0), (2, 400), (2, 834), (3, 0)]:
        assert rows_by_range(ledger, delivery, row) == rows_by_scan(ledger, delivery, row)
    assert len(rows_by_range(ledger, 2, 400)) == 3


def test_a_ledger_of_the_first_schema_learns_its_ranges(ledger: Ledger) -> None:
    in_rows(ledger, 2_500)
    with ledger.begin_write() as connection:
        for since in ("claim_range", "step"):
            connection.exec_driver_sql(f"DROP TABLE {since}")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    with Ledger(ledger.home) as again:
        assert step(again) == schema.HEAD
        for delivery, row in [(1, 0), (1, 833), (2, 400)]:
            assert rows_by_range(again, delivery, row) == rows_by_scan(again, delivery, row) != set()
