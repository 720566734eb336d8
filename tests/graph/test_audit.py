"""The audit is there before the answer, whole over threads, processes and kills, and fails closed."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from graph import audit_file
from graph.audit import LISTED, AuditLog, audit_of
from graph.audit_acts import acts, touches
from graph.audit_format import segments
from graph.audit_verify import verify
from graph.errors import AuditUnavailable
from graph.home import Home
from tests.factory import clock


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.init(tmp_path / "home", personas=True, clock=clock)


@pytest.fixture
def log(home: Home) -> AuditLog:
    return AuditLog(home, clock=clock)


def entries(home: Home) -> list[dict[str, object]]:
    """Every entry on disk."""
    return [json.loads(line) for path in segments(home.audit) for line in path.read_bytes().splitlines()]


def kinds(home: Home) -> list[object]:
    return [e["kind"] for e in entries(home)]


def test_an_intent_is_on_disk_when_it_returns(home: Home, log: AuditLog) -> None:
    intent = log.intent("read", {"user": "anna"})
    assert next(e for e in entries(home) if e["kind"] == "intent")["id"] == intent.id
    log.outcome(intent, "ok", {"count": 1})
    assert kinds(home) == ["segment", "intent", "outcome"]
    report = verify(home)
    assert report.whole and report.entries == 3 and report.unfinished == 0 and report.actions == {"read": 1}


def test_an_intent_is_synced_before_it_returns(log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fdatasync

    def sync(fd: int) -> None:
        synced.append(fd)
        real(fd)

    monkeypatch.setattr(os, "fdatasync", sync)
    intent = log.intent("read", {})
    assert len(synced) == 1
    log.outcome(intent, "ok", {})
    assert len(synced) == 1


def test_an_intent_without_outcome_is_counted(home: Home, log: AuditLog) -> None:
    log.intent("read", {})
    assert verify(home).unfinished == 1


def test_threads_share_one_whole_chain(home: Home, log: AuditLog) -> None:
    def work() -> None:
        for _ in range(25):
            log.outcome(log.intent("read", {}), "ok", {})

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.close()
    report = verify(home)
    assert report.whole and report.actions == {"read": 200} and report.unfinished == 0 and report.unsigned <= 1


def test_waiting_threads_share_a_sync(home: Home, log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    real, synced, slow = os.fdatasync, [], threading.Event()

    def sync(fd: int) -> None:
        synced.append(fd)
        slow.wait(0.3)
        real(fd)

    monkeypatch.setattr(os, "fdatasync", sync)
    threads = [threading.Thread(target=log.intent, args=("read", {})) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify(home).actions == {"read": 12}
    assert len(synced) < 12


WRITER = """
import sys
from pathlib import Path
from graph.audit import AuditLog
from graph.home import Home
log = AuditLog(Home.open(Path(sys.argv[1])))
for number in range(int(sys.argv[2])):
    intent = log.intent("read", {"number": number})
    print(intent.id, flush=True)
    log.outcome(intent, "ok", {})
