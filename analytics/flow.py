"""How many people can be reached: a maximum flow from segments to places, and the minimum cut that says what binds.

Networks fall into small parts, one per municipality, because a measure takes in the people of its own municipality.
Flow and cut are networkx's and scipy's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

TIERS = 4
"""Steps in which segments are filled, so that places are shared out evenly and not by the order of ids."""


@dataclass(frozen=True, slots=True)
class Part:
    """One independent part: the needs of its segments, the places of its services, and who may go where."""

    need: tuple[int, ...]
    places: tuple[int, ...]
    serves: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """Reached people per segment, and the services of the minimum cut that hold each segment back."""

    reached: tuple[int, ...]
    binding: tuple[tuple[int, ...], ...]


def value(part: Part) -> int:
    """Return how many people can be reached at most.

    Examples
    --------
    >>> value(Part((5, 5), (3, 10), ((0,), (0, 1))))
    8
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_flow

    n, m = len(part.need), len(part.places)
    rows = [0] * n + [1 + i for i, own in enumerate(part.serves) for _ in own] + [1 + n + j for j in range(m)]
    columns = [1 + i for i in range(n)] + [1 + n + j for own in part.serves for j in own] + [1 + n + m] * m
    sizes = [*part.need, *(part.need[i] for i, own in enumerate(part.serves) for _ in own), *part.places]
    graph = csr_array((np.array(sizes, dtype=np.int32), (rows, columns)), shape=(n + m + 2, n + m + 2))
    return int(maximum_flow(graph, 0, n + m + 1).flow_value)


def reach(part: Part) -> Reach:
    """Share out the places as evenly as a maximum flow allows, and name what binds.

    Each segment's need is cut into tiers of rising cost, so the cheapest maximum flow fills the first part of all
    before the last part of any. What holds a segment back are the full services that can be reached from it in what
    the flow leaves over: one more place at any of them reaches one more person.
    """
    import networkx as nx

    graph = nx.DiGraph()
    for i, need in enumerate(part.need):
        for tier in range(TIERS):
            size = need * (tier + 1) // TIERS - need * tier // TIERS
            graph.add_edge("s", ("t", i, tier), capacity=size, weight=tier)
            graph.add_edge(("t", i, tier), ("n", i), capacity=size, weight=0)
        for j in part.serves[i]:
            graph.add_edge(("n", i), ("p", j), capacity=need, weight=0)
    for j, size in enumerate(part.places):
        graph.add_edge(("p", j), "e", capacity=size, weight=0)
    graph.add_node("e")
    flow = nx.max_flow_min_cost(graph, "s", "e")
    reached = tuple(sum(flow["s"][("t", i, tier)] for tier in range(TIERS)) for i in range(len(part.need)))
    binding = tuple(_holds_back(part, flow, i) if reached[i] < part.need[i] else () for i in range(len(part.need)))
    return Reach(reached, binding)


def _holds_back(part: Part, flow: Mapping[object, Mapping[object, int]], segment: int) -> tuple[int, ...]:
    """Walk the residual network from a segment and return the services met, all of them full."""
    segments, services = {segment}, set[int]()
    queue: list[int] = [segment]
    while queue:
        i = queue.pop()
        for j in part.serves[i]:
            if j not in services:
                services.add(j)
                for k, own in enumerate(part.serves):
                    if k not in segments and j in own and flow[("n", k)][("p", j)] > 0:
                        segments.add(k)
                        queue.append(k)
    return tuple(sorted(services))


def parts(serves: Sequence[Sequence[int]], services: int) -> list[list[int]]:
    """Return the segments of each independent part: those that share a service, directly or through others."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    n = len(serves)
    rows = [i for i, own in enumerate(serves) for _ in own]
    columns = [n + j for own in serves for j in own]
    graph = csr_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(n + services, n + services))
    label = connected_components(graph, directed=False)[1]
    out: dict[int, list[int]] = {}
    for i in range(n):
        out.setdefault(int(label[i]), []).append(i)
    return list(out.values())
