"""Why this, and why not that: of what the view shows with reasons, of everything else one answer."""

from __future__ import annotations

from typing import get_args

from api.schemas import PolicyAct
from graph.policy import ACTS
from tests.api.conftest import SignIn, view_of
from tests.homes import CASE


def test_a_claim_that_is_shown_is_explained(sign_in: SignIn) -> None:
    client = sign_in("analyst")
    view = view_of(client, "investigate", CASE)
    party = client.get(f"{view}/case").json()["parties"][0]["token"]
    claim = client.get(f"{view}/entities/{party}").json()["claims"][0]
    told = client.get(f"{view}/claims/{claim['token']}/why").json()
    assert told["allowed"] and told["act"] == "read"
    codes = {r["code"]: r["values"] for r in told["reasons"]}
    assert codes["policy.why.level"]["level"] == claim["marking"]["level"]
    assert codes["policy.why.purpose"]["purpose"] == "investigate"
    sent = client.get(f"{view}/claims/{claim['token']}/why", params={"act": "export"}).json()
    assert not sent["allowed"] and sent["reasons"]
    assert all(r["code"].startswith(("policy.row.", "policy.why.no-role")) for r in sent["reasons"])


def test_what_is_hidden_what_is_elsewhere_and_what_never_was_are_one_answer(sign_in: SignIn) -> None:
    client = sign_in("analyst")
    view, other = view_of(client, "investigate", CASE), view_of(client, "investigate", "case-2026-003")
    party = client.get(f"{other}/case").json()["parties"][0]["token"]
    elsewhere = client.get(f"{other}/entities/{party}").json()["claims"][0]["token"]
    answers = [client.get(f"{view}/claims/{c}/why") for c in (elsewhere, "x" * len(elsewhere), "never")]
    assert {a.status_code for a in answers} == {404} and len({a.text for a in answers}) == 1


def test_the_bounds_of_a_view_follow_from_the_asker_alone(sign_in: SignIn) -> None:
    client = sign_in("analyst")
    view = view_of(client, "investigate", CASE)
    told = client.get(f"{view}/why").json()
    assert (told["purpose"], told["case"], told["level"]) == ("investigate", CASE, 2)
    planner = sign_in("planner")
    assert planner.get(f"{view_of(planner, 'outreach-aggregate')}/why").status_code == 403


def test_every_act_of_the_policy_may_be_asked_about() -> None:
    assert get_args(PolicyAct) == ACTS
