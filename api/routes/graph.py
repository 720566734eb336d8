"""Reading the graph through a view."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api import present, schemas
from api.deps import ServerDep, SessionDep, ViewDep
from api.sessions import demand_fresh
from api.written import written

router = APIRouter(prefix="/api/v1/views/{v}", tags=["graph"])

Names = Annotated[list[str], Query(max_length=100)]


@router.get("/search")
def search(
    view: ViewDep,
    q: Annotated[str, Query(min_length=1, max_length=200)],
    kind: Names = [],  # noqa: B006  # FastAPI copies query defaults
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> schemas.SearchOut:
    return present.search(view.search(q, kinds=tuple(kind), limit=limit))


@router.get("/entities/{e}", response_model=schemas.CardOut)
def card(view: ViewDep, e: str) -> Response:
    return written(view.card(e), present.card)


@router.get("/entities/{e}/vault")
def vault(view: ViewDep, parts: ServerDep, session: SessionDep, e: str) -> schemas.VaultOut:
    """What the vault holds about one entity, where the view stated that it is strictly necessary."""
    return present.vault(view.vault(e, strength=demand_fresh(session, parts.clock())))


@router.get("/entities/{e}/neighbours", response_model=schemas.SubgraphOut)
def neighbours(
    view: ViewDep,
    e: str,
    predicate: Names = [],  # noqa: B006
    kind: Names = [],  # noqa: B006
    limit: Annotated[int, Query(ge=1, le=5000)] = 500,
) -> Response:
    return written(view.neighbours(e, predicates=tuple(predicate), kinds=tuple(kind), limit=limit), present.subgraph)


@router.get("/entities/{e}/surroundings", response_model=schemas.SubgraphOut)
def surroundings(
    view: ViewDep,
    e: str,
    hops: Annotated[int, Query(ge=1, le=4)] = 2,
    kind: Names = [],  # noqa: B006
    limit: Annotated[int, Query(ge=1, le=2000)] = 500,
) -> Response:
    return written(view.k_hop(e, hops, kinds=tuple(kind), limit=limit), present.subgraph)


@router.get("/paths")
def paths(
    view: ViewDep,
    start: str,
    end: str,
    kind: Literal["shortest", "time"] = "shortest",
    overlap: Literal["possible", "certain"] = "possible",
    max_hops: Annotated[int, Query(ge=1, le=12)] = 8,
) -> schemas.PathAnswer:
    if kind == "time":
        return present.path(view.time_path(start, end, overlap=overlap))
    return present.path(view.shortest_path(start, end, max_hops=max_hops))


@router.get("/claims/{c}/record")
def record(view: ViewDep, c: str) -> schemas.RecordOut:
    return present.record(view.record(c))


@router.get("/case")
def case(view: ViewDep) -> schemas.CaseOut:
    return present.case(view.case())
