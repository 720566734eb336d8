"""What routes are handed: the server's parts, the session of the cookie, the view of the address."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from api.jobs import Jobs
from api.reasons import Reasons
from api.sessions import COOKIE, Session, Sessions
from api.settings import Settings
from graph.home import Home
from graph.view import View


@dataclass(frozen=True, slots=True)
class Server:
    """The parts of one running server."""

    home: Home
    settings: Settings
    sessions: Sessions
    jobs: Jobs
    clock: Callable[[], datetime]
    loopback: bool
    reasons: Reasons = field(default_factory=Reasons)


def dismiss(parts: Server, views: Iterable[View]) -> None:
    """Stop what runs in some views and close them, which the audit says of each.

    Raises
    ------
    AuditUnavailable
        It could not be written down; their runs have been stopped all the same, and no session holds them any more.
    """
    leaving = list(views)
    for view in leaving:
        parts.jobs.cancel_of(view.id)
    for view in leaving:
        view.close()


# these only look things up in memory: as coroutines they spare a request three turns in the thread pool


async def server(request: Request) -> Server:
    parts: Server = request.app.state.server
    return parts


ServerDep = Annotated[Server, Depends(server)]


async def session(request: Request, parts: ServerDep) -> Session:
    return parts.sessions.get(request.cookies.get(COOKIE))


SessionDep = Annotated[Session, Depends(session)]


async def view(v: str, parts: ServerDep, signed_in: SessionDep) -> View:
    return parts.sessions.view(signed_in, v)


ViewDep = Annotated[View, Depends(view)]
