"""The links of one segment that a mask shows, packed by entity: what walking asks for again and again.

Testing a mask costs a read of the claim for each link. Once a good part of the links has been tested, all are tested
and packed, so that every later step reads other ends side by side and nothing of what is hidden.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from graph.columns_build import Segment
    from graph.traversal import Mask

Array = NDArray[Any]

MOST_MASKS: Final = 8
"""Masks whose links are kept, some five bytes a link each."""
_PATIENCE: Final = 8
"""Links are packed once this part of them has been tested one by one."""
_FEW_ENTITIES: Final = 512
_LINKS_EACH: Final = 40
"""With fewer entities and more links each than this, copying slices beats computing places."""


@dataclass(frozen=True, slots=True)
class ShownLinks:
    """Other ends by entity, of one segment under one mask.

    Parameters
    ----------
    start : array of int64
        Where the links of each entity begin; one longer than there are entities.
    ends : array of int32
        Other ends, by entity.
    shown : array of bool
        For every link of the segment, in its order, whether the mask shows it.
    """

    start: Array
    ends: Array
    shown: NDArray[np.bool_]

    @classmethod
    def of(cls, segment: Segment, mask: Mask, gone: Array | None) -> ShownLinks:
        """Test all links of a segment and pack those in scope."""
        links = segment.links
        shown = mask.of(segment, gone, slice(None))[links["row"]]
        before = np.zeros(len(shown) + 1, np.int64)
        np.cumsum(shown, out=before[1:])
        return cls(before[links["start"]], np.asarray(links["neighbour"])[shown], shown)

    def counts(self, front: Array) -> Array:
        """Return how many links each entity has here; none where it is younger than the segment."""
        if len(front) and int(front.max()) >= len(self.start) - 1:
            known = front < len(self.start) - 1
            inside = np.where(known, front, 0)
            return np.where(known, self.start[inside + 1] - self.start[inside], 0)
        counts: Array = self.start[front + 1] - self.start[front]
        return counts

    def at(self, front: Array, counts: Array) -> Array:
        """Return the other ends of the links at `front`, entity by entity, with repeats."""
        total = int(counts.sum())
        if not total:
            return self.ends[:0]
        first = self.start[np.minimum(front, len(self.start) - 1)]
        if len(front) == 1:
            return self.ends[int(first[0]) : int(first[0]) + total]
        if len(front) <= _FEW_ENTITIES and total > _LINKS_EACH * len(front):
            pairs = zip(first.tolist(), counts.tolist(), strict=True)
            return np.concatenate([self.ends[begin : begin + count] for begin, count in pairs])
        ends = np.cumsum(counts)
        return self.ends[np.repeat(first - ends + counts, counts) + np.arange(total)]


@dataclass(slots=True)
class _Tested:
    """What walking has tested with one mask, by segment: how many links, and the packed ones once they are kept."""

    mask: Mask
    """Held, so that no other mask comes to lie where it does."""
    links: dict[int, int] = field(default_factory=dict)
    kept: dict[int, ShownLinks] = field(default_factory=dict)


class KeptLinks:
    """Packed links by mask and segment, of the masks used last.

    Parameters
    ----------
    segments : sequence of Segment
    gone : sequence of (array or None)
        Per segment, when each claim was retracted.
    """

    def __init__(self, segments: Sequence[Segment], gone: Sequence[Array | None]) -> None:
        self._segments = segments
        self._gone = gone
        self._tested: OrderedDict[int, _Tested] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, i: int, mask: Mask) -> ShownLinks | None:
        """Return the packed links of a segment under a mask, if they are kept."""
        return self._of(mask).kept.get(i)

    def tested(self, i: int, mask: Mask, links: int) -> None:
        """Count links that were tested one by one; pack all of them once they were many."""
        tested = self._of(mask)
        tested.links[i] = tested.links.get(i, 0) + links
        if tested.links[i] * _PATIENCE > len(self._segments[i].links["row"]) and i not in tested.kept:
            tested.kept[i] = ShownLinks.of(self._segments[i], mask, self._gone[i])

    def _of(self, mask: Mask) -> _Tested:
        with self._lock:
            tested = self._tested.get(id(mask))
            if tested is None:
                tested = self._tested[id(mask)] = _Tested(mask)
            self._tested.move_to_end(id(mask))
            while len(self._tested) > MOST_MASKS:
                self._tested.popitem(last=False)
        return tested
