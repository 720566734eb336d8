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
    return _rebuild_neo4j(home, progress) if engine == "neo4j" else _rebuild_embedded(home, progress)


def catch_up(home: Home, progress: Progress) -> dict[str, object]:
    """Bring Neo4j up to the ledger from where it stands."""
    from graph import neo4j_projector, neo4j_server

    with neo4j_server.connect(home) as driver:
        done = neo4j_projector.catch_up(home, driver, _steps(progress))
    return {"engine": "neo4j", **asdict(done)}


def _rebuild_neo4j(home: Home, progress: Progress) -> dict[str, object]:
    from graph import neo4j_projector, neo4j_server

    with neo4j_server.connect(home) as driver:
        done = neo4j_projector.rebuild(home, driver, _steps(progress))
    return {"engine": "neo4j", **asdict(done)}


def _rebuild_embedded(home: Home, progress: Progress) -> dict[str, object]:
    from graph.columns import Columns

    progress("columns", 0.1)
    began = time.monotonic()
    Columns.rebuild(home)
    return {"engine": "embedded", "seconds": round(time.monotonic() - began, 3)}


def _steps(progress: Progress) -> Callable[[str], None]:
    return lambda step: progress(step, 0.5)
