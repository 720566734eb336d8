"""An attacker who puts all published figures together: year, three-year sum, municipality and police district.

Every figure of three yearly runs becomes one equation or fact; linear programs then ask how far each hidden need is
pinned down. A need that somebody hid must stay in doubt by at least four people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from analytics import years
from analytics.coverage import coverage
from analytics.years import block_years
from ingest.scenario import make_world
from tests.analytics.builders import Builder, Made, read_folder

DAYS = (datetime(2024, 12, 31, tzinfo=UTC), datetime(2025, 12, 31, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC))
DOUBT = 4

Cell = tuple[str, int]
"""A segment and a year."""


@dataclass
class Table:
    """What is published of one police district and kind of segment: facts, hidden cells, and sums of cells."""

    known: dict[Cell, int] = field(default_factory=dict)
    hidden: list[Cell] = field(default_factory=list)
    sums: list[tuple[list[Cell], int]] = field(default_factory=list)


def tables(answers: dict[int, Any], district_of: Callable[[str], str]) -> dict[tuple[str, str], Table]:
    """Gather the published figures of yearly answers by district and segment name."""
    out: dict[tuple[str, str], Table] = defaultdict(Table)
    names: dict[tuple[str, str], set[str]] = defaultdict(set)
    for year, answer in answers.items():
        for row in answer.rows:
            key = (district_of(row["municipality"]), row["segment_label"])
            names[key].add(row["segment"])
            if row["need"] is None:
                out[key].hidden.append((row["segment"], year))
            else:
                out[key].known[row["segment"], year] = row["need"]
    for year, answer in answers.items():
        for row in answer.rows:
            key = (district_of(row["municipality"]), row["segment_label"])
            if (sums := row["three_years"]) is not None:
                cells = [(row["segment"], y) for y in range(sums["first"], sums["last"] + 1)]
                out[key].sums.append((cells, sums["need"]))
        for row in answer.extra["districts"]:
            key = (row["district"], row["segment_label"])
            if row["need"] is not None:
                out[key].sums.append(([(s, year) for s in sorted(names[key])], row["need"]))
            if (sums := row["three_years"]) is not None:
                span = range(sums["first"], sums["last"] + 1)
                out[key].sums.append(([(s, y) for s in sorted(names[key]) for y in span], sums["need"]))
    return out


def pinned(table: Table) -> list[tuple[Cell, float, float]]:
    """Return the hidden cells that the sums pin down to fewer than five numbers, with the range that is left."""
    from scipy.optimize import linprog

    place = {cell: i for i, cell in enumerate(table.hidden)}
    if not place or not table.sums:
        return []
    rows = np.zeros((len(table.sums), len(place)))
    rest = np.zeros(len(table.sums))
    for r, (cells, total) in enumerate(table.sums):
        # who is not listed in a year has no need in it, and that is known
        rest[r] = total - sum(table.known.get(cell, 0) for cell in cells)
        for cell in cells:
            if cell in place:
                rows[r, place[cell]] = 1
    found = []
    for cell, i in place.items():
        if not rows[:, i].any():
            continue
        aim = np.zeros(len(place))
        aim[i] = 1
        ends = [linprog(sign * aim, A_eq=rows, b_eq=rest, bounds=(1, None)) for sign in (1, -1)]
        assert all(e.status in (0, 3) for e in ends), "the published figures contradict each other"
        low = ends[0].fun
        high = -ends[1].fun if ends[1].status == 0 else np.inf
        if high - low < DOUBT - 1e-6:
            found.append((cell, low, high))
    return found


def attack(world: Made) -> tuple[dict[int, Any], list[tuple[Cell, float, float]]]:
    part_of = world.links["part_of"]
    above = dict(zip(part_of.subject.tolist(), part_of.object.tolist(), strict=True))
    answers = {day.year: coverage(world, now=day) for day in DAYS}
    of = tables(answers, lambda town: world.names[above[world.number(town)]])
    return answers, [leak for table in of.values() for leak in pinned(table)]


@pytest.fixture(scope="module")
def world_s(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("worlds") / "S"
    make_world("S", 7, folder)
    for path in folder.glob("*claims.csv"):
        if not path.name.startswith(("01-", "12-")):
            path.unlink()
    return read_folder(folder)


def test_no_figure_of_world_s_gives_a_hidden_need_away(world_s: Made) -> None:
    answers, leaks = attack(world_s)
    now = answers[2026]
    assert sum(r["three_years"] is not None for r in now.rows) > 20
    assert sum(d["need"] is not None for d in now.extra["districts"]) > 20
    assert any(d["three_years"] is not None for d in now.extra["districts"])
    assert all(r["suppressed"] for r in now.rows if r["three_years"] is not None)
    assert leaks == []


def test_the_attacker_finds_a_planted_leak(world_s: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sums that look at their own years alone are given away by the district totals beside them."""
    monkeypatch.setattr(years, "in_doubt", lambda hidden: hidden.sum() >= 5)
    assert attack(world_s)[1]


