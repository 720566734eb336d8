"""What leaves: the rules of release and the policy, each asked, and neither enough alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graph.actor import ViewRequest
from graph.answers import ClaimView
from graph.errors import BadInput
from graph.home import Home
from graph.model import Marking
from graph.policy.asking import marked
from graph.policy.why import why_in
from graph.view import View, open_view
from ingest.exchange import package as packages
from ingest.exchange import release, rules
from tests.factory import World, clock, persona

CASE = "case-1"
TO = packages.Partner("partner-north", "North", "org-north", "0" * 64, "")
SHARED = ["home", TO.org]


def world() -> World:
    """One claim that may leave, and others that the rules of release would let go and the policy keeps."""
    made = World(public_labels=True).case(CASE)
    bound = {"case": CASE, "legal_basis": "polintel-4", "share": SHARED}
    made.marking("goes", **bound).marking("by-id", **{**bound, "share": ["home", TO.id]})
    made.marking("unnoticed", **bound, pap="RED").marking("strict", **bound, tlp="AMBER+STRICT")
    made.marking("unnamed", **{**bound, "originator": ""})
    made.marking("bystanders", **bound, category="d")
    made.claim("person:1", "uses", "phone:1", marking="goes").claim("person:1", "uses", "phone:2", marking="by-id")
    made.claim("person:1", "uses", "phone:3", marking="unnoticed")
    made.claim("person:1", "uses", "phone:4", marking="strict")
    made.claim("person:1", "uses", "phone:5", marking="unnamed")
    made.claim("person:1", "uses", "phone:6", marking="bystanders")
    made.claim("vehicle:1", "title", value="A blue car", marking="goes", category="c")
    return made


LEAVE = {"phone:1", "phone:2"}
KEPT = {
    "phone:3": "policy.row.pap",
    "phone:4": "policy.row.tlp",
    "phone:5": "policy.row.originator",
    "phone:6": "policy.row.bystander",
    "A blue car": "policy.row.bystander",
}
"""What the policy alone keeps here -> the row that does."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return world().home(tmp_path_factory.mktemp("release"))


@pytest.fixture
def view(home: Home) -> View:
    return open_view(home, persona(home, "liaison"), ViewRequest("exchange", CASE), session="s", clock=clock)


def told(lines: list[release.Line]) -> dict[str, release.Line]:
    return {str(line.claim.object.ref if line.claim.object else line.claim.value): line for line in lines}


def test_what_the_policy_forbids_stays_though_every_rule_lets_it(view: View) -> None:
    claims = view.case_claims()
    assert all(holds(c, TO, view.home.org) for c in claims for holds in rules.RULES.values())
    found = told(release.preview(view, claims, TO))
    assert {name for name, line in found.items() if line.outcome != "stays"} == LEAVE
    assert {name: line.reasons for name, line in found.items() if line.outcome == "stays"} == {
        name: (code,) for name, code in KEPT.items()
    }


def test_without_the_policy_it_would_all_leave(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault that the test above is there to catch."""
    monkeypatch.setattr(View, "allows", lambda self, act, markings, **_: [True] * len(markings))
    assert {line.outcome for line in release.preview(view, view.case_claims(), TO)} == {"leaves"}


def test_without_the_rules_the_policy_still_keeps_it(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "RULES", {})
    found = told(release.preview(view, view.case_claims(), TO))
    assert {name for name, line in found.items() if line.outcome != "stays"} == LEAVE
    stranger = replace(TO, id="partner-south", org="org-south")
    lines = release.preview(view, view.case_claims(), stranger)
    assert all("policy.row.recipient" in line.reasons for line in lines)


def test_a_package_holds_what_leaves_and_says_what_stayed(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    packed: list[str] = []

    def pack(home: Home, view: View, to: packages.Partner, leaving: list[ClaimView], *_: object) -> bytes:
        packed.extend(str(c.object.ref if c.object else c.value) for c in leaving)
        return b"sealed"

    monkeypatch.setattr(release, "_pack", pack)
    made = release.release(view.home, view, TO, view.case_claims(), request=None, strength=2, clock=clock)
    assert set(packed) == LEAVE and made.claims == len(LEAVE)
    assert sum(made.stayed.values()) == len(KEPT) and set(made.stayed) == set(KEPT.values())


def test_a_session_that_was_signed_in_once_sends_nothing(view: View) -> None:
    lines = release.preview(view, view.case_claims(), TO, strength=1)
    assert all("policy.row.step-up" in line.reasons for line in lines)
    with pytest.raises(BadInput, match="None of the chosen claims"):
        release.release(view.home, view, TO, view.case_claims(), request=None, strength=1, clock=clock)


def test_why_tells_of_a_claim_by_its_own_category(view: View) -> None:
    car = told(release.preview(view, view.case_claims(), TO))["A blue car"].claim
    assert "policy.row.bystander" in {reason.code for reason in why_in(view, car.token, "export").reasons}
    assert why_in(view, car.token, "read").allowed


@pytest.mark.parametrize(
    ("of_marking", "of_claim", "together"),
    [
        ("", None, ""),
        ("", "c", "c"),
        ("a", "d", "d"),
        ("c", "a", "c"),
        ("d", "c", "d"),
        ("z", "a", "z"),
        ("b", "", "b"),
    ],
)
def test_marking_and_claim_both_narrow(of_marking: str, of_claim: str | None, together: str) -> None:
    assert marked(Marking(category=of_marking), of_claim).category == together
