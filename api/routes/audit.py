"""Reading the audit, through a view opened for oversight with a reason; every reading is an act in it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime

from api import schemas
from api.deps import ViewDep
from api.schemas.channels import OverlapOut
from graph.audit_desk import AuditDesk, Reviewed
from graph.audit_replay import Replay
from graph.audit_report import AuditReport
from graph.audit_verify import VerifyReport

router = APIRouter(prefix="/api/v1/views/{v}/audit", tags=["audit"])

Since = Annotated[AwareDatetime | None, Query(description="From this time on.")]
Until = Annotated[AwareDatetime | None, Query(description="Before this time.")]
ActNumber = Annotated[int, Path(ge=0, le=2**53)]


@router.get("/report")
def report(view: ViewDep, since: Since = None, until: Until = None) -> AuditReport:
    return AuditDesk(view).report(since, until)


@router.get("/refusals")
def refusals(
    view: ViewDep,
    since: Since = None,
    until: Until = None,
    user: Annotated[str, Query(max_length=60)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> schemas.RefusalsOut:
    return schemas.RefusalsOut(refusals=AuditDesk(view).refusals(since, until, user=user, limit=limit))


@router.get("/who-looked")
def who_looked(
    view: ViewDep,
    entity: Annotated[str, Query(min_length=1, max_length=300, description="Delivered id, or NAMESPACE:ID.")],
    since: Since = None,
    until: Until = None,
) -> schemas.WhoLookedOut:
    return schemas.WhoLookedOut(looks=AuditDesk(view).who_looked(entity, since, until))


@router.get("/alerts")
def alerts(view: ViewDep, since: Since = None, until: Until = None) -> schemas.AlertsOut:
    return schemas.AlertsOut(
        alerts=[
            schemas.AlertOut(
                detector=each.detector,
                user=each.user,
                at=each.at,
                text=each.text,
                measures={name: str(value) for name, value in each.measures.items()},
                acts=list(each.acts),
            )
            for each in AuditDesk(view).alerts(since, until)
        ]
    )


@router.get("/overlaps")
def overlaps(view: ViewDep) -> list[OverlapOut]:
    """Which open cases overlap and when their leads were told; why, `/overlaps/{overlap}/why` says of one."""
    return [OverlapOut.model_validate(each.to_json()) for each in AuditDesk(view).overlaps()]


@router.get("/verification")
def verification(view: ViewDep) -> schemas.VerificationOut:
    return verification_out(AuditDesk(view).verify())


def verification_out(found: VerifyReport) -> schemas.VerificationOut:
    """Word a reading of the chain for the surface."""
    said: dict[str, Any] = {k: v for k, v in found.to_json().items() if k != "actions"}
    return schemas.VerificationOut.model_validate({**said, "text": found.text()})


@router.get("/acts/{n}/replay")
def replay(view: ViewDep, n: ActNumber) -> Replay:
    return AuditDesk(view).replay(n)


@router.get("/sample")
def sample(
    view: ViewDep,
    seed: Annotated[int, Query(ge=0, le=2**53)],
    count: Annotated[int, Query(ge=1, le=200)] = 20,
    since: Since = None,
    until: Until = None,
) -> schemas.SampleOut:
    return schemas.SampleOut(seed=seed, acts=AuditDesk(view).sample(seed, count, since, until))


@router.post("/acts/{n}/reviews", status_code=201)
def review(view: ViewDep, n: ActNumber, body: schemas.ReviewIn) -> Reviewed:
    return AuditDesk(view).review(n, body.verdict, body.note)
