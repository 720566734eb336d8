"""Analyses by name: who may run them, running one through a view, and the findings and plans that are kept."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analytics.result import Finding
from api import present, schemas
from graph.errors import BadInput
from graph.home import Home
from graph.kept import keep, kept, one
from graph.ledger import Artefact
from graph.projection import Projection
from graph.stops import Watch, check_act
from graph.view import View

Progress = Callable[[str, float], None]
Parameters = Mapping[str, str | int | float | bool]


class SettingsParameters(BaseModel):
    """Parameters of the bridge-setting analysis."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lag_days: int = Field(default=30, ge=0, le=730)
    q: float = Field(default=0.1, gt=0, lt=0.5)
    overlap: Literal["possible", "certain"] = "possible"


class CoverageParameters(BaseModel):
    """Coverage has none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Method:
    """An analysis that may be asked for: the action that policy judges, its parameters, and the function."""

    action: str
    parameters: type[BaseModel]
    run: Callable[[Projection, BaseModel, datetime, Progress], Finding]


def _settings(projection: Projection, asked: BaseModel, now: datetime, progress: Progress) -> Finding:
    from analytics.settings import settings

    return settings(projection, **asked.model_dump(), now=now, progress=progress)


def _coverage(projection: Projection, asked: BaseModel, now: datetime, progress: Progress) -> Finding:
    from analytics.coverage import coverage

    return coverage(projection, now=now, progress=progress)


METHODS: Mapping[str, Method] = {
    "settings": Method("analyse-settings", SettingsParameters, _settings),
    "coverage": Method("analyse-coverage", CoverageParameters, _coverage),
}


def check(view: View, name: str, parameters: Parameters) -> BaseModel:
    """Check an order before it is queued.

    Raises
    ------
    BadInput
        No such analysis, or a parameter out of its range.
    Refused
        The actor's role or purpose may not run it.
    """
    method = METHODS.get(name)
    if method is None:
        raise BadInput(f"There is no such analysis. There are: {', '.join(METHODS)}.", code="unknown-analysis")
    view.demand(method.action)
    check_act(view.home, method.action)
    try:
        return method.parameters.model_validate(dict(parameters))
    except ValidationError as error:
        known = method.parameters.model_fields  # any other name came with the request, and may be anybody's
        wrong = ((e["loc"][0] if e["loc"][:1] and e["loc"][0] in known else "?", e["msg"]) for e in error.errors())
        said = "; ".join(f"{name}: {what}" for name, what in wrong)
        raise BadInput(
            f"A parameter is not right: {said}. There are: {', '.join(known)}.", code="bad-parameter"
        ) from None


def run(view: View, name: str, parameters: Parameters, now: datetime, progress: Progress) -> tuple[Finding, str]:
    """Run an analysis on what the view shows and keep its finding.

    Returns
    -------
    (Finding, str)
        The finding, whose id follows from the work alone, and the id under which this run of it is kept.
    """
    asked = check(view, name, parameters)
    method = METHODS[name]
    progress("reading", 0.02)
    projection = view.projection(method.action)
    finding = method.run(projection, asked, now, progress)
    progress("keeping", 0.99)
    check_act(view.home, method.action)
    kept_as = f"{finding.id}-{int(now.timestamp() * 1000):x}"
    keep(view, "finding", kept_as, {**finding.to_json(), "marking": present.level(view.markings()).model_dump()}, now)
    return finding, kept_as


def watch(home: Home, name: str, stopped: Callable[[str], None]) -> Watch:
    """Look at the button that stops an analysis for as long as the analysis runs."""
    return Watch(home, METHODS[name].action, stopped)


def order(home: Home, view: View, name: str, parameters: Parameters) -> dict[str, object]:
    """Return what a worker needs to run this for the same actor and request."""
    asked = view.request
    if asked.as_of is not None or asked.window is not None:
        times = {"as_of": asked.as_of.isoformat() if asked.as_of else None, "window": asked.window}
    else:
        times = {"as_of": None, "window": None}
    return {
        "home": str(home.path),
        "actor": view.actor.id,
        "purpose": asked.purpose,
        "case": asked.case,
        "legal_basis": asked.legal_basis,
        "reason": asked.reason,
        **times,
        "name": name,
        "parameters": dict(parameters),
    }


def heads(view: View) -> list[schemas.FindingHead]:
    return [_head(view, a) for a in kept(view, "finding")]


def read(view: View, finding: str) -> schemas.FindingOut:
    artefact = one(view, "finding", finding)
    body = artefact.body
    said = body["finding"]
    extra = {k: v for k, v in body.items() if k not in ("finding", "rows", "purpose", "marking")}
    return schemas.FindingOut(
        head=_head(view, artefact),
        seed=said["seed"],
        view=said["view"],
        null_model=said["null_model"],
        power=said["power"],
        limits=said["limits"],
        explanations=said["explanations"],
        said=_said(said),
        evidence_count=said["evidence_count"],
        rows=body["rows"],
        extra=extra,
    )


def _said(finding: Mapping[str, Any]) -> schemas.SaidOut:
    """The sentences with their codes. A finding kept before there were codes has English sentences alone."""

    def part(name: str) -> list[schemas.SentenceOut]:
        if name in finding.get("said", {}):
            return [schemas.SentenceOut(**s) for s in finding["said"][name]]
        plain = finding[name] if isinstance(finding[name], list) else [finding[name]]
        return [schemas.SentenceOut(code="", values={}, about=None, text=text) for text in plain]

    return schemas.SaidOut(
        null_model=part("null_model"),
        power=part("power"),
        limits=part("limits"),
        explanations=part("explanations"),
    )


def _head(view: View, artefact: Artefact) -> schemas.FindingHead:
    said = artefact.body["finding"]
    return schemas.FindingHead(
        id=artefact.id,
        method=said["method"],
        version=said["version"],
        question=said["question"],
        made_at=datetime.fromisoformat(artefact.created_at),
        made_by=artefact.owner,
        expires=datetime.fromisoformat(said["expires"]),
        parameters=said["parameters"],
        marking=_marking(view, artefact),
    )


def _marking(view: View, artefact: Artefact) -> schemas.LevelOut:
    """Return the level of kept work; what was kept before levels were is as high as the view."""
    kept_with = artefact.body.get("marking")
    return schemas.LevelOut(**kept_with) if kept_with else present.level(view.markings())


def plans(view: View) -> list[schemas.PlanKept]:
    return [_plan(view, a) for a in kept(view, "plan")]


def keep_plan(view: View, ask: schemas.KeepPlan, now: datetime) -> schemas.PlanKept:
    """Keep chosen measures of a coverage finding as a plan.

    Raises
    ------
    NotInView
        The finding is not in this view.
    BadInput
        A measure is chosen that the finding does not list.
    Refused
        The role keeps no plans.
    """
    view.demand("keep-plan")
    found = one(view, "finding", ask.finding)
    listed = found.body.get("next", [])
    if not ask.measures or any(not 0 <= i < len(listed) for i in ask.measures):
        raise BadInput(f"Choose measures from the {len(listed)} that the finding lists.", code="bad-measure")
    chosen = [listed[i] for i in sorted(set(ask.measures))]
    marking = _marking(view, found).model_dump()
    body = {"title": ask.title, "note": ask.note, "finding": ask.finding, "measures": chosen, "marking": marking}
    with view.act("keep-plan", detail={"finding": ask.finding, "measures": len(chosen)}):
        return _plan(view, keep(view, "plan", f"plan-{secrets.token_hex(6)}", body, now))


def _plan(view: View, artefact: Artefact) -> schemas.PlanKept:
    body = artefact.body
    return schemas.PlanKept(
        id=artefact.id,
        title=body["title"],
        note=body["note"],
        made_at=datetime.fromisoformat(artefact.created_at),
        made_by=artefact.owner,
        finding=body["finding"],
        measures=body["measures"],
        marking=_marking(view, artefact),
    )
