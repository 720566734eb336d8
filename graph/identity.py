"""Random-looking ids that are equal for equal deliveries in one home, and say nothing without its keys.

All are BLAKE2b with a key (RFC 7693), which needs no separate HMAC construction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from hashlib import blake2b
from typing import Protocol

import numpy as np

MODULUS = 1 << 256


class Secrets(Protocol):
    """Derives keys, one per use."""

    def secret(self, purpose: str) -> bytes: ...


class Identity:
    """Makes ids with the keys of one home.

    Parameters
    ----------
    secrets : Secrets
        Derives a key per use; a `graph.home.Home`.
    """

    def __init__(self, secrets: Secrets) -> None:
        self._entity = secrets.secret("entity-id")
        self._claim = secrets.secret("claim-id")
        self._digest = secrets.secret("set-digest")

    def entity_key(self, namespace: str) -> bytes:
        """Return the key under which the delivered ids of a namespace are hashed."""
        return blake2b(namespace.encode(), key=self._entity, digest_size=32).digest()

    def claim_key(self, namespace: str) -> bytes:
        """Return the key under which the claims of a namespace are hashed."""
        return blake2b(namespace.encode(), key=self._claim, digest_size=32).digest()

    def eid(self, namespace: str, delivered: str) -> bytes:
        """Return the 16-byte id of an entity."""
        return eid_under(self.entity_key(namespace), delivered)

    def cid(self, namespace: str, row_identity: bytes, content: bytes, slot: int) -> bytes:
        """Return the 16-byte id of a claim.

        Row identity and content are 32 bytes each; the slot is the claim's place among the claims of its row.
        """
        return cid_under(self.claim_key(namespace), row_identity, content, slot)

    def held(self, cid: bytes) -> int:
        """Return what a claim adds to the set digest of its marking."""
        return int.from_bytes(blake2b(cid, key=self._digest, digest_size=32).digest(), "big")

    def held_by(self, claims: Iterable[tuple[int, bytes]]) -> list[tuple[int, int]]:
        """Return what claims, each given with its marking, add to the set digest of each marking."""
        key, by_marking = self._digest, defaultdict[int, list[bytes]](list)
        for marking, cid in claims:
            by_marking[marking].append(blake2b(cid, key=key, digest_size=32).digest())
        return [(marking, _sum(b"".join(hashes))) for marking, hashes in by_marking.items()]

    def withdrawn(self, cid: bytes) -> int:
        """Return what the retraction of a claim adds to the set digest of its marking."""
        return int.from_bytes(blake2b(cid + b"-", key=self._digest, digest_size=32).digest(), "big")


def eid_under(key: bytes, delivered: str) -> bytes:
    """Return the id of an entity under the key of its namespace."""
    return blake2b(delivered.encode(), key=key, digest_size=16).digest()


def cid_under(key: bytes, row_identity: bytes, content: bytes, slot: int) -> bytes:
    """Return the id of a claim under the key of its namespace."""
    return blake2b(row_identity + content + slot.to_bytes(2, "big"), key=key, digest_size=16).digest()


def _sum(hashes: bytes) -> int:
    """Return the sum of numbers of 32 bytes each; at most 2**32 of them, so that no 32-bit part runs over 64 bits."""
    parts = np.frombuffer(hashes, dtype=">u4").reshape(-1, 8).sum(axis=0, dtype=np.uint64)
    return sum(int(part) << (32 * place) for place, part in enumerate(parts[::-1]))
