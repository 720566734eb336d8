"""Walking over the columns with the scope as a mask on links.

The mask is tested on the links of the frontier only, so the cost follows the answer and not the graph. Whatever is
picked among equals is picked by random ids, so the answer depends on nothing but what the scope shows.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.columns_build import Segment

Array = NDArray[Any]
LATER = np.int64(2**62)
Wanted = Callable[[Array], NDArray[np.bool_]]
"""Says of other ends which of them are asked for: tested before the mask, which costs more."""
MOST_MASKS = 8
"""Masks whose answers for all links are kept, a byte a link each."""


@dataclass(frozen=True, slots=True)
class Mask:
    """A scope compiled for arrays. What is None needs no test.

    Parameters
    ----------
    visible : array of bool
        By marking number; as long as the largest marking in the columns needs.
    as_of : int or None
        Knowledge sequence, when it lies before the columns' head.
    window : (int, int) or None
        Closed interval of days.
    predicates : array of bool or None
        By predicate number.
    """

    visible: NDArray[np.bool_]
    as_of: int | None
    window: tuple[int, int] | None
    predicates: NDArray[np.bool_] | None

    def of(self, segment: Segment, gone: Array | None, rows: Array | slice) -> NDArray[np.bool_]:
        """Say which of the claims are in scope; `gone` is when each was retracted."""
        claims = segment.claims
        shown: NDArray[np.bool_] = self.visible[claims["marking"][rows]]
        if self.predicates is not None:
            shown &= self.predicates[claims["predicate"][rows]]
        if self.as_of is not None:
            shown &= claims["seq"][rows] <= self.as_of
        if gone is not None:
            shown &= gone[rows] > (LATER - 1 if self.as_of is None else self.as_of)
        if self.window is not None:
            shown &= (claims["valid_from"][rows] <= self.window[1]) & (claims["valid_to"][rows] >= self.window[0])
        return shown


@dataclass(frozen=True, slots=True)
class Reached:
    """Links in scope that leave a frontier: place in the frontier, other end, segment and row of the claim."""

    origin: Array
    node: Array
    segment: Array
    row: Array


@dataclass(slots=True)
class _Tested:
    """What walking has tested with one mask, by segment: how many links, and the answer for all once it is kept."""

    mask: Mask
    """Held, so that no other mask comes to lie where it does."""
    links: dict[int, int] = field(default_factory=dict)
    whole: dict[int, NDArray[np.bool_]] = field(default_factory=dict)


class Walker:
    """The segments as one graph.

    Parameters
    ----------
    segments : sequence of Segment
    gone : sequence of (array or None)
        Per segment, the sequence number at which each claim was retracted (`LATER` where it was not).
    high, low : array of uint64
        Halves of the random id of each entity.
    """

    def __init__(self, segments: Sequence[Segment], gone: Sequence[Array | None], high: Array, low: Array) -> None:
        self.segments = segments
        self.gone = gone
        self.high = high
        self.low = low
        self.size = len(high)
        self._local = threading.local()
        self._tested: OrderedDict[int, _Tested] = OrderedDict()
        self._lock = threading.Lock()

    def neighbours(self, mask: Mask, front: Array, wanted: Wanted | None = None) -> Array:
        """Return the other ends of the links in scope at `front`, with repeats."""
        found = [self._step(i, mask, front, wanted)[1] for i in range(len(self.segments))]
        return found[0] if len(found) == 1 else np.concatenate(found)

    def links(self, mask: Mask, front: Array, wanted: Wanted | None = None) -> Reached:
        """Return the links in scope at `front`."""
        parts = []
        for i in range(len(self.segments)):
            slots, node, origin = self._step(i, mask, front, wanted)
            parts.append((origin, node, np.full(len(slots), i, np.int8), self.segments[i].links["row"][slots]))
        return Reached(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def k_hop(self, mask: Mask, node: int, hops: int, limit: int) -> list[tuple[Array, int]]:
        """Return entities by number of hops, each level by random id; at most `limit` entities in all."""
        seen = np.zeros(self.size, np.bool_)
        seen[node] = True
        front, levels, room = np.array([node], np.int32), [(np.array([node], np.int32), 0)], limit - 1
        for hop in range(1, hops + 1):
            reached = self.neighbours(mask, front)
            front = self._distinct(reached[~seen[reached]])
            if not len(front) or room <= 0:
                break
            seen[front] = True
            level = self.by_id(front)[:room]
            levels.append((level, hop))
            room -= len(level)
        return levels

    def shortest_path(self, mask: Mask, a: int, b: int, most: int) -> tuple[list[int], list[tuple[int, int]]] | None:
        """Return one shortest path as nodes and (segment, row) of its links; two different ends.

        Breadth first from both ends, the frontier with fewer links first; among the shortest paths the one whose entity
        ids, read from `a`, come first, and between two entities the claim whose id comes first.
        """
        side = self._scratch()
        fronts = {1: np.array([a], np.int32), -1: np.array([b], np.int32)}
        levels = {1: [fronts[1]], -1: [fronts[-1]]}
        degree = {mine: self._degree(front) for mine, front in fronts.items()}
        side[a], side[b] = 1, -1
        try:
            for _ in range(most):
                mine = 1 if degree[1] <= degree[-1] else -1
                news = _not_above(side) if mine == 1 else _not_below(side)
                reached = self.neighbours(mask, fronts[mine], news)
                met = reached[side[reached] != 0]
                if len(met):
                    return self._spell_out(mask, side, levels, mine, self._distinct(met))
                fronts[mine] = self._distinct(reached)
                if not len(fronts[mine]):
                    return None
                degree[mine] = self._degree(fronts[mine])
                levels[mine].append(fronts[mine])
                side[fronts[mine]] = mine * len(levels[mine])
            return None
        finally:
            for found in (*levels[1], *levels[-1]):
                side[found] = 0

    def _spell_out(
        self, mask: Mask, side: NDArray[np.int16], levels: dict[int, list[Array]], mine: int, met: Array
    ) -> tuple[list[int], list[tuple[int, int]]]:
        """Choose the path, given the levels of both sides and where the side that moved last met the other.

        `side` holds for each node its level counted from 1, negative on the side of the goal, 0 where none is.
        """
        if mine == 1:
            forward, last = levels[1], met
            after = [last, *reversed(levels[-1][:-1])]
        else:
            # the last step was from b's side onto a's outermost level: those nodes are the meeting
            forward, last = levels[1][:-1], met
            after = [last, *reversed(levels[-1])]
        before: list[Array] = []
        for level in range(len(forward), 0, -1):
            last = self._distinct(self.neighbours(mask, last, _at(side, level)))
            before.append(last)
        allowed = [*reversed(before), *after]
        nodes, claims = [int(allowed[0][0])], []
        for nearer in allowed[1:]:
            found = self.links(mask, np.array([nodes[-1]], np.int32), _among(nearer))
            node = self.first(found.node)
            nodes.append(node)
            claims.append(self.first_claim(found, np.flatnonzero(found.node == node)))
        return nodes, claims

    def by_id(self, nodes: Array) -> Array:
        """Return the nodes by random id."""
        return nodes[np.lexsort((self.low[nodes], self.high[nodes]))]

    def first(self, nodes: Array) -> int:
        """Return the node whose random id comes first."""
        if len(nodes) == 1:
            return int(nodes[0])
        best = nodes[self.high[nodes] == self.high[nodes].min()]
        return int(best[np.argmin(self.low[best])])

    def first_claim(self, found: Reached, choice: Array) -> tuple[int, int]:
        """Return segment and row of the claim whose id comes first among some of the links found."""
        best = min(choice.tolist(), key=lambda i: self.claim_id(int(found.segment[i]), int(found.row[i])))
        return int(found.segment[best]), int(found.row[best])

    def claim_id(self, segment: int, row: int) -> bytes:
        """Return the random id of a claim."""
        return bytes(self.segments[segment].claims["cid"][row].tobytes())

    def _degree(self, front: Array) -> int:
        """Return how many links leave `front`, in scope or not."""
        total = 0
        for segment in self.segments:
            start = segment.links["start"]
            known = front if len(start) > self.size else front[front < len(start) - 1]
            total += int((start[known + 1] - start[known]).sum())
        return total

    def _step(self, i: int, mask: Mask, front: Array, wanted: Wanted | None = None) -> tuple[Array, Array, Array]:
        """Return place among the links, other end and place in the frontier of the links in scope of one segment."""
        links = self.segments[i].links
        slots, origin = self._slots(links["start"], front)
        other = links["neighbour"][slots]
        if wanted is not None:
            asked = np.flatnonzero(wanted(other))
            slots, origin, other = slots[asked], origin[asked], other[asked]
        shown = self._shown(i, mask, slots)
        return slots[shown], other[shown], origin[shown]

    def _slots(self, start: Array, front: Array) -> tuple[Array, Array]:
        """Return the places of all links at `front`, and the place in the frontier that each is of."""
        if len(front) == 1:
            node = int(front[0])
            if node + 1 >= len(start):
                return np.zeros(0, np.int64), np.zeros(0, np.int32)
            slots = np.arange(int(start[node]), int(start[node + 1]))
            return slots, np.zeros(len(slots), np.int32)
        place = np.arange(len(front), dtype=np.int32)
        if len(start) <= self.size:
            known = front < len(start) - 1
            front, place = front[known], place[known]
        first = start[front]
        count = start[front + 1] - first
        ends = np.cumsum(count)
        total = int(ends[-1]) if len(ends) else 0
        return np.repeat(first - ends + count, count) + np.arange(total), np.repeat(place, count)

    def _shown(self, i: int, mask: Mask, slots: Array) -> NDArray[np.bool_]:
        """Say which links are in scope.

        A mask that has been tested on as many links as there are is tested on all once more and the answer kept: in
        the order of links, so that the links of one entity lie side by side.
        """
        tested = self._tested_by(mask)
        whole, rows = tested.whole.get(i), self.segments[i].links["row"]
        if whole is None:
            tested.links[i] = tested.links.get(i, 0) + len(slots)
            if tested.links[i] <= len(rows):
                return mask.of(self.segments[i], self.gone[i], rows[slots])
            whole = tested.whole[i] = mask.of(self.segments[i], self.gone[i], slice(None))[rows]
        return whole[slots]

    def _tested_by(self, mask: Mask) -> _Tested:
        with self._lock:
            tested = self._tested.get(id(mask))
            if tested is None:
                tested = self._tested[id(mask)] = _Tested(mask)
            self._tested.move_to_end(id(mask))
            while len(self._tested) > MOST_MASKS:
                self._tested.popitem(last=False)
        return tested

    def _distinct(self, nodes: Array) -> Array:
        """Return each node once. Whoever is written last into a scratch array wins, which needs no sorting."""
        if len(nodes) < 2:
            return nodes
        last: Array | None = getattr(self._local, "last", None)
        if last is None:
            last = self._local.last = np.empty(self.size, np.int32)
        place = np.arange(len(nodes), dtype=np.int32)
        last[nodes] = place
        distinct: Array = nodes[last[nodes] == place]
        return distinct

    def _scratch(self) -> NDArray[np.int16]:
        """Return this thread's zeroed array; whoever uses it zeroes what it touched."""
        scratch: NDArray[np.int16] | None = getattr(self._local, "side", None)
        if scratch is None:
            scratch = self._local.side = np.zeros(self.size, np.int16)
        return scratch


def _not_above(side: NDArray[np.int16]) -> Wanted:
    return lambda nodes: side[nodes] <= 0


def _not_below(side: NDArray[np.int16]) -> Wanted:
    return lambda nodes: side[nodes] >= 0


def _at(side: NDArray[np.int16], level: int) -> Wanted:
    return lambda nodes: side[nodes] == level


def _among(few: Array) -> Wanted:
    return lambda nodes: np.isin(nodes, few)
