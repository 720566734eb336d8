"""Who may run which analysis for what: the table of intrusion classes, all of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graph.actor import ROLE_ACTIONS, Actor, ViewRequest
from graph.errors import Refused
from graph.ontology import ontology
from graph.policy.intrusion import check_analysis, intrusion

PURPOSES = list(ontology().codes("purposes").codes)
ANALYST = Actor("anna", frozenset({"analyst"}), 2, frozenset(), frozenset(PURPOSES), "org")
FIGURES = {"coverage"}
DEEP = {"settings", "transfers", "pathways", "sources"}


def may(analysis: str, purpose: str, role: str, case: str | None = "case-1", reason: str = "because") -> bool:
    try:
        check_analysis(replace(ANALYST, roles=frozenset({role})), ViewRequest(purpose, case, reason=reason), analysis)
    except Refused:
        return False
    return True


@pytest.mark.parametrize("role", ROLE_ACTIONS)
@pytest.mark.parametrize("purpose", PURPOSES)
def test_class_by_purpose_and_role(purpose: str, role: str) -> None:
    allowed = {name for name in intrusion().analyses if may(name, purpose, role)}
    expected = set()
    if purpose in ("prevent", "investigate") and role == "analyst":
        expected = FIGURES | DEEP | {"case"}
    elif purpose in ("prevent", "investigate", "outreach-aggregate") and role in ("analyst", "planner"):
        expected = FIGURES
    assert allowed == expected


@pytest.mark.parametrize("purpose", ["admin-decision", "browse"])
def test_no_cross_cutting_analysis_for_administrative_decisions_or_browsing(purpose: str) -> None:
    for name in intrusion().analyses:
        with pytest.raises(Refused) as caught:
            check_analysis(ANALYST, ViewRequest(purpose), name)
        assert caught.value.reason_code == "purpose-analysis"
        assert "prevent" in caught.value.message


def test_a_description_of_a_case_needs_the_case_and_a_reason() -> None:
    assert not may("case", "investigate", "analyst", case=None)
    assert not may("case", "investigate", "analyst", reason="  ")
    assert may("settings", "investigate", "analyst", case=None, reason="")


def test_an_analysis_without_a_class_is_run_by_nobody() -> None:
    with pytest.raises(Refused) as caught:
        check_analysis(ANALYST, ViewRequest("investigate"), "key-players")
    assert caught.value.reason_code == "intrusion"


def test_every_analysis_that_a_role_may_run_has_a_class() -> None:
    named = {a.removeprefix("analyse-") for acts in ROLE_ACTIONS.values() for a in acts if a.startswith("analyse-")}
    assert named <= set(intrusion().analyses)
    assert set(intrusion().analyses.values()) == set(intrusion().classes)
