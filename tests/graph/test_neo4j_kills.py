"""Projectors and servers killed at random moments: whatever stands afterwards heals to what the ledger holds.

A run is a seed and a count. At each turn the ledger grows, a projector starts (anew or catching up, with or without
the indexes), and at a moment drawn by the seed it, or the server under it, is killed with SIGKILL.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import psutil
import pytest

from api.checkup import examine
from graph.home import Home
from graph.neo4j_graph import Neo4jGraph
from graph.neo4j_process import QUICK
from graph.neo4j_projector import catch_up
from graph.neo4j_server import Server, driver_for, start, stop
from graph.sql_graph import SqlGraph

from . import worlds

pytestmark = [pytest.mark.neo4j, pytest.mark.xdist_group("neo4j")]

SEED, KILLS = 20261124, 50
STEPS = 14
"""Of a projector's lines the last after which it may be killed."""
PROJECT = """
import sys
from graph import neo4j_projector
from graph.home import Home
from graph.neo4j_server import Server, driver_for
home, uri, large, way = Home.open(sys.argv[1]), *sys.argv[2:]
neo4j_projector.BATCH = 40
neo4j_projector.LARGE = int(large)
with driver_for(Server(uri, "neo4j", sys.stdin.readline().strip(), None)) as driver:
    getattr(neo4j_projector, way)(home, driver, lambda said: print(said, flush=True))
"""
DOUBLED = (
    "MATCH (:Entity)-[x]->(:Entity) WITH x.cid AS id, count(*) AS times WHERE times > 1 RETURN id UNION ALL "
    "MATCH (x:Literal) WITH x.cid AS id, count(*) AS times WHERE times > 1 RETURN id UNION ALL "
    "MATCH (n:Entity) WITH n.eid AS id, count(*) AS times WHERE times > 1 RETURN id"
)


def _silent(_: str) -> None:
    return None


def _started(home: Home, server: Server, large: int, way: str) -> subprocess.Popen[str]:
    projector = subprocess.Popen(
        [sys.executable, "-c", PROJECT, str(home.path), server.uri, str(large), way],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert projector.stdin is not None
    projector.stdin.write(server.password + "\n")
    projector.stdin.close()
    return projector


def _at_work(projector: subprocess.Popen[str], random: Random) -> bool:
    """Wait until a drawn moment; False where the projector was done before it."""
    assert projector.stdout is not None
    for _ in range(random.randint(1, STEPS)):
        if not projector.stdout.readline():
            return False
    time.sleep(random.random() * 0.1)
    return projector.poll() is None


def _healed(home: Home, server: Server) -> None:
    with driver_for(server) as driver:
        catch_up(home, driver, _silent)
        assert Neo4jGraph(home, driver).digest() == SqlGraph(home).digest()
        assert driver.execute_query(DOUBLED).records == []


def _says_no_more_than_it_holds(home: Home, server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return how `doctor` finds it; it calls the engines equal only where the whole ledger stands in Neo4j."""
    for name in ("uri", "user", "password"):
        monkeypatch.setenv(f"KRYDSFELT_NEO4J_{name.upper()}", getattr(server, name))
    found = examine(home)
    for name in ("URI", "USER", "PASSWORD"):
        monkeypatch.delenv(f"KRYDSFELT_NEO4J_{name}")
    assert found.equal is (found.neo4j.state == "current"), found.text()
    return found.neo4j.state


def _restarted(server: Server, server_home: Home) -> Server:
    """Kill a server and start it again on its folder."""
    assert server.pid is not None
    process = psutil.Process(server.pid)
    process.kill()
    process.wait(30)
    return start(server_home, _silent, memory=QUICK)


def run(
    home: Home,
    server: Server,
    random: Random,
    kills: int,
    monkeypatch: pytest.MonkeyPatch,
    restarted: Callable[[Server], Server] | None = None,
) -> Counter[str]:
    """Kill so many times and return what was killed when; `restarted` lets the server be among the killed."""
    done: Counter[str] = Counter()
    while done["projector"] + done["server"] < kills:
        worlds.grow(home, random, 1, 40)
        large, way = random.choice((1, 20_000)), random.choice(("rebuild", "catch_up"))
        victim = "server" if restarted is not None and random.random() < 0.3 else "projector"
        projector = _started(home, server, large, way)
        reader = None
        if _at_work(projector, random):
            if victim == "projector" or restarted is None:
                projector.kill()
            else:
                assert projector.stdout is not None
                reader = threading.Thread(target=projector.stdout.read)  # a full pipe would hold it up
                reader.start()
                server = restarted(server)
            done.update((victim, way))
            print(dict(done), flush=True)  # so that a campaign that is stopped has said how far it came
        projector.wait(120)
        if reader is not None:
            reader.join()
        assert projector.stdout is not None
        projector.stdout.close()
        done[_says_no_more_than_it_holds(home, server, monkeypatch)] += 1
        if random.random() < 0.5:  # else the next one begins on what this one left
            _healed(home, server)
    _healed(home, server)
    return done


def test_killed_projectors_go_on(tmp_path: Path, neo4j_turn: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    home, random = worlds.make(tmp_path / "home", 6)
    assert run(home, neo4j_turn, random, 3, monkeypatch)["projector"] == 3


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Home, Server]]:
    """A server of the test's own, which may be killed."""
    monkeypatch.delenv("KRYDSFELT_NEO4J_URI", raising=False)
    home = Home.init(tmp_path / "server")
    try:
        yield home, start(home, _silent, memory=QUICK)
    finally:
        stop(home)


@pytest.mark.campaign
def test_campaign_projectors_and_servers_killed(
    tmp_path: Path, own: tuple[Home, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, random = worlds.make(tmp_path / "home", SEED)
    done = run(home, own[1], random, KILLS, monkeypatch, lambda server: _restarted(server, own[0]))
    print(f"seed {SEED}, {KILLS} kills: {dict(done)}")
    assert done["projector"] + done["server"] == KILLS
