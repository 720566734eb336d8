"""Partners, requests, packages and what was checked of them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas.base import Shape
from api.schemas.record import ClaimOut, EntityOut, LevelOut, MarkingOut, ValidOut
from api.schemas.session import Band


class PartnerOut(Shape):
    id: str
    name: str
    org: str
    fingerprint: str


class RequestOut(Shape):
    entity: EntityOut
    direction: str | None
    partner: str | None
    reference: str | None
    received: str | None
    due: str | None
    urgency: str | None
    state: str | None
    purpose: str | None
    basis: str | None
    marking: LevelOut


class PackageAsk(Shape):
    partner: str
    request: str | None = None
    """Token of the Request entity that is answered."""
    claims: list[str] = Field(max_length=5000)


class ReleaseLine(Shape):
    """One claim: what leaves, what stays, and why."""

    claim: ClaimOut
    outcome: Literal["leaves", "partly", "stays"]
    reasons: list[str]
    stays: list[str]
    """Names of the parts that stay."""


class PreviewOut(Shape):
    partner: PartnerOut
    lines: list[ReleaseLine]
    band: Band
    file_allowed: bool
    """False above TIL TJENESTEBRUG: there is a manifest to print but no file."""
    why_no_file: str | None


class PackageOut(Shape):
    id: str
    partner: str
    request: str | None
    made_at: datetime
    made_by: str
    claims: int
    band: Band
    sha256: str | None
    expires: datetime
    downloadable: bool


class CheckOut(Shape):
    """What was checked, what was found in English, and that as a code with values."""

    name: str
    passed: bool
    detail: str
    code: str
    values: dict[str, str]


class SentEnd(Shape):
    """An end of a claim in a package, by the name that the sender gives it; it is not in the record."""

    id: str
    kind: str
    label: str


class SentClaim(Shape):
    """One claim of a received package, as its sender states it."""

    id: str
    subject: SentEnd
    predicate: str
    object: SentEnd | None
    value: str | None
    qualifiers: dict[str, str | int | float | bool | None]
    valid: ValidOut
    grade: str
    assertion: Literal["fact", "assessment"]
    category: str | None
    marking: MarkingOut


class SentOut(Shape):
    """What a received package says, to be read before it is taken in."""

    claims: list[SentClaim]
    more: int
    """Like those listed, but past the end of the list."""
    above: int
    """Above the reader's clearance."""
    unfit: int
    """Not of the form of a claim; taking the package in would put them in quarantine."""
    marking: LevelOut


class VerifyOut(Shape):
    """What was checked of a received package; the inner part only with the recipient's key."""

    package: str | None
    sender: str | None
    recipient: str | None
    expires: datetime | None
    whole: bool
    inner: bool
    checks: list[CheckOut]
    claims: int | None
    content: SentOut | None
    """Null where the package is for another, is not in order, or its sender's key was not entered here."""
