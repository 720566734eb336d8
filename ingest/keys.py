"""What makes a row the same row: its declared key, or what it says and how often that came before."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from graph.claim_writer import ClaimWriter
from graph.identity import cid_under, first_cids
from graph.ledger_write import row_identity
from ingest.columns import Batch
from ingest.readers import Block
from ingest.resolve import Resolver
from ingest.source import Delivery, TableFile


class RowKeys:
    """Gives each row without a declared key its identity, and each claim its id.

    Parameters
    ----------
    key : bytes
        The claim key of the namespace.
    """

    def __init__(self, key: bytes) -> None:
        self.key = key
        self._seen: dict[bytes, int] = {}

    def cids(self, batch: Batch, contents: list[bytes]) -> list[bytes]:
        """Return the ids of the claims of a block; a row is what it says and how often that came before."""
        key, seen = self.key, self._seen
        said = dict.fromkeys(contents, 1)
        if len(said) == len(contents) and not batch.slot.any() and seen.keys().isdisjoint(said):
            seen.update(said)
            return first_cids(key, contents)
        found: list[bytes] = []
        last, identity = -1, b""
        for row, slot, content in zip(batch.row.tolist(), batch.slot.tolist(), contents, strict=True):
            if row != last:
                last, count = row, seen.get(content, 0)
                seen[content] = count + 1
                identity = row_identity(content, count) if count else content
            found.append(cid_under(key, identity, content, slot))
        return found


class State(NamedTuple):
    """What the last delivery said in a row."""

    content: bytes
    slots: int
    version: int


class KeyedRows:
    """Compares the rows of a source that declares a key with what it delivered last.

    A changed row makes new claims and retracts its old ones, which name the first new claim as their successor. A row
    that has vanished is only reported: its claims stay until a person retracts them.
    """

    def __init__(self, key: bytes, space: int, delivery: Delivery, states: dict[bytes, State]) -> None:
        self.key = key
        self.space = space
        self.delivery = delivery
        self._states = states
        self._unseen = set(states)
        self._settling: dict[bytes, tuple[State | None, State, bytes]] = {}

    @classmethod
    def of(cls, writer: ClaimWriter, space: int, delivery: Delivery) -> KeyedRows:
        """Read what the ledger has of the namespace."""
        found = writer.ask("SELECT identity, content, slots, version FROM row_state WHERE namespace = ?", (space,))
        states = {bytes(row[0]): State(bytes(row[1]), row[2], row[3]) for row in found}
        return cls(writer.identity.claim_key(delivery.namespace), space, delivery, states)

    def cids(self, file: TableFile, block: Block, batch: Batch, contents: list[bytes], bad: set[int]) -> list[bytes]:
        """Return the ids of the claims of a block, and note what is to be settled."""
        identities = dict(zip(block.rows, key_identities(self.delivery, file, block), strict=True))
        found: list[bytes] = []
        for row, slot, content in zip(batch.row.tolist(), batch.slot.tolist(), contents, strict=True):
            identity = identities[row]
            old = self._states.get(identity)
            version = 0 if old is None else old.version + (old.content != content)
            cid = cid_under(self.key, versioned(identity, version), content, slot)
            found.append(cid)
            if old is None or old.content != content:
                settled = self._settling.get(identity)
                first = cid if settled is None else settled[2]
                self._settling[identity] = (old, State(content, slot + 1, version), first)
        self._unseen.difference_update(identities[row] for row in block.rows if row not in bad)
        return found

    def settle(self, writer: ClaimWriter, delivery: int) -> int:
        """Keep the new states and retract what the old ones said; return how many rows had changed."""
        changed = 0
        for identity, (old, new, successor) in self._settling.items():
            self._states[identity] = new
            if old is not None:
                changed += 1
                before = versioned(identity, old.version)
                cids = [cid_under(self.key, before, old.content, slot) for slot in range(old.slots)]
                known = writer.known_cids(cids)
                stated = [cid for cid in cids if cid in known]
                writer.retract(stated, reason="changed at the source", by="load", superseded_by=successor)
        writer.many(
            "INSERT INTO row_state (namespace, identity, content, slots, version, delivery) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (namespace, identity) DO UPDATE SET content = excluded.content, slots = excluded.slots, "
            "version = excluded.version, delivery = excluded.delivery",
            (
                (self.space, identity, new.content, new.slots, new.version, delivery)
                for identity, (_, new, _) in self._settling.items()
            ),
        )
        self._settling = {}
        return changed

    def vanished(self) -> int:
        """Return how many rows the last delivery had and this one has not."""
        return len(self._unseen)


def versioned(identity: bytes, version: int) -> bytes:
    """Return the identity of a row after so many changes: a row that changes back makes new claims."""
    return row_identity(identity, version)


def key_identities(delivery: Delivery, file: TableFile, block: Block) -> list[bytes]:
    """Return for each row of a block the hash of its declared key."""
    columns = [block.table.column(name) for name in delivery.keys_of(file)]
    joined = pc.binary_join_element_wise(*columns, "\x1f").cast(pa.binary()).to_pylist()
    place = b"" if delivery.mapper is None else file.name.encode() + b"\x1e"
    return [hashlib.sha256(place + key).digest() for key in joined]


def row_contents(delivery: Delivery, resolver: Resolver, file: TableFile, block: Block, batch: Batch) -> list[bytes]:
    """Return for each claim the hash of what its row says.

    A row of a claims table says its fifteen cells; a row that a mapping reads says all its cells, so that a mapping
    that learns to read more adds claims and leaves those it had.
    """
    if delivery.mapper is None:
        return resolver.content_of(batch)
    said = [block.table.column(name) for name in block.table.column_names]
    joined = pc.binary_join_element_wise(*said, "\x1f").cast(pa.binary()).to_pylist()
    salt = "\x1e".join([file.name, *block.table.column_names, *resolver.marking_keys()]).encode() + b"\x1e"
    by_row = {row: hashlib.sha256(salt + text).digest() for row, text in zip(block.rows, joined, strict=True)}
    return [by_row[row] for row in batch.row.tolist()]
