"""Signing in by persona, and what the signed-in actor may open."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api import choices, schemas
from api.deps import Server, ServerDep, SessionDep, dismiss
from api.sessions import COOKIE, LIFE
from graph.actor import Actor, actor_of, personas
from graph.errors import NotSignedIn, Refused
from graph.regimes import only_open

router = APIRouter(prefix="/api/v1", tags=["session"])


def _who(actor: Actor) -> schemas.PersonaOut:
    return schemas.PersonaOut(id=actor.id, roles=sorted(actor.roles), org=actor.org)


def _offered(parts: Server) -> list[schemas.PersonaOut]:
    if not parts.loopback or not only_open(parts.home):
        return []
    return [_who(p) for p in personas(parts.home)]


@router.get("/session")
def current(request: Request, parts: ServerDep) -> schemas.SessionOut:
    try:
        actor = _who(parts.sessions.get(request.cookies.get(COOKIE)).actor)
    except NotSignedIn:
        actor = None
    return schemas.SessionOut(actor=actor, personas=_offered(parts))


@router.post("/session")
def sign_in(body: schemas.SignIn, request: Request, response: Response, parts: ServerDep) -> schemas.SessionOut:
    offered = _offered(parts)
    if body.persona not in {p.id for p in offered}:
        raise Refused(
            "Personas are offered on loopback and on homes with only synthetic or research data. Choose one of "
            "those offered."
        )
    dismiss(parts, parts.sessions.end(request.cookies.get(COOKIE)))
    opened = parts.sessions.start(actor_of(parts.home, body.persona))
    response.set_cookie(
        COOKIE, opened.key, max_age=int(LIFE.total_seconds()), httponly=True, samesite="strict", path="/"
    )
    return schemas.SessionOut(actor=_who(opened.actor), personas=offered)


@router.delete("/session", status_code=204)
def sign_out(request: Request, response: Response, parts: ServerDep) -> None:
    dismiss(parts, parts.sessions.end(request.cookies.get(COOKIE)))
    response.delete_cookie(COOKIE, path="/")


@router.get("/openings")
def openings(parts: ServerDep, session: SessionDep) -> schemas.OpeningsOut:
    return choices.openings(parts.home, session.actor)
