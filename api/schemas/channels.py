"""Declared channels: overlaps of cases, questions of hit or no hit, restricted nodes."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas.base import Shape


class OverlapOut(Shape):
    id: str
    cases: list[str]
    told_at: datetime | None
    """When both leads were told to contact each other."""


class SharedOut(Shape):
    kind: str
    shown: str
    """A pseudonym of this pair's own: it says nothing elsewhere."""
    through: Literal["entity", "number"]


class ToldOut(Shape):
    by: str
    at: datetime
    reason: str


class OverlapWhyOut(OverlapOut):
    shared: list[SharedOut]
    told: list[ToldOut]


class AskHit(Shape):
    identifier: str = Field(min_length=1, max_length=100)
    reason: str = Field(max_length=2000)


class QuestionOut(Shape):
    """One's own question: of one shape whatever the answer is going to be."""

    id: str
    case: str
    reason: str
    asked_at: datetime
    answer: Literal["hit", "no-hit", ""]
    """Empty until the answer may be read, whole days after asking."""


class WaitingOut(Shape):
    """A question that waits for its answer, as who answers has it; what was asked is not shown."""

    id: str
    user: str
    case: str
    purpose: str
    reason: str
    asked_at: datetime
    matches: bool


class QuestionsOut(Shape):
    own: list[QuestionOut]
    waiting: list[WaitingOut]
    """Empty but for who answers."""


class AnswerHit(Shape):
    answer: Literal["hit", "no-hit"]


class RestrictedOut(Shape):
    held: bool
    """More is held, and somebody lets that be said; false says nothing."""
    contacts: list[str]
