"""Rights that lapse, through the HTTP surface: seen, confirmed, let lapse, taken back."""

from __future__ import annotations

from datetime import timedelta

from graph.rights import QUARTER
from tests.api.conftest import SignIn
from tests.homes import MADE

PLACE = "/api/v1/rights"


def test_who_may_confirm_sees_whose_lapse_and_decides_with_one_call(sign_in: SignIn) -> None:
    admin = sign_in("admin")
    lines = {line["user"]: line for line in admin.get(PLACE).json()}
    assert lines["admin"]["mine"] and not lines["admin"]["may_decide"] and lines["analyst"]["may_decide"]
    done = admin.post(f"{PLACE}/analyst/confirm").json()
    assert (done["until"], done["confirmed_by"], done["may_undo"]) == (
        (MADE.date() + QUARTER).isoformat(),
        "admin",
        True,
    )
    assert not next(x for x in sign_in("custodian").get(PLACE).json() if x["user"] == "analyst")["may_undo"]
    before = admin.post(f"{PLACE}/analyst/take-back").json()
    assert before == lines["analyst"]
    assert admin.post(f"{PLACE}/analyst/take-back").status_code == 409
    assert admin.post(f"{PLACE}/analyst/lapse").json()["lapse_by"] == "admin"
    assert [n["code"] for n in sign_in("analyst").get("/api/v1/notices").json()] == ["rights-lapse"]


def test_an_inspector_sees_and_decides_nothing_and_others_see_their_own_alone(sign_in: SignIn) -> None:
    inspector, analyst = sign_in("inspector"), sign_in("analyst")
    assert not any(line["may_decide"] for line in inspector.get(PLACE).json())
    for answer in (
        inspector.post(f"{PLACE}/analyst/confirm"),
        inspector.post(f"{PLACE}/analyst/lapse"),
        analyst.get(PLACE),
        analyst.post(f"{PLACE}/liaison/take-back"),
        analyst.post(f"{PLACE}/nobody/confirm"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "role")
    assert sign_in("admin").post(f"{PLACE}/admin/confirm").json()["code"] == "own-rights"
    until = analyst.get("/api/v1/session").json()["rights_until"]
    assert until > (MADE.date() + timedelta(days=80)).isoformat()
