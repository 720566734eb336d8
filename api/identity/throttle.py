"""Wrong sign-ins slow down the next: by name and address together, by name, and by address.

It counts what was said, whether or not there is such a user, so that waiting tells nothing of who there is.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from math import ceil
from typing import Final

from api.limits import SignInLimits
from graph.errors import TooMuch

MOST_KEPT: Final = 20_000


class Throttle:
    """Wrong sign-ins of one server.

    Parameters
    ----------
    limits : SignInLimits
    tick : callable
        Gives seconds that never go back.
    """

    def __init__(self, limits: SignInLimits, tick: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._tick = tick
        self._lock = threading.Lock()
        self._wrong: OrderedDict[bytes, deque[float]] = OrderedDict()

    def attempt(self, name: str, address: str) -> None:
        """Count a sign-in as wrong until it turns out right: many at the same moment are no way around.

        Raises
        ------
        TooMuch
            Too many were wrong in the last minutes; this one is not looked at.
        """
        now, span = self._tick(), self._limits.minutes * 60.0
        with self._lock:
            places = [(self._place(key, now - span), most) for key, most in self._keys(name, address)]
            waits = [times[-most] + span - now for times, most in places if len(times) >= most]
            if waits:
                wait = max(1, ceil(max(waits)))
                raise TooMuch(
                    f"Too many wrong sign-ins. Try again in {ceil(wait / 60)} min, or let whoever administers this "
                    "home reset the password: krydsfelt account reset USER",
                    retry_after=wait,
                    code="sign-in-wait",
                )
            for times, _ in places:
                times.append(now)

    def passed(self, name: str, address: str) -> None:
        """Take back what `attempt` counted: it was right."""
        with self._lock:
            for key, _ in self._keys(name, address):
                times = self._wrong.get(key)
                if times:
                    times.pop()
            self._wrong.pop(self._keys(name, address)[0][0], None)

    def _keys(self, name: str, address: str) -> list[tuple[bytes, int]]:
        def key(*parts: str) -> bytes:
            return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()

        limits = self._limits
        return [
            (key("both", name, address), limits.per_name_and_address),
            (key("name", name), limits.per_name),
            (key("address", address), limits.per_address),
        ]

    def _place(self, key: bytes, since: float) -> deque[float]:
        times = self._wrong.setdefault(key, deque())
        self._wrong.move_to_end(key)
        while times and times[0] <= since:
            times.popleft()
        while len(self._wrong) > MOST_KEPT:
            self._wrong.popitem(last=False)
        return times
