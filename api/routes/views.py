"""Opening, reading and closing views."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter

from api import choices, schemas
from api.deps import Server, ServerDep, SessionDep, ViewDep, dismiss
from api.reasons import Given
from api.sessions import Session
from graph.actor import ViewRequest
from graph.errors import BadDate, BadInput
from graph.interval import parse_interval
from graph.view import View
from graph.view_open import open_view

router = APIRouter(prefix="/api/v1/views", tags=["views"])


def _request(body: schemas.OpenView | schemas.OpenAgain, reason: str) -> ViewRequest:
    try:
        window = parse_interval(body.valid) if body.valid else None
    except BadDate as error:  # its text holds what came
        raise BadInput("valid wants a date or interval such as 2024-03/2024-06.", code=error.reason_code) from None
    return ViewRequest(
        purpose=body.purpose,
        case=body.case,
        legal_basis=body.legal_basis,
        reason=reason,
        as_of=body.as_of,
        window=(window.valid_from, window.valid_to) if window else None,
        necessity=body.necessity if isinstance(body, schemas.OpenView) else "",  # never a shift's: stated each time
    )


def _opened(parts: Server, session: Session, request: ViewRequest) -> View:
    view = open_view(parts.home, session.actor, request, session=session.id, clock=parts.clock)
    view.meter = parts.budgets.meter(session.actor.id)
    parts.sessions.keep(session, view)
    return view


@router.post("", status_code=201)
def open_(body: schemas.OpenView, parts: ServerDep, session: SessionDep) -> schemas.ViewOut:
    view = _opened(parts, session, _request(body, body.reason))
    given = Given(body.purpose, body.case, view.legal_basis, body.reason.strip(), parts.clock())
    parts.reasons.give(session.id, given)
    return choices.view_out(view, valid=body.valid)


@router.get("/again")
def given_reasons(parts: ServerDep, session: SessionDep) -> list[schemas.GivenReason]:
    """List what may be opened again without writing a reason, newest first."""
    return [
        schemas.GivenReason(
            purpose=g.purpose, case=g.case, legal_basis=g.legal_basis, reason=g.reason, given=g.at, until=g.until
        )
        for g in parts.reasons.of(session.id, parts.clock())
    ]


@router.post("/again", status_code=201)
def open_again(body: schemas.OpenAgain, parts: ServerDep, session: SessionDep) -> schemas.ViewOut:
    """Open a view with the reason given before in this shift, which the audit gets with the time it was given at."""
    given = parts.reasons.find(session.id, body.purpose, body.case, parts.clock())
    request = _request(body, given.dated())
    view = _opened(parts, session, replace(request, legal_basis=body.legal_basis or given.legal_basis))
    return choices.view_out(view, valid=body.valid)


@router.get("/{v}")
def read(view: ViewDep) -> schemas.ViewOut:
    return choices.view_out(view, valid=None)


@router.post("/{v}/prints", status_code=204)
def print_(body: schemas.PrintPage, view: ViewDep) -> None:
    """Write down that a page of the view goes onto paper, and under which mark."""
    with view.act("print", detail={"mark": body.mark, "page": body.page}):
        pass


@router.delete("/{v}", status_code=204)
def close(v: str, view: ViewDep, session: SessionDep, parts: ServerDep) -> None:
    session.views.pop(v, None)
    dismiss(parts, [view])
