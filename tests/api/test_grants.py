"""Parties, grants and notices over HTTP: the way of two people, and what each of them is answered."""

from __future__ import annotations

from fastapi.testclient import TestClient

from tests.api.conftest import SignIn, view_of

CASE = "case-2026-002"
"""Names masked, led by user-021; `analyst` and `user-014` are members."""
WHY = "to plan the talk of thursday"


def somebody(client: TestClient, view: str) -> dict[str, str]:
    """Return somebody whom the view shows under a pseudonym."""
    party = client.get(f"{view}/case").json()["parties"][0]
    around = client.get(f"{view}/entities/{party['token']}/surroundings", params={"hops": 2}).json()["entities"]
    masked = [e for e in around if e["kind"] == "Person" and e["form"] == "pseudonym"]
    return dict(masked[0])


def test_two_people_let_one_of_them_know_and_take_it_back(sign_in: SignIn) -> None:
    analyst = sign_in("analyst")
    view = view_of(analyst, "investigate", CASE)
    who = somebody(analyst, view)
    asked = analyst.post(
        f"{view}/grants", json={"subjects": [{"ref": who["label"], "reason": WHY}], "reason": WHY, "hours": 2}
    )
    assert asked.status_code == 201, asked.text
    grant = asked.json()
    assert (grant["state"], grant["mine"], grant["may_decide"]) == ("asked", True, False)
    own = analyst.post(f"/api/v1/grants/{grant['id']}/approve", json={})
    assert (own.status_code, own.json()["code"]) == (403, "second-person")
    custodian = sign_in("custodian")
    [seen] = custodian.get("/api/v1/grants").json()
    assert (seen["id"], seen["may_decide"], seen["subjects"][0]["shown"]) == (grant["id"], True, who["label"])
    [notice] = custodian.get("/api/v1/notices").json()
    assert (notice["code"], notice["values"]["grant"], notice["seen"]) == ("unmask-asked", grant["id"], False)
    assert custodian.patch(f"/api/v1/notices/{notice['id']}", json={"seen": True}).status_code == 204
    assert custodian.get("/api/v1/notices").json()[0]["seen"]
    assert custodian.post(f"/api/v1/grants/{grant['id']}/approve", json={}).json()["state"] == "active"
    shown = analyst.get(f"{view}/entities/{who['token']}").json()["entity"]
    assert shown["form"] == "granted" and not shown["label"].startswith("K-")
    planner = sign_in("planner")
    assert planner.get("/api/v1/grants").status_code == 403
    inspector = sign_in("inspector")
    assert [g["id"] for g in inspector.get("/api/v1/grants").json()] == [grant["id"]]
    over = inspector.post(f"/api/v1/grants/{grant['id']}/withdraw", json={"reason": "the talk is over"})
    assert over.json()["state"] == "withdrawn"
    again = analyst.get(f"{view}/entities/{who['token']}").json()["entity"]
    assert (again["form"], again["label"]) == ("pseudonym", who["label"])


def test_an_emergency_is_told_reviewed_and_only_then_forgotten(sign_in: SignIn) -> None:
    analyst = sign_in("analyst")
    view = view_of(analyst, "investigate", CASE)
    who = somebody(analyst, view)
    short = analyst.post(f"{view}/grants/emergency", json={"ref": who["token"], "reason": "quick"})
    assert (short.status_code, short.json()["code"]) == (403, "needs-reason")
    made = analyst.post(
        f"{view}/grants/emergency", json={"ref": who["token"], "reason": "somebody may be hurt if nobody calls"}
    ).json()
    assert (made["state"], made["emergency"], made["overdue"]) == ("active", True, False)
    assert analyst.get(f"{view}/entities/{who['token']}").json()["entity"]["form"] == "granted"
    inspector = sign_in("inspector")
    assert inspector.get("/api/v1/notices").json()[0]["code"] == "emergency-unmask"
    assert inspector.get("/api/v1/grants").json()[0]["may_review"]
    done = inspector.post(
        f"/api/v1/grants/{made['id']}/review", json={"verdict": "unjustified", "remark": "nobody was in danger"}
    ).json()
    assert (done["state"], done["verdict"], done["may_review"]) == ("withdrawn", "unjustified", False)
    assert analyst.get(f"{view}/entities/{who['token']}").json()["entity"]["form"] == "pseudonym"


def test_only_the_lead_enters_a_party(sign_in: SignIn) -> None:
    analyst = sign_in("analyst")
    view = view_of(analyst, "investigate", CASE)
    who = somebody(analyst, view)
    body = {"entity": who["token"], "category": "a", "role": "suspect", "reason": WHY}
    refused = analyst.post(f"{view}/parties", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "lead-only")
    before = analyst.get(f"{view}/parties").json()
    assert before and all(party["by"] == "" for party in before)
    assert [p["named"] for p in before if p["role"] == "victim"] in ([], [False])
