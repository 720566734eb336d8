"""The audit's segment files: one writer at a time over all processes, each line chained to the last."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from graph.audit_format import CHECKPOINTS, GENESIS, Tree, canonical, seal, segment_path, segments, sha256, sidecar_path
from graph.audit_note import sign_note
from graph.disk import write_synced
from graph.errors import AuditUnavailable

SEGMENT_BYTES: Final = 16 << 20
CHECKPOINT_ENTRIES: Final = 1_000
LOCK: Final = "lock"
RESERVE: Final = "reserve"
RESERVE_BYTES: Final = 64 << 10
CLOCK_MAY_LAG: Final = timedelta(minutes=1)
"""So far may the clock be behind the last time written before that is an event."""
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_TAIL_BYTES: Final = 64 << 10


@dataclass(slots=True)
class _Tail:
    """Where the log ends, as this process knows it."""

    segment: int = 0
    offset: int = 0
    entries: int = 0
    last: str = GENESIS
    signed: int = 0
    """Entries under the last checkpoint."""


class AuditFile:
    """Appends to the log of one home. Not for several threads at once: `graph.audit.AuditLog` sees to that.

    Parameters
    ----------
    folder : Path
    key : Ed25519PrivateKey
        Signs the checkpoints.
    clock : callable
        Gives the time.
    origin : str
        Names the log in its checkpoints.
    mode : int
        Of the files that are made: 0640 where others of the folder's group are to read them.
    """

    def __init__(
        self, folder: Path, key: Ed25519PrivateKey, clock: Callable[[], datetime], origin: str, mode: int = 0o600
    ) -> None:
        self._folder = folder
        self._key = key
        self._origin = origin
        self._mode = mode
        self._full = self._reserved = False
        self._latest: datetime | None = None
        """The latest time that was written."""
        self._clock = clock
        self._tail = _Tail()
        self._tree = Tree()
        self._file: int | None = None
        self._lock: int | None = None
        self._pid = os.getpid()
        self._started = False
        self._poisoned = False
        self._lock_place = str(folder / LOCK)
        self._reserve_place = str(folder / RESERVE)
        self._following = (0, str(segment_path(folder, 1)))
        """Number of a segment and where the one after it would lie."""

    def append(self, bodies: Sequence[Mapping[str, Any]], *, sync: bool) -> None:
        """Append entries in order; with `sync` they are durable on return.

        Raises
        ------
        AuditUnavailable
            They could not be written. Nothing of them counts.
        """
        try:
            with self._locked():
                self._catch_up()
                self._roll()
                self._reserve()
                self._watch_clock()
                self._write([self._entry(body) for body in bodies])
                if self._tail.entries - self._tail.signed >= CHECKPOINT_ENTRIES:
                    self._checkpoint()
            if sync:  # outside the lock: another process may append meanwhile, and its sync covers ours as well
                self._sync()
        except OSError as error:
            if error.errno in _NO_ROOM:
                self._say_full()
            raise _unavailable(self._folder, error) from error

    def keep(self, digest: str, packed: bytes) -> None:
        """Keep the list of the many that an answer shows beside the log; an entry names it by its digest.

        Raises
        ------
        AuditUnavailable
        """
        place = sidecar_path(self._folder, digest)
        if place.exists():
            return
        try:
            place.parent.mkdir(mode=self._mode | (self._mode & 0o444) >> 2, exist_ok=True)
            write_synced(place, packed, mode=self._mode)
        except OSError as error:
            raise _unavailable(self._folder, error) from error

    @property
    def patience(self) -> None:
        """How long one waits for a turn: as long as it takes, the disk itself is what is waited for."""
        return

    @property
    def collects(self) -> bool:
        """Whether outcomes wait for the next intent: no, to hand one over costs little."""
        return False

    @property
    def unsigned(self) -> int:
        """Entries since the last checkpoint, as this process knows it."""
        return self._tail.entries - self._tail.signed

    def checkpoint(self) -> None:
        """Sign the log as it stands, if it has grown since the last checkpoint."""
        try:
            with self._locked():
                self._catch_up()
                if self._tail.entries > self._tail.signed:
                    self._roll()
                    self._checkpoint()
                    self._sync()
        except OSError as error:
            raise _unavailable(self._folder, error) from error

    def close(self) -> None:
        """Let go of the files."""
        for held in (self._file, self._lock):
            if held is not None:
                os.close(held)
        self._file = self._lock = None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if self._pid != os.getpid():  # a forked child shares the parent's lock: take one of its own
            self._file = self._lock = None
            self._pid = os.getpid()
        if self._lock is None or not os.path.exists(self._lock_place):
            self.close()
            self._started = False
            self._lock = os.open(self._lock_place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, self._mode)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _catch_up(self) -> None:
        """Read what others appended since; on the first call, all since the last checkpoint."""
        if not self._started:
            self._resume()
            self._started = True
        self._read_on()
        while os.path.exists(following := self._next()):
            self._open(Path(following))
            self._tail.segment, self._tail.offset = self._tail.segment + 1, 0
            self._read_on()

    def _next(self) -> str:
        """Return where the next segment would lie; asked twice an act, so kept as text."""
        if self._following[0] != self._tail.segment:
            self._following = (self._tail.segment, str(segment_path(self._folder, self._tail.segment + 1)))
        return self._following[1]

    def _resume(self) -> None:
        """Start from the last checkpoint, or from nothing."""
        self._tail, self._tree = _Tail(), Tree()
        line, _ = _last_line(self._folder / CHECKPOINTS)
        if line:
            said = orjson.loads(line)
            self._tail = _Tail(said["segment"], said["offset"], said["size"], said["last"], said["size"])
            self._tree = Tree(said["size"], said["frontier"])
            self._latest = datetime.fromisoformat(said["at"])
        else:
            found = segments(self._folder)
            self._tail.segment = int(found[0].stem) if found else 0
        path = segment_path(self._folder, self._tail.segment)
        if self._tail.segment and path.exists():
            self._open(path)
        elif self._tail.segment:
            raise OSError(errno.ENOENT, f"segment {path.name} is missing; run: krydsfelt audit verify")

    def _open(self, path: Path, *, create: int = 0) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
        self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC | create, self._mode)

    def _read_on(self) -> None:
        if self._file is None:
            return
        size = os.fstat(self._file).st_size
        if size < self._tail.offset:
            raise OSError(errno.EIO, "the segment became shorter; run: krydsfelt audit verify")
        if size == self._tail.offset:
            return
        data = os.pread(self._file, size - self._tail.offset, self._tail.offset)
        whole, newline, torn = data.rpartition(b"\n")
        for line in whole.split(b"\n") if newline else ():
            self._take(line)
        if torn:
            self._set_aside(torn)

    def _take(self, line: bytes) -> None:
        self._tail.offset += len(line) + 1
        self._tail.entries += 1
        self._tail.last = sha256(line)
        self._tree.add(line)

    def _set_aside(self, torn: bytes) -> None:
        """Move half a line that a killed writer left out of the way, and say so in the log."""
        assert self._file is not None
        name = f"torn-{self._tail.segment:06}-{self._tail.offset}-{sha256(torn)[:8]}.part"
        (self._folder / name).write_bytes(torn)
        os.ftruncate(self._file, self._tail.offset)
        about = {"kind": "torn", "file": name, "bytes": len(torn), "sha256": sha256(torn)}
        self._write([self._entry(about)])

    def _roll(self) -> None:
        """Begin a segment where there is none, where the last is full, and where a sync has failed."""
        if self._file is not None and self._tail.offset < SEGMENT_BYTES and not self._poisoned:
            return
        self._tail.segment += 1
        self._tail.offset = 0
        self._open(segment_path(self._folder, self._tail.segment), create=os.O_CREAT | os.O_EXCL)
        self._poisoned = False
        _sync_folder(self._folder)
        self._write([self._entry({"kind": "segment", "segment": self._tail.segment})])

    def _reserve(self) -> None:
        """Keep some room back, so that a full disk can be written down; while it cannot be had, nothing is appended."""
        if self._full or not self._reserved:
            handle = os.open(self._reserve_place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, self._mode)
            try:
                os.posix_fallocate(handle, 0, RESERVE_BYTES)
            finally:
                os.close(handle)
            self._reserved = True
            if self._full:
                self._full = False
                self._write([self._entry({"kind": "room-again"})])

    def _say_full(self) -> None:
        """Give back the room that was kept and say in it that there is none."""
        if self._full:
            return
        self._full = True
        with suppress(OSError), self._locked():
            os.truncate(self._reserve_place, 0)
            self._catch_up()
            self._write([self._entry({"kind": "full"})])
            self._sync()

    def _entry(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {**body, "at": self._clock().isoformat(timespec="microseconds")}

    def _watch_clock(self) -> None:
        """Write down that the clock was set back: order is by number, and who reads times is to know."""
        at = self._clock()
        if self._latest is not None and self._latest - at > CLOCK_MAY_LAG:
            self._write([self._entry({"kind": "clock", "back_seconds": round((self._latest - at).total_seconds())})])
            self._latest = at
        else:
            self._latest = at if self._latest is None else max(at, self._latest)

    def _write(self, bodies: Sequence[Mapping[str, Any]]) -> None:
        assert self._file is not None
        start, last, lines = self._tail.offset, self._tail.last, []
        for place, body in enumerate(bodies):
            line = seal({**body, "n": self._tail.entries + place, "prev": last})
            last = sha256(line)
            lines.append(line)
        data = b"".join(line + b"\n" for line in lines)
        try:
            written = 0
            while written < len(data):
                written += os.pwrite(self._file, data[written:], start + written)
        except OSError:
            os.ftruncate(self._file, start)
            raise
        for line in lines:
            self._take(line)

    def _sync(self) -> None:
        assert self._file is not None
        try:
            os.fdatasync(self._file)
        except OSError:
            self._poisoned = True  # what the kernel dropped it will not write again: this segment takes no more
            raise

    def _checkpoint(self) -> None:
        """Sign the log so far, and enter the checkpoint into the log, so that neither can lose its end unseen."""
        self._sync()  # a signature never covers what is not on the disk
        before, end = _last_line(self._folder / CHECKPOINTS)
        size, root = self._tail.entries, self._tree.root()
        body = {
            "at": self._clock().isoformat(timespec="microseconds"),
            "size": size,
            "root": root,
            "last": self._tail.last,
            "segment": self._tail.segment,
            "offset": self._tail.offset,
            "frontier": self._tree.frontier(),
            "prev": sha256(before) if before else GENESIS,
            "note": sign_note(self._key, self._origin, size, root),
        }
        line = canonical({**body, "sig": self._key.sign(canonical(body)).hex()})
        handle = os.open(self._folder / CHECKPOINTS, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, self._mode)
        try:
            os.ftruncate(handle, end)
            os.pwrite(handle, line + b"\n", end)
            os.fdatasync(handle)
        finally:
            os.close(handle)
        self._tail.signed = self._tail.entries
        self._write([self._entry({"kind": "checkpoint", "size": body["size"], "root": body["root"]})])
        self._tail.signed = self._tail.entries


def _last_line(path: Path) -> tuple[bytes, int]:
    """Return the last whole line of a file and where it ends; of a file that is not there, nothing."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return b"", 0
    try:
        size = os.fstat(handle).st_size
        start = max(0, size - _TAIL_BYTES)
        whole, newline, _ = os.pread(handle, size - start, start).rpartition(b"\n")
    finally:
        os.close(handle)
    return (whole.rpartition(b"\n")[2], start + len(whole) + 1) if newline else (b"", 0)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unavailable(folder: Path, error: OSError) -> AuditUnavailable:
    return AuditUnavailable(
        f"The audit in {folder.name}/ cannot be written ({error.strerror or error}), and nothing is answered without "
        "it. Give the folder back, or free some space, and ask again."
    )
