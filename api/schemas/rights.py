"""Who has which rights until when."""

from __future__ import annotations

from datetime import date
from typing import Literal

from api.schemas.base import Shape


class RightsOut(Shape):
    user: str
    roles: list[str]
    until: date | None
    """The last day they hold; null where that cannot be read, which is never."""
    state: Literal["holds", "soon", "lapsed"]
    confirmed_by: str
    lapse_by: str
    """Who said that they are to lapse on that day."""
    mine: bool
    may_decide: bool
    may_undo: bool
