"""Inspected claims become rows of the ledger: words to numbers, each looked up once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from graph import packed
from graph.claim_writer import ClaimBlock, ClaimWriter
from graph.grade import parse_grade
from graph.identity import eids_under
from graph.ledger import marking_text
from graph.ledger_write import searched
from graph.model import Marking
from graph.ontology import Ontology
from ingest.arrow import places
from ingest.columns import Batch, Bounds, Coded, contents
from ingest.periods import bounds_of

NO_GRADE = "4x4:X4"
BOUNDS = ("valid_from", "valid_to", "certain_from", "certain_to")
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
        self.entities: dict[str, int] = {"": 0}
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

    def block(
        self, writer: ClaimWriter, batch: Batch, cids: Sequence[bytes], namespace: int, delivery: int, first_row: int
    ) -> ClaimBlock:
        """Return the claims of a batch as a block for the ledger; new entities and words are entered."""
        columns = batch.columns
        nids = self._entities(writer, columns, namespace)
        predicate, assertion, grade = columns["predicate"], columns["assertion"], columns["grade"]
        only = np.array([self._assessment_only(name) for name in predicate.texts()], dtype=bool)[predicate.index]
        stated = np.array([word == "assessment" for word in assertion.texts()], dtype=bool)[assertion.index]
        bounds = batch.bounds if batch.bounds is not None else word_bounds(columns["valid"])
        periods = self._known_periods(writer, columns["valid"].texts())
        said = {
            "subject": packed.numbers(nids["subject"]),
            "predicate": packed.numbers(self._known("predicate", predicate, partial(writer.term, "predicate"))),
            "object": packed.numbers_or_none(nids["object"]),
            "valid": packed.numbers(np.array(periods, dtype=np.int64)[columns["valid"].index]),
            **{name: packed.numbers(bounds[:, place]) for place, name in enumerate(BOUNDS)},
            "grade": packed.numbers(
                self._known("grade", grade, lambda word: writer.term("grade", str(parse_grade(word or NO_GRADE))))
            ),
            "assertion": packed.numbers((only | stated).astype(np.int64)),
            "source": packed.numbers(self._known("source", columns["source"], partial(writer.source, namespace))),
            "report": packed.numbers_or_none(nids["report"]),
            **{name: _optional(columns[name]) for name in ("value", "category", "locator", "note")},
        }
        marking = self._known("marking", columns["marking"], lambda word: writer.marking(self._marking(word)))
        return ClaimBlock(cids, marking, batch.row + first_row, delivery, said)

    def names(self, batch: Batch) -> list[tuple[int, str]]:
        """Return the places of the claims of a batch that are searched, and by what."""
        predicate, value, target = (batch.columns[name] for name in ("predicate", "value", "object"))
        found = np.array([searched(name) for name in predicate.texts()], dtype=bool)
        if not found.any():
            return []
        linked = target.filled()[target.index]
        texts = value.texts()
        places = np.flatnonzero(found[predicate.index] & ~linked).tolist()
        return [(place, texts[value.index[place]]) for place in places]

    def _entities(self, writer: ClaimWriter, columns: Mapping[str, Coded], namespace: int) -> dict[str, packed.Numbers]:
        """Return for each claim the numbers of what it is about, 0 for none; entities that are new are entered."""
        entities, fresh = self.entities, list[str]()
        found = {}
        for name in ("subject", "object", "report"):
            texts = columns[name].texts()
            unknown = [delivered for delivered in texts if delivered not in entities]
            first = self._last_entity + 1
            self._last_entity += len(unknown)
            entities.update(zip(unknown, range(first, first + len(unknown)), strict=True))
            fresh += unknown
            nids = np.fromiter(map(entities.__getitem__, texts), dtype=np.int64, count=len(texts))
            found[name] = nids[columns[name].index]
        self._enter(writer, fresh, namespace)
        return found

    def _enter(self, writer: ClaimWriter, fresh: list[str], namespace: int) -> None:
        """Enter new entities, which have the last numbers."""
        if not fresh:
            return
        kinds = [self.kinds.get(delivered, "Report") for delivered in fresh]
        number = {kind: writer.term("kind", kind) for kind in dict.fromkeys(kinds)}
        last = self._last_entity
        columns = {
            "nid": packed.numbers(np.arange(last + 1 - len(fresh), last + 1)),
            "eid": packed.blobs(eids_under(writer.identity.entity_key(self.namespace), fresh)),
            "namespace": packed.same(namespace),
            "delivered": packed.texts(fresh),
            "kind": packed.numbers(np.fromiter(map(number.__getitem__, kinds), dtype=np.int64, count=len(kinds))),
        }
        writer.fill("entity", len(fresh), columns)

    def _known_periods(self, writer: ClaimWriter, texts: Sequence[str]) -> list[int]:
        """Return the numbers of periods of validity, of which a delivery may have as many as claims."""
        if not self._remembers_periods:
            return writer.terms("valid", texts)
        known = self._periods
        known.update(writer.new_terms("valid", {text for text in texts if text not in known}))
        return [known[text] for text in texts]

    def _known(self, family: str, column: Coded, enter: Callable[[str], int]) -> packed.Numbers:
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
        return np.array(found, dtype=np.int64)[column.index]

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
    return bounds_of(valid.words)[0][valid.index]


def _narrowed(column: Coded, mask: Any) -> Coded:
    """Drop words that no claim uses any more: they may be the very ones that were refused."""
    used, index = np.unique(column.index[mask], return_inverse=True)
    return Coded(column.words.take(places(used)), index.astype(np.int32))


def _optional(column: Coded) -> packed.Packed:
    return packed.words_or_none(column.texts(), column.index)
