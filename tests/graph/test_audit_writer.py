"""The process that writes the audit: one for a home, there when it is needed, and no answer without it."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

import psutil
import pytest

from graph import audit_client
from graph.audit import AuditLog
from graph.audit_client import AuditClient, start
from graph.audit_format import segments
from graph.audit_verify import verify
from graph.audit_wire import SOCKET
from graph.audit_writer import WRITER_LOCK, run
from graph.errors import AuditUnavailable
from graph.home import Home
from tests.factory import clock

SEED = 20261124
PATIENT = 10.0


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home.init(tmp_path / "home", clock=clock)
    yield made
    while CLIENTS:
        CLIENTS.pop().close()
    end_writer(made)


CLIENTS: list[AuditClient] = []


def client_of(home: Home, patience: float) -> AuditClient:
    CLIENTS.append(AuditClient(home.path, patience))
    return CLIENTS[-1]


def log_of(home: Home, patience: float = PATIENT) -> AuditLog:
    return AuditLog(home, sink=client_of(home, patience))


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


def test_the_first_that_needs_it_starts_it(home: Home) -> None:
    log = log_of(home)
    intent = log.intent("read", {"user": "anna"})
    assert intents(home) == {intent.id}
    log.outcome(intent, "ok", {"count": 1})
    log.close()
    writer = writer_of(home)
    assert writer.pid != os.getpid() and str(home.path) in writer.cmdline()
    report = verify(home)
    assert report.whole and report.unfinished == 0 and report.unsigned <= 1
    assert stat.S_IMODE((home.audit / SOCKET).stat().st_mode) == 0o600


def test_of_many_that_are_started_one_stays(home: Home) -> None:
    pids = [start(home.path) for _ in range(6)]
    log = log_of(home)
    log.intent("read", {})
    winner = writer_of(home).pid
    left = [os.waitpid(pid, 0)[0] for pid in pids if pid != winner]
    assert winner in pids and len(left) == 5
    log.intent("read", {})
    assert verify(home).whole and verify(home).actions == {"read": 2}


def test_threads_and_processes_share_one_whole_chain(home: Home) -> None:
    log = log_of(home)
    code = (
        "import sys; from pathlib import Path; from graph.audit import AuditLog; from graph.home import Home\n"
        "from graph.audit_client import AuditClient\n"
        "home = Home.open(Path(sys.argv[1])); log = AuditLog(home, sink=AuditClient(home.path, 10.0))\n"
        "for _ in range(30): log.outcome(log.intent('read', {}), 'ok', {})\nlog.close()"
    )
    others = [subprocess.Popen([sys.executable, "-c", code, str(home.path)]) for _ in range(2)]

    def work() -> None:
        for _ in range(15):
            log.outcome(log.intent("read", {}), "ok", {})

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [other.wait() for other in others] == [0, 0]
    log.close()
    report = verify(home)
    assert report.whole and report.actions == {"read": 150} and report.unfinished == 0


def test_after_a_kill_the_next_request_starts_it_again(home: Home) -> None:
    log = log_of(home)
    acknowledged = {log.intent("read", {}).id}
    for _ in range(3):
        first = writer_of(home).pid
        kill_writer(home)
        acknowledged.add(log.intent("read", {}).id)
        assert writer_of(home).pid != first
    assert verify(home).whole and acknowledged <= intents(home)


def test_an_intent_that_came_too_late_is_marked(home: Home) -> None:
    slow, log = log_of(home), log_of(home, patience=0.25)
    slow.intent("read", {})
    log.intent("read", {})
    writer = writer_of(home)
    writer.suspend()
    with pytest.raises(AuditUnavailable, match="nothing is answered without it"):
        log.intent("export", {})
    writer.resume()
    wait_for(lambda: any(e.get("action") == "export" for e in entries(home)))
    late = next(e for e in entries(home) if e.get("action") == "export")

    def marked() -> bool:
        with suppress(AuditUnavailable):
            log.intent("read", {})
        return any(e.get("intent") == late["id"] and e["result"] == "not-answered" for e in entries(home))

    wait_for(marked)
    assert verify(home).whole


def test_a_thread_does_not_wait_for_ever_for_its_turn(home: Home) -> None:
    log = log_of(home, patience=0.25)
    wait_for(lambda: _answered(log))
    writer = writer_of(home)
    writer.suspend()
    failed: list[AuditUnavailable] = []

    def ask() -> None:
        try:
            log.intent("read", {})
        except AuditUnavailable as error:
            failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.resume()
    assert len(failed) == 8


def _answered(log: AuditLog) -> bool:
    try:
        log.intent("read", {})
    except AuditUnavailable:
        return False
    return True


def test_nobody_hands_in_what_is_the_writers_own(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    log_of(home).intent("read", {})
    monkeypatch.setattr(audit_client, "START_PATIENCE", 0.5)
    client = client_of(home, 0.5)
    with pytest.raises(AuditUnavailable):
        client.append([{"kind": "checkpoint", "size": 1, "root": ""}], sync=True)
    monkeypatch.undo()
    log_of(home).intent("read", {"at": "2020-01-01"})
    assert verify(home).whole
    assert all(str(e["at"]) > "2026" for e in entries(home))


def test_what_listens_must_be_of_the_folders_owner(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    log_of(home).intent("read", {})
    monkeypatch.setattr(audit_client, "peer_uid", lambda _: 4321)
    with pytest.raises(AuditUnavailable, match="another user's"):
        log_of(home).intent("read", {})


def test_a_stranger_is_not_admitted(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.audit_writer.peer_uid", lambda _: 4321)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    served = threading.Thread(target=run, args=(home.path,), kwargs={"idle": 3.0})
    served.start()
    wait_for((home.audit / SOCKET).exists)
    monkeypatch.setattr(audit_client, "START_PATIENCE", 0.5)
    client = log_of(home, 0.5)
    with pytest.raises(AuditUnavailable):
        client.intent("read", {})
    served.join()
    assert entries(home) == []


AUDITOR = 54_321
AUDITOR_WRITES = """
import encodings.ascii, os, sys
from pathlib import Path
from graph.audit_writer import run
os.setgroups([])
os.setuid(int(sys.argv[3]))  # after what is imported from folders that are for root alone
run(Path(sys.argv[1]), key=Path(sys.argv[2]), shared=True)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can start a process as another user")
def test_a_user_of_its_own_keeps_log_and_key(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    keys, held = home.path / "keys", home.path.parent / "auditor"
    held.mkdir()
    (held / "audit.ed25519").write_text((keys / "audit.ed25519").read_text())
    (keys / "audit.pub").write_text(home.audit_key.public_key().public_bytes_raw().hex())
    (keys / "audit.pub").chmod(0o600)
    (keys / "audit.ed25519").unlink()
    for place in (held, held / "audit.ed25519", home.audit):
        os.chown(place, AUDITOR, 0)
        place.chmod(0o750 if place.is_dir() else 0o600)
    for place in (home.path, *home.path.parents):  # the temporary folders are for this user alone
        if place.stat().st_uid == os.getuid() and not place.stat().st_mode & stat.S_IXOTH:
            place.chmod(0o755)
    command = [sys.executable, "-c", AUDITOR_WRITES, str(home.path), str(held / "audit.ed25519"), str(AUDITOR)]
    with ended(subprocess.Popen(command)):
        wait_for((home.audit / SOCKET).exists)
        again = Home.open(home.path)
        log = log_of(again)
        log.outcome(log.intent("read", {}), "ok", {})
        log.checkpoint()
        assert writer_of(again).uids().real == AUDITOR
        assert stat.S_IMODE((home.audit / SOCKET).stat().st_mode) == 0o660
        assert segments(again.audit)[0].stat().st_uid == AUDITOR and verify(again).whole
        for client in CLIENTS:
            client.close()
    monkeypatch.setattr(audit_client, "START_PATIENCE", 0.3)
    with pytest.raises(AuditUnavailable):  # it is not for this user to start another
        log_of(again).intent("read", {})


def test_it_leaves_when_nobody_needs_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)
    assert run(home.path, idle=0.05)
    assert not (home.audit / SOCKET).exists()


