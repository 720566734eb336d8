"""Innocent explanations and limits of the bridge-setting test, chosen by the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.arrays import Ints, ProjectionLike
from analytics.exposure import Stays
from analytics.suppression import LEAST

if TYPE_CHECKING:
    from analytics.settings import Side, Test
    from analytics.settings_report import Table

_HEAVY = 1.5
_CLUSTER = 0.5
_TELLS = 0.25
"""Share of people or claims from which an explanation is worth a sentence."""


def explanations(projection: ProjectionLike, tables: list[Table], outcome: Test, stays: Stays) -> list[str]:
    """Say for each flagged setting what else could make it look so, and for settings that crude figures would have
    named, why they are not.
    """
    out: list[str] = []
    for table in tables:
        here = slice(table.first, table.first + len(table.expected))
        flagged = outcome.flagged[here]
        for i in np.flatnonzero(flagged).tolist():
            said = _of_flagged(projection, table, i, stays)
            name = projection.labels(int(table.side.exposure.settings[i]))
            out += [f"{name} ({table.side.direction}): {text}" for text in said]
            if not said:
                out.append(
                    f"{name} ({table.side.direction}): none of reporting, age, dates in doubt or a single "
                    f"source, report or week explains it; what is not in the data still may."
                )
        out += _won(projection, table, flagged)
    return out


def _of_flagged(projection: ProjectionLike, table: Table, i: int, stays: Stays) -> list[str]:
    side, said = table.side, []
    ratio = table.observed[i] / max(table.expected[i], 1e-12)
    if side.intensity[i] >= _HEAVY:
        said.append(
            f"its units report {side.intensity[i]:.1f} times as much per person-time as others; with that taken "
            f"into account "
            f"the ratio falls from {table.plain_ratio[i]:.1f} to {ratio:.1f}."
        )
    mean_young = float(np.average(table.young, weights=np.maximum(table.expected, 1e-12)))
    if table.young[i] >= mean_young + _TELLS:
        said.append(
            f"its visitors are young ({table.young[i]:.0%} of time by people under 25, {mean_young:.0%} "
            f"elsewhere); age is matched."
        )
    if table.side.persons[i] >= 10 and table.crude.crossed_before[i] >= LEAST:
        share = table.crude.crossed_before[i] / max(table.crude.present[i], 1)
        if share >= _TELLS:
            said.append(f"{share:.0%} of its visitors had crossed before they came; they do not count.")
    thing = int(side.exposure.settings[i])
    claims = int((stays.setting == thing).sum())
    doubt = int((stays.uncertain == thing).sum())
    if claims and doubt / claims >= _TELLS:
        said.append(
            f"{min(doubt / claims, 1):.0%} of its stays have dates in doubt or an open end; compare the "
            f"answer for certain overlap."
        )
    return said + _clusters(projection, table, i)


def _clusters(projection: ProjectionLike, table: Table, i: int) -> list[str]:
    """Say when one source, one report or one week carries half of the crossings."""
    x, links = table.side.exposure, projection.links["in_milieu"]
    events = x.hit_event[x.hit_setting == i]
    if len(events) < LEAST:
        return []
    place = x.risk.place[events]
    said = []
    sources = [str(links.source[int(p)]) for p in place]
    reports = [str(r) for r in (links.report[int(p)] for p in place) if r is not None and r != -1]
    weeks = [str((int(d) + 3) // 7) for d in x.risk.end[events]]
    for what, values in (("one source", sources), ("one report", reports), ("one week", weeks)):
        most = max((values.count(v) for v in set(values)), default=0)
        if most >= max(LEAST, _CLUSTER * len(events)):
            said.append(f"{most / len(events):.0%} of its crossings rest on {what}.")
    return said


def _won(projection: ProjectionLike, table: Table, flagged: Any) -> list[str]:
    """Name the innocent explanation of settings that stand at the top of the crude ranking and are not flagged."""
    side, crude = table.side, table.crude
    order = [int(i) for i in np.argsort(-crude.rate, kind="stable") if crude.crossed[i] >= LEAST][:10]
    out = []
    for i in order:
        if flagged[i]:
            continue
        reason = _innocent(table, i)
        if reason:
            name = projection.labels(int(side.exposure.settings[i]))
            out.append(f"{name} ({side.direction}) stands high in crude rate and is not flagged: {reason}.")
    return out


def _innocent(table: Table, i: int) -> str:
    crude, side = table.crude, table.side
    mean_young = float(np.average(table.young, weights=np.maximum(table.expected, 1e-12)))
    usual = float(crude.crossed_before.sum()) / max(float(crude.present.sum()), 1.0)
    if crude.crossed_before[i] >= max(LEAST, 2 * usual * crude.present[i]):
        return "most of those who crossed had done so before they came"
    if side.intensity[i] >= _HEAVY:
        return f"its units report {side.intensity[i]:.1f} times as much per person-time"
    if table.young[i] >= mean_young + _TELLS / 2:
        return "its visitors are young, and the young cross more often wherever they are"
    return ""


def limits(
    projection: ProjectionLike, sides: tuple[Side, ...], outcome: Test, stays: Stays, asked: Mapping[str, Any]
) -> list[str]:
    """Say what this answer cannot tell."""
    out = [
        f"A crossing counts for a setting when it "
        f"{'may have happened' if asked['overlap'] == 'possible' else 'certainly happened'} during a stay or "
        f"within {asked['lag_days']} days after. A longer window dilutes, a shorter one misses.",
        "This is an association between time in a place and crossings. It is not proof that the place is the "
        "cause, and it says nothing of who will cross.",
        "What is not in the strata (motives, families, what happened elsewhere) is not matched.",
        f"Counts under {LEAST} are suppressed, with all from which they could be worked out, and can never be flagged.",
        "Time shared with a more strongly flagged setting counts there only. " + _missing(outcome, float(asked["q"])),
    ]
    for side, counted in zip(sides, outcome.counts, strict=True):
        seen = f"{counted.events}" if counted.events >= LEAST else f"fewer than {LEAST}"
        out.append(
            f"{side.direction}: {seen} crossings among those at risk; people who were on the other side "
            f"first are never at risk."
        )
    doubtful = len(stays.uncertain)
    if doubtful and stays.claims:
        out.append(
            f"{doubtful / stays.claims:.0%} of stays have dates in doubt or an open end; an open end "
            f"lasts to the end of the period for possible overlap."
        )
    if stays.undated:
        out.append(f"{stays.undated} stays without any date are left out.")
    if not any(side.reported.any() for side in sides):
        out.append(
            "No dated reports about settings are in this view, so reporting intensity could not be taken into account."
        )
    return out


def _missing(outcome: Test, q: float) -> str:
    """Say how much undetected or mistaken crossings would change: the simple envelope."""
    spare: list[int] = []
    from analytics.rates import critical_count

    tests = int(outcome.tested.sum())
    threshold = q * max(1, int(outcome.flagged.sum())) / max(1, tests)
    start = 0
    for counted, spread in zip(outcome.counts, outcome.spreads, strict=True):
        flagged: Ints = np.flatnonzero(outcome.flagged[start : start + len(counted.observed)])
        for i in flagged:
            spare.append(
                int(counted.observed[i]) - critical_count(float(counted.expected[i]), threshold, spread, LEAST) + 1
            )
        start += len(counted.observed)
    if not spare:
        return "Nothing is flagged; undetected crossings in a setting could change that."
    least = max(min(spare), 1)
    return f"The least certain flagged setting would no longer be flagged if {least} of its crossings were mistaken."
