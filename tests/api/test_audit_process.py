"""A real server whose audit a process of its own writes: killed, stopped and full, and no answer without it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException
from random import Random

import psutil
import pytest

from graph.audit_verify import verify
from graph.audit_writer import WRITER_LOCK
from graph.home import Home
from tests.api.test_fail_closed import Visitor, served

SEED = 20261124


@pytest.fixture
def own_writer(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.delenv("KRYDSFELT_AUDIT")
    monkeypatch.setenv("KRYDSFELT_AUDIT_SECONDS", "8")
    yield home
    with suppress(psutil.Error, OSError, ValueError):
        writer_of(home).kill()


def writer_of(home: Home) -> psutil.Process:
    return psutil.Process(int((home.audit / WRITER_LOCK).read_text()))


def test_a_stopped_writer_gives_503_and_no_data(own_writer: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRYDSFELT_AUDIT_SECONDS", "0.25")
    with served(own_writer) as (_, port):
        visitor = _patient(port)
        writer = writer_of(own_writer)
        writer.suspend()
        status, said = visitor.ask("GET", f"{visitor.view}/case")
        assert (status, said["code"], sorted(said)) == (
            503, "audit-unavailable", ["code", "detail", "status", "title", "type"],
        )  # fmt: skip
        writer.resume()
        for _ in range(50):
            status, said = visitor.ask("GET", f"{visitor.view}/case")
            if status == 200:
                break
        assert status == 200 and said["parties"]
        visitor.close()
    assert verify(own_writer).whole


def _patient(port: int) -> Visitor:
    """A visitor who comes again while a busy machine answers 503."""
    for _ in range(20):
        with suppress(KeyError, TypeError):
            return Visitor(port)
    raise AssertionError("the server never opened a view")


def kills(home: Home, count: int, seed: int, until: float = float("inf")) -> tuple[int, int, int]:
    """Kill the server and the writer in turns; return turns, answers given and intents held."""
    random, answered = Random(seed), 0
    turns = 0
    for turn in range(count):
        if time.monotonic() > until:
            break
        turns += 1
        with served(home) as (process, port):
            visitors = [_patient(port) for _ in range(2)]
            done = [0] * len(visitors)
            stop = threading.Event()

            def read_on(number: int, visitor: Visitor, done: list[int], stop: threading.Event) -> None:
                with suppress(OSError, HTTPException, ValueError):
                    while not stop.is_set():
                        done[number] += visitor.ask("GET", f"{visitor.view}/case")[0] == 200

            threads = [threading.Thread(target=read_on, args=(n, v, done, stop)) for n, v in enumerate(visitors)]
            for thread in threads:
                thread.start()
            stop.wait(random.uniform(0.05, 0.6))
            if turn % 2:
                with suppress(psutil.Error):
                    writer_of(home).kill()
                stop.wait(random.uniform(0.3, 0.9))
                stop.set()
            else:
                process.send_signal(signal.SIGKILL)
            for thread in threads:
                thread.join(60)
            for visitor in visitors:
                visitor.close()
            answered += sum(done)
    report = verify(home)
    assert report.whole, report.text()
    return turns, answered, report.actions["case"]


def test_kills_of_server_and_writer_leave_no_answer_without_an_intent(own_writer: Home) -> None:
    _, answered, held = kills(own_writer, 4, SEED)
    assert 0 < answered <= held


@pytest.mark.campaign
def test_many_kills(own_writer: Home, capsys: pytest.CaptureFixture[str]) -> None:
    count = int(os.environ.get("KRYDSFELT_KILLS", "100"))
    until = time.monotonic() + 60 * float(os.environ.get("KRYDSFELT_MINUTES", "600"))
    turns, answered, held = kills(own_writer, count, SEED + 1, until)
    with capsys.disabled():
        print(f"\n{turns} of {count} kills of server and writer, seed {SEED + 1}: {answered} answers, {held} intents")
    assert answered <= held
