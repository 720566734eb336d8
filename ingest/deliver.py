"""One delivery on its way in: inspected whole, then written block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import numpy as np

from graph.claim_writer import ClaimWriter
from graph.errors import BadDelivery
from graph.ledger import Ledger
from graph.ledger_write import Writer
from graph.ontology import Ontology
from ingest.checks import Tripwire, digits_in
from ingest.columns import Batch, check_claims_header, from_claims_table
from ingest.inspect import Inspector
from ingest.keys import key_identities
from ingest.quarantine import Fault, Quarantined, Ward
from ingest.readers import Block, read_blocks
from ingest.resolve import keep_rows
from ingest.source import COLUMNS, Delivery, TableFile, delivery_digest
from ingest.target import Piece, Target

Tell = Callable[[str, int, int], None]
Writers = Callable[[], AbstractContextManager[ClaimWriter]]
SAMPLE_ROWS = 10
KEPT_ROWS = 600_000
"""Rows up to which a delivery's claims are kept from the inspection for the writing; beyond, tables are read twice."""
KEEPERS, KEPT_TOGETHER = 8, 32 << 20
"""Files kept at a time, and bytes up to which a file is one of them; larger ones would fill the memory together."""
SCRIBE_ROWS = 20_000
"""Rows from which it pays to write in a second process."""
COMMIT_ROWS = 200_000
"""Rows written in one transaction, durable together, unless somebody waits to write: then it ends with its block."""


