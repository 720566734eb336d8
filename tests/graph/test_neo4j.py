"""The projection: equal by digest whatever happened on the way, and different once somebody changed it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from neo4j import Driver

from graph import neo4j_projector
from graph.errors import Conflict, EngineUnavailable
from graph.home import Home
from graph.neo4j_graph import Neo4jGraph
from graph.neo4j_projector import catch_up, rebuild
from graph.neo4j_server import Server, driver_for
from graph.sql_graph import SqlGraph

from . import worlds
from .oracle import Oracle

pytestmark = [pytest.mark.neo4j, pytest.mark.xdist_group("neo4j")]

BY_HAND = {
    "a link's marking": "MATCH ()-[x {seq: $link}]->() SET x.marking = x.marking + 1",
    "a link's grade": "MATCH ()-[x {seq: $link}]->() SET x.grade = '4x4:A9'",
    "a link's number": "MATCH ()-[x {seq: $link}]->() SET x.seq = -1",
    "a link's note": "MATCH ()-[x {seq: $link}]->() SET x.note = 'by hand'",
    "a retraction": "MATCH ()-[x {seq: $link}]->() SET x.retracted_at = 1",
    "a link gone": "MATCH ()-[x {seq: $link}]->() DELETE x",
    "a link turned": "MATCH (a)-[x {seq: $link}]->(b) CREATE (b)-[y:USES]->(a) SET y = properties(x) DELETE x",
    "a literal's value": "MATCH (x:Literal {seq: $literal}) SET x.value = 'by hand'",
    "a literal's subject": "MATCH (x:Literal {seq: $literal}) SET x.subject = 10000000",
    "a literal gone": "MATCH (x:Literal {seq: $literal}) DELETE x",
    "a literal's subject, unreadable": "MATCH (x:Literal {seq: $literal}) SET x.subject = 'one'",
    "an entity's kind": "MATCH (n:Entity {nid: 1}) SET n.kind = 'Account'",
    "an entity's delivered id": "MATCH (n:Entity {nid: 1}) SET n.delivered = 'by hand'",
    "one entity more": "CREATE (:Entity {nid: 100000, eid: 'aa', kind: 'Person', namespace: 'first', delivered: 'x'})",
}


def _silent(_: str) -> None:
    return None


@pytest.fixture
def driver(neo4j_turn: Server) -> Iterator[Driver]:
    with driver_for(neo4j_turn) as opened:
        yield opened


def digests(home: Home, driver: Driver) -> tuple[str, str]:
    return SqlGraph(home).digest(), Neo4jGraph(home, driver).digest()


def test_what_is_changed_by_hand_shows_in_the_digest(tmp_path: Path, driver: Driver) -> None:
    home, _ = worlds.make(tmp_path / "home", 1)
    rebuild(home, driver, _silent)
    embedded, server = digests(home, driver)
    assert embedded == server
    rows = Oracle(home).rows
    numbers = {
        "link": next(c.seq for c in rows if c.object not in (None, c.subject) and c.predicate != "uses"),
        "literal": next(c.seq for c in rows if c.object is None),
    }
    for what, statement in BY_HAND.items():
        with driver.session(database="neo4j") as session, session.begin_transaction() as transaction:
            changed = transaction.run(statement, numbers).consume().counters
            assert changed.contains_updates, what
            transaction.commit()
        assert Neo4jGraph(home, driver).digest() != embedded, what
        rebuild(home, driver, _silent)
        assert Neo4jGraph(home, driver).digest() == embedded, what


def test_catching_up_equals_making_it_anew(tmp_path: Path, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neo4j_projector, "BATCH", 25)
    home, random = worlds.make(tmp_path / "home", 2)
    first = catch_up(home, driver, _silent)
    assert (first.entities, first.claims) == (len(Oracle(home).all_entities), len(Oracle(home).rows))
    for _ in range(3):
        worlds.grow(home, random, 1, 30)
        assert catch_up(home, driver, _silent).retractions > 0
        embedded, server = digests(home, driver)
        assert embedded == server
    again = catch_up(home, driver, _silent)
    assert (again.entities, again.claims, again.retractions) == (0, 0, 0)


def test_loading_without_indexes_equals_looking_up(
    tmp_path: Path, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, random = worlds.make(tmp_path / "home", 9)
    rebuild(home, driver, _silent)
    one = digests(home, driver)
    monkeypatch.setattr(neo4j_projector, "BATCH", 25)
    monkeypatch.setattr(neo4j_projector, "LARGE", 1)
    rebuild(home, driver, _silent)
    assert digests(home, driver) == one
    assert one[0] == one[1]
    with driver.session(database="neo4j") as session:
        constraints = set(session.run("SHOW CONSTRAINTS YIELD name RETURN collect(name)").single(strict=True)[0])
    assert {"literal_cid", "entity_eid", "link_kin_of"} <= constraints
    worlds.grow(home, random, 2, 40)
    catch_up(home, driver, _silent)
    embedded, server = digests(home, driver)
    assert embedded == server


def test_a_projection_half_loaded_serves_nobody(
    tmp_path: Path, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neo4j_projector, "BATCH", 50)
    monkeypatch.setattr(neo4j_projector, "LARGE", 1)
    home, random = worlds.make(tmp_path / "home", 11)

    def interrupt(said: str) -> None:
        if said.startswith("  1"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(home, driver, interrupt)
    with pytest.raises(EngineUnavailable, match="rebuild"):
        Neo4jGraph(home, driver)
    worlds.grow(home, random, 2, 60)  # retracts claims that are loaded already
    done = catch_up(home, driver, _silent)
    assert 0 < done.claims < len(Oracle(home).rows)
    assert done.retractions > 0
    embedded, server = digests(home, driver)
    assert embedded == server


def test_a_watermark_moved_by_another_projector_is_seen(
    tmp_path: Path, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, random = worlds.make(tmp_path / "home", 12)
    rebuild(home, driver, _silent)
    worlds.grow(home, random, 1, 20)
    _, digest = digests(home, driver)

    real = neo4j_projector._next

    def late(cursor: object, mark: neo4j_projector.Mark, head: int) -> object:
        step = real(cursor, mark, head)
        driver.execute_query("MATCH (w:Watermark) SET w.seq = w.seq + 1")
        return step

    monkeypatch.setattr(neo4j_projector, "_next", late)
    with pytest.raises(Conflict):
        catch_up(home, driver, _silent)
    assert Neo4jGraph(home, driver).digest() == digest  # nothing of the step was kept


def test_a_database_of_another_home_is_not_read_and_is_made_anew(tmp_path: Path, driver: Driver) -> None:
    one, _ = worlds.make(tmp_path / "one", 3)
    other, _ = worlds.make(tmp_path / "other", 4)
    rebuild(one, driver, _silent)
    with pytest.raises(EngineUnavailable, match="rebuild"):
        Neo4jGraph(other, driver)
    catch_up(other, driver, _silent)
    embedded, server = digests(other, driver)
    assert embedded == server


def test_claims_that_others_removed_are_missed(tmp_path: Path, driver: Driver) -> None:
    home, random = worlds.make(tmp_path / "home", 5)
    rebuild(home, driver, _silent)
    driver.execute_query("MATCH (n:Literal) DELETE n")
    driver.execute_query("MATCH (:Entity)-[x]->() DELETE x")
    worlds.grow(home, random, 2, 40)
    with pytest.raises(EngineUnavailable, match="rebuild"):
        catch_up(home, driver, _silent)  # a retraction of a claim that is not there


def test_two_projectors_at_once(tmp_path: Path, neo4j_turn: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neo4j_projector, "BATCH", 10)
    home, _ = worlds.make(tmp_path / "home", 7)
    with driver_for(neo4j_turn) as driver:
        rebuild(home, driver, _silent)
        worlds.grow(home, Random(8), 3, 60)
        refused: list[Conflict] = []

        def project() -> None:
            try:
                catch_up(home, driver, _silent)
            except Conflict as conflict:
                refused.append(conflict)

        threads = [threading.Thread(target=project) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(refused) < 3
        embedded, server = digests(home, driver)
        assert embedded == server


def test_the_password_is_asked_for(neo4j_turn: Server) -> None:
    wrong = Server(neo4j_turn.uri, neo4j_turn.user, "not the password", None)
    with driver_for(wrong) as driver, pytest.raises(Exception, match=r"Unauthorized|unauthorized"):
        driver.verify_connectivity()


def test_nothing_is_announced_or_reported(neo4j_turn: Server, driver: Driver) -> None:
    asked = "SHOW SETTINGS YIELD name, value WHERE name IN $names RETURN name, value"
    names = ["server.fleet_discovery.enabled", "dbms.fleet_manager.enabled", "dbms.usage_report.enabled"]
    found = {
        r["name"]: r["value"] for r in driver.execute_query(asked, names=[*names, "dbms.security.auth_enabled"]).records
    }
    assert found == dict.fromkeys(names, "false") | {"dbms.security.auth_enabled": "true"}
    import psutil

    assert neo4j_turn.pid is not None
    listening = {
        c.laddr.ip for c in psutil.Process(neo4j_turn.pid).net_connections("inet") if c.status == psutil.CONN_LISTEN
    }
    assert {ip.removeprefix("::ffff:") for ip in listening} == {"127.0.0.1"}
    assert os.environ.get("KRYDSFELT_NEO4J_URI") is None
