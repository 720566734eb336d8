"""Thousands of ways to tamper with a log, drawn by seed: each is found, and placed."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from graph import audit_file
from graph.audit import AuditLog
from graph.audit_format import CHECKPOINTS, GENESIS, WITNESSED, seal, segments, sha256
from graph.audit_note import origin_of
from graph.audit_verify import Fault, verify
from graph.audit_witness import Witness, witness_by_file
from graph.home import Home
from tests.factory import clock

SEED = 20261124
Log = list[list[bytes]]
"""Lines by segment."""


class Scene:
    """A signed and witnessed log in memory, put on disk changed in one way."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.log: Log = [path.read_bytes().split(b"\n")[:-1] for path in segments(home.audit)]
        self.points = (home.audit / CHECKPOINTS).read_bytes().split(b"\n")[:-1]
        self.note = (home.audit / WITNESSED).read_bytes()
        self.size = sum(map(len, self.log))
        self.signed = int(json.loads(self.points[-1])["size"])

    def put(self, log: Log, points: list[bytes] | None = None, note: bytes | None = None) -> None:
        for path in segments(self.home.audit):
            path.unlink()
        for number, lines in enumerate(log, start=1):
            if lines is not GONE:
                (self.home.audit / f"{number:06}.log").write_bytes(b"".join(line + b"\n" for line in lines))
        joined = b"".join(line + b"\n" for line in (self.points if points is None else points))
        (self.home.audit / CHECKPOINTS).write_bytes(joined)
        (self.home.audit / WITNESSED).write_bytes(self.note if note is None else note)

    def copy(self) -> Log:
        return [list(lines) for lines in self.log]

    def place(self, random: Random, least: int = 0, most: int | None = None) -> tuple[int, int, int]:
        """Draw an entry under the last signature: its number, segment and line."""
        n = random.randrange(least, self.signed if most is None else most)
        left = n
        for segment, lines in enumerate(self.log):
            if left < len(lines):
                return n, segment, left
            left -= len(lines)
        raise AssertionError


GONE: list[bytes] = []


def _changed(line: bytes, random: Random) -> bytes:
    at = random.randrange(len(line))
    other = bytes([random.choice([b for b in range(32, 127) if b != line[at]])])
    return line[:at] + other + line[at + 1 :]


def _edited(line: bytes, **change: object) -> bytes:
    return seal({**{k: v for k, v in json.loads(line).items() if k != "hash"}, **change})


def _chained(log: Log) -> Log:
    """The log with its numbers, chain and hashes made to fit again: only the signatures do not."""
    prev, n, made = GENESIS, 0, []
    for lines in log:
        new = []
        for line in lines:
            new.append(_edited(line, prev=prev, n=n))
            prev, n = sha256(new[-1]), n + 1
        made.append(new)
    return made


def edit_a_byte(scene: Scene, random: Random) -> int:
    n, segment, line = scene.place(random)
    log = scene.copy()
    log[segment][line] = _changed(log[segment][line], random)
    scene.put(log)
    return n


def edit_with_its_hash(scene: Scene, random: Random) -> int:
    n, segment, line = scene.place(random)
    log = scene.copy()
    log[segment][line] = _edited(log[segment][line], user=f"somebody-{random.random()}")
    scene.put(log)
    return n


def edit_with_the_whole_chain(scene: Scene, random: Random) -> int:
    n, segment, line = scene.place(random)
    log = scene.copy()
    log[segment][line] = _edited(log[segment][line], user=f"somebody-{random.random()}")
    scene.put(_chained(log))
    return n


def delete(scene: Scene, random: Random) -> int:
    n, segment, line = scene.place(random, 0, scene.signed - 8)
    log = scene.copy()
    del log[segment][line : line + random.randint(1, 4)]
    scene.put(log)
    return n


