"""The planted truth can be found, and what misleads the crude figures does not mislead matched ones."""

from __future__ import annotations

import numpy as np
import pytest

from ingest.scenario.calendar import TODAY, day
from ingest.scenario.people import NATIVE, NEVER, OFFENDER, Block
from ingest.scenario.settings import make_landscape
from ingest.scenario.size import SIZES
from tests.ingest.scenario.reference import Measured, flagged, measure, tail

SIZE_S = SIZES["S"]


@pytest.fixture(scope="module")
def measured() -> list[Measured]:
    return [measure(SIZE_S, seed) for seed in (11, 2024, 31337)]


def _tests(m: Measured, *, matched: bool) -> dict[int, float]:
    out = {}
    for s in m.land.settings:
        mean = m.expected[s.index] * s.intensity / 1000 if matched else m.crude_rate * m.years[s.index]
        if m.observed[s.index] >= 5 or mean >= 1:
            out[s.index] = tail(m.observed[s.index], mean)
    return out


def test_bridges_are_found_and_little_else(measured: list[Measured]) -> None:
    found = false = planted = 0
    for m in measured:
        bridges, flags = {s.index for s in m.land.bridges}, flagged(_tests(m, matched=True))
        found, planted, false = found + len(flags & bridges), planted + len(bridges), false + len(flags - bridges)
    assert planted >= 18
    assert found / planted >= 0.8
    assert false / (found + false) <= 0.1


def test_crude_rates_fall_for_decoys(measured: list[Measured]) -> None:
    """Tested on crude rates, some decoys look like bridges; matched and with the reporting offset none does."""
    crude, matched = 0, 0
    for m in measured:
        decoys = {s.index for s in m.land.decoys}
        crude += sum(1 for index, p in _tests(m, matched=False).items() if p < 0.05 and index in decoys)
        matched += len(flagged(_tests(m, matched=True)) & decoys)
    assert crude >= 2
    assert matched == 0


def test_strength_is_what_was_planted(measured: list[Measured]) -> None:
    """Against settings that nobody planted, the ratio is the strength, give or take."""
    ordinary = [(m, s.index) for m in measured for s in m.land.settings if s.strength == 1 and not s.decoy]
    plain = _total(ordinary, "observed") / _total(ordinary, "expected")
    relative = [m.matched(s.index) / plain / s.strength for m in measured for s in m.land.bridges]
    assert 0.75 < float(np.median(relative)) < 1.25


def test_every_decoy_misleads_in_its_own_way(measured: list[Measured]) -> None:
    for reason in ("large", "reporting", "young", "crossed"):
        which = [(m, s.index) for m in measured for s in m.land.decoys if s.decoy == reason]
        plain = [(m, s.index) for m in measured for s in m.land.settings if s.strength == 1 and not s.decoy]
        assert which
        if reason == "large":
            assert _total(which, "observed") / len(which) > 3 * _total(plain, "observed") / len(plain)
        elif reason in ("young", "reporting"):
            assert _total(which, "observed") / _total(which, "years") > 1.5 * _total(plain, "observed") / _total(
                plain, "years"
            )
        else:
            assert np.mean([_extremist_share(m, i) for m, i in which]) > 2 * np.mean(
                [_extremist_share(m, i) for m, i in plain]
            )
        if reason != "reporting":
            matched = _total(which, "observed") / _total(which, "expected")
            assert matched < 1.3 * _total(plain, "observed") / _total(plain, "expected") + 0.2


def _total(which: list[tuple[Measured, int]], what: str) -> float:
    return float(sum(getattr(m, what)[i] for m, i in which))


def _extremist_share(m: Measured, index: int) -> float:
    """Share of a setting's visitors who were in an extremist milieu before they came."""
    here = m.block.setting == index
    earlier = here & (m.block.extremist_from[:, None] < m.block.stay_from)
    return float(earlier.sum() / max(1, here.sum()))


def test_weak_bridges_get_more_time_than_strong_ones(measured: list[Measured]) -> None:
    for m in measured:
        time = {s.strength: m.years[s.index] for s in m.land.bridges}
        assert time[min(time)] > 2 * time[max(time)]


def test_proportions(measured: list[Measured]) -> None:
    for m in measured:
        b = m.block
        offenders = (b.crime_from <= TODAY).sum()
        extremists = (b.extremist_from <= TODAY).sum()
        both = _at_once(b).sum()
        assert extremists / offenders < 0.15
        assert both / offenders < 0.06
    gone = [
        (int(x), int(y)) for m in measured for x, y in zip(m.block.left_on, m.block.back_on, strict=True) if x <= TODAY
    ]
    peak = sum(1 for left, _ in gone if day(2012) <= left < day(2016)) / len(gone)
    back = sum(1 for _, back in gone if back < NEVER) / len(gone)
    assert len(gone) > 40
    assert peak > 0.7
    assert 0.35 < back < 0.65


def _at_once(b: Block) -> np.ndarray:
    return np.asarray((b.crime_from <= TODAY) & (b.extremist_from <= TODAY) & (np.minimum(b.crime_to, b.extremist_to)
                      > np.maximum(b.crime_from, b.extremist_from)))  # fmt: skip


def test_nobody_is_in_two_countries_at_once(measured: list[Measured]) -> None:
    for m in measured:
        b = m.block
        away = (
            (b.setting >= 0)
            & (b.stay_from <= b.back_on[:, None])
            & (b.stay_to >= b.left_on[:, None])
            & (b.left_on < NEVER)[:, None]
        )
        assert not away.any()


def test_stays_and_records_are_of_adults(measured: list[Measured]) -> None:
    for m in measured:
        b = m.block
        age = np.where(b.setting >= 0, b.stay_from - b.birth[:, None], 10**6)
        assert age.min() >= 18 * 365
        assert set(np.unique(b.role[(b.crime_from < NEVER) | (b.extremist_from < NEVER)])) <= {OFFENDER, NATIVE}


@pytest.mark.parametrize("name", ["S", "M", "L"])
def test_every_size_has_bridges_and_units(name: str) -> None:
    land = make_landscape(SIZES[name], 3)  # type: ignore[index]
    assert len(land.bridges) >= 6
    assert len(land.settings) >= 80
    assert len({s.id for s in land.settings}) == len(land.settings) == len({s.name for s in land.settings})
    shares = sum(s.share for s in land.settings)
    assert 990_000 < shares <= 1_000_000
    heavy = {s.unit for s in land.settings if s.intensity > 1000}
    assert all(sum(1 for s in land.settings if s.unit == unit) == 1 for unit in heavy)
