"""What the audit tells an inspector: acts, refusals, who looked, the chain, replay and sampling.

Users of the system stand in clear; nobody of the record does.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas.base import Shape


class ActLine(Shape):
    n: int
    """Number of the act in the log."""
    at: datetime
    user: str
    action: str
    purpose: str
    case: str
    result: str
    """`ok`, the code of a refusal or error, or empty where the act has no outcome."""
    reason: str


class PurposeCount(Shape):
    purpose: str
    acts: int
    searches: int
    refused: int


class UnmaskingsOut(Shape):
    user: str
    month: str
    """`2026-11`."""
    done: int
    refused: int
    by_action: dict[str, int]


class VaultingsOut(Shape):
    """What one user did about special categories in one case and month."""

    user: str
    month: str
    case: str
    stated: int
    """Views that stated them to be strictly necessary."""
    done: int
    """Looks into the vault."""
    refused: int
    necessities: list[str]
    """What was stated, the latest last."""


class AuditReportOut(Shape):
    since: datetime | None
    until: datetime | None
    acts: int
    refused: int
    unfinished: int
    """Acts without an outcome: killed, or still under way."""
    by_purpose: list[PurposeCount]
    by_action: dict[str, int]
    refusals_by_code: dict[str, int]
    refusals: list[ActLine]
    """The latest, newest first."""
    outside: list[ActLine]
    """Acts in cases that are not the user's own: broken glass, oversight, and what was refused."""
    outside_count: int
    unmaskings: list[UnmaskingsOut]
    vault: list[VaultingsOut]


class RefusalsOut(Shape):
    refusals: list[ActLine]


class LookOut(ActLine):
    legal_basis: str
    roles: list[str]
    how: Literal["subject", "shown", "unknown"]
    """`unknown`: the act showed more people than its entry lists, and the list beside the log cannot be read."""


class WhoLookedOut(Shape):
    looks: list[LookOut]


class FaultOut(Shape):
    kind: Literal["edit", "deletion", "swap", "fork", "truncation", "checkpoint", "unreadable", "witness", "sidecar"]
    position: int
    segment: str
    line: int
    detail: str


class VerificationOut(Shape):
    whole: bool
    entries: int
    segments: int
    checkpoints: int
    unsigned: int
    unfinished: int
    torn: int
    witnessed: int
    """Entries under the latest checkpoint that a witness signed as well."""
    fault: FaultOut | None
    text: str


class DecisionOut(Shape):
    result: str
    digest: str
    policy: str
    legal_basis: str


class ReplayOut(Shape):
    n: int
    at: datetime
    user: str
    roles: list[str]
    purpose: str
    case: str
    reason: str
    then: DecisionOut
    again: DecisionOut
    same: bool
    same_policy: bool
    facts: Literal["kept", "directory"]


class ReviewOut(Shape):
    n: int
    at: datetime
    by: str
    verdict: Literal["in-order", "question", "breach"]
    note: str


class DrawnOut(ActLine):
    legal_basis: str
    shown: int
    """Number of entities that the answer showed."""
    reviews: list[ReviewOut]


class SampleOut(Shape):
    seed: int
    acts: list[DrawnOut]


class ReviewIn(Shape):
    verdict: Literal["in-order", "question", "breach"]
    note: str = Field("", max_length=2_000)


class AlertOut(Shape):
    detector: Literal[
        "breadth",
        "slow-scraping",
        "self-look-up",
        "without-case",
        "export-after-denial",
        "channel-probing",
        "refusals",
    ]
    user: str
    at: datetime
    text: str
    """What was seen, in a sentence (English)."""
    measures: dict[str, str]
    """The values of that sentence, for wording it in another language."""
    acts: list[int]


class AlertsOut(Shape):
    alerts: list[AlertOut]
