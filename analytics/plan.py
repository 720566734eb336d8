"""Which measures to add next: candidates, and the greedy choice by marginal gain (CELF, Leskovec et al. 2007).

How many people can be reached is a monotone submodular function of the services added (the rank of a transversal
matroid), so greedy choice reaches at least 1 - 1/e of the best, and a gain once computed is an upper bound for ever:
most need not be computed again.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analytics.arrays import Flags, ProjectionLike
from analytics.flow import Part, parts, value, values
from analytics.needs import Needs, Service

LEAST_GAIN = 5
"""A gain under this is nothing to plan for, and too small to show."""
_NO_COST = 2**62


Kind = Literal["more places", "new measure", "dialogue"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that could be done: more places at a measure, a new measure, or a dialogue held again.

    Attributes
    ----------
    thing : int
        The measure or dialogue; for a new measure, the programme it would offer.
    municipalities : tuple of int
        Whose people it would take in; empty where unknown.
    places : int
        What one more team, or a dialogue held again, brings.
    cost : int
        Kroner a year for those places; -1 where not stated.
    need : int
        People in the segments that it could take from.
    segments : tuple of int
        Places in `Needs.segment` that it could take people of.
    """

    kind: Kind
    thing: int
    programme: int
    municipalities: tuple[int, ...]
    places: int
    cost: int
    need: int
    segments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """Independent parts of the network of shown needs, and the candidates of each.

    Attributes
    ----------
    members : tuple of tuple of int
        Segments of each part.
    base : tuple of Part
    services : tuple of tuple of int
        Places in `Needs.services` of each part's services.
    candidates : tuple of Candidate
    home : tuple of int
        The part of each candidate.
    """

    members: tuple[tuple[int, ...], ...]
    base: tuple[Part, ...]
    services: tuple[tuple[int, ...], ...]
    candidates: tuple[Candidate, ...]
    home: tuple[int, ...]

    def with_added(self, part: int, chosen: list[int]) -> Part:
        """Return a part with candidates added to it."""
        base, place = self.base[part], {s: i for i, s in enumerate(self.members[part])}
        serves, places = [list(own) for own in base.serves], list(base.places)
        for number in chosen:
            candidate = self.candidates[number]
            for segment in candidate.segments:
                serves[place[segment]].append(len(places))
            places.append(candidate.places)
        return Part(base.need, tuple(places), tuple(tuple(own) for own in serves))


def candidates(projection: ProjectionLike, needs: Needs, shown: Flags) -> tuple[Candidate, ...]:
    """List what could be done for the needs that are shown: first by place, then dialogues by id."""
    out: list[Candidate] = []
    wanting = _wanting(needs, shown)
    for (town, programme), segments in sorted(wanting.items(), key=lambda e: tuple(map(projection.refs, e[0]))):
        here = [s for s in needs.services if town in s.municipalities and programme in s.programmes]
        for service in here:
            # a joint measure is grown once, for all municipalities that share it and have a need that is shown
            sharing = [t for t in service.municipalities if (t, programme) in wanting]
            if town == sharing[0]:
                taken = [n for t in sharing for n in wanting[t, programme]]
                out.append(_candidate("more places", service, programme, service.municipalities, taken, needs))
        if not here:
            out.append(_candidate("new measure", needs.new[programme], programme, (town,), segments, needs))
    for dialogue, reached in zip(needs.dialogues, needs.reaches, strict=True):
        taken = [n for n in reached if shown[n]]
        if taken:
            programme = min(dialogue.programmes, default=-1)
            out.append(_candidate("dialogue", dialogue, programme, dialogue.municipalities, taken, needs))
    return tuple(out)


def _wanting(needs: Needs, shown: Flags) -> dict[tuple[int, int], list[int]]:
    """Return the shown segments of each municipality and programme that standing places could serve."""
    held = {p for d in needs.dialogues for p in d.programmes}
    standing = {p for s in needs.services for p in s.programmes}
    out: dict[tuple[int, int], list[int]] = {}
    for n in np.flatnonzero(shown & (needs.municipality >= 0)).tolist():
        for programme in needs.programmes[n]:
            if programme in standing or programme not in held:
                out.setdefault((int(needs.municipality[n]), programme), []).append(n)
    return out


def _candidate(
    kind: Kind, service: Service, programme: int, towns: tuple[int, ...], segments: list[int], needs: Needs
) -> Candidate:
    cost = service.step * service.cost if service.cost >= 0 else -1
    need = int(needs.amount[segments].sum())
    return Candidate(kind, service.thing, programme, towns, service.step, cost, need, tuple(segments))


