"""What anybody may ask: health, the words, the plan, the map. None of it depends on data of the home."""

from __future__ import annotations

import importlib.metadata
from functools import cache
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from analytics.initiatives import load_plan
from api import choices, schemas
from api.deps import ServerDep
from graph.regimes import regimes

router = APIRouter(prefix="/api/v1", tags=["house"])


@router.get("/health")
def health(parts: ServerDep) -> schemas.Health:
    return schemas.Health(
        status="ok",
        version=importlib.metadata.version("krydsfelt"),
        engine=parts.settings.graph,
        regimes=sorted(regimes(parts.home)),
    )


@router.get("/ontology")
def ontology_() -> schemas.OntologyOut:
    return choices.ontology_out()


@router.get("/initiatives")
def initiatives() -> schemas.PlanOut:
    return _plan()


@cache
def _plan() -> schemas.PlanOut:
    return schemas.PlanOut.model_validate(load_plan(), from_attributes=True)


@router.get("/map", response_class=FileResponse)
def denmark() -> FileResponse:
    """Municipalities and police districts as GeoJSON, with attribution in its `attribution` member."""
    # by path: importing the generator would load more than serving needs
    path = Path(str(files("ingest") / "scenario" / "denmark" / "municipalities.geojson"))
    return FileResponse(path, media_type="application/geo+json", headers={"Cache-Control": "public, max-age=86400"})
