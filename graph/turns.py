"""Turns at the ledger's write lock, so that one who writes for long lets others in between.

SQLite gives its lock to whoever asks at the right moment, and one who begins again at once nearly always does. So
whoever wants to write holds a turn for as long as it waits for the lock: another waits behind it, and who writes can
see that somebody does.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from graph.disk import space_guard
from graph.errors import StoreUnavailable

_PAUSE: Final = 0.002
"""Seconds between two looks at a turn that somebody else has."""


@contextmanager
def turn(
    place: Path,
    seconds: float,
    *,
    tick: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Hold the turn while the block waits for the lock.

    Parameters
    ----------
    place : Path
        The file that stands for the turn; made when it is not there.
    seconds : float
        How long to wait for those who came before.
    tick, sleep : callable
        The clock that is waited by.

    Raises
    ------
    StoreUnavailable
        Those before did not come through.
    NoSpace
        The file cannot be made.
    """
    handle = _opened(place)
    try:
        until = tick() + seconds
        while not _taken(handle):
            if tick() >= until:
                raise StoreUnavailable(
                    f"Others have waited to write to the ledger for over {seconds:.0f} s. Run the same again, nothing "
                    "is doubled."
                )
            sleep(_PAUSE)
        yield
    finally:
        os.close(handle)


def wanted(place: Path) -> bool:
    """Say whether somebody waits to write."""
    handle = _opened(place)
    try:
        return not _taken(handle)
    finally:
        os.close(handle)


def _opened(place: Path) -> int:
    with space_guard(place):
        return os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _taken(handle: int) -> bool:
    """Take the turn unless somebody has it; closing the handle gives it back."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
