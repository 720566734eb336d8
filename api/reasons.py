"""The reasons that somebody gave in a session: asked once for a case and a purpose in a shift, then kept and dated."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from graph.errors import Refused
from graph.view_acts import SHIFT

MOST = 10_000
"""Reasons held at once, over all sessions; beyond, the oldest are asked for again."""


@dataclass(frozen=True, slots=True)
class Given:
    """A reason with what it was given for, and when."""

    purpose: str
    case: str | None
    legal_basis: str
    reason: str
    at: datetime

    @property
    def until(self) -> datetime:
        """When the shift has passed and it is asked for again."""
        return self.at + SHIFT

    def dated(self) -> str:
        """Return the reason as a later view bears it: with the time at which it was given."""
        return f"{self.reason} ({self.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC)"


class Reasons:
    """The reasons of one server's sessions, in memory: a restart asks for them again."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str, str | None], Given] = {}
        self._lock = threading.Lock()

    def give(self, session: str, given: Given) -> None:
        """Keep a reason for its case and purpose; an empty one is none."""
        if not given.reason.strip():
            return
        with self._lock:
            self._given.pop((session, given.purpose, given.case), None)
            self._given[session, given.purpose, given.case] = given
            while len(self._given) > MOST:
                self._given.pop(next(iter(self._given)))

    def of(self, session: str, at: datetime) -> list[Given]:
        """Return what a session gave within the shift, newest first."""
        with self._lock:
            mine = [g for (key, _, _), g in self._given.items() if key == session and at < g.until]
        return sorted(mine, key=lambda g: g.at, reverse=True)

    def find(self, session: str, purpose: str, case: str | None, at: datetime) -> Given:
        """Return what was given for a case and purpose within the shift.

        Raises
        ------
        Refused
            Nothing was: it is asked for.
        """
        found = next((g for g in self.of(session, at) if (g.purpose, g.case) == (purpose, case)), None)
        if found is None:
            raise Refused(
                "No reason was given for this case and purpose in this shift. Write one sentence.", code="needs-reason"
            )
        return found
