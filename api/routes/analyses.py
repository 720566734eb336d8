"""Analyses as runs with progress, the findings they leave, and plans kept from them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from functools import partial

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from api import findings, schemas
from api.deps import ServerDep, SessionDep, ViewDep
from api.jobs import Run

router = APIRouter(prefix="/api/v1/views/{v}", tags=["analyses"])


def _run(run: Run) -> schemas.RunOut:
    return schemas.RunOut(
        id=run.id,
        name=run.name,
        state=run.state,
        done=run.done,
        step=run.step,
        finding=run.finding,
        error=run.error,
    )


@router.post("/analyses/{name}", status_code=202)
def start(
    v: str, name: str, body: schemas.RunAnalysis, view: ViewDep, parts: ServerDep, session: SessionDep
) -> schemas.RunOut:
    findings.check(view, name, body.parameters)
    order = {**findings.order(parts.home, view, name, body.parameters), "epoch": session.epoch}
    return _run(parts.jobs.start(v, name, order, partial(findings.watch, parts.home, name)))


@router.get("/runs/{r}")
def read(v: str, r: str, view: ViewDep, parts: ServerDep) -> schemas.RunOut:
    return _run(parts.jobs.get(v, r))


@router.get("/runs/{r}/events")
async def events(v: str, r: str, view: ViewDep, parts: ServerDep, session: SessionDep) -> StreamingResponse:
    run = parts.jobs.get(v, r)
    parts.budgets.check_stream(session.actor.id)

    async def stream() -> AsyncIterator[str]:
        with parts.budgets.stream(session.actor.id):
            async for seen in parts.jobs.follow(run):
                yield f"data: {json.dumps(_run(seen).model_dump())}\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream")


@router.delete("/runs/{r}", status_code=204)
def cancel(v: str, r: str, view: ViewDep, parts: ServerDep) -> None:
    parts.jobs.cancel(parts.jobs.get(v, r))


@router.get("/findings")
def list_findings(view: ViewDep) -> list[schemas.FindingHead]:
    return findings.heads(view)


@router.get("/findings/{f}")
def read_finding(f: str, view: ViewDep) -> schemas.FindingOut:
    return findings.read(view, f)


@router.get("/plans")
def plans(view: ViewDep) -> list[schemas.PlanKept]:
    return findings.plans(view)


@router.post("/plans", status_code=201)
def keep_plan(body: schemas.KeepPlan, view: ViewDep, parts: ServerDep) -> schemas.PlanKept:
    return findings.keep_plan(view, body, parts.clock())
