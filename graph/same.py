"""Entities that visible verdicts hold to be one: every read goes through this, engines and columns stay raw."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from graph.model import Nid


@dataclass(frozen=True, slots=True)
class Same:
    """The joined entities of one scope.

    Parameters
    ----------
    head : mapping of int to int
        Entity to the one that names its group; only entities in a group of two or more.
    groups : mapping of int to tuple of int
        The naming entity to all of its group, by `eid`.
    """

    head: Mapping[Nid, Nid]
    groups: Mapping[Nid, tuple[Nid, ...]]

    def canonical(self, nid: Nid) -> Nid:
        """Return the entity that names the group of another; itself where it stands alone."""
        return self.head.get(nid, nid)

    def members(self, nid: Nid) -> tuple[Nid, ...]:
        """Return all entities of the group."""
        return self.groups.get(self.canonical(nid), (nid,))


def join(same: Iterable[tuple[Nid, Nid]], not_same: Iterable[tuple[Nid, Nid]], eids: Mapping[Nid, bytes]) -> Same:
    """Join what verdicts say is the same.

    A pair with a verdict each way is not joined. A group that still holds a pair held to be two is not joined at all:
    only a person can say which of its links is wrong.

    Parameters
    ----------
    same, not_same : iterable of (int, int)
    eids : mapping of int to bytes
        The random id of every entity named; the smallest of a group names it.
    """
    apart = {(min(a, b), max(a, b)) for a, b in not_same}
    edges: dict[Nid, set[Nid]] = defaultdict(set)
    for a, b in same:
        if a != b and (min(a, b), max(a, b)) not in apart:
            edges[a].add(b)
            edges[b].add(a)
    head: dict[Nid, Nid] = {}
    groups: dict[Nid, tuple[Nid, ...]] = {}
    seen: set[Nid] = set()
    for start in sorted(edges, key=lambda n: eids[n]):
        if start in seen:
            continue
        group = _reach(start, edges)
        seen |= group
        if any(a in group and b in group for a, b in apart):
            continue
        ordered: Sequence[Nid] = sorted(group, key=lambda n: eids[n])
        groups[ordered[0]] = tuple(ordered)
        head.update(dict.fromkeys(ordered, ordered[0]))
    return Same(head, groups)


def _reach(start: Nid, edges: Mapping[Nid, set[Nid]]) -> set[Nid]:
    group, front = {start}, [start]
    while front:
        for other in edges[front.pop()] - group:
            group.add(other)
            front.append(other)
    return group
