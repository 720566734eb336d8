"""Paths whose links are taken in order of time, over the columns."""

from __future__ import annotations

import numpy as np

from graph.traversal import LATER, Array, Mask, Reached, Walker


def time_path(
    walker: Walker, mask: Mask, a: int, b: int, bounds: tuple[str, str], most: int
) -> tuple[list[int], list[tuple[int, int]]] | None:
    """Return the path that arrives first when each link is used no earlier than the one before.

    Parameters
    ----------
    bounds : (str, str)
        The columns that say from when and until when a link can be used.
    most : int
        Most links.

    Notes
    -----
    Earliest arrival by layers (at most so many links), then backwards the latest day on which the goal is still
    reached in time with so many links left, then forwards the first choice by id among the links that keep it
    reachable.
    """
    arrival = _arrivals(walker, mask, a, b, bounds, most)
    if arrival is None:
        return None
    first, goal, links = arrival
    latest: list[tuple[Array, Array]] = [(np.array([b], np.int32), np.array([goal], np.int64))]
    for _ in range(links - 1):
        latest.append(_latest(walker, mask, latest[-1], first, bounds))
    nodes, claims, now = [a], [], np.int64(-LATER)
    for allowed, until in reversed(latest):
        found = walker.links(mask, np.array([nodes[-1]], np.int32))
        begin, end = _days(walker, found, bounds)
        place = np.minimum(np.searchsorted(allowed, found.node), len(allowed) - 1)
        use = np.maximum(begin, now)
        fits = (allowed[place] == found.node) & (use <= np.minimum(end, until[place]))
        node = walker.first(found.node[fits])
        segment, row = walker.first_claim(found, np.flatnonzero(fits & (found.node == node)))
        now = max(now, np.int64(walker.segments[segment].claims[bounds[0]][row]))
        nodes.append(node)
        claims.append((segment, row))
    return nodes, claims


def _arrivals(
    walker: Walker, mask: Mask, a: int, b: int, bounds: tuple[str, str], most: int
) -> tuple[Array, int, int] | None:
    """Return the earliest arrival everywhere, the one at `b`, and the least number of links that gives it."""
    first = np.full(walker.size, LATER, np.int64)
    first[a] = -LATER
    front, links = np.array([a], np.int32), 0
    for layer in range(1, most + 1):
        found = walker.links(mask, front)
        begin, end = _days(walker, found, bounds)
        use = np.maximum(begin, first[front][found.origin])
        better = (use <= end) & (use < first[found.node]) & (use < first[b])
        node, use = found.node[better], use[better]
        if not len(node):
            break
        before = first[b]
        np.minimum.at(first, node, use)
        if first[b] < before:
            links = layer
        front = np.unique(node)
    return (first, int(first[b]), links) if links else None


def _latest(
    walker: Walker, mask: Mask, goal: tuple[Array, Array], first: Array, bounds: tuple[str, str]
) -> tuple[Array, Array]:
    """Return the entities from which one more link still reaches the goal in time, and until which day."""
    nodes, until = goal
    found = walker.links(mask, nodes)
    begin, end = _days(walker, found, bounds)
    last = np.minimum(end, until[found.origin])
    fits = (begin <= last) & (first[found.node] <= last)
    node, last = found.node[fits], last[fits]
    distinct, place = np.unique(node, return_inverse=True)
    most = np.full(len(distinct), -LATER, np.int64)
    np.maximum.at(most, place, last)
    return distinct, most


def _days(walker: Walker, found: Reached, bounds: tuple[str, str]) -> tuple[Array, Array]:
    """Return from when and until when each link found can be used."""
    if len(walker.segments) == 1:
        claims = walker.segments[0].claims
        return claims[bounds[0]][found.row].astype(np.int64), claims[bounds[1]][found.row].astype(np.int64)
    begin, end = np.empty(len(found.row), np.int64), np.empty(len(found.row), np.int64)
    for i, segment in enumerate(walker.segments):
        here = found.segment == i
        begin[here] = segment.claims[bounds[0]][found.row[here]]
        end[here] = segment.claims[bounds[1]][found.row[here]]
    return begin, end
