"""How much one actor may ask for: requests in a second, entities in an hour, persons and look-ups in a day.

The numbers are data (`limits.yaml`, and a home's own beside its ledger). What was spent is kept in memory: a restart of
the server begins anew, and the audit's detectors go on seeing what was read before.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from math import ceil
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, PositiveInt, ValidationError

from graph.errors import BadInput, TooMuch
from graph.home import Home

COUNTED: Final = frozenset({"read", "search", "look-up", "record", "case", "chart"})
"""Acts that show entities one by one. An analysis shows figures."""


class _Numbers(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ActorLimits(_Numbers):
    requests_per_second: PositiveInt
    requests_at_once: PositiveInt
    objects_per_hour: PositiveInt
    persons_per_day: PositiveInt
    look_ups_per_day: PositiveInt
    event_streams: PositiveInt


class SignInLimits(_Numbers):
    per_name_and_address: PositiveInt
    per_name: PositiveInt
    per_address: PositiveInt
    minutes: PositiveInt


class ServerLimits(_Numbers):
    requests_in_hand: PositiveInt
    event_streams: PositiveInt


class Limits(_Numbers):
    """Every number."""

    actor: ActorLimits
    sign_in: SignInLimits
    server: ServerLimits


@cache
def _shipped() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load((files("api") / "limits.yaml").read_text(encoding="utf-8"))
    return found


def limits_of(home: Home) -> Limits:
    """Return the limits that hold for a home.

    Raises
    ------
    BadInput
        Its own limits.yaml cannot be read, or says what is no limit.
    """
    place = home.path / "limits.yaml"
    try:
        own = yaml.safe_load(place.read_text(encoding="utf-8")) if place.exists() else {}
        merged = {section: {**numbers, **((own or {}).get(section) or {})} for section, numbers in _shipped().items()}
        return Limits.model_validate({**(own or {}), **merged})
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors())
        raise BadInput(f"{place} does not say limits as api/limits.yaml does: {said}.", code="bad-limits") from None
    except (OSError, TypeError, AttributeError, ValueError, yaml.YAMLError):
        raise BadInput(
            f"{place} cannot be read as limits. Compare it with api/limits.yaml.", code="bad-limits"
        ) from None


@dataclass(slots=True)
class _Spent:
    tokens: float
    filled: float
    hour: datetime = datetime.min
    objects: int = 0
    day: datetime = datetime.min
    persons: set[bytes] = field(default_factory=set)
    look_ups: int = 0


class Budgets:
    """What each actor has spent on one server.

    Parameters
    ----------
    limits : ActorLimits
    clock : callable
        Gives the time, aware, UTC; hours and days are its own.
    tick : callable
        Gives seconds that never go back, for the rate.
    """

    def __init__(
        self, limits: ActorLimits, clock: Callable[[], datetime], tick: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._tick = tick
        self._lock = threading.Lock()
        self._spent: dict[str, _Spent] = {}
        self._streams: Counter[str] = Counter()

    def request(self, user: str) -> None:
        """Count one request.

        Raises
        ------
        TooMuch
            They come faster than one person works.
        """
        limits, now = self._limits, self._tick()
        with self._lock:
            spent = self._of(user)
            grown = spent.tokens + (now - spent.filled) * limits.requests_per_second
            spent.tokens, spent.filled = min(float(limits.requests_at_once), grown), now
            if spent.tokens < 1:
                raise TooMuch(
                    f"More than {limits.requests_per_second} requests in a second for some time. Wait a moment; a "
                    "program that reads on purpose asks more slowly.",
                    retry_after=max(1, ceil((1 - spent.tokens) / limits.requests_per_second)),
                )
            spent.tokens -= 1

    def meter(self, user: str) -> Meter:
        """Return what a view of this user counts with."""
        return Meter(self, user)

    def check(self, user: str, action: str) -> None:
        """Check that an act is still within the actor's budgets.

        Raises
        ------
        TooMuch
        """
        if action in COUNTED:
            with self._lock:
                self._within(self._now_of(user), action)

    def spend(self, user: str, action: str, objects: Collection[bytes], persons: Collection[bytes]) -> None:
        """Count what an answer would show, before it leaves.

        Raises
        ------
        TooMuch
            It would be more than the actor has left.
        """
        if action in COUNTED:
            with self._lock:
                spent = self._now_of(user)
                spent.objects += len(objects)
                spent.persons.update(persons)
                spent.look_ups += action == "look-up"
                self._within(spent, action)

    def check_stream(self, user: str) -> None:
        """Check that the actor may wait for news in one more place.

        Raises
        ------
        TooMuch
        """
        if self._streams[user] >= self._limits.event_streams:
            raise TooMuch("Too many pages of yours wait for news at once. Close some.", retry_after=5)

    @contextmanager
    def stream(self, user: str) -> Iterator[None]:
        """Count one event stream of the actor for as long as the block lasts."""
        self._streams[user] += 1
        try:
            yield
        finally:
            self._streams[user] -= 1

    def _within(self, spent: _Spent, action: str) -> None:
        limits, now = self._limits, self._clock()
        if spent.objects > limits.objects_per_hour:
            self._refuse("objects", limits.objects_per_hour, "entities in this hour", now, spent.hour, 1)
        if len(spent.persons) > limits.persons_per_day:
            self._refuse("persons", limits.persons_per_day, "different persons today", now, spent.day, 24)
        if action == "look-up" and spent.look_ups > limits.look_ups_per_day:
            self._refuse("look-ups", limits.look_ups_per_day, "look-ups today", now, spent.day, 24)

    @staticmethod
    def _refuse(name: str, limit: int, what: str, now: datetime, since: datetime, hours: int) -> None:
        ends = since + timedelta(hours=hours)
        raise TooMuch(
            f"Your budget of {limit} {what} is used up, until {ends:%Y-%m-%d %H:%M} UTC. Narrow the question, or use "
            "an analysis: it reads for you and shows figures. Whoever runs this home can set another budget.",
            retry_after=max(1, ceil((ends - now).total_seconds())),
            code=f"budget-{name}",
        )

    def _now_of(self, user: str) -> _Spent:
        spent, now = self._of(user), self._clock()
        hour, day = (
            now.replace(minute=0, second=0, microsecond=0),
            now.replace(hour=0, minute=0, second=0, microsecond=0),
        )
        if spent.hour != hour:
            spent.hour, spent.objects = hour, 0
        if spent.day != day:
            spent.day, spent.persons, spent.look_ups = day, set(), 0
        return spent

    def _of(self, user: str) -> _Spent:
        found = self._spent.get(user)
        if found is None:
            found = self._spent[user] = _Spent(float(self._limits.requests_at_once), self._tick())
        return found


@dataclass(frozen=True, slots=True)
class Meter:
    """The budgets of one actor, as a view counts with them."""

    budgets: Budgets
    user: str

    def check(self, action: str) -> None:
        self.budgets.check(self.user, action)

    def spend(self, action: str, objects: Collection[bytes], persons: Collection[bytes]) -> None:
        self.budgets.spend(self.user, action, objects, persons)
