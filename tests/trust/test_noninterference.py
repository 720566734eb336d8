"""Two worlds that agree on all that somebody may see answer alike on every read path, and tell no secret word.

The long form is a campaign: `KRYDSFELT_TRUST_SEED`, `KRYDSFELT_TRUST_COUNT` (pairs of worlds) and
`KRYDSFELT_TRUST_MINUTES` say where it begins, how many it plays and when it stops.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trust import paths
from tests.trust.play import RARE, Tally, run
from tests.trust.stage import stage

SEED = 20_261_124
PLAIN = 18
HOUSE = 400
"""Worlds after which the homes are built anew."""


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder in memory where the machine has one."""
    place = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        yield Path(folder)


def test_worlds_that_agree_on_what_may_be_seen_answer_alike(memory: Path) -> None:
    with stage(memory) as set_:
        tally = run(set_, range(SEED, SEED + PLAIN), Tally(), until=3)
    print(tally.text())
    assert tally.found == [], "\n".join(map(str, tally.found))
    assert tally.pairs == PLAIN
    often = {
        f"{o.method} {o.path}"
        for o in paths.operations()
        if (o.method, o.path) not in {*RARE, *paths.SKIPPED} and not o.path.startswith(paths.OF_THE_LOG)
    }
    assert often <= set(tally.paths), often - set(tally.paths)
    assert tally.again > tally.answers / 10 and tally.others > 0  # what was kept was given, also after others asked
    assert tally.statuses[200] > tally.answers / 5  # most of what is asked is answered


@pytest.mark.campaign
def test_campaign(memory: Path) -> None:
    seed = int(os.environ.get("KRYDSFELT_TRUST_SEED", "20262124"))
    count = int(os.environ.get("KRYDSFELT_TRUST_COUNT", "3000"))
    deadline = time.monotonic() + 60 * float(os.environ.get("KRYDSFELT_TRUST_MINUTES", "600"))
    tally = Tally()
    for first in range(0, count, HOUSE):
        if time.monotonic() > deadline or tally.found:
            break
        with stage(memory / f"from-{first}") as set_:
            run(set_, range(seed + first, seed + min(first + HOUSE, count)), tally, until=3, deadline=deadline)
    print(f"seed {seed}: {tally.text()}")
    assert tally.found == [], "\n".join(map(str, tally.found))
