"""Nothing asks the network: what we run is run again in processes whose sockets reach this machine alone.

Python tells its audit hooks of every address before it is used, in the processes that ours start as well. Libraries
compiled from other languages are not heard by that hook; which of our own modules open sockets at all is listed.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from graph.home import Home
from tests.homes import CASE, PARTNER
from tests.house import FLOORS, ROOT

GUARD = """
import ipaddress, os, sys

def here(host):
    if isinstance(host, bytes):
        host = host.decode()
    if host in ("", "localhost", None):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

def hook(event, said):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"):
        address = said[1]
        asked = None if address is None or isinstance(address, (str, bytes)) else address[0]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        asked = said[0]
    else:
        return
    if not here(asked):
        with open(os.environ["GUARD_TOLD"], "a") as out:
            out.write(f"{event} {asked}\\n")
        raise PermissionError(f"{event}: only this machine may be reached")

sys.addaudithook(hook)
with open(os.environ["GUARD_STARTED"], "a") as out:
    out.write(f"{os.getpid()}\\n")
"""
NETWORK = frozenset(
    {"socket", "http", "urllib.request", "ssl", "ftplib", "smtplib", "xmlrpc", "webbrowser", "httpx", "httpx2",
     "requests", "aiohttp", "jgo", "neo4j", "authlib"}
)  # fmt: skip
OPEN_SOCKETS = {
    "api/commands/serve.py": "listens",
    "graph/audit_client.py": "a Unix socket of the home",
    "graph/audit_wire.py": "a Unix socket of the home",
    "graph/audit_writer.py": "a Unix socket of the home",
    "graph/audit_witness.py": "the witness that the operator names",
    "api/witness.py": "a witness that somebody named, and what answers as one",
    "graph/neo4j_graph.py": "the Neo4j that was started or named",
    "graph/neo4j_jars.py": "`neo4j start` on a machine that has no jars yet: Maven",
    "graph/neo4j_process.py": "a free port of this machine",
    "graph/neo4j_projector.py": "the Neo4j that was started or named",
    "graph/neo4j_server.py": "the Neo4j that was started or named",
    "api/identity/oidc.py": "the identity provider that the home names",
}
"""The modules that may open a socket, and to whom."""
CORE = ("tests/api/test_reading.py", "tests/graph/test_identity.py", "tests/ingest/exchange/test_package.py")


@pytest.fixture
def guarded(tmp_path: Path) -> dict[str, str]:
    """The environment of a process that reaches nobody."""
    folder = tmp_path / "guard"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(GUARD)
    files = {"GUARD_TOLD": str(folder / "told"), "GUARD_STARTED": str(folder / "started")}
    return {**os.environ, **files, "PYTHONPATH": str(folder)}


def told(env: Mapping[str, str]) -> str:
    path = Path(env["GUARD_TOLD"])
    return path.read_text() if path.exists() else ""


def krydsfelt(env: Mapping[str, str], *words: str) -> str:
    command = [sys.executable, "-c", "from api.cli import main; main()", *words]
    done = subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{words}: {done.stderr}"
    return done.stdout


@contextmanager
def served(env: Mapping[str, str], home: Home) -> Iterator[HTTPConnection]:
    command = [
        sys.executable,
        "-c",
        "from api.cli import main; main()",
        "serve",
        "--home",
        str(home.path),
        "--port",
        "0",
    ]
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        found = re.search(r"http://[0-9.]+:(\d+)", process.stdout.readline())
        assert found
        with closing(HTTPConnection("127.0.0.1", int(found[1]), timeout=120)) as connection:
            yield connection
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


class Visitor:
    def __init__(self, connection: HTTPConnection, persona: str, purpose: str) -> None:
        self._connection = connection
        self._headers = {"Content-Type": "application/json"}
        self.ask("POST", "/api/v1/session", {"persona": persona})
        self.view = self.ask("POST", "/api/v1/views", {"purpose": purpose, "case": CASE, "reason": "a try"})["id"]

    def ask(self, method: str, path: str, body: object = None) -> Any:
        path = path if path.startswith("/api") else f"/api/v1/views/{self.view}{path}"
        self._connection.request(method, path, None if body is None else json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        if cookie := answer.getheader("set-cookie"):
            self._headers["Cookie"] = cookie.split(";")[0]
        content = answer.read()
        assert answer.status < 300, (path, content)
        return json.loads(content or b"null")


def test_serving_reading_analysing_and_sending_ask_nobody(guarded: dict[str, str], home: Home, tmp_path: Path) -> None:
    with served(guarded, home) as connection:
        analyst = Visitor(connection, "analyst", "investigate")
        party = analyst.ask("GET", "/case")["parties"][0]["token"]
        for path in (f"/entities/{party}", f"/entities/{party}/neighbours", "/search?q=a", "/findings"):
            analyst.ask("GET", path)
        run = analyst.ask("POST", "/analyses/settings", {"parameters": {}})
        for _ in range(600):
            state = analyst.ask("GET", f"/runs/{run['id']}")["state"]
            if state not in ("waiting", "running"):
                break
            time.sleep(0.2)
        assert state == "done"
        liaison = Visitor(connection, "liaison", "exchange")
        lines = liaison.ask("GET", f"/packages/candidates?partner={PARTNER}")["lines"]
        leaving = [line["claim"]["token"] for line in lines if line["outcome"] != "stays"]
        liaison.ask("POST", "/packages/preview", {"partner": PARTNER, "claims": leaving[:3]})
    words = ("--home", str(home.path), "--as", "analyst", "--purpose", "investigate", "--case", CASE)
    krydsfelt(guarded, "chart", *words, "--entity", party, "--out", str(tmp_path / "c.html"))
    krydsfelt(guarded, "audit", "verify", "--home", str(home.path))
    assert told(guarded) == ""
    assert len(set(Path(guarded["GUARD_STARTED"]).read_text().split())) >= 4  # the worker of the analysis among them


def test_the_core_tests_ask_nobody(guarded: dict[str, str]) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *CORE]
    done = subprocess.run(command, cwd=ROOT, env=guarded, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3_000:]
    assert told(guarded) == ""


@pytest.mark.campaign
def test_campaign_all_tests_ask_nobody(guarded: dict[str, str]) -> None:
    left_out = "not campaign and not browser and not neo4j"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", left_out, "tests"]
    done = subprocess.run(command, cwd=ROOT, env=guarded, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3_000:]
    assert told(guarded) == ""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("socket.create_connection(('192.0.2.1', 80))", "192.0.2.1"),
        ("socket.getaddrinfo('example.invalid', 443)", "example.invalid"),
        ("socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))", "192.0.2.1"),
        ("socket.socket(socket.AF_INET6).connect(('2001:db8::1', 80))", "2001:db8::1"),
        ("__import__('urllib.request').request.urlopen('http://192.0.2.7/')", "192.0.2.7"),
        ("subprocess.run([sys.executable, '-c', 'import socket; socket.gethostbyname(\"a.invalid\")'])", "a.invalid"),
    ],
)
def test_who_asks_is_heard(guarded: dict[str, str], line: str, said: str) -> None:
    program = f"import socket, subprocess, sys\n{line}"
    done = subprocess.run([sys.executable, "-c", program], env=guarded, check=False, capture_output=True, text=True)
    assert said in told(guarded) and "only this machine" in done.stderr


def openers(tree: ast.Module) -> bool:
    """Whether a module imports something that opens sockets."""
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and not n.level}
    return any(name in NETWORK or name.split(".")[0] in NETWORK for name in names)


def test_sockets_are_opened_where_it_is_written_down() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for floor in FLOORS
        for path in (ROOT / floor).rglob("*.py")
        if "node_modules" not in path.parts and openers(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found <= set(OPEN_SOCKETS)
    assert openers(ast.parse("def f():\n    import socket")) and not openers(ast.parse("import urllib.parse"))