def random_years(seed: int) -> Made:
    rng, b = np.random.default_rng(seed), Builder()
    for d in range(3):
        district = b.thing(f"district:{d}", "PoliceDistrict")
        for t in range(int(rng.integers(1, 7))):
            town = b.thing(f"municipality:{d}{t}", "Municipality")
            b.link(town, "part_of", district)
            for name in ("released", "parents"):
                segment = b.thing(f"need:{d}{t}-{name}", "NeedSegment")
                b.literal(segment, "name", name)
                b.link(segment, "located_in", town)
                for year in (2024, 2025, 2026):
                    if rng.random() < 0.9:
                        b.literal(segment, "amount", str(rng.integers(0, rng.choice((4, 9, 30)))), str(year))
    return b.build()


@pytest.mark.parametrize("seed", range(12))
def test_no_figure_of_a_random_world_gives_a_hidden_need_away(seed: int) -> None:
    assert attack(random_years(seed))[1] == []


def test_blocks_of_years_never_overlap() -> None:
    blocks = {block_years(year) for year in range(1990, 2060)}
    held = sorted(y for first, last in blocks for y in range(first, last + 1))
    assert held == sorted(set(held))
    assert all(block_years(year)[1] <= year for year in range(1990, 2060))


def three_towns(amounts: dict[str, tuple[int, int, int]]) -> Any:
    b = Builder()
    for code, stated in amounts.items():
        town = b.thing(f"municipality:{code}", "Municipality")
        b.link(town, "part_of", b.thing("district:1", "PoliceDistrict"))
        segment = b.thing(f"need:{code}", "NeedSegment")
        b.literal(segment, "name", "released")
        b.link(segment, "located_in", town)
        for year, amount in zip((2024, 2025, 2026), stated, strict=True):
            b.literal(segment, "amount", str(amount), str(year))
    return coverage(b.build(), now=DAYS[-1])


def test_a_lone_small_need_has_its_three_year_sum() -> None:
    row = three_towns({"A": (4, 3, 3)}).rows[0]
    assert row["need"] is None
    assert row["three_years"] == {"first": 2024, "last": 2026, "need": 10}


def test_a_sum_of_which_two_years_were_shown_is_not() -> None:
    assert three_towns({"A": (9, 12, 3)}).rows[0]["three_years"] is None


def test_a_sum_is_not_shown_beside_totals_that_give_its_years_away() -> None:
    answer = three_towns({"A": (4, 4, 4), "B": (9, 9, 9), "C": (40, 40, 40)})
    assert [d["need"] for d in answer.extra["districts"]] == [53]
    assert all(r["three_years"] is None for r in answer.rows)


def test_where_the_years_district_is_hidden_its_three_year_sum_may_stand_in() -> None:
    district = three_towns({"A": (2, 2, 2), "B": (2, 2, 1)}).extra["districts"][0]
    assert district["need"] is None
    assert district["three_years"] == {"first": 2024, "last": 2026, "need": 11}
    assert three_towns({"A": (1, 2, 1), "B": (1, 0, 2)}).extra["districts"][0]["three_years"] is None
