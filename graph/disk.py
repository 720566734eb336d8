"""Files that are whole or absent, and what a full or failing disk says."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.errors import NoSpace, StoreUnavailable


@contextmanager
def space_guard(place: Path) -> Iterator[None]:
    """Turn an operating-system error under this block into one of ours.

    Raises
    ------
    NoSpace
        The disk or the quota is full.
    StoreUnavailable
        Any other input or output error.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise NoSpace(f"No space left where {place} lies. Free some, then run the same again.") from error
        raise StoreUnavailable(
            f"{place} cannot be written: {error.strerror}. Run the same again when it can."
        ) from error


def write_synced(place: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file that is either whole and durable or absent: temporary name, fsync, rename, fsync of the folder."""
    growing = place.with_name(f".{place.name}.{os.getpid()}-{threading.get_native_id()}.part")
    handle = os.open(growing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        growing.replace(place)
    except BaseException:
        growing.unlink(missing_ok=True)
        raise
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def locked(place: Path) -> Iterator[None]:
    """Hold a file's lock, which orders processes; the file is made when it is not there."""
    with place.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
