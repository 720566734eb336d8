"""The limits that no page and no route may cross, read off the schema as it is served."""

from __future__ import annotations

import re

import pytest

from api.app import describe
from api.schemas import FindingOut

RISK = re.compile(r"risk|score|rank|probab|likelihood|danger|threat|suspicion", re.IGNORECASE)
PERSON = re.compile(r"person|entity|subject|actor|party", re.IGNORECASE)
NUMBERS = {"number", "integer"}


def shapes() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = describe()["components"]["schemas"]
    return found


def offences(schemas: dict[str, dict[str, object]]) -> list[str]:
    """Fields of any shape that pair an entity with a number that reads as a judgement (limit B1)."""
    found = []
    for name, shape in schemas.items():
        properties = shape.get("properties", {})
        assert isinstance(properties, dict)
        numbers = [p for p, s in properties.items() if set(_types(s)) & NUMBERS and RISK.search(p)]
        if numbers and any(PERSON.search(p) or "EntityOut" in str(s) for p, s in properties.items()):
            found += [f"{name}.{p}" for p in numbers]
    return found


def _types(schema: dict[str, object]) -> list[object]:
    return [schema.get("type"), *(s.get("type") for s in schema.get("anyOf", []))]  # type: ignore[attr-defined]


def test_no_shape_pairs_a_person_with_a_judgement() -> None:
    assert offences(shapes()) == []


@pytest.mark.parametrize("field", ["risk", "danger_score", "rank"])
def test_the_scan_would_see_one(field: str) -> None:
    planted: dict[str, dict[str, object]] = {
        "Planted": {"properties": {"entity": {"$ref": "#/EntityOut"}, field: {"type": "number"}}}
    }
    assert offences(planted) == [f"Planted.{field}"]


def test_no_route_sorts_what_it_lists() -> None:
    names = {
        parameter["name"]
        for path in describe()["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", [])
    }
    assert not {n for n in names if re.search("sort|order|rank|top", n)}


def test_every_route_but_those_of_the_house_stands_under_a_view() -> None:
    free = {"/api/v1/health", "/api/v1/ontology", "/api/v1/initiatives", "/api/v1/map", "/api/v1/session"}
    free |= {f"/api/v1/session/{step}" for step in ("password", "proof", "new-password")}
    free |= {"/api/v1/openings", "/api/v1/sessions", "/api/v1/views"}
    beside = "grants notices stops views/again overlaps questions glass rights".split()
    beginnings = tuple(f"/api/v1/{each}" for each in beside)
    free |= {p for p in describe()["paths"] if p.startswith(beginnings)}  # who may decide, and what all are told
    assert {p for p in describe()["paths"] if not p.startswith("/api/v1/views/{v}")} <= free


@pytest.mark.parametrize("needed", ["null_model", "power", "limits", "explanations", "evidence_count", "head"])
def test_a_finding_without_its_conditions_has_no_shape(needed: str) -> None:
    assert FindingOut.model_fields[needed].is_required()
