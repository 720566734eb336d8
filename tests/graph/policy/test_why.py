"""Reasons: for what is allowed, for what a row refuses; and one answer for what is hidden and what never was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graph.policy.asking import ACTS
from graph.policy.cells import BASE, PLAIN, near, question
from graph.policy.table import table
from graph.policy.why import why


@pytest.mark.parametrize("act", ACTS)
def test_what_is_allowed_has_its_reasons(act: str) -> None:
    told = why(*question({**BASE, **PLAIN[act], "act": act}))
    assert told.allowed
    codes = {reason.code for reason in told.reasons}
    assert {"policy.why.role", "policy.why.purpose", "policy.why.basis", "policy.why.level"} < codes
    assert told.sentence().startswith(f"{act}: allowed, because the role ")


def test_what_is_refused_names_the_rows() -> None:
    for cell in list(near(table(), "analyse"))[::17]:
        told = why(*question(cell))
        rows = {f"policy.row.{row.id}" for row in table().refusals(cell)}
        assert told.allowed is table().allows(cell)
        assert rows <= {reason.code for reason in told.reasons}


def test_a_role_that_does_not_suffice_is_told_which_do() -> None:
    told = why(*question({**BASE, **PLAIN["export"], "act": "export", "role": "admin"}))
    assert [reason.code for reason in told.reasons] == ["policy.why.no-role"]
    assert told.sentence() == "export: refused. It takes one of the roles liaison."


def test_how_one_came_into_the_case_and_who_shared() -> None:
    actor, asking, marking = question(dict(BASE))
    codes = {r.code: r.values for r in why(actor, asking, marking).reasons}
    assert codes["policy.why.case"] == {"case": asking.case, "admitted": "member"}
    assert "policy.why.shared" in codes
    broken = why(actor, replace(asking, admitted="break-glass"), marking)
    assert "by broken glass" in broken.sentence()
    assert "policy.why.own" in {r.code for r in why(actor, asking, replace(marking, originator=actor.org)).reasons}
    assert "policy.why.open" in {r.code for r in why(actor, asking, replace(marking, open=True)).reasons}
    assert "policy.why.unbound" in {r.code for r in why(actor, asking, replace(marking, case="unbound")).reasons}
