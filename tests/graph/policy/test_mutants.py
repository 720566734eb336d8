"""Every mutant of the policy must answer some cell of the matrix otherwise than the decision table."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from random import Random

import pytest

from graph.policy.asking import ACTS
from graph.policy.cells import GROUNDS, near, question
from graph.policy.rules import POLICY_FILE, SCHEMA_FILE, Asked, Rules, rules, shipped
from graph.policy.table import Cell, table
from tests.graph.policy.mutants import Mutant, mutants

ALL = list(mutants(shipped(POLICY_FILE)))
EVERY = 16
"""The plain suite tries one mutant of so many; the campaign tries all."""
BATCH = 2_000
SEED = 41

EQUIVALENT: dict[tuple[str, str], str] = {}
"""Mutants that mean the same as the policy, each with the reason why."""


@cache
def by_rule() -> dict[str, list[Cell]]:
    """Return the cells that one rule alone refuses, by rule, and under the empty name those that are allowed.

    A change of one rule shows in no other cell: elsewhere another rule refuses still, or no role permits. What the
    roles permit is a matter of the cells that no row refuses, which stand under `may`.
    """
    found: dict[str, list[Cell]] = {"": [], "may": []}
    for act in ACTS:
        for role, acts in table().roles.items():
            for ground in GROUNDS:
                for cell in near(table(), act, role, ground):
                    refusing = {row.id for row in table().refusals(cell)}
                    if len(refusing) == 1 and act in acts:
                        found.setdefault(refusing.pop(), []).append(cell)
                    elif not refusing:
                        found["" if cell["act"] in table().roles[cell["role"]] else "may"].append(cell)
    return found


@cache
def batches(rule: str) -> list[tuple[Asked, list[bool]]]:
    """Return the cells of a rule in the engine's form with the table's answers, well mixed."""
    cells = list(by_rule().get(rule, []))
    Random(SEED).shuffle(cells)
    return [
        (rules().prepare([question(c) for c in part]), [table().allows(c) for c in part])
        for part in (cells[at : at + BATCH] for at in range(0, len(cells), BATCH))
    ]


def caught(mutant: Mutant) -> bool:
    """Say whether some cell shows the mutant."""
    changed = Rules.parse(mutant.policy, shipped(SCHEMA_FILE))
    own = "may" if mutant.rule.startswith("may-") else mutant.rule
    return any(changed.ask(asked) != expected for asked, expected in (*batches(own), *batches("")))


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