def delete_with_the_whole_chain(scene: Scene, random: Random) -> int:
    n, segment, line = scene.place(random, 0, scene.signed - 8)
    log = scene.copy()
    del log[segment][line]
    scene.put(_chained(log))
    return n


def swap(scene: Scene, random: Random) -> int:
    (n, a, i), (m, b, j) = sorted(_two(scene, random))
    log = scene.copy()
    log[a][i], log[b][j] = log[b][j], log[a][i]
    scene.put(log)
    assert n < m
    return n


def _two(scene: Scene, random: Random) -> list[tuple[int, int, int]]:
    first = second = scene.place(random)
    while second == first:
        second = scene.place(random)
    return [first, second]


def swap_with_the_whole_chain(scene: Scene, random: Random) -> int:
    (n, a, i), (_, b, j) = sorted(_two(scene, random))
    log = scene.copy()
    log[a][i], log[b][j] = log[b][j], log[a][i]
    scene.put(_chained(log))
    return n


def cut_the_end(scene: Scene, random: Random) -> int:
    n, segment, line = scene.place(random, 1)
    scene.put([*scene.copy()[:segment], scene.log[segment][:line]])
    return n


def cut_bytes(scene: Scene, random: Random) -> int:
    n, segment, line = scene.place(random, 1)
    scene.put(scene.copy()[: segment + 1])
    path = segments(scene.home.audit)[segment]
    kept = b"".join(each + b"\n" for each in scene.log[segment][:line])
    path.write_bytes(kept + scene.log[segment][line][: random.randrange(len(scene.log[segment][line]))])
    return n


def take_a_segment_away(scene: Scene, random: Random) -> int:
    gone = random.randrange(len(scene.log) - 1)
    scene.put([GONE if number == gone else lines for number, lines in enumerate(scene.log)])
    return sum(len(lines) for lines in scene.log[:gone])


def fork(scene: Scene, random: Random) -> int:
    n, segment, line = scene.place(random)
    log = scene.copy()
    log[segment].insert(line + 1, _edited(log[segment][line], note=random.random()))
    scene.put(log)
    return n


def another_end(scene: Scene, random: Random) -> int:
    """From some entry on, other entries in a whole chain of their own."""
    n, segment, line = scene.place(random)
    log = scene.copy()
    for number in range(segment, len(log)):
        start = line if number == segment else 0
        log[number] = log[number][:start] + [_edited(x, user="nobody") for x in log[number][start:]]
    scene.put(_chained(log))
    return n


def edit_a_checkpoint(scene: Scene, random: Random) -> int:
    at = random.randrange(len(scene.points))
    points = list(scene.points)
    points[at] = _changed(points[at], random)
    scene.put(scene.log, points)
    return -1


def delete_a_checkpoint(scene: Scene, random: Random) -> int:
    points = list(scene.points)
    del points[random.randrange(len(points))]
    scene.put(scene.log, points)
    return -1


def edit_the_witnessed(scene: Scene, random: Random) -> int:
    at = random.randrange(scene.note.index(b"\n\n"))
    scene.put(scene.log, note=scene.note[:at] + _changed(scene.note[at : at + 1], random) + scene.note[at + 1 :])
    return -1


WAYS: list[Callable[[Scene, Random], int]] = [
    edit_a_byte, edit_with_its_hash, edit_with_the_whole_chain, delete, delete_with_the_whole_chain, swap,
    swap_with_the_whole_chain, cut_the_end, cut_bytes, take_a_segment_away, fork, another_end, edit_a_checkpoint,
    delete_a_checkpoint, edit_the_witnessed,
]  # fmt: skip


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(audit_file, "SEGMENT_BYTES", 4_000)
    monkeypatch.setattr(audit_file, "CHECKPOINT_ENTRIES", 16)
    home = Home.init(tmp_path / "home", clock=clock)
    log = AuditLog(home, clock=clock)
    for number in range(30):
        log.outcome(log.intent("read", {"user": f"user-{number % 3}", "number": number}), "ok", {"count": number})
    log.close()
    witness_by_file(home, Witness(tmp_path / "witness", "w", lambda: 0))
    made = Scene(home)
    assert verify(home).whole and len(made.points) >= 4 and len(made.log) >= 4
    return made


