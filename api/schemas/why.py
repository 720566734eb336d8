"""Why a decision of the policy fell as it did."""

from __future__ import annotations

from typing import Literal

from api.schemas.base import Shape

PolicyAct = Literal["read", "look-up", "analyse", "count", "export", "unmask", "open-vault", "review"]
"""Those of `graph.policy.ACTS`; a test holds them equal."""


class WhyReason(Shape):
    """A reason as a code of the pages' catalogue with its values, and in English."""

    code: str
    values: dict[str, str | int | list[str] | None]
    says: str


class WhyOut(Shape):
    act: str
    allowed: bool
    reasons: list[WhyReason]


class BoundsOut(Shape):
    """What a view shows at all, from the asker and the request alone."""

    purpose: str
    case: str | None
    legal_basis: str
    level: int
    """The highest that the asker may read."""
    compartments: list[str]
    regimes: list[str]
