"""A Neo4j that is there already is used as it is named; and what is said while one of our own is fetched."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from api import cli
from graph import neo4j_jars
from graph.errors import EngineUnavailable
from graph.home import Home
from graph.neo4j_server import Server, connect, start, status, stop
from tests.ingest.folders import claim, folder, link


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.init(tmp_path / "home")


@pytest.fixture
def named(neo4j_turn: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The run's server, as the environment of somebody who has one of their own names it."""
    monkeypatch.setenv("KRYDSFELT_NEO4J_URI", neo4j_turn.uri)
    monkeypatch.setenv("KRYDSFELT_NEO4J_USER", neo4j_turn.user)
    monkeypatch.setenv("KRYDSFELT_NEO4J_PASSWORD", neo4j_turn.password)
    return neo4j_turn


@pytest.mark.neo4j
def test_a_named_server_is_used_and_nothing_is_started(
    named: Server, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: object) -> dict[str, object]:
        monkeypatch.setattr(sys, "argv", ["krydsfelt", *map(str, words), "--home", str(home.path), "--json"])
        capsys.readouterr()
        cli.main()
        told: dict[str, object] = json.loads(capsys.readouterr().out)
        return told

    assert start(home, lambda _: None).uri == named.uri
    assert (status(home).running, status(home).managed, status(home).uri) == (True, False, named.uri)
    run("load", folder(tmp_path / "in", [claim(), claim(subject="person:2", value="Bo Øst"), link()]))
    assert run("rebuild", "--engine", "neo4j")["claims"] == 3
    assert run("doctor")["equal"] is True
    with connect(home) as driver:
        assert driver.execute_query("MATCH (:Person)-[r]->(:Person) RETURN count(r) AS n").records[0]["n"] == 1
    assert stop(home) is False, "what others started is not ours to stop"
    connect(home).close()
    assert not (home.neo4j / "password").exists() and not (home.neo4j / "server.json").exists()


@pytest.mark.neo4j
def test_a_named_server_that_does_not_know_us(named: Server, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRYDSFELT_NEO4J_PASSWORD", "wrong")
    with pytest.raises(EngineUnavailable, match="does not answer") as caught:
        connect(home)
    assert "wrong" not in caught.value.message


def test_what_cannot_be_fetched_is_said(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import jgo.env

    class Nowhere:
        def __init__(self, **_: object) -> None: ...

        def from_endpoint(self, _: str) -> None:
            raise OSError("no route to repo")

    monkeypatch.delenv("KRYDSFELT_NEO4J_URI", raising=False)
    monkeypatch.setenv("KRYDSFELT_NEO4J_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(jgo.env, "EnvironmentBuilder", Nowhere)
    said: list[str] = []
    with pytest.raises(EngineUnavailable, match=r"could not be fetched: no route to repo. Check the network"):
        start(home, said.append)
    assert said[0].startswith(f"Fetching Neo4j {neo4j_jars.VERSION}") and "MB" in said[0]
    assert not status(home).running
