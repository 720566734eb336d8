"""What routes are handed: the server's parts, the session of the cookie, the view of the address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from api.jobs import Jobs
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
