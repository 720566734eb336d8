"""Where the inspected blocks of one delivery go: transactions of the ledger, each durable before the next begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from graph.claim_writer import ClaimWriter
from graph.ontology import Ontology
from ingest.columns import Batch
from ingest.keys import KeyedRows, RowKeys, row_contents
from ingest.readers import Block
from ingest.resolve import Resolver, keep_rows
from ingest.source import Delivery, TableFile

BULK_ROWS = 5_000
"""Rows from which it pays to build the indexes of an empty ledger at the end."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A block with the claims to write of it.

    Parameters
    ----------
    file : TableFile
    block : Block
    batch : Batch
        Without the claims of refused rows.
    first : int
        The row of the delivery at which the file begins.
    bad : set of int
        The refused rows of the file.
    """

    file: TableFile
    block: Block
    batch: Batch
    first: int
    bad: set[int]


class Target:
    """Writes the claims of one delivery.

    Parameters
    ----------
    writer : ClaimWriter
        Of the transaction that entered the delivery.
    delivery : Delivery
    words : Ontology
    kinds : mapping
        Delivered id to kind, for every id of the delivery.
    space, nid : int
        Numbers of the namespace and of the delivery.
    untouched : bool
        Whether the namespace has no other delivery.
    """

    def __init__(
        self,
        writer: ClaimWriter,
        delivery: Delivery,
        words: Ontology,
        kinds: Mapping[str, str],
        space: int,
        nid: int,
        *,
        untouched: bool,
    ) -> None:
        self.delivery = delivery
        self.space = space
        self.nid = nid
        self.new = self.changed = 0
        """Claims that the ledger did not have; rows that say something else than before."""
        self._keyed = KeyedRows.of(writer, space, delivery) if delivery.row_key else None
        self._keys = RowKeys(writer.identity.claim_key(delivery.namespace))
        self._resolver = Resolver(words, delivery.namespace, delivery.markings, kinds)
        self._untouched = untouched
        self._expected = writer.seq

    def begin(self, writer: ClaimWriter, rows: int) -> None:
        """Begin a transaction that will write so many rows."""
        # Nobody else has written since this delivery began in an untouched namespace: no claim can be there yet.
        self._untouched = self._untouched and writer.seq == self._expected
        if self._untouched and rows >= BULK_ROWS:
            writer.index_at_the_end()
        self._resolver.begin(writer, self.space)

    def end(self, writer: ClaimWriter) -> None:
        """End a transaction."""
        self._resolver.end(writer)
        self._expected = writer.seq

    def write(self, writer: ClaimWriter, piece: Piece) -> None:
        """Write the claims of one block."""
        file, block, batch = piece.file, piece.block, piece.batch
        contents = row_contents(self.delivery, self._resolver, file, block, batch)
        if self._keyed is not None and self.delivery.keys_of(file):
            cids = self._keyed.cids(file, block, batch, contents, piece.bad)
        else:
            cids = self._keys.cids(batch, contents)
        known = set() if self._untouched else writer.known_cids(cids)
        if known:
            batch = keep_rows(batch, np.array([cid not in known for cid in cids], dtype=bool))
            cids = [cid for cid in cids if cid not in known]
        claims = self._resolver.block(writer, batch, cids, self.space, self.nid, piece.first)
        writer.fill_claims(claims, self._resolver.names(batch))
        if self._keyed is not None:
            self.changed += self._keyed.settle(writer, self.nid)
        self.new += len(cids)

    def vanished(self) -> int:
        """Return how many rows with a declared key the last delivery had and this one has not."""
        return self._keyed.vanished() if self._keyed is not None else 0
