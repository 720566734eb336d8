"""That it was seen: an intent, durable before any answer leaves, and its outcome.

Users stand in clear, persons and words searched for as keyed hashes. What a kill leaves half written is set aside and
recorded by the next append. `graph.audit_verify` reads the log on its own.
"""

from __future__ import annotations

import atexit
import base64
import hashlib
import hmac
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final, Protocol

from graph.audit_client import AuditClient
from graph.audit_file import AuditFile
from graph.audit_note import origin_of
from graph.errors import AuditUnavailable
from graph.home import Home, now

LISTED: Final = 10_000
"""Touched entities that stand in the entry itself; of more, the list lies beside the log under its digest."""
MOST_LATE: Final = 10_000
"""Intents kept in mind to be marked as not answered."""
SOON: Final = 0.02
"""Seconds that an outcome waits for an intent to travel with."""
INSIDE: Final = "inside"
"""What `KRYDSFELT_AUDIT` says where this process writes the log itself and none is started: tests of other things."""


class Sink(Protocol):
    """Where entries go: the log's files, or the process that writes them."""

    def append(self, bodies: Sequence[Mapping[str, Any]], *, sync: bool) -> None: ...

    def keep(self, digest: str, packed: bytes) -> None: ...

    def checkpoint(self) -> None: ...

    def close(self) -> None: ...

    @property
    def patience(self) -> float | None: ...

    @property
    def collects(self) -> bool: ...


def _nothing_to_wait_for() -> None:
    """What settles an intent that is durable already."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be done; its outcome names it.

    Parameters
    ----------
    id : str
    settle : callable
        Returns once the intent is durable, and raises `AuditUnavailable` where it did not become so in time. To be
        called once, before any answer leaves.
    """

    id: str
    settle: Callable[[], None] = _nothing_to_wait_for


