"""Between a route and its answer: nothing leaves for a session that has ended meanwhile, and nothing waits without end.

Plain ASGI, like the guard around it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.deps import SCOPE
from api.sessions import Session, Sessions
from graph.errors import KrydsfeltError, Overloaded

log = logging.getLogger("krydsfelt")
SWEEP_SECONDS: Final = 0.2


class Standing:
    """Hands out an answer only while the session that asked for it stands: also each piece of a stream.

    Parameters
    ----------
    app : ASGIApp
    sessions : Sessions
    """

    def __init__(self, app: ASGIApp, sessions: Sessions) -> None:
        self._app = app
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        ended = started = False
        head: Message | None = None

        async def checked(message: Message) -> None:
            nonlocal ended, started, head
            if ended:
                return
            if message["type"] == "http.response.start":  # it leaves with the first piece: both on one look
                head = message
                return
            session: Session | None = scope.get(SCOPE)
            # who ends a session is answered by the one that it was
            if session is not None and scope["method"] != "DELETE" and not self._sessions.current(session):
                try:
                    await run_in_threadpool(self._sessions.uphold, session)
                except KrydsfeltError as error:
                    ended = True
                    if started:
                        await send({"type": "http.response.body", "body": b"", "more_body": False})
                    else:
                        await problems.of_error(error)(scope, receive, send)
                    return
            started = True
            if head is not None:
                await send(head)
                head = None
            await send(message)

        await self._app(scope, receive, checked)


class InHand:
    """Takes on a bounded number of requests; the next is told at once to come back.

    Parameters
    ----------
    app : ASGIApp
    most : int
        Requests at work or waiting at the same time; event streams, which only wait, are not counted here.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most
        self._now = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or refuse it."""
        if scope["type"] != "http" or scope["path"].endswith("/events"):
            await self._app(scope, receive, send)
            return
        if self._now >= self._most:
            error = Overloaded("More is being asked for than this machine can answer. Try again in a moment.")
            await problems.of_error(error)(scope, receive, send)
            return
        self._now += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._now -= 1


class Sweeper:
    """Ends what no longer holds without waiting for a request: running jobs and open streams stop within a second.

    Parameters
    ----------
    sweep : callable
    """

    def __init__(self, sweep: Callable[[], None]) -> None:
        self._sweep = sweep
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._stop.wait(SWEEP_SECONDS):
            try:
                self._sweep()
            except Exception as error:  # whatever it is, the next turn comes; requests look for themselves
                log.error("%s while looking after sessions", type(error).__qualname__)
