"""Bridge settings at two sizes: how the time grows with the claims."""

from __future__ import annotations

import time

from bench.lab import Lab
from bench.people import opened
from bench.result import Measure, Ratio, Result
from graph.home import now
from graph.ledger import Ledger


def run(lab: Lab) -> Result:
    """Measure it."""
    measures: list[Measure] = []
    total: list[float] = []
    claims: list[int] = []
    for name in (lab.small, lab.large):
        seconds = _timed(lab, name)
        with Ledger(lab.home(name)) as ledger:
            claims.append(ledger.head())
        total.append(sum(seconds))
        measures += [
            Measure(f"world {name}: claims", claims[-1], ""),
            Measure(f"world {name}: projection", seconds[0], "s"),
            Measure(f"world {name}: analysis", seconds[1], "s"),
        ]
    growth, size = total[1] / total[0], claims[1] / claims[0]
    return Result(
        "settings",
        f"bridge settings at sizes {lab.small} and {lab.large}",
        tuple(measures),
        (
            Ratio("growth of the time", growth),
            Ratio("growth of the time to that of the claims", growth / size, at_most=1.2),
        ),
    )


def _timed(lab: Lab, name: str) -> tuple[float, float]:
    from analytics.settings import settings

    view = opened(lab.home(name))
    view.statistics()  # the columns of the home are built on first use; the analysis begins after that
    lab.tell(f"bridge settings on world {name}")
    began = time.perf_counter()
    projection = view.projection("analyse-settings")
    between = time.perf_counter()
    settings(projection, now=now())
    return between - began, time.perf_counter() - between
