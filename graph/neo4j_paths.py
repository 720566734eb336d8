"""The first of very many shortest paths, without spelling them all out.

The entities at each distance from both ends are asked for as sets, up to the middle; then the path is chosen link by
link among those that lie on a shortest path, by entity id and claim id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graph import cypher

Rows = Callable[[str, Mapping[str, Any]], list[Any]]
"""Runs a statement and returns what it collected."""


def first_shortest(rows: Rows, values: Mapping[str, Any], a: int, b: int, length: int) -> tuple[list[int], list[Any]]:
    """Return nodes and claim rows of the first of the shortest paths.

    Parameters
    ----------
    rows : callable
    values : mapping
        Parameters of the scope and of the types of links.
    a, b : int
        Different entities.
    length : int
        How many links the shortest paths between them have.
    """
    middle = length // 2
    from_a, from_b = _levels(rows, values, a, middle), _levels(rows, values, b, length - middle)
    allowed: list[set[int]] = [set(from_a[middle]) & set(from_b[length - middle])]
    for level in reversed(from_a[:middle]):
        beside = rows(cypher.BESIDE, {**values, "nids": sorted(allowed[0])})
        allowed.insert(0, set(level) & set(beside))
    allowed += [set(level) for level in reversed(from_b[: length - middle])]
    eids = {node: eid for level in (*from_a, *from_b) for node, eid in level.items()}
    nodes, claims = [a], []
    for level_set in allowed[1:]:
        here = nodes[-1]
        found = rows(cypher.NEIGHBOURS, {**values, "nid": here, "kinds": None, "limit": 2**31})
        ends = [(row[4] if row[2] == here else row[2], row) for row in found]
        _, _, node, claim = min((eids[end], row[1], end, row) for end, row in ends if end in level_set)
        nodes.append(node)
        claims.append(claim)
    return nodes, claims


def _levels(rows: Rows, values: Mapping[str, Any], start: int, hops: int) -> list[dict[int, str]]:
    """Return per number of hops the entities that far away, with their random ids."""
    levels, seen = [{start: ""}], {start}
    for hop in range(1, hops + 1):
        level = {n: eid for n, eid in rows(cypher.within(hop), {**values, "nid": start}) if n not in seen}
        seen |= set(level)
        levels.append(level)
    return levels
