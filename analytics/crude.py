"""The figures people use today, kept beside the tested ones so that the difference can be seen: shares without person-
time, strata or order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.arrays import Flags, Floats, Ints, ProjectionLike, tally
from analytics.exposure import Stays
from analytics.milieus import SIDES, AtRisk, beginnings


@dataclass(frozen=True, slots=True)
class Crude:
    """Per setting, people of the milieu of origin: who was ever there, who of them ever crossed, who had crossed
    before coming.
    """

    present: Ints
    crossed: Ints
    crossed_before: Ints

    @property
    def rate(self) -> Floats:
        """Crossed per 100 present, whenever and wherever it happened."""
        return np.asarray(100.0 * self.crossed / np.maximum(self.present, 1), dtype=np.float64)


def crude_counts(
    projection: ProjectionLike, risk: AtRisk, settings: Ints, stays: Stays, period: tuple[int, int]
) -> Crude:
    """Count visitors and crossers of each setting in `settings` (sorted), over all time."""
    size, n = len(projection.kind), len(settings)
    origin = np.zeros(size, dtype=np.bool_)
    origin[beginnings(projection, SIDES.index(risk.direction[0]), period).person] = True
    day = np.full(size, np.iinfo(np.int64).max, dtype=np.int64)
    day[risk.person[risk.crossed]] = risk.end[risk.crossed]
    slot = np.minimum(np.searchsorted(settings, stays.setting), max(n - 1, 0))
    mine = (
        origin[stays.person] & (settings[slot] == stays.setting) if n else np.zeros(len(stays.person), dtype=np.bool_)
    )
    key, first = np.unique(stays.person[mine] * max(n, 1) + slot[mine], return_index=True)
    person, where = key // max(n, 1), key % max(n, 1)
    crossed = day[person] < np.iinfo(np.int64).max
    before = crossed & (day[person] < stays.start[mine][first])
    return Crude(
        tally(where, n),
        tally(where[crossed], n),
        tally(where[before], n),
    )


def rank_of(rate: Floats, shown: Flags) -> list[int | None]:
    """Rank rates from the highest (1); those whose cell may not be shown have no rank."""
    places: list[int | None] = [None] * len(rate)
    order = [int(i) for i in np.argsort(-rate, kind="stable") if shown[i]]
    for rank, i in enumerate(order, 1):
        places[i] = rank
    return places
