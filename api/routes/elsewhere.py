"""Leading a browser to the OpenID provider and taking it back: pages, not API, for a person comes this way."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.deps import AskerDep, ServerDep
from api.identity import signing
from api.identity.provider import provider_of
from api.routes.session import give_cookie, sign_out_of
from graph.errors import KrydsfeltError, NotSignedIn

router = APIRouter(prefix="/sign-in", include_in_schema=False)
COOKIE: Final = "krydsfelt_elsewhere"
PLACE: Final = "/sign-in/elsewhere"


@router.get("/elsewhere")
def leave(parts: ServerDep, request: Request, asker: AskerDep, again: int = 0) -> Response:
    """Send the browser to the provider; `again=1` asks who is signed in to show it once more."""
    provider = provider_of(parts.home)
    try:
        proves = parts.sessions.get(asker.cookie, asker.bond).key if again else ""
        if provider is None:
            raise NotSignedIn("Nobody signs in elsewhere for this home.", code="no-provider")
        url, browser = parts.elsewhere.begin(provider, proves=proves)
    except KrydsfeltError as error:
        return _said(error)
    answer = RedirectResponse(url, 303)
    # lax: it has to come along when the provider sends the browser back
    answer.set_cookie(
        COOKIE, browser, max_age=600, httponly=True, samesite="lax", secure=request.url.scheme == "https", path=PLACE
    )
    return answer


@router.get("/elsewhere/return")
def come_back(parts: ServerDep, request: Request, asker: AskerDep) -> Response:
    provider = provider_of(parts.home)
    try:
        if provider is None:
            raise NotSignedIn("Nobody signs in elsewhere for this home.", code="no-provider")
        opened, proved = signing.by_provider(
            parts, provider, dict(request.query_params), request.cookies.get(COOKIE), asker
        )
        if not proved:
            sign_out_of(parts, asker)
        answer: Response = RedirectResponse("/", 303)
        give_cookie(request, answer, opened)
    except KrydsfeltError as error:
        answer = _said(error)
    answer.delete_cookie(COOKIE, path=PLACE)
    return answer


def _said(error: KrydsfeltError) -> Response:
    """Lead back to the page of signing in, which has words for what happened."""
    return RedirectResponse(f"/log-ind?fejl={error.reason_code}", 303)
