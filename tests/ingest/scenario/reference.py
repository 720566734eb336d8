"""A plain estimator, written apart from the product's method, to judge whether what was planted can be found.

Person-time is sampled every few days for everyone at risk of crossing from crime to extremism; the expected number of
crossings of a setting is its person-time by stratum times the stratum's rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, log

import numpy as np

from ingest.scenario.calendar import FIRST, TODAY, month_array
from ingest.scenario.draws import Ints
from ingest.scenario.people import NEVER, SLOTS, Block, make_block
from ingest.scenario.places import municipalities
from ingest.scenario.settings import LAG_DAYS, Landscape, make_landscape
from ingest.scenario.size import WorldSize

STEP = 6
AGES, RECORDS = (21, 25, 30, 40), (1, 2, 5)


@dataclass(frozen=True)
class Measured:
    land: Landscape
    block: Block
    observed: np.ndarray
    expected: np.ndarray
    years: np.ndarray
    crude_rate: float

    def matched(self, index: int) -> float:
        """Observed over expected, with what the unit reports more taken out."""
        return float(self.observed[index] / self.expected[index] / (self.land.settings[index].intensity / 1000))


def measure(size: WorldSize, seed: int) -> Measured:
    land = make_landscape(size, seed)
    block = make_block(size, seed, land, 0, size.persons)
    cells = (len(AGES) + 1) * (len(RECORDS) + 1) * 16
    time, inside = np.zeros(cells), np.zeros((len(land.settings), cells))
    begin, end = block.crime_from, block.extremist_from
    risk = np.flatnonzero(begin < end)
    days = np.arange(FIRST, TODAY, STEP, dtype=np.int64)
    for some in np.array_split(risk, max(1, len(risk) // 1000)):
        at, when = np.nonzero((days > begin[some][:, None]) & (days <= end[some][:, None]))
        person, day = some[at], days[when]
        cell = _cell(block, person, day)
        time += np.bincount(cell, minlength=cells) * STEP
        for slot in range(SLOTS):
            here = _in(block, person, day, slot)
            np.add.at(inside, (block.setting[person[here], slot], cell[here]), STEP)
    crossed = np.flatnonzero((begin < end) & (end < NEVER))
    rate = np.bincount(_cell(block, crossed, end[crossed]), minlength=cells) / np.maximum(time, 1)
    observed = np.zeros(len(land.settings))
    for slot in range(SLOTS):
        here = _in(block, crossed, end[crossed], slot)
        np.add.at(observed, block.setting[crossed[here], slot], 1)
    years = inside.sum(axis=1) / 365.25
    return Measured(land, block, observed, (inside * rate).sum(axis=1), years, len(crossed) / (time.sum() / 365.25))


def _in(block: Block, person: Ints, day: Ints, slot: int) -> np.ndarray:
    held = (block.stay_from[person, slot] <= day) & (day <= block.stay_to[person, slot] + LAG_DAYS)
    return np.asarray(held & (block.setting[person, slot] >= 0))


def _cell(block: Block, person: Ints, day: Ints) -> Ints:
    age = np.searchsorted(AGES, (day - block.birth[person]) * 100 // 36525, side="right")
    record = np.searchsorted(RECORDS, (block.offence_on[person] < day[:, None]).sum(axis=1), side="right")
    home = np.where(day >= block.moved_on[person], block.moved_to[person], block.municipality[person])
    kind = np.array([m.type for m in municipalities()])[home]
    return np.asarray(
        ((age * (len(RECORDS) + 1) + record) * 4 + kind) * 4 + (month_array(day) - 1) // 3, dtype=np.int64
    )


def tail(count: float, mean: float) -> float:
    """Chance of at least `count` when `mean` is expected (Poisson)."""
    return max(0.0, 1 - sum(exp(-mean + i * log(mean) - lgamma(i + 1)) for i in range(int(count))))


def flagged(p: dict[int, float], q: float = 0.1) -> set[int]:
    """Benjamini and Hochberg."""
    ranked = sorted(p, key=lambda i: p[i])
    last = max((n for n, i in enumerate(ranked, 1) if p[i] <= q * n / len(ranked)), default=0)
    return set(ranked[:last])
