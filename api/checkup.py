"""`doctor`: how a home is, with both engines side by side."""

from __future__ import annotations

from typing import Any

from graph.audit_verify import verify
from graph.engines import open_graph
from graph.errors import EngineUnavailable
from graph.home import Home
from graph.ledger import Ledger
from graph.sql_graph import SqlGraph
from graph.store import GraphStore


def examine(home: Home) -> dict[str, Any]:
    """Return what the ledger and each engine hold, whether the engines are equal, and whether the audit chain is whole.

    `equal` is None when Neo4j does not run: there is nothing to compare.
    """
    with Ledger(home) as ledger:
        head = ledger.head()
    embedded = SqlGraph(home)
    try:
        engines = {"embedded": _state(embedded, head), "neo4j": _neo4j(home, head)}
    finally:
        embedded.close()
    digests = [e.get("digest") for e in engines.values()]
    chain = verify(home)
    return {
        "home": home.id,
        "head": head,
        "engines": engines,
        "equal": digests[0] == digests[1] if None not in digests else None,
        "audit": chain.to_json(),
    }


def _state(engine: GraphStore, head: int) -> dict[str, object]:
    watermark = engine.watermark()
    return {"state": "current" if watermark == head else "behind", "watermark": watermark, "digest": engine.digest()}


def _neo4j(home: Home, head: int) -> dict[str, object]:
    try:
        engine = open_graph(home, "neo4j")
    except EngineUnavailable as error:
        return {"state": "not running", "detail": error.message}
    try:
        return _state(engine, head)
    finally:
        engine.close()
