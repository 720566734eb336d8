"""Why this is shown, and why that may not be done with it; nothing of what the view does not show."""

from __future__ import annotations

from fastapi import APIRouter

from api import schemas
from api.deps import ServerDep, SessionDep, ViewDep
from api.sessions import strength_of
from graph.policy.why import Answer, why_in

router = APIRouter(prefix="/api/v1/views/{v}", tags=["why"])


@router.get("/claims/{c}/why")
def why(
    view: ViewDep, parts: ServerDep, session: SessionDep, c: str, act: schemas.PolicyAct = "read"
) -> schemas.WhyOut:
    """Explain one decision about a claim that the view shows; of any other there is one answer, not in this view."""
    return _out(why_in(view, c, act, strength=strength_of(session, parts.clock())))


@router.get("/why")
def bounds(view: ViewDep) -> schemas.BoundsOut:
    """Say what the view shows at all: it follows from the asker and the request, whatever is asked about."""
    with view.act("read", detail={"what": "bounds"}):
        return schemas.BoundsOut(
            purpose=view.request.purpose,
            case=view.request.case,
            legal_basis=view.legal_basis,
            level=view.actor.clearance,
            compartments=sorted(view.actor.compartments),
            regimes=sorted(view.actor.regimes),
        )


def _out(answer: Answer) -> schemas.WhyOut:
    return schemas.WhyOut(
        act=answer.act,
        allowed=answer.allowed,
        reasons=[schemas.WhyReason(code=r.code, values=dict(r.values), says=r.says) for r in answer.reasons],
    )