def is_placed(fault: Fault, n: int, scene: Scene) -> bool:
    """Whether the fault is named where it is: exactly, or within what one signature covers."""
    if n < 0:
        return fault.kind in ("checkpoint", "witness", "truncation")
    if fault.position == n:
        return True
    bounds = [0, *(int(json.loads(p)["size"]) for p in scene.points)]
    start = max(b for b in bounds if b <= n)
    return start <= fault.position <= n + 5


def tamper(scene: Scene, count: int, seed: int, until: float = float("inf")) -> tuple[int, int, int, Counter[str]]:
    """Tamper so often, or until the time is up; return how often, how many were found and placed, and what was not."""
    done = found = placed = 0
    missed = Counter[str]()
    for number in range(count):
        if time.monotonic() > until:
            break
        done += 1
        random = Random(f"{seed} {number}")
        way = WAYS[number % len(WAYS)]
        n = way(scene, random)
        fault = verify(scene.home).fault
        if fault is None:
            missed[way.__name__] += 1
            continue
        found += 1
        placed += is_placed(fault, n, scene)
        if not is_placed(fault, n, scene):
            missed[f"{way.__name__} not placed"] += 1
    return done, found, placed, missed


def test_each_of_three_hundred_is_found_and_placed(scene: Scene) -> None:
    _, found, placed, missed = tamper(scene, 300, SEED)
    assert (found, placed) == (300, 300), missed
    scene.put(scene.log)
    assert verify(scene.home).whole


@pytest.mark.campaign
def test_each_of_many_is_found_and_placed(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    count, begun = int(os.environ.get("KRYDSFELT_TAMPERS", "10000")), time.monotonic()
    until = begun + 60 * float(os.environ.get("KRYDSFELT_MINUTES", "600"))
    done, found, placed, missed = tamper(scene, count, SEED + 1, until)
    with capsys.disabled():
        took = time.monotonic() - begun
        print(f"\n{done} of {count} tamperings, seed {SEED + 1}: {found} found, {placed} placed, {took:.0f} s")
    assert (found, placed) == (done, done), missed


@pytest.mark.campaign
def test_a_million_entries_are_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = Home.init(tmp_path / "home", clock=clock)
    about = {
        "user": "analyst", "roles": ["analyst"], "session": "5" * 24, "view": "v" * 25, "digest": "d" * 64,
        "purpose": "prevent", "case": "case-2026-001", "legal_basis": "polintel-4", "reason": "a lead to follow",
    }  # fmt: skip
    count = int(os.environ.get("KRYDSFELT_EVENTS", "1000000"))
    file = audit_file.AuditFile(home.audit, home.audit_key, clock, origin_of(home.id))
    for start in range(0, count // 2, 500):
        bodies = []
        for number in range(start, start + 500):
            bodies.append({**about, "kind": "intent", "id": f"{number:016x}", "action": "read", "subjects": []})
            bodies.append({"kind": "outcome", "intent": f"{number:016x}", "result": "ok", "touched": {"count": 0}})
        file.append(bodies, sync=True)
    file.checkpoint()
    file.close()
    begun, used = time.monotonic(), time.process_time()
    report = verify(home)
    seconds, cpu = time.monotonic() - begun, time.process_time() - used
    size = sum(p.stat().st_size for p in segments(home.audit))
    with capsys.disabled():
        print(
            f"\n{report.entries} entries ({size / 1e6:.0f} MB) and {report.checkpoints} checkpoints verified in "
            f"{seconds:.1f} s, {cpu:.1f} s CPU, {report.entries / cpu:.0f} entries/s of CPU"
        )
    assert report.whole and report.entries >= count and report.unfinished == 0
