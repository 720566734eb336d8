"""The `.kxp` frame: one file, no archive, nothing that a parser could be talked into.

::

    8 bytes   magic and version   89 4B 58 50 01 0D 0A 1A
    4 bytes   length of the header, big-endian, at most 64 KiB
    n bytes   header, canonical JSON (sorted keys, no blanks, UTF-8)
    64 bytes  Ed25519 signature over everything before it
    rest      age ciphertext; its length and SHA-256 stand in the header, and nothing comes after it

Inside the ciphertext lies the same shape once more without encryption: length and canonical JSON of the manifest, the
sender's signature over it, and the payload whose length and SHA-256 the manifest gives. Every byte of the file is
thus under a signature or a digest that a signature covers: changing, dropping or adding one is found (the tests try
each).

Reading never guesses: a header that is not its own canonical form, a field too many or too few, a length that does
not fit are refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from graph.errors import BadPackage

MAGIC = b"\x89KXP\x01\r\n\x1a"
INNER = b"KXP inner 1\n"
LENGTH = 4
SIGNATURE = 64
LARGEST_HEADER = 64 * 1024
LARGEST_MANIFEST = 4 * 1024 * 1024


def canonical(value: Mapping[str, object]) -> bytes:
    """Return the one JSON form of a value: sorted keys, no blanks, UTF-8, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def key_id(public: bytes) -> str:
    """Return the short name of a public key: the first 16 bytes of its SHA-256, hexadecimal."""
    return hashlib.sha256(public).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Part:
    """A signed head with the body that it vouches for. `signed` are the bytes under the signature."""

    head: Mapping[str, object]
    signed: bytes
    signature: bytes
    body: bytes


def seal(prefix: bytes, head: Mapping[str, object], body: bytes, key: Ed25519PrivateKey) -> bytes:
    """Return prefix, length, canonical head, signature and body as one string.

    Parameters
    ----------
    prefix : bytes
        `MAGIC` outside, `INNER` inside: a signature of one can never pass for the other.
    head : mapping
        Must say `bytes` and `sha256` of the body.
    body : bytes
    key : Ed25519PrivateKey
    """
    text = canonical(head)
    signed = prefix + len(text).to_bytes(LENGTH, "big") + text
    return signed + key.sign(signed) + body


def split(data: bytes, prefix: bytes, largest: int) -> Part:
    """Take a sealed string apart; checks form and digest, not who signed.

    Raises
    ------
    BadPackage
        Not of this form, cut short, changed, or with something after its end.
    """
    if not data.startswith(prefix):
        raise BadPackage(
            "Expected a Krydsfelt package (.kxp, version 1); the file begins otherwise. Ask the sender for it again.",
            code="not-a-package",
        )
    start = len(prefix) + LENGTH
    size = int.from_bytes(data[len(prefix) : start], "big")
    end = start + size
    if len(data) < start or size > largest or len(data) < end + SIGNATURE:
        raise BadPackage(
            "The package is cut short or its head is too long. Ask the sender for it again.", code="cut-short"
        )
    part = Part(_head(data[start:end]), data[:end], data[end : end + SIGNATURE], data[end + SIGNATURE :])
    if part.head.get("bytes") != len(part.body) or part.head.get("sha256") != hashlib.sha256(part.body).hexdigest():
        raise BadPackage(
            "The content is not what the signed head says: bytes were changed, lost or added on the way. Ask for "
            "it again.",
            code="wrong-digest",
        )
    return part


def _head(text: bytes) -> Mapping[str, object]:
    try:
        head = json.loads(text)
    except (ValueError, RecursionError):  # not JSON, not UTF-8, a number of thousands of digits
        head = None
    if not isinstance(head, dict) or _form(head) != text:
        raise BadPackage("The head of the package is not canonical JSON. Ask the sender for it again.", code="bad-head")
    return head


def _form(head: Mapping[str, object]) -> bytes | None:
    try:
        return canonical(head)
    except (ValueError, RecursionError):
        return None


def check_signature(part: Part, public: bytes) -> None:
    """Check who signed.

    Raises
    ------
    BadPackage
        The signature is not of this key over these bytes.
    """
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(part.signature, part.signed)
    except (InvalidSignature, ValueError):
        raise BadPackage(
            "The signature does not fit: the package was changed, or somebody else signed it. Do not use it; "
            "tell the sender.",
            code="wrong-signature",
        ) from None
