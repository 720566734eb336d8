"""A reason is asked for once in a shift for each case and purpose; after that it is kept, and dated in the audit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.reasons import Given, Reasons
from api.settings import Settings
from graph.audit import audit_of
from graph.audit_format import segments
from graph.errors import Refused
from graph.home import Home
from graph.view_acts import SHIFT
from tests.factory import Ticking
from tests.homes import CASE, MADE

WHY = "Efterprøve vejen fra afdelingen til rejsen"


@contextmanager
def signed_in(home: Home, clock: Ticking, persona: str = "analyst") -> Iterator[TestClient]:
    app = create_app(home, Settings(home=home.path), clock=clock)
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        assert client.post("/api/v1/session", json={"persona": persona}).status_code == 200
        yield client


def ask(client: TestClient, case: str | None = CASE, purpose: str = "investigate") -> int:
    return client.post("/api/v1/views/again", json={"purpose": purpose, "case": case}).status_code


def test_a_reason_is_kept_for_its_case_and_purpose_and_dated(home: Home) -> None:
    clock = Ticking(MADE)
    with signed_in(home, clock) as client:
        assert ask(client) == 403
        body = {"purpose": "investigate", "case": CASE, "reason": WHY}
        assert client.post("/api/v1/views", json=body).json()["reason"] == WHY
        clock.pass_by(minutes=20)
        again = client.post("/api/v1/views/again", json={"purpose": "investigate", "case": CASE})
        assert again.status_code == 201
        dated = f"{WHY} ({MADE:%Y-%m-%d %H:%M} UTC)"
        assert again.json()["reason"] == dated
        assert ask(client, "case-2026-003") == 403 and ask(client, None, "prevent") == 403
        listed = client.get("/api/v1/views/again").json()
        assert [(g["purpose"], g["case"], g["reason"]) for g in listed] == [("investigate", CASE, WHY)]
    audit_of(home).checkpoint()
    lines = [json.loads(line) for each in segments(home.audit) for line in each.read_text().splitlines()]
    reasons = [line["reason"] for line in lines if line.get("action") == "open-view"]
    assert reasons[-2:] == [WHY, dated]


def test_a_reason_belongs_to_the_session_and_an_empty_one_is_none(home: Home) -> None:
    clock = Ticking(MADE)
    with signed_in(home, clock) as client:
        client.post("/api/v1/views", json={"purpose": "investigate", "case": CASE, "reason": "  "})
        assert client.get("/api/v1/views/again").json() == [] and ask(client) == 403
        client.post("/api/v1/views", json={"purpose": "investigate", "case": CASE, "reason": WHY})
        client.post("/api/v1/session", json={"persona": "liaison"})
        assert client.get("/api/v1/views/again").json() == []


def test_a_reason_ends_with_its_shift() -> None:
    kept = Reasons()
    kept.give("s", Given("investigate", CASE, "polintel-4", WHY, MADE))
    assert kept.find("s", "investigate", CASE, MADE + SHIFT - timedelta(seconds=1)).reason == WHY
    with pytest.raises(Refused) as refused:
        kept.find("s", "investigate", CASE, MADE + SHIFT)
    assert refused.value.reason_code == "needs-reason"
    with pytest.raises(Refused):
        kept.find("another", "investigate", CASE, MADE)
