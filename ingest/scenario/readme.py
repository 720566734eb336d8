"""The README of a made-up world: whom to be in it, where to start, and how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from string import Template

from ingest.scenario.cases import CaseFile
from ingest.scenario.partners import Partner
from ingest.scenario.people import AGE_BANDS, NATIVE_HAZARD, PLACE_HAZARD, RECORD_BANDS, SEASON_HAZARD
from ingest.scenario.settings import HEAVY, LAG_DAYS, Landscape
from ingest.scenario.sidefiles import USERS


def write_readme(
    out: Path,
    head: Mapping[str, str | int],
    land: Landscape,
    cases: list[CaseFile],
    partners: tuple[Partner, ...],
    counts: Mapping[str, int],
) -> None:
    """Fill in the template. `head` names size and seed, `counts` what was made."""
    text = resources.files("ingest.scenario").joinpath("readme.txt").read_text(encoding="utf-8")
    body = Template(text).substitute({**head, **counts, **_start(land, cases, partners), **_design(land)})
    (out / "README.md").write_text(body, encoding="utf-8")


def _start(land: Landscape, cases: list[CaseFile], partners: tuple[Partner, ...]) -> dict[str, str | int]:
    case, masked = cases[0], next((c for c in cases if c.masked), cases[0])
    lead, far = case.cast.lead, case.cast.far
    stay = land.settings[case.cast.stay.setting]
    return {
        "case": case.id,
        "title": case.entry["title"],
        "tag": case.id.removeprefix("case-"),
        "partner": partners[0].id,
        "partner_name": partners[0].name,
        "lead": lead.person.id,
        "lead_name": lead.name,
        "far": far.person.id,
        "far_name": far.name,
        "weak_a": case.cast.inner[1].person.id,
        "weak_b": case.cast.outer[1].person.id,
        "stay": stay.id,
        "stay_name": stay.name,
        "masked": masked.id,
        "sharing": "` and `".join(c.id for c in cases if c.sharing),
        "users": "\n".join(f"- `{user}`: {', '.join(body['roles'])}" for user, body in USERS.items()),
        "cases": "\n".join(_line(c) for c in cases[:12]),
        "case_count": len(cases),
    }


def _line(case: CaseFile) -> str:
    masked = ", names masked" if case.masked else ""
    members = ", ".join(case.entry.get("members", ["whoever the loader admits"]))
    return f'- `{case.id}` "{case.entry["title"]}": {case.state}{masked}, members {members}'


def _design(land: Landscape) -> dict[str, str | int]:
    return {
        "age": ", ".join(f"{low} to {high - 1}: {h / 1000:g}" for low, high, h in AGE_BANDS),
        "record": ", ".join(f"{low} to {high - 1}: {h / 1000:g}" for low, high, h in RECORD_BANDS),
        "place": ", ".join(f"{kind} {h / 1000:g}" for kind, h in PLACE_HAZARD.items()),
        "season": ", ".join(f"{h / 1000:g}" for h in SEASON_HAZARD),
        "lag": LAG_DAYS,
        "native": NATIVE_HAZARD,
        "heavy": f"{HEAVY / 1000:g}",
        "bridges": len(land.bridges),
        "decoys": len(land.decoys),
        "settings": len(land.settings),
        "prisons": len(land.prisons),
    }
