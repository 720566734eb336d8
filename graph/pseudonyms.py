"""How a view names things towards its reader: tokens that only this home opens, and pseudonyms short enough to say
aloud.

A token is an id under one block of AES-256, keyed by home and partition (the case, or purpose and actor where there is
no case). It opens again without a table, and the same entity has unlike tokens in two cases, so no token joins them.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from numpy.typing import NDArray

from graph.errors import NotInView

Family = Literal["e", "c"]
"""Entity or claim; the first letter of a token."""

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX: Final = "K-"
SHORTEST: Final = 4
_LONGEST: Final = 12
_BITS: Final = 5
_MOST_OPENED: Final = 20_000
_TOKEN_LETTERS: Final = 26
_BASE32: Final = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", np.uint8)
_WEIGHTS: Final = np.array([16, 8, 4, 2, 1], np.uint8)
_READ: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})


def partition_of(case: str | None, purpose: str, actor: str) -> str:
    """Return the name of the space within which tokens are stable."""
    return f"case|{case}" if case is not None else f"open|{purpose}|{actor}"


class Tokens:
    """Makes and opens the tokens of one partition.

    Parameters
    ----------
    secret : bytes
        The home's key for pseudonyms, 32 bytes.
    partition : str
        See `partition_of`.
    """

    def __init__(self, secret: bytes, partition: str) -> None:
        self.partition = partition
        self._opened: dict[str, bytes] = {}
        """Tokens opened before: what one stands for never changes."""
        self._ciphers = {
            family: Cipher(
                algorithms.AES(HKDF(SHA256(), 32, salt=None, info=f"{family}|{partition}".encode()).derive(secret)),
                modes.ECB(),  # one block of 16 random bytes: there is no second block to compare
            )
            for family in ("e", "c")
        }

    def entity(self, eid: bytes) -> str:
        """Return the token of an entity."""
        return self.entities([eid])[0]

    def entities(self, eids: Sequence[bytes]) -> list[str]:
        """Return the tokens of entities, in order."""
        return self._seal("e", eids)

    def claims(self, cids: Sequence[bytes]) -> list[str]:
        """Return the tokens of claims, in order."""
        return self._seal("c", cids)

    def blocks(self, eids: Sequence[bytes]) -> NDArray[np.uint64]:
        """Return the first 64 bits of each entity's token."""
        sealed = self._encrypt("e", eids)
        return np.frombuffer(sealed, dtype=">u8").reshape(-1, 2)[:, 0].astype(np.uint64)

    def open_entity(self, token: str) -> bytes:
        """Return the id that an entity's token stands for, existing or not.

        Raises
        ------
        NotInView
            Not the text of a token. A token of another partition opens to an id that nothing has.
        """
        return self._open("e", token)

    def open_claim(self, token: str) -> bytes:
        """Return the id that a claim's token stands for; raises like `open_entity`."""
        return self._open("c", token)

    def _encrypt(self, family: Family, ids: Sequence[bytes]) -> bytes:
        encryptor = self._ciphers[family].encryptor()
        return encryptor.update(b"".join(ids)) + encryptor.finalize()

    def _seal(self, family: Family, ids: Sequence[bytes]) -> list[str]:
        blocks = np.frombuffer(self._encrypt(family, ids), np.uint8).reshape(-1, 16)
        bits = np.zeros((len(blocks), _TOKEN_LETTERS * _BITS), np.uint8)
        bits[:, :128] = np.unpackbits(blocks, axis=1)
        letters = _BASE32[bits.reshape(len(blocks), _TOKEN_LETTERS, _BITS) @ _WEIGHTS].tobytes().decode("ascii")
        return [family + letters[at : at + _TOKEN_LETTERS] for at in range(0, len(letters), _TOKEN_LETTERS)]

    def _open(self, family: Family, token: str) -> bytes:
        known = self._opened.get(token)
        if len(token) != 27 or token[0] != family or not token.isascii():
            raise NotInView
        if known is not None:
            return known
        try:
            sealed = base64.b32decode(token[1:].upper() + "======")
        except binascii.Error:
            raise NotInView from None
        decryptor = self._ciphers[family].decryptor()
        opened = decryptor.update(sealed) + decryptor.finalize()
        if len(self._opened) >= _MOST_OPENED:
            self._opened = {}
        self._opened[token] = opened
        return opened


def looks_like_token(text: str) -> bool:
    """Say whether a text has the shape of an entity's token."""
    return len(text) == 27 and text[0] == "e" and text[1:].isalnum() and text.islower()


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Short names for a set of entities, unique within it.

    Built over the identifying entities that one view shows; each name is as short as the set allows, never under four
    letters.
    """

    sorted_blocks: NDArray[np.uint64]
    lengths: NDArray[np.int8]
    order: NDArray[np.int64]
    """Position in the set as given, by rank of block."""

    @classmethod
    def over(cls, blocks: NDArray[np.uint64]) -> Pseudonyms:
        """Build from the token blocks of a set of entities."""
        order = np.argsort(blocks, kind="stable")
        ranked = blocks[order]
        shared = np.zeros(len(ranked) + 1, dtype=np.int64)  # letters shared with the next one
        if len(ranked) > 1:
            differ = ranked[1:] ^ ranked[:-1]
            shared[1:-1] = _leading_letters(differ)
        lengths = np.maximum(shared[:-1], shared[1:]) + 1
        return cls(ranked, np.clip(lengths, SHORTEST, _LONGEST).astype(np.int8), order)

    def name(self, block: int) -> str:
        """Return the pseudonym of an entity of the set; of any other, the longest form."""
        at = int(np.searchsorted(self.sorted_blocks, np.uint64(block)))
        found = at < len(self.sorted_blocks) and int(self.sorted_blocks[at]) == block
        return PREFIX + _letters(block, int(self.lengths[at]) if found else _LONGEST)

    def position(self, name: str) -> int:
        """Return which entity of the set bears a pseudonym, as a position in the set as given.

        Raises
        ------
        NotInView
            None of them does.
        """
        letters = name.strip().upper().removeprefix(PREFIX).translate(_READ)
        if not SHORTEST <= len(letters) <= _LONGEST or any(letter not in CROCKFORD for letter in letters):
            raise NotInView
        low = 0
        for letter in letters:
            low = low << _BITS | CROCKFORD.index(letter)
        low <<= 64 - _BITS * len(letters)
        at = int(np.searchsorted(self.sorted_blocks, np.uint64(low)))
        if at == len(self.sorted_blocks) or self.name(int(self.sorted_blocks[at])) != PREFIX + letters:
            raise NotInView
        return int(self.order[at])


def looks_like_pseudonym(text: str) -> bool:
    """Say whether a text has the shape of a pseudonym."""
    return text[:2].upper() == PREFIX and SHORTEST <= len(text) - 2 <= _LONGEST


def names(pseudonyms: Pseudonyms, blocks: Iterable[int]) -> list[str]:
    """Return the pseudonyms of several entities."""
    return [pseudonyms.name(int(block)) for block in blocks]


def _leading_letters(differ: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return how many leading letters agree where two blocks differ in these bits."""
    letters = np.zeros(len(differ), dtype=np.int64)
    for length in range(1, _LONGEST + 1):
        letters += (differ >> np.uint64(64 - _BITS * length)) == 0
    return letters


def _letters(block: int, length: int) -> str:
    return "".join(CROCKFORD[block >> (64 - _BITS * (i + 1)) & 31] for i in range(length))
