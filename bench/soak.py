"""A real `krydsfelt serve` with a house full of people, at a stated rate for a stated time; then five times as much,
and whether it comes back.

`python -m bench.soak HOME --rate 300 --seconds 600` runs it alone on a loaded home.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil

from bench import served
from bench.desk import MIX, RECENT, USERS, seats, settle
from bench.lab import PACE, SEED, Lab, Tell
from bench.result import Measure, Ratio, Result
from graph.columns import Columns
from graph.home import Home

BESIDE: Final = 60.0
"""Seconds of warming up, of the overload and of the time after it."""
OVER: Final = 5.0
SAMPLE: Final = 60.0
QUICK_REFUSAL_MS: Final = 100.0
FLAT: Final = 1.05


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard and how long.

    Parameters
    ----------
    rate : float
        Questions a second.
    seconds : float
        Of the steady phase.
    warm, over, back : float
        Seconds of warming up, of the overload and of the time after it.
    """

    rate: float
    seconds: float
    warm: float = BESIDE
    over: float = BESIDE
    back: float = BESIDE
    users: int = USERS

    def phases(self) -> list[dict[str, Any]]:
        """Return what the asker does, in order."""
        return [
            {"name": "warm", "rate": self.rate / 3, "seconds": self.warm},
            {"name": "steady", "rate": self.rate, "seconds": self.seconds},
            {"name": "over", "rate": OVER * self.rate, "seconds": self.over},
            {"name": "back", "rate": self.rate, "seconds": self.back},
        ]


@dataclass(slots=True)
class Watched:
    """A process, and what it held and used over time."""

    process: psutil.Process
    samples: list[tuple[float, float, float]] = field(default_factory=list)
    """Seconds of processor time so far, resident and own memory in MB."""

    def look(self) -> None:
        times, memory = self.process.cpu_times(), self.process.memory_info()
        own = (memory.rss - memory.shared) / 1e6
        self.samples.append((times.user + times.system, memory.rss / 1e6, own))


def run(lab: Lab) -> Result:
    """Measure it on the large world."""
    rate, seconds = lab.pace
    beside = min(BESIDE, seconds)
    pace = Pace(rate, seconds, beside, beside, beside)
    return soak(lab.home(lab.large), lab.scratch, pace, lab.tell, about=f"world {lab.large}")


def soak(kept: Home, scratch: Path, pace: Pace, tell: Tell, *, about: str) -> Result:
    """Measure it on a copy of a loaded home, with the limits that come with the product.

    Parameters
    ----------
    kept : Home
        Stays as it is.
    scratch : Path
        Where the copy lies.
    pace : Pace
    tell : callable
        Told in words what is being done.
    about : str
        What the home holds.
    """
    Columns.open(kept)  # written once and kept with the home
    home = _copy(kept, scratch / "soak")
    where = settle(home, pace.users)
    with served.process(served.command(home)) as (port, pid):
        tell(f"signing in {len(where)} users")
        sitting = seats(port, where)
        watched = {"serve": Watched(psutil.Process(pid)), "writer": Watched(psutil.Process(_writer(home)))}
        found = {}
        plan = {"port": port, "seats": [s.as_json() for s in sitting], "mix": MIX, "recent": RECENT, "seed": SEED}
        with _asking({**plan, "phases": pace.phases()}) as lines:
            for phase in pace.phases():
                tell(f"{phase['name']}: {phase['rate']:g}/s for {phase['seconds']:g} s")
                with _watching(watched.values()):
                    said = json.loads(next(lines))
                tell(f"{phase['name']}: {said['statuses']}, answered in ms {said['answered']}")
                found[phase["name"]] = said | {"looks": {name: list(one.samples) for name, one in watched.items()}}
    _end_writer(home)
    shutil.rmtree(home.path)
    return _result(found, pace, about, len(where))


def _copy(kept: Home, place: Path) -> Home:
    """Copy a home without what a row that asks alone left there: its limits, and whoever wrote the log."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(kept.path, place, ignore=shutil.ignore_patterns("limits.yaml", "writer.*", "neo4j"))
    os.sync()  # what was copied is not to be written out while the audit waits for the disk
    return Home.open(place)


def _writer(home: Home) -> int:
    """Return the process that writes the home's audit."""
    return int((home.path / "audit" / "writer.lock").read_text(encoding="ascii"))


def _end_writer(home: Home) -> None:
    """Let the process that writes the home's audit leave at once: it would stay for some seconds."""
    try:
        leaving = psutil.Process(_writer(home))
        leaving.terminate()
        leaving.wait(10)
    except (psutil.NoSuchProcess, OSError, ValueError):
        return  # it has left already


