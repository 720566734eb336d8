"""What a method reads: the shape of a projection, and small tools on sorted intervals.

The concrete class is `graph.projection.Projection`; methods are written against the protocol, so that a test or a
notebook can hand in arrays of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class LinksLike(Protocol):
    """Parallel arrays, one place per link claim. Days are days since 1970-01-01; open ends are the sentinels of
    `graph.interval`.
    """

    @property
    def subject(self) -> NDArray[Any]: ...
    @property
    def object(self) -> NDArray[Any]: ...
    @property
    def valid_from(self) -> NDArray[Any]: ...
    @property
    def valid_to(self) -> NDArray[Any]: ...
    @property
    def certain_from(self) -> NDArray[Any]: ...
    @property
    def certain_to(self) -> NDArray[Any]: ...
    @property
    def source(self) -> NDArray[Any]: ...
    @property
    def report(self) -> NDArray[Any]: ...
    @property
    def claim(self) -> Sequence[Any] | NDArray[Any]: ...


class LiteralsLike(Protocol):
    """Parallel arrays, one place per literal claim."""

    @property
    def subject(self) -> NDArray[Any]: ...
    @property
    def value(self) -> Sequence[str] | NDArray[Any]: ...
    @property
    def valid_from(self) -> NDArray[Any]: ...
    @property
    def claim(self) -> Sequence[Any] | NDArray[Any]: ...


class ProjectionLike(Protocol):
    """Arrays of what one view shows: things are dense numbers 0..n-1."""

    @property
    def kinds(self) -> Sequence[str]: ...
    @property
    def kind(self) -> NDArray[Any]: ...
    @property
    def links(self) -> Mapping[str, LinksLike]: ...
    @property
    def literals(self) -> Mapping[str, LiteralsLike]: ...
    @property
    def digest(self) -> str: ...
    def refs(self, i: int, /) -> str: ...
    def labels(self, i: int, /) -> str: ...


def of_kind(projection: ProjectionLike, *names: str) -> Flags:
    """Say of each thing whether its kind is one of `names`."""
    codes = [i for i, kind in enumerate(projection.kinds) if kind in names]
    return np.asarray(np.isin(np.asarray(projection.kind), codes), dtype=np.bool_)


def distinct(values: Ints) -> Ints:
    """Return the distinct values, sorted. For many nearly sorted keys a sort beats hashing several times over."""
    ordered = np.sort(values, kind="stable")
    fresh = np.ones(len(ordered), dtype=np.bool_)
    fresh[1:] = ordered[1:] != ordered[:-1]
    return ordered[fresh]


def total(place: Ints, weights: NDArray[Any], size: int) -> Floats:
    """Sum weights by place."""
    return np.bincount(place, weights=weights, minlength=size).astype(np.float64)


def tally(place: Ints, size: int) -> Ints:
    """Count places."""
    return np.bincount(place, minlength=size).astype(np.int64)


def expand(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Spell out half-open ranges: return the owner's place and each number in its range.

    Examples
    --------
    >>> owner, number = expand(np.array([3, 7]), np.array([5, 8]))
    >>> owner.tolist(), number.tolist()
    ([0, 0, 1], [3, 4, 7])
    """
    length = np.maximum(last - first, 0)
    owner = np.repeat(np.arange(len(first), dtype=np.int64), length)
    step = np.arange(len(owner), dtype=np.int64) - np.repeat(np.cumsum(length) - length, length)
    return owner, first[owner] + step


def unite(key: Ints, start: Ints, end: Ints) -> tuple[Ints, Ints, Ints]:
    """Join closed intervals of one key that touch or overlap; the answer is sorted by key, then start.

    Examples
    --------
    >>> [a.tolist() for a in unite(np.array([1, 1, 2]), np.array([0, 5, 0]), np.array([4, 9, 1]))]
    [[1, 2], [0, 0], [9, 1]]
    """
    if not len(key):
        return key, start, end
    order = np.lexsort((end, start, key))
    key, start, end = key[order], start[order], end[order]
    fresh = np.ones(len(key), dtype=np.bool_)
    # the running maximum of ends must not run over from one key to the next: lift each key onto its own storey
    storey = np.cumsum(np.concatenate([[0], key[1:] != key[:-1]])).astype(np.int64)
    span = int(end.max() - min(int(start.min()), int(end.min()))) + 3
    lifted = np.maximum.accumulate(end + storey * span)
    fresh[1:] = start[1:] + storey[1:] * span > lifted[:-1] + 1
    place = np.flatnonzero(fresh)
    last = np.append(place[1:], len(key)) - 1
    return key[place], start[place], lifted[last] - storey[last] * span
