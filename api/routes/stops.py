"""The two stop buttons: how they stand, for everybody who is signed in; turning them, for those who may."""

from __future__ import annotations

from fastapi import APIRouter

from api import schemas
from api.deps import ServerDep, SessionDep
from graph.stops import Button, Stop, lift, press, stops

router = APIRouter(prefix="/api/v1/stops", tags=["stops"])


def _out(stop: Stop) -> schemas.StopOut:
    return schemas.StopOut(
        button=stop.button,
        pressed=stop.pressed,
        by=stop.by,
        reason=stop.reason,
        at=stop.at,
        readable=stop.readable,
    )


@router.get("")
def read(parts: ServerDep, session: SessionDep) -> list[schemas.StopOut]:
    return [_out(stop) for stop in stops(parts.home)]


@router.post("/{button}/press")
def press_(button: Button, body: schemas.TurnStop, parts: ServerDep, session: SessionDep) -> schemas.StopOut:
    return _out(press(parts.home, session.actor, button, body.reason, at=parts.clock()))


@router.post("/{button}/lift")
def lift_(button: Button, body: schemas.TurnStop, parts: ServerDep, session: SessionDep) -> schemas.StopOut:
    return _out(lift(parts.home, session.actor, button, body.reason, at=parts.clock()))
