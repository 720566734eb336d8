"""Where help does not reach, what binds there, and which ten measures would reach most people next.

Idea, formula, limits and cost are in `docs/methods.md`. Everything here is counts of needs by place; no person is in
it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from analytics.arrays import Flags, Ints, ProjectionLike
from analytics.coverage_optimum import Optimum, coverage_optimum
from analytics.flow import reach, value
from analytics.needs import Needs, read_needs
from analytics.plan import Candidate, Choice, Network, build_network, candidates, choose, gain_of
from analytics.result import Finding, Progress, make_finding, silent
from analytics.suppression import LEAST, Protected, protect, shown_sums, small
from analytics.wording import Sentence, say
from graph.errors import BadInput
from graph.interval import EPOCH

VERSION = "1.0"
QUESTION = "Where does help not reach those who ask, what binds there, and which measures would reach most people next?"
_RANDOM_PLANS = 50
_ROUND = 5
"""Gains are shown in whole fives, rounded down: an exact gain and a shown need would give a hidden count away."""


def coverage(
    projection: ProjectionLike, *, now: datetime, k: int = 10, seed: int = 0, progress: Progress = silent
) -> Finding:
    """Compare needs with places, and choose the next measures.

    Parameters
    ----------
    projection : Projection
        Arrays of what a view shows. Reads `needs`, `offers`, `located_in`, `part_of`, `referred_to`, `mentored_by` and
        the literal `amount`.
    now : datetime
        The day whose needs and places count; the finding expires 90 days later.
    k : int
        How many measures to choose.
    seed : int
        For the random plans that the choice is compared with.

    Returns
    -------
    Finding
        One row per municipality and segment. Beside the rows: `next`, `districts` for segments whose municipalities
        are hidden, and `optimum`, the greedy choice's share of the best possible.

    Raises
    ------
    BadInput
        `k` is not between 1 and 100.
    """
    if not 1 <= k <= 100:
        raise BadInput(f"k is how many measures to choose, 1 to 100, not {k}.", code="bad-parameter")
    needs = read_needs(projection, now.date().toordinal() - EPOCH)
    if not len(needs.segment):
        return _nothing(projection, k, seed, now)
    progress("needs", 0.2)
    group, keys = _groups(projection, needs)
    protected = protect(needs.amount, group, len(keys))
    shown = ~protected.hidden
    reached, binding = _reached(needs, shown)
    progress("next measures", 0.4)
    network = build_network(needs, shown, candidates(projection, needs, shown))
    chosen = choose(network, k)
    progress("optimum", 0.6)
    best = coverage_optimum(network, k)
    progress("writing", 0.9)
    total = sum(c.gain for c in chosen)
    share = total / best.gain if best.gain > 0 else 1.0
    rows = [
        _row(projection, needs, n, bool(protected.hidden[n]), int(reached[n]), binding[n]) for n in range(len(shown))
    ]
    extra = {
        "next": [_measure(projection, needs, network, c, reached, shown) for c in chosen if _floor(c.gain)],
        "districts": _districts(projection, needs, protected, group, keys, reached),
        "optimum": {"greedy_share": round(share, 3), "proven": best.proven, "measures": len(chosen)},
    }
    return make_finding(
        question=QUESTION,
        method="coverage",
        version=VERSION,
        parameters={"k": k},
        seed=seed,
        view=projection.digest,
        null_model=_null_words(network, chosen, seed),
        power=_power_words(best, share, total),
        limits=_limits(protected),
        explanations=_explanations(needs, shown, reached),
        now=now,
        evidence=_evidence(projection, needs),
        rows=rows,
        extra=extra,
    )


def _nothing(projection: ProjectionLike, k: int, seed: int, now: datetime) -> Finding:
    return make_finding(
        question=QUESTION,
        method="coverage",
        version=VERSION,
        parameters={"k": k},
        seed=seed,
        view=projection.digest,
        null_model=(say("coverage.null.none"),),
        power=(say("power.none"),),
        limits=(say("notestimable"), say("notestimable.needs")),
        explanations=(),
        now=now,
        evidence=(),
        rows=(),
        extra={"next": [], "districts": [], "optimum": {"greedy_share": None, "proven": False, "measures": 0}},
    )


def _groups(projection: ProjectionLike, needs: Needs) -> tuple[Ints, list[tuple[int, str]]]:
    """Number the pairs of police district and segment name; segments without a district belong to none."""
    keys: dict[tuple[int, str], int] = {}
    group = np.full(len(needs.segment), -1, dtype=np.int64)
    for n, (thing, district) in enumerate(zip(needs.segment.tolist(), needs.district.tolist(), strict=True)):
        if district >= 0:
            group[n] = keys.setdefault((district, projection.labels(thing)), len(keys))
    return group, list(keys)


def _reached(needs: Needs, shown: Flags) -> tuple[Ints, list[tuple[int, ...]]]:
    """Share out places among the needs that are shown; the hidden come after and move nothing."""
    reached = np.zeros(len(needs.segment), dtype=np.int64)
    binding: list[tuple[int, ...]] = [()] * len(needs.segment)
    network = build_network(needs, shown, ())
    for members, part, services in zip(network.members, network.base, network.services, strict=True):
        answer = reach(part)
        for i, n in enumerate(members):
            reached[n] = answer.reached[i]
            binding[n] = tuple(j for j in needs.serves[n] if j in {services[k] for k in answer.binding[i]})
    for n, gain in _hidden_reach(needs, shown).items():
        reached[n] = gain
    return reached, binding


def _hidden_reach(needs: Needs, shown: Flags) -> dict[int, int]:
    """Return what each hidden segment gets of the places that the shown ones leave, in order of ids."""
    out: dict[int, int] = {}
    network = build_network(needs, np.ones(len(shown), dtype=np.bool_), ())
    for members, part in zip(network.members, network.base, strict=True):
        need = [amount if shown[n] else 0 for n, amount in zip(members, part.need, strict=True)]
        hidden = [i for i, n in enumerate(members) if not shown[n]]
        before = value(type(part)(tuple(need), part.places, part.serves)) if hidden else 0
        for i in hidden:
            need[i] = part.need[i]
            after = value(type(part)(tuple(need), part.places, part.serves))
            out[members[i]], before = after - before, after
    return out


def _row(
    projection: ProjectionLike, needs: Needs, n: int, hidden: bool, reached: int, binding: tuple[int, ...]
) -> dict[str, Any]:
    """Write one row. A reach or a gap under five is left out though the need is shown."""
    need, town = int(needs.amount[n]), int(needs.municipality[n])
    quiet = hidden or _is_small(reached) or _is_small(need - reached)
    return {
        "municipality": projection.refs(town) if town >= 0 else None,
        "municipality_label": projection.labels(town) if town >= 0 else None,
        "segment": projection.refs(int(needs.segment[n])),
        "segment_label": projection.labels(int(needs.segment[n])),
        "need": None if hidden else need,
        "reached": None if quiet else reached,
        "binding": None if hidden else _binds(projection, needs, binding),
        "missing": [] if hidden else _missing(projection, needs, n),
        "suppressed": hidden,
    }


def _is_small(count: int) -> bool:
    return 0 < count < LEAST


def _binds(projection: ProjectionLike, needs: Needs, binding: tuple[int, ...]) -> str | None:
    """Name the capacity, or the measure without any, that binds: of several the fewest places; a mentor only alone."""
    if not binding:
        return None
    held = [needs.services[j] for j in binding]
    measures = [s for s in held if s.programmes] or held
    service = min(measures, key=lambda s: (s.places, projection.refs(s.thing)))
    return projection.refs(service.names[0])


def _missing(projection: ProjectionLike, needs: Needs, n: int) -> list[str]:
    """Return the programmes the segment needs that nothing in its municipality offers."""
    here = {p for j in needs.serves[n] for p in needs.services[j].programmes}
    here |= {p for d, r in zip(needs.dialogues, needs.reaches, strict=True) if n in r for p in d.programmes}
    return sorted(projection.refs(p) for p in needs.programmes[n] - here)


def _floor(gain: int) -> int:
    return gain // _ROUND * _ROUND


def _measure(
    projection: ProjectionLike, needs: Needs, network: Network, choice: Choice, reached: Ints, shown: Flags
) -> dict[str, Any]:
    candidate = network.candidates[choice.candidate]
    place = candidate.municipality
    need = int(sum(needs.amount[n] for n in candidate.segments))
    return {
        "measure": projection.refs(candidate.thing),
        "measure_label": projection.labels(candidate.thing),
        "kind": candidate.kind,
        "programme": projection.refs(candidate.programme) if candidate.programme >= 0 else None,
        "programme_label": projection.labels(candidate.programme) if candidate.programme >= 0 else None,
        "place": projection.refs(place) if place >= 0 else None,
        "place_label": projection.labels(place) if place >= 0 else None,
        "places": candidate.places,
        "gain": _floor(choice.gain),
        "need": need,
        "reason": _reason(projection, needs, candidate, need, _floor(choice.gain)),
    }


def _reason(projection: ProjectionLike, needs: Needs, candidate: Candidate, need: int, gain: int) -> str:
    programme = projection.labels(candidate.programme) if candidate.programme >= 0 else "it"
    asks = f"{need} people there need what {programme} gives"
    after = f"at least {gain} of them would be reached who are not with all else that is there and chosen before."
    if candidate.kind == "dialogue":
        return f"{need} people are in segments that were referred to this dialogue; held again, {after}"
    if candidate.kind == "new measure":
        return f"{asks} and nothing in the municipality offers it; with {candidate.places} places {after}"
    places = sum(s.places for s in needs.services if s.thing == candidate.thing)
    have = "no places left to give" if places == 0 else f"{places} places"
    return f"{asks} and the measure has {have}; with {candidate.places} more {after}"


def _districts(
    projection: ProjectionLike,
    needs: Needs,
    protected: Protected,
    group: Ints,
    keys: list[tuple[int, str]],
    reached: Ints,
) -> list[dict[str, Any]]:
    """Show the police district where municipalities are hidden and the total gives none of them away."""
    need = shown_sums(needs.amount, protected, group)
    out = []
    for number, (district, label) in enumerate(keys):
        mine = group == number
        if not protected.hidden[mine].any():
            continue
        total, got = int(need[number]), int(reached[mine].sum())
        hidden_got = int(reached[mine & protected.hidden].sum())
        hidden_gap = int((needs.amount - reached)[mine & protected.hidden].sum())
        quiet = total < 0 or any(map(_is_small, (got, total - got, hidden_got, hidden_gap)))
        quiet = quiet or bool((small(reached) & mine & ~protected.hidden).any())
        out.append(
            {
                "district": projection.refs(district),
                "district_label": projection.labels(district),
                "segment_label": label,
                "need": None if total < 0 else total,
                "reached": None if quiet else got,
                "suppressed": total < 0,
            }
        )
    return sorted(out, key=lambda r: (r["district"], r["segment_label"]))


def _null_words(network: Network, chosen: list[Choice], seed: int) -> tuple[Sentence, ...]:
    """Hold the choice against plans made without looking."""
    total = sum(c.gain for c in chosen)
    usable = [i for i, home in enumerate(network.home) if home >= 0]
    if not usable or not chosen:
        return (say("coverage.null.nodraw"),)
    rng = np.random.Generator(np.random.PCG64(seed))
    draws = [
        gain_of(network, rng.choice(usable, min(len(chosen), len(usable)), replace=False).tolist())
        for _ in range(_RANDOM_PLANS)
    ]
    mean = float(np.mean(draws))
    return (say("coverage.null", draws=_RANDOM_PLANS, share=round(mean / max(total, 1), 2)),)


def _power_words(best: Optimum, share: float, total: int) -> tuple[Sentence, ...]:
    if total < LEAST:
        return (say("coverage.power.few"),)
    proof = "coverage.power.proven" if best.proven else "coverage.power.found"
    return (say("coverage.power"), say(proof, share=round(share, 2)))


def _limits(protected: Protected) -> list[Sentence]:
    return [
        say("coverage.stated"),
        say("coverage.places"),
        say("coverage.hidden" if protected.hidden.any() else "coverage.hidden.none"),
        say("coverage.shown"),
        say("coverage.fives"),
        say("coverage.dialogue"),
    ]


def _explanations(needs: Needs, shown: Flags, reached: Ints) -> list[Sentence]:
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


def _evidence(projection: ProjectionLike, needs: Needs) -> list[Any]:
    """Return the claims that state needs and places: first those that state a place, which speak against a gap."""
    stated = projection.literals["amount"]
    subject = np.asarray(stated.subject, dtype=np.int64)
    segments = np.isin(subject, needs.segment)
    names: Mapping[int, None] = dict.fromkeys(t for s in needs.services for t in s.names)
    places = np.isin(subject, np.array(list(names), dtype=np.int64))
    return [stated.claim[int(i)] for i in (*np.flatnonzero(places), *np.flatnonzero(segments))]
