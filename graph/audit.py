"""That it was seen: an intent, durable before any answer leaves, and its outcome.

Users stand in clear, persons and words searched for as keyed hashes. What a kill leaves half written is set aside and
recorded by the next append. `graph.audit_verify` reads the log on its own.
"""

from __future__ import annotations

import atexit
import base64
import hashlib
import hmac
import secrets
import threading
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from graph.audit_file import AuditFile
from graph.errors import AuditUnavailable
from graph.home import Home, now

LISTED: Final = 10_000
"""Touched entities listed one by one; of more, number and digest, and the view digest says which they were."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A durable intent; its outcome names it."""

    id: str


class AuditLog:
    """The audit of one home; any number of threads and processes append.

    Threads that wait at the same time share one sync. Use `audit_of(home)` to get the one of this process.

    Parameters
    ----------
    home : Home
    clock : callable
        Gives the time.
    """

    def __init__(self, home: Home, *, clock: Callable[[], datetime] = now) -> None:
        self._home = home
        self._file = AuditFile(home.audit, home.audit_key, clock)
        self._secret = home.secret("audit-term")
        self._queue: list[tuple[Mapping[str, Any], _Ticket | None]] = []
        self._queue_lock = threading.Lock()
        self._commit_lock = threading.Lock()

    def intent(self, action: str, about: Mapping[str, Any]) -> Intent:
        """Write what is about to be done; durable when this returns.

        Parameters
        ----------
        action : str
        about : mapping
            Plain values: who, for what, with which view; use `term` and `touched` for words and persons.

        Raises
        ------
        AuditUnavailable
            It could not be made durable. No answer may leave.
        """
        intent = Intent(secrets.token_hex(8))
        ticket = _Ticket()
        self._put({**about, "kind": "intent", "id": intent.id, "action": action}, ticket)
        with self._commit_lock:
            if not ticket.done:  # else another thread's sync carried it
                self._drain()
        if ticket.error is not None:
            raise ticket.error
        return intent

    def outcome(self, intent: Intent, result: str, about: Mapping[str, Any]) -> None:
        """Append how it ended. Not synced by itself: the next intent carries it to the disk."""
        self._put({**about, "kind": "outcome", "intent": intent.id, "result": result}, None)
        while self._queue and self._commit_lock.acquire(blocking=False):
            try:
                self._drain()
            except AuditUnavailable:
                return  # the intent stands without an outcome, which the verifier counts
            finally:
                self._commit_lock.release()

    def term(self, text: str) -> str:
        """Return a keyed hash for words that were searched for."""
        return hmac.digest(self._secret, text.encode(), "sha256")[:12].hex()

    def touched(self, eids: Iterable[bytes]) -> dict[str, Any]:
        """Return what to write about the entities an answer shows: number, digest, and up to a limit a packed list."""
        keyed = sorted({hashlib.blake2b(eid, key=self._secret, digest_size=8).digest() for eid in eids})
        packed = b"".join(keyed)
        about: dict[str, Any] = {"count": len(keyed), "digest": hashlib.sha256(packed).hexdigest()[:32]}
        if 0 < len(keyed) <= LISTED:
            about["set"] = base64.b64encode(zlib.compress(packed, 1)).decode("ascii")
        return about

    def subject(self, eid: bytes) -> str:
        """Return the keyed hash under which one entity stands in the log."""
        return hashlib.blake2b(eid, key=self._secret, digest_size=8).hexdigest()

    def checkpoint(self) -> None:
        """Write what waits and sign the log as it stands."""
        with self._commit_lock:
            self._drain()
            self._file.checkpoint()

    def close(self) -> None:
        """Sign and let go of the files; the log may be used again afterwards."""
        with suppress(AuditUnavailable):  # nothing waits for an answer; the log itself says how far it was signed
            self.checkpoint()
        with self._commit_lock:
            self._file.close()

    def _put(self, body: Mapping[str, Any], ticket: _Ticket | None) -> None:
        with self._queue_lock:
            self._queue.append((body, ticket))

    def _drain(self) -> None:
        """Append what waits, with one sync when an intent is among it. Holds the commit lock."""
        with self._queue_lock:
            batch, self._queue = self._queue, []
        tickets = [ticket for _, ticket in batch if ticket is not None]
        if not batch:
            return
        try:
            self._file.append([body for body, _ in batch], sync=bool(tickets))
        except AuditUnavailable as error:
            for ticket in tickets:
                ticket.error = error
            if not tickets:
                raise
        finally:
            for ticket in tickets:
                ticket.done = True


class _Ticket:
    __slots__ = ("done", "error")

    def __init__(self) -> None:
        self.done = False
        self.error: AuditUnavailable | None = None


def audit_of(home: Home) -> AuditLog:
    """Return this process's log of a home."""
    return _log(home.path, home.id)


@lru_cache(maxsize=64)
def _log(path: Path, home_id: str) -> AuditLog:
    log = AuditLog(Home.open(path))
    atexit.register(log.close)
    return log
