"""The shortest path between two entities over the columns."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from graph.traversal import Array, Counts, Ends, Mask, Walker, Wanted

_LARGE = 2_000
"""A level of more entities than this is not counted before it is walked on from."""
_MARKED = 64
"""Added to the level of an entity on the way from the start that leads to the goal. Levels fit into a byte."""
MOST_LINKS = 60
"""The longest path that can be asked for."""


@dataclass(slots=True)
class _Search:
    """Breadth first from one end.

    Parameters
    ----------
    sign : int
        1 from the start, -1 from the goal: of the levels in `side`.
    levels : list of array
        Entities by level; among those of the last are repeats and earlier ones until it is walked on from.
    """

    sign: int
    levels: list[Array]
    walked: list[Ends] = field(default_factory=list)
    """Ends of the links that left each level walked on from."""
    counts: Counts | None = None
    width: int = 0
    """How many links leave the last level: about, where that is many."""

    def measure(self, walker: Walker, mask: Mask, side: NDArray[np.int8]) -> None:
        """Find the width of the last level. Of a large one a guess is enough to choose the narrower side."""
        self.counts, self.width = None, len(self.levels[-1]) * walker.mean_degree
        if len(self.levels[-1]) <= _LARGE:
            self.width = walker.degree(self.levels[-1], self._count(walker, mask, side))

    def step(self, walker: Walker, mask: Mask, side: NDArray[np.int8]) -> Ends:
        """Return the ends of the links that leave the last level."""
        counts = self.counts or self._count(walker, mask, side)
        ends = walker.ends(mask, self.levels[-1], _beyond(side, self.sign), counts)
        self.walked.append(ends)
        return ends

    def reach(self, side: NDArray[np.int8], ends: Array, at: Array) -> bool:
        """Take ends as the next level, `at` being what `side` says of them; say whether any is new."""
        new = at == 0
        at[new] = self.sign * (len(self.levels) + 1)
        side[ends.astype(np.intp)] = at  # numpy writes by its own kind of number twice as fast
        self.levels.append(ends)
        return bool(new.any())

    def _count(self, walker: Walker, mask: Mask, side: NDArray[np.int8]) -> Counts:
        last = walker.distinct(self.levels[-1])
        self.levels[-1] = last = last[side.take(last) == self.sign * len(self.levels)]
        self.counts = walker.counts(mask, last)
        return self.counts


def shortest_path(
    walker: Walker, mask: Mask, a: int, b: int, most: int
) -> tuple[list[int], list[tuple[int, int]]] | None:
    """Return one shortest path as nodes and (segment, row) of its links; two different ends.

    Parameters
    ----------
    most : int
        Most links, no more than `MOST_LINKS`.

    Raises
    ------
    ValueError
        More than that were allowed.

    Notes
    -----
    Breadth first from both ends, the frontier with fewer links first. Among the shortest paths it is the one whose
    entity ids, read from `a`, come first, and between two entities the claim whose id comes first: so it does not
    depend on which side moved.
    """
    if most > MOST_LINKS:
        raise ValueError(f"A path may have at most {MOST_LINKS} links; {most} were allowed. Ask for a shorter one.")
    side = walker.scratch()
    start, goal = _Search(1, [np.array([a], np.int32)]), _Search(-1, [np.array([b], np.int32)])
    side[a], side[b] = 1, -1
    try:
        touching = _meet(walker, mask, side, (start, goal), most)
        return None if touching is None else _spell_out(walker, mask, side, (start, goal), touching)
    finally:
        side.fill(0)


def _meet(
    walker: Walker, mask: Mask, side: NDArray[np.int8], searches: tuple[_Search, _Search], most: int
) -> Array | None:
    """Search from both ends until they touch.

    Returns
    -------
    array or None
        Entities of the last level from the start that a link joins to the last level from the goal, with repeats.
    """
    for search in searches:
        search.measure(walker, mask, side)
    for _ in range(most):
        moving = min(searches, key=lambda search: search.width)
        ends = moving.step(walker, mask, side)
        at = side.take(ends.node)
        met = np.flatnonzero(at < 0 if moving.sign == 1 else at > 0)
        if len(met):
            return moving.levels[-1][ends.place(met)] if moving.sign == 1 else ends.node[met]
        if not moving.reach(side, ends.node, at):
            return None
        moving.measure(walker, mask, side)
    return None


def _spell_out(
    walker: Walker, mask: Mask, side: NDArray[np.int8], searches: tuple[_Search, _Search], touching: Array
) -> tuple[list[int], list[tuple[int, int]]]:
    """Choose the path: mark backwards what leads to the meeting, then go forwards by first id.

    `side` holds for each entity its level counted from 1, negative on the side of the goal, 0 where neither has been.
    """
    start, goal = searches
    allowed = walker.distinct(touching)
    for level in range(len(start.levels), 1, -1):
        side[allowed] = level + _MARKED
        if level > 2:
            ends = start.walked[level - 2]
            leading = ends.place(np.flatnonzero(side.take(ends.node) == level + _MARKED))
            allowed = walker.distinct(start.levels[level - 2][leading])
    wanted = [level + _MARKED for level in range(2, len(start.levels) + 1)]
    wanted += [-level for level in range(len(goal.levels), 1, -1)]
    nodes, claims = [int(start.levels[0][0])], list[tuple[int, int]]()
    for level in wanted:
        found = walker.links(mask, np.array([nodes[-1]], np.int32), _at(side, level))
        node = walker.first(found.node)
        nodes.append(node)
        claims.append(walker.first_claim(found, np.flatnonzero(found.node == node)))
    last = int(goal.levels[0][0])
    claims.append(walker.first_claim(walker.between(mask, nodes[-1], last)))
    return [*nodes, last], claims


def _beyond(side: NDArray[np.int8], sign: int) -> Wanted:
    return (lambda nodes: side.take(nodes) <= 0) if sign == 1 else (lambda nodes: side.take(nodes) >= 0)


def _at(side: NDArray[np.int8], level: int) -> Wanted:
    return lambda nodes: side.take(nodes) == level
