"""Building an engine from the ledger, on demand."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Literal

from graph.home import Home

Progress = Callable[[str, float], None]


def rebuild(home: Home, engine: Literal["embedded", "neo4j"], progress: Progress) -> dict[str, object]:
    """Build an engine anew from the ledger and report what was done."""
    if engine == "neo4j":
        return _neo4j(home, progress, anew=True)
    from graph.columns import Columns

    progress("columns", 0.1)
    began = time.monotonic()
    Columns.rebuild(home)
    return {"engine": engine, "seconds": round(time.monotonic() - began, 3)}


def catch_up(home: Home, progress: Progress) -> dict[str, object]:
    """Bring Neo4j up to the ledger from where it stands."""
    return _neo4j(home, progress, anew=False)


def _neo4j(home: Home, progress: Progress, *, anew: bool) -> dict[str, object]:
    from graph import neo4j_projector, neo4j_server

    project = neo4j_projector.rebuild if anew else neo4j_projector.catch_up
    with neo4j_server.connect(home) as driver:
        done = project(home, driver, lambda step: progress(step, 0.5))
    return {"engine": "neo4j", **asdict(done)}
