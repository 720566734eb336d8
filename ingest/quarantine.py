"""Rows that cannot become claims: kept as received, with the reason and the way to mend it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graph.errors import HostileText, KrydsfeltError

REASON_LIMIT = 400
RAW_SHOWN = 200

MEND: Mapping[str, str] = {
    "ragged": "Give the row as many cells as the header has; put quotation marks round cells that hold the delimiter.",
    "header-again": "Remove the second header row.",
    "missing": "Fill in the cell, or set a default in manifest.yaml.",
    "too-long": "Shorten the cell, or deliver the text as a Document.",
    "formula": "Remove the first character of the cell at its source.",
    "control-character": "Remove the character at its source.",
    "bidi-character": "Remove the character at its source.",
    "unknown-kind": "Use a kind of graph/kinds, or Thing.",
    "unknown-predicate": "Use a predicate of graph/kinds, or associated_with with a kind.",
    "wrong-ends": "Check which kinds the predicate joins in graph/kinds.",
    "special-category": "Do not deliver this column: such facts are never collected as a field.",
    "self-loop": "Check the two ids: a link has two ends.",
    "kind-conflict": "Give one id one kind throughout.",
    "unknown-marking": "Describe the marking in markings.yaml, or use one that is described.",
    "bad-qualifiers": "Write the qualifiers of a link as a JSON object of texts and finite numbers.",
    "not-a-number": "Write a finite number with a decimal point.",
    "duplicate-row-key": "Deliver each row key once.",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row cannot become claims."""

    code: str
    reason: str

    @property
    def mend(self) -> str:
        """What to do about it."""
        return MEND.get(self.code, "Correct the cell at its source and deliver again.")


def fault_of(error: KrydsfeltError) -> Fault:
    """Return the fault that an error of the tree states."""
    return Fault(error.reason_code, error.what if isinstance(error, HostileText) else error.message)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One row in quarantine.

    Parameters
    ----------
    file : str
    row : int
        Within the file, 0 is the first row of data: by this the ledger finds it.
    line : int
        As a person sees it in the file, from 1: by this reports name it.
    fault : Fault
    raw : bytes
        As received.
    """

    file: str
    row: int
    line: int
    fault: Fault
    raw: bytes

    def as_json(self) -> dict[str, Any]:
        """Return what reports print."""
        raw = self.raw.decode("utf-8", "backslashreplace").rstrip("\r\n")
        return {
            "file": self.file,
            "row": self.line,
            "code": self.fault.code,
            "reason": self.fault.reason,
            "mend": self.fault.mend,
            "raw": raw if len(raw) <= RAW_SHOWN else raw[:RAW_SHOWN] + "…",
        }

    def as_row(self) -> tuple[str, int, str, str, str, bytes]:
        """Return what the ledger keeps."""
        return self.file, self.row, self.fault.code, self.fault.reason[:REASON_LIMIT], self.fault.mend, self.raw


@dataclass(slots=True)
class Ward:
    """The quarantined rows of one delivery, and what else its report should say."""

    rows: list[Quarantined] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    """Warnings with how often they were met."""

    def codes(self) -> dict[str, int]:
        """Return how many rows each reason code holds."""
        return dict(sorted(Counter(row.fault.code for row in self.rows).items()))
