"""How a process and the audit writer speak: frames of JSON behind a length, on a Unix socket in the audit's folder."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson

SOCKET: Final = "writer.sock"
LARGEST_FRAME: Final = 64 << 20
_LENGTH: Final = struct.Struct(">I")
_PEER: Final = struct.Struct("3i")
_LONGEST_PATH: Final = 100


class WireBroken(OSError):
    """The other side left, or does not speak as agreed."""


def pack(message: Any) -> bytes:
    """Return a message as a frame."""
    body = orjson.dumps(message)
    return _LENGTH.pack(len(body)) + body


class Frames:
    """Takes a stream apart into messages."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[Any]:
        """Yield the messages that are whole with these bytes.

        Raises
        ------
        WireBroken
        """
        self._held += data
        while len(self._held) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._held)
            if length > LARGEST_FRAME:
                raise WireBroken("the frame is too large")
            end = _LENGTH.size + length
            if len(self._held) < end:
                return
            body = bytes(self._held[_LENGTH.size : end])
            del self._held[:end]
            try:
                yield orjson.loads(body)
            except orjson.JSONDecodeError:
                raise WireBroken("the frame is no JSON") from None


def peer_uid(connection: socket.socket) -> int:
    """Return the user id of the process at the other end."""
    said = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    return int(_PEER.unpack(said)[1])


@contextmanager
def addressed(folder: Path) -> Iterator[str]:
    """Give the socket's address, short enough for the kernel however deep the home lies."""
    place = str(folder / SOCKET)
    if len(place.encode()) <= _LONGEST_PATH:
        yield place
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{handle}/{SOCKET}"
    finally:
        os.close(handle)


def at_address(folder: Path, do: Callable[[str], None]) -> None:
    """Connect or bind there."""
    with addressed(folder) as place:
        do(place)