def test_the_log_is_signed_every_second_while_it_grows(home: Home) -> None:
    log = log_of(home)
    log.outcome(log.intent("read", {}), "ok", {})
    wait_for(lambda: verify(home).checkpoints >= 1 and verify(home).unsigned <= 1)
    before = verify(home).checkpoints
    time.sleep(1.5)
    assert verify(home).checkpoints == before


@contextmanager
def small_disk(place: Path) -> Iterator[None]:
    """A file system of a megabyte."""
    place.mkdir(exist_ok=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)], check=False, capture_output=True
    )
    if made.returncode != 0:
        pytest.skip("no file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_is_written_down_and_nothing_is_answered(home: Home) -> None:
    held = list(home.audit.iterdir())
    assert held == []
    with small_disk(home.audit):
        log, answered = log_of(home), 0
        with suppress(AuditUnavailable):
            for _ in range(100_000):
                log.intent("read", {"reason": "x" * 5_000})
                answered += 1
        for _ in range(3):
            with pytest.raises(AuditUnavailable, match="free some space"):
                log.intent("read", {"reason": "y" * 5_000})
        assert entries(home)[-1]["kind"] == "full" and len(intents(home)) == answered
        assert verify(home).whole
        subprocess.run(["mount", "-o", "remount,size=4m", str(home.audit)], check=True)
        log.intent("read", {})
        kinds = [e["kind"] for e in entries(home)]
        assert kinds.index("room-again") > kinds.index("full") and verify(home).whole
        end_writer(home)


def test_a_limit_on_files_gives_no_answer(home: Home) -> None:
    log = log_of(home)
    log.intent("read", {})
    full = segments(home.audit)[-1].stat().st_size + 50
    writer = writer_of(home)
    resource.prlimit(writer.pid, resource.RLIMIT_FSIZE, (full, resource.RLIM_INFINITY))
    for _ in range(3):
        with pytest.raises(AuditUnavailable):
            log.intent("read", {})
    resource.prlimit(writer.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    log.intent("read", {})
    assert verify(home).whole and len(segments(home.audit)) == 1


def test_after_a_failed_sync_the_segment_takes_no_more(home: Home) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    log = log_of(home)
    log.intent("read", {})
    failing = subprocess.Popen(
        ["strace", "-f", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO", "-p",
         str(writer_of(home).pid)],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert failing.stderr is not None
    assert "attached" in failing.stderr.readline()
    size = segments(home.audit)[0].stat().st_size
    for _ in range(2):
        with pytest.raises(AuditUnavailable):
            log.intent("read", {})
    failing.send_signal(signal.SIGINT)
    failing.wait()
    failing.stderr.close()
    grown = segments(home.audit)[0].stat().st_size
    log.intent("read", {})
    assert segments(home.audit)[0].stat().st_size == grown > size
    assert len(segments(home.audit)) > 1 and verify(home).whole


ASKER = """
import sys
from pathlib import Path
from graph.audit import AuditLog
from graph.audit_client import AuditClient
from graph.errors import AuditUnavailable
from graph.home import Home
home = Home.open(Path(sys.argv[1]))
log = AuditLog(home, sink=AuditClient(home.path, 10.0))
while True:
    try:
        intent = log.intent("read", {})
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
    turns, answered, unaudited = kills(home, count, SEED, until)
    with capsys.disabled():
        print(f"\n{turns} of {count} kills, seed {SEED}: {answered} answers, {unaudited} without an intent")
    assert unaudited == 0
