"""Rights lapse each quarter: how they stand, for who confirms or oversees, and what is decided on them."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter

from api.deps import ServerDep, SessionDep
from api.schemas.rights import RightsOut
from graph import rights
from graph.actor import Actor

router = APIRouter(prefix="/api/v1/rights", tags=["rights"])


def _out(actor: Actor, found: rights.Standing, now: datetime) -> RightsOut:
    return RightsOut(
        user=found.user,
        roles=list(found.roles),
        until=found.until,
        state=found.state(now),
        confirmed_by=found.confirmed_by,
        lapse_by=found.lapse_by,
        mine=found.user == actor.id,
        may_decide=found.may_decide(actor),
        may_undo=found.may_undo(actor, now),
    )


@router.get("")
def list_rights(parts: ServerDep, session: SessionDep) -> list[RightsOut]:
    """Those that lapse first at the top."""
    now = parts.clock()
    return [_out(session.actor, each, now) for each in rights.listed(parts.home, session.actor)]


@router.post("/{user}/confirm")
def confirm(user: str, parts: ServerDep, session: SessionDep) -> RightsOut:
    now = parts.clock()
    return _out(session.actor, rights.confirm(parts.home, session.actor, user, at=now), now)


@router.post("/{user}/lapse")
def let_lapse(user: str, parts: ServerDep, session: SessionDep) -> RightsOut:
    now = parts.clock()
    return _out(session.actor, rights.let_lapse(parts.home, session.actor, user, at=now), now)


@router.post("/{user}/take-back")
def take_back(user: str, parts: ServerDep, session: SessionDep) -> RightsOut:
    now = parts.clock()
    return _out(session.actor, rights.take_back(parts.home, session.actor, user, at=now), now)
