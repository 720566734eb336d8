"""The server: routes, pages, headers. One `create_app` for every way of serving."""

from __future__ import annotations

import logging
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from urllib.parse import urlsplit

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Response
from fastapi.responses import FileResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import viz
from api import problems
from api.deps import Server, dismiss_from
from api.headers import dress, for_another_site
from api.identity.accounts import Accounts
from api.identity.oidc import Elsewhere
from api.identity.throttle import Throttle
from api.identity.tokens import Tokens
from api.jobs import Jobs
from api.limits import Budgets, limits_of
from api.routes import (
    analyses,
    audit,
    channels,
    elsewhere,
    glass,
    grants,
    graph,
    house,
    packages,
    parties,
    reports,
    rights,
    session,
    stops,
    views,
    why,
)
from api.sessions import Sessions
from api.settings import Settings
from api.standing import InHand, Standing, Sweeper
from graph.home import Home

log = logging.getLogger("krydsfelt")
STATIC = Path(viz.__file__).parent / "static"
AT_WORK = 8
"""Requests that threads work on at the same time; others wait in the loop. Threads take turns at the interpreter: more
of them answer no more in a second, and let the loop wait longer for its own turn.
"""
ROUTES: Final = (
    house,
    reports,
    session,
    views,
    graph,
    analyses,
    packages,
    parties,
    grants,
    glass,
    channels,
    audit,
    rights,
    stops,
    why,
)
"""In the order of their description."""
LARGEST_BODY = 64 * 1024 * 1024
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
"""Names by which this machine calls itself: a page whose own name was led here afterwards goes no further."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    home: Home, settings: Settings, *, loopback: bool = True, clock: Callable[[], datetime] = utc_now
) -> FastAPI:
    """Make the application over one home.

    Parameters
    ----------
    home : Home
    settings : Settings
    loopback : bool
        Whether only this machine can reach the server; personas are offered on loopback alone.
    clock : callable
        Gives the time, aware, UTC.
    """
    jobs = Jobs()

    sessions = Sessions(home, clock, partial(dismiss_from, jobs))
    limits = limits_of(home)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = AT_WORK
        sweeper = Sweeper(sessions.sweep)
        sweeper.start()
        yield
        sweeper.stop()
        jobs.close()

    app = FastAPI(title="Krydsfelt", version="1", docs_url=None, redoc_url=None, openapi_url=None, lifespan=life)
    app.state.server = Server(
        home,
        settings,
        sessions,
        jobs,
        clock,
        loopback,
        accounts=Accounts(home),
        throttle=Throttle(limits.sign_in),
        limits=limits,
        budgets=Budgets(limits.actor, clock),
        tokens=Tokens(home),
        elsewhere=Elsewhere(clock),
    )
    problems.install(app)
    app.add_middleware(Standing, sessions=sessions)
    app.add_middleware(InHand, most=limits.server.requests_in_hand)
    app.add_middleware(Guard, hosts=LOOPBACK_HOSTS if loopback else None)
    _route(app, (graph, *(each for each in ROUTES if each is not graph)))  # what is asked most is found first
    app.include_router(elsewhere.router)
    _serve_pages(app)
    return app


def describe() -> dict[str, Any]:
    """Return the OpenAPI description; it needs no home."""
    app = FastAPI(title="Krydsfelt", version="1")
    _route(app)
    return app.openapi()


def _route(app: FastAPI, order: Sequence[ModuleType] = ROUTES) -> None:
    for routes in order:
        app.include_router(routes.router)


class Guard:
    """Refuses what comes from another origin or is too large, and puts the headers on every answer.

    Plain ASGI: a middleware of functions would put a task and a queue between every route and its answer.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str] | None) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, tls = False, scope.get("scheme") == "https"

        async def headed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                given = list(message.get("headers", ()))
                message["headers"] = dress(scope["path"], message["status"], given, tls=tls)
            await send(message)

        left = LARGEST_BODY

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:  # sent in chunks, its length was never stated
                raise HTTPException(413, "The body may be at most 64 MiB.")
            return message

        refusal = _refusal(scope, self._hosts)
        try:
            await (refusal or self._app)(scope, counted, headed)
        except Exception as error:  # whatever it is, its answer carries the headers and tells nothing
            log.error("%s in %s", type(error).__qualname__, _place(error))
            if not started:  # of an answer broken off, the server itself closes the connection
                await problems.unforeseen()(scope, receive, headed)


def _place(error: Exception) -> str:
    """Return where an error was raised, as far as the log may know: its text may hold data."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"


def _refusal(scope: Scope, hosts: frozenset[str] | None) -> Response | None:
    """Return the answer to a request that goes no further."""
    if hosts is not None and _host(f"//{Headers(scope=scope).get('host', '')}") not in hosts:
        return problems.problem(403, "foreign-host", "The request was sent to another name than this machine's own.")
    headers = Headers(scope=scope)
    if scope["path"].startswith("/api/") and for_another_site(headers):
        return problems.problem(403, "foreign-origin", "The request was caused by a page of another site.")
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return None
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2] != headers.get("host"):
        return problems.problem(403, "foreign-origin", "The request came from a page of another origin.")
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > LARGEST_BODY:
        return problems.problem(413, "too-large", "The body may be at most 64 MiB.")
    return None


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _serve_pages(app: FastAPI) -> None:
    """Serve the built pages; every address that is not the API's or a file's is the application's own."""
    if (STATIC / "assets").exists():
        app.mount("/assets", StaticFiles(directory=STATIC / "assets"), name="assets")

    @app.get("/{path:path}", include_in_schema=False)
    def page(path: str) -> Response:
        if path.startswith("api/"):
            return problems.problem(404, "not-found", "There is no such address.")
        if not (STATIC / "index.html").exists():
            return PlainTextResponse("The pages are not built. `make env` builds them.", 503)
        return FileResponse(_page_file(path) or STATIC / "index.html")


def _page_file(path: str) -> Path | None:
    """Return the file of the pages that an address names, if any."""
    try:
        asked = (STATIC / path).resolve()
        inside = asked.is_relative_to(STATIC.resolve()) and not asked.name.startswith(".")
        return asked if path and inside and asked.is_file() else None
    except (ValueError, OSError):  # no file can be called so
        return None
