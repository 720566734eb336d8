"""Breaking the glass: two people, one case, some hours, reading only, and loud."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from graph import notices
from graph.actor import ViewRequest, actor_of
from graph.audit import audit_of
from graph.errors import Conflict, NotInView, Refused
from graph.glass import HOURS, Glass, approve, ask, end, listed, review
from graph.home import Home
from graph.ledger import Ledger
from graph.view import View, open_view
from tests.factory import NOW, Ticking, World

REASON = "A threat against somebody named in this case tonight"
OPEN_GLASS = ViewRequest("investigate", "case-1", reason=REASON)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    world = (
        World(public_labels=True)
        .case("case-1", members=["other"])
        .case("case-2", members=["analyst"])
        .case("shut", state="closed")
    )
    world.marking("red", case="case-1", legal_basis="polintel-4", compartments=["red"])
    world.person("p1", "Kaja Lind", marking="case-1").person("p2", "Kim Bo", marking="red")
    return world.home(tmp_path)


def asked(home: Home, clock: Ticking, case: str = "case-1") -> Glass:
    return ask(home, actor_of(home, "analyst"), case, REASON, at=clock())


def broken(home: Home, clock: Ticking) -> Glass:
    return approve(home, actor_of(home, "custodian"), asked(home, clock).id, at=clock())


def view(home: Home, clock: Ticking, request: ViewRequest = OPEN_GLASS) -> View:
    return open_view(home, actor_of(home, "analyst"), request, session="t", clock=clock)


def test_without_a_second_person_nothing_opens(home: Home) -> None:
    clock = Ticking()
    with pytest.raises(NotInView):
        view(home, clock)
    asked(home, clock)
    with pytest.raises(NotInView):
        view(home, clock)


def test_it_lets_its_user_read_and_passes_no_other_rule(home: Home) -> None:
    clock = Ticking()
    made = broken(home, clock)
    seen = view(home, clock)
    assert seen.asking.admitted == "break-glass"
    assert [c.value for _, claims in seen.of_kind("Person") for c in claims] == ["Kaja Lind"]
    assert seen.statistics().claims == {}
    assert len(seen.projection("analyse-settings").kind) == 0
    assert seen.expires == made.until == NOW + timedelta(hours=HOURS)
    for act in ("analyse", "count", "export", "unmask", "open-vault", "review"):
        assert not any(seen.allows(act, seen.markings(), recipient="org-x", consent=True, strength=2))
    with pytest.raises(NotInView):
        open_view(home, actor_of(home, "liaison"), ViewRequest("exchange", "case-1"), session="t", clock=clock)


def test_it_ends_by_itself(home: Home) -> None:
    clock = Ticking()
    broken(home, clock)
    seen = view(home, clock)
    clock.pass_by(hours=HOURS)
    with pytest.raises(Refused):
        seen.statistics()
    with pytest.raises(NotInView):
        view(home, clock)


def test_it_is_ended_early_and_views_end_with_it(home: Home) -> None:
    clock = Ticking()
    made = broken(home, clock)
    seen = view(home, clock)
    clock.pass_by(minutes=5)
    with pytest.raises(Refused):
        end(home, actor_of(home, "liaison"), made.id, at=clock())
    end(home, actor_of(home, "custodian"), made.id, at=clock())
    with pytest.raises(Refused) as caught:
        seen.of_kind("Person")
    assert caught.value.reason_code == "glass"
    with pytest.raises(NotInView):
        view(home, clock)


def test_who_may_be_the_second_person(home: Home) -> None:
    clock = Ticking()
    made = asked(home, clock)
    for user in ("liaison", "admin", "inspector", "planner", "analyst"):
        with pytest.raises(Refused):
            approve(home, actor_of(home, user), made.id, at=clock())
    with pytest.raises(NotInView):
        approve(home, actor_of(home, "custodian"), "glass-none", at=clock())
    approve(home, actor_of(home, "custodian"), made.id, at=clock())
    with pytest.raises(Conflict):
        approve(home, actor_of(home, "custodian"), made.id, at=clock())


def test_nobody_is_their_own_second_person(tmp_path: Path) -> None:
    world = World(public_labels=True).case("case-1", members=["other"]).user("both", roles=["analyst", "custodian"])
    home, clock = world.person("p1", "Kaja").home(tmp_path), Ticking()
    both = actor_of(home, "both")
    made = ask(home, both, "case-1", REASON, at=clock())
    with pytest.raises(Refused) as caught:
        approve(home, both, made.id, at=clock())
    assert caught.value.reason_code == "second-person"


def test_a_request_does_not_wait_for_ever_and_says_why(home: Home) -> None:
    clock = Ticking()
    made = asked(home, clock)
    clock.pass_by(minutes=61)
    with pytest.raises(Refused):
        approve(home, actor_of(home, "custodian"), made.id, at=clock())
    with pytest.raises(Refused):
        ask(home, actor_of(home, "analyst"), "case-1", "urgent", at=clock())
    with pytest.raises(Refused):
        ask(home, actor_of(home, "planner"), "case-1", REASON, at=clock())


@pytest.mark.parametrize("case", ["no-such-case", "shut"])
def test_it_opens_neither_what_is_not_there_nor_what_is_closed(home: Home, case: str) -> None:
    clock = Ticking()
    approve(home, actor_of(home, "custodian"), asked(home, clock, case).id, at=clock())
    with pytest.raises(NotInView):
        view(home, clock, ViewRequest("investigate", case, reason=REASON))


def test_it_is_loud(home: Home) -> None:
    clock = Ticking()
    made = broken(home, clock)
    view(home, clock)
    audit_of(home).checkpoint()
    log = (home.audit / "000001.log").read_text()
    assert log.count('"loud":true') >= 3 and f'"glass":"{made.id}"' in log
    assert [g.id for g in listed(home, actor_of(home, "inspector"))] == [made.id]
    with pytest.raises(Refused):
        listed(home, actor_of(home, "planner"))


def codes(home: Home, user: str) -> list[str]:
    return [each.code for each in notices.listed(home, actor_of(home, user))]


def test_who_approves_who_oversees_and_the_lead_are_told(tmp_path: Path) -> None:
    world = World(public_labels=True).user("boss", roles=["analyst"]).case("case-1", members=["other"], lead="boss")
    home, clock = world.person("p1", "Kaja Lind", marking="case-1").home(tmp_path), Ticking()
    made = asked(home, clock)
    assert codes(home, "custodian") == ["glass-asked"]
    approve(home, actor_of(home, "custodian"), made.id, at=clock())
    assert [codes(home, who) for who in ("analyst", "inspector", "boss")] == [["glass-broken"]] * 3
    end(home, actor_of(home, "custodian"), made.id, at=clock())
    assert codes(home, "analyst") == ["glass-ended", "glass-broken"]
    assert codes(home, "liaison") == codes(home, "planner") == []


def test_each_sees_their_own_and_who_oversees_all(home: Home) -> None:
    clock = Ticking()
    mine, other = asked(home, clock), ask(home, actor_of(home, "liaison"), "case-1", REASON, at=clock())
    assert [g.id for g in listed(home, actor_of(home, "analyst"))] == [mine.id]
    assert {g.id for g in listed(home, actor_of(home, "custodian"))} == {mine.id, other.id}


def test_what_was_refused_or_withdrawn_is_not_approved_any_more(home: Home) -> None:
    clock = Ticking()
    for by, state in (("custodian", "refused"), ("analyst", "withdrawn")):
        made = asked(home, clock)
        assert end(home, actor_of(home, by), made.id, at=clock()).state(clock()) == state
        with pytest.raises(Conflict):
            approve(home, actor_of(home, "custodian"), made.id, at=clock())
    with pytest.raises(NotInView):
        view(home, clock)


def test_somebody_who_had_no_part_in_it_reviews_it(home: Home) -> None:
    clock = Ticking()
    made, inspector = broken(home, clock), actor_of(home, "inspector")
    with pytest.raises(Refused) as caught:
        review(home, inspector, made.id, "justified", REASON, at=clock())
    assert caught.value.reason_code == "still-broken"
    clock.pass_by(hours=HOURS)
    for user, code in (("custodian", "second-person"), ("analyst", "role"), ("admin", "role")):
        with pytest.raises(Refused) as caught:
            review(home, actor_of(home, user), made.id, "justified", REASON, at=clock())
        assert caught.value.reason_code == code
    done = review(home, inspector, made.id, "unjustified", REASON, at=clock())
    assert (done.reviewed_by, done.verdict, done.remark) == ("inspector", "unjustified", REASON)
    with pytest.raises(Conflict):
        review(home, inspector, made.id, "justified", REASON, at=clock())
    assert codes(home, "analyst")[0] == codes(home, "custodian")[0] == "glass-reviewed"


def test_who_leaves_one_unreviewed_asks_for_no_other(home: Home) -> None:
    clock = Ticking()
    made = broken(home, clock)
    clock.pass_by(hours=HOURS + 71)
    asked(home, clock)
    clock.pass_by(hours=2)
    with pytest.raises(Refused) as caught:
        asked(home, clock)
    assert caught.value.reason_code == "glass-unreviewed"
    ask(home, actor_of(home, "liaison"), "case-1", REASON, at=clock())  # somebody else's
    review(home, actor_of(home, "inspector"), made.id, "justified", REASON, at=clock())
    asked(home, clock)


def test_lapsed_rights_neither_ask_nor_approve(home: Home) -> None:
    clock = Ticking()
    made = asked(home, clock)
    with Ledger(home) as ledger, ledger.writer() as writer:
        for user in ("analyst", "custodian"):
            writer.directory("user", user, "home", {**ledger.users()[user], "confirmed_until": "2026-01-01"})
    with pytest.raises(Refused) as caught:
        asked(home, clock)
    assert caught.value.reason_code == "rights-lapsed"
    with pytest.raises(Refused) as caught:
        approve(home, actor_of(home, "custodian"), made.id, at=clock())
    assert caught.value.reason_code == "rights-lapsed"
