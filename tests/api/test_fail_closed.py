"""A real server whose audit cannot be written, and one that is killed in the midst of requests."""

from __future__ import annotations

import json
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from typing import Any

from graph.audit_verify import verify
from graph.home import Home
from tests.homes import CASE

SERVE = "from api.cli import main; main()"
KILLS = 3


@contextmanager
def served(home: Home) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Serve a home in a process of its own; gives it and its port."""
    command = [sys.executable, "-c", SERVE, "serve", "--home", str(home.path), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        found = re.search(r"http://[0-9.]+:(\d+)", process.stdout.readline())
        assert found
        yield process, int(found[1])
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


class Visitor:
    """A connection with a cookie."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Content-Type": "application/json"}
        self.ask("POST", "/api/v1/session", {"persona": "analyst"})
        self.view = (
            f"/api/v1/views/{self.ask('POST', '/api/v1/views', {'purpose': 'investigate', 'case': CASE})[1]['id']}"
        )

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        self._connection.request(method, path, None if body is None else json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        if cookie := answer.getheader("set-cookie"):
            self._headers["Cookie"] = cookie.split(";")[0]
        return answer.status, json.loads(answer.read() or b"null")

    def close(self) -> None:
        self._connection.close()


def test_nothing_is_answered_while_the_audit_has_no_room(home: Home) -> None:
    with served(home) as (process, port):
        visitor = Visitor(port)
        status, before = visitor.ask("GET", f"{visitor.view}/case")
        assert status == 200 and before["parties"]
        held = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        full = sorted(home.audit.glob("*.log"))[-1].stat().st_size + 100  # a line begins to fit, and does not end
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (full, held[1]))
        for path in ("/case", f"/entities/{before['parties'][0]['token']}", ""):
            status, said = visitor.ask("GET", f"{visitor.view}{path}")
            assert (status, said["code"], sorted(said)) == (
                503,
                "audit-unavailable",
                ["code", "detail", "status", "title", "type"],
            )
            assert str(before["parties"][0]["label"]) not in said["detail"]
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, held)
        assert visitor.ask("GET", f"{visitor.view}/case") == (200, before)
        visitor.close()
    report = verify(home)
    assert report.whole and report.fault is None


def test_the_chain_is_whole_after_the_server_was_killed(home: Home) -> None:
    answered = 0
    for kill in range(KILLS):
        with served(home) as (process, port):
            visitors = [Visitor(port) for _ in range(3)]
            done = [0] * len(visitors)

            def read_on(number: int, visitor: Visitor, done: list[int]) -> None:
                try:
                    while visitor.ask("GET", f"{visitor.view}/case")[0] == 200:
                        done[number] += 1
                except (OSError, HTTPException, ValueError):
                    return

            threads = [
                threading.Thread(target=read_on, args=(number, visitor, done))
                for number, visitor in enumerate(visitors)
            ]
            for thread in threads:
                thread.start()
            while sum(done) < 10 + 7 * kill:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            for thread in threads:
                thread.join(60)
            for visitor in visitors:
                visitor.close()
            answered += sum(done)
        report = verify(home)
        assert report.whole and report.fault is None, report.fault
        assert report.actions["case"] >= answered
