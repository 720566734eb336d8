"""What a row of the bench says: figures, and how they stand to each other."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure."""

    what: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """How two figures of one run stand to each other, or a figure to what it should hold.

    Parameters
    ----------
    what : str
    value : float
    at_most, at_least : float, optional
        What it should hold; neither where nothing is promised.
    """

    what: str
    value: float
    at_most: float | None = None
    at_least: float | None = None

    @property
    def holds(self) -> bool | None:
        """Whether it holds what it should; None where nothing is promised."""
        if self.at_most is not None:
            return self.value <= self.at_most
        if self.at_least is not None:
            return self.value >= self.at_least
        return None

    @property
    def wanted(self) -> str:
        """What it should hold, in words."""
        if self.at_most is not None:
            return f"at most {self.at_most:g}"
        return f"at least {self.at_least:g}" if self.at_least is not None else ""


@dataclass(frozen=True, slots=True)
class Result:
    """What one row measured."""

    row: str
    about: str
    measures: tuple[Measure, ...]
    ratios: tuple[Ratio, ...]
    notes: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        body = asdict(self)
        body["ratios"] = [{**asdict(r), "holds": r.holds} for r in self.ratios]
        return body

    def text(self) -> str:
        """Return it as lines for people."""
        lines = [f"{self.row}: {self.about}"]
        lines += [f"  {m.what:<58} {_figure(m.value):>12} {m.unit}" for m in self.measures]
        for r in self.ratios:
            verdict = {True: "holds", False: "MISSED", None: ""}[r.holds]
            lines.append(f"  = {r.what:<56} {_figure(r.value):>12} {r.wanted} {verdict}".rstrip())
        return "\n".join([*lines, *(f"  ({note})" for note in self.notes)])


def percentiles(what: str, seconds: Sequence[float]) -> tuple[Measure, Measure]:
    """Return the median and the 95th percentile of some times, in milliseconds."""
    ordered = sorted(seconds)
    late = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    middle = statistics.median(ordered)
    return Measure(f"{what}, p50", middle * 1_000, "ms"), Measure(f"{what}, p95", late * 1_000, "ms")


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"
