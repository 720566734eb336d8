"""Every mutant of the policy must answer some cell of the matrix otherwise than the decision table."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from random import Random

import cedarpy
import pytest

from graph.policy.asking import ACTS
from graph.policy.cells import GROUNDS, near, question
from graph.policy.rules import POLICY_FILE, Asked, rules, shipped
from graph.policy.table import Cell, table
from tests.graph.policy.mutants import Mutant, mutants

ALL = list(mutants(shipped(POLICY_FILE)))
EVERY = 16
"""The plain suite tries one mutant of so many; the campaign tries all."""
BATCH, ENOUGH = 250, 8_000
SEED = 41

EQUIVALENT: dict[tuple[str, str], str] = {
    ("step-up", "unless 0: <= to =="): "a session's strength is 1 or 2, so that at least 2 and just 2 are one thing",
}
"""Mutants that mean the same as the policy, each with the reason why."""


@cache
def by_rule() -> dict[str, list[Cell]]:
    """Return the cells that one rule alone refuses, by rule, and under the empty name those that are allowed.

    A change of one rule shows in no other cell: elsewhere another rule refuses still, or no role permits. What the
    roles permit is a matter of the cells that no row refuses, which stand under `may`. Of each, enough of them.
    """
    found: dict[str, list[Cell]] = {"": [], "may": []}
    for act in ACTS:
        for ground in GROUNDS:
            for cell in near(table(), act, ground=ground):
                refusing = {row.id for row in table().refusals(cell)}
                permitted = act in table().roles[cell["role"]]
                if len(refusing) == 1 and permitted:
                    found.setdefault(refusing.pop(), []).append(cell)
                elif not refusing:
                    found["" if permitted else "may"].append(cell)
    random = Random(SEED)
    return {rule: random.sample(cells, min(ENOUGH, len(cells))) for rule, cells in found.items()}


@cache
def batch(rule: str, number: int) -> tuple[Asked, list[bool]]:
    """Return some cells of a rule in the engine's form, with the table's answers."""
    part = by_rule()[rule][number * BATCH : (number + 1) * BATCH]
    return rules().prepare([question(cell) for cell in part]), [table().allows(cell) for cell in part]


def caught(mutant: Mutant) -> bool:
    """Say whether some cell shows the mutant: cells of its own rule and allowed ones in turn."""
    changed = replace(rules(), policies=cedarpy.PolicySet.from_str(mutant.policy))
    own = "may" if mutant.rule.startswith("may-") else mutant.rule
    for number in range(ENOUGH // BATCH):
        for rule in (own, ""):
            asked, expected = batch(rule, number)
            if expected and changed.ask(asked) != expected:
                return True
    return False


def survivors(chosen: Iterator[Mutant] | list[Mutant]) -> list[tuple[str, str]]:
    alive = [(m.rule, m.change) for m in chosen if not caught(m)]
    return [each for each in alive if each not in EQUIVALENT]


def test_the_policy_itself_is_not_caught() -> None:
    own = Mutant("level", "nothing", shipped(POLICY_FILE))
    assert not caught(own)


def test_some_mutants_are_caught() -> None:
    assert survivors(ALL[::EVERY]) == []


def test_every_rule_has_mutants() -> None:
    assert {m.rule for m in ALL} == set(rules().names.values())
    assert len({m.policy for m in ALL}) == len(ALL)


@pytest.mark.campaign
def test_all_mutants_are_caught() -> None:
    began = time.monotonic()
    assert survivors(ALL) == []
    taken = time.monotonic() - began
    print(f"\n{len(ALL)} mutants, {len(EQUIVALENT)} of them equivalent, the others caught in {taken:.0f} s")
