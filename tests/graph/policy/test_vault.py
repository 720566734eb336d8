"""Special categories (LED 10): shut by default, one entity at a time, and nothing else of a view changes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from graph.actor import ViewRequest, actor_of
from graph.audit_acts import acts
from graph.audit_desk import AuditDesk
from graph.errors import NotInView, Refused
from graph.glass import approve, ask
from graph.home import Home
from graph.policy.why import why_in
from graph.vault import OPEN_FOR
from graph.view import View, open_view
from graph.view_claims import WITHHELD
from tests.factory import Ticking, World

NEED = "The threat names the congregation, and the meeting is tonight"
AGAIN = 2
PARTIES = [{"entity": "person:lead", "category": "a", "role": "suspect", "reason": "seen"}]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = World().case("case-1", parties=PARTIES, members=["analyst", "liaison"]).case("case-2", members=["other"])
    bound = {"case": "case-1", "legal_basis": "polintel-4", "special": True}
    made.marking("special", **bound).marking("special-high", **bound, level=3)
    made.marking("special-red", **bound, compartments=["red"]).marking("special-free", special=True)
    made.marking("special-else", case="case-2", legal_basis="polintel-4", special=True)
    made.person("lead", "Kaja Lind", born="1990-05-01").person("other", "Mads Østergård", born="1985-02-02")
    made.claim("person:lead", "uses", "phone:1", marking="case-1").claim("phone:1", "number", value="+45 20 30 40 50")
    made.claim("document:1", "title", value="Notat", marking="case-1")
    made.claim("document:1", "text", value="Treats the chest pain of Kaja Lind.", marking="special")
    made.claim("document:1", "text", value="Mads Østergård is ill.", marking="special-free", note="by telephone")
    made.claim("document:1", "text", value="Too high.", marking="special-high")
    made.claim("document:1", "text", value="Red.", marking="special-red")
    made.claim("document:1", "text", value="Of another case.", marking="special-else")
    made.claim("person:lead", "associated_with", "person:hidden", {"kind": "meeting"}, marking="special")
    made.claim("person:lead", "associated_with", "person:other", {"kind": "meeting"}, marking="special")
    made.claim("person:other", "alias", value="Sygemads", marking="special")
    made.claim("person:other", "same_as", "person:lead", marking="special")
    return made.home(tmp_path_factory.mktemp("vault"))


def opened(home: Home, clock: Ticking | None = None, who: str = "analyst", **asked: Any) -> View:
    request = ViewRequest(
        **{"purpose": "investigate", "case": "case-1", "reason": "a lead", "necessity": NEED, **asked}
    )
    return open_view(home, actor_of(home, who), request, session="t", clock=clock or Ticking())


def texts(view: View, ref: str) -> list[str]:
    return [c.value or "" for c in view.vault(ref, strength=AGAIN).claims]


def test_it_is_shut_unless_its_necessity_is_stated(home: Home) -> None:
    view = opened(home, necessity="")
    assert view.vault_until is None
    for ref in ("document:1", "document:none"):
        with pytest.raises(Refused, match="The vault is shut"):
            view.vault(ref, strength=AGAIN)


def test_it_shows_what_the_policy_gives_about_one_entity(home: Home) -> None:
    view = opened(home)
    assert sorted(texts(view, "document:1")) == ["Treats the chest pain of Kaja Lind.", WITHHELD]
    found = view.vault("document:1", strength=AGAIN)
    assert [m.special for m in found.markings if m.special] == [True, True]
    assert found.more == 0 and found.until == view.vault_until
    with pytest.raises(NotInView):
        view.vault("document:none", strength=AGAIN)


def test_a_session_that_was_not_signed_in_again_sees_nothing(home: Home) -> None:
    assert opened(home).vault("document:1", strength=1).claims == ()


def test_whom_the_vault_alone_knows_has_a_pseudonym_and_no_card(home: Home) -> None:
    view = opened(home)
    ends = {c.object for c in view.vault("person:lead", strength=AGAIN).claims if c.object is not None}
    unknown = next(
        e for e in ends if e.token not in {r.token for r, _ in view.of_kind("Person")} and e.kind == "Person"
    )
    assert unknown.form == "pseudonym"
    with pytest.raises(NotInView):
        view.card(unknown.token)
    with pytest.raises(NotInView):
        view.vault(unknown.token, strength=AGAIN)


def test_whatever_else_a_view_answers_is_as_with_the_vault_shut(home: Home) -> None:
    shut, open_ = opened(home, necessity=""), opened(home)
    open_.vault("person:lead", strength=AGAIN)
    other = shut.look_up("Mads Østergård")
    assert other is not None

    def answers(view: View) -> list[object]:
        return [
            view.digest,
            view.markings(),
            view.statistics(),
            view.case_claims(),
            view.card("person:lead"),
            view.card(other.token),
            view.card("document:1"),
            view.neighbours("person:lead"),
            view.k_hop("person:lead", 3),
            view.shortest_path("person:lead", other.token),
            [view.search(text) for text in ("Treats", "chest pain", "Sygemads", "Kaja Lind", "Notat")],
            view.look_up("Sygemads"),
            view.of_kind("Document"),
            view.projection("analyse-settings").digest,
        ]

    assert answers(open_) == answers(shut)
    claim = open_.vault("document:1", strength=AGAIN).claims[0].token
    for read in (lambda: open_.claims([claim]), lambda: open_.record(claim)):
        with pytest.raises(NotInView):
            read()


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"reason": " "}, "needs-reason"),
        ({"case": None}, "needs-case"),
        ({"necessity": "because"}, "vault-need"),
        ({"necessity": " " * 30}, "vault-need"),
        ({"who": "liaison", "purpose": "exchange"}, "role"),
        ({"who": "planner", "purpose": "outreach-aggregate", "case": None}, "role"),
        ({"who": "inspector", "purpose": "oversight", "case": None}, "role"),
    ],
)
def test_what_is_missing_is_said(home: Home, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as caught:
        opened(home, **asked)
    assert caught.value.reason_code == code


def test_it_opens_in_no_case_of_others(home: Home) -> None:
    with pytest.raises(NotInView):
        opened(home, case="case-2")


def test_broken_glass_does_not_open_it(home: Home) -> None:
    clock = Ticking()
    reason = "A threat against somebody named in this case tonight"
    approve(
        home,
        actor_of(home, "custodian"),
        ask(home, actor_of(home, "analyst"), "case-2", reason, at=clock()).id,
        at=clock(),
    )
    assert opened(home, clock, case="case-2", necessity="").entry is not None
    with pytest.raises(Refused, match="not by broken glass"):
        opened(home, clock, case="case-2")


def test_it_shuts_after_an_hour_and_the_view_stays(home: Home) -> None:
    clock = Ticking()
    view = opened(home, clock)
    assert view.vault_until == clock() + OPEN_FOR < view.expires
    clock.at += OPEN_FOR - timedelta(seconds=1)
    assert texts(view, "document:1")
    clock.at += timedelta(seconds=1)
    with pytest.raises(Refused, match="its hour is over"):
        view.vault("document:1", strength=AGAIN)
    assert view.card("document:1").claims


def test_why_a_claim_of_the_vault_is_shown(home: Home) -> None:
    view = opened(home)
    claim = view.vault("document:1", strength=AGAIN).claims[0].token
    assert why_in(view, claim, "open-vault", strength=AGAIN).allowed
    with pytest.raises(NotInView):  # signed in once, the vault shows nothing
        why_in(view, claim, "open-vault", strength=1)
    for act in ("read", "analyse"):
        with pytest.raises(NotInView):
            why_in(view, claim, act)
    with pytest.raises(NotInView):
        why_in(opened(home, necessity=""), claim, "open-vault", strength=AGAIN)


def test_each_look_is_in_the_audit_with_its_necessity_and_whom_it_was_about(tmp_path: Path) -> None:
    made = World(public_labels=True).case("case-1").marking("special", case="case-1", legal_basis="LED-8", special=True)
    made.person("p", "Kaja Lind").claim("person:p", "alias", value="Ill", marking="special")
    home = made.home(tmp_path)
    view = opened(home)
    view.vault(view.entity("person:p").token, strength=AGAIN)
    with pytest.raises(Refused):
        opened(home, necessity="").vault("person:p", strength=AGAIN)
    logged = [act for act in acts(home.audit) if act.action == "open-vault"]
    assert [act.detail["necessity"] for act in logged] == [NEED, ""]
    assert [act.result for act in logged] == ["ok", "vault-shut"] and len(logged[0].subjects) == 1
    assert next(act for act in acts(home.audit) if act.action == "open-view").asked["necessity"] == NEED
    oversight = ViewRequest("oversight", reason="the monthly check of the vault")
    desk = AuditDesk(open_view(home, actor_of(home, "inspector"), oversight, session="i", clock=Ticking()))
    line = desk.report().vault[0]
    assert (line.user, line.case, line.stated, line.done, line.refused) == ("analyst", "case-1", 1, 1, 1)
    assert line.necessities == [NEED]
    assert "vault-shut" in desk.report().refusals_by_code
    opening = next(act.n for act in acts(home.audit) if act.asked.get("necessity"))
    assert desk.replay(opening).same
