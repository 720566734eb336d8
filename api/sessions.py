"""Who is signed in, and the views each has open. Kept in memory: a restart signs everybody out.

A session is short (an idle and an absolute limit), bound to the browser and address that it began with, and stands only
as long as the directory says so: whatever is written to the ledger is looked at before the next answer, so that taking
away access, a right or a case ends what rested on it at once. A view id is bound to its session and useless to others.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from api.identity.tokens import Token
from graph.access import FAMILY, access_from, bodies
from graph.actor import Actor, ViewRequest, actor_of, enter_case
from graph.audit import audit_of
from graph.changes import Changes
from graph.errors import KrydsfeltError, NotInView, NotSignedIn, StepUp
from graph.home import Home
from graph.view import View
from graph.view_books import ledger_of

COOKIE: Final = "krydsfelt_session"
LIFE: Final = timedelta(hours=10)
IDLE: Final = timedelta(minutes=30)
FRESH: Final = timedelta(minutes=5)
"""How old the last proof of who somebody is may be for what cannot be taken back."""
MOST_VIEWS = 20
MOST_PER_USER: Final = 10

SIGNED_IN_AGAIN: Final = 2

NEVER: Final = datetime.min.replace(tzinfo=UTC)
"""A program showed no person: what needs a fresh sign-in is not for it."""

Way = Literal["persona", "password", "oidc", "token"]


@dataclass(slots=True)
class Session:
    """One sign-in: the actor and the views it holds open."""

    key: str
    actor: Actor
    way: Way
    ends: datetime
    seen: datetime
    proved: datetime
    """When the person last showed who they are."""
    id: str = ""
    """What it is called in the audit and wherever something is kept for it; the key changes, this stays."""
    bond: str = ""
    """What browser and address it began with."""
    epoch: int = 0
    rights: str = ""
    """The user as the directory had them when the actor was read."""
    version: int = -1
    """The state of the ledger in which all of it was found to hold."""
    over: bool = False
    views: dict[str, View] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    """One looks at what was written since; the others wait for what that finds."""
    cases: dict[str, str] = field(default_factory=dict)
    """The case of each view as the directory had it when the actor was let in."""


def bond_of(address: str, agent: str) -> str:
    """Return what a session is bound to: a digest, so that nothing of it is kept."""
    return hashlib.sha256(f"{address}\n{agent}".encode()).hexdigest()


def demand_fresh(session: Session, at: datetime) -> int:
    """Check that the person showed who they are a short while ago, and return how strong that makes the session.

    The number is what the policy is told: 2, signed in again just now. For acts that cannot be taken back: what leaves
    the house, and seeing who somebody is.

    Raises
    ------
    StepUp
        It is too long ago. Signing in once more (`POST /api/v1/session/proof`) keeps all views open.
    """
    if strength_of(session, at) < SIGNED_IN_AGAIN:
        minutes = int(FRESH.total_seconds() // 60)
        raise StepUp(
            f"This needs a sign-in at most {minutes} minutes old. Sign in once more, then do it again; what is open "
            "stays open.",
            max_age=int(FRESH.total_seconds()),
        )
    return SIGNED_IN_AGAIN


def strength_of(session: Session, at: datetime) -> int:
    """Return how strongly a session is signed in, as the policy counts it: 1 once, 2 again just now."""
    return SIGNED_IN_AGAIN if at - session.proved <= FRESH else 1


class Sessions:
    """The sessions of one server.

    Parameters
    ----------
    home : Home
    clock : callable
        Gives the time, aware, UTC.
    dismiss : callable
        Stops what runs in some views and closes them.
    """

    def __init__(
        self, home: Home, clock: Callable[[], datetime], dismiss: Callable[[Iterable[View]], None] = lambda _: None
    ) -> None:
        self._home = home
        self._clock = clock
        self._dismiss = dismiss
        self._changes = Changes(home)
        self._lock = threading.RLock()
        self._open: dict[str, Session] = {}
        self._spent: dict[str, datetime] = {}

    def start(
        self,
        user: str,
        way: Way,
        bond: str,
        *,
        token: Token | None = None,
    ) -> Session:
        """Open a session and return it; its key goes into the cookie.

        Parameters
        ----------
        user : str
        way : str
            How they showed who they are.
        bond : str
            Of `bond_of`.
        token : Token, optional
            What they showed, where it was one: the session is named by it and ends with it.

        Raises
        ------
        NotSignedIn
            There is no such user, nobody comes in under this name, or it was revoked since.
        """
        version = self._changes.version()
        known = bodies(ledger_of(self._home), [("user", user), (FAMILY, user)])
        access = access_from(known.get((FAMILY, user)))
        if ("user", user) not in known or access.disabled or (token and token.epoch != access.epoch):
            raise _signed_out()
        now = self._clock()
        session = Session(
            key=token.id if token else secrets.token_urlsafe(32), actor=actor_of(self._home, user), way=way,
            ends=min(now + LIFE, token.expires) if token else now + LIFE, seen=now, proved=NEVER if token else now,
            id=secrets.token_hex(8), bond=bond, epoch=access.epoch, rights=known["user", user], version=version,
        )  # fmt: skip
        with self._lock:
            mine = [s for s in self._open.values() if s.actor.id == user]
            gone = [s for s in self._open.values() if s.ends <= now] + mine[: max(0, len(mine) - MOST_PER_USER + 1)]
            self._open[session.key] = session
        self._end_all(gone)
        return session

    def of_token(self, token: Token, bond: str) -> Session:
        """Return the session that a token began, or begin it. Once it was ended, the token begins no other.

        Raises
        ------
        NotSignedIn
            It was ended, revoked since, or began somewhere else.
        """
        with self._lock:
            now = self._clock()
            self._spent = {key: ends for key, ends in self._spent.items() if ends > now}
            if token.id in self._spent:
                raise _signed_out()
            if token.id not in self._open:
                return self.start(token.user, "token", bond, token=token)
        return self.get(token.id, bond)

    def get(self, key: str | None, bond: str) -> Session:
        """Return the session of a cookie, which still holds.

        Raises
        ------
        NotSignedIn
            No such session, it has run out, was revoked, or somebody else sends its cookie.
        """
        session = self._open.get(key or "")
        if session is None:
            raise _signed_out()
        if not hmac.compare_digest(session.bond, bond):
            self._stolen(session)
            raise _signed_out()
        self.uphold(session)
        session.seen = self._clock()
        return session

    def fast(self, key: str | None, bond: str) -> Session | None:
        """Return the session of a cookie where memory alone shows that it holds; else None, and `get` says."""
        session = self._open.get(key or "")
        if session is None or not hmac.compare_digest(session.bond, bond) or not self.current(session):
            return None
        session.seen = self._clock()
        return session

    def uphold(self, session: Session) -> None:
        """Look at whatever was written since; what no longer holds is ended.

        Raises
        ------
        NotSignedIn
            The session is over.
        """
        if self.current(session):
            return
        with session.lock:
            if self.current(session):  # somebody else has looked meanwhile
                return
            now = self._clock()
            over = session.over or session.ends <= now or now - session.seen >= IDLE
            if over or not self._upheld(session, now):
                self._end_all([session])
                raise _signed_out()

    def sweep(self) -> None:
        """End what no longer holds, of everybody: jobs stop without a request."""
        for session in list(self._open.values()):
            try:
                self.uphold(session)
            except KrydsfeltError:  # it has ended, or nothing can be looked up, and then no request is answered either
                continue

    def prove(self, session: Session) -> None:
        """Note that the person showed once more who they are; the key changes, what is open stays open."""
        with self._lock:
            self._open.pop(session.key, None)
            session.key = secrets.token_urlsafe(32)
            session.proved = session.seen = self._clock()
            self._open[session.key] = session

    def end(self, key: str | None) -> None:
        """End a session and close the views it held."""
        session = self._open.get(key or "")
        if session is not None:
            self._end_all([session])

    def keep(self, session: Session, view: View) -> None:
        """Bind a view to its session; the oldest goes when there are too many."""
        with self._lock:
            gone = [session.views.pop(next(iter(session.views))) for _ in range(len(session.views) - MOST_VIEWS + 1)]
            session.views[view.id] = view
            session.version = -1  # its case is looked at before the first answer
            ended = [session.views.pop(view.id)] if session.over else []
        self._dismiss([*gone, *ended])

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

    def current(self, session: Session) -> bool:
        """Say whether nothing was written since the session was last found to hold, and it has not run out."""
        now = self._clock()
        holds = not session.over and now < session.ends and now - session.seen < IDLE
        return holds and session.version == self._changes.version()

    def _upheld(self, session: Session, now: datetime) -> bool:
        """Say whether the directory still lets the session be, and take from it what it no longer may have."""
        version, user = self._changes.version(), session.actor.id
        views = dict(session.views)
        cases = {view.request.case for view in views.values() if view.request.case is not None}
        wanted = [("user", user), (FAMILY, user), *(("case", case) for case in cases)]
        known = bodies(ledger_of(self._home), wanted)
        access = access_from(known.get((FAMILY, user)))
        if ("user", user) not in known or access.disabled or access.epoch != session.epoch:
            return False
        gone: set[str] = set()
        if known["user", user] != session.rights:
            before, session.actor = session.actor, actor_of(self._home, user)
            session.rights = known["user", user]
            if replace(before, confirmed_until=0) != replace(session.actor, confirmed_until=0):
                gone |= set(views)
        for view_id, view in views.items():
            text = known.get(("case", view.request.case or ""), "")
            if view.request.case is not None and session.cases.get(view_id) != text:
                session.cases[view_id] = text
                if not self._admitted(session.actor, view.request, now):
                    gone.add(view_id)
        self._leave(session, gone)
        session.version = version
        return True

    def _admitted(self, actor: Actor, request: ViewRequest, at: datetime) -> bool:
        try:
            enter_case(ledger_of(self._home), actor, request, at)
        except NotInView:
            return False
        return True

    def _leave(self, session: Session, view_ids: Iterable[str]) -> None:
        with self._lock:
            left = [session.views.pop(v) for v in view_ids if v in session.views]
            session.cases = {v: text for v, text in session.cases.items() if v in session.views}
        self._dismiss(left)

    def _end_all(self, sessions: Iterable[Session]) -> None:
        left: list[View] = []
        with self._lock:
            for session in sessions:
                session.over = True
                if session.way == "token":
                    self._spent[session.key] = session.ends
                self._open.pop(session.key, None)
                left += session.views.values()
                session.views.clear()
        self._dismiss(left)

    def _stolen(self, session: Session) -> None:
        self._end_all([session])
        log = audit_of(self._home)
        about = {"user": session.actor.id, "session": log.term(session.id), "loud": True}
        log.outcome(log.intent("foreign-session", about), "refused", {})


def _signed_out() -> NotSignedIn:
    return NotSignedIn("You are not signed in, or the session has ended. Sign in again; kept work is still there.")
