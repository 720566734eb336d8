"""The audit's writer without room or after a failed sync: nothing is answered, and the log stays whole."""

from __future__ import annotations

import resource
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from graph.audit_format import segments
from graph.audit_verify import verify
from graph.errors import AuditUnavailable
from graph.home import Home
from tests.graph.audit_process import (
    end_writer,
    entries,
    home_with_writer,
    intents,
    log_of,
    writer_of,
)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with home_with_writer(tmp_path / "home") as made:
        yield made


@contextmanager
def small_disk(place: Path) -> Iterator[None]:
    """A file system of a megabyte."""
    place.mkdir(exist_ok=True)
    if shutil.which("mount") is None or shutil.which("umount") is None:
        pytest.skip("mount and umount are not on PATH")
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
