"""Real server processes on loopback, and a client that keeps its connection."""

from __future__ import annotations

import gc
import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.people import CASE, PERSONA, PURPOSE
from graph.home import Home

ROOT = Path(__file__).parents[1]
STOP_SECONDS = 20
TRIES = 20


class Client:
    """One kept connection, with the cookie it was given."""

    def __init__(self, port: int, agent: str = "bench") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers: dict[str, str] = {"User-Agent": agent}

    @property
    def cookie(self) -> str:
        """The cookie it was given last."""
        return self._headers.get("Cookie", "")

    def read(self, path: str) -> dict[str, Any]:
        """Return the JSON of an answer, which must be 200."""
        answer: dict[str, Any] = json.loads(self.get(path))
        return answer

    def status(self, path: str) -> int:
        """Return the status of an answer, whatever it is."""
        self._connection.request("GET", path, None, self._headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def get(self, path: str) -> bytes:
        """Return the body of an answer, which must be 200."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send JSON and return the answer's."""
        answer: dict[str, Any] = json.loads(self._ask("POST", path, json.dumps(body)))
        return answer

    def _ask(self, method: str, path: str, body: str | None) -> bytes:
        headers = self._headers | ({"Content-Type": "application/json"} if body is not None else {})
        for _ in range(TRIES):  # what is not available now is asked for again
            answer = self._answer(method, path, body, headers)
            content = answer.read()
            if answer.status != 503:
                break
            time.sleep(0.5)
        if answer.status not in (200, 201):
            raise RuntimeError(f"{method} {path} answered {answer.status}: {content[:300]!r}")
        if cookie := answer.getheader("set-cookie"):
            self._headers["Cookie"] = cookie.split(";")[0]
        return content

    def _answer(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> http.client.HTTPResponse:
        try:
            self._connection.request(method, path, body, headers)
            return self._connection.getresponse()
        except http.client.RemoteDisconnected:  # idle while others were measured, longer than the server keeps it
            self._connection.close()
            self._connection.request(method, path, body, headers)
            return self._connection.getresponse()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def signed_in(port: int) -> tuple[Client, str]:
    """Return a client that is signed in and the address of the view it has opened."""
    client = Client(port)
    client.post("/api/v1/session", {"persona": PERSONA})
    view = client.post("/api/v1/views", {"purpose": PURPOSE, "case": CASE})
    return client, f"/api/v1/views/{quote(str(view['id']))}"


UNHURRIED = (
    "actor: {requests_per_second: 1000000, requests_at_once: 1000000, objects_per_hour: 1000000000, "
    "persons_per_day: 1000000000}\n"
)
"""Limits for one asker who does nothing but measure."""


def ours(home: Home) -> Sequence[str]:
    """Return the command that serves a home, with limits that no measurement meets."""
    (home.path / "limits.yaml").write_text(UNHURRIED, encoding="utf-8")
    return command(home)


def command(home: Home) -> Sequence[str]:
    """Return the command that serves a home as it is."""
    return cli("serve", "--home", str(home.path), "--port", "0")


def cli(*words: str) -> Sequence[str]:
    """Return a command of `krydsfelt` for a process of its own."""
    return (sys.executable, "-c", "from api.cli import main; main()", *words)


def bare(home: Home, folder: Path) -> Sequence[str]:
    """Return the command that serves the bare route."""
    return (sys.executable, "-m", "bench.bare", str(home.path), str(folder))


@contextmanager
def as_served() -> Iterator[None]:
    """Run this interpreter as a server's runs, for what is measured in this process."""
    from api.commands.serve import hurry_interpreter

    turn, seldom = sys.getswitchinterval(), gc.get_threshold()
    hurry_interpreter()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*seldom)
        sys.setswitchinterval(turn)


@contextmanager
def process(command: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Run a server until the block ends; yields its port and its process id."""
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert running.stdout is not None
        for line in running.stdout:
            if found := re.search(r"http://[0-9.]+:([0-9]+)", line):
                break
        else:
            raise RuntimeError(f"{' '.join(command)} ended with {running.wait()} before it served")
        yield int(found[1]), running.pid
    finally:
        running.terminate()
        try:
            running.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
        if running.stdout is not None:
            running.stdout.close()
