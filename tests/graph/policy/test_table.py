"""The table by itself: it stands in the docs as it is, names the rules of the policy, and none of its rows is idle."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from graph.policy.asking import ACTS
from graph.policy.cells import BASE, BLOCKS, PLAIN, near, pairs
from graph.policy.rules import POLICY_FILE, shipped
from graph.policy.table import parse, printed, table

DOCS = Path(__file__).parents[3] / "docs"


def test_the_page_is_the_table() -> None:
    assert (DOCS / "decision-table.md").read_text(encoding="utf-8") == printed(table())


def test_every_rule_has_a_row_and_every_row_a_rule() -> None:
    rules = set(re.findall(r'@id\("([a-z0-9-]+)"\)', shipped(POLICY_FILE)))
    permits = {f"may-{role}" for role, acts in table().roles.items() if acts}
    assert rules == permits | {row.id for row in table().rows}


def test_acts_are_those_of_the_policy() -> None:
    assert tuple(table().attributes["act"].words) == ACTS


@pytest.mark.parametrize("act", ACTS)
def test_each_act_is_allowed_somewhere(act: str) -> None:
    assert table().allows({**BASE, **PLAIN[act], "act": act})


def test_every_row_refuses_something_alone() -> None:
    idle = {id(row): row.says for row in table().rows}
    for cell in pairs(table()):
        rows = table().refusals(cell)
        if len(rows) == 1:
            idle.pop(id(rows[0]), None)
            if not idle:
                return
    assert list(idle.values()) == []


def test_every_word_is_asked_somewhere() -> None:
    asked: dict[str, set[str]] = {name: set() for name in table().attributes}
    for act in ACTS:
        for cell in near(table(), act):
            for name, word in cell.items():
                asked[name].add(word)
    assert asked == {name: set(attribute.words) for name, attribute in table().attributes.items()}


def test_the_main_block_has_the_size_that_was_asked_for() -> None:
    assert len(BLOCKS[0]) == 1_658_880
    assert sum(1 for _ in BLOCKS[1].cells()) == len(BLOCKS[1])


@pytest.mark.parametrize(
    "body",
    [
        "{id: x, says: x, when: {colour: [red]}, law: x}",
        "{id: x, says: x, when: {act: [dance]}, law: x}",
        "{id: x, says: x, law: x}",
        "{id: x, says: x, when: {act: [read]}, except: {act: [read]}, law: x}",
    ],
)
def test_a_row_that_cannot_be_read_is_refused(body: str) -> None:
    words = "{act: {says: a, words: {read: r}}, role: {says: r, words: {one: o}}}"
    text = f"attributes: {words}\nroles: {{one: [read]}}\nrows: [{body}]"
    with pytest.raises(ValueError):
        parse(text)
