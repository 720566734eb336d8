"""The inspection of claims before any is written: which rows stay out, and why. Each distinct value is asked once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from graph.errors import BadInput, KrydsfeltError
from graph.grade import parse_grade
from graph.ontology import Ontology
from ingest.arrow import index_of, places
from ingest.checks import over_cell_limit, qualifier_fault, suspect, text_faults, value_fault
from ingest.columns import Batch, Bounds, Coded
from ingest.periods import bounds_of
from ingest.quarantine import Fault, fault_of

Codes = npt.NDArray[np.int32]
_CHECKED_VALUES = ("number", "date", "code")


class Inspector:
    """Inspects the claims of one delivery, batch by batch.

    Parameters
    ----------
    words : Ontology
    regime : str
        `synthetic` or `published-research`; research alone may bring a link of kind `unspecified`.
    markings : mapping
        Names of the markings that are described.
    kinds : dict
        Delivered id to kind, as far as the ledger knows it; grows with what is accepted.
    """

    def __init__(self, words: Ontology, regime: str, markings: Mapping[str, Any], kinds: dict[str, str]) -> None:
        self.words = words
        self.regime = regime
        self.markings = markings
        self.kinds = kinds
        self.mentioned: set[str] = set()
        self.reports: set[str] = set()
        self.notes: Counter[str] = Counter()

    def inspect(self, batch: Batch) -> tuple[dict[int, Fault], Bounds]:
        """Return the rows of the batch that cannot become claims with the first fault of each, and all periods."""
        found = _Found(len(batch))
        columns = batch.columns
        if suspect(batch.words()):
            for name, column in columns.items():
                found.spread(column, text_faults(column.words))
                self._check_length(name, column, columns["predicate"], found)
        for name in ("subject", "subject_kind", "predicate", "source"):
            for place in np.flatnonzero(~columns[name].filled()).tolist():
                found.spread(columns[name], {place: Fault("missing", f"The cell {name} is empty.")})
        self._check_ends(columns, found)
        bounds = _check_periods(columns["valid"], found)
        self._check_words(columns, found)
        self._check_values(columns, found)
        self._check_kinds(columns, found)
        return found.by_row(batch), bounds

    def _check_length(self, name: str, column: Coded, predicate: Coded, found: _Found) -> None:
        over = over_cell_limit(column.words)
        if not over:
            return
        long = np.isin(column.index, list(over))
        if name == "value":
            texts = [i for i, word in enumerate(predicate.texts()) if word == "text"]
            long &= ~np.isin(predicate.index, texts)
        found.where(long, Fault("too-long", f"The cell {name} is over the limit of 65,536 bytes."))

    def _check_ends(self, columns: dict[str, Coded], found: _Found) -> None:
        has = {name: columns[name].filled()[columns[name].index] for name in ("object", "value")}
        names = ("subject_kind", "predicate", "object_kind")
        key = has["object"].astype(np.int64) * 2 + has["value"]
        for name in names:
            key = key * max(1, len(columns[name].words)) + columns[name].index
        _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
        words = {name: columns[name].texts() for name in names}
        faults: dict[int, Fault] = {}
        for combination, place in enumerate(first.tolist()):
            said = [words[name][columns[name].index[place]] for name in names]
            fault = self._ends_fault(*said, has_object=bool(has["object"][place]), has_value=bool(has["value"][place]))
            if fault is not None:
                faults[combination] = fault
        found.spread_index(inverse, len(first), faults)
        subjects, objects = columns["subject"], columns["object"]
        none = places(np.full(len(subjects.words), -1))
        same = index_of(pc.coalesce(pc.index_in(subjects.words, value_set=objects.words), none))
        found.where(
            (same[subjects.index] == objects.index) & has["object"],
            Fault("self-loop", "Subject and object are the same."),
        )

    def _ends_fault(
        self, subject: str, predicate: str, target: str, *, has_object: bool, has_value: bool
    ) -> Fault | None:
        if not subject or not predicate:
            return None  # an empty cell has its own fault
        words = self.words
        try:
            for kind in (subject, target) if has_object and target else (subject,):
                if words.kind(kind).abstract:
                    return Fault("unknown-kind", f"The kind {kind} only gathers others: give one under it.")
            said = words.predicate(predicate)
            if said.special:
                return Fault("special-category", f"{predicate} is never collected as a field.")
            if not has_object and not has_value:
                return Fault("missing", "The claim has neither object nor value.")
            if has_object and not target:
                return Fault("missing", "The cell object_kind is empty.")
            if not words.admits(predicate, subject, target if has_object else None):
                ends = f"{subject} and {target}" if has_object else f"a literal of {subject}"
                return Fault("wrong-ends", f"{predicate} does not join {ends}.")
        except KrydsfeltError as error:
            return fault_of(error)
        return None

    def _check_words(self, columns: dict[str, Coded], found: _Found) -> None:
        categories = self.words.codes("categories")
        faults = {}
        for place, word in enumerate(columns["grade"].texts()):
            if word:
                try:
                    parse_grade(word)
                except BadInput as error:
                    faults[place] = fault_of(error)
        found.spread(columns["grade"], faults)
        for name, known in (("assertion", ("", "fact", "assessment")), ("category", ("", *categories.codes))):
            wrong = {
                place: Fault("unknown-term", f"{name} is one of {', '.join(filter(None, known))}; got {word[:40]!r}.")
                for place, word in enumerate(columns[name].texts())
                if word not in known
            }
            found.spread(columns[name], wrong)
        unknown = {
            place: Fault("unknown-marking", f"markings.yaml does not describe {word[:60]!r}.")
            for place, word in enumerate(columns["marking"].texts())
            if word and word not in self.markings
        }
        found.spread(columns["marking"], unknown)

    def _check_values(self, columns: dict[str, Coded], found: _Found) -> None:
        predicate, kind, value = columns["predicate"], columns["subject_kind"], columns["value"]
        names, values, kinds = predicate.texts(), value.texts(), kind.texts()
        said = [self.words.predicates.get(name) for name in names]
        typed = np.array([s is not None and s.value in _CHECKED_VALUES for s in said], dtype=bool)
        needy = np.array([s is not None and bool(s.needs) for s in said], dtype=bool)
        linked = columns["object"].filled()[columns["object"].index]
        filled = value.filled()[value.index]
        asked = found.clean & ((linked & (filled | needy[predicate.index])) | (~linked & typed[predicate.index]))
        places = np.flatnonzero(asked)
        if not len(places):
            return
        key = (predicate.index[places].astype(np.int64) * len(kinds) + kind.index[places]) * 2 + linked[places]
        _, first, inverse = np.unique(key * len(values) + value.index[places], return_index=True, return_inverse=True)
        faults: dict[int, Fault] = {}
        for combination, place in enumerate(places[first].tolist()):
            name, text = names[predicate.index[place]], values[value.index[place]]
            if linked[place]:
                fault = qualifier_fault(self.words, name, text, self.regime)
            else:
                fault = value_fault(self.words, name, kinds[kind.index[place]], text)
            if fault is not None:
                faults[combination] = fault
        whole = np.full(len(asked), len(first), dtype=np.int64)
        whole[places] = inverse
        found.spread_index(whole, len(first) + 1, faults)

    def _check_kinds(self, columns: dict[str, Coded], found: _Found) -> None:
        for name, kind_name in (("subject", "subject_kind"), ("object", "object_kind")):
            ids, kinds = columns[name], columns[kind_name]
            if not found.clean.all() or not self._agree(ids, kinds):
                self._find_conflicts(ids, kinds, found)
        report = columns["report"]
        words = report.texts()
        self.reports.update(words[i] for i in np.unique(report.index[found.clean]).tolist() if words[i])

    def _agree(self, ids: Coded, kinds: Coded) -> bool:
        """Learn the kinds of the ids of a batch without faults; False where any id has another kind already."""
        kind_of = np.zeros(len(ids.words), dtype=np.int32)
        kind_of[ids.index[::-1]] = kinds.index[::-1]  # the first claim that names an id is written last
        words, said = ids.texts(), list(map(kinds.texts().__getitem__, kind_of.tolist()))
        filled = ids.filled()
        for place in np.flatnonzero(~filled).tolist():  # one at most: words are distinct
            del words[place], said[place]
        known = list(map(self.kinds.setdefault, words, said))
        self.mentioned.update(words)
        same = (kind_of[ids.index] == kinds.index) | ~filled[ids.index]
        return known == said and bool(same.all())

    def _find_conflicts(self, ids: Coded, kinds: Coded, found: _Found) -> None:
        places = np.flatnonzero(found.clean)
        key = ids.index[places].astype(np.int64) * max(1, len(kinds.words)) + kinds.index[places]
        _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
        id_words, kind_words = ids.texts(), kinds.texts()
        faults: dict[int, Fault] = {}
        for combination in np.argsort(first).tolist():
            place = places[first[combination]]
            delivered, kind = id_words[ids.index[place]], kind_words[kinds.index[place]]
            if not delivered:
                continue
            known = self.kinds.setdefault(delivered, kind)
            self.mentioned.add(delivered)
            if known != kind:
                faults[combination] = Fault("kind-conflict", f"{delivered[:80]} is a {known}; this row says {kind}.")
        whole = np.full(len(ids.index), len(first), dtype=np.int64)
        whole[places] = inverse
        found.spread_index(whole, len(first) + 1, faults)


def _check_periods(valid: Coded, found: _Found) -> Bounds:
    """Read the periods of a batch; a claim whose period cannot be read has a fault."""
    bounds, refused = bounds_of(valid.words)
    found.spread(valid, {place: fault_of(error) for place, error in refused.items()})
    return bounds[valid.index]


class _Found:
    """The faults of a batch while it is inspected: one number per claim, 0 for none."""

    def __init__(self, size: int) -> None:
        self.codes: Codes = np.zeros(size, dtype=np.int32)
        self.faults: list[Fault] = []

    @property
    def clean(self) -> npt.NDArray[np.bool_]:
        """Say which claims have no fault so far."""
        found: npt.NDArray[np.bool_] = self.codes == 0
        return found

    def spread(self, column: Coded, faults: Mapping[int, Fault]) -> None:
        """Give every claim whose word has a fault that fault."""
        self.spread_index(column.index, len(column.words), faults)

    def spread_index(self, index: Any, size: int, faults: Mapping[int, Fault]) -> None:
        """Give every claim whose place has a fault that fault, unless it has one."""
        if not faults:
            return
        numbers = np.zeros(max(1, size), dtype=np.int32)
        for place, fault in faults.items():
            self.faults.append(fault)
            numbers[place] = len(self.faults)
        self.codes = np.where(self.codes == 0, numbers[index], self.codes)

    def where(self, mask: npt.NDArray[np.bool_], fault: Fault) -> None:
        """Give every claim in the mask the fault, unless it has one."""
        if mask.any():
            self.faults.append(fault)
            self.codes = np.where((self.codes == 0) & mask, len(self.faults), self.codes).astype(np.int32)

    def by_row(self, batch: Batch) -> dict[int, Fault]:
        """Return row to its first fault."""
        places = np.flatnonzero(self.codes)
        faults: dict[int, Fault] = {}
        for place in places.tolist():
            faults.setdefault(int(batch.row[place]), self.faults[self.codes[place] - 1])
        return faults
