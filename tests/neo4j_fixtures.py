"""One real Neo4j per run, shared by all workers; it holds one database, so tests that use it take turns."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from graph.home import Home
from graph.neo4j_graph import Neo4jGraph
from graph.neo4j_process import QUICK
from graph.neo4j_projector import catch_up
from graph.neo4j_server import Server, driver_for, start, stop

Projected = Callable[[Home], Neo4jGraph]


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    with place.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


WAIT = "import sys; sys.stdin.read(); from tests.neo4j_fixtures import leave; leave(sys.argv[1])"


def leave(folder: str) -> None:
    """Stop the run's server when no worker uses it any more."""
    with _locked(Path(folder) / "neo4j-lock"):
        if _count(Path(folder) / "neo4j-users", -1) == 0:
            stop(Home.open(Path(folder) / "neo4j-home"))


def _silent(_: str) -> None:
    return None


def _count(place: Path, step: int) -> int:
    users = int(place.read_text() or 0) + step if place.exists() else step
    place.write_text(str(users))
    return users


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of a run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def neo4j_server(shared_folder: Path) -> Iterator[Server]:
    """A running Neo4j of the run's own: never one that the environment names, since tests empty it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("KRYDSFELT_NEO4J_URI", raising=False)
        place, users = shared_folder / "neo4j-home", shared_folder / "neo4j-users"
        with _locked(shared_folder / "neo4j-lock"):
            home = Home.open(place) if place.exists() else Home.init(place)
            _count(users, 1)
            # a process of its own waits for the end of this one, so that a run that is killed leaves no server behind
            waiting = subprocess.Popen(
                [sys.executable, "-c", WAIT, str(shared_folder)],
                stdin=subprocess.PIPE,
                cwd=Path(__file__).parents[1],
                start_new_session=True,
            )
            server = start(home, _silent, memory=QUICK)
        yield server
        assert waiting.stdin is not None
        waiting.stdin.close()
        assert waiting.wait(60) == 0


@pytest.fixture
def neo4j_turn(neo4j_server: Server, shared_folder: Path) -> Iterator[Server]:
    """The running Neo4j, for this test alone."""
    with _locked(shared_folder / "neo4j-turn"):
        yield neo4j_server


@pytest.fixture
def projected(neo4j_turn: Server) -> Projected:
    """Bring a home into Neo4j and return the engine; the caller closes it. What another home left there goes."""

    def project(home: Home) -> Neo4jGraph:
        driver = driver_for(neo4j_turn)
        catch_up(home, driver, _silent)
        return Neo4jGraph(home, driver)

    return project
