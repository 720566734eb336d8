"""The outward mapping of the error tree: once, to RFC 9457 problem details."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from graph.errors import KrydsfeltError

MEDIA = "application/problem+json"

TITLES = {
    400: "The request is not right",
    401: "Not signed in",
    403: "Refused",
    404: "Not in this view",
    405: "Not that way",
    409: "Somebody else was first",
    413: "Too large",
    422: "The request is not right",
    429: "Too much at once",
    500: "Something broke",
    503: "Not available now",
}


def problem(status: int, code: str, detail: str, **more: object) -> JSONResponse:
    """Return one problem document. `detail` has already been judged fit to leave; so has what `more` adds."""
    body = {
        "type": f"urn:krydsfelt:problem:{code}",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "code": code,
        **more,
    }
    wait = more.get("retry_after")
    return JSONResponse(body, status, {"Retry-After": str(wait)} if wait is not None else None, media_type=MEDIA)


def of_error(error: KrydsfeltError) -> JSONResponse:
    """Return the answer to an error of the tree.

    A step-up says how old the proof may be, as RFC 9470 does; what may be asked again says when.
    """
    more = {name: getattr(error, name) for name in ("max_age", "retry_after") if hasattr(error, name)}
    return problem(error.status, error.reason_code, error.message, **more)


def install(app: FastAPI) -> None:
    """Map every error of the tree, and the framework's own, to problem details; `unforeseen` answers all others."""

    @app.exception_handler(KrydsfeltError)
    async def known(_: Request, error: KrydsfeltError) -> JSONResponse:
        return of_error(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        # only where and what was expected: the value that came may be anybody's name
        said = "; ".join(f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors())
        return problem(422, "bad-request", said)

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        code = "not-found" if error.status_code == 404 else "http"
        return problem(error.status_code, code, str(error.detail))


def unforeseen() -> JSONResponse:
    """Return the answer to an error that nobody foresaw.

    Its text may hold data, so it is told to nobody. No exception handler of the framework's, which would answer outside
    of every middleware.
    """
    return problem(500, "error", "The service could not answer. Nothing was changed by this request.")
