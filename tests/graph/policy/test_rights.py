"""Rights lapse unless somebody else confirms them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from graph import notices
from graph.actor import ViewRequest, actor_of
from graph.audit import audit_of
from graph.errors import BadInput, Conflict, Refused
from graph.home import PERSONAS, Home, now
from graph.interval import NO_BEGINNING
from graph.ledger import Ledger
from graph.rights import QUARTER, SECOND_THOUGHTS, confirm, confirmed_until, let_lapse, listed, take_back
from graph.view import open_view
from tests.factory import Ticking, World


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return World().person("p1", "Kaja Lind").home(tmp_path)


def opened(home: Home, clock: Ticking, user: str = "analyst") -> None:
    purpose = "investigate" if user == "analyst" else "oversight"
    open_view(home, actor_of(home, user), ViewRequest(purpose), session="t", clock=clock).statistics()


def test_rights_hold_for_a_quarter_and_not_a_day_longer(home: Home) -> None:
    clock = Ticking(now().replace(hour=12) + QUARTER)
    opened(home, clock)
    clock.pass_by(days=1)
    with pytest.raises(Refused) as caught:
        opened(home, clock)
    assert caught.value.reason_code == "rights-lapsed"
    assert "krydsfelt rights confirm analyst" in caught.value.message


def test_confirmed_for_another_quarter_by_somebody_else(home: Home) -> None:
    clock = Ticking(now() + QUARTER + timedelta(days=3))
    done = confirm(home, actor_of(home, "admin"), "analyst", at=clock())
    assert (done.until, done.confirmed_by) == (clock().date() + QUARTER, "admin")
    opened(home, clock)
    clock.pass_by(days=93)
    with pytest.raises(Refused):
        opened(home, clock)


def test_nobody_confirms_their_own_and_only_some_confirm(home: Home) -> None:
    for by, of, code in (
        ("admin", "admin", "own-rights"),
        ("analyst", "liaison", "role"),
        ("inspector", "admin", "role"),
    ):
        with pytest.raises(Refused) as caught:
            confirm(home, actor_of(home, by), of, at=now())
        assert caught.value.reason_code == code
    confirm(home, actor_of(home, "custodian"), "admin", at=now())
    with pytest.raises(BadInput):
        confirm(home, actor_of(home, "admin"), "nobody", at=now())


def test_confirming_is_in_the_audit_and_leaves_the_user_as_it_was(home: Home) -> None:
    with Ledger(home) as ledger:
        before = ledger.users()["liaison"]
    confirm(home, actor_of(home, "admin"), "liaison", at=now())
    with Ledger(home) as ledger:
        after = ledger.users()["liaison"]
    assert {k: v for k, v in after.items() if not k.startswith("confirmed_")} == dict(before)
    audit_of(home).checkpoint()
    assert '"confirm-rights"' in (home.audit / "000001.log").read_text()


def test_who_lapses_first_stands_at_the_top(home: Home) -> None:
    confirm(home, actor_of(home, "admin"), "analyst", at=now() + timedelta(days=10))
    found = listed(home, actor_of(home, "inspector"))
    assert found[-1].user == "analyst" and {each.user for each in found} == PERSONAS.keys()
    with pytest.raises(Refused):
        listed(home, actor_of(home, "analyst"))


def test_what_is_let_lapse_holds_to_its_last_day_and_the_user_is_told(home: Home) -> None:
    admin, clock = actor_of(home, "admin"), Ticking(now().replace(hour=12))
    done = let_lapse(home, admin, "analyst", at=clock())
    assert (done.lapse_by, done.state(clock())) == ("admin", "holds")
    assert [n.code for n in notices.listed(home, actor_of(home, "analyst"))] == ["rights-lapse"]
    opened(home, clock)
    clock.pass_by(days=93)
    with pytest.raises(Refused):
        opened(home, clock)
    assert done.state(clock()) == "lapsed"
    assert confirm(home, admin, "analyst", at=clock()).lapse_by == ""


def test_a_decision_is_taken_back_by_who_made_it_and_soon(home: Home) -> None:
    admin, custodian, clock = actor_of(home, "admin"), actor_of(home, "custodian"), Ticking(now())
    before = next(each for each in listed(home, admin) if each.user == "analyst")
    confirm(home, admin, "analyst", at=clock())
    with pytest.raises(Conflict):
        take_back(home, custodian, "analyst", at=clock())
    assert take_back(home, admin, "analyst", at=clock()) == before
    with pytest.raises(Conflict):  # nothing is left to take back
        take_back(home, admin, "analyst", at=clock())
    let_lapse(home, custodian, "analyst", at=clock())
    assert take_back(home, custodian, "analyst", at=clock()) == before
    assert [n.code for n in notices.listed(home, actor_of(home, "analyst"))] == ["rights-kept", "rights-lapse"]
    let_lapse(home, custodian, "analyst", at=clock())
    with pytest.raises(Conflict):
        take_back(home, custodian, "analyst", at=clock() + SECOND_THOUGHTS + timedelta(seconds=10))


def test_only_some_let_lapse_or_take_back_and_never_their_own(home: Home) -> None:
    for act in (let_lapse, take_back):
        for by, of, code in (
            ("admin", "admin", "own-rights"),
            ("inspector", "analyst", "role"),
            ("analyst", "liaison", "role"),
        ):
            with pytest.raises(Refused) as caught:
                act(home, actor_of(home, by), of, at=now())
            assert caught.value.reason_code == code
        with pytest.raises(BadInput):
            act(home, actor_of(home, "admin"), "nobody", at=now())


@pytest.mark.parametrize(("body", "made"), [({"confirmed_until": "soon"}, "2026-01-01T00:00:00+00:00"), ({}, "once")])
def test_what_cannot_be_read_is_long_past(body: dict[str, str], made: str) -> None:
    assert confirmed_until(body, made) == NO_BEGINNING
