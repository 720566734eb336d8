"""Unmasking: asked for in a view, decided by a second person, reviewed where somebody acted alone; and notices."""

from __future__ import annotations

from fastapi import APIRouter

from api import naming
from api.deps import ServerDep, SessionDep, ViewDep
from api.schemas import names as shapes
from api.sessions import demand_fresh
from graph import emergencies, grants, notices, unmasking
from graph.grants import Subject

router = APIRouter(prefix="/api/v1", tags=["grants"])


@router.post("/views/{v}/grants", status_code=201)
def ask(body: shapes.AskUnmask, view: ViewDep, parts: ServerDep, session: SessionDep) -> shapes.GrantOut:
    demand_fresh(session, parts.clock())
    subjects = [Subject(each.ref, each.reason) for each in body.subjects]
    now = parts.clock()
    made = unmasking.ask(view, subjects, reason=body.reason, act=body.act, hours=body.hours, at=now)
    return naming.grant(parts.home, view.actor, made, now)


@router.post("/views/{v}/grants/emergency", status_code=201)
def unmask_alone(body: shapes.UnmaskAlone, view: ViewDep, parts: ServerDep, session: SessionDep) -> shapes.GrantOut:
    """Unmask one person for a day without a second one; lead, inspectors and custodians are told at once."""
    demand_fresh(session, parts.clock())
    now = parts.clock()
    return naming.grant(parts.home, view.actor, emergencies.unmask_alone(view, body.ref, body.reason, at=now), now)


@router.get("/grants")
def list_grants(parts: ServerDep, session: SessionDep) -> list[shapes.GrantOut]:
    """Own grants, those that the actor may decide, and all of them for who oversees."""
    now = parts.clock()
    return [naming.grant(parts.home, session.actor, each, now) for each in grants.listed(parts.home, session.actor)]


@router.post("/grants/{grant}/approve")
def approve(grant: str, body: shapes.ApproveUnmask, parts: ServerDep, session: SessionDep) -> shapes.GrantOut:
    demand_fresh(session, parts.clock())
    now = parts.clock()
    done = unmasking.approve(parts.home, session.actor, grant, at=now, note=body.note)
    return naming.grant(parts.home, session.actor, done, now)


@router.post("/grants/{grant}/refuse")
def refuse(grant: str, body: shapes.ReasonIn, parts: ServerDep, session: SessionDep) -> shapes.GrantOut:
    now = parts.clock()
    done = unmasking.refuse(parts.home, session.actor, grant, body.reason, at=now)
    return naming.grant(parts.home, session.actor, done, now)


@router.post("/grants/{grant}/withdraw")
def withdraw(grant: str, body: shapes.ReasonIn, parts: ServerDep, session: SessionDep) -> shapes.GrantOut:
    now = parts.clock()
    done = unmasking.withdraw(parts.home, session.actor, grant, body.reason, at=now)
    return naming.grant(parts.home, session.actor, done, now)


@router.post("/grants/{grant}/review")
def review(grant: str, body: shapes.ReviewEmergency, parts: ServerDep, session: SessionDep) -> shapes.GrantOut:
    now = parts.clock()
    done = emergencies.review(parts.home, session.actor, grant, body.verdict, body.remark, at=now)
    return naming.grant(parts.home, session.actor, done, now)


@router.get("/notices")
def list_notices(parts: ServerDep, session: SessionDep) -> list[shapes.NoticeOut]:
    return [naming.notice(each) for each in notices.listed(parts.home, session.actor)]


@router.patch("/notices/{notice}", status_code=204)
def notice_seen(notice: str, body: shapes.NoticeSeen, parts: ServerDep, session: SessionDep) -> None:
    notices.mark_seen(parts.home, session.actor, notice, at=parts.clock())
