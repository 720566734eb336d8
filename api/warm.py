"""Getting ready: what the first request would otherwise wait for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from graph.columns import Columns
from graph.errors import EngineUnavailable
from graph.home import Home


def warm(home: Home, progress: Callable[[str, float], None]) -> None:
    """Build the columns if the ledger has grown past them."""
    progress("building the columns", 0.1)
    Columns.open(home)
    progress("ready", 1.0)


def warm_engine(home: Home) -> threading.Thread:
    """Let Neo4j plan its statements, beside the first requests.

    Where Neo4j does not answer nothing is said here: the request that needs it says so.
    """

    def plan() -> None:
        from graph.neo4j_graph import Neo4jGraph
        from graph.view_open import serving

        try:
            engine = serving(home)
            if isinstance(engine, Neo4jGraph):
                engine.warm()
        except EngineUnavailable as error:
            logging.getLogger(__name__).info("not warmed: %s", error.message)

    planning = threading.Thread(target=plan, name="warm", daemon=True)
    planning.start()
    return planning
