"""Cedar against the decision table, cell by cell."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from itertools import islice

import pytest

from graph.policy.asking import ACTS
from graph.policy.cells import BLOCKS, matrix, near, question, sample
from graph.policy.rules import rules
from graph.policy.table import Cell, table

SEED = 41
BATCH = 4_000


def unexpected(cells: Iterable[Cell]) -> list[Cell]:
    """Return cells of which Cedar and the table say different things: those of the first batch that has any."""
    waiting = iter(cells)
    while batch := list(islice(waiting, BATCH)):
        answers = rules().ask([question(cell) for cell in batch])
        found = [cell for cell, answer in zip(batch, answers, strict=True) if answer is not table().allows(cell)]
        if found:
            return found
    return []


@pytest.mark.parametrize("act", ACTS)
def test_around_what_is_allowed(act: str) -> None:
    assert unexpected(cell for place, cell in enumerate(near(table(), act)) if place % 4 == len(act) % 4) == []


def test_a_sample_of_all() -> None:
    drawn = sample(table(), 3_000, SEED)
    assert {table().allows(cell) for cell in drawn} == {True, False}
    assert unexpected(drawn) == []


def test_a_cell_by_its_place_is_the_cell_in_order() -> None:
    for block in BLOCKS:
        for place, cell in islice(enumerate(block.cells()), 0, len(block), 9_973):
            assert block.cell(place) == cell


@pytest.mark.campaign
def test_the_complete_matrix() -> None:
    """Every cell, or the share of them that `KRYDSFELT_SHARE=i/n` names, so that several processes divide them."""
    part, parts = (int(n) for n in os.environ.get("KRYDSFELT_SHARE", "0/1").split("/"))
    began, asked, allowed = time.monotonic(), 0, 0

    def counted() -> Iterable[Cell]:
        nonlocal asked, allowed
        for place, cell in enumerate(matrix(table())):
            if place // BATCH % parts == part:
                asked += 1
                allowed += table().allows(cell)
                yield cell
                if asked % 100_000 == 0:
                    print(f"{asked} cells asked, {asked / (time.monotonic() - began):.0f}/s", flush=True)

    found = unexpected(counted())
    assert found == []
    assert asked * parts >= sum(map(len, BLOCKS))
    taken = time.monotonic() - began
    print(f"\n{asked} cells, {allowed} of them allowed, 0 unexpected, {asked / taken:.0f}/s")
