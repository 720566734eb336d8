"""Turns at the write lock: who writes for long learns that others wait, and lets them in."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from graph import rows
from graph.errors import StoreUnavailable
from graph.home import Home
from graph.ledger import Ledger
from graph.turns import turn, wanted
from ingest import deliver
from ingest.load import load
from tests.ingest.folders import ask, claim, claims_in, folder

ROWS = 60


def test_a_turn_is_wanted_while_somebody_holds_it(tmp_path: Path) -> None:
    place = tmp_path / "turn"
    assert not wanted(place)
    with turn(place, 1):
        assert wanted(place)
    assert not wanted(place)


def test_who_waits_too_long_behind_another_is_told(tmp_path: Path) -> None:
    place, clock = tmp_path / "turn", iter(range(100))
    slept: list[float] = []
    with turn(place, 1), pytest.raises(StoreUnavailable), turn(place, 3, tick=lambda: next(clock), sleep=slept.append):
        pass
    assert len(slept) == 2
    assert not wanted(place)


@pytest.mark.parametrize("scribe", [0, ROWS * 2])
def test_a_load_lets_others_write_between_its_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scribe: int
) -> None:
    """All of it would fit into one transaction; somebody comes after the first block and is let in at once."""
    monkeypatch.setattr(rows, "CHUNK", 400)
    monkeypatch.setattr(deliver, "SCRIBE_ROWS", scribe)
    home = Home.init(tmp_path / "home")
    place = folder(tmp_path / "in", [claim(subject=f"person:{n}", value=f"Ada {n}") for n in range(ROWS)])
    durable: list[int] = []

    def write() -> None:
        with Ledger(home) as ledger, ledger.begin_write() as connection:
            durable.append(int(connection.exec_driver_sql("SELECT count(*) FROM claim").scalar_one()))

    other = threading.Thread(target=write)

    def told(stage: str, done: int, total: int) -> None:
        if stage == "write" and not other.ident:
            other.start()
            while not wanted(home.path / "ledger.turn"):
                time.sleep(0.001)

    load(home, [place], progress=told)
    other.join()
    assert 0 < durable[0] < ROWS
    assert claims_in(home) == ROWS
    assert ask(home, "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'claim'") == [(3,)]
