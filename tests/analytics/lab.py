"""A laboratory of small worlds made straight as arrays: effects are switches, the truth is what was switched on.

Unlike the made-up Denmark it shares no line with the generator in `ingest`, so a mistake there cannot hide one here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from graph.interval import NO_BEGINNING, NO_END
from tests.analytics.builders import Made

START = 16_071  # 2014-01-01
MONTHS = 48
CODES = ("C.gang", "E.isl")
TYPES = ("city", "rural", "town")


@dataclass(frozen=True)
class Lab:
    """What is switched on."""

    seed: int
    persons: int = 6000
    settings: int = 80
    strength: dict[int, float] = field(default_factory=dict)
    """Setting -> how many times likelier it is to cross while there."""
    young: tuple[int, ...] = ()
    large: tuple[int, ...] = ()
    reporting: float = 0.0
    """Log-sd of the units' reporting intensity."""
    heavy: dict[int, float] = field(default_factory=dict)
    """Setting -> times its own unit reports and detects."""
    gathers: tuple[int, ...] = ()
    """Settings where those who crossed gather afterwards."""
    monthly: float = 8e-4
    natives: float = 0.1
    names_shift: int = 0


def make(lab: Lab) -> Made:
    rng = np.random.default_rng(lab.seed)
    n, s, m = lab.persons, lab.settings, MONTHS
    age0 = 18 + rng.gamma(2.0, 4.0, n)
    town = rng.integers(0, 3, n)
    crimes = rng.poisson(1.5, n)
    native = rng.random(n) < lab.natives
    at = _whereabouts(lab, rng, age0)
    unit_of = np.arange(s) // 4
    intensity = np.exp(rng.normal(0, lab.reporting, s // 4 + 1))[unit_of] if lab.reporting else np.ones(s)
    for where, times in lab.heavy.items():
        unit_of = unit_of.copy()
        unit_of[where], intensity[where] = 1000 + where, times
    strength = np.ones(s + 1)
    for where, times in lab.strength.items():
        strength[where] = times
    hazard = lab.monthly * np.append(intensity, 1.0)[at] * strength[at]
    age = age0[:, None] + np.arange(m)[None, :] / 12
    hazard *= np.select([age < 25, age < 40], [2.0, 1.0], 0.4) * np.array([1.3, 0.7, 1.0])[town][:, None]
    hazard *= np.select([crimes == 0, crimes < 2], [0.6, 1.0], 1.4)[:, None] * np.where(native, 3.0, 1.0)[:, None]
    crossing = rng.random((n, m)) < hazard
    month = np.where(crossing.any(axis=1), crossing.argmax(axis=1), -1)
    day = START + month * 30 + rng.integers(1, 30, n)
    for where in lab.gathers:
        later = (month >= 0) & (month < m - 3) & (rng.random(n) < 0.8)
        for i in np.flatnonzero(later):
            at[i, month[i] + 2 :] = where
    return _claims(lab, rng, at, unit_of, intensity, age0, town, crimes, native, month, day)


def _whereabouts(lab: Lab, rng: np.random.Generator, age0: np.ndarray) -> np.ndarray:
    """Person by month: the setting, or `settings` for none. Settings differ in size and age of visitors."""
    n, s = lab.persons, lab.settings
    weight = rng.gamma(3.0, 1.0, s)
    weight[list(lab.strength)] = np.median(weight)
    weight[list(lab.large)] = 6 * np.median(weight)
    pull = np.ones((2, s))
    pull[1, list(lab.young)], pull[0, list(lab.young)] = 3.0, 0.1
    table = np.cumsum(weight * pull, axis=1)
    young = (age0 < 24).astype(int)
    now = np.full(n, s)
    out = np.empty((n, MONTHS), dtype=np.int64)
    for k in range(MONTHS):
        moves = rng.random(n) < 0.25
        draw = rng.random(n)
        for group in (0, 1):
            mine = moves & (young == group)
            now[mine] = np.searchsorted(table[group], draw[mine] * table[group, -1])
        now = np.where(moves & (rng.random(n) < 0.2), s, now)
        out[:, k] = now
    return out


def _claims(
    lab: Lab,
    rng: Any,
    at: Any,
    unit_of: Any,
    intensity: Any,
    age0: Any,
    town: Any,
    crimes: Any,
    native: Any,
    month: Any,
    day: Any,
) -> Made:
    n, s = lab.persons, lab.settings
    fresh = np.ones_like(at, dtype=bool)
    fresh[:, 1:] = at[:, 1:] != at[:, :-1]
    who, first = np.nonzero(fresh)
    last = np.append(first[1:], 0)
    last[np.append(who[1:] != who[:-1], True)] = MONTHS
    keep = at[who, first] < s
    who, first, last = who[keep], first[keep], last[keep]
    where = at[who, first]
    months_at = np.bincount(where, weights=last - first, minlength=s)
    reports = rng.poisson(months_at * intensity * 0.02)
    report_of = np.repeat(np.arange(s), reports)
    offender = np.repeat(np.arange(n), crimes)
    # numbers: people, settings, milieus, municipalities, reports, offences
    base = np.cumsum([0, n, s, 2, 3, len(report_of), len(offender)])
    kinds = ["Milieu", "Municipality", "Offence", "Person", "Report", "Venue"]
    kind = np.repeat([3, 5, 0, 1, 4, 2], [n, s, 2, 3, len(report_of), len(offender)]).astype(np.int16)
    names = [f"person:{(i + lab.names_shift) % n}" for i in range(n)] + [f"venue:{i:02d}" for i in range(s)]
    names += ["milieu:c", "milieu:e", *(f"municipality:{t}" for t in TYPES)]
    names += [f"report:{i}" for i in range(len(report_of))] + [f"offence:{i}" for i in range(len(offender))]
    crossed = np.flatnonzero(month >= 0)
    people = np.arange(n)
    report_day = START + rng.integers(0, MONTHS * 30, len(report_of))
    links = {
        "in_milieu": _links(
            np.append(people, crossed),
            base[2] + np.append(native, ~native[crossed]).astype(int),
            np.append(np.full(n, START - 400), day[crossed]),
            None,
        ),
        "present_at": _links(who, base[1] + where, START + first * 30, START + last * 30 - 1),
        "co_accused_in": _links(
            offender, base[5] + np.arange(len(offender)), np.full(len(offender), START - 300), None
        ),
        "located_in": _links(people, base[3] + town, np.full(n, START - 4000), None),
        "subject_of": _links(base[1] + report_of, base[4] + np.arange(len(report_of)), report_day, report_day),
    }
    links["subject_of"].source = unit_of[report_of].astype(np.int32)
    birth = (np.datetime64(START, "D") - (age0 * 365.25).astype("timedelta64[D]")).astype(str)
    literals = {
        "code": SimpleNamespace(subject=base[2] + np.arange(2), value=list(CODES), valid_from=np.zeros(2)),
        "kind": SimpleNamespace(subject=base[3] + np.arange(3), value=list(TYPES), valid_from=np.zeros(3)),
        "birth_date": SimpleNamespace(subject=people, value=birth.tolist(), valid_from=np.zeros(n)),
    }
    return Made(kinds, kind, names, links, literals, f"lab-{lab.seed}")


def _links(subject: Any, target: Any, start: Any, end: Any) -> Any:
    start = np.asarray(start, dtype=np.int32)
    n = len(subject)
    end = np.full(n, NO_END, dtype=np.int32) if end is None else np.asarray(end, dtype=np.int32)
    assert start.min(initial=0) > NO_BEGINNING
    return SimpleNamespace(
        subject=np.asarray(subject, dtype=np.int32), object=np.asarray(target, dtype=np.int32),
        valid_from=start, valid_to=end, certain_from=start, certain_to=end,
        source=np.zeros(n, dtype=np.int32), report=np.full(n, -1, dtype=np.int32), claim=np.arange(n, dtype=np.int64),
    )  # fmt: skip


def flags(finding: Any) -> set[tuple[str, str]]:
    return {(row["setting"], row["direction"]) for row in finding.rows if row["flagged"]}
