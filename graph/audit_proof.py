"""Proofs over the audit's Merkle tree (RFC 6962, checked as in RFC 9162): an entry is in it, a larger tree holds a
smaller one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from graph.audit_format import join_nodes, segments


def leaves(folder: Path, size: int | None = None) -> list[bytes]:
    """Return the leaf hashes of a log's entries, of the first `size` or of all."""
    found: list[bytes] = []
    for path in segments(folder):
        with path.open("rb") as lines:
            for line in lines:
                if len(found) == size or not line.endswith(b"\n"):
                    return found
                found.append(hashlib.sha256(b"\x00" + line[:-1]).digest())
    return found


def root_of(nodes: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    if not nodes:
        return hashlib.sha256(b"").digest()
    level = list(nodes)
    while len(level) > 1:  # a node without a neighbour goes up as it is
        pairs = [join_nodes(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(level) & ~1 :]
    return level[0]


def inclusion(nodes: Sequence[bytes], index: int) -> list[bytes]:
    """Return what joins one leaf to the root, nearest first."""
    proof: list[bytes] = []
    low, high = 0, len(nodes)
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(root_of(nodes[middle:high]))
            high = middle
        else:
            proof.append(root_of(nodes[low:middle]))
            low = middle
    return proof[::-1]


def consistency(nodes: Sequence[bytes], old: int) -> list[bytes]:
    """Return what shows that the tree over `nodes` goes on from its first `old` leaves."""
    if not 0 < old < len(nodes):
        return []
    proof: list[bytes] = []
    low, high, whole = 0, len(nodes), True
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            proof.append(root_of(nodes[middle:high]))
            high = middle
        else:
            proof.append(root_of(nodes[low:middle]))
            low, whole = middle, False
    if not whole:
        proof.append(root_of(nodes[low:high]))
    return proof[::-1]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Check a proof that a leaf is the one at `index` of a tree."""
    if not 0 <= index < size:
        return False
    at, last, node = index, size - 1, leaf
    for other in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            node = join_nodes(other, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = join_nodes(node, other)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root


def is_consistent(old: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """Check a proof that a tree goes on from a smaller one."""
    if old == size:
        return not proof and old_root == root
    if old == 0:
        return not proof
    if not 0 < old < size or not proof:
        return False
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = join_nodes(other, first), join_nodes(other, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = join_nodes(second, other)
        at, last = at >> 1, last >> 1
    return last == 0 and first == old_root and second == root


def _split(size: int) -> int:
    """Return the largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1