def build_network(needs: Needs, use: Flags, offered: tuple[Candidate, ...]) -> Network:
    """Cut the network of the segments in use into independent parts."""
    chosen = np.flatnonzero(use).tolist()
    serves = [list(needs.serves[n]) for n in chosen]
    place = {n: i for i, n in enumerate(chosen)}
    for number, candidate in enumerate(offered):
        for n in candidate.segments:
            serves[place[n]].append(len(needs.services) + number)
    members, base, services, home = [], [], [], [-1] * len(offered)
    for group in parts(serves, len(needs.services) + len(offered)) if chosen else []:
        own = sorted({j for i in group for j in serves[i] if j < len(needs.services)})
        local = {j: k for k, j in enumerate(own)}
        members.append(tuple(chosen[i] for i in group))
        services.append(tuple(own))
        base.append(
            Part(
                tuple(int(needs.amount[chosen[i]]) for i in group),
                tuple(needs.services[j].places for j in own),
                tuple(tuple(local[j] for j in serves[i] if j < len(needs.services)) for i in group),
            )
        )
        for i in group:
            for j in serves[i]:
                if j >= len(needs.services):
                    home[j - len(needs.services)] = len(members) - 1
    return Network(tuple(members), tuple(base), tuple(services), offered, tuple(home))


Tie = Literal["cost", "need", "order"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A chosen candidate and how many more people it reaches after those chosen before it.

    Attributes
    ----------
    candidate : int
    gain : int
    shown : int
        The gain as it may be shown, by which the choice was made; see `shown_gain`.
    tie : {"cost", "need", "order"} or None
        What put it behind the one before it, where the two gains shown are equal.
    """

    candidate: int
    gain: int
    shown: int
    tie: Tie | None = None


def shown_gain(candidate: Candidate, gain: int) -> int:
    """Return a gain as it may be shown.

    Where every added place is used, the gain is the number of places and tells nothing more; else an exact gain and a
    shown need would give a hidden count away, so it is rounded down to whole fives.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> shown_gain(SimpleNamespace(places=23), 23), shown_gain(SimpleNamespace(places=23), 22)
    (23, 20)
    """
    if gain < LEAST_GAIN:
        return 0
    return gain if gain == candidate.places else gain // LEAST_GAIN * LEAST_GAIN


def choose(network: Network, count: int) -> list[Choice]:
    """Choose greedily by the gain that may be shown, so that the order tells nothing that the figures do not.

    Of equal gains the one that costs less goes first (an unknown cost last), then the one for the larger need, then the
    one listed first. A gain shown can only fall as others are chosen, so one computed earlier is an upper bound.
    """
    now = values(network.base)
    added: list[list[int]] = [[] for _ in network.base]
    heap: list[tuple[tuple[int, int, int, int], int, int]] = []

    def push(number: int, after: int) -> None:
        candidate, part = network.candidates[number], network.home[number]
        gain = after - now[part]
        cost = candidate.cost if candidate.cost >= 0 else _NO_COST
        key = (-shown_gain(candidate, gain), cost, -candidate.need, number)
        heapq.heappush(heap, (key, len(added[part]), gain))

    usable = [i for i, home in enumerate(network.home) if home >= 0]
    alone = values([network.with_added(network.home[i], [i]) for i in usable])
    for number, after in zip(usable, alone, strict=True):
        push(number, after)
    out: list[Choice] = []
    last: tuple[int, int, int, int] | None = None
    while heap and len(out) < count:
        key, seen, gain = heapq.heappop(heap)
        number, part = key[3], network.home[key[3]]
        if seen != len(added[part]):
            push(number, value(network.with_added(part, [*added[part], number])))
            continue
        if key[0] == 0:
            break
        out.append(Choice(number, gain, -key[0], _tie(last, key)))
        added[part].append(number)
        now[part] += gain
        last = key
    return out


def _tie(before: tuple[int, int, int, int] | None, key: tuple[int, int, int, int]) -> Tie | None:
    if before is None or before[0] != key[0]:
        return None
    return "cost" if before[1] != key[1] else "need" if before[2] != key[2] else "order"


def gain_of(network: Network, chosen: list[int]) -> int:
    """Return how many more people a set of candidates reaches."""
    return gains_of(network, [chosen])[0]


def gains_of(network: Network, plans: list[list[int]]) -> list[int]:
    """Return how many more people each of several sets of candidates reaches."""
    changed: list[tuple[int, int]] = []
    asked: list[Part] = []
    for number, chosen in enumerate(plans):
        by_part: dict[int, list[int]] = {}
        for candidate in chosen:
            by_part.setdefault(network.home[candidate], []).append(candidate)
        for part, own in by_part.items():
            changed.append((number, part))
            asked.append(network.with_added(part, own))
    out, before = [0] * len(plans), values(network.base)
    for (number, part), after in zip(changed, values(asked), strict=True):
        out[number] += after - before[part]
    return out
