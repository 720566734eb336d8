"""Paper: a page that is printed stands in the log under the mark that stands across it."""

from __future__ import annotations

import pytest

from graph.audit_acts import acts
from graph.home import Home
from tests.api.conftest import SignIn, view_of
from tests.homes import CASE

MARK = {"mark": "0a1b2c3d", "page": "/skrivebord"}


def test_a_print_is_an_act_of_its_view(sign_in: SignIn, home: Home) -> None:
    client = sign_in("analyst")
    view = view_of(client, "investigate", CASE)
    assert client.post(f"{view}/prints", json=MARK).status_code == 204
    (found,) = [act for act in acts(home.audit) if act.action == "print"]
    assert (found.user, found.case, dict(found.detail)) == ("analyst", CASE, MARK)
    assert found.done


@pytest.mark.parametrize(
    "body",
    [
        {"mark": "0a1b2c3d"},
        {"mark": "Kaja Lind", "page": "/hjem"},
        {"mark": "0a1b2c3d", "page": "/skrivebord?q=Kaja"},
        {**MARK, "note": "for the file"},
    ],
)
def test_nothing_but_a_mark_and_an_address_is_taken(sign_in: SignIn, body: dict[str, str]) -> None:
    client = sign_in("analyst")
    view = view_of(client, "investigate", CASE)
    assert client.post(f"{view}/prints", json=body).status_code == 422


def test_frozen_exports_hold_paper_back_too(sign_in: SignIn) -> None:
    client = sign_in("planner")
    view = view_of(client, "outreach-aggregate")
    why = {"reason": "Metoden er under efterprøvning."}
    assert sign_in("admin").post("/api/v1/stops/exports/press", json=why).status_code == 200
    refused = client.post(f"{view}/prints", json=MARK)
    assert (refused.status_code, refused.json()["code"]) == (403, "stopped-exports")
    assert sign_in("liaison").post(f"{view}/prints", json=MARK).status_code == 404  # somebody else's view
