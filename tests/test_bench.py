"""The bench runs from end to end on tiny worlds; how fast anything is, no test says."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from api.commands.bench import _rooms
from bench import neighbours, paths
from bench.result import Ratio, percentiles
from bench.run import ROWS, chosen, run
from graph.errors import BadInput
from tests.ingest.scenario.worlds import TINY

WORLDS = {"one": replace(TINY, persons=450), "two": TINY}


def test_every_row_yields_figures_and_a_ratio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "ASKED", 10)
    monkeypatch.setattr(paths, "PAIRS", 4)
    told: list[str] = []
    found = list(run([], small="one", large="two", tell=told.append, folder=tmp_path, worlds=WORLDS, most=3_000))
    assert [result.row for result in found] == list(ROWS)
    for result in found:
        assert result.ratios, result.row
        figures = [m.value for m in result.measures] + [r.value for r in result.ratios]
        assert all(math.isfinite(value) and value > 0 for value in figures), result.text()
    assert set(ROWS) <= set(told)
    again = list(run(["settings"], small="one", large="two", tell=told.append, folder=tmp_path, worlds=WORLDS))
    assert told.count("making world two") == 1, "worlds are kept from run to run"
    assert again[0].measures[0] == found[list(ROWS).index("settings")].measures[0]


def test_an_unknown_row_is_refused() -> None:
    with pytest.raises(BadInput, match="neighbours"):
        chosen(["neighbour"])
    assert chosen(["memory", "load"]) == ["load", "memory"]


def test_without_a_checkout_the_command_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="needs a checkout"):
        _rooms(tmp_path)


def test_what_a_ratio_holds() -> None:
    assert Ratio("r", 3.0, at_most=3).holds and not Ratio("r", 3.1, at_most=3).holds
    assert Ratio("r", 3.0, at_least=3).holds and not Ratio("r", 2.9, at_least=3).holds
    assert Ratio("r", 3.0).holds is None


def test_percentiles() -> None:
    middle, late = percentiles("x", [n / 1_000 for n in range(1, 101)])
    assert (middle.value, late.value) == (50.5, 96.0)
