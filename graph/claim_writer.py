"""Writing claims into a transaction: numbers for words, rows, retractions. Claims are never changed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex

from graph import packed, tables
from graph.errors import BadValue
from graph.identity import MODULUS, Identity
from graph.ledger import marking_text, stamp
from graph.model import Marking
from graph.packed import Numbers, Packed
from graph.scribe_process import fill
from graph.text import fold

if TYPE_CHECKING:
    from graph.ledger import Ledger

CLAIM_COLUMNS = tuple(str(column.name) for column in tables.claim.columns)
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

    def fill(self, table: str, count: int, columns: Mapping[str, Packed]) -> None:
        """Insert rows given as columns, now or before the next `ask` answers."""

    def ask(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""


@dataclass(frozen=True, slots=True)
class ClaimBlock:
    """Resolved claims of one delivery as columns, none of them in the ledger yet.

    Parameters
    ----------
    cids : sequence of bytes
    marking, row : array
        For each claim the number of its marking, and its row counted through the delivery.
    delivery : int
    said : mapping
        The other columns of the claim table but `seq`.
    """

    cids: Sequence[bytes]
    marking: Numbers
    row: Numbers
    delivery: int
    said: Mapping[str, Packed]


class Driver:
    """The connection of the driver itself, which is several times faster than the layers above it."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        self._raw.executemany(statement, rows)

    def fill(self, table: str, count: int, columns: Mapping[str, Packed]) -> None:
        """Insert rows given as columns."""
        fill(self._raw, table, count, columns)

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
        self.many, self.fill, self.ask = hand.many, hand.fill, hand.ask
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
        fresh = sorted(texts)
        if not fresh:
            return {}
        first = self.reserve("term", len(fresh))
        nids = np.arange(first, first + len(fresh))
        of_family = packed.words([family], np.zeros(len(fresh), dtype=np.int32))
        columns = {"nid": packed.numbers(nids), "family": of_family, "text": packed.texts(fresh)}
        self.fill("term", len(fresh), columns)
        return dict(zip(fresh, nids.tolist(), strict=True))

    def reserve(self, table: str, count: int) -> int:
        """Return the first of so many new numbers of a table of words."""
        first = self.top(table) + 1
        self._tops[table] = first + count - 1
        return first

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
            self._interned[key] = asked[0][0] if asked else self.reserve("marking", 1)
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
        first, self.seq = self.seq + 1, self.seq + len(rows)
        self.many(_INSERT_CLAIM, rows)
        cids, row = [each[_CID] for each in rows], np.array([each[_ROW] for each in rows], dtype=np.int64)
        self._note(first, cids, [each[_MARKING] for each in rows], row, rows[0][_DELIVERY])
        number = dict(zip(cids, range(first, first + len(cids)), strict=True))
        self._search((number[cid], text) for cid, text in names)

    def fill_claims(self, block: ClaimBlock, names: Iterable[tuple[int, str]] = ()) -> None:
        """Write a block of resolved claims, numbered from `seq + 1` on.

        Parameters
        ----------
        block : ClaimBlock
        names : iterable of (place, text)
            Which of them are searched, and by what.
        """
        count = len(block.cids)
        if not count:
            return
        first, self.seq = self.seq + 1, self.seq + count
        columns = {
            "seq": packed.numbers(np.arange(first, first + count)),
            "cid": packed.blobs(block.cids),
            **block.said,
            "marking": packed.numbers(block.marking),
            "delivery": packed.same(block.delivery),
            "row": packed.numbers(block.row),
        }
        self.fill("claim", count, {name: columns[name] for name in CLAIM_COLUMNS})
        self._note(first, block.cids, block.marking, block.row, block.delivery)
        self._search((first + place, text) for place, text in names)

    def _note(
        self, first: int, cids: Sequence[bytes], markings: Sequence[int] | Numbers, row: Numbers, delivery: int
    ) -> None:
        """Keep where the rows of new claims lie, and what the claims add to their markings."""
        self.many("INSERT INTO claim_range VALUES (?, ?, ?, ?, ?)", _ranges(first, row, delivery))
        for marking, held in self.identity.held_by(markings, cids).items():
            self._digests[marking] = self._digests.get(marking, 0) + held

    def _search(self, names: Iterable[tuple[int, str]]) -> None:
        """Let claims be found by what they say."""
        rows = [(number, text, fold(text)) for number, text in names]
        if rows:
            self.many("INSERT INTO name_text (rowid, text, folded) VALUES (?, ?, ?)", rows)

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
            self._interned[key] = asked[0][0] if asked else self.reserve(table, 1)
            if not asked:
                statement = f"INSERT INTO {table} (nid, {first}, {second}) VALUES (?, ?, ?)"
                self.many(statement, [(self._interned[key], group, text)])
        return self._interned[key]


def _ranges(first: int, row: Numbers, delivery: int) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield delivery, first and last number, lowest and highest row of each thousand claims."""
    for begin in range(0, len(row), _RANGE):
        part = row[begin : begin + _RANGE]
        yield delivery, first + begin, first + begin + len(part) - 1, int(part.min()), int(part.max())
