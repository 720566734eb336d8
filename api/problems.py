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
        # only where and what was expected: a value that came, and a name of a field, may be anybody's name
        known = _names(app)
        places = (
            ".".join(str(p) if isinstance(p, int) or p in known else "?" for p in e["loc"]) for e in error.errors()
        )
        said = "; ".join(f"{place}: {e['msg']}" for place, e in zip(places, error.errors(), strict=True))
        return problem(422, "bad-request", said)

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        code = "not-found" if error.status_code == 404 else "http"
        return problem(error.status_code, code, str(error.detail))


def _names(app: FastAPI) -> frozenset[str]:
    """Return the names that stand in the description of the routes: those of fields, parameters and places."""
    kept: frozenset[str] | None = getattr(app.state, "field_names", None)
    if kept is None:
        description = app.openapi()
        shapes = description.get("components", {}).get("schemas", {}).values()
        fields = {name for shape in shapes for name in shape.get("properties", ())}
        routes = (about for methods in description["paths"].values() for about in methods.values())
        parameters = {p["name"] for about in routes for p in about.get("parameters", ())}
        kept = frozenset(fields | parameters | {"body", "query", "path", "header", "cookie"})
        app.state.field_names = kept
    return kept


def unforeseen() -> JSONResponse:
    """Return the answer to an error that nobody foresaw.

    Its text may hold data, so it is told to nobody. No exception handler of the framework's, which would answer outside
    of every middleware.
    """
    return problem(500, "error", "The service could not answer. Nothing was changed by this request.")
