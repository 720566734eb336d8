"""How much the units write: an offset for what is seen more because it is looked at more.

A setting whose unit reports three times as much per person-time shows more crossings without having more. The offset
is the unit's intensity, never a raw count of reports (Lum and Isaac 2016 on what raw counts do).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.arrays import Floats, Ints, ProjectionLike, total
from analytics.exposure import Stays
from graph.interval import NO_BEGINNING


@dataclass(frozen=True, slots=True)
class Volume:
    """Reporting intensity of each setting's units, relative to the mean over person-time; 1 where nobody reports."""

    intensity: Floats
    reported: Ints
    """Reports about each setting within the period."""


def reporting_volume(projection: ProjectionLike, settings: Ints, stays: Stays, period: tuple[int, int]) -> Volume:
    """Estimate intensities from `Setting subject_of Report`, dated, by source.

    A unit's intensity is its reports over the person-days spent in the settings it reports on, shrunk to the mean of
    all units by as much as its few reports demand (gamma-Poisson, moments). A setting that several units report on
    takes the mean of their intensities, weighted by their reports there.

    Parameters
    ----------
    settings : Ints
        Things to answer for, sorted.
    stays : Stays
        Of everybody, without the lag window.
    """
    n = len(settings)
    plain = Volume(np.ones(n), np.zeros(n, dtype=np.int64))
    links = projection.links.get("subject_of")
    if links is None or not len(links.subject) or not n:
        return plain
    subject, report = np.asarray(links.subject, dtype=np.int64), np.asarray(links.object, dtype=np.int64)
    day = np.asarray(links.valid_from, dtype=np.int64)
    at = np.minimum(np.searchsorted(settings, subject), n - 1)
    mine = (settings[at] == subject) & (day > NO_BEGINNING) & (day >= period[0]) & (day <= period[1])
    if not mine.any():
        return plain
    names, unit = np.unique(np.asarray(links.source)[mine], return_inverse=True)
    units = len(names)
    # one report said twice by a unit about a setting is one report
    triple = np.unique(np.stack([unit.astype(np.int64), at[mine], report[mine]], axis=1), axis=0)
    cell, counts = np.unique(triple[:, 0] * n + triple[:, 1], return_counts=True)
    who, where = cell // n, cell % n
    slot = np.minimum(np.searchsorted(settings, stays.setting), n - 1)
    spent = total(slot, np.where(settings[slot] == stays.setting, stays.end - stays.start + 1, 0), n)
    reports = total(who, counts, units)
    time = total(who, spent[where], units)
    rate = _shrunk(reports, time)
    reported = total(where, counts, n)
    mixed = total(where, counts * rate[who], n)
    seen = reported > 0
    intensity = np.where(seen, np.divide(mixed, reported, out=np.ones(n), where=seen), 1.0)
    weight = np.where(seen, spent, 0.0)
    mean = float((weight * intensity).sum() / weight.sum()) if weight.sum() > 0 else 1.0
    return Volume(np.where(seen, intensity / mean, 1.0), reported.astype(np.int64))


def _shrunk(count: Floats, time: Floats) -> Floats:
    """Shrink rates to their common mean by the method of moments; a unit without person-time gets the mean."""
    spent = float(time.sum())
    if spent <= 0:
        return np.ones(len(count))
    mean = float(count.sum()) / spent
    spread = float((((count - mean * time) ** 2) - mean * time).sum() / max(float((time**2).sum()), 1e-300))
    if spread <= 0:
        return np.full(len(count), mean)
    shape, scale = mean**2 / spread, mean / spread
    return np.asarray((count + shape) / (time + scale), dtype=np.float64)
