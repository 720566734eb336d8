"""Breaking the glass: asked with a reason, approved by a second person, ended early by either, reviewed by a third."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter

from api.deps import ServerDep, SessionDep
from api.schemas import glass as shapes
from api.sessions import demand_fresh
from graph import glass
from graph.actor import Actor

router = APIRouter(prefix="/api/v1/glass", tags=["glass"])


def _out(actor: Actor, found: glass.Glass, now: datetime) -> shapes.GlassOut:
    return shapes.GlassOut.model_validate(
        {
            **found.to_json(),
            "due": found.asked_at + glass.PATIENCE,
            "state": found.state(now),
            "overdue": glass.overdue(found, now),
            "mine": found.user == actor.id,
            "may_approve": glass.may_approve(actor, found, now),
            "may_end": glass.may_end(actor, found, now),
            "may_review": glass.may_review(actor, found, now),
        }
    )


@router.get("")
def list_glass(parts: ServerDep, session: SessionDep) -> list[shapes.GlassOut]:
    """One's own requests; for who approves or oversees, every one."""
    now = parts.clock()
    return [_out(session.actor, each, now) for each in glass.listed(parts.home, session.actor)]


@router.post("", status_code=201)
def ask(body: shapes.AskGlass, parts: ServerDep, session: SessionDep) -> shapes.GlassOut:
    """Ask a second person for the way into one case; the answer is the same whether there is such a case or not."""
    now = parts.clock()
    demand_fresh(session, now)
    return _out(session.actor, glass.ask(parts.home, session.actor, body.case, body.reason, at=now), now)


@router.post("/{glass_id}/approve")
def approve(glass_id: str, parts: ServerDep, session: SessionDep) -> shapes.GlassOut:
    now = parts.clock()
    demand_fresh(session, now)
    return _out(session.actor, glass.approve(parts.home, session.actor, glass_id, at=now), now)


@router.post("/{glass_id}/end")
def end(glass_id: str, parts: ServerDep, session: SessionDep) -> shapes.GlassOut:
    """End it early, withdraw it, or refuse what somebody asked."""
    now = parts.clock()
    return _out(session.actor, glass.end(parts.home, session.actor, glass_id, at=now), now)


@router.post("/{glass_id}/review")
def review(glass_id: str, body: shapes.ReviewGlass, parts: ServerDep, session: SessionDep) -> shapes.GlassOut:
    now = parts.clock()
    done = glass.review(parts.home, session.actor, glass_id, body.verdict, body.remark, at=now)
    return _out(session.actor, done, now)
