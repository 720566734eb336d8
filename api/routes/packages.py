"""The liaison's desk: requests, previews, packages sent, and packages received."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from api import parcels, schemas
from api.deps import ServerDep, SessionDep, ViewDep
from api.sessions import demand_fresh

router = APIRouter(prefix="/api/v1/views/{v}", tags=["packages"])


@router.get("/partners")
def partners(view: ViewDep) -> list[schemas.PartnerOut]:
    return parcels.partners(view)


@router.get("/requests")
def requests(view: ViewDep) -> list[schemas.RequestOut]:
    return parcels.requests(view)


@router.get("/packages/candidates")
def candidates(view: ViewDep, partner: str) -> schemas.PreviewOut:
    """Every claim of the case with what would happen to it: the table that choosing begins with."""
    return parcels.candidates(view, partner)


@router.post("/packages/preview")
def preview(body: schemas.PackageAsk, view: ViewDep) -> schemas.PreviewOut:
    return parcels.preview(view, body)


@router.post("/packages", status_code=201)
def make(body: schemas.PackageAsk, view: ViewDep, parts: ServerDep, session: SessionDep) -> schemas.PackageOut:
    strength = demand_fresh(session, parts.clock())
    return parcels.make(parts.home, view, body, strength, parts.clock)


@router.get("/packages")
def register(view: ViewDep) -> list[schemas.PackageOut]:
    return parcels.register(view)


@router.get("/packages/{k}/file")
def download(k: str, view: ViewDep, parts: ServerDep, session: SessionDep) -> Response:
    """Hand out a package that was made before, where all of it may still leave today."""
    now = parts.clock()
    data = parcels.data(view, k, demand_fresh(session, now), now)
    return Response(
        data,
        media_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{k}.kxp"'},
    )


@router.post("/packages/verify")
async def verify(request: Request, view: ViewDep, parts: ServerDep) -> schemas.VerifyOut:
    """Check a received package; the body is the file itself."""
    content = await request.body()
    return await run_in_threadpool(parcels.verify, view, content, parts.clock())  # unpacking and signatures take time
