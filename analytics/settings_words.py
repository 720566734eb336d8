"""Innocent explanations and limits of the bridge-setting test, chosen by the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.arrays import Ints, ProjectionLike
from analytics.exposure import Stays
from analytics.suppression import LEAST
from analytics.wording import About, Sentence, say

if TYPE_CHECKING:
    from analytics.settings import Side, Test
    from analytics.settings_report import Table

_HEAVY = 1.5
_CLUSTER = 0.5
_TELLS = 0.25
"""Share of people or claims from which an explanation is worth a sentence."""


def explanations(projection: ProjectionLike, tables: list[Table], outcome: Test, stays: Stays) -> list[Sentence]:
    """Say for each flagged setting what else could make it look so, and for settings that crude figures would have
    named, why they are not.
    """
    out: list[Sentence] = []
    for table in tables:
        here = slice(table.first, table.first + len(table.expected))
        flagged = outcome.flagged[here]
        for i in np.flatnonzero(flagged).tolist():
            said = _of_flagged(projection, table, i, stays)
            out += said or [say("settings.unexplained", about=_about(projection, table, i))]
        out += _won(projection, table, flagged)
    return out


def _about(projection: ProjectionLike, table: Table, i: int) -> About:
    thing = int(table.side.exposure.settings[i])
    return About(projection.refs(thing), projection.labels(thing), table.side.direction)


def _of_flagged(projection: ProjectionLike, table: Table, i: int, stays: Stays) -> list[Sentence]:
    side, about = table.side, _about(projection, table, i)
    said = []
    ratio = table.observed[i] / max(table.expected[i], 1e-12)
    if side.intensity[i] >= _HEAVY:
        figures = {"intensity": _tenth(side.intensity[i]), "plain": _tenth(table.plain_ratio[i])}
        said.append(say("settings.reporting", about=about, ratio=_tenth(ratio), **figures))
    mean_young = float(np.average(table.young, weights=np.maximum(table.expected, 1e-12)))
    if table.young[i] >= mean_young + _TELLS:
        said.append(say("settings.young", about=about, share=_percent(table.young[i]), elsewhere=_percent(mean_young)))
    if table.side.persons[i] >= 10 and table.crude.crossed_before[i] >= LEAST:
        share = table.crude.crossed_before[i] / max(table.crude.present[i], 1)
        if share >= _TELLS:
            said.append(say("settings.before", about=about, share=_percent(share)))
    thing = int(side.exposure.settings[i])
    claims = int((stays.setting == thing).sum())
    doubt = int((stays.uncertain == thing).sum())
    if claims and doubt / claims >= _TELLS:
        said.append(say("settings.doubt", about=about, share=_percent(min(doubt / claims, 1))))
    return said + _clusters(projection, table, i, about)


def _percent(share: float) -> float:
    """Keep whole per cents: more would let a hidden count be worked out."""
    return round(float(share), 2)


def _tenth(value: float) -> float:
    return round(float(value), 1)


def _clusters(projection: ProjectionLike, table: Table, i: int, about: About) -> list[Sentence]:
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
    for what, values in (("source", sources), ("report", reports), ("week", weeks)):
        most = max((values.count(v) for v in set(values)), default=0)
        if most >= max(LEAST, _CLUSTER * len(events)):
            said.append(say(f"settings.one.{what}", about=about, share=_percent(most / len(events))))
    return said


def _won(projection: ProjectionLike, table: Table, flagged: Any) -> list[Sentence]:
    """Name the innocent explanation of settings that stand at the top of the crude ranking and are not flagged."""
    crude = table.crude
    order = [int(i) for i in np.argsort(-crude.rate, kind="stable") if crude.crossed[i] >= LEAST][:10]
    told = (_innocent(table, i, _about(projection, table, i)) for i in order if not flagged[i])
    return [sentence for sentence in told if sentence is not None]


def _innocent(table: Table, i: int, about: About) -> Sentence | None:
    crude, side = table.crude, table.side
    mean_young = float(np.average(table.young, weights=np.maximum(table.expected, 1e-12)))
    usual = float(crude.crossed_before.sum()) / max(float(crude.present.sum()), 1.0)
    if crude.crossed_before[i] >= max(LEAST, 2 * usual * crude.present[i]):
        return say("settings.crude.before", about=about)
    if side.intensity[i] >= _HEAVY:
        return say("settings.crude.reporting", about=about, intensity=_tenth(side.intensity[i]))
    if table.young[i] >= mean_young + _TELLS / 2:
        return say("settings.crude.young", about=about)
    return None


def limits(sides: tuple[Side, ...], outcome: Test, stays: Stays, asked: Mapping[str, Any]) -> list[Sentence]:
    """Say what this answer cannot tell."""
    out = [
        say(f"settings.window.{asked['overlap']}", days=int(asked["lag_days"])),
        say("settings.association"),
        say("settings.strata"),
        say("settings.suppressed", least=LEAST),
        _missing(outcome, float(asked["q"])),
    ]
    for side, counted in zip(sides, outcome.counts, strict=True):
        if counted.events >= LEAST:
            out.append(say("settings.atrisk", direction=side.direction, crossings=int(counted.events)))
        else:
            out.append(say("settings.atrisk.few", direction=side.direction, least=LEAST))
    doubtful = len(stays.uncertain)
    if doubtful and stays.claims:
        out.append(say("settings.doubtful", share=_percent(doubtful / stays.claims)))
    if stays.undated:
        out.append(say("settings.undated", stays=int(stays.undated)))
    if not any(side.reported.any() for side in sides):
        out.append(say("settings.noreports"))
    return out


def _missing(outcome: Test, q: float) -> Sentence:
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
        return say("settings.shared.none")
    return say("settings.shared.spare", spare=max(min(spare), 1))
