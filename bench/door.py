"""What the door itself costs: policy, view and audit around a small read that was read before, in processor time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from bench.bare import NEIGHBOURS, reader
from bench.lab import Lab
from bench.people import Asked, opened, people
from bench.result import Measure, Ratio, Result
from graph.home import Home
from graph.view import View

READS, DRAWN, ASKED = 4_000, 400, 60
SMALL: Final = 12
"""Links of a small entity, at most."""
THREADS: Final = (1, 8, 32)
"""Readers at once: a server has up to forty."""
HOLD_US: Final = 300


def run(lab: Lab) -> Result:
    """Measure it on the large world; the clock of the processor is read, of all threads of this process and of the
    process that writes the audit.
    """
    home = lab.home(lab.large)
    view = opened(home)
    asked = _small(view, people(home, view, DRAWN))
    connection = reader(home)
    bare, _ = _cost(home, lambda one: connection.execute(NEIGHBOURS, {"n": one.nid}).fetchall(), asked, 1)
    connection.close()
    measures, ratios = [Measure("bare SQL of the neighbours", bare, "us")], []
    for what, read in _reads(view).items():
        for threads in THREADS:
            service, writer = _cost(home, read, asked, threads)
            at_once = f"{what}, {threads} at once"
            measures += [Measure(f"{at_once}: service", service, "us"), Measure(f"{at_once}: writer", writer, "us")]
            hold = HOLD_US if threads == THREADS[-1] else None
            ratios.append(Ratio(f"{at_once}: door in us", service + writer - bare, at_most=hold))
    return Result(
        "door",
        f"processor time of {READS} reads of {len(asked)} small entities of world {lab.large}, read before",
        tuple(measures),
        tuple(ratios),
        ("readers at once share syncs; one alone waits for its own each time, and the writer is woken for each",),
    )


def _reads(view: View) -> dict[str, Callable[[Asked], object]]:
    return {"card": lambda one: view.card(one.ref), "neighbours": lambda one: view.neighbours(one.ref)}


def _small(view: View, drawn: Sequence[Asked]) -> list[Asked]:
    """Return entities with few links, each of them read once."""
    found: list[Asked] = []
    for one in drawn:
        if len(found) < ASKED and len(view.neighbours(one.ref).links) <= SMALL:
            view.card(one.ref)
            found.append(one)
    return found


def _cost(home: Home, read: Callable[[Asked], object], asked: Sequence[Asked], threads: int) -> tuple[float, float]:
    """Return microseconds of processor time of this process and of the audit's writer for one read."""
    each = -(-READS // threads)

    def work() -> None:
        for number in range(each):
            read(asked[number % len(asked)])

    work_ = [threading.Thread(target=work) for _ in range(threads)]
    began, written = time.process_time(), _writer_seconds(home)
    for thread in work_:
        thread.start()
    for thread in work_:
        thread.join()
    used, wrote = time.process_time() - began, _writer_seconds(home) - written
    return used * 1e6 / (each * threads), wrote * 1e6 / (each * threads)


def _writer_seconds(home: Home) -> float:
    """Return processor time of the audit's writer, which has one thread; to the nanosecond."""
    pid = (home.path / "audit" / "writer.lock").read_text(encoding="ascii")
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9
