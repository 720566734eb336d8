"""Writing to the ledger: one writer is one transaction. Claims are never changed: they are added and retracted."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from graph import tables
from graph.claim_writer import CLAIM_COLUMNS, ClaimWriter, Driver
from graph.errors import BadValue
from graph.interval import parse_interval
from graph.ledger import marking_text
from graph.model import Assertion, Marking

if TYPE_CHECKING:
    from graph.ledger import Ledger

_CID = CLAIM_COLUMNS.index("cid")


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


class Writer(ClaimWriter):
    """Writes into one transaction whatever the ledger holds; made by `Ledger.writer()`.

    Parameters
    ----------
    ledger : Ledger
    connection : Connection
        Holds the write lock.
    naming : callable, optional
        Says whether a predicate's literals are searched as names; the ontology decides where it is left out.
    """

    def __init__(self, ledger: Ledger, connection: Connection, naming: Callable[[str], bool] | None = None) -> None:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        super().__init__(ledger, Driver(raw))
        self.connection = connection
        self._naming = naming or searched

    def namespace(self, name: str, regime: str, title: str, *, public_labels: bool) -> int:
        """Return the number of a namespace, entering it when it is new."""
        table = tables.namespace
        values = {"regime": regime, "title": title, "public_labels": int(public_labels)}
        self.connection.execute(
            upsert(table).values(name=name, **values).on_conflict_do_update(index_elements=["name"], set_=values)
        )
        return int(self.connection.execute(select(table.c.nid).where(table.c.name == name)).scalar_one())

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

    def directory(self, family: str, key: str, namespace: str, body: Mapping[str, Any]) -> None:
        """Enter or replace a case, user or partner."""
        text = json.dumps(body, sort_keys=True, ensure_ascii=False, default=str)
        table = tables.directory
        self.connection.execute(
            upsert(table)
            .values(family=family, id=key, namespace=namespace, body=text)
            .on_conflict_do_update(index_elements=["family", "id"], set_={"body": text, "namespace": namespace})
        )

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


def row_identity(content: bytes, occurrence: int) -> bytes:
    """Return the identity of a row without a declared key: its content and how often it came before in its delivery."""
    return content if occurrence == 0 else hashlib.sha256(content + occurrence.to_bytes(8, "big")).digest()


def searched(predicate: str) -> bool:
    """Say whether literals of a predicate are searched: names and titles of any kind, and texts of documents."""
    from graph.ontology import ontology

    said = ontology().predicates.get(predicate)
    return said is not None and (said.value == "name" or predicate in ("title", "text"))
