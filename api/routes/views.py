"""Opening, reading and closing views."""

from __future__ import annotations

from fastapi import APIRouter

from api import choices, schemas
from api.deps import ServerDep, SessionDep, ViewDep, dismiss
from graph.actor import ViewRequest
from graph.interval import parse_interval
from graph.view_open import open_view

router = APIRouter(prefix="/api/v1/views", tags=["views"])


@router.post("", status_code=201)
def open_(body: schemas.OpenView, parts: ServerDep, session: SessionDep) -> schemas.ViewOut:
    window = parse_interval(body.valid) if body.valid else None
    request = ViewRequest(
        purpose=body.purpose,
        case=body.case,
        legal_basis=body.legal_basis,
        reason=body.reason,
        as_of=body.as_of,
        window=(window.valid_from, window.valid_to) if window else None,
    )
    view = open_view(parts.home, session.actor, request, session=session.key, clock=parts.clock)
    dismiss(parts, parts.sessions.keep(session, view))
    return choices.view_out(view, valid=body.valid)


@router.get("/{v}")
def read(view: ViewDep) -> schemas.ViewOut:
    return choices.view_out(view, valid=None)


@router.delete("/{v}", status_code=204)
def close(v: str, view: ViewDep, session: SessionDep, parts: ServerDep) -> None:
    session.views.pop(v, None)
    dismiss(parts, [view])
