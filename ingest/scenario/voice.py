"""A shorter way to write single claims: who speaks, into which table, under which marking."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import NamedTuple, TypedDict, Unpack

from ingest.scenario.writer import ClaimWriter


class Ref(NamedTuple):
    """An entity by its delivered id and kind."""

    id: str
    kind: str


class Traits(TypedDict, total=False):
    """What of a voice may differ from sentence to sentence."""

    source: str
    marking: str
    grade: str
    assertion: str
    category: str | None
    report: str | None
    locator: str | None


@dataclass(frozen=True, slots=True)
class Voice:
    """One source speaking under one marking. `with_` gives the same voice with another trait."""

    writer: ClaimWriter
    part: str
    source: str
    marking: str
    grade: str = "4x4:B2"
    assertion: str = "fact"
    category: str | None = None
    report: str | None = None
    locator: str | None = None

    def with_(self, **traits: Unpack[Traits]) -> Voice:
        return replace(self, **traits)

    def says(self, subject: Ref, predicate: str, value: str | int, valid: str | None = None) -> None:
        """State a literal."""
        self._row(subject, predicate, None, str(value), valid)

    def links(
        self, subject: Ref, predicate: str, target: Ref, valid: str | None = None, **qualifiers: str | int
    ) -> None:
        """State a link, with its qualifiers as JSON."""
        text = json.dumps(qualifiers, ensure_ascii=False, sort_keys=True) if qualifiers else None
        self._row(subject, predicate, target, text, valid)

    def _row(self, subject: Ref, predicate: str, target: Ref | None, value: str | None, valid: str | None) -> None:
        self.writer.row(
            self.part,
            subject=subject.id,
            subject_kind=subject.kind,
            predicate=predicate,
            object=target.id if target else None,
            object_kind=target.kind if target else None,
            value=value,
            valid=valid,
            grade=self.grade,
            assertion=self.assertion,
            category=self.category,
            marking=self.marking,
            source=self.source,
            report=self.report,
            locator=self.locator,
        )
