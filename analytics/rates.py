"""Rates and tails: log-linear stratum rates, exact Poisson and gamma-Poisson tails, shrinkage, false-discovery control.

References: Clayton and Kaldor 1987 (gamma-Poisson shrinkage); Benjamini and Hochberg 1995; Deming and Stephan 1940
(iterative proportional fitting, the maximum-likelihood fit of main effects).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.arrays import Floats, Ints, total

_ROUNDS = 60
_PRIOR = 0.5
"""Events that each level of a factor is credited with at its expected rate, so that an empty level gets a rate above
zero.
"""


@dataclass(frozen=True, slots=True)
class Rates:
    """Events per day of each stratum cell."""

    per_day: Floats
    events: int
    days: float


def fit_rates(cells: Ints, levels: tuple[int, ...], events: Floats, time: Floats) -> Rates:
    """Fit a rate per cell as the product of one effect per factor level.

    With a few hundred crossings over thousands of cells, a rate per cell would be noise, and would hide a bridge
    behind its own events. Main effects need one number per level.

    Parameters
    ----------
    cells : Ints
        One row per cell, one column per factor: the level.
    levels : tuple of int
        Levels of each factor.
    events, time : Floats
        Per cell; time in days, weighted by the reporting offset.

    Returns
    -------
    Rates

    Examples
    --------
    >>> cells = np.array([[0], [1]])
    >>> fit_rates(cells, (2,), np.array([10.0, 40.0]), np.array([1000.0, 1000.0])).per_day.round(3).tolist()
    [0.01, 0.04]
    """
    happened, days = float(events.sum()), float(time.sum())
    if happened <= 0 or days <= 0:
        return Rates(np.zeros(len(events)), 0, days)
    rate = np.full(len(events), happened / days)
    observed = [total(cells[:, f], events, levels[f]) for f in range(len(levels))]
    for _ in range(_ROUNDS):
        moved = 0.0
        for f in range(len(levels)):
            fitted = total(cells[:, f], rate * time, levels[f])
            step = (observed[f] + _PRIOR) / (fitted + _PRIOR)
            rate = rate * step[cells[:, f]]
            moved = max(moved, float(np.abs(step[fitted > 0] - 1).max(initial=0.0)))
        if moved < 1e-6:
            break
    return Rates(rate * (happened / float((rate * time).sum())), round(happened), days)


def elasticity(intensity: Floats, events: Floats, expected: Floats, before: float) -> float:
    """Estimate by which power of reporting intensity crossings are seen more, between 0 (not at all) and 1 (in
    proportion).

    Posterior mode of `events ~ Poisson(level * expected * intensity**b)` with `b ~ N(1, .5)`: in proportion unless the
    data say otherwise.

    Parameters
    ----------
    intensity, events, expected : Floats
        Per class of equal intensity; `expected` without the offset.
    before : float
        Where to start.
    """
    x, power = np.log(np.maximum(intensity, 1e-3)), before
    total = float(events.sum())
    for _ in range(25):
        weight = expected * np.exp(power * x)
        scale = total / max(float(weight.sum()), 1e-300)
        mean = float((weight * x).sum() / max(float(weight.sum()), 1e-300))
        spread = float((weight * (x - mean) ** 2).sum()) * scale
        slope = float((events * (x - mean)).sum()) - (power - 1.0) / 0.25
        step = slope / (spread + 4.0)
        power = float(np.clip(power + step, 0.0, 1.0))
        if abs(step) < 1e-9:
            break
    return power


def upper_tail(observed: Ints, expected: Floats, spread: float) -> Floats:
    """Return P(count >= observed): exact Poisson, or gamma-Poisson when the expected counts are spread by `spread`
    (variance of a factor of mean 1).

    Examples
    --------
    >>> upper_tail(np.array([0, 3]), np.array([1.0, 1.0]), 0.0).round(4).tolist()
    [1.0, 0.0803]
    """
    from scipy.stats import nbinom, poisson

    mean = np.maximum(expected, 1e-300)
    if spread <= 0:
        return np.asarray(poisson.sf(observed - 1, mean), dtype=np.float64)
    shape = 1.0 / spread
    return np.asarray(nbinom.sf(observed - 1, shape, shape / (shape + mean)), dtype=np.float64)


_SPREADS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.45, 0.7, 1.0)
_EMPTY_WORLDS = 400


def overdispersion(observed: Ints, expected: Floats, seed: int) -> float:
    """Say by how much settings differ beyond chance and strata, judged from those *below* expectation alone.

    Bridges lie above, so they cannot hide themselves by widening the null. The shortfall statistic is held against
    empty worlds drawn with no spread; only when it would be met in fewer than 1 of 100 is the smallest spread returned
    whose worlds show as much.

    Returns
    -------
    float
        Variance of a gamma factor of mean 1; 0 for plain Poisson.
    """
    use = expected > 0
    observed, expected = observed[use], expected[use]
    if len(expected) < 10:
        return 0.0
    rng = np.random.Generator(np.random.PCG64(seed))

    def shortfall(counts: Ints) -> Floats:
        return np.asarray((np.minimum(counts - expected, 0.0) ** 2 / expected).sum(axis=-1))

    seen = float(shortfall(observed))
    for spread in _SPREADS:
        factor = (
            np.ones(len(expected)) if spread == 0 else rng.gamma(1 / spread, spread, (_EMPTY_WORLDS, len(expected)))
        )
        drawn = shortfall(rng.poisson(expected * factor, (_EMPTY_WORLDS, len(expected))))
        if spread == 0:
            if float((drawn >= seen).mean()) >= 0.01:
                return 0.0
        elif float(np.median(drawn)) >= seen:
            return spread
    return _SPREADS[-1]


def benjamini_hochberg(p: Floats) -> Floats:
    """Return adjusted p-values: the least false-discovery level at which each would be flagged.

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.01, 0.5, 0.02, 0.9])).round(3).tolist()
    [0.04, 0.667, 0.04, 0.9]
    """
    m = len(p)
    if not m:
        return p
    order = np.argsort(p, kind="stable")
    scaled = p[order] * m / np.arange(1, m + 1)
    adjusted = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    out = np.empty(m)
    out[order] = adjusted
    return out


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """A gamma distribution of true ratios: mean `shape / rate`."""

    shape: float
    rate: float

    def ratio(self, observed: Floats, expected: Floats) -> Floats:
        return np.asarray((observed + self.shape) / (expected + self.rate))

    def interval(self, observed: Floats, expected: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
        from scipy.stats import gamma

        side = (1 - level) / 2
        shape, scale = observed + self.shape, 1 / (expected + self.rate)
        return gamma.ppf(side, shape, scale=scale), gamma.ppf(1 - side, shape, scale=scale)


def fit_shrinkage(observed: Floats, expected: Floats) -> Shrinkage:
    """Fit the distribution of true ratios by marginal maximum likelihood over a grid of spreads, its mean being the
    pooled ratio.

    Settings all alike give a narrow prior that pulls hard to the mean; a few that stand out widen it.
    """
    from scipy.stats import nbinom

    use = expected > 0
    observed, expected = observed[use], expected[use]
    if not len(expected) or observed.sum() <= 0:
        return Shrinkage(1.0, 1.0)
    mean = float(observed.sum() / expected.sum())
    best, chosen = -np.inf, 1.0
    for shape in np.geomspace(0.25, 200, 60).tolist():
        rate = shape / mean
        fit = float(nbinom.logpmf(observed, shape, rate / (rate + expected)).sum())
        if fit > best + 1e-12:
            best, chosen = fit, shape
    return Shrinkage(chosen, chosen / mean)


def critical_count(expected: float, threshold: float, spread: float, least: int) -> int:
    """Return the least count whose upper tail is at most `threshold`, and at least `least`."""
    counts = np.arange(least, least + 2000, dtype=np.int64)
    below = upper_tail(counts, np.full(len(counts), expected), spread) <= threshold
    return int(counts[int(np.argmax(below))]) if below.any() else int(counts[-1])


def power(expected: Floats, ratio: float, threshold: float, spread: float, least: int) -> Floats:
    """Return the chance that a setting of true ratio `ratio` would be flagged at this threshold."""
    needed = np.array([critical_count(float(e), threshold, spread, least) for e in expected], dtype=np.int64)
    return upper_tail(needed, expected * ratio, spread)