class DeliveryLoad:
    """Inspects and writes one delivery.

    Parameters
    ----------
    ledger : Ledger
    delivery : Delivery
    words : Ontology
    """

    def __init__(self, ledger: Ledger, delivery: Delivery, words: Ontology) -> None:
        self.ledger = ledger
        self.delivery = delivery
        self.words = words
        self.ward = Ward()
        self.digest = ""
        self.rows = self.accepted = self.claims = self.new = self.changed = self.vanished = 0
        self._file_rows: dict[str, int] = {}
        self._bad: dict[str, set[int]] = {}
        self._bare = 0
        self._row_keys: set[bytes] = set()
        self._kept: dict[str, list[tuple[Block, Batch]]] = {}
        known, namespace = _known_kinds(ledger, delivery)
        self._known = set(known)
        self._inspector = Inspector(words, delivery.regime, delivery.markings, known)
        if namespace is not None and namespace != delivery.regime:
            raise BadDelivery(
                f"{delivery.namespace} holds {namespace} data already; this delivery is {delivery.regime}. "
                "Give it another namespace in manifest.yaml.",
                code="namespace-taken",
            )

    def inspect(self, tell: Tell) -> None:
        """Read everything, find what stays out, and refuse the whole where it must be refused. Writes nothing.

        Raises
        ------
        BadDelivery, PersonNumber
        """
        self.ward.notes.update(self.delivery.notes)
        for file in self.delivery.tables:
            self._inspect_file(file, tell)
        inspector = self._inspector
        for report in inspector.reports:
            inspector.kinds.setdefault(report, "Report")
        if self.delivery.mapper is not None:
            self.ward.notes.update(self.delivery.mapper.notes())
        self._expect()

    def write(self, tell: Tell) -> None:
        """Write what was accepted; blocks that are there already change nothing."""
        with self._writers() as writers:
            digests = self._keep_files()
            self.digest = delivery_digest(self.delivery, digests)
            with self.ledger.writer() as writer:
                space, nid, is_new = self._enter(writer, digests)
                kinds = self._inspector.kinds
                target = Target(writer, self.delivery, self.words, kinds, space, nid, untouched=is_new)
            self._write_claims(writers, target, tell)
        self.new, self.changed, self.vanished = target.new, target.changed, target.vanished()
        with self.ledger.writer() as writer:
            if is_new or self._state(writer, nid) != "done":
                writer.quarantine(nid, (row.as_row() for row in self.ward.rows))
                writer.delivered(nid, accepted=self.accepted, quarantined=len(self.ward.rows))

    def _write_claims(self, writers: Writers, target: Target, tell: Tell) -> None:
        pieces, done = self._pieces(), 0
        while done < self.rows:
            with writers() as writer:
                goal = min(self.rows, done + COMMIT_ROWS)
                target.begin(writer, goal - done)
                while done < goal:
                    piece = next(pieces)
                    target.write(writer, piece)
                    done += piece.block.total
                    tell("write", done, self.rows)
                    if self.ledger.wanted():
                        break
                target.end(writer)
            tell("load", done, self.rows)

    def _writers(self) -> AbstractContextManager[Writers]:
        return self.ledger.bulk() if self.rows >= SCRIBE_ROWS else nullcontext(self.ledger.writer)

    def _pieces(self) -> Iterator[Piece]:
        """Read the tables again, or give what the inspection kept of them; refused rows are left out."""
        first = 0
        for file in self.delivery.tables:
            bad = self._bad.get(file.name, set())
            refused = list(bad)
            for block, batch in self._blocks(file):
                kept = keep_rows(batch, ~np.isin(batch.row, refused)) if bad else batch
                yield Piece(file, block, kept, first, bad)
            first += self._file_rows[file.name]

    def _blocks(self, file: TableFile) -> Iterator[tuple[Block, Batch]]:
        kept = self._kept.pop(file.name, None)
        if kept is not None:
            yield from kept
            return
        for block in read_blocks(file, file.path.read_bytes()):
            yield block, self.translate(file, block)[0]

    def translate(self, file: TableFile, block: Block) -> tuple[Batch, dict[int, Fault]]:
        """Turn a block into claims; rows that a mapping cannot read have a fault."""
        if self.delivery.mapper is not None:
            return self.delivery.mapper.translate(file, block)
        return from_claims_table(block, self.delivery.defaults), {}

    def counts(self) -> dict[str, int]:
        """Return the figures of the report."""
        return {
            "rows": self.rows,
            "accepted": self.accepted,
            "quarantined": len(self.ward.rows),
            "claims": self.claims,
            "new": self.new,
            "unchanged": self.claims - self.new,
            "changed": self.changed,
            "vanished": self.vanished,
        }

    def warnings(self) -> list[str]:
        """Return what a person should look at."""
        notes = self.ward.notes + self._inspector.notes
        if self._bare:
            notes[f"{self._bare} cells hold ten digits that could be read as a personal number by chance"] = 1
        return [
            f"{self.delivery.namespace}: {note}" + (f" ({count} times)" if count > 1 else "")
            for note, count in sorted(notes.items())
        ]

    def sample(self) -> list[dict[str, Any]]:
        """Return what the first rows of each table would become."""
        found: list[dict[str, Any]] = []
        for file in self.delivery.tables:
            block = next(iter(read_blocks(file, file.path.read_bytes())), None)
            if block is None:
                continue
            batch, _ = self.translate(file, block)
            bad = self._bad.get(file.name, set())
            shown = keep_rows(batch, np.isin(batch.row, [r for r in block.rows if r not in bad][:SAMPLE_ROWS]))
            texts = {name: shown.columns[name].texts() for name in COLUMNS}
            for place in range(len(shown)):
                cells = {name: texts[name][shown.columns[name].index[place]] for name in COLUMNS}
                stated = {name: cell for name, cell in cells.items() if cell}
                found.append({"file": file.name, "row": block.line(int(shown.row[place])), "claim": stated})
        return found

    def _inspect_file(self, file: TableFile, tell: Tell) -> None:
        wire = Tripwire(file.name)
        bad = self._bad.setdefault(file.name, set())
        rows, noted = 0, False
        kept: list[tuple[Block, Batch]] = []
        for block in read_blocks(file, file.path.read_bytes()):
            if not noted:
                self._check_header(file, block)
                noted = True
            batch, faults = self.translate(file, block)
            self._trip(wire, file, block, batch)
            said, bounds = self._inspector.inspect(batch)
            if self.rows + rows < KEPT_ROWS:
                kept.append((self._keepable(file, block), replace(batch, bounds=bounds)))
            faults = {**said, **block.faults, **faults}
            for row in self._repeated(file, block, faults):
                faults[row] = Fault("duplicate-row-key", "An earlier row of this delivery has the same row key.")
            for row in sorted(faults):
                self.ward.rows.append(Quarantined(file.name, row, block.line(row), faults[row], block.raw(row)))
            bad.update(faults)
            clean = ~np.isin(batch.row, list(faults)) if faults else np.ones(len(batch), dtype=bool)
            self._count_facts(batch, clean)
            self.claims += int(clean.sum())
            self.accepted += block.total - len(faults)
            rows += block.total
            tell("inspect", self.rows + rows, 0)
        if not noted:
            self._check_empty(file)
        self._file_rows[file.name] = rows
        self.rows += rows
        if sum(block.total for block, _ in kept) == rows:
            self._kept[file.name] = kept
        self._bare += wire.bare

    def _keepable(self, file: TableFile, block: Block) -> Block:
        """Return what the writing needs of a block: of a claims table, only the columns that identify a row."""
        if self.delivery.mapper is not None:
            return block
        return replace(block, table=block.table.select(self.delivery.keys_of(file)))

    def _repeated(self, file: TableFile, block: Block, faults: dict[int, Fault]) -> list[int]:
        """Return the rows whose declared key came before in this delivery."""
        if not self.delivery.keys_of(file):
            return []
        found = []
        for row, identity in zip(block.rows, key_identities(self.delivery, file, block), strict=True):
            if row not in faults and identity in self._row_keys:
                found.append(row)
            elif row not in faults:
                self._row_keys.add(identity)
        return found

    def _check_header(self, file: TableFile, block: Block) -> None:
        names = block.table.column_names
        if self.delivery.mapper is None:
            notes = check_claims_header(file.name, names, self.delivery.defaults)
        else:
            notes = self.delivery.mapper.check_header(file, names)
        self.ward.notes.update(f"{file.name}: {note}" for note in notes)
        for key in self.delivery.row_key:
            if self.delivery.mapper is None and key not in names:
                raise BadDelivery(
                    f"{file.name} lacks the column {key} of row_key in manifest.yaml.", code="missing-columns"
                )

    def _check_empty(self, file: TableFile) -> None:
        self.ward.notes[f"{file.name}: the table has a header and no rows"] += 1

    def _trip(self, wire: Tripwire, file: TableFile, block: Block, batch: Batch) -> None:
        """Look for personal numbers in every cell: those of a claims table by distinct word, and identifiers again."""
        if self.delivery.mapper is not None:
            wire.check(block.table, block.rows, block.line, self.delivery.mapper.identifiers(file))
            return
        further = [name for name in block.table.column_names if name not in COLUMNS]
        wire.check(block.table.select(further), block.rows, block.line, frozenset())
        if not digits_in(batch.words()):
            return
        for name, column in batch.columns.items():
            wire.check_coded(column, batch.row, block.line, name, frozenset())
        predicate = batch.columns["predicate"]
        said = [self.words.predicates.get(name) for name in predicate.texts()]
        naming = np.array([each is not None and each.value == "identifier" for each in said], dtype=bool)
        if naming.any():
            named = keep_rows(batch, naming[predicate.index])
            Tripwire(file.name).check_coded(
                named.columns["value"], named.row, block.line, "value", frozenset({"value"})
            )

    def _count_facts(self, batch: Batch, clean: Any) -> None:
        predicate, assertion = batch.columns["predicate"], batch.columns["assertion"]
        only = [
            name in self.words.predicates and self.words.predicates[name].assessment_only for name in predicate.texts()
        ]
        fact = np.array([word == "fact" for word in assertion.texts()], dtype=bool)
        if any(only) and fact.any():
            count = int((np.array(only)[predicate.index] & fact[assertion.index] & clean).sum())
            if count:
                note = "claims are assessments by nature but were delivered as facts: they are kept as assessments"
                self.ward.notes[note] += count

    def _expect(self) -> None:
        found = {"claims": self.claims, "rows": self.rows, "entities": len(self._inspector.mentioned)}
        for name, bounds in self.delivery.expect.items():
            if name not in found:
                self.ward.notes[f"manifest.yaml expects {name}, which is not counted"] += 1
            elif found[name] < bounds.min:
                raise BadDelivery(
                    f"{self.delivery.namespace}: expected at least {bounds.min:,} {name}, got {found[name]:,} "
                    f"({len(self.ward.rows):,} rows would go to quarantine: {self.ward.codes()}). Nothing was loaded. "
                    "Deliver the rest, or lower expect in manifest.yaml.",
                    code="too-little",
                )
            elif bounds.max is not None and found[name] > bounds.max:
                self.ward.notes[f"expected at most {bounds.max:,} {name}, got {found[name]:,}"] += 1

    def _keep_files(self) -> dict[str, str]:
        home = self.ledger.home
        paths = [file.path for file in self.delivery.tables] + list(self.delivery.side_files)
        small = [path for path in paths if path.stat().st_size <= KEPT_TOGETHER]
        with ThreadPoolExecutor(KEEPERS) as keepers:  # each waits for the disk most of the time
            together = keepers.map(lambda path: home.keep(path.read_bytes()), small)
            digests = dict(zip(small, together, strict=True))
        return {path.name: digests.get(path) or home.keep(path.read_bytes()) for path in paths}

    def _enter(self, writer: Writer, digests: dict[str, str]) -> tuple[int, int, bool]:
        delivery = self.delivery
        space = writer.namespace(
            delivery.namespace, delivery.regime, delivery.title, public_labels=delivery.public_labels
        )
        known = writer.ask("SELECT 1 FROM delivery WHERE digest = ?", (self.digest,))
        others = writer.ask("SELECT 1 FROM delivery WHERE namespace = ? LIMIT 1", (space,))
        nid, _ = writer.delivery(space, self.digest, delivery.manifest, list(self._files(digests)))
        if not known:
            self._enter_directory(writer)
        return space, nid, not known and not others

    def _files(self, digests: dict[str, str]) -> Iterator[dict[str, Any]]:
        first = 0
        for file in self.delivery.tables:
            rows = self._file_rows[file.name]
            yield {
                "name": file.name, "sha256": digests[file.name], "bytes": file.path.stat().st_size, "first_row": first,
                "rows": rows, "form": file.form, "delimiter": file.delimiter,
            }  # fmt: skip
            first += rows
        for path in self.delivery.side_files:
            yield {
                "name": path.name,
                "sha256": digests[path.name],
                "bytes": path.stat().st_size,
                "first_row": 0,
                "rows": 0,
            }

    def _enter_directory(self, writer: Writer) -> None:
        for family, entries in self.delivery.directory.items():
            for key, body in entries.items():
                owner = writer.ask("SELECT namespace FROM directory WHERE family = ? AND id = ?", (family, key))
                if owner and owner[0][0] != self.delivery.namespace:
                    self.ward.notes[f"{family} {key} is of {owner[0][0]} already and was left as it is"] += 1
                else:
                    writer.directory(family, key, self.delivery.namespace, body)

    def _state(self, writer: Writer, nid: int) -> str:
        return str(writer.ask("SELECT state FROM delivery WHERE nid = ?", (nid,))[0][0])


def _known_kinds(ledger: Ledger, delivery: Delivery) -> tuple[dict[str, str], str | None]:
    """Return the kinds of the ids that the namespace has, and its regime."""
    with ledger.read() as connection:
        cursor = connection.exec_driver_sql("SELECT nid, regime FROM namespace WHERE name = ?", (delivery.namespace,))
        row = cursor.first()
        if row is None:
            return {}, None
        found = connection.exec_driver_sql(
            "SELECT e.delivered, t.text FROM entity e JOIN term t ON t.nid = e.kind WHERE e.namespace = ?", (row[0],)
        )
        return {str(delivered): str(kind) for delivered, kind in found}, str(row[1])
