"""Breaking the glass: two people, one case, some hours, reading only, and loud."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from graph.actor import ViewRequest, actor_of
from graph.audit import audit_of
from graph.errors import Conflict, NotInView, Refused
from graph.glass import HOURS, Glass, approve, ask, end, listed
from graph.home import Home
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
        listed(home, actor_of(home, "analyst"))
