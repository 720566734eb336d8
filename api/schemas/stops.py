"""The stop buttons."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas.base import Shape


class StopOut(Shape):
    """How one button stands; its reason is shown to everybody."""

    button: Literal["suggestions", "exports"]
    pressed: bool
    by: str
    reason: str
    at: datetime | None
    readable: bool
    """False where it could not be read, and therefore counts as pressed."""


class TurnStop(Shape):
    reason: str = Field(max_length=2000)
