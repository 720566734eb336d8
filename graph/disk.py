"""Files that are whole or absent, and what a full or failing disk says."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.errors import BadInput, NoSpace, StoreUnavailable


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


def demand_folder(place: Path) -> None:
    """Check, before any work, that the folder in which a file is asked for is there.

    Raises
    ------
    BadInput
        It is missing, or is no folder.
    """
    folder = place.absolute().parent
    if not folder.exists():
        raise BadInput(
            f"There is no folder {folder}, so {place.name} was not written. Make it, or name another.", code="no-folder"
        )
    _demand_is_folder(folder, place)


def demand_room_for(place: Path) -> None:
    """Check, before any work, that no file stands where a folder that is asked for would lie, or one above it.

    Raises
    ------
    BadInput
        A file stands in the way.
    """
    above = next(folder for folder in place.absolute().parents if folder.exists())
    _demand_is_folder(above, place)


def _demand_is_folder(folder: Path, place: Path) -> None:
    if not folder.is_dir():
        raise BadInput(
            f"{folder} is a file, not a folder, so {place.name} was not written. Name another place.", code="no-folder"
        )


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
