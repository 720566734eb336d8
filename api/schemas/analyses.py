"""Runs, findings and kept plans."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas.base import Shape
from api.schemas.record import LevelOut


class RunAnalysis(Shape):
    parameters: dict[str, str | int | float | bool] = Field(default={})


class RunOut(Shape):
    id: str
    name: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    done: float
    """Share done, 0 to 1."""
    step: str
    finding: str | None
    """Id of the finding when done."""
    error: str | None


class FindingHead(Shape):
    id: str
    method: str
    version: str
    question: str
    made_at: datetime
    made_by: str
    expires: datetime
    parameters: dict[str, str | int | float | bool | None]
    marking: LevelOut
    """The highest of all that the view held in which it was found."""


class AboutOut(Shape):
    """The setting that a sentence speaks of."""

    ref: str
    name: str
    direction: str


class SentenceOut(Shape):
    """A sentence of a method as a code of the pages' catalogue with its values; `text` is the English."""

    code: str
    values: dict[str, str | int | float]
    about: AboutOut | None
    text: str


class SaidOut(Shape):
    null_model: list[SentenceOut]
    power: list[SentenceOut]
    limits: list[SentenceOut]
    explanations: list[SentenceOut]


class FindingOut(Shape):
    head: FindingHead
    seed: int
    view: str
    null_model: str
    power: str
    limits: list[str]
    explanations: list[str]
    said: SaidOut
    evidence_count: int
    rows: list[dict[str, object]]
    extra: dict[str, object] = Field(default={})
    """What a method adds beside its rows: coverage's `next`, the optimum, tables by source and grade."""


class KeepPlan(Shape):
    finding: str
    title: str = Field(min_length=1, max_length=200)
    note: str = Field(default="", max_length=4000)
    measures: list[int] = Field(max_length=10)
    """Which of the finding's next measures are kept, by place in its list."""


class PlanKept(Shape):
    id: str
    title: str
    note: str
    made_at: datetime
    made_by: str
    finding: str
    measures: list[dict[str, object]]
    marking: LevelOut