class AuditLog:
    """The audit of one home; any number of threads and processes append.

    Threads that wait at the same time share one sync. Use `audit_of(home)` to get the one of this process.

    Parameters
    ----------
    home : Home
    clock : callable
        Gives the time.
    sink : Sink, optional
        Where entries go; the log's own files unless given.
    aside : AuditClient, optional
        A second way to the same log, for an intent that is made durable while its answer is being made.
    """

    def __init__(
        self,
        home: Home,
        *,
        clock: Callable[[], datetime] = now,
        sink: Sink | None = None,
        aside: AuditClient | None = None,
    ) -> None:
        self._home = home
        self._aside = aside
        self._aside_lock = threading.Lock()
        self._file: Sink = sink or AuditFile(home.audit, home.audit_key, clock, origin_of(home.id))
        self._late: deque[str] = deque(maxlen=MOST_LATE)
        self._secret = home.secret("audit-term")
        self._queue: list[tuple[Mapping[str, Any], _Ticket | None]] = []
        self._queue_lock = threading.Lock()
        self._commit_lock = threading.Lock()
        self._led = False
        """Whether a thread is at it, or was called to be, that writes what waits."""
        self._waiting = threading.Event()
        self._flusher = threading.Thread()

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
        ticket = _Ticket(intent.id)
        leads = self._put({**about, "kind": "intent", "id": intent.id, "action": action}, ticket)
        patience = self._file.patience
        if leads or self._called(ticket, patience):
            self._lead(ticket, patience)
        if ticket.error is not None:
            raise ticket.error
        return intent

    def ahead(self, action: str, about: Mapping[str, Any]) -> Intent:
        """Hand over what is about to be read, and go on while it is made durable: for acts that change nothing.

        Whoever calls this lets no answer leave before `Intent.settle` has returned. Where others are writing already
        it is durable when this returns, as with `intent`: sharing their sync is then the faster way.

        Parameters
        ----------
        action, about
            As for `intent`.

        Raises
        ------
        AuditUnavailable
            As `intent`.
        """
        aside = self._aside
        if aside is None or self._led or not self._aside_lock.acquire(blocking=False):
            return self.intent(action, about)
        try:
            id_, late = secrets.token_hex(8), self._taken_late()
            intent = {**about, "kind": "intent", "id": id_, "action": action}
            aside.hand_over([*map(_not_answered, late), *self._unwritten(), intent])
        except BaseException:
            self._aside_lock.release()
            raise
        return Intent(id_, partial(self._settle, aside, [*late, id_]))

    def _settle(self, aside: AuditClient, late: list[str]) -> None:
        """Wait until the last of some intents is durable; else all of them are still to be marked as not answered."""
        try:
            aside.confirm()
        except AuditUnavailable:
            self._late.extend(late)
            raise
        finally:
            self._aside_lock.release()

    def _unwritten(self) -> list[Mapping[str, Any]]:
        """Take the outcomes that wait, to travel with an intent; none where an intent is among what waits."""
        with self._queue_lock:
            if any(ticket is not None for _, ticket in self._queue):
                return []
            waiting, self._queue = self._queue, []
        return [body for body, _ in waiting]

    def _taken_late(self) -> list[str]:
        """Take the intents that are still to be marked as not answered."""
        late: list[str] = []
        with suppress(IndexError):  # another thread may take some of them
            while self._late:
                late.append(self._late.popleft())
        return late

    def _called(self, ticket: _Ticket, patience: float | None) -> bool:
        """Wait until the entry was written, or until it is this thread's turn to write what waits; say whether it is.

        Raises
        ------
        AuditUnavailable
            Neither came in time.
        """
        if not ticket.gate.acquire(timeout=-1 if patience is None else patience):
            with self._queue_lock:
                if not ticket.woken:
                    ticket.woken = True  # nobody hands the turn to a thread that has left
                    self._late.append(ticket.intent)
                    raise _too_late()
        return ticket.leads

    def _lead(self, ticket: _Ticket, patience: float | None) -> None:
        """Write all that waits, then hand the turn to the first that came meanwhile: they share syncs, none starves."""
        try:
            if not self._commit_lock.acquire(timeout=-1 if patience is None else patience):
                if not ticket.done:
                    self._late.append(ticket.intent)
                    raise _too_late()
                return
            try:
                if not ticket.done:  # else whoever flushes outcomes carried it
                    self._drain()
            finally:
                self._commit_lock.release()
        finally:
            self._hand_on()

    def _hand_on(self) -> None:
        with self._queue_lock:
            waiting = (waits for _, waits in self._queue if waits is not None and not waits.woken)
            following = next(waiting, None)
            self._led = following is not None
            if following is not None:
                following.leads = True
                following.wake()

    def outcome(self, intent: Intent, result: str, about: Mapping[str, Any]) -> None:
        """Append how it ended. Not synced by itself: the next intent carries it to the disk."""
        self._put({**about, "kind": "outcome", "intent": intent.id, "result": result}, None)
        if self._file.collects:
            self._wake_flusher()
        else:
            self._flush()

    def _flush(self) -> None:
        """Hand over the outcomes that wait, unless somebody is at it."""
        while self._queue and self._commit_lock.acquire(blocking=False):
            try:
                self._drain()
            except AuditUnavailable:
                return  # the intent stands without an outcome, which the verifier counts
            finally:
                self._commit_lock.release()

    def _wake_flusher(self) -> None:
        """See to it that outcomes leave soon even where no intent follows that would take them along."""
        if not self._flusher.is_alive():
            with self._queue_lock:
                if not self._flusher.is_alive():  # never started, or left behind by a fork
                    self._waiting = threading.Event()
                    self._flusher = threading.Thread(target=self._keep_flushing, name="audit", daemon=True)
                    self._flusher.start()
        if not self._waiting.is_set():
            self._waiting.set()

    def _keep_flushing(self) -> None:
        while True:
            self._waiting.wait()
            self._waiting.clear()
            time.sleep(SOON)
            self._flush()

    def term(self, text: str) -> str:
        """Return a keyed hash for words that were searched for."""
        return hmac.digest(self._secret, text.encode(), "sha256")[:12].hex()

    def touched(self, eids: Iterable[bytes]) -> dict[str, Any]:
        """Return what to write about the entities an answer shows: number, digest, and up to a limit a packed list."""
        keyed = sorted({_keyed(eid, self._secret) for eid in eids})
        packed = b"".join(keyed)
        about: dict[str, Any] = {"count": len(keyed), "digest": hashlib.sha256(packed).hexdigest()[:32]}
        if 0 < len(keyed) <= LISTED:
            about["packed"] = base64.b64encode(packed).decode("ascii")
        elif keyed:
            try:
                self._file.keep(about["digest"], packed)
            except AuditUnavailable:
                about["lost"] = True  # the digest still says which they were to whoever can name them
        return about

    def subject(self, eid: bytes) -> str:
        """Return the keyed hash under which one entity stands in the log."""
        return _keyed(eid, self._secret).hex()

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
        if self._aside is not None and self._aside_lock.acquire(blocking=False):
            try:
                self._aside.close()
            finally:
                self._aside_lock.release()

    def _put(self, body: Mapping[str, Any], ticket: _Ticket | None) -> bool:
        """Put an entry with those that wait; say whether it falls to this thread to write them."""
        with self._queue_lock:
            self._queue.append((body, ticket))
            leads = ticket is not None and not self._led
            if ticket is not None and leads:
                self._led = ticket.woken = True
            return leads

    def _drain(self) -> None:
        """Append what waits, with one sync when an intent is among it. Holds the commit lock."""
        with self._queue_lock:
            batch, self._queue = self._queue, []
        tickets = [ticket for _, ticket in batch if ticket is not None]
        if not batch:
            return
        late = self._taken_late() if tickets else []
        try:
            self._file.append([*map(_not_answered, late), *(body for body, _ in batch)], sync=bool(tickets))
        except AuditUnavailable as error:
            self._late.extend([*late, *(ticket.intent for ticket in tickets)])
            for ticket in tickets:
                ticket.error = error
            if not tickets:
                raise
        finally:
            with self._queue_lock:
                for ticket in tickets:
                    ticket.done = True
                    ticket.wake()


class _Ticket:
    """Where an intent's thread waits. All but the gate is changed under the lock of the queue."""

    __slots__ = ("done", "error", "gate", "intent", "leads", "woken")

    def __init__(self, intent: str) -> None:
        self.intent = intent
        self.done = self.leads = self.woken = False
        self.error: AuditUnavailable | None = None
        self.gate = threading.Lock()
        self.gate.acquire()

    def wake(self) -> None:
        """Let its thread go on, once."""
        if not self.woken:
            self.woken = True
            self.gate.release()


def _not_answered(intent: str) -> dict[str, str]:
    return {"kind": "outcome", "intent": intent, "result": "not-answered"}


def _too_late() -> AuditUnavailable:
    return AuditUnavailable("The audit did not take the intent in time, so nothing is answered. Ask again.")


def audit_of(home: Home) -> AuditLog:
    """Return this process's log of a home."""
    return _log(home.path, home.id)


@lru_cache(maxsize=64)
def _log(path: Path, home_id: str) -> AuditLog:
    home = Home.open(path)
    inside = os.environ.get("KRYDSFELT_AUDIT") == INSIDE
    log = AuditLog(home) if inside else AuditLog(home, sink=AuditClient(home.path), aside=AuditClient(home.path))
    atexit.register(log.close)
    return log


@lru_cache(maxsize=65_536)
def _keyed(eid: bytes, secret: bytes) -> bytes:
    return hashlib.blake2b(eid, key=secret, digest_size=8).digest()
