"""The process that writes the audit: one for a home, there when it is needed, and no answer without it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from graph import audit_client
from graph.audit import AuditLog
from graph.audit_client import start
from graph.audit_format import segments
from graph.audit_verify import verify
from graph.audit_wire import SOCKET
from graph.audit_writer import run
from graph.errors import AuditUnavailable
from graph.home import Home
from tests.graph.audit_process import (
    CLIENTS,
    client_of,
    ended,
    entries,
    home_with_writer,
    intents,
    kill_writer,
    log_of,
    wait_for,
    writer_of,
)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with home_with_writer(tmp_path / "home") as made:
        yield made


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


def test_an_intent_ahead_is_on_disk_once_it_is_settled_and_takes_outcomes_along(home: Home) -> None:
    log = log_of(home)
    first = log.intent("read", {})
    log.outcome(first, "ok", {})
    second = log.ahead("read", {"user": "anna"})
    second.settle()
    said = entries(home)
    assert [e["kind"] for e in said if e["kind"] in ("intent", "outcome")] == ["intent", "outcome", "intent"]
    assert said[-1]["id"] == second.id and said[-1]["user"] == "anna"


def test_one_intent_at_a_time_is_ahead_and_others_do_not_wait_for_it(home: Home) -> None:
    log = log_of(home)
    slow = log.ahead("read", {})
    others = [log.ahead("read", {}) for _ in range(3)]
    assert {each.id for each in others} <= intents(home)  # durable although the first has not been settled
    for each in (*others, slow):
        each.settle()
    again = log.ahead("read", {})
    again.settle()
    assert {slow.id, again.id} <= intents(home) and verify(home).whole


def test_an_intent_ahead_outlives_a_kill_of_the_writer(home: Home) -> None:
    log = log_of(home)
    log.intent("read", {})
    for _ in range(3):
        writer_of(home).suspend()
        intent = log.ahead("read", {})
        kill_writer(home)
        intent.settle()
        assert intent.id in intents(home)
    assert verify(home).whole


def test_nothing_read_ahead_is_answered_where_the_intent_does_not_become_durable(home: Home) -> None:
    log = log_of(home, patience=0.25)
    wait_for(lambda: _answered(log))
    writer = writer_of(home)
    wait_for(lambda: _settled(log))  # its own connection is made too
    writer.suspend()
    intent = log.ahead("read", {})
    with pytest.raises(AuditUnavailable, match="nothing is answered without it"):
        intent.settle()
    writer.resume()
    wait_for(lambda: intent.id in intents(home))

    def marked() -> bool:
        _answered(log)
        return any(e.get("intent") == intent.id and e["result"] == "not-answered" for e in entries(home))

    wait_for(marked)
    wait_for(lambda: _settled(log))
    assert verify(home).whole


def _settled(log: AuditLog) -> bool:
    try:
        log.ahead("read", {}).settle()
    except AuditUnavailable:
        return False
    return True


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
