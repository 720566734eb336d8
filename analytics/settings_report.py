"""Put the bridge-setting test into words and rows: what was found, what could explain it innocently, and what could
not be seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from analytics.arrays import Floats, Ints, ProjectionLike, distinct, total
from analytics.crude import Crude, crude_counts, rank_of
from analytics.exposure import PRESENCE, Stays
from analytics.rates import critical_count, fit_shrinkage, power
from analytics.result import Finding, make_finding
from analytics.settings import VERSION, Side, Test, count, without_reporting
from analytics.suppression import LEAST
from analytics.wording import Sentence, say

METHOD = "settings"
QUESTION = (
    "Through which settings do people cross between crime and extremism more often than likeness, chance and reporting "
    "explain?"
)
_YOUNG_LEVELS = 3
"""Levels of the age factor below 25."""


@dataclass(frozen=True, slots=True)
class Table:
    """What is printed of one direction, arrays over its settings."""

    side: Side
    first: int
    observed: Ints
    expected: Floats
    ratio: Floats
    low: Floats
    high: Floats
    power2: Floats
    power3: Floats
    plain_ratio: Floats
    young: Floats
    crude: Crude
    threshold: float
    spread: float


def not_estimable(
    projection: ProjectionLike, asked: Mapping[str, Any], seed: int, now: datetime, reason: Sentence
) -> Finding:
    """Return the finding that says why there is none."""
    return _finding(
        projection,
        asked,
        seed,
        now,
        null_model=(say("settings.null.none"),),
        power=(say("power.none"),),
        limits=(say("notestimable"), reason),
        explanations=(),
        evidence=(),
        rows=(),
    )


def _finding(projection: ProjectionLike, asked: Mapping[str, Any], seed: int, now: datetime, **found: Any) -> Finding:
    return make_finding(
        question=QUESTION,
        method=METHOD,
        version=VERSION,
        parameters=asked,
        seed=seed,
        view=projection.digest,
        now=now,
        **found,
    )


def report(
    projection: ProjectionLike,
    sides: tuple[Side, ...],
    outcome: Test,
    stays: Stays,
    period: tuple[int, int],
    asked: Mapping[str, Any],
    seed: int,
    now: datetime,
) -> Finding:
    """Write the finding."""
    tests = int(outcome.tested.sum())
    threshold = float(asked["q"]) * max(1, int(outcome.flagged.sum())) / max(1, tests)
    tables, first = [], 0
    for number in range(len(sides)):
        tables.append(_table(projection, sides[number], outcome, number, first, threshold, stays, period))
        first += len(sides[number].exposure.settings)
    rows = [row for table in tables for row in _rows(projection, table, outcome)]
    rows.sort(key=lambda r: (not r["flagged"], r["q"] is None, r["q"] or 0.0, r["setting"], r["direction"]))
    from analytics.settings_words import explanations, limits

    return _finding(
        projection,
        asked,
        seed,
        now,
        null_model=_null_words(sides, outcome, tests),
        power=_power_words(tables, outcome),
        limits=limits(sides, outcome, stays, asked),
        explanations=explanations(projection, tables, outcome, stays),
        evidence=_evidence(projection, tables, outcome, stays),
        rows=rows,
    )


def _table(
    projection: ProjectionLike,
    side: Side,
    outcome: Test,
    number: int,
    first: int,
    threshold: float,
    stays: Stays,
    period: tuple[int, int],
) -> Table:
    counted, spread = outcome.counts[number], outcome.spreads[number]
    here = slice(first, first + len(side.exposure.settings))
    tested = outcome.tested[here]
    prior = fit_shrinkage(counted.observed[tested].astype(np.float64), counted.expected[tested])
    low, high = prior.interval(counted.observed.astype(np.float64), counted.expected)
    flagged = np.flatnonzero(outcome.flagged[here])
    order = flagged[np.argsort(outcome.p[here][flagged], kind="stable")]
    alike = count(without_reporting(side), order)
    x = side.exposure
    days = x.days[x.pair_stretch].astype(np.float64)
    is_young = x.cells[x.cell, [f.name for f in x.factors].index("age")][x.pair_stretch] < _YOUNG_LEVELS
    spent = total(x.pair_setting, days, len(x.settings))
    young = total(x.pair_setting, days * is_young, len(x.settings))
    return Table(
        side,
        first,
        counted.observed,
        counted.expected,
        prior.ratio(counted.observed.astype(np.float64), counted.expected),
        low,
        high,
        power(counted.expected, 2.0, threshold, spread, LEAST),
        power(counted.expected, 3.0, threshold, spread, LEAST),
        np.divide(counted.observed, alike.expected, out=np.zeros(len(spent)), where=alike.expected > 0),
        young / np.maximum(spent, 1.0),
        crude_counts(projection, x.risk, x.settings, stays, period),
        threshold,
        spread,
    )


def _rows(projection: ProjectionLike, table: Table, outcome: Test) -> list[dict[str, Any]]:
    side = table.side
    crude_ranks = rank_of(table.crude.rate, table.crude.crossed >= LEAST)
    return [
        _row(projection, table, outcome, i, crude_ranks[i])
        for i in range(len(side.exposure.settings))
        if side.persons[i] > 0
    ]


def _row(projection: ProjectionLike, table: Table, outcome: Test, i: int, crude_rank: int | None) -> dict[str, Any]:
    """Write one row. Everything from which a small observed count could be worked out goes with it."""
    at = table.first + i
    shown = bool(table.observed[i] >= LEAST)
    enough = bool(table.side.persons[i] >= LEAST)
    tested = bool(outcome.tested[at])
    flagged = bool(outcome.flagged[at])
    thing = int(table.side.exposure.settings[i])
    needed = critical_count(float(table.expected[i]), table.threshold, table.spread, LEAST) if flagged else 0
    return {
        "setting": projection.refs(thing),
        "label": projection.labels(thing),
        "direction": table.side.direction,
        "observed": int(table.observed[i]) if shown else None,
        "expected": _figures(table.expected[i]) if enough else None,
        "ratio": _figures(table.ratio[i]) if shown else None,
        "interval": [_figures(table.low[i]), _figures(table.high[i])] if shown else None,
        "q": _figures(outcome.adjusted[at]) if shown and tested else None,
        "flagged": flagged,
        "n_persons": int(table.side.persons[i]) if enough else None,
        "power": round(float(table.power3[i]), 3) if tested else None,
        "power_2": round(float(table.power2[i]), 3) if tested else None,
        "tested": tested,
        "suppressed": not shown,
        "crude_rate": round(float(table.crude.rate[i]), 2) if table.crude.crossed[i] >= LEAST else None,
        "crude_rank": crude_rank,
        "reporting_intensity": round(float(table.side.intensity[i]), 2),
        "ratio_without_reporting": _figures(table.plain_ratio[i]) if shown else None,
        "withstands": int(table.observed[i]) - needed if flagged else None,
    }


def _figures(value: float) -> float:
    """Keep four significant figures: more would pretend to a precision that no count has."""
    return float(f"{float(value):.4g}")


def _null_words(sides: tuple[Side, ...], outcome: Test, tests: int) -> list[Sentence]:
    powers = [
        say("settings.null.power", direction=side.direction, power=round(float(counted.elasticity), 2))
        for side, counted in zip(sides, outcome.counts, strict=True)
    ]
    tails = "settings.null.spread" if any(outcome.spreads) else "settings.null.exact"
    return [
        say("settings.null"),
        *powers,
        say("settings.null.free"),
        say(tails),
        say("settings.null.tests", tests=tests),
    ]


def _power_words(tables: list[Table], outcome: Test) -> list[Sentence]:
    said = []
    for table in tables:
        here = slice(table.first, table.first + len(table.expected))
        tested = outcome.tested[here]
        n, blind, direction = int(tested.sum()), int((~tested).sum()), table.side.direction
        if not n:
            said.append(say("settings.power.blind", direction=direction, blind=blind))
            continue
        said.append(
            say(
                "settings.power",
                direction=direction,
                tripled=_share(np.median(table.power3[tested])),
                doubled=_share(np.median(table.power2[tested])),
                tested=n,
                blind=blind,
            )
        )
    return [*said, say("settings.power.cleared")]


def _share(value: float | np.floating[Any]) -> float:
    return round(float(value), 3)


def _evidence(projection: ProjectionLike, tables: list[Table], outcome: Test, stays: Stays) -> list[Any]:
    """Return claims under the flagged settings: crossings of visitors that fell elsewhere, then those that count, then
    the stays.
    """
    links = projection.links["in_milieu"]
    against: list[int] = []
    counting: list[int] = []
    visits: set[tuple[int, int]] = set()
    for table in tables:
        x = table.side.exposure
        flagged = np.flatnonzero(outcome.flagged[table.first : table.first + len(x.settings)])
        hit = np.isin(x.hit_setting, flagged)
        inside = distinct(x.hit_event[hit])
        visitors = distinct(stays.person[np.isin(stays.setting, x.settings[flagged])])
        crossers = np.flatnonzero(x.risk.crossed & np.isin(x.risk.person, visitors))
        against += x.risk.place[np.setdiff1d(crossers, inside)].tolist()
        counting += x.risk.place[inside].tolist()
        visits |= set(
            zip(x.risk.person[x.hit_event[hit]].tolist(), x.settings[x.hit_setting[hit]].tolist(), strict=True)
        )
    evidence = [links.claim[i] for i in sorted(set(against))]
    evidence += [links.claim[i] for i in sorted(set(counting) - set(against))]
    return evidence + _visits(projection, visits)


def _visits(projection: ProjectionLike, visits: set[tuple[int, int]]) -> list[Any]:
    base = len(projection.kind)
    wanted = np.array(sorted(p * base + s for p, s in visits), dtype=np.int64)
    out: list[Any] = []
    for predicate in PRESENCE:
        links = projection.links.get(predicate)
        if links is not None and len(wanted):
            key = np.asarray(links.subject, dtype=np.int64) * base + np.asarray(links.object, dtype=np.int64)
            out += [links.claim[int(i)] for i in np.flatnonzero(np.isin(key, wanted))]
    return out
