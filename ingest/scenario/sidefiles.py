"""The files beside the claims: manifest, markings, cases, users, truth, README."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from ingest.scenario.cases import CaseFile
from ingest.scenario.markings import HOME, Markings
from ingest.scenario.partners import Partner
from ingest.scenario.people import AGE_BANDS, PLACE_HAZARD, RECORD_BANDS, SEASON_HAZARD
from ingest.scenario.settings import LAG_DAYS, Landscape
from ingest.scenario.size import WorldSize

_REASONS = {
    "large": "many people pass through it, so its raw count is high",
    "reporting": "its unit reports three times as much, so more crossings of its visitors are noticed",
    "young": "its visitors are young, and young people cross more often everywhere",
    "crossed": "many of its visitors had crossed before they came",
}
_USERS: dict[str, dict[str, Any]] = {
    "user-014": {"roles": ["analyst"], "clearance": 2, "purposes": ["prevent", "investigate"]},
    "user-021": {"roles": ["analyst"], "clearance": 2, "purposes": ["prevent", "investigate"]},
    "user-022": {"roles": ["analyst"], "clearance": 1, "purposes": ["prevent"]},
    "user-027": {"roles": ["planner"], "clearance": 1, "purposes": ["outreach-aggregate", "prevent"]},
    "user-033": {"roles": ["liaison"], "clearance": 2, "purposes": ["exchange"]},
    "user-041": {"roles": ["custodian"], "clearance": 1, "purposes": ["oversight"]},
    "user-050": {"roles": ["inspector"], "clearance": 2, "purposes": ["oversight"]},
}


def _yaml(path: Path, content: Any) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=True, width=120), encoding="utf-8")


def write_sidefiles(out: Path, name: str, seed: int, markings: Markings, cases: list[CaseFile], claims: int) -> None:
    """Everything a loader reads beside the claims."""
    _yaml(
        out / "manifest.yaml",
        {
            "kind": "synthetic",
            "title": f"A made-up Denmark, size {name}, seed {seed}",
            "seed": seed,
            "licence": "Apache-2.0",
            "namespace": f"made-up-denmark-{name.lower()}-{seed}",
            "labels": "public",
            "defaults": {"assertion": "fact", "marking": "open-map", "grade": "4x4:X4", "source": "register:map"},
            "expect": {"claims": {"min": claims, "max": claims}},
        },
    )
    _yaml(out / "markings.yaml", markings.entries)
    _yaml(out / "cases.yaml", {case.id: case.entry for case in cases})
    _yaml(out / "users.yaml", {user: {**body, "compartments": [], "org": HOME} for user, body in _USERS.items()})


def write_truth(out: Path, land: Landscape) -> None:
    """The planted truth, for whoever judges a method; no method reads it."""
    truth = {
        "bridge_settings": [{"setting": s.id, "strength": s.strength} for s in land.bridges],
        "decoys": [{"setting": s.id, "reason": _REASONS[s.decoy]} for s in land.decoys],
    }
    (out / "truth.json").write_text(
        json.dumps(truth, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
    )


def write_readme(
    out: Path,
    name: str,
    seed: int,
    size: WorldSize,
    land: Landscape,
    cases: list[CaseFile],
    partners: tuple[Partner, ...],
    counts: dict[str, int],
) -> None:
    """What the world is, whom to be in it, where to start, and how it was made."""
    case, masked = cases[0], next(c for c in cases if c.masked)
    lead, second, far = case.cast.lead, case.cast.inner[1], case.cast.far
    stay = land.settings[lead.stay.setting] if lead.stay else land.settings[0]
    users = "\n".join(f"- `{user}`: {', '.join(body['roles'])}" for user, body in _USERS.items())
    listed = "\n".join(
        f'- `{c.id}` "{c.entry["title"]}": {c.state}{", names masked" if c.masked else ""}, members '
        f"{', '.join(c.entry.get('members', ['whoever the loader admits']))}"
        for c in cases[:12]
    )
    (out / "README.md").write_text(
        f"""# A made-up Denmark, size {name}, seed {seed}

Nobody and nothing in it is real but the map: 98 municipalities in 12 police districts (boundaries: DAGI, contains data from
Klimadatastyrelsen and the Danish municipalities). Any likeness of a name to a living person is chance; names of well-known people,
real prisons and real housing areas are shut out by a list of fingerprints.

## Where to start

- case: `{case.id}` "{case.entry["title"]}" (open; analyst and liaison are members)
- partner: `{partners[0].id}` {partners[0].name}; its own keys lie in `partners/{partners[0].id}/`
- a party with several sources: `{lead.person.id}` {lead.name}
- two parties joined only over a weak link in the case: `{lead.person.id}` {lead.name} and `{far.person.id}` {far.name};
  the link is `{second.person.id}` to `{case.cast.outer[1].person.id}`, one untested source (4x4:X4)
- a conflict between two sources: the end of the stay of `{lead.person.id}` in `{stay.id}` ({stay.name})
- two papers, one source: `report:{case.id.removeprefix("case-")}-1b` repeats `report:{case.id.removeprefix("case-")}-1a`
- the same person under two ids: `person:{partners[0].id}-{case.id.removeprefix("case-")}-1` and `{lead.person.id}`
- a case that shows masking: `{masked.id}`

## Users

Personas (`analyst`, `planner`, `liaison`, `custodian`, `inspector`, `admin`) come from `krydsfelt init --personas`. The world adds:

{users}

## Cases

{listed}

## What it holds

{counts["persons"]} people, {len(land.settings)} settings in {len(land.prisons)} prisons and elsewhere, {counts["claims"]} claims, {counts["relations"]} of them links,
{counts["journeys"]} journeys of which {counts["returned"]} returned, {counts["concerns"]} concerns, {len(cases)} cases.

## How it was made

All draws are whole numbers from SplitMix64 streams, so a seed gives the same bytes everywhere.

*People.* 89 % came by way of crime, 2 % came to an extremist milieu first, the rest are victims, witnesses and contacts. The name pool
is drawn from a stream of its own and decides nothing. People pass one setting after another, with gaps.

*Crossing.* The chance of crossing from one milieu to the other on a day is the size's base times the stratum: age
{", ".join(f"{low} to {high - 1}: {h / 1000:g}" for low, high, h in AGE_BANDS)}; earlier offences {", ".join(f"{low} to {high - 1}: {h / 1000:g}" for low, high, h in RECORD_BANDS)};
municipality {", ".join(f"{k} {h / 1000:g}" for k, h in PLACE_HAZARD.items())}; quarter of the year {", ".join(f"{h / 1000:g}" for h in SEASON_HAZARD)}.
In a bridge setting, and for {LAG_DAYS} days after a stay, it is multiplied by the bridge's strength (the greatest, where
stays overlap). A heavily reporting unit multiplies what is noticed. Nothing else matters: no contagion between people.

*Bridges and decoys.* {len(land.bridges)} bridges of strength 3 to 8 and {len(land.decoys)} decoys among {len(land.settings)} settings; `truth.json` names them. So that a
bridge can be found at all in a world of this size, weak bridges get more person-time than strong ones, and the small size has more
crossings a head than published figures suggest ({counts["crossed"]} here). Both directions share strength and stratum.

*Proportions.* Extremists are a small part of the registers, people in both milieus at once fewer still. Departures
fall mostly in 2012 to 2015 and about half returned. Most municipalities have none to two concerns a year; the volume of concerns does not
grow with the size of the world.

*Reports.* Units write reports about settings in proportion to the time people spend there; reporting volume is `Setting subject_of Report`.
""",
        encoding="utf-8",
    )
