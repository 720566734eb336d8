"""What routes are handed: the server's parts, the session of the cookie, the view of the address."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from api.identity.accounts import Accounts
from api.identity.oidc import Elsewhere
from api.identity.throttle import Throttle
from api.identity.tokens import Tokens, refused
from api.jobs import Jobs
from api.limits import Budgets, Limits
from api.reasons import Reasons
from api.sessions import COOKIE, Session, Sessions, bond_of
from api.settings import Settings
from graph.home import Home
from graph.view import View

SCOPE: Final = "krydsfelt.session"
"""Where the session of a request stands, for whoever hands out its answer."""


@dataclass(frozen=True, slots=True)
class Server:
    """The parts of one running server."""

    home: Home
    settings: Settings
    sessions: Sessions
    jobs: Jobs
    clock: Callable[[], datetime]
    loopback: bool
    accounts: Accounts
    throttle: Throttle
    limits: Limits
    budgets: Budgets
    tokens: Tokens
    elsewhere: Elsewhere
    reasons: Reasons = field(default_factory=Reasons)


@dataclass(frozen=True, slots=True)
class Asker:
    """Where a request comes from."""

    address: str
    bond: str
    """What a session of this browser and address is bound to."""
    cookie: str | None


def cookie_name(request: Request) -> str:
    """Return the cookie's name: over TLS one that no other host and no plain connection can set."""
    return f"__Host-{COOKIE}" if request.url.scheme == "https" else COOKIE


def dismiss(parts: Server, views: Iterable[View]) -> None:
    """Stop what runs in some views and close them, which the audit says of each.

    Raises
    ------
    AuditUnavailable
        It could not be written down; their runs have been stopped all the same, and no session holds them any more.
    """
    dismiss_from(parts.jobs, views)


def dismiss_from(jobs: Jobs, views: Iterable[View]) -> None:
    leaving = list(views)
    for view in leaving:
        jobs.cancel_of(view.id)
    for view in leaving:
        view.close()


# these only look things up in memory: as coroutines they spare a request three turns in the thread pool


async def server(request: Request) -> Server:
    parts: Server = request.app.state.server
    return parts


ServerDep = Annotated[Server, Depends(server)]


async def asker(request: Request) -> Asker:
    address = request.client.host if request.client else ""
    bond = bond_of(address, request.headers.get("user-agent", ""))
    return Asker(address, bond, request.cookies.get(cookie_name(request)))


AskerDep = Annotated[Asker, Depends(asker)]


async def session(request: Request, parts: ServerDep, who: AskerDep) -> Session:
    given = request.headers.get("authorization")
    if given is not None:
        found: Session | None = await run_in_threadpool(_by_token, parts, given, who)
    else:
        found = parts.sessions.fast(who.cookie, who.bond)
    if found is None:  # something was written since, or it does not hold
        found = await run_in_threadpool(parts.sessions.get, who.cookie, who.bond)
    parts.budgets.request(found.actor.id)
    request.scope[SCOPE] = found
    return found


def _by_token(parts: Server, given: str, who: Asker) -> Session:
    scheme, _, text = given.partition(" ")
    if scheme.lower() != "bearer":
        raise refused()
    return parts.sessions.of_token(parts.tokens.check(text, at=parts.clock()), who.bond)


SessionDep = Annotated[Session, Depends(session)]


async def view(v: str, parts: ServerDep, signed_in: SessionDep) -> View:
    return parts.sessions.view(signed_in, v)


ViewDep = Annotated[View, Depends(view)]
