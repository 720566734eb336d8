"""Breaking the glass: two people, one case, some hours, and a review."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas.base import Shape


class AskGlass(Shape):
    case: str = Field(min_length=1, max_length=200)
    reason: str = Field(max_length=2000)


class ReviewGlass(Shape):
    verdict: Literal["justified", "unjustified"]
    remark: str = Field(max_length=2000)


class GlassOut(Shape):
    id: str
    user: str
    case: str
    """As it was asked for: whether there is such a case is not told."""
    reason: str
    asked_at: datetime
    due: datetime
    """Until when a second person may approve it."""
    state: Literal["asked", "lapsed", "refused", "withdrawn", "broken", "over"]
    approved_by: str
    until: datetime | None
    ended_by: str
    ended_at: datetime | None
    review_by: datetime | None
    reviewed_by: str
    reviewed_at: datetime | None
    verdict: Literal["justified", "unjustified", ""]
    remark: str
    overdue: bool
    """Its review is late: its user asks for no other until then."""
    mine: bool
    may_approve: bool
    may_end: bool
    may_review: bool
