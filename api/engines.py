"""Which engine serves: opened by configuration, built anew on demand."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from api.settings import Settings
from graph.errors import EngineUnavailable
from graph.home import Home
from graph.store import GraphStore

Progress = Callable[[str, float], None]


def open_engine(home: Home, settings: Settings) -> GraphStore:
    """Return the engine that the settings name.

    Raises
    ------
    EngineUnavailable
        Neo4j is to serve, but no server is named and the home's own is not running.
    """
    if settings.graph == "embedded":
        from graph.sql_graph import SqlGraph

        return SqlGraph(home)
    from graph.neo4j_graph import Neo4jGraph

    return Neo4jGraph(home, driver(home, settings))


def driver(home: Home, settings: Settings):  # type: ignore[no-untyped-def]  # the driver's own type stays in graph.neo4j_*
    """Return a driver to the named server, or to the home's own."""
    from graph import neo4j_server

    if settings.neo4j_uri is not None:
        return neo4j_server.connect(settings.neo4j_uri, settings.neo4j_user, settings.neo4j_password or "")
    server = neo4j_server.status(home)
    if server is None:
        raise EngineUnavailable(
            "Neo4j is to serve, but the home's server is not running. Start it with `krydsfelt neo4j start`, or "
            "name one with KRYDSFELT_NEO4J_URI."
        )
    return neo4j_server.connect(server.uri, server.user, server.password)


def rebuild(home: Home, engine: Literal["embedded", "neo4j"], progress: Progress) -> dict[str, object]:
    """Build an engine anew from the ledger and report what it holds."""
    began = time.monotonic()
    if engine == "embedded":
        from graph import columns

        columns.rebuild(home, progress)
    else:
        from graph import neo4j_projector

        neo4j_projector.rebuild(home, driver(home, Settings(home=home.path)), progress)
    return {"engine": engine, "seconds": time.monotonic() - began}
