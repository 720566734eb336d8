"""How many people can be reached: a maximum flow from segments to places, and the minimum cut that says what binds.

Networks fall into small parts, one per municipality or group of municipalities that share a measure. The parts are
laid side by side in one network and solved in one call: building a network costs more than solving it. Flows are
scipy's (how many) and OR-Tools' (shared out evenly).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graph.errors import Unavailable

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
    return values([part])[0]


def values(asked: Sequence[Part]) -> list[int]:
    """Return for each of many parts how many people can be reached at most; equal parts are solved once."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_flow

    different = list(dict.fromkeys(asked))
    tails, heads, sizes, owners = [], [], [], []
    node = 2  # 0 is where people come from, 1 where places end
    for number, part in enumerate(different):
        services = node + len(part.need)
        for i, (need, own) in enumerate(zip(part.need, part.serves, strict=True)):
            tails += [0, *[node + i] * len(own)]
            heads += [node + i, *(services + j for j in own)]
            sizes += [need] * (1 + len(own))
            owners += [number, *[-1] * len(own)]
        tails += range(services, services + len(part.places))
        heads += [1] * len(part.places)
        sizes += part.places
        owners += [-1] * len(part.places)
        node = services + len(part.places)
    graph = csr_array((np.array(sizes, dtype=np.int32), (tails, heads)), shape=(node, node))
    flow = maximum_flow(graph, 0, 1).flow
    first = np.zeros(node, dtype=np.int64)
    row = flow[[0], :].tocoo()
    first[row.coords[1]] = row.data
    out = np.zeros(len(different), dtype=np.int64)
    for head, owner in zip(heads, owners, strict=True):
        if owner >= 0:
            out[owner] += first[head]
    found = dict(zip(different, out.tolist(), strict=True))
    return [found[part] for part in asked]


def reach(part: Part) -> Reach:
    """Share out the places of one part; see `reaches`."""
    return reaches([part])[0]


def reaches(asked: Sequence[Part]) -> list[Reach]:
    """Share out the places as evenly as a maximum flow allows, and name what binds.

    Each segment's need is cut into tiers of rising cost, so the cheapest maximum flow fills the first part of all
    before the last part of any. What holds a segment back are the full services that can be reached from it in what
    the flow leaves over: one more place at any of them reaches one more person.
    """
    from ortools.graph.python import min_cost_flow

    solver = min_cost_flow.SimpleMinCostFlow()
    node = 2
    tiers: list[list[list[int]]] = []
    moves: list[dict[tuple[int, int], int]] = []
    for part in asked:
        services = node + len(part.need)
        tiers.append([])
        moves.append({})
        for i, need in enumerate(part.need):
            sizes = [need * (tier + 1) // TIERS - need * tier // TIERS for tier in range(TIERS)]
            tiers[-1].append(
                [solver.add_arc_with_capacity_and_unit_cost(0, node + i, size, t) for t, size in enumerate(sizes)]
            )
            for j in part.serves[i]:
                moves[-1][i, j] = solver.add_arc_with_capacity_and_unit_cost(node + i, services + j, need, 0)
        for j, size in enumerate(part.places):
            solver.add_arc_with_capacity_and_unit_cost(services + j, 1, size, 0)
        node = services + len(part.places)
    solver.set_node_supply(0, sum(sum(part.need) for part in asked))
    solver.set_node_supply(1, -sum(sum(part.need) for part in asked))
    if asked and solver.solve_max_flow_with_min_cost() != solver.OPTIMAL:
        raise Unavailable("The places could not be shared out: the flow solver gave up. Run the analysis again.")
    return [
        _read(
            part,
            [[solver.flow(a) for a in arcs] for arcs in tiers[p]],
            {k: solver.flow(a) for k, a in moves[p].items()},
        )
        for p, part in enumerate(asked)
    ]


def _read(part: Part, tiers: list[list[int]], moves: Mapping[tuple[int, int], int]) -> Reach:
    reached = tuple(sum(arcs) for arcs in tiers)
    return Reach(
        reached,
        tuple(
            _holds_back(part, moves, i) if got < need else ()
            for i, (got, need) in enumerate(zip(reached, part.need, strict=True))
        ),
    )


def _holds_back(part: Part, moves: Mapping[tuple[int, int], int], segment: int) -> tuple[int, ...]:
    """Walk the residual network from a segment and return the services met, all of them full."""
    segments, services = {segment}, set[int]()
    queue: list[int] = [segment]
    while queue:
        i = queue.pop()
        for j in part.serves[i]:
            if j not in services:
                services.add(j)
                for k in range(len(part.serves)):
                    if k not in segments and moves.get((k, j), 0) > 0:
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
