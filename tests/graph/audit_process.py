"""The process that writes the audit, for the tests that start, ask, halt and kill it."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from graph.audit import AuditLog
from graph.audit_client import AuditClient
from graph.audit_format import segments
from graph.audit_writer import WRITER_LOCK
from graph.home import Home
from tests.factory import clock

PATIENT = 10.0

CLIENTS: list[AuditClient] = []
"""Those that a test opened; they are closed with its home."""


@contextmanager
def home_with_writer(path: Path) -> Iterator[Home]:
    """A new home, whose writer and clients are gone when this is left."""
    made = Home.init(path, clock=clock)
    try:
        yield made
    finally:
        while CLIENTS:
            CLIENTS.pop().close()
        end_writer(made)


def client_of(home: Home, patience: float) -> AuditClient:
    CLIENTS.append(AuditClient(home.path, patience))
    return CLIENTS[-1]


def log_of(home: Home, patience: float = PATIENT) -> AuditLog:
    return AuditLog(home, sink=client_of(home, patience), aside=client_of(home, patience))


def writer_of(home: Home) -> psutil.Process:
    return psutil.Process(int((home.audit / WRITER_LOCK).read_text()))


def end_writer(home: Home) -> None:
    with suppress(OSError, ValueError, psutil.Error):
        process = writer_of(home)
        if process.pid != os.getpid():  # a test that runs it itself
            process.kill()
            process.wait(30)


def kill_writer(home: Home) -> None:
    process = writer_of(home)
    process.kill()
    wait_for(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)


def wait_for(done: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until
        time.sleep(0.01)


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """A process that has ended when this is left, however it is left."""
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def entries(home: Home) -> list[dict[str, object]]:
    return [json.loads(line) for path in segments(home.audit) for line in path.read_bytes().splitlines()]


def intents(home: Home) -> set[object]:
    return {e["id"] for e in entries(home) if e["kind"] == "intent"}
