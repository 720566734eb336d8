"""Breaking the glass through the HTTP surface: asked, approved by a second person, reviewed by a third."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from graph.home import Home
from graph.ledger import Ledger
from tests.api.conftest import SignIn, view_of
from tests.homes import CASE

REASON = "En trussel mod en i sagen i aften"


@pytest.fixture
def home(home: Home) -> Home:
    """A home where the analyst is on no case."""
    with Ledger(home) as ledger, ledger.writer() as writer:
        for name, body in ledger.cases().items():
            kept = {k: v for k, v in body.items() if k != "namespace"}
            writer.directory("case", name, str(body["namespace"]), {**kept, "members": ["liaison"]})
    return home


def asked(client: TestClient, case: str = CASE) -> str:
    answer = client.post("/api/v1/glass", json={"case": case, "reason": REASON})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_two_people_open_one_case_and_a_third_reviews_it(sign_in: SignIn) -> None:
    analyst, custodian, inspector = sign_in("analyst"), sign_in("custodian"), sign_in("inspector")
    assert analyst.get("/api/v1/openings").json()["cases"] == []
    glass = asked(analyst)
    ask = {"purpose": "investigate", "case": CASE}
    assert analyst.post("/api/v1/views", json=ask).status_code == 404
    assert analyst.post(f"/api/v1/glass/{glass}/approve").json()["code"] == "role"
    (line,) = custodian.get("/api/v1/glass").json()
    assert (line["state"], line["may_approve"], line["mine"]) == ("asked", True, False)
    assert [n["code"] for n in custodian.get("/api/v1/notices").json()] == ["glass-asked"]
    assert custodian.post(f"/api/v1/glass/{glass}/approve").json()["state"] == "broken"

    (choice,) = analyst.get("/api/v1/openings").json()["cases"]
    assert choice["id"] == CASE and choice["glass_until"]
    view = view_of(analyst, "investigate", CASE)
    assert analyst.get(view).json()["glass"] == {"id": glass, "approved_by": "custodian"}
    assert analyst.get(f"{view}/case").status_code == 200
    early = inspector.post(f"/api/v1/glass/{glass}/review", json={"verdict": "justified", "remark": REASON})
    assert early.json()["code"] == "still-broken"
    assert analyst.post(f"/api/v1/glass/{glass}/end").json()["state"] == "over"
    assert analyst.get(f"{view}/case").status_code in (403, 404)
    assert analyst.post("/api/v1/views", json=ask).status_code == 404
    (line,) = custodian.get("/api/v1/glass").json()
    assert not line["may_review"]  # who approved it does not review it
    (line,) = inspector.get("/api/v1/glass").json()
    assert line["may_review"] and line["review_by"]
    done = inspector.post(f"/api/v1/glass/{glass}/review", json={"verdict": "unjustified", "remark": REASON}).json()
    assert (done["verdict"], done["reviewed_by"]) == ("unjustified", "inspector")


def test_each_sees_what_is_theirs_and_others_nothing(sign_in: SignIn) -> None:
    analyst, liaison, planner = sign_in("analyst"), sign_in("liaison"), sign_in("planner")
    mine = asked(analyst)
    assert [g["id"] for g in analyst.get("/api/v1/glass").json()] == [mine]
    assert liaison.get("/api/v1/glass").json() == []
    for call in (planner.get("/api/v1/glass"), planner.post("/api/v1/glass", json={"case": CASE, "reason": REASON})):
        assert (call.status_code, call.json()["code"]) == (403, "role")
    assert liaison.post(f"/api/v1/glass/{mine}/end").status_code == 403
    assert sign_in("custodian").post("/api/v1/glass/glass-none/approve").status_code == 404


def test_asking_says_the_same_whether_there_is_such_a_case_or_not(sign_in: SignIn) -> None:
    analyst = sign_in("analyst")
    there, not_there = (
        analyst.post("/api/v1/glass", json={"case": case, "reason": REASON}).json() for case in (CASE, "case-none")
    )
    differ = {k for k in there if there[k] != not_there[k]}
    assert differ == {"id", "case"}


def test_bodies_are_typed(sign_in: SignIn) -> None:
    analyst = sign_in("analyst")
    assert analyst.post("/api/v1/glass", json={"case": CASE, "reason": "x", "more": 1}).status_code == 422
    assert analyst.post("/api/v1/glass", json={"case": CASE, "reason": "kort"}).json()["code"] == "needs-reason"
