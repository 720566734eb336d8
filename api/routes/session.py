"""Signing in and out, showing once more who one is, and what the signed-in actor may open."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api import choices, schemas
from api.deps import Asker, AskerDep, Server, ServerDep, SessionDep, cookie_name
from api.identity import signing
from api.identity.provider import provider_of
from api.sessions import FRESH, LIFE, Session
from graph.access import revoke
from graph.audit import audit_of
from graph.errors import NotSignedIn
from graph.interval import to_date

router = APIRouter(prefix="/api/v1", tags=["session"])


@router.get("/session")
def current(parts: ServerDep, asker: AskerDep) -> schemas.SessionOut:
    try:
        return _out(parts, parts.sessions.get(asker.cookie, asker.bond))
    except NotSignedIn:
        return _out(parts, None)


@router.post("/session")
def sign_in(
    body: schemas.SignIn, request: Request, response: Response, parts: ServerDep, asker: AskerDep
) -> schemas.SessionOut:
    """Choose a persona."""
    return _began(parts, signing.by_persona(parts, body.persona, asker), request, response, asker)


@router.post("/session/password")
def sign_in_with_password(
    body: schemas.PasswordSignIn, request: Request, response: Response, parts: ServerDep, asker: AskerDep
) -> schemas.SessionOut:
    """Sign in with an account of this home; whoever has a one-time password chooses a new one in the same step."""
    opened = signing.by_password(parts, body.user, body.password, body.new_password, asker)
    return _began(parts, opened, request, response, asker)


@router.post("/session/proof")
def prove(
    body: schemas.Proof, request: Request, response: Response, parts: ServerDep, asker: AskerDep, session: SessionDep
) -> schemas.SessionOut:
    """Show once more who one is, for what needs a fresh sign-in; all views stay open."""
    signing.again(parts, session, body.persona, body.password, asker)
    give_cookie(request, response, session)
    return _out(parts, session)


@router.post("/session/new-password")
def choose_password(
    body: schemas.NewPassword,
    request: Request,
    response: Response,
    parts: ServerDep,
    asker: AskerDep,
    session: SessionDep,
) -> schemas.SessionOut:
    """Change one's own password."""
    signing.choose_password(parts, session, body.password, body.new_password, asker)
    give_cookie(request, response, session)
    return _out(parts, session)


@router.delete("/session", status_code=204)
def sign_out(request: Request, response: Response, parts: ServerDep, asker: AskerDep) -> None:
    sign_out_of(parts, asker)
    response.delete_cookie(cookie_name(request), path="/", secure=request.url.scheme == "https")


@router.delete("/sessions", status_code=204)
def sign_out_everywhere(request: Request, response: Response, parts: ServerDep, session: SessionDep) -> None:
    """End all one's sign-ins and tokens, on every machine."""
    user = session.actor.id
    revoke(parts.home, user, by=user, reason="signed out everywhere", at=parts.clock())
    parts.sessions.sweep()
    response.delete_cookie(cookie_name(request), path="/", secure=request.url.scheme == "https")


@router.get("/openings")
def openings(parts: ServerDep, session: SessionDep) -> schemas.OpeningsOut:
    return choices.openings(parts.home, session.actor, parts.clock())


def _began(parts: Server, opened: Session, request: Request, response: Response, asker: Asker) -> schemas.SessionOut:
    sign_out_of(parts, asker)
    give_cookie(request, response, opened)
    return _out(parts, opened)


def sign_out_of(parts: Server, asker: Asker) -> None:
    """End the session of a browser, if it has one, and write that down."""
    try:
        session = parts.sessions.get(asker.cookie, asker.bond)
    except NotSignedIn:
        return
    log = audit_of(parts.home)
    intent = log.intent("sign-out", {"user": session.actor.id, "session": log.term(session.id)})
    parts.sessions.end(session.key)
    log.outcome(intent, "ok", {})


def give_cookie(request: Request, response: Response, session: Session) -> None:
    """Give a browser the key of its session."""
    response.set_cookie(
        cookie_name(request),
        session.key,
        max_age=int(LIFE.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        path="/",
    )


def _out(parts: Server, session: Session | None) -> schemas.SessionOut:
    offered = [schemas.PersonaOut(id=p.id, roles=list(p.roles), org=p.org) for p in signing.personas(parts)]
    provider = provider_of(parts.home)
    ways = schemas.WaysOut(
        persona=bool(offered),
        password=bool(parts.accounts.all()),
        elsewhere=None if provider is None else provider.label or provider.issuer,
    )
    if session is None:
        return schemas.SessionOut(actor=None, personas=offered, ways=ways)
    actor = session.actor
    return schemas.SessionOut(
        actor=schemas.PersonaOut(id=actor.id, roles=sorted(actor.roles), org=actor.org),
        personas=offered,
        ways=ways,
        way=session.way,
        rights_until=to_date(actor.confirmed_until),
        ends=session.ends,
        fresh_until=session.proved + FRESH,
    )
