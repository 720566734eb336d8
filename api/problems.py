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
    500: "Something broke",
    503: "Not available now",
}


def problem(status: int, code: str, detail: str) -> JSONResponse:
    """Return one problem document. `detail` has already been judged fit to leave."""
    body = {
        "type": f"urn:krydsfelt:problem:{code}",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "code": code,
    }
    return JSONResponse(body, status, media_type=MEDIA)


def install(app: FastAPI) -> None:
    """Map every error of the tree, and the framework's own, to problem details; `unforeseen` answers all others."""

    @app.exception_handler(KrydsfeltError)
    async def known(_: Request, error: KrydsfeltError) -> JSONResponse:
        return problem(error.status, error.reason_code, error.message)

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
