"""What a change of the policy flips, and a policy that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.policy.cells import BASE, PLAIN
from graph.policy.diff import compare, usual_cells
from graph.policy.rules import POLICY_FILE, SCHEMA_FILE, PolicyBroken, Rules, rules, shipped
from graph.policy.table import table


def changed(old: str, new: str) -> Rules:
    assert old in shipped(POLICY_FILE)
    return Rules.parse(shipped(POLICY_FILE).replace(old, new), shipped(SCHEMA_FILE))


def test_equal_policies_flip_nothing() -> None:
    cells = list(usual_cells(table()))[::60]
    assert compare(rules(), rules(), cells).flips == ()


def test_a_wider_policy_is_told_in_words() -> None:
    wider = changed('when { resource.pap == "RED" }', 'when { resource.pap == "NONE" }')
    cells = [cell for cell in usual_cells(table()) if cell["act"] == "export" and cell["pap"] == "RED"]
    found = compare(rules(), wider, cells)
    assert found.counts() == {"export opened": len(found.flips)}
    assert found.flips[0].words(table()) == (
        "export by liaison becomes allowed where pap is RED (passive use that cannot be noticed)."
    )
    assert found.flips[0].unusual == {"pap": "RED"}


def test_a_narrower_policy_is_told_in_words() -> None:
    narrower = changed('principal.roles.contains("planner")', 'principal.roles.contains("nobody")')
    of_planners = [cell for cell in usual_cells(table()) if cell["role"] == "planner"]
    cells = [{**BASE, **PLAIN["count"], "act": "count"}, *of_planners[::40]]
    found = compare(rules(), narrower, cells)
    assert found.flips[0].words(table()) == "count by planner is refused from now on in the usual case."
    assert {flip.cell["role"] for flip in found.flips} == {"planner"}


def test_policies_from_files(tmp_path: Path) -> None:
    (tmp_path / POLICY_FILE).write_text(shipped(POLICY_FILE))
    assert Rules.read(tmp_path / POLICY_FILE).digest == rules().digest
    (tmp_path / SCHEMA_FILE).write_text(shipped(SCHEMA_FILE))
    assert Rules.read(tmp_path).digest == rules().digest


@pytest.mark.parametrize(
    "text", ["permit (principal, action, resource", "permit (principal, action, resource) when { resource.colour };"]
)
def test_a_policy_that_does_not_parse_or_fit(text: str, tmp_path: Path) -> None:
    (tmp_path / "p.cedar").write_text(text)
    with pytest.raises(PolicyBroken):
        Rules.read(tmp_path / "p.cedar")
    with pytest.raises(PolicyBroken):
        Rules.read(tmp_path / "missing.cedar")
