"""Who is signed in, and the views each has open. Kept in memory: a restart signs everybody out.

Sign-in is choosing a persona, allowed on loopback and where every namespace of the home is synthetic or research. A
view id is bound to its session and useless to any other.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from graph.actor import Actor
from graph.errors import NotInView, NotSignedIn
from graph.view import View

COOKIE = "krydsfelt_session"
LIFE = timedelta(hours=10)
MOST_VIEWS = 20


@dataclass(slots=True)
class Session:
    """One sign-in: the actor and the views it holds open."""

    key: str
    actor: Actor
    ends: datetime
    views: dict[str, View] = field(default_factory=dict)


class Sessions:
    """The sessions of one server.

    Parameters
    ----------
    clock : callable
        Gives the time, aware, UTC.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open: dict[str, Session] = {}

    def start(self, actor: Actor) -> Session:
        """Open a session and return it; its key goes into the cookie."""
        session = Session(secrets.token_urlsafe(32), actor, self._clock() + LIFE)
        with self._lock:
            now = self._clock()
            self._open = {k: s for k, s in self._open.items() if s.ends > now}
            self._open[session.key] = session
        return session

    def get(self, key: str | None) -> Session:
        """Return the session of a cookie.

        Raises
        ------
        NotSignedIn
            No such session, or it has run out.
        """
        session = self._open.get(key or "")
        if session is None or session.ends <= self._clock():
            raise NotSignedIn(
                "You are not signed in, or the session has ended. Sign in again; kept work is still there."
            )
        return session

    def end(self, key: str | None) -> list[View]:
        """End a session; return the views it held, which are to be closed."""
        with self._lock:
            session = self._open.pop(key or "", None)
            if session is None:
                return []
            held = list(session.views.values())
            session.views.clear()
            return held

    def keep(self, session: Session, view: View) -> list[View]:
        """Bind a view to its session; return those that had to go because there were too many, oldest first."""
        with self._lock:
            gone = [session.views.pop(next(iter(session.views))) for _ in range(len(session.views) - MOST_VIEWS + 1)]
            session.views[view.id] = view
            return gone

    def view(self, session: Session, view_id: str) -> View:
        """Return an open view of this session.

        Raises
        ------
        NotInView
            Closed, run out, or another session's: one answer.
        """
        view = session.views.get(view_id)
        if view is None or view.expires <= self._clock():
            session.views.pop(view_id, None)
            raise NotInView
        return view
