"""One server per home: found again, never confused with another process, up again after a kill."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from graph.engines import open_graph
from graph.errors import BadInput, EngineUnavailable
from graph.home import Home
from graph.neo4j_process import QUICK
from graph.neo4j_server import connect, start, status, stop


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv("KRYDSFELT_NEO4J_URI", raising=False)
    return Home.init(tmp_path / "home")


def test_without_a_server_the_message_names_the_command(home: Home) -> None:
    assert not status(home).running
    assert stop(home) is False
    with pytest.raises(EngineUnavailable, match="krydsfelt neo4j start"):
        connect(home)
    with pytest.raises(EngineUnavailable, match="krydsfelt neo4j start"):
        open_graph(home, "neo4j")
    with pytest.raises(BadInput, match="embedded or neo4j"):
        open_graph(home, "oracle")


def test_a_process_number_used_again_is_not_our_server(home: Home) -> None:
    (home.neo4j / "conf").mkdir(parents=True)
    (home.neo4j / "conf" / "neo4j.conf").write_text("server.bolt.listen_address=127.0.0.1:1\n")
    about = {"pid": os.getpid(), "created": psutil.Process().create_time(), "port": 1}
    (home.neo4j / "server.json").write_text(json.dumps(about))
    assert not status(home).running
    assert stop(home) is False  # and this process lives on


def test_a_named_server_that_does_not_answer(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRYDSFELT_NEO4J_URI", "bolt://127.0.0.1:1")
    with pytest.raises(EngineUnavailable, match="does not answer"):
        start(home, lambda _: None)
    with pytest.raises(EngineUnavailable, match="does not answer"):
        connect(home)
    assert not home.neo4j.exists()


@pytest.mark.neo4j
@pytest.mark.xdist_group("neo4j")
def test_start_kill_start_stop(home: Home) -> None:
    said: list[str] = []
    first = start(home, said.append, memory=QUICK)
    try:
        assert said[-1] == "Starting Neo4j ..."
        assert stat.S_IMODE((home.neo4j / "password").stat().st_mode) == 0o600
        assert start(home, said.append, memory=QUICK) == first
        (home.neo4j / "server.json").unlink()  # a starter killed before it wrote down what it had started
        assert start(home, said.append, memory=QUICK) == first
        with connect(home) as driver:
            driver.execute_query("CREATE (:Kept)")
        assert first.pid is not None
        os.kill(first.pid, signal.SIGKILL)
        psutil.Process(first.pid).wait(30)
        assert not status(home).running
        again = start(home, said.append, memory=QUICK)
        assert again.pid != first.pid
        assert again.password == first.password
        with connect(home) as driver:
            assert len(driver.execute_query("MATCH (n:Kept) RETURN n").records) == 1
        # another process stops it while its starter, this one, has not waited for it
        program = (
            "from graph.home import Home; from graph.neo4j_server import stop;"
            f"assert stop(Home.open({str(home.path)!r}))"
        )
        subprocess.run([sys.executable, "-c", program], check=True, timeout=25)
    finally:
        stop(home)
    assert not status(home).running
    assert first.password not in (home.neo4j / "logs" / "console.log").read_text()
