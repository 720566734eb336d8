"""What the policy's attributes do to a view: closed cases, review dates, bases with an end, what analyses may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.actor import ViewRequest, actor_of
from graph.errors import BadInput, NotInView, Refused
from graph.home import Home
from graph.model import Statistics
from graph.policy.bundle import PolicyRefused
from graph.policy.why import why_in
from graph.view import View, open_view
from graph.view_books import decisions_of
from tests.factory import Ticking, World, clock


def opened(home: Home, user: str, purpose: str, case: str | None = None, at: Ticking | None = None) -> View:
    return open_view(
        home, actor_of(home, user), ViewRequest(purpose, case, reason="because"), session="t", clock=at or clock
    )


def names(view: View) -> list[str | None]:
    return sorted(c.value or "" for _, claims in view.of_kind("Person") for c in claims if c.predicate == "name")


def test_a_closed_case_is_for_overseers_only(tmp_path: Path) -> None:
    world = World(public_labels=True).case("shut", state="closed").case("sealed", state="sealed").case("open")
    home = world.person("p1", "Kaja", marking="shut").person("p2", "Kim", marking="sealed").home(tmp_path)
    for user, purpose in (("analyst", "investigate"), ("liaison", "exchange")):
        for case in ("shut", "sealed", "none-such"):
            with pytest.raises(NotInView):
                opened(home, user, purpose, case)
    assert opened(home, "custodian", "oversight", "shut").asking.admitted == "oversight"
    assert opened(home, "custodian", "oversight", "sealed").scope.visible
    for user, case in (("inspector", "sealed"), ("inspector", "open"), ("custodian", "open"), ("custodian", "none")):
        with pytest.raises(NotInView):
            opened(home, user, "oversight", case)


def test_a_claim_past_its_review_date_is_gone_the_day_after(tmp_path: Path) -> None:
    home = (
        World(public_labels=True)
        .marking("due", review_on="2026-11-25")
        .person("p1", "Kaja", marking="due")
        .home(tmp_path)
    )
    at = Ticking()
    assert names(opened(home, "analyst", "investigate", at=at)) == ["Kaja"]
    at.pass_by(days=1)
    assert names(opened(home, "analyst", "investigate", at=at)) == ["Kaja"]
    at.pass_by(days=1)
    assert names(opened(home, "analyst", "investigate", at=at)) == []


def test_a_basis_ends_for_a_claim_and_for_a_case(tmp_path: Path) -> None:
    world = World(public_labels=True).marking("order", basis_from="2026-11-24", basis_to="2026-11-24")
    world.case("case-1", legal_basis_to="2026-11-24").person("p1", "Kaja", marking="order")
    home, at = world.person("p2", "Kim", marking="case-1").home(tmp_path), Ticking()
    assert names(opened(home, "analyst", "investigate", "case-1", at)) == ["Kaja", "Kim"]
    at.pass_by(days=1)
    assert names(opened(home, "analyst", "investigate", "case-1", at)) == []


def test_analyses_and_figures_leave_out_what_reading_shows(tmp_path: Path) -> None:
    world = World(public_labels=True).case("case-1").marking("words", handling="H3").marking("victim", category="c")
    world.marking("young", minor=True)
    for marking in ("open", "words", "victim", "young"):
        world.person(marking, marking.title(), marking=marking)
    world.person("hurt", "Hurt", category="c").person("saw", "Saw", category="d")  # the claim says it, not the marking
    world.claim("person:open", "associated_with", "person:hurt", {"kind": "call"}, category="a")
    world.claim("person:hurt", "uses", "phone:1", category="c").claim("phone:1", "number", value="+45 20 30 40 50")
    view = opened(world.home(tmp_path), "analyst", "investigate", "case-1")
    assert names(view) == ["Hurt", "Open", "Saw", "Victim", "Words", "Young"]
    assert view.statistics() == Statistics({"Person": 2, "Phone": 1}, {"name": 2, "number": 1})
    made = view.projection("analyse-settings")
    assert sorted(made.kinds[k] for k in made.kind) == ["Person", "Phone"]


@pytest.mark.parametrize("purpose", ["admin-decision", "browse"])
def test_administrative_decisions_and_browsing_analyse_nothing(tmp_path: Path, purpose: str) -> None:
    world = World(public_labels=True).user("clerk", purposes=[purpose]).marking("any", purposes=[purpose])
    home = world.person("p1", "Kaja", marking="any").home(tmp_path)
    view = opened(home, "clerk", purpose)
    assert names(view) == ["Kaja"]
    assert view.statistics().claims == {}
    with pytest.raises(Refused) as caught:
        view.projection("analyse-settings")
    assert caught.value.reason_code == "purpose-analysis"


def test_a_basis_that_does_not_carry_the_purpose_is_refused_with_the_way_to_mend_it(tmp_path: Path) -> None:
    home = World(public_labels=True).person("p1", "Kaja").home(tmp_path)
    request = ViewRequest("investigate", legal_basis="gdpr-6-1-e")
    with pytest.raises(Refused) as caught:
        open_view(home, actor_of(home, "analyst"), request, session="t", clock=clock)
    assert caught.value.reason_code == "legal-basis"


def test_why_a_claim_is_shown_and_one_answer_for_all_else(tmp_path: Path) -> None:
    world = World(public_labels=True).case("case-1").marking("hidden", level=3).person("p1", "Kaja")
    home = world.person("p2", "Kim", marking="hidden").person("p3", "Kit").home(tmp_path)
    view, wide = opened(home, "analyst", "investigate", "case-1"), opened(home, "analyst", "prevent")
    token = next(c.token for _, claims in view.of_kind("Person") for c in claims)
    told = why_in(view, token, "read")
    assert told.allowed and "within the clearance" in told.sentence()
    assert not why_in(view, token, "export").allowed
    foreign = next(c.token for _, claims in wide.of_kind("Person") for c in claims)
    answers = set()
    for other in (foreign, token[:-2] + ("aa" if token[-2:] != "aa" else "bb"), "nothing"):
        with pytest.raises(NotInView) as caught:
            why_in(view, other, "read")
        answers.add(caught.value.message)
    assert answers == {NotInView.MESSAGE}
    with pytest.raises(BadInput):
        why_in(view, token, "dance")


def test_a_home_whose_policy_nobody_signed_opens_nothing(tmp_path: Path) -> None:
    home = World(public_labels=True).person("p1", "Kaja").home(tmp_path)
    (home.path / "policy" / "approvals.json").unlink()
    with pytest.raises(PolicyRefused):
        decisions_of(home)
    with pytest.raises(PolicyRefused):
        opened(home, "analyst", "investigate")
