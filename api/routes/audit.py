"""Reading the audit, through a view opened for oversight with a reason; every reading is an act in it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime

from api import schemas
from api.deps import ViewDep
from api.schemas.channels import OverlapOut
from graph.audit_desk import AuditDesk, Reviewed
from graph.audit_report import Line
from graph.audit_verify import VerifyReport

router = APIRouter(prefix="/api/v1/views/{v}/audit", tags=["audit"])

Since = Annotated[AwareDatetime | None, Query(description="From this time on.")]
Until = Annotated[AwareDatetime | None, Query(description="Before this time.")]
ActNumber = Annotated[int, Path(ge=0, le=2**53)]


def _line(line: Line) -> schemas.ActLine:
    return schemas.ActLine(**asdict(line))


@router.get("/report")
def report(view: ViewDep, since: Since = None, until: Until = None) -> schemas.AuditReportOut:
    return schemas.AuditReportOut.model_validate(AuditDesk(view).report(since, until).to_json())


@router.get("/refusals")
def refusals(
    view: ViewDep,
    since: Since = None,
    until: Until = None,
    user: Annotated[str, Query(max_length=60)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> schemas.RefusalsOut:
    found = AuditDesk(view).refusals(since, until, user=user, limit=limit)
    return schemas.RefusalsOut(refusals=[_line(line) for line in found])


@router.get("/who-looked")
def who_looked(
    view: ViewDep,
    entity: Annotated[str, Query(min_length=1, max_length=300, description="Delivered id, or NAMESPACE:ID.")],
    since: Since = None,
    until: Until = None,
) -> schemas.WhoLookedOut:
    found = AuditDesk(view).who_looked(entity, since, until)
    return schemas.WhoLookedOut(looks=[schemas.LookOut.model_validate(look.to_json()) for look in found])


@router.get("/alerts")
def alerts(view: ViewDep, since: Since = None, until: Until = None) -> schemas.AlertsOut:
    return schemas.AlertsOut(
        alerts=[
            schemas.AlertOut(
                detector=each.detector,  # type: ignore[arg-type]
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
def replay(view: ViewDep, n: ActNumber) -> schemas.ReplayOut:
    return schemas.ReplayOut.model_validate(AuditDesk(view).replay(n).to_json())


@router.get("/sample")
def sample(
    view: ViewDep,
    seed: Annotated[int, Query(ge=0, le=2**53)],
    count: Annotated[int, Query(ge=1, le=200)] = 20,
    since: Since = None,
    until: Until = None,
) -> schemas.SampleOut:
    drawn = AuditDesk(view).sample(seed, count, since, until)
    return schemas.SampleOut(
        seed=seed,
        acts=[
            schemas.DrawnOut(
                **asdict(d.line), legal_basis=d.legal_basis, shown=d.shown, reviews=[_review(r) for r in d.reviews]
            )
            for d in drawn
        ],
    )


@router.post("/acts/{n}/reviews", status_code=201)
def review(view: ViewDep, n: ActNumber, body: schemas.ReviewIn) -> schemas.ReviewOut:
    return _review(AuditDesk(view).review(n, body.verdict, body.note))


def _review(reviewed: Reviewed) -> schemas.ReviewOut:
    return schemas.ReviewOut.model_validate(asdict(reviewed))
