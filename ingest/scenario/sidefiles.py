"""The files beside the claims: manifest, markings, cases, users, truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from ingest.scenario.cases import CaseFile
from ingest.scenario.markings import HOME, Markings
from ingest.scenario.settings import Landscape

_REASONS = {
    "large": "many people pass through it, so its raw count is high",
    "reporting": "its unit reports three times as much, so more crossings of its visitors are noticed",
    "young": "its visitors are young, and young people cross more often everywhere",
    "crossed": "many of its visitors had crossed before they came",
}
USERS: dict[str, dict[str, Any]] = {
    "user-014": {
        "roles": ["analyst"], "clearance": 2, "purposes": ["prevent", "investigate"], "name": "Bodil Engskov",
        "entity": "person:staff-014",
    },
    "user-021": {
        "roles": ["analyst"], "clearance": 2, "purposes": ["prevent", "investigate"], "name": "Carsten Møllevang",
        "entity": "person:staff-021",
    },
    "user-022": {
        "roles": ["analyst"], "clearance": 1, "purposes": ["prevent"], "name": "Dagny Klintholt",
        "entity": "person:staff-022",
    },
    "user-027": {
        "roles": ["planner"], "clearance": 1, "purposes": ["outreach-aggregate", "prevent"], "name": "Eskild Nørreskov",
        "entity": "person:staff-027",
    },
    "user-033": {
        "roles": ["liaison"], "clearance": 2, "purposes": ["exchange"], "name": "Frida Sandkær",
        "entity": "person:staff-033",
    },
    "user-041": {"roles": ["custodian"], "clearance": 1, "purposes": ["oversight"]},
    "user-050": {"roles": ["inspector"], "clearance": 2, "purposes": ["oversight"]},
    "user-060": {"roles": ["coordinator"], "clearance": 0, "purposes": []},
}  # fmt: skip


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
    _yaml(out / "users.yaml", {user: {**body, "compartments": [], "org": HOME} for user, body in USERS.items()})


def write_truth(out: Path, land: Landscape) -> None:
    """The planted truth, for whoever judges a method; no method reads it."""
    truth = {
        "bridge_settings": [{"setting": s.id, "strength": s.strength} for s in land.bridges],
        "decoys": [{"setting": s.id, "reason": _REASONS[s.decoy]} for s in land.decoys],
    }
    (out / "truth.json").write_text(
        json.dumps(truth, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
    )
