"""Answers as bytes: one that a view gave before was written before."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from cachetools import LRUCache
from fastapi import Response
from pydantic import BaseModel

A = TypeVar("A")

MOST_BYTES: Final = 64 << 20
"""Bytes that are kept of answers together."""


class Written:
    """The latest answers that were written, by the answer itself: a view gives the same one again while nothing changes
    what it may say.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._kept: LRUCache[int, tuple[object, bytes]] = LRUCache(most, getsizeof=lambda kept: len(kept[1]))
        self._lock = threading.Lock()

    def json(self, answer: A, shape: Callable[[A], BaseModel]) -> bytes:
        """Return an answer as JSON.

        Parameters
        ----------
        answer : object
            Never changed by whoever has it.
        shape : callable
            Gives the checked shape that is written.
        """
        key = id(answer)
        with self._lock:
            found = self._kept.get(key)
            if found is not None and found[0] is answer:  # what is kept cannot go, so its address is its own
                return found[1]
        text = shape(answer).model_dump_json(by_alias=True).encode()
        with self._lock, suppress(ValueError):  # too large to be kept
            self._kept.setdefault(key, (answer, text))
        return text


_written: Final = Written()


def written(answer: A, shape: Callable[[A], BaseModel]) -> Response:
    """Write an answer that its shape has checked: the framework would check each of its many values again."""
    return Response(_written.json(answer, shape), media_type="application/json")
