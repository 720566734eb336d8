"""Random-looking ids that are equal for equal deliveries in one home, and say nothing without its keys.

All are BLAKE2b with a key (RFC 7693), which needs no separate HMAC construction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Protocol

import numpy as np
import numpy.typing as npt

MODULUS = 1 << 256
_SLOTS = [slot.to_bytes(2, "big") for slot in range(256)]


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

    def held_by(self, markings: Sequence[int] | npt.NDArray[np.int64], cids: Sequence[bytes]) -> dict[int, int]:
        """Return what claims, one cid each, add to the set digest of each of their markings."""
        hashes = b"".join(_hashed(self._digest, cids, 32))
        numbers = np.asarray(markings, dtype=np.int64)
        order = np.argsort(numbers, kind="stable")
        found, starts = np.unique(numbers[order], return_index=True)
        # parts of 32 bits in sums of 64: no overflow below 2**32 claims
        parts = np.frombuffer(hashes, dtype=">u4").reshape(-1, 8)[order].astype(np.uint64)
        sums = np.add.reduceat(parts, starts, axis=0) if len(found) else parts
        return {
            marking: sum(part << (32 * place) for place, part in enumerate(reversed(row)))
            for marking, row in zip(found.tolist(), sums.tolist(), strict=True)
        }

    def withdrawn(self, cid: bytes) -> int:
        """Return what the retraction of a claim adds to the set digest of its marking."""
        return int.from_bytes(blake2b(cid + b"-", key=self._digest, digest_size=32).digest(), "big")


def eid_under(key: bytes, delivered: str) -> bytes:
    """Return the id of an entity under the key of its namespace."""
    return blake2b(delivered.encode(), key=key, digest_size=16).digest()


def eids_under(key: bytes, delivered: Iterable[str]) -> list[bytes]:
    """Return what `eid_under` gives for each of many."""
    return _hashed(key, map(str.encode, delivered), 16)


def first_cids(key: bytes, contents: Sequence[bytes]) -> list[bytes]:
    """Return what `cid_under` gives for the first claims of rows that no row before says the same as."""
    place = _SLOTS[0]
    return _hashed(key, [content + content + place for content in contents], 16)


def cid_under(key: bytes, row_identity: bytes, content: bytes, slot: int) -> bytes:
    """Return the id of a claim under the key of its namespace."""
    place = _SLOTS[slot] if slot < 256 else slot.to_bytes(2, "big")
    return blake2b(b"".join((row_identity, content, place)), key=key, digest_size=16).digest()


def _hashed(key: bytes, texts: Iterable[bytes], size: int) -> list[bytes]:
    """Hash many texts under one key. A copied beginning costs half of what a new one does: the key is in it."""
    begun = blake2b(key=key, digest_size=size).copy
    found = []
    for text in texts:
        hashing = begun()
        hashing.update(text)
        found.append(hashing.digest())
    return found
