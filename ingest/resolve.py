"""Inspected claims become rows of the ledger: words to numbers, each looked up once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from graph.claim_writer import ClaimWriter
from graph.grade import parse_grade
from graph.identity import eid_under
from graph.interval import interval_bounds
from graph.ledger import marking_text
from graph.ledger_write import searched
from graph.model import Marking
from graph.ontology import Ontology
from ingest.columns import Batch, Bounds, Coded, contents

NO_GRADE = "4x4:X4"
PERIODS = 500_000
"""Words that the ledger may have of others before its periods are asked for one by one instead of remembered."""


class Resolver:
    """Turns batches of one delivery into rows of the ledger.

    Parameters
    ----------
    words : Ontology
    namespace : str
    markings : mapping
        Name to marking; a claim that names none takes the most restrictive.
    kinds : mapping
        Delivered id to kind, for every id of the delivery.
    """

    def __init__(
        self, words: Ontology, namespace: str, markings: Mapping[str, Marking], kinds: Mapping[str, str]
    ) -> None:
        self.words = words
        self.namespace = namespace
        self.markings = markings
        self.kinds = kinds
        self.entities: dict[str, int] = {}
        self._last_entity = 0
        self._marking_keys: dict[str, str] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        self._periods: dict[str, int] = {}
        self._last_term = 0
        self._remembers_periods = True

    def begin(self, writer: ClaimWriter, namespace: int) -> None:
        """Learn, at the beginning of a transaction, what was entered since: by this process or another."""
        query = "SELECT nid, delivered FROM entity WHERE namespace = ? AND nid > ?"
        self.entities.update((delivered, nid) for nid, delivered in writer.ask(query, (namespace, self._last_entity)))
        self._last_entity = writer.top("entity")
        if self._remembers_periods and writer.top("term") - len(self._periods) <= PERIODS:
            query = "SELECT nid, text FROM term WHERE family = 'valid' AND nid > ?"
            self._periods.update((text, nid) for nid, text in writer.ask(query, (self._last_term,)))
        else:
            self._remembers_periods = False
        writer.remember(namespace)

    def end(self, writer: ClaimWriter) -> None:
        """Note, at the end of a transaction, which words there are."""
        self._last_term = writer.top("term")

    def content_of(self, batch: Batch) -> list[bytes]:
        """Return the SHA-256 of what each claim says."""
        keys = [self._marking_key(name) for name in batch.columns["marking"].texts()]
        sha256 = hashlib.sha256
        return [sha256(said).digest() for said in contents(batch, keys)]

    def rows(
        self, writer: ClaimWriter, batch: Batch, cids: Sequence[bytes], namespace: int, delivery: int, first_row: int
    ) -> list[tuple[Any, ...]]:
        """Return the claims of a batch in the order of `CLAIM_COLUMNS`; new entities and words are entered."""
        columns = batch.columns
        self._enter_entities(writer, columns, namespace)
        predicate, assertion, grade = columns["predicate"], columns["assertion"], columns["grade"]
        only = np.array([self._assessment_only(name) for name in predicate.texts()], dtype=bool)[predicate.index]
        stated = np.array([word == "assessment" for word in assertion.texts()], dtype=bool)[assertion.index]
        bounds = batch.bounds if batch.bounds is not None else word_bounds(columns["valid"])
        return list(
            zip(
                range(writer.seq + 1, writer.seq + 1 + len(batch)),
                cids,
                self._nids(columns["subject"]),
                self._known("predicate", predicate, lambda word: writer.term("predicate", word)),
                self._nids(columns["object"]),
                _optional(columns["value"]),
                _taken(self._known_periods(writer, columns["valid"].texts()), columns["valid"]),
                *(bounds[:, place].tolist() for place in range(4)),
                self._known("grade", grade, lambda word: writer.term("grade", str(parse_grade(word or NO_GRADE)))),
                (only | stated).astype(int).tolist(),
                _optional(columns["category"]),
                self._known("marking", columns["marking"], lambda word: writer.marking(self._marking(word))),
                self._known("source", columns["source"], lambda word: writer.source(namespace, word)),
                self._nids(columns["report"]),
                _optional(columns["locator"]),
                _optional(columns["note"]),
                [delivery] * len(batch),
                (batch.row + first_row).tolist(),
                strict=True,
            )
        )

    def names(self, batch: Batch, cids: Sequence[bytes]) -> list[tuple[bytes, str]]:
        """Return which claims of a batch are searched, and by what."""
        predicate, value, target = (batch.columns[name] for name in ("predicate", "value", "object"))
        found = np.array([searched(name) for name in predicate.texts()], dtype=bool)
        if not found.any():
            return []
        linked = np.array([bool(word) for word in target.texts()], dtype=bool)[target.index]
        texts = value.texts()
        places = np.flatnonzero(found[predicate.index] & ~linked).tolist()
        return [(cids[place], texts[value.index[place]]) for place in places]

    def _enter_entities(self, writer: ClaimWriter, columns: Mapping[str, Coded], namespace: int) -> None:
        key, entities, numbers = writer.identity.entity_key(self.namespace), self.entities, self._numbers
        fresh: list[tuple[int, bytes, int, str, int]] = []
        for name in ("subject", "object", "report"):
            for delivered in columns[name].texts():
                if delivered and delivered not in entities:
                    self._last_entity += 1
                    entities[delivered] = self._last_entity
                    kind = self.kinds.get(delivered, "Report")
                    number = numbers.get(("kind", kind))
                    if number is None:
                        number = numbers["kind", kind] = writer.term("kind", kind)
                    fresh.append((self._last_entity, eid_under(key, delivered), namespace, delivered, number))
        writer.many("INSERT INTO entity (nid, eid, namespace, delivered, kind) VALUES (?, ?, ?, ?, ?)", fresh)

    def _known_periods(self, writer: ClaimWriter, texts: Sequence[str]) -> list[int]:
        """Return the numbers of periods of validity, of which a delivery may have as many as claims."""
        if not self._remembers_periods:
            return writer.terms("valid", texts)
        known = self._periods
        known.update(writer.new_terms("valid", {text for text in texts if text not in known}))
        return [known[text] for text in texts]

    def _known(self, family: str, column: Coded, enter: Callable[[str], int]) -> list[Any]:
        """Return for each claim the number of its word, entering words that are new.

        Numbers are remembered from block to block: a block that fails ends the load.
        """
        numbers = self._numbers
        found: list[int] = []
        for word in column.texts():
            number = numbers.get((family, word))
            if number is None:
                number = numbers[family, word] = enter(word)
            found.append(number)
        return _taken(found, column)

    def _nids(self, column: Coded) -> list[int | None]:
        entities = self.entities
        return _taken([entities.get(word) if word else None for word in column.texts()], column)

    def _assessment_only(self, predicate: str) -> bool:
        return self.words.predicates[predicate].assessment_only

    def _marking(self, name: str) -> Marking:
        return self.markings[name] if name else Marking()

    def marking_keys(self) -> list[str]:
        """Return what stands for the content of each marking of the delivery, by name."""
        return [self._marking_key(name) for name in sorted(self.markings)]

    def _marking_key(self, name: str) -> str:
        if name not in self._marking_keys:
            text = marking_text(self._marking(name))
            self._marking_keys[name] = hashlib.sha256(text.encode()).hexdigest()
        return self._marking_keys[name]


def keep_rows(batch: Batch, mask: Any) -> Batch:
    """Return the claims of a batch that the mask holds."""
    if mask.all():
        return batch
    columns = {name: _narrowed(column, mask) for name, column in batch.columns.items()}
    bounds = None if batch.bounds is None else batch.bounds[mask]
    return Batch(columns, batch.row[mask], batch.slot[mask], bounds)


def word_bounds(valid: Coded) -> Bounds:
    """Return the four bounds of each claim's period, which was inspected before."""
    found = np.array([interval_bounds(text) for text in valid.texts()], dtype=np.int64).reshape(-1, 4)
    return found[valid.index]


def _narrowed(column: Coded, mask: Any) -> Coded:
    """Drop words that no claim uses any more: they may be the very ones that were refused."""
    used, index = np.unique(column.index[mask], return_inverse=True)
    return Coded(column.words.take(pa.array(used, type=pa.int64())), index.astype(np.int32))


def _taken(values: Sequence[Any], column: Coded) -> list[Any]:
    place = np.empty(len(values), dtype=object)
    place[:] = values
    found: list[Any] = place[column.index].tolist()
    return found


def _optional(column: Coded) -> list[str | None]:
    return _taken([word or None for word in column.texts()], column)
