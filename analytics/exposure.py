"""Person-time by strata: who was where, cut into stretches in which nothing that matters changes.

A *stretch* is a run of days of one person at risk within which stratum and surroundings stay the same. Cutting costs
one sort; all sums over strata and settings are then counts over arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from analytics.arrays import Flags, Floats, Ints, ProjectionLike, distinct, expand, of_kind, tally, total, unite
from analytics.milieus import AtRisk
from analytics.strata import Factor, People, birthdays, levels, quarter_starts
from graph.interval import NO_BEGINNING, NO_END

SETTING_KINDS = (
    "Setting",
    "PrisonSection",
    "ArrestHouse",
    "Venue",
    "HousingArea",
    "OnlineForum",
    "Workplace",
    "ConflictZone",
)
PRESENCE = ("placed_in", "present_at")
Overlap = Literal["possible", "certain"]
LEFT_DAYS = 365
"""Days after which people who left the milieu of origin are a stratum of their own. Leaving is often part of crossing:
a shorter time would put crossers into a stratum because they cross.
"""


@dataclass(frozen=True, slots=True)
class Stays:
    """Stays of people in settings, closed day intervals, sorted by person and setting and joined where they touch."""

    person: Ints
    setting: Ints
    start: Ints
    end: Ints
    undated: int
    """Presence claims without any date: they cannot be placed in time and are left out."""
    uncertain: Ints
    """Settings of those presence claims whose ends are not exact, one place per claim."""
    claims: int


def read_stays(projection: ProjectionLike, period: tuple[int, int], overlap: Overlap) -> Stays:
    """Read presence.

    *Possible* takes the outer bounds, so an open end lasts to the end of the period; *certain* takes the inner bounds,
    so a stay whose ends are in doubt shrinks to the days that are beyond it.
    """
    parts: list[tuple[Ints, Ints, Ints, Ints, Flags]] = []
    setting = of_kind(projection, *SETTING_KINDS)
    people = of_kind(projection, "Person")
    undated = 0
    for predicate in PRESENCE:
        links = projection.links.get(predicate)
        if links is None or not len(links.subject):
            continue
        subject, target = np.asarray(links.subject, dtype=np.int64), np.asarray(links.object, dtype=np.int64)
        outer = np.asarray(links.valid_from, dtype=np.int64), np.asarray(links.valid_to, dtype=np.int64)
        inner = np.asarray(links.certain_from, dtype=np.int64), np.asarray(links.certain_to, dtype=np.int64)
        mine = setting[target] & people[subject]
        timeless = (outer[0] == NO_BEGINNING) & (outer[1] == NO_END)
        undated += int((mine & timeless).sum())
        mine &= ~timeless
        doubt = (outer[0] != inner[0]) | (outer[1] != inner[1])
        start, end = outer if overlap == "possible" else inner
        parts.append((subject[mine], target[mine], start[mine], end[mine], doubt[mine]))
    if not parts:
        nothing = np.zeros(0, dtype=np.int64)
        return Stays(nothing, nothing, nothing, nothing, undated, nothing, 0)
    subject, target, start, end = (np.concatenate([p[i] for p in parts]) for i in range(4))
    doubt = np.concatenate([p[4] for p in parts])
    return _clip(subject, target, start, end, period, undated, target[doubt])


def _clip(
    person: Ints, setting: Ints, start: Ints, end: Ints, period: tuple[int, int], undated: int, doubt: Ints
) -> Stays:
    start, end = np.maximum(start, period[0]), np.minimum(end, period[1])
    keep = start <= end
    base = int(setting.max()) + 1 if len(setting) else 1
    key, start, end = unite((person * base + setting)[keep], start[keep], end[keep])
    return Stays(key // base, key % base, start, end, undated, doubt, len(person))


def widen(stays: Stays, lag_days: int, last: int) -> Stays:
    """Add the lag window after each stay, up to the last day of the period."""
    base = int(stays.setting.max()) + 1 if len(stays.setting) else 1
    key, start, end = unite(stays.person * base + stays.setting, stays.start, np.minimum(stays.end + lag_days, last))
    return Stays(key // base, key % base, start, end, stays.undated, stays.uncertain, stays.claims)


@dataclass(frozen=True, slots=True)
class Exposure:
    """Person-time at risk in one direction.

    Attributes
    ----------
    person, start, days : Ints
        One place per stretch, sorted by person and day.
    event : Ints
        Crossings on the last day of the stretch, 0 or 1.
    cell : Ints
        Stratum of the stretch; `cells[cell]` gives the level of each of `factors`.
    pair_stretch, pair_setting, pair_stay : Ints
        One place per stretch and setting it is exposed to; the setting as a number in `settings`, the stay it belongs
        to.
    hit_event, hit_setting : Ints
        One place per crossing and setting it counts for under the overlap asked; the crossing as a place in `risk`.
    stay_days : Ints
        Days at risk of each stay.
    """

    risk: AtRisk
    person: Ints
    start: Ints
    days: Ints
    event: Ints
    cell: Ints
    factors: tuple[Factor, ...]
    cells: Ints
    settings: Ints
    pair_stretch: Ints
    pair_setting: Ints
    pair_stay: Ints
    hit_event: Ints
    hit_setting: Ints
    stay_days: Ints

    def persons_at(self) -> Ints:
        """Count the people at risk who were exposed to each setting."""
        base = len(self.settings)
        seen = distinct(self.person[self.pair_stretch] * max(base, 1) + self.pair_setting)
        return tally(seen % max(base, 1), base)


def expose(risk: AtRisk, stays: Stays, people: People, period: tuple[int, int], overlap: Overlap) -> Exposure:
    """Cut the time at risk into stretches and say which settings each is exposed to.

    Parameters
    ----------
    stays : Stays
        With the lag window already added.
    """
    first, span = period[0] - 1, period[1] - period[0] + 3
    lookup = np.full(max(len(people.birth), 1), -1, dtype=np.int64)
    lookup[risk.person] = np.arange(len(risk.person))
    person, start, end = _cut(risk, stays, people, lookup, period, (first, span))
    key = person * span + (start - first)
    row = lookup[person]
    crossing = risk.crossed[row] & (end == risk.end[row])
    settings, setting = np.unique(stays.setting, return_inverse=True)
    at = np.maximum(lookup[stays.person], 0)
    known = lookup[stays.person] >= 0
    a = (
        np.searchsorted(key, stays.person * span + (np.maximum(stays.start, risk.start[at]) - first), side="left")
        if len(risk.start)
        else at
    )
    b = (
        np.searchsorted(key, stays.person * span + (np.minimum(stays.end, risk.end[at]) - first), side="right")
        if len(risk.start)
        else at
    )
    pair_stay, pair_stretch = expand(np.asarray(a, dtype=np.int64), np.where(known, b, a).astype(np.int64))
    days = end - start + 1
    exposed = np.zeros(len(person), dtype=np.int64)
    exposed[pair_stretch] = 1
    parts = levels(people, person, start)
    left = start > np.minimum(risk.left[row], period[1]) + LEFT_DAYS
    parts += [(Factor("in_a_setting", 2), exposed), (Factor("left_origin", 2), left.astype(np.int64))]
    cell, cells = _cells(parts)
    hit_event, hit_setting = _hits(risk, stays, lookup, setting, overlap)
    return Exposure(
        risk, person, start, days, crossing.astype(np.int64), cell, tuple(f for f, _ in parts), cells, settings,
        pair_stretch, setting[pair_stay], pair_stay, hit_event, hit_setting,
        total(pair_stay, days[pair_stretch], len(stays.person)).astype(np.int64),
    )  # fmt: skip


def _cut(
    risk: AtRisk,
    stays: Stays,
    people: People,
    lookup: Ints,
    period: tuple[int, int],
    clock: tuple[int, int],
) -> tuple[Ints, Ints, Ints]:
    """Return person, first and last day of every stretch."""
    first, span = clock
    quarters = quarter_starts(period)
    q0, q1 = np.searchsorted(quarters, risk.start, side="right"), np.searchsorted(quarters, risk.end, side="right")
    owner, quarter = expand(q0.astype(np.int64), q1.astype(np.int64))
    bands = birthdays(people, risk.person)
    moves, records = people.homes, people.offences
    cuts = [
        (risk.person, risk.start),
        (risk.person[owner], quarters[quarter] if len(quarters) else quarter),
        (stays.person, stays.start),
        (stays.person, stays.end + 1),
        bands,
        (moves.key // span, moves.key % span + first),
        (records.key // span, records.key % span + first + 1),
        (risk.person, np.minimum(risk.left, period[1]) + LEFT_DAYS + 1),
    ]
    person = np.concatenate([c[0] for c in cuts])
    day = np.concatenate([c[1] for c in cuts])
    row = lookup[person]
    at = np.maximum(row, 0)
    if not len(risk.person):
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, nothing
    keep = (row >= 0) & (day >= risk.start[at]) & (day <= risk.end[at])
    key = distinct(person[keep] * span + (day[keep] - first))
    person, start = key // span, key % span + first
    end = risk.end[lookup[person]]
    same = np.zeros(len(key), dtype=np.bool_)
    same[:-1] = person[1:] == person[:-1]
    follower = np.flatnonzero(same)
    end[follower] = start[follower + 1] - 1
    return person, start, end


def _cells(parts: list[tuple[Factor, Ints]]) -> tuple[Ints, Ints]:
    code = np.zeros(len(parts[0][1]), dtype=np.int64)
    for factor, level in parts:
        code = code * factor.levels + level
    found, cell = np.unique(code, return_inverse=True)
    out = np.zeros((len(found), len(parts)), dtype=np.int64)
    rest = found
    for i in range(len(parts) - 1, -1, -1):
        out[:, i] = rest % parts[i][0].levels
        rest = rest // parts[i][0].levels
    return cell.astype(np.int64), out


def _hits(risk: AtRisk, stays: Stays, lookup: Ints, setting: Ints, overlap: Overlap) -> tuple[Ints, Ints]:
    """Match crossings to the stays they may (possible) or must (certain) have happened in."""
    row = lookup[stays.person]
    at = np.maximum(row, 0)
    if not len(risk.person):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    mine = (row >= 0) & risk.crossed[at]
    lo, hi = risk.earliest[at], risk.latest[at]
    if overlap == "possible":
        mine &= (lo <= stays.end) & (stays.start <= hi)
    else:
        mine &= (stays.start <= lo) & (hi <= stays.end)
    base = max(int(setting.max()) + 1, 1) if len(setting) else 1
    hit = distinct(at[mine] * base + setting[mine])
    return hit // base, hit % base


def stretch_factor(exposure: Exposure, overlap: Overlap) -> Floats:
    """Return by how much dates in doubt lengthen (possible) or shorten (certain) the chance to count, for each stay.

    A crossing whose day is known only within `2h + 1` days touches a stay of `d` days on `d + 2h` possible days and
    lies wholly within it on `d - 2h`. The expected count must grow or shrink alike, or every setting would seem to be
    a bridge. The mean runs over the half widths of the crossings themselves, at most 16 classes of them.
    """
    risk = exposure.risk
    half = ((risk.latest - risk.earliest + 1) // 2)[risk.crossed]
    days = exposure.stay_days.astype(np.float64)
    if not half.any():
        return np.ones(len(days))
    classes = (
        np.unique(np.quantile(half, np.linspace(0, 1, 17), method="nearest"))
        if len(np.unique(half)) > 16
        else np.unique(half)
    )
    nearest = np.abs(half[:, None] - classes[None, :]).argmin(axis=1)
    share = np.bincount(nearest, minlength=len(classes)) / len(half)
    sign = 1.0 if overlap == "possible" else -1.0
    reach = np.maximum(days[:, None] + sign * 2.0 * classes[None, :], 0.0) @ share
    return np.divide(reach, days, out=np.zeros(len(days)), where=days > 0)
