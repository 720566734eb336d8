"""What the coverage finding says beside its rows."""

from __future__ import annotations

import numpy as np

from analytics.arrays import Flags, Ints
from analytics.coverage_optimum import Optimum
from analytics.needs import Needs
from analytics.plan import Choice, Network, gains_of
from analytics.suppression import LEAST, Protected
from analytics.wording import Sentence, say

_RANDOM_PLANS = 50


def null_words(network: Network, chosen: list[Choice], seed: int) -> tuple[Sentence, ...]:
    """Hold the choice against plans made without looking."""
    total = sum(c.gain for c in chosen)
    usable = [i for i, home in enumerate(network.home) if home >= 0]
    if not usable or not chosen:
        return (say("coverage.null.nodraw"),)
    rng = np.random.Generator(np.random.PCG64(seed))
    plans = [rng.choice(usable, min(len(chosen), len(usable)), replace=False).tolist() for _ in range(_RANDOM_PLANS)]
    mean = float(np.mean(gains_of(network, plans)))
    return (say("coverage.null", draws=_RANDOM_PLANS, share=round(mean / max(total, 1), 2)),)


def power_words(best: Optimum, share: float, total: int) -> tuple[Sentence, ...]:
    """Say what the plan is held against."""
    if total < LEAST:
        return (say("coverage.power.few"),)
    proof = "coverage.power.proven" if best.proven else "coverage.power.found"
    return (say("coverage.power"), say(proof, share=round(share, 2)))


def limits(protected: Protected) -> list[Sentence]:
    """Say what the figures do not say."""
    return [
        say("coverage.stated"),
        say("coverage.places"),
        say("coverage.hidden" if protected.hidden.any() else "coverage.hidden.none"),
        say("coverage.shown"),
        say("coverage.years"),
        say("coverage.fives"),
        say("coverage.ties"),
        say("coverage.dialogue"),
    ]


def explanations(needs: Needs, shown: Flags, reached: Ints) -> list[Sentence]:
    """Say what could make a gap look larger than it is."""
    out = [say("coverage.unregistered")]
    empty = sum(1 for s in needs.services if s.programmes and s.places == 0)
    if empty >= LEAST:
        out.append(say("coverage.noplaces", measures=empty))
    open_need = int((needs.amount - reached)[shown].sum())
    nobody = int(sum(needs.amount[n] for n in np.flatnonzero(shown) if not needs.serves[n]))
    if nobody >= LEAST and open_need > 0:
        out.append(say("coverage.unserved", share=round(nobody / open_need, 2)))
    return out
