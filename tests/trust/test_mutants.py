"""Leaks put in on purpose: each must be seen. The plain tests put in a few, the campaign all.

`KRYDSFELT_TRUST_MUTANT` names one of them for the campaign.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trust.mutants import MUTANTS
from tests.trust.play import Tally, run
from tests.trust.stage import Stage, stage
from tests.trust.test_noninterference import memory

__all__ = ["memory"]

SEED = 4_000_000
WORLDS = 100
PLAIN = (
    "count of claims",
    "403 beside 404: an entity",
    "label from a hidden claim",
    "error text that names what was found",
    "audit: touched by what was not shown",
)


def worlds_needed(on: Stage, name: str) -> int | None:
    """Return in which world a leak was seen first; None when it was in none."""
    with pytest.MonkeyPatch.context() as patch:
        MUTANTS[name].patch(patch)
        tally = run(on, range(SEED, SEED + WORLDS), Tally())
    return tally.pairs if tally.found else None


def test_there_are_enough() -> None:
    assert len(MUTANTS) >= 30


@pytest.fixture(scope="module")
def on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One stage for all: every mutant lets go of what it changed."""
    place = Path("/dev/shm") if Path("/dev/shm").is_dir() else tmp_path_factory.mktemp("stage")
    with stage(place / f"krydsfelt-mutants-{os.getpid()}") as made:
        yield made


@pytest.mark.parametrize("name", PLAIN)
def test_a_leak_is_seen(on: Stage, name: str) -> None:
    assert worlds_needed(on, name) is not None


@pytest.mark.campaign
@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_every_leak_is_seen_within_a_hundred_worlds(on: Stage, name: str) -> None:
    if os.environ.get("KRYDSFELT_TRUST_MUTANT", name) != name:
        pytest.skip("another one was asked for")
    needed = worlds_needed(on, name)
    print(f"| {name} | {needed} |")
    assert needed is not None, f"the leak {name!r} was in no answer of {WORLDS} worlds"
