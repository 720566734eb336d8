"""Random draws in whole numbers only, so that a seed gives the same bytes on every machine.

The generator is SplitMix64 (Steele, Lea & Flood 2014) used as a counter: draw number `i` of a stream is a hash of the
stream's key and `i`. Streams are named, so a new draw in one corner of the world shifts nothing elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import MutableSequence, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Ints = NDArray[np.int64]

_GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def stream_key(seed: int, *labels: str | int) -> int:
    """The 64-bit key of a named stream."""
    text = "\x1f".join([str(seed), *map(str, labels)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _mix(z: int) -> int:
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


class Stream:
    """Arrays of draws. Each method call takes a name of its own, so the order of calls does not matter.

    Examples
    --------
    >>> Stream(7, "demo").below(10, 4, "die").shape
    (4,)
    """

    def __init__(self, seed: int, *labels: str | int) -> None:
        self._seed, self._labels = seed, labels

    def u32(self, shape: int | tuple[int, ...], name: str) -> Ints:
        """Uniform whole numbers below 2**32."""
        count = int(np.prod(shape, dtype=np.int64))
        key = np.uint64(stream_key(self._seed, *self._labels, name))
        z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GOLDEN) + key
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
        return (z >> np.uint64(32)).astype(np.int64).reshape(shape)

    def below(self, bound: int | Ints, shape: int | tuple[int, ...], name: str) -> Ints:
        """Uniform whole numbers in [0, bound); `bound` may be an array of the same shape."""
        return (self.u32(shape, name) * bound) >> 32

    def chance(self, permille: int | Ints, shape: int | tuple[int, ...], name: str) -> NDArray[np.bool_]:
        """True with the given probability in thousandths."""
        return self.below(1000, shape, name) < permille

    def pick(self, weights: Sequence[int], shape: int | tuple[int, ...], name: str) -> Ints:
        """Indices drawn in proportion to whole-number weights."""
        edges = np.cumsum(np.asarray(weights, dtype=np.int64))
        return np.searchsorted(edges, self.below(int(edges[-1]), shape, name), side="right").astype(np.int64)


class Dice:
    """Draws one at a time, for the small parts of the world."""

    def __init__(self, seed: int, *labels: str | int) -> None:
        self._state = stream_key(seed, *labels)

    def u32(self) -> int:
        self._state = (self._state + _GOLDEN) & _MASK
        return _mix(self._state) >> 32

    def below(self, bound: int) -> int:
        return (self.u32() * bound) >> 32

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def chance(self, permille: int) -> bool:
        return self.below(1000) < permille

    def choice(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]

    def weighted(self, items: Sequence[T], weights: Sequence[int]) -> T:
        left = self.below(sum(weights))
        for item, weight in zip(items, weights, strict=True):
            if left < weight:
                return item
            left -= weight
        raise AssertionError("weights must be positive")

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """Up to `count` different items, in drawn order."""
        pool = list(items)
        self.shuffle(pool)
        return pool[:count]

    def shuffle(self, items: MutableSequence[T]) -> None:
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]

    def rare(self, mean_permille: int) -> int:
        """A count of rare events with the given mean in thousandths (binomial of 20 trials, close to Poisson)."""
        bound = mean_permille // 20
        return sum(self.below(1000) < bound for _ in range(20)) if mean_permille < 20_000 else mean_permille // 1000
