"""Bridge settings: places after which people cross between crime and extremism more often than likeness, chance and
reporting explain.

Idea, formula, limits, null model and cost are in `docs/methods.md`. The answer is about settings; no row pairs a
person with a number (B1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from analytics.arrays import Flags, Floats, Ints, ProjectionLike, tally, total
from analytics.exposure import Exposure, Overlap, Stays, expose, read_stays, stretch_factor, widen
from analytics.milieus import DIRECTIONS, at_risk
from analytics.rates import benjamini_hochberg, elasticity, fit_rates, overdispersion, upper_tail
from analytics.reporting import Volume, reporting_volume
from analytics.result import Finding, Progress, silent
from analytics.strata import read_people
from analytics.suppression import LEAST
from analytics.wording import say
from graph.errors import BadInput
from graph.interval import NO_BEGINNING, NO_END

VERSION = "1.0"
LEAST_EXPECTED = 0.25
"""Expected crossings below which a setting is not tested: even an eightfold rate would hardly show."""
_PASSES = 6
_LEAST_FREE = 20
"""Crossings outside flagged settings below which rates are fitted on all time."""
_NO_RANK = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Side:
    """One direction, ready to be tested."""

    direction: str
    exposure: Exposure
    intensity: Floats
    """Reporting intensity per setting of the exposure."""
    reported: Ints
    offset_value: Floats
    offset_kind: Ints
    """Reporting intensity per stretch, as a place in `offset_value`: the highest of the settings it is exposed to, 1
    where there is none."""
    reach: Floats
    """Correction for dates in doubt, per stay."""
    persons: Ints


@dataclass(frozen=True, slots=True)
class Count:
    """Observed and expected of each setting of one direction, after stronger flagged settings took what is theirs."""

    observed: Ints
    expected: Floats
    elasticity: float
    events: int


@dataclass(frozen=True, slots=True)
class Test:
    """The state of the whole test over both directions; arrays run over the settings of the first, then of the
    second.
    """

    counts: tuple[Count, ...]
    tested: Flags
    p: Floats
    adjusted: Floats
    flagged: Flags
    spreads: tuple[float, ...]


def settings(
    projection: ProjectionLike,
    *,
    now: datetime,
    lag_days: int = 30,
    q: float = 0.1,
    overlap: Overlap = "possible",
    period: tuple[int, int] | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Finding:
    """Find settings after which people cross between milieus more often than expected.

    Parameters
    ----------
    projection : Projection
        Arrays of what a view shows. Reads `in_milieu`, `placed_in`, `present_at`, `co_accused_in`, `located_in`,
        `subject_of` and the literals `code`, `birth_date` and `kind` (of municipalities).
    now : datetime
        When this is run; the finding expires 90 days later.
    lag_days : int
        Days after a stay during which a crossing still counts for the setting.
    q : float
        Share of false findings accepted among those flagged, over both directions together.
    overlap : str
        `possible` counts what the dates allow, `certain` only what they force.
    period : (int, int), optional
        First and last day looked at; by default from the first milieu spell to the last day on which anything began.
    seed : int
        For the empty worlds that judge overdispersion.

    Returns
    -------
    Finding
        Rows as `docs/methods.md` lists them; none, and the reason in `limits`, where nothing can be estimated.

    Raises
    ------
    BadInput
        A parameter is out of its range.
    """
    from analytics.settings_report import not_estimable, report

    _check(lag_days, q, overlap, period)
    asked = {"lag_days": lag_days, "q": q, "overlap": overlap}
    window = period or observed_period(projection)
    if window is None:
        return not_estimable(projection, asked, seed, now, say("notestimable.milieus"))
    progress("stays", 0.1)
    stays = read_stays(projection, window, overlap)
    if not len(stays.setting):
        return not_estimable(projection, asked, seed, now, say("notestimable.stays"))
    sides = tuple(_side(projection, d, stays, window, overlap, lag_days, progress) for d in DIRECTIONS)
    if not any(side.exposure.risk.crossed.any() for side in sides):
        return not_estimable(projection, asked, seed, now, say("notestimable.crossings"))
    progress("testing", 0.7)
    outcome = run_test(sides, q, seed)
    progress("writing", 0.9)
    return report(projection, sides, outcome, stays, window, asked, seed, now)


def _check(lag_days: int, q: float, overlap: str, period: tuple[int, int] | None) -> None:
    if lag_days < 0:
        raise BadInput(
            f"lag_days counts days after a stay and cannot be {lag_days}. Give 0 or more.", code="bad-parameter"
        )
    if not 0 < q < 1:
        raise BadInput(f"q is a share between 0 and 1, not {q}. Give for instance 0.1.", code="bad-parameter")
    if overlap not in ("possible", "certain"):
        raise BadInput(f"overlap is 'possible' or 'certain', not {overlap!r}.", code="bad-parameter")
    if period is not None and period[0] > period[1]:
        raise BadInput("The period ends before it begins. Give the first day, then the last.", code="bad-parameter")


def observed_period(projection: ProjectionLike) -> tuple[int, int] | None:
    """Return the first day of any milieu spell and the last day on which a spell, a stay or a report began."""
    first, last = NO_END, NO_BEGINNING
    for predicate in ("in_milieu", "placed_in", "present_at", "subject_of"):
        links = projection.links.get(predicate)
        if links is None or not len(links.subject):
            continue
        days = np.asarray(links.valid_from, dtype=np.int64)
        days = days[days > NO_BEGINNING]
        if len(days):
            last = max(last, int(days.max()))
            if predicate == "in_milieu":
                first = min(first, int(days.min()))
    return (first, last) if first <= last and first < NO_END else None


def _side(
    projection: ProjectionLike,
    direction: str,
    stays: Stays,
    period: tuple[int, int],
    overlap: Overlap,
    lag_days: int,
    progress: Progress,
) -> Side:
    progress(f"person-time {direction}", 0.2 + 0.25 * DIRECTIONS.index(direction))
    risk = at_risk(projection, direction, period, certain=overlap == "certain")
    exposure = expose(risk, widen(stays, lag_days, period[1]), read_people(projection, period), period, overlap)
    volume: Volume = reporting_volume(projection, exposure.settings, stays, period)
    offset = np.zeros(len(exposure.days))
    np.maximum.at(offset, exposure.pair_stretch, volume.intensity[exposure.pair_setting])
    offset[offset == 0] = 1.0
    return Side(
        direction,
        exposure,
        volume.intensity,
        volume.reported,
        *np.unique(offset, return_inverse=True),
        stretch_factor(exposure, overlap),
        exposure.persons_at(),
    )


def count(side: Side, order: Ints) -> Count:
    """Count observed and expected, leaving the flagged settings out of the rates.

    Parameters
    ----------
    order : Ints
        Flagged settings, strongest evidence first. Time and crossings that a setting shares with a stronger flagged
        one count for the stronger one only: a neighbour of a bridge is not a bridge for that.
    """
    x, n = side.exposure, len(side.exposure.settings)
    rank = np.full(n, _NO_RANK, dtype=np.int64)
    rank[order] = np.arange(len(order))
    owner = np.full(len(x.days), _NO_RANK, dtype=np.int64)
    np.minimum.at(owner, x.pair_stretch, rank[x.pair_setting])
    free = owner == _NO_RANK
    if float(x.event[free].sum()) < _LEAST_FREE:
        # next to nothing happened elsewhere: rates from that would be noise, so all time counts, which is conservative
        free = np.ones(len(free), dtype=np.bool_)
    rate, power = _rates(side, free)
    per_stretch = rate.take(x.cell) * x.days * (side.offset_value**power).take(side.offset_kind)
    mine = owner[x.pair_stretch] >= rank[x.pair_setting]
    stretch, reach = x.pair_stretch[mine], side.reach[x.pair_stay[mine]]
    place = x.pair_setting[mine]
    expected = total(place, per_stretch[stretch] * reach, n)
    taken = np.full(len(x.risk.person), _NO_RANK, dtype=np.int64)
    np.minimum.at(taken, x.hit_event, rank[x.hit_setting])
    observed = tally(x.hit_setting[taken[x.hit_event] >= rank[x.hit_setting]], n)
    return Count(observed, expected, power, int(x.event.sum()))


def _rates(side: Side, free: Flags) -> tuple[Floats, float]:
    """Fit stratum rates on the stretches that are free of flagged settings, and the power of reporting with them."""
    x, power = side.exposure, 1.0
    cells, levels = len(x.cells), tuple(f.levels for f in x.factors)
    if not len(x.days):
        return np.zeros(0), power
    events = total(x.cell[free], x.event[free], cells)
    value, kind = side.offset_value, side.offset_kind
    seen = free & (x.cells[x.cell, [f.name for f in x.factors].index("in_a_setting")] == 1)
    met = total(kind[seen], x.event[seen], len(value))
    rate = np.zeros(cells)
    for _ in range(3):
        time = total(x.cell[free], (x.days * (side.offset_value**power).take(side.offset_kind))[free], cells)
        rate = fit_rates(x.cells, levels, events, time).per_day
        if len(value) < 2:
            break
        fitted = total(kind[seen], (rate.take(x.cell) * x.days)[seen], len(value))
        power = elasticity(value, met, fitted, power)
    return rate, power


def run_test(sides: tuple[Side, ...], q: float, seed: int) -> Test:
    """Test all settings of both directions together.

    First against Poisson tails; when settings below expectation show more spread than chance allows, again against
    gamma-Poisson.
    """
    plain = _settle(sides, q, (0.0,) * len(sides))
    start, spreads = 0, []
    for number, (side, counted) in enumerate(zip(sides, plain.counts, strict=True)):
        stop = start + len(side.exposure.settings)
        calm = plain.tested[start:stop] & ~plain.flagged[start:stop]
        observed, expected = counted.observed[calm], counted.expected[calm]
        total = float(expected.sum())
        centre = float(observed.sum()) / total if total > 0 else 1.0
        spreads.append(overdispersion(observed, expected * centre, seed * 2 + number))
        start = stop
    return plain if not any(spreads) else _settle(sides, q, tuple(spreads))


def _settle(sides: tuple[Side, ...], q: float, spreads: tuple[float, ...]) -> Test:
    """Flag, take the flagged out of the rates, and test again, until the flags stay as they are."""
    orders = [np.zeros(0, dtype=np.int64) for _ in sides]
    tested: Flags | None = None
    outcome: Test | None = None
    for _ in range(_PASSES):
        counts = tuple(count(side, order) for side, order in zip(sides, orders, strict=True))
        if tested is None:
            tested = np.concatenate(
                [(s.persons >= LEAST) & (c.expected >= LEAST_EXPECTED) for s, c in zip(sides, counts, strict=True)]
            )
        outcome = _judge(counts, tested, q, spreads)
        found = _orders(sides, outcome)
        if all(np.array_equal(np.sort(a), np.sort(b)) for a, b in zip(found, orders, strict=True)):
            return outcome
        orders = found
    assert outcome is not None
    return outcome


def _judge(counts: tuple[Count, ...], tested: Flags, q: float, spreads: tuple[float, ...]) -> Test:
    p = np.concatenate([upper_tail(c.observed, c.expected, s) for c, s in zip(counts, spreads, strict=True)])
    observed = np.concatenate([c.observed for c in counts])
    # a cell under five may not be shown, so it may not be flagged either; p = 1 keeps the control of false findings
    # valid
    p = np.where(observed >= LEAST, p, 1.0)
    adjusted = np.ones(len(p))
    adjusted[tested] = benjamini_hochberg(p[tested])
    return Test(counts, tested, p, adjusted, tested & (adjusted <= q) & (observed >= LEAST), spreads)


def _orders(sides: tuple[Side, ...], outcome: Test) -> list[Ints]:
    out, start = [], 0
    for side in sides:
        stop = start + len(side.exposure.settings)
        flagged = np.flatnonzero(outcome.flagged[start:stop])
        out.append(flagged[np.argsort(outcome.p[start:stop][flagged], kind="stable")])
        start = stop
    return out


def without_reporting(side: Side) -> Side:
    """Return the same direction as if every unit reported alike: what the offset changes is then seen."""
    return replace(side, offset_value=np.ones(len(side.offset_value)))
