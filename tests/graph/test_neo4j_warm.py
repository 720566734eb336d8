"""Warming plans every statement that answers a request: the server's own count of plans says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from neo4j import Driver

from api.warm import warm_engine
from graph.neo4j_graph import HOPS, LONGEST, Neo4jGraph
from graph.neo4j_projector import rebuild
from graph.neo4j_server import Server, driver_for
from graph.scope import Scope
from graph.view_open import _store

from . import worlds
from .oracle import Oracle

pytestmark = [pytest.mark.neo4j, pytest.mark.xdist_group("neo4j")]


def forget(driver: Driver) -> int:
    """Let Neo4j forget its plans; return how many there were."""
    said = str(driver.execute_query("CALL db.clearQueryCaches()").records[0][0])
    found = re.search(r"[0-9]+", said)
    return int(found.group()) if found else 0


def ask_everything(graph: Neo4jGraph, scope: Scope, a: int, b: int, oracle: Oracle) -> None:
    """Answer one request of every kind."""
    entity = graph.entities(scope, [a])[0]
    assert graph.resolve(scope, [entity.eid]) == [entity]
    graph.find(scope, entity.delivered)
    graph.find(scope, entity.delivered, entity.namespace)
    graph.claims(scope, [claim.cid for claim in oracle.rows[:5]])
    graph.claims_about(scope, [a, b], predicates=("name",))
    graph.neighbours(scope, a, predicates=("kin_of",), kinds=("Person",))
    graph.k_hop(scope, a, HOPS)
    assert graph.shortest_path(scope, a, b, max_hops=LONGEST) is not None
    graph.time_path(scope, a, b)
    graph.search(scope, "anna", kinds=("Person",))
    assert graph.scan(scope).num_rows
    assert graph.statistics(scope).claims
    assert graph.watermark() == oracle.head


def test_after_warming_no_request_is_planned(tmp_path: Path, neo4j_turn: Server) -> None:
    home, _ = worlds.make(tmp_path / "home", 1)
    oracle = Oracle(home)
    scope = Scope(frozenset(range(1, 9)), oracle.head)
    link = next(c for c in oracle.rows if c.object not in (None, c.subject) and c in oracle.shown(scope))
    assert link.object is not None
    with driver_for(neo4j_turn) as driver:
        rebuild(home, driver, lambda _: None)
        graph = Neo4jGraph(home, driver)
        forget(driver)
        planned = graph.warm()
        assert forget(driver) == planned
        graph.warm()
        ask_everything(graph, scope, link.subject, link.object, oracle)
        assert forget(driver) == planned


def test_serving_from_neo4j_begins_by_warming(
    tmp_path: Path, neo4j_turn: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, _ = worlds.make(tmp_path / "home", 2)
    for name in ("uri", "user", "password"):
        monkeypatch.setenv(f"KRYDSFELT_NEO4J_{name.upper()}", getattr(neo4j_turn, name))
    monkeypatch.setenv("KRYDSFELT_GRAPH", "neo4j")
    with driver_for(neo4j_turn) as driver:
        rebuild(home, driver, lambda _: None)
        planned = Neo4jGraph(home, driver).warm()
        forget(driver)
        warm_engine(home).join()
        _store(home.path, home.id, "neo4j").close()
        _store.cache_clear()
        assert forget(driver) == planned
