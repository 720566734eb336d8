"""An inspector reads the log through a view for oversight: what others did, and that it was read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from graph.audit_format import segments
from graph.home import Home
from graph.ledger import Ledger
from graph.names import parties_of
from tests.api.conftest import SignIn, view_of
from tests.homes import CASE

REASON = "complaint 2026-17, checked for the board"


@pytest.fixture
def busy(sign_in: SignIn, home: Home) -> dict[str, Any]:
    """An analyst has searched in a case, been refused one, and read one person's card."""
    analyst = sign_in("analyst")
    view = view_of(analyst, "prevent", CASE)
    assert analyst.get(f"{view}/search", params={"q": "hus"}).status_code == 200
    party = analyst.get(f"{view}/case").json()["parties"][0]
    assert analyst.get(f"{view}/entities/{party['token']}").status_code == 200
    refused = analyst.post("/api/v1/views", json={"purpose": "prevent", "case": "case-none"})
    assert refused.status_code == 404
    return {"party": party}


def oversight(client: TestClient, purpose: str = "oversight", reason: str = REASON) -> str:
    answer = client.post("/api/v1/views", json={"purpose": purpose, "case": None, "reason": reason})
    assert answer.status_code == 201, answer.text
    return f"/api/v1/views/{answer.json()['id']}/audit"


def entries(home: Home) -> list[dict[str, Any]]:
    return [json.loads(line) for path in segments(home.audit) for line in path.read_bytes().splitlines()]


def test_the_report_counts_by_purpose_and_names_the_refused(sign_in: SignIn, busy: dict[str, Any]) -> None:
    desk = oversight(sign_in("inspector"))
    said = sign_in("inspector").get(f"{desk}/report")
    assert said.status_code == 404  # another session's view
    inspector = sign_in("inspector")
    said = inspector.get(f"{oversight(inspector)}/report").json()
    prevent = next(p for p in said["by_purpose"] if p["purpose"] == "prevent")
    assert prevent["searches"] == 1 and prevent["refused"] == 1
    assert said["refusals_by_code"]["not-in-view"] >= 1
    refused = next(line for line in said["refusals"] if line["case"] == "case-none")
    assert refused["user"] == "analyst" and refused["action"] == "open-view"
    assert [line["case"] for line in said["outside"]] == ["case-none"]


def test_every_reading_is_in_the_log_it_reads(sign_in: SignIn, busy: dict[str, Any], home: Home) -> None:
    inspector = sign_in("inspector")
    desk = oversight(inspector)
    inspector.get(f"{desk}/report")
    own = [e for e in entries(home) if e.get("action") == "read-audit"]
    assert [e["detail"]["what"] for e in own] == ["report"] and own[0]["reason"] == REASON


@pytest.mark.parametrize(
    ("persona", "purpose", "reason", "code"),
    [("analyst", "prevent", REASON, "role"), ("inspector", "oversight", "  because", "needs-reason")],
)
def test_who_may_not_is_told_why(sign_in: SignIn, persona: str, purpose: str, reason: str, code: str) -> None:
    client = sign_in(persona)
    desk = oversight(client, purpose, reason)
    for path in ("report", "refusals", "alerts", "who-looked?entity=P-1", "acts/1/replay", "sample?seed=1"):
        answer = client.get(f"{desk}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, code), path


def test_who_looked_at_me(sign_in: SignIn, busy: dict[str, Any], home: Home) -> None:
    inspector = sign_in("inspector")
    desk = oversight(inspector)
    cases = [c for c in entries(home) if c.get("action") == "case"]
    assert len(cases) == 1
    delivered = _delivered(home)
    looks = inspector.get(f"{desk}/who-looked", params={"entity": delivered}).json()["looks"]
    assert ("case", "shown") in {(look["action"], look["how"]) for look in looks}
    assert all(look["user"] == "analyst" and look["purpose"] == "prevent" for look in looks)
    assert inspector.get(f"{desk}/who-looked", params={"entity": "nobody-of-this-id"}).json() == {"looks": []}


def _delivered(home: Home) -> str:
    """The delivered id of a party of the case."""
    with Ledger(home) as ledger:
        return parties_of(ledger.cases()[CASE])[0].delivered


def test_the_chain_is_told(sign_in: SignIn, busy: dict[str, Any]) -> None:
    inspector = sign_in("inspector")
    said = inspector.get(f"{oversight(inspector)}/verification").json()
    assert said["whole"] and said["fault"] is None and "The audit is whole" in said["text"]


def test_a_decision_is_replayed_equal(sign_in: SignIn, busy: dict[str, Any], home: Home) -> None:
    inspector = sign_in("inspector")
    desk = oversight(inspector)
    opened = [e["n"] for e in entries(home) if e.get("action") == "open-view" and e["user"] == "analyst"]
    for n in opened:
        said = inspector.get(f"{desk}/acts/{n}/replay").json()
        assert said["same"] and said["facts"] == "kept" and said["same_policy"] and said["user"] == "analyst", said
    search = next(e["n"] for e in entries(home) if e.get("action") == "search")
    assert inspector.get(f"{desk}/acts/{search}/replay").json()["n"] in opened
    assert inspector.get(f"{desk}/acts/999999/replay").status_code == 404


def test_a_sample_is_drawn_by_seed_and_reviewed_by_a_second_person(
    sign_in: SignIn, busy: dict[str, Any], home: Home
) -> None:
    inspector = sign_in("inspector")
    desk = oversight(inspector)
    drawn = inspector.get(f"{desk}/sample", params={"seed": 7, "count": 3}).json()["acts"]
    again = inspector.get(f"{desk}/sample", params={"seed": 7, "count": 3}).json()["acts"]
    assert len(drawn) == 3 and drawn == again
    assert {a["user"] for a in drawn} == {"analyst"}
    place = f"{desk}/acts/{drawn[0]['n']}/reviews"
    assert inspector.post(place, json={"verdict": "breach", "note": ""}).status_code == 400
    made = inspector.post(place, json={"verdict": "question", "note": "which lead was it?"})
    assert made.status_code == 201 and made.json()["by"] == "inspector"
    reviewed = inspector.get(f"{desk}/sample", params={"seed": 7, "count": 3}).json()["acts"][0]
    assert [r["verdict"] for r in reviewed["reviews"]] == ["question"]
    own = next(e["n"] for e in entries(home) if e.get("user") == "inspector" and e.get("action") == "open-view")
    refused = inspector.post(f"{desk}/acts/{own}/reviews", json={"verdict": "in-order"})
    assert (refused.status_code, refused.json()["code"]) == (403, "second-person")


def test_an_alert_says_what_was_seen(sign_in: SignIn, home: Home) -> None:
    analyst = sign_in("analyst")
    for _ in range(13):
        assert analyst.post("/api/v1/views", json={"purpose": "prevent", "case": "case-none"}).status_code == 404
    inspector = sign_in("inspector")
    told = inspector.get(f"{oversight(inspector)}/alerts").json()["alerts"]
    assert [(a["detector"], a["user"], a["measures"]["count"]) for a in told] == [("refusals", "analyst", "13")]
    assert told[0]["text"].startswith("analyst was refused 1") and len(told[0]["acts"]) >= 12
