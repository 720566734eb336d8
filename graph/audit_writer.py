"""The process that writes a home's audit: one for each home, behind a Unix socket, started by whoever needs it first.

It takes what waits on all its connections at once, syncs once and answers; it signs the log every second in which it
has grown, and leaves when nobody has needed it for a while.
"""

from __future__ import annotations

import fcntl
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from graph.audit_file import AuditFile
from graph.audit_note import origin_of
from graph.audit_wire import SOCKET, Frames, at_address, pack, peer_uid
from graph.errors import AuditUnavailable

IDLE: Final = 15.0
"""Seconds without a connection after which the writer leaves."""
SIGN: Final = 1.0
"""Seconds after which a log that has grown is signed."""
HOLD: Final = 0.02
"""Seconds that outcomes may wait for the next intent."""
LEAVING: Final = 2.0
"""Seconds that a new writer waits for one that is leaving."""
WRITER_LOCK: Final = "writer.lock"
"""Held by the writer of a home; says its process id."""
TAKEN: Final = frozenset({"intent", "outcome"})
"""Kinds of entries that others may hand in; all others are the writer's own."""


@dataclass(slots=True)
class _Visitor:
    connection: socket.socket
    frames: Frames = field(default_factory=Frames)


class Writer:
    """Serves one home.

    Parameters
    ----------
    folder : Path
        The audit's folder.
    file : AuditFile
    allowed : set of int
        User ids that may hand in entries.
    mode : int
        Of the socket.
    idle : float
        Seconds without a connection after which `serve` returns.
    """

    def __init__(
        self, folder: Path, file: AuditFile, allowed: frozenset[int], *, mode: int = 0o600, idle: float = IDLE
    ) -> None:
        self._folder = folder
        self._file = file
        self._allowed = allowed
        self._mode = mode
        self._idle = idle
        self._selector = selectors.DefaultSelector()
        self._visitors: dict[int, _Visitor] = {}
        self._waiting: list[Mapping[str, Any]] = []
        self._since = 0.0
        self._signed = time.monotonic()
        self._ends = False

    def serve(self) -> None:
        """Write what comes until nobody has been there for a while."""
        listener = self._listen()
        last = time.monotonic()
        try:
            while not self._ends:
                events = self._selector.select(HOLD if self._waiting else SIGN / 4)
                asked: list[tuple[_Visitor, Mapping[str, Any]]] = []
                for key, _ in events:
                    if key.data is None:
                        self._admit(listener)
                    else:
                        asked += self._read(key.data)
                self._work(asked)
                self._sign()
                if self._visitors or events:
                    last = time.monotonic()
                if not events and (time.monotonic() - last > self._idle or not (self._folder / SOCKET).exists()):
                    break
        finally:
            with suppress(OSError):
                (self._folder / SOCKET).unlink()
            listener.close()
            self._flush()
            with suppress(AuditUnavailable):
                self._file.checkpoint()
            for visitor in self._visitors.values():
                visitor.connection.close()
            self._file.close()

    def end(self) -> None:
        """Leave after what is at hand."""
        self._ends = True

    def _listen(self) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        with suppress(FileNotFoundError):
            (self._folder / SOCKET).unlink()
        mask = os.umask(0o777 & ~self._mode)
        try:
            at_address(self._folder, listener.bind)
        finally:
            os.umask(mask)
        listener.listen(128)
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ)
        return listener

    def _admit(self, listener: socket.socket) -> None:
        with suppress(BlockingIOError):
            connection, _ = listener.accept()
            if peer_uid(connection) not in self._allowed:
                connection.close()
                return
            connection.setblocking(False)
            visitor = _Visitor(connection)
            self._visitors[connection.fileno()] = visitor
            self._selector.register(connection, selectors.EVENT_READ, visitor)

    def _read(self, visitor: _Visitor) -> list[tuple[_Visitor, Mapping[str, Any]]]:
        found: list[tuple[_Visitor, Mapping[str, Any]]] = []
        try:
            data = visitor.connection.recv(1 << 20)
            found = [(visitor, message) for message in visitor.frames.feed(data)]
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self._dismiss(visitor)
        return found

    def _dismiss(self, visitor: _Visitor) -> None:
        if self._visitors.pop(visitor.connection.fileno(), None) is not None:
            self._selector.unregister(visitor.connection)
            visitor.connection.close()

    def _work(self, asked: list[tuple[_Visitor, Mapping[str, Any]]]) -> None:
        """Append all that was handed in, with one sync, and answer; then what is asked besides."""
        synced, others = [], []
        for visitor, message in asked:
            if message.get("do") != "append":
                others.append((visitor, message))
                continue
            bodies = message.get("bodies")
            if not isinstance(bodies, list) or any(b.get("kind") not in TAKEN for b in bodies):
                self._dismiss(visitor)
                continue
            self._since = self._since if self._waiting else time.monotonic()
            self._waiting += bodies
            if message.get("sync"):
                synced.append((visitor, message))
        if synced:
            said = self._append(sync=True)
            for visitor, message in synced:
                self._answer(visitor, message, said)
        elif self._waiting and time.monotonic() - self._since > HOLD:
            self._flush()
        for visitor, message in others:
            self._answer(visitor, message, self._other(message))

    def _append(self, *, sync: bool) -> str:
        """Append what waits; return what is wrong, or nothing."""
        bodies, self._waiting = self._waiting, []
        try:
            self._file.append(bodies, sync=sync)
        except AuditUnavailable as error:
            return error.message
        return ""

    def _flush(self) -> None:
        if self._waiting:
            self._append(sync=False)

    def _other(self, message: Mapping[str, Any]) -> str:
        try:
            if message.get("do") == "checkpoint":
                self._flush()
                self._file.checkpoint()
            elif message.get("do") == "keep":
                self._file.keep(str(message["digest"]), bytes.fromhex(str(message["packed"])))
            else:
                return "There is no such thing to do."
        except AuditUnavailable as error:
            return error.message
        except (KeyError, ValueError):
            return "The list cannot be read."
        return ""

    def _answer(self, visitor: _Visitor, message: Mapping[str, Any], error: str) -> None:
        try:
            visitor.connection.send(pack({"number": message.get("number"), "error": error}))
        except OSError:
            self._dismiss(visitor)

    def _sign(self) -> None:
        at = time.monotonic()
        if at - self._signed >= SIGN:
            self._signed = at
            if self._file.unsigned > 0:
                with suppress(AuditUnavailable):  # the next second tries again
                    self._file.checkpoint()


