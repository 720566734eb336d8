"""Answers that were given before, with what they show: asked again within the same words, they need no making."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Final

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
        self._kept: OrderedDict[Hashable, Said] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Said | None:
        """Return what was answered to a question before."""
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
            return known

    def keep(self, key: Hashable, said: Said) -> None:
        """Keep an answer; the oldest go when they show too much together."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = said
                self._size += len(said.touched) + 1
            while self._size > MOST_SAID:
                self._size -= len(self._kept.popitem(last=False)[1].touched) + 1
