"""Where help does not reach, what binds there, and which ten measures would reach most people next.

Idea, formula, limits and cost are in `docs/methods.md`. Everything here is counts of needs by place; no person is in
it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from analytics.arrays import Flags, Ints, ProjectionLike, of_kind
from analytics.coverage_optimum import Optimum, coverage_optimum
from analytics.coverage_rows import district_rows, measure_row, need_row
from analytics.coverage_words import explanations, limits, null_words, power_words
from analytics.flow import Part, reaches, values
from analytics.needs import Needs, places_of, read_needs
from analytics.plan import Choice, Network, build_network, candidates, choose
from analytics.result import Finding, Progress, make_finding, silent
from analytics.suppression import protect
from analytics.wording import say
from analytics.years import read_block, three_year_sums
from graph.errors import BadInput
from graph.interval import EPOCH

VERSION = "1.1"
QUESTION = "Where does help not reach those who ask, what binds there, and which measures would reach most people next?"


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
    day = now.date().toordinal() - EPOCH
    needs = read_needs(projection, day)
    if not len(needs.segment):
        return _nothing(projection, k, seed, now)
    return _compared(projection, needs, day, k, seed, now, progress)


def _compared(
    projection: ProjectionLike, needs: Needs, day: int, k: int, seed: int, now: datetime, progress: Progress
) -> Finding:
    progress("needs", 0.2)
    group_of, keys = _groups(projection, day)
    group = np.array([group_of.get(s, -1) for s in needs.segment.tolist()], dtype=np.int64)
    sums = three_year_sums(read_block(projection, day, group_of), len(keys))
    protected = protect(needs.amount, group, len(keys))
    shown = ~protected.hidden
    reached, binding = _reached(needs, shown)
    network, chosen, best = _measures(projection, needs, shown, k, progress)
    progress("writing", 0.9)
    total = sum(c.gain for c in chosen)
    share = total / best.gain if best.gain > 0 else 1.0
    return _finding(
        projection,
        k,
        seed,
        now,
        null_model=null_words(network, chosen, seed),
        power=power_words(best, share, total),
        limits=limits(protected),
        explanations=explanations(needs, shown, reached),
        evidence=_evidence(projection, needs),
        rows=[
            need_row(projection, needs, n, not shown[n], int(reached[n]), binding[n], sums) for n in range(len(shown))
        ],
        extra={
            "next": [measure_row(projection, needs, network, c) for c in chosen],
            "districts": district_rows(projection, needs, protected, group, keys, reached, sums),
            "optimum": {"greedy_share": round(share, 3), "proven": best.proven, "measures": len(chosen)},
        },
    )


def _finding(projection: ProjectionLike, k: int, seed: int, now: datetime, **found: Any) -> Finding:
    return make_finding(
        question=QUESTION,
        method="coverage",
        version=VERSION,
        parameters={"k": k},
        seed=seed,
        view=projection.digest,
        now=now,
        **found,
    )


def _nothing(projection: ProjectionLike, k: int, seed: int, now: datetime) -> Finding:
    return _finding(
        projection,
        k,
        seed,
        now,
        null_model=(say("coverage.null.none"),),
        power=(say("power.none"),),
        limits=(say("notestimable"), say("notestimable.needs")),
        explanations=(),
        evidence=(),
        rows=(),
        extra={"next": [], "districts": [], "optimum": {"greedy_share": None, "proven": False, "measures": 0}},
    )


def _groups(projection: ProjectionLike, day: int) -> tuple[dict[int, int], list[tuple[int, str]]]:
    """Number the pairs of police district and segment name; segments without a district belong to none."""
    town, district = places_of(projection, day)
    keys: dict[tuple[int, str], int] = {}
    group: dict[int, int] = {}
    for thing in sorted(np.flatnonzero(of_kind(projection, "NeedSegment")).tolist(), key=projection.refs):
        if town[thing] >= 0 and district[town[thing]] >= 0:
            key = (int(district[town[thing]]), projection.labels(thing))
            group[thing] = keys.setdefault(key, len(keys))
    return group, list(keys)


def _reached(needs: Needs, shown: Flags) -> tuple[Ints, list[tuple[int, ...]]]:
    """Share out places among the needs that are shown; the hidden come after and move nothing."""
    reached = np.zeros(len(needs.segment), dtype=np.int64)
    binding: list[tuple[int, ...]] = [()] * len(needs.segment)
    network = build_network(needs, shown, ())
    for members, services, answer in zip(network.members, network.services, reaches(network.base), strict=True):
        for i, n in enumerate(members):
            reached[n] = answer.reached[i]
            binding[n] = tuple(j for j in needs.serves[n] if j in {services[k] for k in answer.binding[i]})
    for n, gain in _hidden_reach(needs, shown).items():
        reached[n] = gain
    return reached, binding


def _measures(
    projection: ProjectionLike, needs: Needs, shown: Flags, k: int, progress: Progress
) -> tuple[Network, list[Choice], Optimum]:
    """Choose the next measures, and find the most that any choice of as many could reach."""
    progress("next measures", 0.4)
    network = build_network(needs, shown, candidates(projection, needs, shown))
    chosen = choose(network, k)
    progress("optimum", 0.6)
    return network, chosen, coverage_optimum(network, k, [c.candidate for c in chosen])


def _hidden_reach(needs: Needs, shown: Flags) -> dict[int, int]:
    """Return what each hidden segment gets of the places that the shown ones leave, in order of ids."""
    network = build_network(needs, np.ones(len(shown), dtype=np.bool_), ())
    owners: list[int] = []
    asked: list[Part] = []
    for members, part in zip(network.members, network.base, strict=True):
        hidden = [i for i, n in enumerate(members) if not shown[n]]
        for count in range(len(hidden) + 1 if hidden else 0):
            in_turn = {*hidden[:count], *(i for i, n in enumerate(members) if shown[n])}
            need = tuple(amount if i in in_turn else 0 for i, amount in enumerate(part.need))
            owners.append(members[hidden[count - 1]] if count else -1)
            asked.append(Part(need, part.places, part.serves))
    out: dict[int, int] = {}
    before = 0
    for owner, after in zip(owners, values(asked), strict=True):
        if owner >= 0:
            out[owner] = after - before
        before = after
    return out


def _evidence(projection: ProjectionLike, needs: Needs) -> list[Any]:
    """Return the claims that state needs and places: first those that state a place, which speak against a gap."""
    stated = projection.literals["amount"]
    subject = np.asarray(stated.subject, dtype=np.int64)
    segments = np.isin(subject, needs.segment)
    names: Mapping[int, None] = dict.fromkeys(t for s in needs.services for t in s.names)
    places = np.isin(subject, np.array(list(names), dtype=np.int64))
    return [stated.claim[int(i)] for i in (*np.flatnonzero(places), *np.flatnonzero(segments))]