def run(home: Path, *, key: Path | None = None, shared: bool = False, idle: float = IDLE) -> bool:
    """Serve a home until nobody needs the writer any more.

    Parameters
    ----------
    home : Path
    key : Path, optional
        File of the key that signs, where a user of its own keeps it; the home's unless given.
    shared : bool
        Let the folder's group hand in entries and read the log, as where the writer is a user of its own.
    idle : float
        Seconds without a connection after which it leaves.

    Returns
    -------
    bool
        False where another writer serves it.
    """
    folder = home / "audit"
    lock = os.open(folder / WRITER_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not _taken(lock):
        os.close(lock)
        return False
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    about = orjson.loads((home / "home.json").read_bytes())
    secret = (key or home / "keys" / "audit.ed25519").read_text(encoding="ascii").strip()
    signing = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
    file = AuditFile(folder, signing, _now, origin_of(str(about["id"])), 0o640 if shared else 0o600)
    allowed = frozenset({os.getuid(), home.stat().st_uid})
    writer = Writer(folder, file, allowed, mode=0o660 if shared else 0o600, idle=idle)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: writer.end())
    writer.serve()
    os.close(lock)
    return True


def _taken(lock: int) -> bool:
    """Take the lock; one that is just leaving is waited for."""
    until = time.monotonic() + LEAVING
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> None:
    """Serve the home that the command names."""
    home = Path(sys.argv[1]).absolute()
    os.chdir("/")
    run(home)


if __name__ == "__main__":
    main()
