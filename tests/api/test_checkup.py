"""What `doctor` says: sentences for people, one object for programs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from api.checkup import Checkup, EngineState, examine
from graph.home import Home
from graph.neo4j_projector import rebuild
from graph.neo4j_server import Server, driver_for
from tests.api.test_commands import krydsfelt
from tests.graph import worlds

WHOLE = EngineState("current", 1_200, "ab")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv("KRYDSFELT_NEO4J_URI", raising=False)
    return worlds.make(tmp_path / "home", 1)[0]


def test_without_neo4j_every_line_is_a_sentence(small: Home) -> None:
    text = krydsfelt("doctor", "--home", str(small.path)).stdout
    assert "None" not in text and "Neo4j: not running. " in text
    assert f"krydsfelt neo4j start --home {small.path}" in text
    assert "nothing to compare" in text
    assert all(line.count(": ") >= 1 and line[0].isupper() for line in text.splitlines())
    told = json.loads(krydsfelt("doctor", "--home", str(small.path), "--json").stdout)
    assert told["equal"] is None
    assert told["engines"]["neo4j"]["state"] == "not running"
    assert told["engines"]["embedded"]["state"] == "current"
    assert told["head"] == told["engines"]["embedded"]["watermark"] > 0


def test_what_is_said_of_each_state(small: Home) -> None:
    found = replace(examine(small), head=1_200, embedded=WHOLE, neo4j=WHOLE)
    assert found.equal is True and "both engines hold the same" in found.text()
    changed = replace(found, neo4j=replace(WHOLE, digest="cd"))
    assert changed.equal is False and "changed by others" in changed.text()
    behind = replace(found, neo4j=EngineState("behind", 1_100, "cd"))
    assert behind.equal is False and "stops at number 1,100 of 1,200" in behind.text()
    half = replace(found, neo4j=EngineState("not built", detail="Make it: krydsfelt rebuild"))
    assert half.equal is False and "Neo4j: not built. Make it: krydsfelt rebuild" in half.text()
    assert "empty" in replace(found, head=0).text()


@pytest.mark.neo4j
@pytest.mark.xdist_group("neo4j")
def test_neo4j_without_a_whole_projection_is_not_equal(
    small: Home, neo4j_turn: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("uri", "user", "password"):
        monkeypatch.setenv(f"KRYDSFELT_NEO4J_{name.upper()}", getattr(neo4j_turn, name))
    with driver_for(neo4j_turn) as driver:
        rebuild(small, driver, lambda _: None)
        found: Checkup = examine(small)
        assert (found.neo4j.state, found.equal) == ("current", True)
        driver.execute_query("MATCH (w:Watermark) SET w.state = 'loading'")
        found = examine(small)
        assert (found.neo4j.state, found.equal) == ("not built", False)
        assert "krydsfelt rebuild --engine neo4j" in found.text()
