"""Writing claims into a transaction: numbers for words, rows, retractions. Claims are never changed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex

from graph import tables
from graph.errors import BadValue
from graph.identity import MODULUS, Identity
from graph.ledger import marking_text, stamp
from graph.model import Marking
from graph.text import fold

if TYPE_CHECKING:
    from graph.ledger import Ledger

CLAIM_COLUMNS = tuple(column.name for column in tables.claim.columns)
_INSERT_CLAIM = f"INSERT INTO claim ({', '.join(CLAIM_COLUMNS)}) VALUES ({', '.join('?' * len(CLAIM_COLUMNS))})"
_INDEXES = {
    str(index.name): str(CreateIndex(index).compile(dialect=sqlite.dialect()))
    for index in sorted(tables.claim.indexes, key=lambda index: str(index.name))
}
_SEQ, _CID, _MARKING, _DELIVERY, _ROW = (
    CLAIM_COLUMNS.index(name) for name in ("seq", "cid", "marking", "delivery", "row")
)
_RANGE = 1_000
"""Claims whose rows are noted together."""
_SMALL = ("kind", "predicate", "grade")
"""Families of terms that have few members, whatever is loaded."""


class Hand(Protocol):
    """Carries statements to a connection that holds the write lock."""

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows, now or before the next `ask` answers."""

    def ask(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""


class Driver:
    """The connection of the driver itself, which is several times faster than the layers above it."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        self._raw.executemany(statement, rows)

    def ask(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        return list(self._raw.execute(statement, parameters).fetchall())


class ClaimWriter:
    """Writes claims into one transaction; made by `Ledger.writer()` and `Ledger.bulk()`.

    Parameters
    ----------
    ledger : Ledger
    hand : Hand
        Of a connection that holds the write lock, so that nobody else gives numbers meanwhile.
    """

    def __init__(self, ledger: Ledger, hand: Hand) -> None:
        self.identity = Identity(ledger.home)
        self.many, self.ask = hand.many, hand.ask
        self._at = stamp(ledger.clock())
        self._digests: dict[int, int] = {}
        self._first = self.seq = int(self.ask("SELECT coalesce(max(last_seq), 0) FROM commit_time")[0][0])
        self._interned: dict[tuple[str, str | int, str], int] = {}
        self._complete: set[tuple[str, str | int]] = set()
        self._tops: dict[str, int] = {}
        self._unindexed = False

    def remember(self, namespace: int) -> None:
        """Learn all markings, all words of small families, and the sources of a namespace at once."""
        terms = "SELECT nid, family, text FROM term WHERE family IN (?, ?, ?)"
        self._interned.update({("term", family, text): nid for nid, family, text in self.ask(terms, _SMALL)})
        sources = self.ask("SELECT nid, name FROM source WHERE namespace = ?", (namespace,))
        self._interned.update({("source", namespace, name): nid for nid, name in sources})
        markings = self.ask("SELECT nid, content FROM marking")
        self._interned.update({("marking", "", content): nid for nid, content in markings})
        self._complete.update((("marking", ""), ("source", namespace), *(("term", family) for family in _SMALL)))

    def source(self, namespace: int, name: str) -> int:
        """Return the number of a source, entering it when it is new."""
        return self._intern("source", "namespace", "name", namespace, name)

    def term(self, family: str, text: str) -> int:
        """Return the number of a term, entering it when it is new."""
        return self._intern("term", "family", "text", family, text)

    def terms(self, family: str, texts: Sequence[str]) -> list[int]:
        """Return the numbers of many terms, entering those that are new."""
        asked = "SELECT text, nid FROM term WHERE family = ? AND text IN (SELECT value FROM json_each(?))"
        known: dict[str, int] = dict(self.ask(asked, (family, json.dumps(texts))))
        known.update(self.new_terms(family, {text for text in texts if text not in known}))
        return [known[text] for text in texts]

    def new_terms(self, family: str, texts: Iterable[str]) -> dict[str, int]:
        """Enter terms that the ledger has not; return their numbers."""
        numbers = {text: self._next("term") for text in sorted(texts)}
        rows = [(nid, family, text) for text, nid in numbers.items()]
        self.many("INSERT INTO term (nid, family, text) VALUES (?, ?, ?)", rows)
        return numbers

    def top(self, table: str) -> int:
        """Return the last number given in a table of words, 0 where it is empty."""
        if table not in self._tops:
            self._tops[table] = int(self.ask(f"SELECT coalesce(max(nid), 0) FROM {table}")[0][0])
        return self._tops[table]

    def index_at_the_end(self) -> None:
        """Leave the indexes of an empty claim table out until `finish`: built at once, they cost a third."""
        if not self._unindexed and not self.ask("SELECT 1 FROM claim LIMIT 1"):
            for name in _INDEXES:
                self.ask(f"DROP INDEX IF EXISTS {name}")
            self._unindexed = True

    def marking(self, marking: Marking) -> int:
        """Return the number of a marking, entering it when it is new."""
        text = marking_text(marking)
        key = ("marking", "", text)
        if key not in self._interned:
            known = ("marking", "") in self._complete
            asked = [] if known else self.ask("SELECT nid FROM marking WHERE content = ?", (text,))
            self._interned[key] = asked[0][0] if asked else self._next("marking")
            if not asked:
                row = (self._interned[key], text, bytes(32))
                self.many("INSERT INTO marking (nid, content, set_digest) VALUES (?, ?, ?)", [row])
        return self._interned[key]

    def insert_claims(self, rows: list[tuple[Any, ...]], names: Iterable[tuple[bytes, str]] = ()) -> None:
        """Write resolved claims in the order of `CLAIM_COLUMNS`, numbered from `seq + 1` on.

        Parameters
        ----------
        rows : list of tuple
            Not in the ledger yet, all of one delivery.
        names : iterable of (cid, text)
            Which of them are searched, and by what.
        """
        if not rows:
            return
        if rows[0][_SEQ] != self.seq + 1 or rows[-1][_SEQ] != self.seq + len(rows):
            raise ValueError(f"expected claims numbered from {self.seq + 1}, got {rows[0][_SEQ]} to {rows[-1][_SEQ]}")
        self.seq += len(rows)
        self.many(_INSERT_CLAIM, rows)
        self.many("INSERT INTO claim_range VALUES (?, ?, ?, ?, ?)", _ranges(rows))
        held_by = self.identity.held_by([row[_MARKING] for row in rows], [row[_CID] for row in rows])
        for marking, held in held_by.items():
            self._digests[marking] = self._digests.get(marking, 0) + held
        searched = list(names)
        if searched:
            number = {row[_CID]: row[_SEQ] for row in rows}
            self.many(
                "INSERT INTO name_text (rowid, text, folded) VALUES (?, ?, ?)",
                ((number[cid], text, fold(text)) for cid, text in searched),
            )

    def known_cids(self, cids: Sequence[bytes]) -> set[bytes]:
        """Return those that the ledger has."""
        self.ask("CREATE TEMP TABLE IF NOT EXISTS asked (cid BLOB PRIMARY KEY) WITHOUT ROWID")
        self.ask("DELETE FROM asked")
        self.many("INSERT OR IGNORE INTO asked VALUES (?)", ((cid,) for cid in cids))
        return {row[0] for row in self.ask("SELECT asked.cid FROM asked JOIN claim ON claim.cid = asked.cid")}

    def retract(self, cids: Iterable[bytes], *, reason: str, by: str, superseded_by: bytes | None = None) -> int:
        """Retract claims by id; those retracted before are left as they are. Return how many were.

        Raises
        ------
        BadValue
            A claim is not in the ledger.
        """
        successor = self._claim_row(superseded_by)[0] if superseded_by is not None else None
        count = 0
        for cid in cids:
            seq, marking = self._claim_row(cid)
            if self.ask("SELECT 1 FROM retraction WHERE claim = ?", (seq,)):
                continue
            self.seq += 1
            self.ask("INSERT INTO retraction VALUES (?, ?, ?, ?, ?)", (seq, self.seq, reason, by, successor))
            self._digests[marking] = self._digests.get(marking, 0) + self.identity.withdrawn(cid)
            count += 1
        return count

    def quarantine(self, delivery: int, rows: Iterable[tuple[str, int, str, str, str, bytes]]) -> None:
        """Keep refused rows: file, row, code, reason, how to mend, raw bytes. Keeping one again changes nothing."""
        self.many(
            "INSERT INTO quarantine (delivery, file, row, code, reason, mend, raw) VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (delivery, file, row) DO NOTHING",
            ((delivery, *row) for row in rows),
        )

    def finish(self) -> None:
        """Bring indexes, digests and commit time up to what was written; whoever made the writer calls it."""
        if self._unindexed:
            for statement in _INDEXES.values():
                self.ask(statement)
            self._unindexed = False
        held = self.ask("SELECT nid, set_digest FROM marking") if self._digests else []
        totals = [
            ((int.from_bytes(digest, "big") + self._digests[nid]) % MODULUS, nid)
            for nid, digest in held
            if nid in self._digests
        ]
        rows = [(total.to_bytes(32, "big"), nid) for total, nid in totals]
        self.many("UPDATE marking SET set_digest = ? WHERE nid = ?", rows)
        if self.seq > self._first:
            self.many("INSERT INTO commit_time (last_seq, at) VALUES (?, ?)", [(self.seq, self._at)])
        self._digests = {}
        self._first = self.seq

    def _claim_row(self, cid: bytes) -> tuple[int, int]:
        found = self.ask("SELECT seq, marking FROM claim WHERE cid = ?", (cid,))
        if not found:
            raise BadValue("The ledger has no claim with this id.", code="unknown-claim")
        return int(found[0][0]), int(found[0][1])

    def _intern(self, table: str, first: str, second: str, group: str | int, text: str) -> int:
        key = (table, group, text)
        if key not in self._interned:
            known = (table, group) in self._complete
            asked = [] if known else self.ask(f"SELECT nid FROM {table} WHERE {first} = ? AND {second} = ?", key[1:])
            self._interned[key] = asked[0][0] if asked else self._next(table)
            if not asked:
                statement = f"INSERT INTO {table} (nid, {first}, {second}) VALUES (?, ?, ?)"
                self.many(statement, [(self._interned[key], group, text)])
        return self._interned[key]

    def _next(self, table: str) -> int:
        self._tops[table] = self.top(table) + 1
        return self._tops[table]


def _ranges(rows: list[tuple[Any, ...]]) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield delivery, first and last number, lowest and highest row of each thousand claims."""
    for begin in range(0, len(rows), _RANGE):
        part = rows[begin : begin + _RANGE]
        found = [row[_ROW] for row in part]
        yield part[0][_DELIVERY], part[0][_SEQ], part[-1][_SEQ], min(found), max(found)
