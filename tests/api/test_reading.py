"""Reading through the HTTP surface: what is there, what is not in the view, and that the two look alike."""

from __future__ import annotations

import re

from fastapi.testclient import TestClient

from graph.home import Home
from tests.api.conftest import SignIn, view_of
from tests.homes import CASE, alter

SECRET_NUMBERS = re.compile(r'"(seq|nid|eid|cid|watermark)"')


def party(client: TestClient, view: str) -> dict[str, object]:
    parties: list[dict[str, object]] = client.get(f"{view}/case").json()["parties"]
    return parties[0]


def test_an_analyst_reads_a_party_of_the_case(sign_in: SignIn) -> None:
    client = sign_in("analyst")
    view = view_of(client, "investigate", CASE)
    found = party(client, view)
    card = client.get(f"{view}/entities/{found['token']}").json()
    assert card["claims"] and all(c["grade"] and c["source"] and c["marking"]["word"] for c in card["claims"])
    around = client.get(f"{view}/entities/{found['token']}/neighbours").json()
    tokens = {e["token"] for e in around["entities"]}
    assert around["links"] and all({c["subject"]["token"], c["object"]["token"]} <= tokens for c in around["links"])
    assert not SECRET_NUMBERS.search(str(card) + str(around))


def test_search_finds_what_the_card_names(sign_in: SignIn) -> None:
    client = sign_in("analyst")
    view = view_of(client, "investigate", CASE)
    found = party(client, view)
    hits = client.get(f"{view}/search", params={"q": str(found["label"])}).json()["hits"]
    assert found["token"] in {hit["entity"]["token"] for hit in hits}


def test_a_claim_opens_its_record_as_received(sign_in: SignIn) -> None:
    client = sign_in("analyst")
    view = view_of(client, "investigate", CASE)
    card = client.get(f"{view}/entities/{party(client, view)['token']}").json()
    record = client.get(f"{view}/claims/{card['claims'][0]['token']}/record").json()
    assert len(record["columns"]) == len(record["cells"]) and record["raw"].strip()


def test_hidden_and_never_there_are_one_answer(sign_in: SignIn) -> None:
    client = sign_in("analyst")
    view = view_of(client, "investigate", CASE)
    other = client.get(f"{view_of(client, 'investigate', 'case-2026-003')}/case").json()["parties"][0]["token"]
    answers = [client.get(f"{view}/entities/{ref}") for ref in ("person:9999999", other, "K-ZZZZ", "x")]
    assert {a.status_code for a in answers} == {404}
    assert len({a.text for a in answers}) == 1


def test_no_case_closed_case_and_other_peoples_case_are_one_answer(sign_in: SignIn, home: Home) -> None:
    alter(home.path, "case", "case-2026-002", state="closed")
    alter(home.path, "case", "case-2026-003", members=["user-014"])
    client = sign_in("planner")
    analyst = sign_in("analyst")
    asked = [
        analyst.post("/api/v1/views", json={"purpose": "investigate", "case": name})
        for name in ("case-never", "case-2026-002", "case-2026-003")
    ]
    assert {a.status_code for a in asked} == {404} and len({a.text for a in asked}) == 1
    assert analyst.post("/api/v1/views", json={"purpose": "investigate", "case": CASE}).status_code == 201
    refused = client.post("/api/v1/views", json={"purpose": "investigate", "case": CASE})
    assert refused.status_code == 403 and "purpose" in refused.json()["detail"]


def test_without_a_session_nothing_answers(sign_in: SignIn) -> None:
    client = sign_in("analyst")
    view = view_of(client, "investigate", CASE)
    client.cookies.clear()
    assert client.get(f"{view}/case").status_code == 401


def test_a_view_is_useless_to_another_session(sign_in: SignIn) -> None:
    view = view_of(sign_in("analyst"), "investigate", CASE)
    answer = sign_in("liaison").get(f"{view}/case")
    assert answer.status_code == 404


def test_tokens_of_two_cases_do_not_join(sign_in: SignIn) -> None:
    client = sign_in("analyst")
    first = view_of(client, "investigate", CASE)
    second = view_of(client, "investigate", "case-2026-003")
    there = client.get(f"{first}/search", params={"q": "municipality", "limit": 5})
    assert there.status_code == 200
    token = party(client, first)["token"]
    assert client.get(f"{second}/entities/{token}").status_code == 404


def test_a_page_of_another_origin_is_refused(sign_in: SignIn) -> None:
    client = sign_in("analyst")
    answer = client.post("/api/v1/views", json={"purpose": "prevent"}, headers={"Origin": "http://elsewhere.invalid"})
    assert answer.status_code == 403 and answer.json()["code"] == "foreign-origin"


def test_every_answer_carries_the_policy_headers(sign_in: SignIn) -> None:
    client = sign_in("analyst")
    for path in ("/", "/api/v1/health", "/api/v1/none", "/api/v1/views/x/case"):
        answer = client.get(path)
        assert "require-trusted-types-for" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_weak_path_names_its_weakest_step(sign_in: SignIn) -> None:
    client = sign_in("analyst")
    view = view_of(client, "investigate", CASE)
    parties = client.get(f"{view}/case").json()["parties"]
    found = None
    for other in parties[1:]:
        ends = {"start": parties[0]["token"], "end": other["token"]}
        found = client.get(f"{view}/paths", params=ends).json()["path"]
        if found:
            break
    assert found is not None and 0 <= found["weakest"] < len(found["steps"]) and found["sources"] >= 1
    assert found["steps"][0]["start"]["token"] == parties[0]["token"]
