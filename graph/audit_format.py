"""How the audit is written: canonical lines, their chain, and the Merkle tree over them (RFC 6962). Writer and verifier
share only this.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

GENESIS: Final = "0" * 64
CHECKPOINTS: Final = "checkpoints.jsonl"
WITNESSED: Final = "witnessed.note"
"""The latest checkpoint that a witness signed as well."""


_SORTED: Final = orjson.OPT_SORT_KEYS


def canonical(body: Mapping[str, Any]) -> bytes:
    """Return JSON with sorted keys and no blanks."""
    return orjson.dumps(body, option=_SORTED)


def sha256(data: bytes) -> str:
    """Return the SHA-256 as hex."""
    return hashlib.sha256(data).hexdigest()


def seal(body: Mapping[str, Any]) -> bytes:
    """Return the line of an entry: its body with `hash`, the SHA-256 of the rest, and no line end."""
    # each half is written once: keys are in order, so `hash` stands between those before and those after it
    before = orjson.dumps({k: v for k, v in body.items() if k < "hash"}, option=_SORTED)[1:-1]
    after = orjson.dumps({k: v for k, v in body.items() if k > "hash"}, option=_SORTED)[1:-1]
    digest = sha256(b"{%b}" % b",".join(filter(None, (before, after))))
    return b"{%b}" % b",".join(filter(None, (before, b'"hash":"%b"' % digest.encode(), after)))


def segment_path(folder: Path, number: int) -> Path:
    """Return where a segment lies."""
    return folder / f"{number:06}.log"


def segments(folder: Path) -> list[Path]:
    """Return the segment files by number."""
    return sorted(p for p in folder.glob("*.log") if p.stem.isdigit())


class Tree:
    """The root of a growing list of leaves, kept as the roots of its full subtrees, largest first.

    Parameters
    ----------
    size : int
        Number of leaves so far.
    roots : sequence of str
        Hex roots of the full subtrees of that size.
    """

    def __init__(self, size: int = 0, roots: Sequence[str] = ()) -> None:
        self.size = size
        self._roots = [bytes.fromhex(r) for r in roots]

    def add(self, line: bytes) -> None:
        """Append one leaf."""
        node = hashlib.sha256(b"\x00" + line).digest()
        left = self.size
        while left & 1:
            node = join_nodes(self._roots.pop(), node)
            left >>= 1
        self._roots.append(node)
        self.size += 1

    def root(self) -> str:
        """Return the root over all leaves, as hex; of none, the hash of nothing."""
        if not self._roots:
            return sha256(b"")
        node = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            node = join_nodes(left, node)
        return node.hex()

    def frontier(self) -> list[str]:
        """Return what is needed to go on from here."""
        return [r.hex() for r in self._roots]


def join_nodes(left: bytes, right: bytes) -> bytes:
    """Return the node over two."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def sidecar_path(folder: Path, digest: str) -> Path:
    """Return where the list of the many that an answer showed lies, by its digest."""
    name = digest if digest.isalnum() else "none"
    return folder / "touched" / f"{name}.set"
