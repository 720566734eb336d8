"""What the audit tells an inspector: acts, refusals, who looked, the chain, replay and sampling.

What the desk tells as it is has its shape from the desk (`graph.audit_desk`, `audit_report`, `audit_replay`,
`audit_verify`); here stands what is put round it. Users of the system stand in clear; nobody of the record does.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.base import Shape
from graph.audit_desk import Drawn, Look, Verdict
from graph.audit_detect import DetectorName
from graph.audit_report import ActLine
from graph.audit_verify import Fault


class RefusalsOut(Shape):
    refusals: list[ActLine]


class WhoLookedOut(Shape):
    looks: list[Look]


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
    fault: Fault | None
    text: str


class SampleOut(Shape):
    seed: int
    acts: list[Drawn]


class ReviewIn(Shape):
    verdict: Verdict
    note: str = Field("", max_length=2_000)


class AlertOut(Shape):
    detector: DetectorName
    user: str
    at: datetime
    text: str
    """What was seen, in a sentence (English)."""
    measures: dict[str, str]
    """The values of that sentence, for wording it in another language."""
    acts: list[int]


class AlertsOut(Shape):
    alerts: list[AlertOut]
