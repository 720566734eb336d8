"""Walking over the columns with the scope as a mask on links.

The mask is tested on the links of the frontier only, so the cost follows the answer and not the graph. Whatever is
picked among equals is picked by random ids, so the answer depends on nothing but what the scope shows.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.columns_build import Segment
from graph.shown_links import KeptLinks, ShownLinks

Array = NDArray[Any]
LATER = np.int64(2**62)
Wanted = Callable[[Array], NDArray[np.bool_]]
"""Says of other ends which of them are asked for: tested before the mask, which costs more."""


Counts = list[tuple[ShownLinks, Array] | None]
"""By segment, packed links and how many of them each entity of a frontier has; None where a segment is not packed."""


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


@dataclass(frozen=True, slots=True)
class Ends:
    """Other ends of links in scope at a frontier, entity by entity within a segment.

    Either `counts` says how many each entity of the frontier has, or `places` of which entity each is.
    """

    node: Array
    counts: Array | None
    places: Array | None

    def place(self, chosen: Array) -> Array:
        """Return the places in the frontier from which some of the ends were reached."""
        if self.places is not None:
            return self.places[chosen]
        assert self.counts is not None
        return np.searchsorted(np.cumsum(self.counts), chosen, side="right")


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
        self.mean_degree = 1 + sum(len(s.links["row"]) for s in segments) // max(self.size, 1)
        self._local = threading.local()
        self._kept = KeptLinks(segments, gone)

    def neighbours(self, mask: Mask, front: Array) -> Array:
        """Return the other ends of the links in scope at `front`, with repeats."""
        return self.ends(mask, front).node

    def ends(self, mask: Mask, front: Array, hint: Wanted | None = None, counts: Counts | None = None) -> Ends:
        """Return the other ends of the links in scope at `front`, with repeats; unhinted ones may be left out.

        `counts` is what `counts` said of this frontier, where it has been asked.
        """
        counts = counts or self.counts(mask, front)
        parts = [self._ends(i, mask, front, hint, counts[i]) for i in range(len(self.segments))]
        if len(parts) == 1:
            return parts[0]
        places = [part.place(np.arange(len(part.node))) for part in parts]
        return Ends(np.concatenate([part.node for part in parts]), None, np.concatenate(places))

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
            front = self.distinct(reached[~seen[reached]])
            if not len(front) or room <= 0:
                break
            seen[front] = True
            level = self.by_id(front)[:room]
            levels.append((level, hop))
            room -= len(level)
        return levels

    def by_id(self, nodes: Array) -> Array:
        """Return the nodes by random id."""
        return nodes[np.lexsort((self.low[nodes], self.high[nodes]))]

    def first(self, nodes: Array) -> int:
        """Return the node whose random id comes first."""
        if len(nodes) == 1:
            return int(nodes[0])
        best = nodes[self.high[nodes] == self.high[nodes].min()]
        return int(best[np.argmin(self.low[best])])

    def between(self, mask: Mask, a: int, b: int) -> Reached:
        """Return the links in scope that join two entities, read at the one that has fewer."""
        few, other = sorted((a, b), key=self._links_of)
        return self.links(mask, np.array([few], np.int32), lambda nodes: nodes == other)

    def _links_of(self, node: int) -> int:
        starts = [s.links["start"] for s in self.segments]
        return sum(int(start[node + 1]) - int(start[node]) for start in starts if node + 1 < len(start))

    def first_claim(self, found: Reached, choice: Array | None = None) -> tuple[int, int]:
        """Return segment and row of the claim whose id comes first among the links found, or among some of them."""
        among = range(len(found.node)) if choice is None else choice.tolist()
        best = min(among, key=lambda i: self.claim_id(int(found.segment[i]), int(found.row[i])))
        return int(found.segment[best]), int(found.row[best])

    def claim_id(self, segment: int, row: int) -> bytes:
        """Return the random id of a claim."""
        return bytes(self.segments[segment].claims["cid"][row].tobytes())

    def counts(self, mask: Mask, front: Array) -> Counts:
        """Return, by segment, the packed links of a mask with how many of them each entity of a frontier has."""
        kept = [self._kept.of(i, mask) for i in range(len(self.segments))]
        return [(links, links.counts(front)) if links is not None else None for links in kept]

    def degree(self, front: Array, counts: Counts) -> int:
        """Return how many links leave `front`: those in scope where they are packed, else all."""
        total = 0
        for segment, packed in zip(self.segments, counts, strict=True):
            if packed is not None:
                total += int(packed[1].sum())
                continue
            start = segment.links["start"]
            known = front if len(start) > self.size else front[front < len(start) - 1]
            total += int((start[known + 1] - start[known]).sum())
        return total

    def _ends(
        self, i: int, mask: Mask, front: Array, hint: Wanted | None, packed: tuple[ShownLinks, Array] | None
    ) -> Ends:
        if packed is None:
            _, node, origin = self._step(i, mask, front, hint)
            return Ends(node, None, origin)
        links, counts = packed
        return Ends(links.at(front, counts), counts, None)

    def _step(self, i: int, mask: Mask, front: Array, wanted: Wanted | None = None) -> tuple[Array, Array, Array]:
        """Return place among the links, other end and place in the frontier of the links in scope of one segment."""
        if len(front) == 1:
            slots, other = self._beside(i, mask, int(front[0]), wanted)
            return slots, other, np.zeros(len(slots), np.int32)
        links = self.segments[i].links
        slots, origin = self._slots(links["start"], front)
        other = links["neighbour"][slots]
        if wanted is not None:
            asked = np.flatnonzero(wanted(other))
            slots, origin, other = slots[asked], origin[asked], other[asked]
        shown = self._shown(i, mask, slots)
        return slots[shown], other[shown], origin[shown]

    def _beside(self, i: int, mask: Mask, node: int, wanted: Wanted | None) -> tuple[Array, Array]:
        """Return `_step` of one entity, whose links lie side by side: place among the links and other end."""
        links = self.segments[i].links
        start = links["start"]
        if node + 1 >= len(start):
            return np.zeros(0, np.int64), links["neighbour"][:0]
        begin, end = int(start[node]), int(start[node + 1])
        other = links["neighbour"][begin:end]
        asked = np.flatnonzero(wanted(other)) if wanted is not None else np.arange(end - begin)
        slots = asked + begin
        shown = np.flatnonzero(self._shown(i, mask, slots))
        return slots.take(shown), other.take(asked.take(shown))

    def _slots(self, start: Array, front: Array) -> tuple[Array, Array]:
        """Return the places of all links at `front`, and the place in the frontier that each is of."""
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
        """Say which links are in scope."""
        kept = self._kept.of(i, mask)
        if kept is not None:
            return kept.shown[slots]
        self._kept.tested(i, mask, len(slots))
        return mask.of(self.segments[i], self.gone[i], self.segments[i].links["row"][slots])

    def distinct(self, nodes: Array) -> Array:
        """Return each node once. Whoever is written last into a scratch array wins, which needs no sorting."""
        if len(nodes) < 2:
            return nodes
        last: Array | None = getattr(self._local, "last", None)
        if last is None:
            last = self._local.last = np.empty(self.size, np.int32)
        place = np.arange(len(nodes), dtype=np.int32)
        last[nodes.astype(np.intp)] = place  # numpy writes by its own kind of number twice as fast
        distinct: Array = nodes.compress(last.take(nodes) == place)
        return distinct

    def scratch(self) -> NDArray[np.int8]:
        """Return this thread's zeroed array; whoever uses it zeroes what it touched."""
        scratch: NDArray[np.int8] | None = getattr(self._local, "side", None)
        if scratch is None:
            scratch = self._local.side = np.zeros(self.size, np.int8)
        return scratch
