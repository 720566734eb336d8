"""Entities, claims, paths, records and cases as a view shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from api.schemas.base import Shape


class EntityOut(Shape):
    token: str
    kind: str
    label: str
    form: Literal["public", "party", "granted", "pseudonym", "plain"]
    delivered: str | None


class MarkingOut(Shape):
    level: int
    word: str
    handling: str
    tlp: str | None
    pap: str | None
    originator: str
    case: str | None


class ValidOut(Shape):
    text: str
    start: str | None
    """First possible day, ISO; null when there is none."""
    end: str | None
    """Last possible day, ISO; null when open."""
    certain: bool
    """There is at least one day on which it certainly held."""


class ClaimOut(Shape):
    token: str
    subject: EntityOut
    predicate: str
    object: EntityOut | None
    value: str | None
    qualifiers: dict[str, str | int | float | bool | None]
    valid: ValidOut
    grade: str
    assertion: Literal["fact", "assessment"]
    category: str | None
    marking: MarkingOut
    source: str
    report: EntityOut | None
    locator: str | None
    note: str | None
    known_at: datetime


class ConflictOut(Shape):
    predicate: str
    sides: list[list[ClaimOut]]


class LevelOut(Shape):
    """The highest marking of what an answer shows, names among it; TLP only where nothing is classified."""

    level: int
    word: str
    tlp: str | None


class CardOut(Shape):
    entity: EntityOut
    also: list[EntityOut]
    claims: list[ClaimOut]
    conflicts: list[ConflictOut]
    more: int
    marking: LevelOut


class VaultOut(Shape):
    """What the vault holds about one entity: claims of special categories, while it is open."""

    entity: EntityOut
    claims: list[ClaimOut]
    more: int
    until: datetime
    marking: LevelOut


class SubgraphOut(Shape):
    entities: list[EntityOut]
    links: list[ClaimOut]
    more: int
    marking: LevelOut


class StepOut(Shape):
    start: EntityOut
    end: EntityOut
    claim: ClaimOut


class PathOut(Shape):
    steps: list[StepOut]
    weakest: int
    sources: int
    marking: LevelOut


class PathAnswer(Shape):
    path: PathOut | None
    """Null when there is none in this view."""


class HitOut(Shape):
    entity: EntityOut
    matched: str
    predicate: str


class SearchOut(Shape):
    hits: list[HitOut]
    known: EntityOut | None
    more: bool
    marking: LevelOut


class RecordOut(Shape):
    delivery: str
    """Name of the delivery; it tells nothing of what else came with it."""
    file: str
    columns: list[str]
    cells: list[str]
    raw: str
    marking: LevelOut


class CaseOut(Shape):
    id: str
    title: str
    state: str
    legal_basis: str
    lead: str
    members: list[str]
    parties: list[EntityOut]
    marking: LevelOut
