"""Answers that were given before, with what they show: asked again within the same words, they need no making."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from cachetools import LRUCache

MOST_SAID: Final = 20_000
"""Entities that the answers kept may show together."""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer with what it shows.

    Parameters
    ----------
    answer : object
        Never changed by whoever has it.
    touched : frozenset of bytes
        Random ids of the entities that it shows.
    persons : frozenset of bytes
        Those of persons among them.
    shown : frozenset of int
        Markings of the claims and names that it shows.
    logged : dict
        What the audit says of `touched`, once it was worked out.
    """

    answer: Any
    touched: frozenset[bytes]
    persons: frozenset[bytes]
    shown: frozenset[int]
    logged: dict[str, Any] = field(default_factory=dict)


class Answers:
    """The latest answers of one teller, by what was asked.

    Its scope, its name rule and its partition never change, so no answer grows old: where any of them changes, another
    teller answers.
    """

    def __init__(self) -> None:
        self._kept: LRUCache[Hashable, Said] = LRUCache(MOST_SAID, getsizeof=lambda said: len(said.touched) + 1)
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Said | None:
        """Return what was answered to a question before."""
        with self._lock:
            return self._kept.get(key)

    def keep(self, key: Hashable, said: Said) -> None:
        """Keep an answer, if it is not too large; the oldest go when they show too much together."""
        with self._lock, suppress(ValueError):
            self._kept.setdefault(key, said)