log.close()
"""


def start(home: Home, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(home.path), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])


def test_processes_share_one_whole_chain(home: Home) -> None:
    writers = [start(home, 40) for _ in range(3)]
    for writer in writers:
        with writer:
            writer.communicate()
            assert writer.returncode == 0
    report = verify(home)
    assert report.whole and report.actions == {"read": 120} and report.unfinished == 0


def test_nothing_acknowledged_is_lost_when_the_writer_is_killed(home: Home) -> None:
    acknowledged: list[str] = []
    for round_ in range(3):
        with start(home, 100_000) as writer:
            assert writer.stdout is not None
            acknowledged += [writer.stdout.readline().strip() for _ in range(10 + 7 * round_)]
            time.sleep(0.01 * round_)
            writer.send_signal(signal.SIGKILL)
            acknowledged += [line.strip() for line in writer.stdout.read().split("\n")[:-1]]
    log = AuditLog(home)
    log.intent("read", {})
    assert verify(home).whole
    assert set(acknowledged) <= {e["id"] for e in entries(home) if e["kind"] == "intent"}


def test_half_a_line_is_set_aside_and_recorded(home: Home, log: AuditLog) -> None:
    log.outcome(log.intent("read", {}), "ok", {})
    with segments(home.audit)[-1].open("ab") as out:
        out.write(b'{"kind":"intent","half')
    assert verify(home).whole and verify(home).torn == 1
    AuditLog(home).intent("read", {})
    log.intent("read", {})
    assert kinds(home) == ["segment", "intent", "outcome", "torn", "intent", "intent"]
    torn = next(e for e in entries(home) if e["kind"] == "torn")
    assert (home.audit / str(torn["file"])).read_bytes() == b'{"kind":"intent","half'
    assert verify(home).whole


def _gone(home: Home, patch: pytest.MonkeyPatch) -> None:
    home.audit.rename(home.path / "elsewhere")


def _full(home: Home, patch: pytest.MonkeyPatch) -> None:
    def write(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    patch.setattr(os, "pwrite", write)


def _half_full(home: Home, patch: pytest.MonkeyPatch) -> None:
    real, calls = os.pwrite, []

    def write(fd: int, data: bytes, at: int) -> int:
        calls.append(fd)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(fd, data[:20], at)

    patch.setattr(os, "pwrite", write)


def _read_only(home: Home, patch: pytest.MonkeyPatch) -> None:
    real = os.open

    def open_(path: object, flags: int, *rest: object, **named: object) -> int:
        if "audit" in str(path) and flags & (os.O_RDWR | os.O_WRONLY):
            raise OSError(errno.EROFS, "Read-only file system")
        return real(path, flags, *rest, **named)  # type: ignore[arg-type]

    def write(*_: object) -> int:
        raise OSError(errno.EROFS, "Read-only file system")

    patch.setattr(os, "open", open_)
    patch.setattr(os, "pwrite", write)


def _failing_sync(home: Home, patch: pytest.MonkeyPatch) -> None:
    def sync(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    patch.setattr(os, "fdatasync", sync)


FAULTS = [_gone, _full, _half_full, _read_only, _failing_sync]


@pytest.mark.parametrize("fault", FAULTS)
def test_no_intent_when_it_cannot_be_written(home: Home, fault: Callable[[Home, pytest.MonkeyPatch], None]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        fault(home, patch)
        with pytest.raises(AuditUnavailable, match="nothing is answered without it"):
            AuditLog(home).intent("read", {})


@pytest.mark.parametrize("fault", FAULTS)
def test_the_log_goes_on_when_the_fault_is_over(home: Home, log: AuditLog, fault: Callable[..., None]) -> None:
    log.outcome(log.intent("read", {}), "ok", {})
    with pytest.MonkeyPatch.context() as patch:
        fault(home, patch)
        with pytest.raises(AuditUnavailable):
            log.intent("read", {})
    if (home.path / "elsewhere").exists():
        (home.path / "elsewhere").rename(home.audit)
    log.outcome(log.intent("read", {}), "ok", {})
    report = verify(home)
    assert report.whole, report.text()
    assert report.segments == (2 if fault is _failing_sync else 1)


def test_a_failed_outcome_breaks_no_answer(home: Home, log: AuditLog) -> None:
    intent = log.intent("read", {})
    with pytest.MonkeyPatch.context() as patch:
        _full(home, patch)
        log.outcome(intent, "ok", {})
    log.intent("read", {})
    assert verify(home).whole and verify(home).unfinished == 2


def test_a_full_segment_is_followed_by_another(home: Home, log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_file, "SEGMENT_BYTES", 2_000)
    for _ in range(20):
        log.outcome(log.intent("read", {}), "ok", {})
    AuditLog(home).intent("read", {})
    report = verify(home)
    assert report.whole and report.segments > 3 and report.actions == {"read": 21}


def test_a_checkpoint_comes_by_itself(home: Home, log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_file, "CHECKPOINT_ENTRIES", 10)
    for _ in range(12):
        log.outcome(log.intent("read", {}), "ok", {})
    assert verify(home).checkpoints >= 2


def test_words_and_persons_are_not_in_the_log(home: Home, log: AuditLog) -> None:
    eid = b"kaja-lind-16byte"
    log.intent("search", {"term": log.term("Kaja Lind"), "subjects": [log.subject(eid)], "touched": log.touched([eid])})
    text = segments(home.audit)[0].read_bytes()
    assert b"Kaja" not in text and eid not in text and eid.hex().encode() not in text
    assert log.term("Kaja Lind").encode() in text


def test_touched_entities_are_listed_up_to_a_limit(log: AuditLog) -> None:
    few, many = [b"%016d" % n for n in range(50)], [b"%016d" % n for n in range(LISTED + 1)]
    assert log.touched(few)["count"] == 50 and "packed" in log.touched(few)
    assert log.touched(reversed(few)) == log.touched(few + few)
    assert log.touched(many)["count"] == LISTED + 1 and "packed" not in log.touched(many)


def test_one_log_for_a_home(home: Home) -> None:
    assert audit_of(home) is audit_of(Home.open(home.path))


def test_who_looked_is_answered_for_the_few_and_the_many(
    home: Home, log: AuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.audit.LISTED", 100)
    eids = [b"%016d" % n for n in range(LISTED + 5)]
    for count in (90, len(eids)):
        log.outcome(log.intent("analyse-settings", {"user": "anna"}), "ok", {"touched": log.touched(eids[:count])})
    log.outcome(log.intent("read", {"user": "bo", "subjects": [log.subject(eids[5])]}), "ok", {})
    few, many, about = acts(home.audit)
    assert touches(home.audit, few, log.subject(eids[89])) == "shown"
    assert touches(home.audit, few, log.subject(eids[90])) is None
    assert all(touches(home.audit, many, log.subject(eid)) == "shown" for eid in (eids[0], eids[777], eids[-1]))
    assert touches(home.audit, many, log.subject(b"somebody-16bytes")) is None
    assert touches(home.audit, about, log.subject(eids[5])) == "subject"
    log.close()
    assert verify(home).whole
    next((home.audit / "touched").iterdir()).unlink()
    assert touches(home.audit, many, log.subject(eids[0])) == "unknown" and not verify(home).whole


def test_an_intent_that_failed_is_marked_as_not_answered(home: Home, log: AuditLog) -> None:
    log.intent("read", {})
    with pytest.MonkeyPatch.context() as patch:
        _failing_sync(home, patch)
        with pytest.raises(AuditUnavailable):
            log.intent("export", {})
    log.intent("read", {})
    failed = next(e for e in entries(home) if e.get("action") == "export")
    marked = [e["result"] for e in entries(home) if e.get("intent") == failed["id"]]
    assert marked == ["not-answered"] and verify(home).whole


def test_a_clock_set_back_two_years_changes_no_order(home: Home) -> None:
    past = clock() - timedelta(days=730)
    clocks: list[Callable[[], datetime]] = [clock]
    log = AuditLog(home, clock=lambda: clocks[-1]())  # noqa: PLW0108  # the clock changes
    ids = [log.intent("read", {}).id for _ in range(3)]
    clocks.append(lambda: past)
    ids += [log.intent("read", {}).id for _ in range(3)]
    assert [e["id"] for e in entries(home) if e["kind"] == "intent"] == ids
    log.close()
    again = AuditLog(home, clock=lambda: past - timedelta(days=1))
    again.intent("read", {})
    assert [e["n"] for e in entries(home)] == list(range(len(entries(home))))
    assert [e["back_seconds"] for e in entries(home) if e["kind"] == "clock"] == [730 * 86_400, 86_400]
    assert verify(home).whole


def test_of_many_that_wait_each_has_its_turn(home: Home) -> None:
    class Slow:
        patience: float | None = 2.0
        collects = True

        def __init__(self) -> None:
            self.batches: list[int] = []

        def append(self, bodies: list[dict[str, object]], *, sync: bool) -> None:
            self.batches.append(sum(body["kind"] == "intent" for body in bodies))
            time.sleep(0.004)

        def keep(self, digest: str, packed: bytes) -> None: ...

        def checkpoint(self) -> None: ...

        def close(self) -> None: ...

    sink, done = Slow(), [0] * 24
    log = AuditLog(home, clock=clock, sink=sink)  # type: ignore[arg-type]
    until = time.monotonic() + 1

    def ask(place: int) -> None:
        while time.monotonic() < until:
            log.outcome(log.intent("read", {"user": "anna"}), "ok", {})
            done[place] += 1

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(done))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert min(done) > 0 and sum(sink.batches) == sum(done)
    assert max(sink.batches) > 4, "what waits shares a sync"


def test_who_waited_too_long_is_refused_and_the_next_go_on(home: Home) -> None:
    gate = threading.Event()

    class Stuck:
        patience: float | None = 0.1
        collects = True
        bodies: list[dict[str, object]] = []  # noqa: RUF012

        def append(self, bodies: list[dict[str, object]], *, sync: bool) -> None:
            gate.wait(5)
            self.bodies += bodies

        def keep(self, digest: str, packed: bytes) -> None: ...

        def checkpoint(self) -> None: ...

        def close(self) -> None: ...

    log = AuditLog(home, clock=clock, sink=Stuck())  # type: ignore[arg-type]
    told: list[str] = []

    def ask() -> None:
        try:
            log.intent("read", {"user": "anna"})
            told.append("ok")
        except AuditUnavailable:
            told.append("late")

    leader = threading.Thread(target=ask)
    leader.start()
    time.sleep(0.05)
    others = [threading.Thread(target=ask) for _ in range(3)]
    for other in others:
        other.start()
    for other in others:
        other.join()
    assert told == ["late"] * 3
    gate.set()
    leader.join()
    log.intent("read", {"user": "bo"})
    assert told[-1] == "ok"
    intents = {body["id"] for body in Stuck.bodies if body["kind"] == "intent"}
    void = {body["intent"] for body in Stuck.bodies if body.get("result") == "not-answered"}
    assert len(intents) == 5 and len(void) == 3 and void < intents
