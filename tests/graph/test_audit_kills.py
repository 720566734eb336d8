"""Asker and audit writer killed at any moment: no answer without its intent."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from graph.audit_verify import verify
from graph.home import Home
from tests.graph.audit_process import (
    home_with_writer,
    intents,
    kill_writer,
    log_of,
)

SEED = 20261124


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with home_with_writer(tmp_path / "home") as made:
        yield made


ASKER = """
import sys
from itertools import cycle
from pathlib import Path
from graph.audit import AuditLog
from graph.audit_client import AuditClient
from graph.errors import AuditUnavailable
from graph.home import Home
home = Home.open(Path(sys.argv[1]))
log = AuditLog(home, sink=AuditClient(home.path, 10.0), aside=AuditClient(home.path, 10.0))
ways = cycle((log.intent, log.ahead))
while True:
    try:
        intent = next(ways)("read", {})
        intent.settle()
    except AuditUnavailable:
        continue
    print(intent.id, flush=True)
    log.outcome(intent, "ok", {})
"""


def kills(home: Home, count: int, seed: int, until: float = float("inf")) -> tuple[int, int, int]:
    """Kill asker and writer in turns at moments drawn by seed; return turns, answers, and answers without an intent."""
    random, answered = Random(seed), set[str]()
    turns = 0
    for turn in range(count):
        if time.monotonic() > until:
            break
        turns += 1
        asker = subprocess.Popen([sys.executable, "-c", ASKER, str(home.path)], stdout=subprocess.PIPE, text=True)
        assert asker.stdout is not None
        answered |= {asker.stdout.readline().strip()}
        time.sleep(random.uniform(0, 0.15))
        if turn % 2:
            kill_writer(home)
            answered |= {asker.stdout.readline().strip() for _ in range(2)}
        asker.kill()
        answered |= {line.strip() for line in asker.stdout.read().split("\n")[:-1]}
        asker.stdout.close()
        asker.wait()
    log_of(home).intent("read", {})
    report = verify(home)
    assert report.whole, report.text()
    answered.discard("")
    return turns, len(answered), len(answered - intents(home))


def test_kills_of_asker_and_writer_leave_no_answer_without_an_intent(home: Home) -> None:
    _, answered, unaudited = kills(home, 5, SEED)
    assert answered >= 5 and unaudited == 0


@pytest.mark.campaign
def test_many_kills(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    count = int(os.environ.get("KRYDSFELT_KILLS", "500"))
    until = time.monotonic() + 60 * float(os.environ.get("KRYDSFELT_MINUTES", "600"))
    seed = int(os.environ.get("KRYDSFELT_SEED", SEED))
    turns, answered, unaudited = kills(home, count, seed, until)
    with capsys.disabled():
        print(f"\n{turns} of {count} kills, seed {seed}: {answered} answers, {unaudited} without an intent")
    assert unaudited == 0
