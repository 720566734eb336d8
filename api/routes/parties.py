"""The parties of a view's case: entered and ended by its lead."""

from __future__ import annotations

from fastapi import APIRouter

from api import naming
from api.deps import ServerDep, ViewDep
from api.schemas import names as shapes
from graph import parties

router = APIRouter(prefix="/api/v1/views/{v}/parties", tags=["parties"])


@router.get("")
def list_parties(view: ViewDep, parts: ServerDep) -> list[shapes.PartyOut]:
    return [naming.party(line) for line in parties.listed(view, at=parts.clock())]


@router.post("", status_code=201)
def enter_party(body: shapes.EnterParty, view: ViewDep, parts: ServerDep) -> list[shapes.PartyOut]:
    """Enter one; the answer is the list as it stands now."""
    parties.enter(
        view,
        body.entity,
        category=body.category,
        role=body.role,
        reason=body.reason,
        at=parts.clock(),
        since=body.since,
        until=body.until,
    )
    return list_parties(view, parts)


@router.post("/{party}/end")
def end_party(party: str, body: shapes.ReasonIn, view: ViewDep, parts: ServerDep) -> list[shapes.PartyOut]:
    parties.end(view, party, body.reason, at=parts.clock())
    return list_parties(view, parts)
