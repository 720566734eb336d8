"""The audit as a process sees it that does not write it: a connection to the writer of the home, which is started when
there is none.

Intents that the writer has not made durable in time are no intents: nothing is answered.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from graph.audit_wire import Frames, WireBroken, at_address, pack, peer_uid
from graph.errors import AuditUnavailable

PATIENCE: Final = 0.25
"""Seconds in which an intent has to be durable."""
MOST_PATIENCE: Final = 10.0
START_PATIENCE: Final = 20.0
"""Seconds that a process waits for the writer the first time it needs it."""
_STEP: Final = 0.01
_START_AGAIN: Final = 3.0


@dataclass(slots=True)
class _Question:
    """What the writer is asked, until when it may take, and whether it is on its way."""

    frame: bytes
    deadline: float
    sent: bool = False


class AuditClient:
    """A connection to the audit writer of a home. Not for several threads at once: `graph.audit.AuditLog` sees to that.

    Parameters
    ----------
    home : Path
    patience : float, optional
        Seconds in which an intent has to be durable; `KRYDSFELT_AUDIT_SECONDS` or `PATIENCE` unless given.
    """

    def __init__(self, home: Path, patience: float | None = None) -> None:
        self._home = home
        self._folder = home / "audit"
        self._patience = _stated_patience() if patience is None else patience
        self._socket: socket.socket | None = None
        self._frames = Frames()
        self._number = 0
        self._handed: _Question | None = None
        self._met = False
        self._pid = os.getpid()

    @property
    def patience(self) -> float:
        """Seconds that a thread waits for its turn."""
        return self._patience if self._met else START_PATIENCE

    @property
    def collects(self) -> bool:
        """Whether outcomes wait a moment for the next intent: a frame for each would wake the writer twice."""
        return True

    def append(self, bodies: Sequence[Mapping[str, Any]], *, sync: bool) -> None:
        """Hand entries to the writer; with `sync` they are durable on return.

        Raises
        ------
        AuditUnavailable
            They were not made durable in time. Nothing of them counts.
        """
        self._ask({"do": "append", "bodies": list(bodies), "sync": sync}, wait=sync)

    def hand_over(self, bodies: Sequence[Mapping[str, Any]]) -> None:
        """Send entries on their way; `confirm` waits until they are durable. Nothing else may be asked before that."""
        self._handed = question = self._question({"do": "append", "bodies": list(bodies), "sync": True})
        try:
            self._send(question)
        except OSError:  # a timeout among them
            self.close()  # sent again by `confirm`, if there is time

    def confirm(self) -> None:
        """Wait until what was handed over is durable.

        Raises
        ------
        AuditUnavailable
            It did not become so in time.
        """
        question, self._handed = self._handed, None
        assert question is not None
        self._settle(question, wait=True)

    def keep(self, digest: str, packed: bytes) -> None:
        """Have the list of the many that an answer shows kept beside the log.

        Raises
        ------
        AuditUnavailable
        """
        self._ask({"do": "keep", "digest": digest, "packed": packed.hex()}, wait=True)

    def checkpoint(self) -> None:
        """Have the log signed as it stands; where no writer was ever met there is nothing to sign."""
        if self._met:
            self._ask({"do": "checkpoint"}, wait=True)

    def close(self) -> None:
        """Let go of the connection."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _ask(self, message: dict[str, Any], *, wait: bool) -> None:
        self._settle(self._question(message), wait=wait)

    def _question(self, message: dict[str, Any]) -> _Question:
        if self._pid != os.getpid():  # a forked child takes a connection of its own
            self._socket, self._pid = None, os.getpid()
        self._number += 1
        return _Question(pack({**message, "number": self._number}), time.monotonic() + self.patience)

    def _settle(self, question: _Question, *, wait: bool) -> None:
        """Send a question that is not on its way yet and, with `wait`, take the answer."""
        while True:
            try:
                if not question.sent:
                    self._send(question)
                said = self._answer(question.deadline) if wait else {}
                break
            except TimeoutError:
                self.close()
                raise _late(self._folder) from None
            except OSError as error:  # the writer left in the midst: the entries may be written twice, never not at all
                self.close()
                question.sent = False
                if time.monotonic() + _STEP > question.deadline or not self._folder.is_dir():
                    raise _late(self._folder) from error
                time.sleep(_STEP)
        if said.get("error"):
            raise AuditUnavailable(str(said["error"]))
        self._met = True

    def _send(self, question: _Question) -> None:
        connection = self._socket or self._connect(question.deadline)
        connection.settimeout(max(question.deadline - time.monotonic(), 0.001))
        connection.sendall(question.frame)
        question.sent = True

    def _answer(self, deadline: float) -> Mapping[str, Any]:
        assert self._socket is not None
        while True:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            data = self._socket.recv(65_536)
            if not data:
                raise WireBroken("the audit writer has gone")
            for said in self._frames.feed(data):
                if said.get("number") == self._number:
                    return dict(said)

    def _connect(self, deadline: float) -> socket.socket:
        """Connect to the writer; where there is none, start one and wait for it."""
        again = 0.0
        owner = self._folder.stat().st_uid
        while True:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
            try:
                connection.settimeout(max(deadline - time.monotonic(), 0.001))
                at_address(self._folder, connection.connect)
                if peer_uid(connection) != owner:
                    raise AuditUnavailable(
                        f"What listens at {self._folder.name}/ is not the audit writer: the folder is another user's. "
                        "Nothing is answered. Tell whoever runs this machine."
                    )
                self._socket, self._frames = connection, Frames()
                return connection
            except (FileNotFoundError, ConnectionRefusedError):
                connection.close()
                if time.monotonic() > again and owner == os.getuid():
                    start(self._home)
                    again = time.monotonic() + _START_AGAIN
                if time.monotonic() + _STEP > deadline:
                    raise TimeoutError from None
                time.sleep(_STEP)
            except BaseException:
                connection.close()
                raise


def start(home: Path) -> int:
    """Start the writer of a home, which outlives this process; where one runs already, the new one leaves again.

    Returns
    -------
    int
        Its process id.
    """
    with suppress(ChildProcessError):
        while os.waitpid(_CHILDREN[0], os.WNOHANG)[0] if _CHILDREN else 0:
            _CHILDREN.pop(0)
    root = str(Path(__file__).parents[1])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    null = [(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_RDWR, 0) for n in (0, 1, 2)]
    pid = os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "graph.audit_writer", str(home)],
        {**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        file_actions=null,
        setsid=True,
    )
    _CHILDREN.append(pid)
    return pid


_CHILDREN: Final[list[int]] = []
"""Writers that this process started; those that ended are waited for at the next start."""


def _stated_patience() -> float:
    try:
        return min(max(float(os.environ.get("KRYDSFELT_AUDIT_SECONDS") or PATIENCE), 0.05), MOST_PATIENCE)
    except ValueError:
        return PATIENCE


def _late(folder: Path) -> AuditUnavailable:
    return AuditUnavailable(
        f"The audit in {folder.name}/ was not written in time, and nothing is answered without it. Ask again; if it "
        "stays so, give the folder back or free some space."
    )
