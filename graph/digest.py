"""One SHA-256 over what an engine holds, computed from what is read back out of it.

Rows come in any order: each is hashed by itself and the hashes are added modulo 2^256, so nothing has to be sorted.
Every property of an entity and a claim goes in, and when it was retracted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import orjson

MODULUS = 1 << 256


class ContentDigest:
    """Adds up entities and claims."""

    def __init__(self) -> None:
        self._total = 0
        self._counts = [0, 0]

    def entities(self, rows: Iterable[Sequence[object]]) -> None:
        """Add entities: number, random id in hexadecimal, kind, namespace, delivered id."""
        for row in rows:
            self._add(0, row)

    def claims(self, rows: Iterable[Sequence[object]]) -> None:
        """Add claims: the items of a `ClaimRow` with the id in hexadecimal, then when it was retracted or None."""
        for row in rows:
            self._add(1, row)

    def hexdigest(self) -> str:
        """Return the digest, over the sum and how many rows of each sort there were."""
        return hashlib.sha256(orjson.dumps([*self._counts, f"{self._total:064x}"])).hexdigest()

    def _add(self, sort: int, row: Sequence[object]) -> None:
        self._counts[sort] += 1
        self._total = (
            self._total + int.from_bytes(hashlib.sha256(orjson.dumps([sort, row])).digest(), "big")
        ) % MODULUS
