"""Which engine serves: the choice in one place."""

from __future__ import annotations

from typing import Literal

from graph.errors import BadInput
from graph.home import Home
from graph.store import GraphStore

Engine = Literal["embedded", "neo4j"]


def open_graph(home: Home, engine: str = "embedded") -> GraphStore:
    """Open the engine of a home that is to serve.

    Parameters
    ----------
    home : Home
    engine : str
        `embedded`, or `neo4j` for the server of this home or the one that `KRYDSFELT_NEO4J_URI` names.

    Raises
    ------
    BadInput
        There is no such engine.
    EngineUnavailable
        No Neo4j answers.
    """
    if engine == "embedded":
        from graph.sql_graph import SqlGraph

        return SqlGraph(home)
    if engine == "neo4j":
        from graph.neo4j_graph import Neo4jGraph
        from graph.neo4j_server import connect

        return Neo4jGraph(home, connect(home))
    raise BadInput(f"Expected the engine embedded or neo4j, got {engine!r}. Set KRYDSFELT_GRAPH to one of them.")
