"""What a view answers: plain values, safe to hand to pages, the command line, charts and packages.

Everything here has passed the scope. `token` is how the view names a thing towards its reader: it is stable inside
the view's partition (its case, or purpose and actor where there is no case) and says nothing outside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from graph.interval import Interval
from graph.model import Assertion, Marking, RecordRef

LabelForm = Literal["public", "party", "granted", "pseudonym", "plain"]
"""Why the label reads as it does.

Declared public, a party, unmasked by grant, masked, or a kind that is never masked.
"""


@dataclass(frozen=True, slots=True)
class EntityRef:
    """An entity as this view may name it."""

    token: str
    kind: str
    label: str
    form: LabelForm
    delivered: str | None
    """The delivered id where the view may know it, else None; `ref` is what rows and packages print."""

    @property
    def ref(self) -> str:
        return self.delivered if self.delivered is not None else self.label


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One claim with all that its reader may know of where it comes from."""

    token: str
    subject: EntityRef
    predicate: str
    object: EntityRef | None
    value: str | None
    qualifiers: Mapping[str, Any]
    valid: Interval
    grade: str
    assertion: Assertion
    category: str | None
    marking: Marking
    source: str
    report: EntityRef | None
    locator: str | None
    note: str | None
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Conflict:
    """Claims of one entity and one predicate that cannot all hold; at least two sides, each with its claims."""

    predicate: str
    sides: tuple[tuple[ClaimView, ...], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """All that a view shows of one entity."""

    entity: EntityRef
    also: tuple[EntityRef, ...]
    """Other entities that visible `same_as` verdicts join to it."""
    claims: tuple[ClaimView, ...]
    conflicts: tuple[Conflict, ...]
    more: int
    """Claims in the view beyond those listed."""
    markings: tuple[Marking, ...] = ()
    """Of the claims and names that the answer shows, by content."""


@dataclass(frozen=True, slots=True)
class VaultView:
    """What the vault holds about one entity: claims of special categories, and until when it is open."""

    entity: EntityRef
    claims: tuple[ClaimView, ...]
    more: int
    """Claims beyond those listed."""
    until: datetime
    markings: tuple[Marking, ...] = ()
    """Of the claims and names that the answer shows, by content."""


@dataclass(frozen=True, slots=True)
class Subgraph:
    """Entities and the links among them, and how much of the answer was left out by a limit."""

    entities: tuple[EntityRef, ...]
    links: tuple[ClaimView, ...]
    more: int = 0
    markings: tuple[Marking, ...] = ()
    """Of the claims and names that the answer shows, by content."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Of those left out, how many there are of each kind, where that is known."""


@dataclass(frozen=True, slots=True)
class PathStep:
    """One link of a path, read from `start` to `end` whichever way the claim points; `others` are parallel claims."""

    start: EntityRef
    end: EntityRef
    claim: ClaimView


@dataclass(frozen=True, slots=True)
class PathView:
    """A path with its weakest link. Reliability and credibility are compared apart and never multiplied."""

    steps: tuple[PathStep, ...]
    weakest: int
    """Index of the weakest step: the worst source reliability, then the worst credibility."""
    sources: int
    """Different sources along the path."""
    markings: tuple[Marking, ...] = ()
    """Of the claims and names that the answer shows, by content."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An entity that a search found, with the words by which."""

    entity: EntityRef
    matched: str
    predicate: str


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """Free search hits, and at most one masked entity known under exactly the words asked."""

    hits: tuple[Hit, ...]
    known: EntityRef | None = None
    more: bool = False
    """Whether there were more hits than asked for."""
    near: tuple[str, ...] = ()
    """Open names that are a little like the words asked, where nothing was found."""
    markings: tuple[Marking, ...] = ()
    """Of the names and claims that the hits show, by content."""


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record as received."""

    where: RecordRef
    columns: tuple[str, ...]
    cells: tuple[str, ...]
    raw: str
    markings: tuple[Marking, ...] = ()
    """Of every claim that the record holds, by content."""


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as its members see it."""

    id: str
    title: str
    state: str
    legal_basis: str
    lead: str
    members: tuple[str, ...]
    parties: tuple[EntityRef, ...] = field(default=())
    markings: tuple[Marking, ...] = ()
    """Of the claims and names that the answer shows, by content."""
