"""Parties of a case, names unmasked, and what somebody is told."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas.base import Shape
from api.schemas.record import EntityOut


class EnterParty(Shape):
    entity: str = Field(min_length=1, max_length=200)
    category: str = Field(max_length=10)
    role: str = Field(max_length=40)
    reason: str = Field(max_length=2000)
    since: str = Field(default="", max_length=100)
    until: str = Field(default="", max_length=100)


class PartyOut(Shape):
    id: str
    entity: EntityOut
    category: str
    role: str
    reason: str
    since: str
    until: str
    by: str
    """Empty where a delivery listed it."""
    at: datetime | None
    named: bool
    """Entry names this party to the members now: no victim, witness or minor, and none that was ended."""
    ended_by: str
    ended_reason: str
    ended_at: datetime | None


class ApproveUnmask(Shape):
    note: str = Field(default="", max_length=2000)


class NoticeSeen(Shape):
    seen: Literal[True]


class ReasonIn(Shape):
    reason: str = Field(max_length=2000)


class SubjectIn(Shape):
    ref: str = Field(min_length=1, max_length=200)
    """Token or pseudonym, as the view shows it."""
    reason: str = Field(default="", max_length=2000)
    """Why this person; the request's own reason unless given."""


class AskUnmask(Shape):
    subjects: list[SubjectIn] = Field(min_length=1, max_length=10)
    reason: str = Field(max_length=2000)
    act: str = Field(default="", max_length=200)
    """What for, in a few words; needed where there is more than one subject."""
    hours: int = Field(default=24, ge=1, le=168)


class UnmaskAlone(Shape):
    ref: str = Field(min_length=1, max_length=200)
    reason: str = Field(max_length=2000)


class SubjectOut(Shape):
    shown: str
    """The pseudonym under which the asker met this person."""
    reason: str


class GrantOut(Shape):
    id: str
    user: str
    purpose: str
    case: str | None
    legal_basis: str
    act: str
    reason: str
    subjects: list[SubjectOut]
    hours: int
    asked_at: datetime
    emergency: bool
    state: Literal["asked", "active", "refused", "withdrawn", "expired", "lapsed"]
    approved_by: str
    until: datetime | None
    refused_by: str
    withdrawn_by: str
    review_by: datetime | None
    """When an emergency is to be reviewed by."""
    reviewed_by: str
    verdict: Literal["justified", "unjustified", ""]
    overdue: bool
    """An emergency whose review is late: it blocks its user's next one."""
    mine: bool
    may_decide: bool
    may_review: bool


class ReviewEmergency(Shape):
    verdict: Literal["justified", "unjustified"]
    remark: str = Field(max_length=2000)


class NoticeOut(Shape):
    id: str
    code: str
    at: datetime
    values: dict[str, str]
    text: str
    """An English sentence; the pages have words of their own by code."""
    seen: bool
