"""Writing to the ledger: one writer is one transaction. Claims are never changed: they are added and retracted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.schema import CreateIndex

from graph import tables
from graph.errors import BadValue
from graph.identity import MODULUS, Identity
from graph.interval import parse_interval
from graph.ledger import marking_text, stamp
from graph.model import Assertion, Marking
from graph.text import fold

if TYPE_CHECKING:
    from graph.ledger import Ledger

CLAIM_COLUMNS = tuple(column.name for column in tables.claim.columns)
_INSERT_CLAIM = f"INSERT INTO claim ({', '.join(CLAIM_COLUMNS)}) VALUES ({', '.join('?' * len(CLAIM_COLUMNS))})"
_INDEXES = sorted(tables.claim.indexes, key=lambda index: str(index.name))
_SEQ, _CID, _MARKING = (CLAIM_COLUMNS.index(name) for name in ("seq", "cid", "marking"))


@dataclass(frozen=True, slots=True)
class NewClaim:
    """A claim to write, in words; what a row of a claims table says.

    `slot` is its place among the claims of its row.
    """

    subject: str
    subject_kind: str
    predicate: str
    marking: Marking
    source: str
    object: str | None = None
    object_kind: str | None = None
    value: str | None = None
    valid: str = ""
    grade: str = "4x4:X4"
    assertion: Assertion = "fact"
    category: str | None = None
    report: str | None = None
    locator: str | None = None
    note: str | None = None
    row: int = 0
    slot: int = 0

    def content(self) -> bytes:
        """Return the SHA-256 of all that the claim says."""
        cells = (
            self.subject, self.subject_kind, self.predicate, self.object, self.object_kind, self.value, self.valid,
            self.grade, self.assertion, self.category, marking_text(self.marking), self.source, self.report,
            self.locator, self.note,
        )  # fmt: skip
        return hashlib.sha256("\x1f".join(cell or "" for cell in cells).encode()).digest()


class Writer:
    """Writes into one transaction; made by `Ledger.writer()`.

    Parameters
    ----------
    ledger : Ledger
    connection : Connection
        Holds the write lock.
    naming : callable, optional
        Says whether a predicate's literals are searched as names; the ontology decides where it is left out.
    """

    def __init__(self, ledger: Ledger, connection: Connection, naming: Callable[[str], bool] | None = None) -> None:
        self.connection = connection
        self.identity = Identity(ledger.home)
        self._at = stamp(ledger.clock())
        self._naming = naming or searched
        self._digests: dict[int, int] = {}
        self._first = self.seq = int(connection.execute(select(func.max(tables.commit_time.c.last_seq))).scalar() or 0)
        self._interned: dict[tuple[str, str | int, str], int] = {}
        self._unindexed = False
        self._raw = connection.connection.driver_connection
        assert self._raw is not None

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows on the driver itself, which is several times faster."""
        assert self._raw is not None
        self._raw.executemany(statement, rows)

    def ask(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement on the driver itself and return its rows."""
        assert self._raw is not None
        return list(self._raw.execute(statement, parameters).fetchall())

    def namespace(self, name: str, regime: str, title: str, *, public_labels: bool) -> int:
        """Return the number of a namespace, entering it when it is new."""
        table = tables.namespace
        values = {"regime": regime, "title": title, "public_labels": int(public_labels)}
        self.connection.execute(
            upsert(table).values(name=name, **values).on_conflict_do_update(index_elements=["name"], set_=values)
        )
        return int(self.connection.execute(select(table.c.nid).where(table.c.name == name)).scalar_one())

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
        first = self.top("term") + 1
        self.many(
            "INSERT INTO term (nid, family, text) VALUES (?, ?, ?)",
            ((first + place, family, text) for place, text in enumerate(fresh)),
        )
        return dict(zip(fresh, range(first, first + len(fresh)), strict=True))

    def top(self, table: str) -> int:
        """Return the last number given in a table, 0 where it is empty."""
        return int(self.ask(f"SELECT coalesce(max(nid), 0) FROM {table}")[0][0])

    def index_at_the_end(self) -> None:
        """Leave the indexes of an empty claim table out until `finish`: built at once, they cost a third."""
        if not self._unindexed and not self.ask("SELECT 1 FROM claim LIMIT 1"):
            for index in _INDEXES:
                self.ask(f"DROP INDEX IF EXISTS {index.name}")
            self._unindexed = True

    def marking(self, marking: Marking) -> int:
        """Return the number of a marking, entering it when it is new."""
        text = marking_text(marking)
        found = self._interned.get(("marking", "", text))
        if found is None:
            asked = self.ask("SELECT nid FROM marking WHERE content = ?", (text,)) or self.ask(
                "INSERT INTO marking (content, set_digest) VALUES (?, ?) RETURNING nid", (text, bytes(32))
            )
            found = self._interned[("marking", "", text)] = int(asked[0][0])
        return found

    def entity(self, namespace: int, namespace_name: str, delivered: str, kind: str) -> int:
        """Return the number of an entity, entering it when it is new.

        Raises
        ------
        BadValue
            It is already known as of another kind.
        """
        table, kind_nid = tables.entity, self.term("kind", kind)
        query = select(table.c.nid, table.c.kind).where(table.c.namespace == namespace, table.c.delivered == delivered)
        found = self.connection.execute(query).first()
        if found is None:
            values = {
                "eid": self.identity.eid(namespace_name, delivered),
                "namespace": namespace,
                "delivered": delivered,
            }
            key = self.connection.execute(insert(table).values(kind=kind_nid, **values)).inserted_primary_key
            assert key is not None
            return int(key[0])
        if found[1] != kind_nid:
            raise BadValue(f"{delivered} is already known as another kind than {kind}.", code="kind-conflict")
        return int(found[0])

    def delivery(
        self, namespace: int, digest: str, manifest: Mapping[str, Any], files: Sequence[Mapping[str, Any]]
    ) -> tuple[int, str]:
        """Enter a delivery as loading, or find it again; return its number and state."""
        table = tables.delivery
        found = self.connection.execute(select(table.c.nid, table.c.state).where(table.c.digest == digest)).first()
        if found is not None:
            return int(found[0]), str(found[1])
        rows = sum(int(file["rows"]) for file in files)
        values = {
            "namespace": namespace,
            "digest": digest,
            "manifest": json.dumps(manifest, sort_keys=True, ensure_ascii=False, default=str),
            "files": json.dumps(list(files), ensure_ascii=False),
            "received_at": self._at,
            "rows": rows,
            "accepted": 0,
            "quarantined": 0,
            "state": "loading",
        }
        key = self.connection.execute(insert(table).values(**values)).inserted_primary_key
        assert key is not None
        return int(key[0]), "loading"

    def delivered(self, nid: int, *, accepted: int, quarantined: int) -> None:
        """Mark a delivery as done."""
        table = tables.delivery
        values = {"accepted": accepted, "quarantined": quarantined, "state": "done"}
        self.connection.execute(update(table).where(table.c.nid == nid).values(**values))

    def claims(self, namespace: int, delivery: int, batch: Iterable[NewClaim]) -> int:
        """Write claims given in words; those already there are left as they are. Return how many were new."""
        space = str(
            self.connection.execute(
                select(tables.namespace.c.name).where(tables.namespace.c.nid == namespace)
            ).scalar_one()
        )
        rows: list[tuple[Any, ...]] = []
        names: dict[bytes, str] = {}
        occurrences: dict[bytes, int] = {}
        for claim in batch:
            content = claim.content()
            count = occurrences.get(content, 0)
            occurrences[content] = count + 1
            cid = self.identity.cid(space, row_identity(content, count), content, claim.slot)
            rows.append(self._resolve(claim, cid, namespace, space, delivery))
            if claim.object is None and claim.value and self._naming(claim.predicate):
                names[cid] = claim.value
        known = self.known_cids([row[_CID] for row in rows])
        unknown = [row for row in rows if row[_CID] not in known]
        fresh = [(seq, *row[1:]) for seq, row in enumerate(unknown, self.seq + 1)]
        self.insert_claims(fresh, [(row[_CID], names[row[_CID]]) for row in fresh if row[_CID] in names])
        return len(fresh)

    def insert_claims(self, rows: list[tuple[Any, ...]], names: Iterable[tuple[bytes, str]] = ()) -> None:
        """Write resolved claims in the order of `CLAIM_COLUMNS`, numbered from `seq + 1` on.

        Parameters
        ----------
        rows : list of tuple
            Not in the ledger yet.
        names : iterable of (cid, text)
            Which of them are searched, and by what.
        """
        if not rows:
            return
        if rows[0][_SEQ] != self.seq + 1 or rows[-1][_SEQ] != self.seq + len(rows):
            raise ValueError(f"expected claims numbered from {self.seq + 1}, got {rows[0][_SEQ]} to {rows[-1][_SEQ]}")
        self.seq += len(rows)
        self.many(_INSERT_CLAIM, rows)
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

    def directory(self, family: str, key: str, namespace: str, body: Mapping[str, Any]) -> None:
        """Enter or replace a case, user or partner."""
        text = json.dumps(body, sort_keys=True, ensure_ascii=False, default=str)
        table = tables.directory
        self.connection.execute(
            upsert(table)
            .values(family=family, id=key, namespace=namespace, body=text)
            .on_conflict_do_update(index_elements=["family", "id"], set_={"body": text, "namespace": namespace})
        )

    def finish(self) -> None:
        """Bring indexes, digests and commit time up to what was written; `Ledger.writer()` calls it."""
        if self._unindexed:
            for index in _INDEXES:
                self.connection.execute(CreateIndex(index))
            self._unindexed = False
        for nid, added in self._digests.items():
            (digest,) = self.ask("SELECT set_digest FROM marking WHERE nid = ?", (nid,))[0]
            total = (int.from_bytes(digest, "big") + added) % MODULUS
            self.ask("UPDATE marking SET set_digest = ? WHERE nid = ?", (total.to_bytes(32, "big"), nid))
        if self.seq > self._first:
            self.connection.execute(insert(tables.commit_time).values(last_seq=self.seq, at=self._at))
        self._digests = {}
        self._first = self.seq

    def _claim_row(self, cid: bytes) -> tuple[int, int]:
        found = self.ask("SELECT seq, marking FROM claim WHERE cid = ?", (cid,))
        if not found:
            raise BadValue("The ledger has no claim with this id.", code="unknown-claim")
        return int(found[0][0]), int(found[0][1])

    def _resolve(self, claim: NewClaim, cid: bytes, namespace: int, space: str, delivery: int) -> tuple[Any, ...]:
        held = parse_interval(claim.valid)
        subject = self.entity(namespace, space, claim.subject, claim.subject_kind)
        target = (
            self.entity(namespace, space, claim.object, claim.object_kind or "Thing")
            if claim.object is not None
            else None
        )
        report = self.entity(namespace, space, claim.report, "Report") if claim.report is not None else None
        return (
            0, cid, subject, self.term("predicate", claim.predicate), target, claim.value,
            self.term("valid", claim.valid), held.valid_from, held.valid_to, held.certain_from, held.certain_to,
            self.term("grade", claim.grade), int(claim.assertion == "assessment"), claim.category,
            self.marking(claim.marking), self.source(namespace, claim.source), report, claim.locator, claim.note,
            delivery, claim.row,
        )  # fmt: skip

    def _intern(self, table: str, first: str, second: str, group: str | int, text: str) -> int:
        key = (table, group, text)
        found = self._interned.get(key)
        if found is None:
            asked = self.ask(f"SELECT nid FROM {table} WHERE {first} = ? AND {second} = ?", (group, text))
            if not asked:
                asked = self.ask(f"INSERT INTO {table} ({first}, {second}) VALUES (?, ?) RETURNING nid", (group, text))
            found = self._interned[key] = int(asked[0][0])
        return found


def row_identity(content: bytes, occurrence: int) -> bytes:
    """Return the identity of a row without a declared key: its content and how often it came before in its delivery."""
    return content if occurrence == 0 else hashlib.sha256(content + occurrence.to_bytes(8, "big")).digest()


def searched(predicate: str) -> bool:
    """Say whether literals of a predicate are searched: names and titles of any kind, and texts of documents."""
    from graph.ontology import ontology

    said = ontology().predicates.get(predicate)
    return said is not None and (said.value == "name" or predicate in ("title", "text"))
