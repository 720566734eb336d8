"""The nouns of the record, as values: what travels between the rooms.

Numbers (`nid`, `seq`, marking numbers) are internal to a home and never leave the ground floor: a view turns them into
tokens (`graph.pseudonyms`). Days are days since 1970-01-01; `graph.interval` has the sentinels for open ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

Assertion = Literal["fact", "assessment"]
Nid = int
Seq = int


@dataclass(frozen=True, slots=True)
class Source:
    """Who says it: a register, unit, partner, sensor or research set."""

    nid: Nid
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Marking:
    """One distinct combination of access attributes, interned by the loader.

    Attributes follow `markings.yaml`. What a delivery leaves out takes the most restrictive value: level 3, handling
    H3, nobody on the share list, no purpose, no legal basis, sealed. The last four narrow a marking where they are
    stated: days from and to which its basis carries it, the day by which it is to be reviewed (ISO 8601), and the
    category of the people its claims are about (LED article 6: `a` to `d`).
    """

    level: int = 3
    compartments: tuple[str, ...] = ()
    handling: str = "H3"
    tlp: str | None = None
    pap: str | None = None
    originator: str = ""
    share: tuple[str, ...] = ()
    open: bool = False
    purposes: tuple[str, ...] = ()
    legal_basis: str = ""
    case: str | None = None
    regime: str = ""
    special: bool = False
    minor: bool = False
    sealed: bool = True
    basis_from: str = ""
    basis_to: str = ""
    review_on: str = ""
    category: str = ""


NARROWING: Final = ("basis_from", "basis_to", "review_on", "category")
"""Attributes of a marking that narrow it where they are stated and say nothing where they are not."""


@dataclass(frozen=True, slots=True)
class EntityRow:
    """An entity as an engine gives it: internal number, random id (16 bytes), kind, and the delivered id."""

    nid: Nid
    eid: bytes
    kind: str
    namespace: str
    delivered: str


class ClaimRow(NamedTuple):
    """A claim as an engine gives it. `object` is None for a literal; a link keeps its qualifiers as JSON in `value`."""

    seq: Seq
    cid: bytes
    subject: Nid
    predicate: str
    object: Nid | None
    value: str | None
    valid: str
    valid_from: int
    valid_to: int
    certain_from: int
    certain_to: int
    grade: str
    assertion: Assertion
    category: str | None
    marking: int
    source: Nid
    report: Nid | None
    locator: str | None
    note: str | None
    delivery: Nid
    row: int


@dataclass(frozen=True, slots=True)
class PathRow:
    """A path: `nodes` has one more item than `claims`; each claim links the two nodes round it."""

    nodes: tuple[Nid, ...]
    claims: tuple[ClaimRow, ...]


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a scope holds, counted inside the scope."""

    entities: Mapping[str, int]
    """Entities by kind."""
    claims: Mapping[str, int]
    """Claims by predicate."""


@dataclass(frozen=True, slots=True)
class RecordRef:
    """Where a claim was received: a name of the delivery, and the file.

    Neither tells of rows that the reader may not see, as a digest of the file or a row number would; whoever holds the
    home finds the row by what it says.
    """

    delivery: str
    file: str