@contextmanager
def _asking(plan: Mapping[str, Any]) -> Iterator[Iterator[str]]:
    """Start the asker; yields the lines that it prints."""
    command = (sys.executable, "-m", "bench.pressure")
    running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=served.ROOT)
    assert running.stdin is not None and running.stdout is not None
    try:
        running.stdin.write(json.dumps(plan))
        running.stdin.close()
        yield iter(running.stdout)
    finally:
        running.terminate()
        running.wait()
        running.stdout.close()


@contextmanager
def _watching(watched: Sequence[Watched] | Any) -> Iterator[None]:
    """Look at processes now, every minute, and when the block ends."""
    over = threading.Event()

    def look() -> None:
        for one in watched:
            one.look()

    def keep_looking() -> None:
        while not over.wait(SAMPLE):
            look()

    for one in watched:
        one.samples.clear()
    look()
    thread = threading.Thread(target=keep_looking, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        look()


def _result(found: Mapping[str, Mapping[str, Any]], pace: Pace, about: str, users: int) -> Result:
    steady, over, back = found["steady"], found["over"], found["back"]
    refused = over["refused"].get("count", 0)
    measures = [
        Measure("rate asked, steady", steady["rate"], "/s"),
        *_times("steady", steady["answered"]),
        *(
            Measure(f"steady, {name}, p50", times["p50"], "ms")
            for name, times in steady["questions"].items()
            if not name.isdigit()
        ),
        Measure("steady: how late the asker itself was, p99", steady["late"]["p99"], "ms"),
        *_processes(steady),
        Measure("rate asked, overload", over["rate"], "/s"),
        Measure("overload: answered", over["answered"].get("count", 0) / pace.over, "/s"),
        *_times("overload, answered", over["answered"]),
        *(_times("overload, refused with 429 or 503", over["refused"])),
        *_times("after it", back["answered"]),
        *_processes(back),
    ]
    own = [look[2] for look in steady["looks"]["serve"]]
    ratios = [
        Ratio("steady: share of what was asked that was answered", _well(steady), at_least=1),
        Ratio("steady: rate to the one wanted", steady["rate"] / pace.rate, at_least=0.99),
        Ratio("steady: own memory at the end to that at the start", own[-1] / own[0], at_most=FLAT),
        Ratio("overload: share answered, or refused with 429 or 503", _well(over, refused), at_least=1),
        Ratio("after it: share answered", _well(back), at_least=1),
        Ratio("after it: p99 to that before", back["answered"]["p99"] / steady["answered"]["p99"], at_most=2),
    ]
    if refused:
        ratios.append(Ratio("overload: refusal, p99 in ms", over["refused"]["p99"], at_most=QUICK_REFUSAL_MS))
    notes = [f"{name}: {phase['statuses']}" for name, phase in found.items()]
    return Result(
        "soak", f"krydsfelt serve on {about}, {users} users, {pace.rate:g}/s for {pace.seconds:g} s",
        tuple(measures), tuple(ratios), tuple(notes),
    )  # fmt: skip


def _well(phase: Mapping[str, Any], refused: int = 0) -> float:
    good = int(phase["statuses"].get("200", 0))
    return (good + refused) / max(1, int(phase["asked"]))


def _times(what: str, spread: Mapping[str, float]) -> list[Measure]:
    if not spread.get("count"):
        return []
    return [Measure(f"{what}, {p}", spread[p], "ms") for p in ("p50", "p95", "p99", "p999", "most")]


def _processes(phase: Mapping[str, Any]) -> list[Measure]:
    """Return what the processes used for each question, and held over the phase."""
    found = []
    for name, looks in phase["looks"].items():
        used = (looks[-1][0] - looks[0][0]) / max(1, phase["asked"])
        found.append(Measure(f"{name}: processor time for each question", used * 1e6, "us"))
        found += [Measure(f"{name}: resident, look {n}", look[1], "MB") for n, look in enumerate(looks)]
        found += [Measure(f"{name}: own memory, look {n}", look[2], "MB") for n, look in enumerate(looks)]
    return found


def main(tell: Callable[[str], None] = lambda step: print(step, file=sys.stderr, flush=True)) -> None:
    """Run it on the home that the command names."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("home", type=Path)
    wanted.add_argument("--json", action="store_true")
    for name, value in {"rate": PACE[0], "seconds": PACE[1], "warm": BESIDE, "over": BESIDE, "back": BESIDE}.items():
        wanted.add_argument(f"--{name}", type=float, default=value)
    wanted.add_argument("--users", type=int, default=USERS)
    asked = wanted.parse_args()
    pace = Pace(asked.rate, asked.seconds, asked.warm, asked.over, asked.back, asked.users)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="krydsfelt-soak-") as scratch:
        found = soak(Home.open(asked.home), Path(scratch), pace, tell, about=asked.home.name)
    print(json.dumps(found.as_json(), indent=1) if asked.json else found.text())
    tell(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
