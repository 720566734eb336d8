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
from analytics.flow import Part, parts, value
from analytics.needs import Needs

STEP_PLACES = 20
"""Places that one added measure brings."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that could be done: more places at a measure, a new measure, or a dialogue held again.

    Attributes
    ----------
    thing : int
        The measure or dialogue; for a new measure, the programme it would offer.
    municipality : int
        -1 where unknown.
    places : int
    segments : tuple of int
        Places in `Needs.segment` that it could take people of.
    """

    kind: Literal["more places", "new measure", "dialogue"]
    thing: int
    programme: int
    municipality: int
    places: int
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
    """List what could be done for the needs that are shown."""
    held = {p for d in needs.dialogues for p in d.programmes}
    standing = {p for s in needs.services for p in s.programmes}
    places: dict[tuple[int, int], list[int]] = {}
    for n in np.flatnonzero(shown & (needs.municipality >= 0)).tolist():
        for programme in needs.programmes[n]:
            if programme in standing or programme not in held:
                places.setdefault((int(needs.municipality[n]), programme), []).append(n)
    out: list[Candidate] = []
    for (town, programme), segments in sorted(places.items(), key=lambda e: tuple(map(projection.refs, e[0]))):
        here = [s.thing for s in needs.services if s.municipality == town and programme in s.programmes]
        if here:
            out.append(Candidate("more places", here[0], programme, town, STEP_PLACES, tuple(segments)))
        else:
            out.append(Candidate("new measure", programme, programme, town, STEP_PLACES, tuple(segments)))
    for dialogue, reached in zip(needs.dialogues, needs.reaches, strict=True):
        segments = [n for n in reached if shown[n]]
        if segments:
            programme = min(dialogue.programmes, default=-1)
            out.append(
                Candidate(
                    "dialogue", dialogue.thing, programme, dialogue.municipality, dialogue.places, tuple(segments)
                )
            )
    return tuple(out)


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


@dataclass(frozen=True, slots=True)
class Choice:
    """A chosen candidate and how many more people it reaches after those chosen before it."""

    candidate: int
    gain: int


def choose(network: Network, count: int) -> list[Choice]:
    """Choose greedily. Of equal gains the one in the part least covered so far goes first, then the one listed
    first.
    """
    now = [value(part) for part in network.base]
    need = [max(1, sum(part.need)) for part in network.base]
    added: list[list[int]] = [[] for _ in network.base]

    def entry(number: int) -> tuple[int, float, int, int]:
        part = network.home[number]
        gain = value(network.with_added(part, [*added[part], number])) - now[part]
        return (-gain, now[part] / need[part], number, len(added[part]))

    heap = [entry(i) for i in range(len(network.candidates)) if network.home[i] >= 0]
    heapq.heapify(heap)
    out: list[Choice] = []
    while heap and len(out) < count:
        negative, _, number, seen = heapq.heappop(heap)
        part = network.home[number]
        if seen != len(added[part]):
            heapq.heappush(heap, entry(number))
            continue
        if negative == 0:
            break
        out.append(Choice(number, -negative))
        added[part].append(number)
        now[part] -= negative
    return out


def gain_of(network: Network, chosen: list[int]) -> int:
    """Return how many more people a set of candidates reaches."""
    by_part: dict[int, list[int]] = {}
    for number in chosen:
        by_part.setdefault(network.home[number], []).append(number)
    return sum(value(network.with_added(p, own)) - value(network.base[p]) for p, own in by_part.items())
